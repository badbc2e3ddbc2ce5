"""What a pack is: a zip with a manifest, names, sizes and hashes that are what they say. Read and measured here, before anything is believed.

A pack comes from anywhere. So everything in it is read, measured and checked before the first byte is written.
"""

import hashlib
import json
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from kit.content.finding import Finding, name_of
from kit.content.playbook import Playbook
from kit.content.values import content_hash
from kit.library import TRAINING, NoPlaybook, load_playbook, load_scenario, load_training_set
from kit.places import PLAYBOOK

FORMAT = 1
ENDING = ".highnote"
MANIFEST = "manifest.json"
MOST_FILES = 500
MOST_BYTES = 2 * 1024 * 1024           # of a file
MOST_IN_ALL = 100 * 1024 * 1024
MOST_RATIO = 100                       # of what comes out to what went in: text shrinks to a third or a tenth
MOST_DIRECTORY = 256 * 1024            # of the list of entries at the end of a zip: 500 of ours need a fifth of it
MOST_NAME = 80
FIRST_DAY = (1980, 1, 1, 0, 0, 0)      # the same for every entry, as the manifest has the date
_NAME = re.compile(r"(?:training/)?[a-z0-9]+(?:-[a-z0-9]+)*\.yaml|manifest\.json")
_OF_WINDOWS = re.compile(r"(?:con|prn|aux|nul|clock\$|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_ENCRYPTED = 0x1 | 0x40 | 0x2000       # bits of an entry's flags

Files = dict[str, bytes]               # name in the pack -> what the file holds


class Refused(Exception):
    """A pack that is not made, or not unpacked; says why. Nothing has been written."""


@dataclass(frozen=True)
class Examined:
    """The content of files: its playbook, everything that `kit check` finds, and content hashes (None for what has errors)."""

    playbook: Playbook
    findings: tuple[Finding, ...]
    hashes: dict[str, str | None]

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.is_error]


def read_pack(path: Path) -> tuple[dict[str, Any], Files]:
    """The manifest and the files of a pack that is what it says: names, sizes and hashes. Raises Refused for any other."""
    shown = in_words(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):   # a pipe or a device never ends
            raise Refused(f"{shown} is not a file.")
        with path.open("rb") as file:
            _look_at_the_end(file, shown)
            with zipfile.ZipFile(file) as archive:
                files = _read_entries(archive, path.stat().st_size)
    except (OSError, ValueError) as error:
        raise Refused(f"{shown} cannot be read: {getattr(error, 'strerror', None) or 'it is damaged'}.") from None
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, LookupError, ArithmeticError):
        raise Refused(f"{shown} is damaged. Ask for it again; mail programs sometimes cut files short.") from None
    manifest = _manifest(files.pop(MANIFEST, None), shown)
    _compare(manifest["files"], files)
    return manifest, files


def _look_at_the_end(file: BinaryIO, shown: str) -> None:
    """A zip ends with a record of how long its list of entries is. Looked at first, as the list is read into memory whole."""
    size = file.seek(0, os.SEEK_END)
    if size > MOST_IN_ALL + MOST_DIRECTORY:
        raise Refused(f"{shown} is larger than {MOST_IN_ALL >> 20} MB, too large for a pack.")
    file.seek(max(0, size - 22 - 0xFFFF))
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + 22:
        raise Refused(f"{shown} is not a pack, or only the beginning of one. Ask for it again; mail programs sometimes cut files short.")
    if end[max(0, at - 20):at][:4] == b"PK\x06\x07" or int.from_bytes(end[at + 12:at + 16], "little") > MOST_DIRECTORY:
        raise Refused(f"{shown} holds more entries than a pack can have ({MOST_FILES}).")
    file.seek(0)


def _read_entries(archive: zipfile.ZipFile, size: int) -> Files:
    entries = archive.infolist()
    if len(entries) > MOST_FILES + 1:   # and the manifest
        raise Refused(f"The pack holds {len(entries)} files; {MOST_FILES} is the most.")
    seen: set[str] = set()
    for entry in entries:
        _look_at(entry)
        if entry.filename in seen:
            raise Refused(f"The pack holds {entry.filename} twice.")
        seen.add(entry.filename)
    if sum(entry.compress_size for entry in entries) > size:
        raise Refused("The pack is damaged or made to do harm: its files share their bytes.")
    files: Files = {}
    for entry in entries:
        files[entry.filename] = _read_entry(archive, entry, room=MOST_IN_ALL - sum(map(len, files.values())))
    return files


