"""`kit pack` and `kit unpack`: scenarios, their playbook and training sets in one file, and out of it again. Executes and shows nothing.

A pack comes from anywhere. So everything in it is read, measured and checked before the first byte is written, and what is
written comes as a whole or not at all; nothing that stood there before is lost.
"""

import hashlib
import io
import json
import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, BinaryIO

from kit import __version__
from kit.content.finding import Finding, name_of, nearest
from kit.content.playbook import Playbook
from kit.content.values import content_hash
from kit.content.yamltext import Mapping as Keys
from kit.content.yamltext import Text, Unreadable, parse, read_text
from kit.library import (
    TRAINING,
    NoPlaybook,
    home_of,
    is_training,
    load_playbook,
    load_scenario,
    load_training_set,
    playbook_folder,
    scenario_files,
    training_files,
)
from kit.places import PLAYBOOK, scenarios_folder
from kit.writing import BACKUP

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
class Packed:
    """What went in: names, and the date that the pack bears. `is_new` is false when this very pack was there already."""

    names: tuple[str, ...]
    made: str
    is_new: bool


@dataclass(frozen=True)
class Unpacked:
    """What became of each file: written, left alone because it was there already, or replaced (name -> what was there)."""

    written: tuple[str, ...]
    same: tuple[str, ...]
    replaced: dict[str, Path]


@dataclass(frozen=True)
class Examined:
    """The content of files: its playbook, everything that `kit check` finds, and content hashes (None for what has errors)."""

    playbook: Playbook
    findings: tuple[Finding, ...]
    hashes: dict[str, str | None]

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.is_error]


# --- packing ----------------------------------------------------------------------------------------------------

def pack(paths: Sequence[Path], to: Path, *, drafts: bool = False, over: bool = False) -> Packed:
    """Write the scenarios named (files, folders or ids; all, if none) with playbook and training sets to one file.

    `drafts` takes those with errors too; `over` replaces another pack. The same files make the same bytes. Raises Refused.
    """
    if to.suffix != ENDING:
        raise Refused(f"{_shown(to)} is not the name of a pack. Name one that ends in {ENDING}, such as my-scenarios{ENDING}.")
    with _said(scenarios_folder(), "read"):
        sources = _sources(_chosen(paths), all_of_it=not paths)
    files = {name: _whole(path) for name, path in sources.items()}
    found = _examined(files, {name: name_of(str(path)) for name, path in sources.items()})
    if found.errors and not drafts:
        raise Refused(_told(found.errors, "Nothing was packed. Mend this, name only the scenarios you want, or take drafts too with --drafts."))
    made = _date(sources.values())
    is_new = _write_pack(to, _zipped(files, found.hashes, made), over=over)
    return Packed(tuple(sorted(files)), made, is_new)


def _chosen(paths: Sequence[Path]) -> list[Path]:
    files = [file for path in (paths or [scenarios_folder()]) for file in _files_of(path)]
    if not files:
        raise Refused("There is no scenario there.")
    if len({home_of(file).resolve() for file in files}) > 1:
        raise Refused("These scenarios are in more than one folder, and a pack has one playbook. Make a pack of each folder.")
    return files


def _files_of(path: Path) -> list[Path]:
    """The scenarios of a folder, a file, or the scenario of that id in the library in use."""
    if path.is_dir():
        return scenario_files(path)
    if path.is_file():
        if path.suffix not in (".yaml", ".yml"):
            raise Refused(f"{_shown(path)} is not a scenario: those end in .yaml.")
        return [path] if path.name != PLAYBOOK else []   # it comes with whatever goes by it
    library = {file.stem: file for file in scenario_files(scenarios_folder())}
    if str(path) not in library:
        raise Refused(f"There is no file, folder or scenario {_shown(path)}. {nearest(str(path), library)}".strip())
    return [library[str(path)]]


