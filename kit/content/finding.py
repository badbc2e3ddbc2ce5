"""A finding: where a file is at fault, what it says there, what was wanted, and the cure; and how it is shown."""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")   # what YAML counts as one
_SEVERITY = {"E": "error", "W": "warning", "I": "hint"}


@dataclass(frozen=True, order=True)
class Finding:
    """One fault. `code` starts with E (the file is not loaded), W (it loads, and is unwise) or I (a hint: it could be better)."""

    path: str
    line: int
    col: int
    code: str
    says: str
    cure: str = ""

    @property
    def is_error(self) -> bool:
        return self.code.startswith("E")

    @property
    def severity(self) -> str:
        """`error`, `warning` or `hint`."""
        return _SEVERITY[self.code[0]]

    def __str__(self) -> str:
        head = f"{self.path}:{self.line}:{self.col}: {self.code} {self.says}"
        return f"{head}\n    {self.cure}" if self.cure else head


def nearest(word: str, allowed: Iterable[str]) -> str:
    """'Did you mean `x`? ' when something allowed is close to what was written, else ''."""
    by_lower = {name.lower(): name for name in allowed}
    close = difflib.get_close_matches(word.lower()[:80], by_lower, n=1, cutoff=0.6)
    return f"Did you mean `{by_lower[close[0]]}`? " if close else ""


def short(words: str, most: int = 300) -> str:
    """The words on one line, without the middle when somebody wrote a novel where a name belongs."""
    cut = words if len(words) <= most else f"{words[: most - 60]} ... {words[-50:]}"
    return visible(" ".join(LINE_BREAK.split(cut)))


def visible(words: str) -> str:
    """The words with everything that cannot be seen written out: a non-breaking space as <U+00A0>."""
    return words if words.isprintable() else "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in words)


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


# --- the line in question ---------------------------------------------------------------------------------

def line_at(lines: list[str], finding: Finding, most: int = 100) -> tuple[str, int]:
    """The finding's line as it can be shown, cut around the finding's column; and how far in a caret stands under that."""
    line = lines[finding.line - 1] if finding.line <= len(lines) else ""
    shown = "".join(c if c.isprintable() else " " for c in line)   # a tab as one space; nothing that steers a terminal
    at = min(finding.col - 1, len(shown))
    if _columns(shown) > most:
        window = (most // 2 if _columns(shown) > len(shown) else most) - 8   # four for the dots at each end
        start = max(0, min(at - window // 2, len(shown) - window))
        before, after = ("... " if start else ""), (" ..." if start + window < len(shown) else "")
        shown, at = f"{before}{shown[start: start + window]}{after}", at - start + len(before)
    return shown.rstrip(), _columns(shown[:at])


def with_line(finding: Finding, lines: list[str], width: int = 100) -> str:
    """The finding in words, below them its line with a caret under the place, then the cure."""
    head, _, cure = str(finding).partition("\n")
    line, caret = line_at(lines, finding, width - 9)
    drawn = [f"{finding.line:6} | {line}", f"{'':6} | {' ' * caret}^"] if line.strip() else []
    return "\n".join([head, *drawn, *([cure] if cure else [])])


def _columns(words: str) -> int:
    """How wide the words are in a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words) if not words.isascii() else len(words)
