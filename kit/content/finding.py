"""A finding: where a file is at fault, what it says there, what was wanted, and the cure."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One fault. `code` starts with E (the file is not loaded) or W (it loads, and is unwise)."""

    path: str
    line: int
    col: int
    code: str
    says: str
    cure: str = ""

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")

    def __str__(self) -> str:
        head = f"{self.path}:{self.line}:{self.col}: {self.code} {self.says}"
        return f"{head}\n    {self.cure}" if self.cure else head


def nearest(word: str, allowed: Iterable[str]) -> str:
    """'Did you mean `x`? ' when something allowed is close to what was written, else ''."""
    by_lower = {name.lower(): name for name in allowed}
    close = difflib.get_close_matches(word.lower()[:80], by_lower, n=1, cutoff=0.6)
    return f"Did you mean `{by_lower[close[0]]}`? " if close else ""


def short(words: str, most: int = 300) -> str:
    """The words, without the middle when somebody wrote a novel where a name belongs."""
    return words if len(words) <= most else f"{words[: most - 60]} ... {words[-50:]}"


def name_of(path: str) -> str:
    """A path as text that can be printed, also when the file's name is not UTF-8."""
    return path.encode("utf-8", "replace").decode()


def choice_of(word: str, allowed: Iterable[str]) -> str:
    """What may stand here instead: the nearest word, and all of them unless that would bury it."""
    words = sorted(allowed)
    near = nearest(word, words)
    if near and len(words) > 12:
        return near.strip()
    return f"{near}Allowed: {listed(words)}." if words else "None is defined."


def listed(allowed: Iterable[str], *, most: int = 50) -> str:
    """The allowed words as a reader wants them: in backquotes, cut off when there are very many."""
    words = list(allowed)
    shown = ", ".join(f"`{w}`" for w in words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown


@dataclass(frozen=True)
class Problem:
    """A fault in content, by the way to it (`("scenes", 2, "options", 0)`); a file gives it line and column."""

    way: tuple[str | int, ...]
    code: str
    says: str
    cure: str = ""
    at_key: bool = False   # the fault is in the key itself, not in its value
