"""The kinds of value that content is made of, and the faults in them, said in words.

The same kinds read a YAML file (every value a text) and the canonical JSON that the store keeps. With a
`Known` as validation context, names of rules, claims, scenes and so on must exist; without one (content
that was checked before) they are taken as they stand.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

Phase = Literal["decide", "tell", "close", "after", "always"]
Who = Literal["client", "us", "both"]
MOST_TRUST = 10


@dataclass(frozen=True)
class Known:
    """The names that may be used where a file is read: kind -> names."""

    names: dict[str, frozenset[str]]


def fault(code: str, says: str, cure: str) -> PydanticCustomError:
    """A validation error that carries its own code, words and cure."""
    return PydanticCustomError("kit", "{says}", {"code": code, "says": says, "cure": cure})


# --- values -----------------------------------------------------------------------------------------

def _words(value: str) -> str:
    if not value.strip():
        raise fault("E203", "the text is empty.", "Write it, or remove the key.")
    return value.strip()


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value)
    if re.fullmatch(r"0|-?[1-9][0-9]{0,8}", text):
        return int(text)
    if re.fullmatch(r"0[0-7]{1,9}", text):
        raise fault("E204", f"`{text}` is not a plain number: YAML reads it as {int(text, 8)}.", f"Write {int(text.lstrip('0') or '0')} without the zero in front.")
    if re.fullmatch(r"[0-9]{1,3}(:[0-5]?[0-9]){1,2}", text):
        minutes, seconds = (int(part) for part in text.split(":")[-2:])
        raise fault("E204", f"`{text}` is not a whole number: YAML reads it as {minutes * 60 + seconds}.", "Write one whole number.")
    raise fault("E204", f"`{text}` is not a whole number.", "Write a number such as 2, without quotes or decimals.")


def _share(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(value)):
        return float(str(value))
    raise fault("E204", f"`{value}` is not a number.", "Write a number such as 0.8.")


def _yes(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value) in ("yes", "true"):
        return True
    if str(value) in ("no", "false"):
        return False
    raise fault("E204", f"`{value}` is neither yes nor no.", "Write `yes` or `no`.")


def _id(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) or len(value) > 60:
        raise fault("E205", f"`{value[:80]}` is not a name of this kind.",
                    "Use small letters a-z, digits and single hyphens, such as `the-first-call`.")
    if value == "end":
        raise fault("E205", "`end` means the end of the scenario and cannot name something.", "Choose another name.")
    return value


def _listed_or_one(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _refers_to(kind: str, called: str) -> Callable[[str, ValidationInfo], str]:
    def check(value: str, info: ValidationInfo) -> str:
        known = info.context.names.get(kind) if isinstance(info.context, Known) else None
        if known is not None and value not in known:
            raise PydanticCustomError("unknown", "{called}", {"called": called, "kind": kind})   # the nearest name is looked for in `read`
        return value
    return check


Words = Annotated[str, AfterValidator(_words)]
Whole = Annotated[int, BeforeValidator(_whole)]
Share = Annotated[float, BeforeValidator(_share)]
Yes = Annotated[bool, BeforeValidator(_yes)]
Id = Annotated[str, AfterValidator(_id)]
RuleId = Annotated[str, AfterValidator(_refers_to("rules", "rule of the playbook"))]
ClaimId = Annotated[str, AfterValidator(_refers_to("claims", "claim of the playbook's sources"))]
CauseId = Annotated[str, AfterValidator(_refers_to("causes", "cause of the playbook"))]
CompetencyId = Annotated[str, AfterValidator(_refers_to("competencies", "competency of the playbook"))]
TensionId = Annotated[str, AfterValidator(_refers_to("tensions", "tension of the playbook"))]
SideId = Annotated[str, AfterValidator(_refers_to("sides", "side of a tension (a tension and a or b)"))]
ScriptId = Annotated[str, AfterValidator(_refers_to("scripts", "scenario of this library"))]
Target = Annotated[str, AfterValidator(_refers_to("targets", "scene or ending of this file"))]
Phases = Annotated[tuple[Phase, ...], BeforeValidator(_listed_or_one), Field(min_length=1)]


class Model(BaseModel):
    """Frozen all the way down: values, tuples and other models only. Unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TrustRange(Model):
    """Trust from `low` to `high`, both included; written `7-10`, or `7`."""

    low: Whole
    high: Whole

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str) and not isinstance(info.context, Known):
            return value   # as the store keeps it
        match = re.fullmatch(r"([0-9]{1,3})(?:\s*-\s*([0-9]{1,3}))?", value.strip() if isinstance(value, str) else "")
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if low > high or high > MOST_TRUST:
            raise fault("E207", f"`{value if isinstance(value, str) else 'what stands here'}` is not a range of trust.", "Write two whole numbers from 0 to 10, the smaller first, such as 7-10.")
        return {"low": low, "high": high}

    def holds(self, trust: int) -> bool:
        return self.low <= trust <= self.high


def canonical(content: Model) -> str:
    """The content as canonical JSON: comments and layout of the YAML do not change it.

    What is left out is left out here too, so that a key that the format gains one day changes no hash of today.
    """
    data = content.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_hash(content: Model) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()