def _look_at(entry: zipfile.ZipInfo) -> None:
    """Refuses an entry by what its header says, before anything of it is read."""
    shown = _quoted(entry.orig_filename)
    if reason := name_fault(entry.orig_filename):
        raise Refused(f"The pack holds {shown}, which is not unpacked: {reason}.")
    if entry.filename != entry.orig_filename:   # a zip can name an entry a second time, in another alphabet
        raise Refused(f"The pack holds {shown}, which has a second name.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise Refused(f"The pack holds {shown}, which is a link to another place and no file.")
    if kind not in (0, stat.S_IFREG) or entry.external_attr & 0x10:
        raise Refused(f"The pack holds {shown}, which is no plain file.")
    if entry.flag_bits & _ENCRYPTED:
        raise Refused(f"{shown} in the pack is encrypted. Ask for a pack without a password.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(f"{shown} in the pack is compressed in a way that packs are not.")


def name_fault(name: str) -> str:
    """Why a file of this name has no place in a pack; "" when it has."""
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        return "its name leads to a place of its own on the disk"
    if ".." in parts:
        return "its name leads out of the folder"
    if "\\" in name:
        return "there is a backslash in its name"
    if any(_OF_WINDOWS.fullmatch(part) or part != part.rstrip(". ") for part in parts):
        return "Windows cannot have a file of this name"
    if not _NAME.fullmatch(name) or len(name) > MOST_NAME or name in (f"{TRAINING}/{PLAYBOOK}", "end.yaml"):
        return f"a pack holds only {PLAYBOOK}, scenarios such as the-first-call.yaml, and {TRAINING}/learn.yaml"
    return ""


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, room: int) -> bytes:
    """What the entry holds, counted as it comes out: a header can say anything."""
    raw = bytearray()
    with archive.open(entry) as file:
        while piece := file.read(64 * 1024):
            raw += piece
            if len(raw) > MOST_BYTES:
                raise Refused(f"{entry.filename} in the pack is larger than {MOST_BYTES >> 20} MB.")
            if len(raw) > room:
                raise Refused(f"The files in the pack are larger than {MOST_IN_ALL >> 20} MB together.")
            if len(raw) > MOST_RATIO * entry.compress_size:
                raise Refused(f"{entry.filename} in the pack grows to more than {MOST_RATIO} times its size: no scenario does.")
    return bytes(raw)


def _manifest(raw: bytes | None, shown: str) -> dict[str, Any]:
    if raw is None:
        raise Refused(f"{shown} is not a pack: it has no {MANIFEST}. `kit pack` makes packs.")
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(f"The {MANIFEST} in the pack cannot be read.") from None
    version = manifest.get("format") if isinstance(manifest, dict) else None
    if type(version) is int and version > FORMAT:
        raise Refused(f"This pack was made by a newer kit (pack format {version}; this kit reads {FORMAT}). Update the kit first.")
    if type(version) is not int or version != FORMAT or not _is_listing(manifest.get("files")):
        raise Refused(f"The {MANIFEST} in the pack is not one that `kit pack` writes.")
    return dict(manifest)


def _is_listing(files: object) -> bool:
    return isinstance(files, dict) and all(isinstance(facts, dict) and isinstance(facts.get("sha256"), str) and isinstance(facts.get("content"), str | None)
                                           for facts in files.values())


def _compare(listed: Mapping[str, Mapping[str, Any]], files: Files) -> None:
    for name in sorted({*listed, *files}):
        if name not in files:
            raise Refused(f"{_quoted(name)} is missing in the pack.")
        if name not in listed:
            raise Refused(f"{name} is in the pack, and its {MANIFEST} does not know it.")
        if hashlib.sha256(files[name]).hexdigest() != listed[name]["sha256"]:
            raise Refused(f"{name} in the pack is not what was packed: its hash is another. Ask for the pack again.")
    if PLAYBOOK not in files:
        raise Refused(f"The pack has no {PLAYBOOK}, so nothing in it can be checked.")


def examined(files: Files, called: Mapping[str, str]) -> Examined:
    """What `kit check` says of the files, each under the name that it is called by. Raises Refused without a usable playbook."""
    with TemporaryDirectory(prefix="high-note-") as folder, said(Path(folder)):
        home = Path(folder)
        write_files(home, files)
        here = {str(home / name): called[name] for name in files}
        try:
            playbook, findings = load_playbook(home)
        except NoPlaybook as none:
            raise Refused(told(_renamed(none.findings, here), "Nothing was done: without a playbook nothing can be checked.")) from None
        hashes: dict[str, str | None] = {PLAYBOOK: content_hash(playbook)}
        for name in sorted(files.keys() - {PLAYBOOK}):
            reading = (load_training_set if name.startswith(f"{TRAINING}/") else load_scenario)(home / name, playbook)
            findings += reading.findings
            hashes[name] = content_hash(reading.content) if reading.content else None
        return Examined(playbook, tuple(_renamed(findings, here)), hashes)


def _renamed(findings: Iterable[Finding], called: Mapping[str, str]) -> list[Finding]:
    return [replace(finding, path=called.get(finding.path, finding.path)) for finding in findings]


def write_files(folder: Path, files: Files) -> None:
    for name, raw in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        write(folder / name, raw)


def write(path: Path, raw: bytes) -> None:
    """A new file, safe on the disk."""
    with path.open("xb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def whole(path: Path) -> bytes:
    with said(path, "read"), path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Refused(f"{in_words(path)} is larger than {MOST_BYTES >> 20} MB. Is it the right file?")
    return raw


def plain(raw: bytes) -> bytes:
    return raw.removeprefix(_BOM).replace(b"\r\n", b"\n")


def umask() -> int:
    """The system has no other way to ask."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextmanager
def said(path: Path, done: str = "written") -> Iterator[None]:
    """What the disk would not do, in words."""
    try:
        yield
    except OSError as error:
        raise Refused(f"{in_words(path)} cannot be {done}: {error.strerror or error}. Nothing was changed.") from error


def told(errors: Iterable[Finding], then: str) -> str:
    return "\n".join([*map(str, errors), then])


def in_words(path: Path) -> str:
    """The name of a file as a message tells it."""
    return name_of(str(path))[:200]


def _quoted(name: str) -> str:
    """A name that somebody else chose, without anything that a terminal would obey."""
    return ascii(name)[:100]
