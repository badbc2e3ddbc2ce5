"""The YAML texts of one library, by their id: read, saved whole or not at all, and kept while they are typed.

Knows nothing of what a text means. Nothing gives way without a trace: what is saved over, thrown away or typed in two
tabs at once is put aside, and can be had again.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kit.content.values import Id
from kit.places import PLAYBOOK

MOST_TEXT = 200_000   # bytes of UTF-8; a long scenario has 45,000
MOST_ASIDE = 20       # earlier versions that are kept of one text
BACKUP = ".backup"
_BOM = b"\xef\xbb\xbf"
_DRAFT_OF = "# What was typed in the studio and not saved yet. Begun from: "
_IS_ID = TypeAdapter(Id)


class NotWritten(Exception):
    """A text cannot be read or written; says why, to the person who writes."""


class Changed(NotWritten):
    """The file is no longer the one that was opened."""


@dataclass(frozen=True)
class Text:
    """A text and the hash of its file; both empty when there is no file. Lines end with a line feed, whatever the file has."""

    text: str = ""
    hash: str = ""
    raw: bytes = b""

    def as_file(self, text: str) -> bytes:
        """Another text as this file would hold it: its line ends and its byte order mark stay."""
        ends = "\r\n" if b"\r\n" in self.raw else "\n"
        return (_BOM if self.raw.startswith(_BOM) else b"") + text.replace("\n", ends).encode()


@dataclass(frozen=True)
class Draft:
    """What was typed, and the hash of the file that it began from."""

    text: str
    base: str


@dataclass(frozen=True, order=True)
class Earlier:
    """A text that gave way: when (UTC), and whether it had been saved or only typed."""

    when: str
    name: str
    was_saved: bool


def is_id(name: object) -> bool:
    """Whether this can be the id of a text: the rule for ids, so never a path."""
    try:
        return isinstance(name, str) and bool(_IS_ID.validate_python(name))
    except ValidationError:
        return False


class Texts:
    """The texts in one folder, with what is typed of them in the data folder."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder = folder
        library = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        self.drafts = data / "drafts" / library

    def names(self) -> list[str]:
        """The ids of the scenarios, and `playbook`; a file under another name, or a link, is none of ours."""
        found = {path.stem for path in self.folder.iterdir() if path.suffix in (".yaml", ".yml") and is_id(path.stem) and _is_file(path)}
        return sorted(found)

    # --- files ----------------------------------------------------------------------------------------

    def read(self, name: str) -> Text:
        """The text as it is saved. Raises NotWritten."""
        try:
            raw = _bytes(self._path(name))
        except FileNotFoundError:
            return Text()
        except OSError as error:
            raise NotWritten(f"“{name}” cannot be read: {_reason(error)}.") from error
        if len(raw) > MOST_TEXT:
            raise NotWritten(f"“{name}” is larger than {MOST_TEXT // 1000} kB, too large for the studio. Mend it in a text editor.")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise NotWritten(f"“{name}” is not UTF-8 (line {line}), so the studio cannot show it without harm. Save it as UTF-8 in a text editor.") from error
        return Text(text.replace("\r\n", "\n").replace("\r", "\n"), _hash(raw), raw)

    def save(self, name: str, text: str, base: str) -> str:
        """Put the text in the place of the file with the hash `base`, which is put aside; the new hash. Raises Changed, NotWritten."""
        now = self.read(name)
        if now.hash != base and now.text != text:
            raise Changed(f"“{name}” has been changed elsewhere since you opened it. It is left as it is, and what you typed is kept.")
        raw = now.as_file(_fits(text))
        if raw != now.raw:
            try:
                if now.hash:
                    _put_aside(self.folder / BACKUP, name, now.raw)
                _write(self._path(name), raw)
            except OSError as error:
                raise NotWritten(f"“{name}” cannot be saved: {_reason(error)}. What you typed is kept.") from error
        return _hash(raw)

    def add(self, name: str, text: str) -> None:
        """A new file. Raises NotWritten, also when there is one of this name."""
        raw = _fits(text).encode()
        if not is_id(name) or name in (Path(PLAYBOOK).stem, "end") or any(os.path.lexists(self.folder / f"{name}{end}") for end in (".yaml", ".yml")):
            raise NotWritten(f"There is something called “{name}” already. Choose another name.")
        try:
            with (self.folder / f"{name}.yaml").open("xb") as file:
                file.write(raw)
        except OSError as error:
            raise NotWritten(f"“{name}” cannot be written: {_reason(error)}.") from error

    def _path(self, name: str) -> Path:
        """The file of this id; never a link, and never anything outside the folder."""
        if not is_id(name):
            raise NotWritten("There is no such text here.")
        path, other = (self.folder / f"{name}{end}" for end in (".yaml", ".yml"))
        path = other if other.exists() and not path.exists() else path
        if os.path.lexists(path) and not _is_file(path):
            raise NotWritten(f"“{name}” is a link to another place, which the studio does not follow.")
        return path

    # --- what is typed ----------------------------------------------------------------------------------

    def drafted(self) -> list[str]:
        """The ids of what was typed and not saved."""
        return sorted(path.stem for path in self.drafts.glob("*.yaml") if is_id(path.stem))

    def draft(self, name: str) -> Draft | None:
        """What was typed and not saved. Raises NotWritten."""
        if not is_id(name):
            return None
        try:
            head, _, text = (self.drafts / f"{name}.yaml").read_bytes().decode().partition("\n")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise NotWritten(f"What was typed of “{name}” cannot be read: {error}.") from error
        return Draft(text, head.removeprefix(_DRAFT_OF).strip())

    def keep(self, name: str, draft: Draft, *, over: Draft | None) -> None:
        """Keep what is typed. A draft that is not the one this goes `over` is another tab's, and is put aside. Raises NotWritten."""
        there = self.draft(name)
        if there and there != over and there.text != draft.text:
            self.put_aside(name, there.text)
        try:
            self.drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self.drafts / f"{name}.yaml", f"{_DRAFT_OF}{draft.base}\n{_fits(draft.text)}".encode(), mode=0o600)
        except OSError as error:
            raise NotWritten(f"What you type cannot be kept: {_reason(error)}. Copy it to a safe place before you go on.") from error

    def drop(self, name: str, draft: Draft | None) -> None:
        """Forget this draft; another tab's stays."""
        if draft and self.draft(name) == draft:
            (self.drafts / f"{name}.yaml").unlink(missing_ok=True)

    # --- what gave way ----------------------------------------------------------------------------------

    def put_aside(self, name: str, text: str) -> None:
        """Keep a typed text among the earlier versions. Raises NotWritten."""
        try:
            _put_aside(self.drafts / "aside", name, _fits(text).encode())
        except OSError as error:
            raise NotWritten(f"What you typed cannot be put aside: {_reason(error)}.") from error

    def earlier(self, name: str) -> list[Earlier]:
        """The earlier versions, latest first."""
        found = [Earlier(when, path.name, was_saved) for folder, was_saved in ((self.folder / BACKUP, True), (self.drafts / "aside", False))
                 for when, path in _asides(folder, name)]
        return sorted(found, reverse=True)

    def earlier_text(self, name: str, version: object) -> str:
        """The text of one of the `earlier` ones, named as they are. Raises NotWritten."""
        found = next((one for one in self.earlier(name) if one.name == version), None)
        if found is None:
            raise NotWritten("That version is not kept any more.")
        folder = self.folder / BACKUP if found.was_saved else self.drafts / "aside"
        return _bytes(folder / found.name).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _bytes(path: Path) -> bytes:
    """What the file holds, up to a little more than we take. A link is refused also if it was put there a moment ago."""
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
        return file.read(MOST_TEXT + 1)


