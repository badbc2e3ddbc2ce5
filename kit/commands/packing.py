"""`kit pack`: scenarios, their playbook and training sets in one file, the same bytes for the same files."""

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kit import __version__
from kit.commands.packfile import ENDING, FIRST_DAY, FORMAT, MANIFEST, MOST_FILES, Files, Refused, examined, in_words, name_fault, said, told, whole, write
from kit.content.finding import name_of, nearest
from kit.content.yamltext import Mapping as Keys
from kit.content.yamltext import Text, Unreadable, parse, read_text
from kit.library import (
    TRAINING,
    home_of,
    is_training,
    playbook_folder,
    scenario_files,
    training_files,
)
from kit.places import PLAYBOOK, scenarios_folder


@dataclass(frozen=True)
class Packed:
    """What went in: names, and the date that the pack bears. `is_new` is false when this very pack was there already."""

    names: tuple[str, ...]
    made: str
    is_new: bool


def pack(paths: Sequence[Path], to: Path, *, drafts: bool = False, over: bool = False) -> Packed:
    """Write the scenarios named (files, folders or ids; all, if none) with playbook and training sets to one file.

    `drafts` takes those with errors too; `over` replaces another pack. The same files make the same bytes. Raises Refused.
    """
    if to.suffix != ENDING:
        raise Refused(f"{in_words(to)} is not the name of a pack. Name one that ends in {ENDING}, such as my-scenarios{ENDING}.")
    with said(scenarios_folder(), "read"):
        sources = _sources(_chosen(paths), all_of_it=not paths)
    files = {name: whole(path) for name, path in sources.items()}
    found = examined(files, {name: name_of(str(path)) for name, path in sources.items()})
    if found.errors and not drafts:
        raise Refused(told(found.errors, "Nothing was packed. Mend this, name only the scenarios you want, or take drafts too with --drafts."))
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
            raise Refused(f"{in_words(path)} is not a scenario: those end in .yaml.")
        return [path] if path.name != PLAYBOOK else []   # it comes with whatever goes by it
    library = {file.stem: file for file in scenario_files(scenarios_folder())}
    if str(path) not in library:
        raise Refused(f"There is no file, folder or scenario {in_words(path)}. {nearest(str(path), library)}".strip())
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
            raise Refused(f"{in_words(path)} cannot go into a pack: {reason}.")
        if sources.setdefault(name, path).resolve() != path.resolve():
            raise Refused(f"{in_words(path)} and {in_words(sources[name])} are one and the same scenario by their names. Rename one.")
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
    with said(to):
        if os.path.lexists(to):
            if not to.is_file():
                raise Refused(f"{in_words(to)} is there already and is not a file.")
            if to.stat().st_size == len(raw) and to.read_bytes() == raw:
                return False
            if not over:
                raise Refused(f"{in_words(to)} is there already and holds something else. Name another file, or replace it with --replace.")
        new = to.with_name(f".{to.name}.{os.getpid()}.new")
        try:
            write(new, raw)
            new.replace(to)
        finally:
            new.unlink(missing_ok=True)
    return True
