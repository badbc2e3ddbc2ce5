"""What a column of an exported table is, and how each kind of value stands in a file. Knows no table and no file."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool | list[str] | None
Row = dict[str, Value]

_CANNOT_STAND = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

KINDS = {   # kind -> how it stands in a file
    "text": "words; control characters are left out, line breaks are kept",
    "time": "a point in time: ISO 8601, UTC, to the millisecond",
    "whole number": "digits",
    "number": "a decimal point, at most six decimals",
    "yes or no": "`true` or `false` in JSON Lines, `yes` or `no` elsewhere",
    "list": "ids: an array in JSON Lines, one space between them elsewhere",
}


@dataclass(frozen=True)
class Column:
    """A column: its name, kind and unit, what it means, and how to get it from the thing that a row tells of."""

    name: str
    kind: str
    unit: str
    meaning: str
    of: Callable[[Any], Any]

    def value(self, thing: Any) -> Value:
        found = self.of(thing)
        if found is None:
            return None
        if self.kind == "number":
            return round(float(found), 6) + 0.0   # never -0.0
        if self.kind == "list":
            return [clean(item) for item in found]
        return clean(found) if isinstance(found, str) else found   # type: ignore[no-any-return]


def row_of(columns: tuple[Column, ...], thing: Any) -> Row:
    return {column.name: column.value(thing) for column in columns}


def clean(text: str) -> str:
    """The text with plain line breaks, and without what no file format takes: control characters, half characters."""
    return _CANNOT_STAND.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def described(columns: tuple[Column, ...]) -> str:
    """The columns as a Markdown table."""
    lines = [f"| `{c.name}` | {c.kind} | {c.unit} | {c.meaning} |" for c in columns]
    return "\n".join(["| column | kind | unit | what it is |", "|---|---|---|---|", *lines])