def _sources(chosen: list[Path], *, all_of_it: bool) -> dict[str, Path]:
    """Name in the pack -> file: the scenarios, the training sets that belong to them, and their playbook."""
    home = home_of(chosen[0])
    ids = {path.stem for path in chosen}
    training = [path for path in training_files(home) if all_of_it or _script(path) in ids]
    sources = {PLAYBOOK: playbook_folder(home) / PLAYBOOK}
    for path in dict.fromkeys([*chosen, *training]):
        name = f"{TRAINING}/{path.stem}.yaml" if is_training(path) else f"{path.stem}.yaml"
        if reason := name_fault(name):
            raise Refused(f"{_shown(path)} cannot go into a pack: {reason}.")
        if sources.setdefault(name, path).resolve() != path.resolve():
            raise Refused(f"{_shown(path)} and {_shown(sources[name])} are one and the same scenario by their names. Rename one.")
    if len(sources) > MOST_FILES:
        raise Refused(f"These are {len(sources)} files, and a pack holds at most {MOST_FILES}. Make several packs.")
    return sources


def _script(path: Path) -> str:
    """The scenario that a training set names; "" when that cannot be read."""
    try:
        tree, _ = parse(read_text(path), str(path))
    except Unreadable:
        return ""
    script = tree.get("script") if isinstance(tree, Keys) else None
    return script.value if isinstance(script, Text) else ""