def _write(path: Path, raw: bytes, mode: int | None = None) -> None:
    """All of it in the place of what was there, or nothing: a power cut leaves the old file or the new one."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with new.open("wb") as file:
            os.chmod(new, mode or (path.stat().st_mode & 0o777 if path.exists() else 0o644))
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _put_aside(folder: Path, name: str, raw: bytes) -> None:
    """One more earlier version, unless the latest is the same; the oldest go."""
    if os.path.lexists(folder) and not stat.S_ISDIR(folder.lstat().st_mode):
        raise OSError(0, f"{folder.name} is a link, and no folder")
    folder.mkdir(parents=True, exist_ok=True)
    there = list(_asides(folder, name))
    if there and _bytes(there[-1][1]) == raw:
        return
    _write(folder / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.yaml", raw)
    for _, old in there[: max(0, len(there) + 1 - MOST_ASIDE)]:
        old.unlink(missing_ok=True)


def _asides(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """(when, file) of the earlier versions of a text, oldest first."""
    if not folder.is_dir() or not is_id(name):
        return
    shaped = re.compile(rf"{re.escape(name)}-(\d{{4}})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\d{{6}}Z\.yaml")
    for path in sorted(folder.iterdir()):
        if (match := shaped.fullmatch(path.name)) and _is_file(path):
            year, month, day, hour, minute, second = match.groups()
            yield f"{year}-{month}-{day} {hour}:{minute}:{second} UTC", path


def _fits(text: str) -> str:
    if len(text.encode()) > MOST_TEXT:
        raise NotWritten(f"This text is longer than {MOST_TEXT // 1000} kB. Shorten it, or make two scenarios of it.")
    return text


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
