"""`kit check --watch`: looks at the files twice a second, and checks again what changed. Only times and sizes are looked at."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kit.commands.checking import Checked, CheckedFile, Playbooks, check_file, files_of, gather, open_playbook, playbook_home
from kit.content.finding import Finding, name_of
from kit.library import PLAYBOOK, home_of, is_training
from kit.words import count

PAUSE = 0.5   # seconds between two looks
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Change:
    """What one look found changed: the files, the findings that are new and how many are gone, and the state afterwards."""

    files: tuple[Path, ...]
    gone: tuple[Path, ...]
    new: tuple[Finding, ...]
    mended: int
    checked: Checked


class Watch:
    """What was checked, file by file, with what the files looked like then."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths
        self.stamps: dict[Path, Stamp] = {}
        self.files: dict[Path, CheckedFile] = {}
        self.homes: dict[Path, Path] = {}   # file -> the folder of its playbook
        self.playbooks: Playbooks = {}
        self.used: dict[Path, None] = {}    # every folder whose playbook was ever gone by
        self.checked = Checked(())
        self.look()

    def look(self) -> Change | None:
        """Checks what changed since the last look; None when nothing did."""
        there = {file: stamp for file in self._files() if (stamp := _stamp(file))}
        changed = [file for file, stamp in there.items() if self.stamps.get(file) != stamp]
        gone = [file for file in self.stamps if file not in there]
        if not changed and not gone:
            return None
        self.stamps = there
        self._check(changed, gone)
        before = self.checked
        self.checked = gather([self.files[file] for file in self.homes], self.playbooks, [path for path in self.paths if path.exists()])
        new, mended = _difference(before.findings, self.checked.findings)
        return Change(tuple(changed), tuple(gone), new, mended, self.checked)

    def _files(self) -> Iterator[Path]:
        """The files to check, and the playbooks that they go by, which may be elsewhere."""
        named = [path for path in self.paths if path.exists()]
        self.homes = {file: self.homes.get(file) or playbook_home(file) for file in files_of(named)}
        self.used.update(dict.fromkeys(self.homes.values()))
        yield from dict.fromkeys([*(folder / PLAYBOOK for folder in self.used), *self.homes])

    def _check(self, changed: list[Path], gone: list[Path]) -> None:
        """What changed; everything that goes by a playbook that did; and the training sets beside a scenario that did."""
        before, renewed = self.homes, {file.parent for file in [*changed, *gone] if file.name == PLAYBOOK}
        if renewed:
            self.homes = {file: playbook_home(file) for file in self.homes}
        self.playbooks = {folder: self.playbooks[folder] if folder in self.playbooks and folder not in renewed else open_playbook(folder)
                          for folder in dict.fromkeys(self.homes.values())}
        beside = {file.resolve().parent for file in [*changed, *gone]}
        due = {file for file, folder in self.homes.items()
               if file in changed or folder in renewed or folder != before[file] or file not in self.files or (is_training(file) and home_of(file) in beside)}
        self.files = {file: check_file(file, self.playbooks[folder][0]) if file in due else self.files[file] for file, folder in self.homes.items()}


def _stamp(file: Path) -> Stamp | None:
    try:
        stat = file.stat()
    except OSError:   # gone between two looks, or an editor is just putting a new one in its place
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _difference(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> tuple[tuple[Finding, ...], int]:
    """The findings that are new, and how many are gone. One that only moved to another line is neither."""
    def same(finding: Finding) -> tuple[str, str, str, str]:
        return finding.path, finding.code, finding.says, finding.cure
    left = Counter(map(same, before))
    new = []
    for finding in after:
        if left[same(finding)]:
            left[same(finding)] -= 1
        else:
            new.append(finding)
    return tuple(new), left.total()


def in_a_line(change: Change, now: datetime) -> str:
    """The time, what changed, and how things stand: `12:03:05 the-last-call.yaml: 1 new, 2 mended. Now 1 error, 0 warnings.`"""
    names = [name_of(file.name) for file in change.files] + [f"{name_of(file.name)} (gone)" for file in change.gone]
    called = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    errors, warnings = change.checked.errors, change.checked.warnings
    return (f"{now:%H:%M:%S} {called}: {len(change.new)} new, {change.mended} mended. "
            f"Now {count(errors, 'error')}, {count(warnings, 'warning')}.")


def follow(watch: Watch, tell: Callable[[Change], None]) -> None:
    """Looks twice a second and tells of every change, until somebody presses Ctrl-C."""
    try:
        while True:
            time.sleep(PAUSE)
            if change := watch.look():
                tell(change)
    except KeyboardInterrupt:
        return