def _date(paths: Iterable[Path]) -> str:
    """SOURCE_DATE_EPOCH if it is set, else when the files were last changed; never the time of day at which somebody packs."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        seconds = int(told) if told else max(int(path.stat().st_mtime) for path in paths)
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        raise Refused(f"SOURCE_DATE_EPOCH is no date: {told!r}. It is a whole number of seconds." if told else "The date of these files cannot be read.") from None


def _zipped(files: Files, hashes: Mapping[str, str | None], made: str) -> bytes:
    """Not compressed: other machines compress to other bytes, and it is small."""
    listed = {name: {"sha256": hashlib.sha256(raw).hexdigest(), "content": hashes[name]} for name, raw in files.items()}
    manifest = json.dumps({"format": FORMAT, "kit": __version__, "made": made, "files": listed}, sort_keys=True, indent=1) + "\n"
    made_of = io.BytesIO()
    with zipfile.ZipFile(made_of, "w", zipfile.ZIP_STORED) as archive:
        for name, raw in [(MANIFEST, manifest.encode()), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, raw)
    return made_of.getvalue()


def _write_pack(to: Path, raw: bytes, *, over: bool) -> bool:
    """Put it there, whole; False when it is there already."""
    with _said(to):
        if os.path.lexists(to):
            if not to.is_file():
                raise Refused(f"{_shown(to)} is there already and is not a file.")
            if to.stat().st_size == len(raw) and to.read_bytes() == raw:
                return False
            if not over:
                raise Refused(f"{_shown(to)} is there already and holds something else. Name another file, or replace it with --replace.")
        new = to.with_name(f".{to.name}.{os.getpid()}.new")
        try:
            _write(new, raw)
            new.replace(to)
        finally:
            new.unlink(missing_ok=True)
    return True


# --- reading a pack ---------------------------------------------------------------------------------------------

def read_pack(path: Path) -> tuple[dict[str, Any], Files]:
    """The manifest and the files of a pack that is what it says: names, sizes and hashes. Raises Refused for any other."""
    shown = _shown(path)
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


def _examined(files: Files, called: Mapping[str, str]) -> Examined:
    """What `kit check` says of the files, each under the name that it is called by. Raises Refused without a usable playbook."""
    with TemporaryDirectory(prefix="high-note-") as folder, _said(Path(folder)):
        home = Path(folder)
        _write_files(home, files)
        here = {str(home / name): called[name] for name in files}
        try:
            playbook, findings = load_playbook(home)
        except NoPlaybook as none:
            raise Refused(_told(_renamed(none.findings, here), "Nothing was done: without a playbook nothing can be checked.")) from None
        hashes: dict[str, str | None] = {PLAYBOOK: content_hash(playbook)}
        for name in sorted(files.keys() - {PLAYBOOK}):
            reading = (load_training_set if name.startswith(f"{TRAINING}/") else load_scenario)(home / name, playbook)
            findings += reading.findings
            hashes[name] = content_hash(reading.content) if reading.content else None
        return Examined(playbook, tuple(_renamed(findings, here)), hashes)


def _renamed(findings: Iterable[Finding], called: Mapping[str, str]) -> list[Finding]:
    return [replace(finding, path=called.get(finding.path, finding.path)) for finding in findings]


# --- unpacking --------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class _Place:
    """Where a file of the pack goes, and what stands there now (None: nothing)."""

    name: str
    path: Path
    raw: bytes
    there: bytes | None

    @property
    def is_same(self) -> bool:
        """Line ends and a byte order mark, which mail and editors change, make no difference."""
        return self.there is not None and _plain(self.there) == _plain(self.raw)


def unpack(path: Path, folder: Path, *, drafts: bool = False, over: bool = False) -> Unpacked:
    """Put the files of a pack into the folder: all that are not there yet, or none. Raises Refused.

    `drafts` takes files with errors too; `over` replaces files that differ, which are kept as earlier versions.
    """
    manifest, files = read_pack(path)
    found = _examined(files, {name: name for name in files})
    if found.errors and not drafts:
        raise Refused(_told(found.errors, "Nothing was written: there are errors in the pack. --drafts takes it as it is, to be mended here."))
    _same_meaning(manifest, found)
    with _said(folder):
        places = [_place(folder, name, raw) for name, raw in sorted(files.items())]
        differ = [place for place in places if place.there is not None and not place.is_same]
        if differ and not over:
            raise Refused(_differs(folder, differ, found.playbook))
        fresh = [place for place in places if place.there is None]
        replaced = _put(folder, fresh, differ)
    return Unpacked(tuple(p.name for p in fresh), tuple(p.name for p in places if p.is_same), replaced)


def _same_meaning(manifest: Mapping[str, Any], found: Examined) -> None:
    """What this kit reads must be what was packed. Another version of the kit may read a new key into the same file."""
    wrong = [name for name, digest in found.hashes.items() if manifest["files"][name]["content"] != digest]
    if wrong and manifest.get("kit") == __version__:
        raise Refused(f"{wrong[0]} in the pack does not say what was packed: the hash of its content is another. Ask for the pack again.")


def _place(folder: Path, name: str, raw: bytes) -> _Place:
    for above in (folder, folder / TRAINING):
        if os.path.lexists(above) and not above.is_dir():
            raise Refused(f"{_shown(above)} is there already and is not a folder.")
    if (folder / TRAINING).is_symlink():
        raise Refused(f"{_shown(folder / TRAINING)} is a link to another place, which is not followed.")
    path, other = folder / name, (folder / name).with_suffix(".yml")
    path = other if name != PLAYBOOK and os.path.lexists(other) and not os.path.lexists(path) else path
    return _Place(name, path, raw, _there(path))


def _there(path: Path) -> bytes | None:
    if not os.path.lexists(path):
        return None
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Refused(f"{_shown(path)} is there already and is a link or a folder. Move it away first.")
    return _whole(path)


def _differs(folder: Path, differ: list[_Place], playbook: Playbook) -> str:
    lines = ["Nothing was written. These files are there already and say something else:", *(f"  {_shown(place.path)}" for place in differ)]
    if any(place.name == PLAYBOOK for place in differ):
        lines += [f"The playbook here is another one than the pack's: {line}" for line in playbook_differences(folder, playbook)]
    return "\n".join([*lines, f"Replace them with --replace (what is there is kept in {BACKUP}), or unpack into a folder of its own with --to."])


def playbook_differences(folder: Path, packed: Playbook) -> list[str]:
    """How the playbook of a pack differs from the one in the folder, rule by rule."""
    try:
        here, _ = load_playbook(folder)
    except NoPlaybook:
        return ["the one here has errors and cannot be read."]
    kinds = [("rules only in the pack", packed.rule.keys() - here.rule.keys()), ("rules only here", here.rule.keys() - packed.rule.keys()),
             ("rules that differ", {name for name in packed.rule.keys() & here.rule.keys() if packed.rule[name] != here.rule[name]}),
             ("other parts that differ", {part for part in type(packed).model_fields if part != "rules" and getattr(packed, part) != getattr(here, part)})]
    return [f"{words}: {', '.join(sorted(names))}." for words, names in kinds if names] or ["only in layout, comments or order; every rule is the same."]


def _put(folder: Path, fresh: list[_Place], differ: list[_Place]) -> dict[str, Path]:
    """Write all or nothing: first beside their places, then each into its own. The files that gave way, by name.

    A fault on the way, or Ctrl-C, brings back what was there. A power cut may leave some files new and some old, each of them whole.
    """
    if not fresh and not differ:
        return {}
    is_new = not folder.exists()
    stage = Path(mkdtemp(prefix=".high-note-", dir=folder.parent if is_new else folder))
    try:
        _write_files(stage, {place.name: place.raw for place in [*fresh, *differ]})
        if is_new:
            stage.chmod(0o777 & ~_umask())
            stage.rename(folder)
            return {}
        with ExitStack() as undo:   # what is on it is done when something goes wrong, last things first
            kept = {place.name: _keep(place, undo) for place in differ}
            for place in [*fresh, *differ]:
                _move(stage / place.name, place, kept.get(place.name), undo)
            undo.pop_all()
        return kept
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _keep(place: _Place, undo: ExitStack) -> Path:
    """Keep what gives way where the studio keeps earlier versions."""
    home = place.path.parent / BACKUP
    if home.is_symlink():
        raise Refused(f"{_shown(home)} is a link to another place, which is not followed. Nothing was written.")
    _make(home, undo)
    aside = home / f"{place.path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.yaml"
    undo.callback(aside.unlink, missing_ok=True)
    _write(aside, place.there or b"")
    return aside


def _move(new: Path, place: _Place, kept: Path | None, undo: ExitStack) -> None:
    _make(place.path.parent, undo)
    if _there(place.path) != place.there:
        raise Refused(f"{_shown(place.path)} was changed by somebody else at this very moment. Nothing was written; try again.")
    new.replace(place.path)
    if kept:
        undo.callback(kept.replace, place.path)
    else:
        undo.callback(place.path.unlink)


def _make(folder: Path, undo: ExitStack) -> None:
    if not folder.is_dir():
        folder.mkdir()
        undo.callback(folder.rmdir)


# --- files and words --------------------------------------------------------------------------------------------

def _write_files(folder: Path, files: Files) -> None:
    for name, raw in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        _write(folder / name, raw)


def _write(path: Path, raw: bytes) -> None:
    """A new file, safe on the disk."""
    with path.open("xb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def _whole(path: Path) -> bytes:
    with _said(path, "read"), path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Refused(f"{_shown(path)} is larger than {MOST_BYTES >> 20} MB. Is it the right file?")
    return raw


def _plain(raw: bytes) -> bytes:
    return raw.removeprefix(_BOM).replace(b"\r\n", b"\n")


def _umask() -> int:
    """The system has no other way to ask."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextmanager
def _said(path: Path, done: str = "written") -> Iterator[None]:
    """What the disk would not do, in words."""
    try:
        yield
    except OSError as error:
        raise Refused(f"{_shown(path)} cannot be {done}: {error.strerror or error}. Nothing was changed.") from error


def _told(errors: Iterable[Finding], then: str) -> str:
    return "\n".join([*map(str, errors), then])


def _shown(path: Path) -> str:
    return name_of(str(path))[:200]


def _quoted(name: str) -> str:
    """A name that somebody else chose, without anything that a terminal would obey."""
    return ascii(name)[:100]
