"""`kit unpack`: out of a pack again. What is written comes as a whole or not at all, and nothing that stood there before is lost."""

import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from kit import __version__
from kit.commands.packfile import Examined, Refused, examined, in_words, plain, read_pack, said, told, umask, whole, write, write_files
from kit.content.playbook import Playbook
from kit.library import (
    TRAINING,
    NoPlaybook,
    load_playbook,
)
from kit.places import PLAYBOOK
from kit.writing import BACKUP


@dataclass(frozen=True)
class Unpacked:
    """What became of each file: written, left alone because it was there already, or replaced (name -> what was there)."""

    written: tuple[str, ...]
    same: tuple[str, ...]
    replaced: dict[str, Path]


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
        return self.there is not None and plain(self.there) == plain(self.raw)


def unpack(path: Path, folder: Path, *, drafts: bool = False, over: bool = False) -> Unpacked:
    """Put the files of a pack into the folder: all that are not there yet, or none. Raises Refused.

    `drafts` takes files with errors too; `over` replaces files that differ, which are kept as earlier versions.
    """
    manifest, files = read_pack(path)
    found = examined(files, {name: name for name in files})
    if found.errors and not drafts:
        raise Refused(told(found.errors, "Nothing was written: there are errors in the pack. --drafts takes it as it is, to be mended here."))
    _same_meaning(manifest, found)
    with said(folder):
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
            raise Refused(f"{in_words(above)} is there already and is not a folder.")
    if (folder / TRAINING).is_symlink():
        raise Refused(f"{in_words(folder / TRAINING)} is a link to another place, which is not followed.")
    path, other = folder / name, (folder / name).with_suffix(".yml")
    path = other if name != PLAYBOOK and os.path.lexists(other) and not os.path.lexists(path) else path
    return _Place(name, path, raw, _there(path))


def _there(path: Path) -> bytes | None:
    if not os.path.lexists(path):
        return None
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Refused(f"{in_words(path)} is there already and is a link or a folder. Move it away first.")
    return whole(path)


def _differs(folder: Path, differ: list[_Place], playbook: Playbook) -> str:
    lines = ["Nothing was written. These files are there already and say something else:", *(f"  {in_words(place.path)}" for place in differ)]
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
        write_files(stage, {place.name: place.raw for place in [*fresh, *differ]})
        if is_new:
            stage.chmod(0o777 & ~umask())
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
        raise Refused(f"{in_words(home)} is a link to another place, which is not followed. Nothing was written.")
    _make(home, undo)
    aside = home / f"{place.path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.yaml"
    undo.callback(aside.unlink, missing_ok=True)
    write(aside, place.there or b"")
    return aside


def _move(new: Path, place: _Place, kept: Path | None, undo: ExitStack) -> None:
    _make(place.path.parent, undo)
    if _there(place.path) != place.there:
        raise Refused(f"{in_words(place.path)} was changed by somebody else at this very moment. Nothing was written; try again.")
    new.replace(place.path)
    if kept:
        undo.callback(kept.replace, place.path)
    else:
        undo.callback(place.path.unlink)


def _make(folder: Path, undo: ExitStack) -> None:
    if not folder.is_dir():
        folder.mkdir()
        undo.callback(folder.rmdir)
