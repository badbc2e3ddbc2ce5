"""What each code of the checker means, why it matters, and an example of it done badly and well; kept in explained.yaml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).with_name("explained.yaml")


@dataclass(frozen=True)
class Explained:
    """`at` says what the examples are a part of: a whole file, or the keys of a scenario, scene, playbook, rule ..."""

    title: str
    why: str
    at: str
    bad: str
    good: str


@cache
def explained() -> dict[str, Explained]:
    """Code -> what it means, in the order of the codes."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {code: Explained(**{key: str(words).strip() if key in ("title", "why", "at") else str(words) for key, words in entry.items()}) for code, entry in table.items()}
