"""`kit check`: the findings in files and folders, what could be better in them, and the scenarios that they hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kit.content.finding import Finding, Problem, name_of
from kit.content.hints import check_forms, doubled, hints_on_playbook, hints_on_scenario
from kit.content.playbook import Playbook
from kit.content.read import Reading, read_playbook, read_scenario
from kit.content.scenario import Scenario
from kit.library import (
    PLAYBOOK,
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
from kit.play.pairs import check_across, twins_elsewhere

Playbooks = dict[Path, tuple[Playbook | None, tuple[Finding, ...]]]   # by folder, with what was found in it


@dataclass(frozen=True)
class CheckedFile:
    """What came of one file. `scenario` is what has the shape of one, whatever else is wrong in it; `loads` says that nothing is."""

    path: Path
    findings: tuple[Finding, ...] = ()
    hints: tuple[Finding, ...] = ()
    scenario: Scenario | None = None
    playbook: Playbook | None = None
    loads: bool = False
    was_checked: bool = True


@dataclass(frozen=True)
class Checked:
    """The files, one by one, and what the playbooks and the libraries as wholes show. A finding or hint is told once."""

    files: tuple[CheckedFile, ...]
    of_libraries: tuple[Finding, ...] = ()
    hints_on_libraries: tuple[Finding, ...] = ()

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(dict.fromkeys([*self.of_libraries, *(f for file in self.files for f in file.findings)]))

    @cached_property
    def hints(self) -> tuple[Finding, ...]:
        return tuple(dict.fromkeys([*self.hints_on_libraries, *(h for file in self.files for h in file.hints)]))

    @property
    def errors(self) -> int:
        return sum(finding.is_error for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    @property
    def unchecked(self) -> int:
        """How many files were not checked, for want of a playbook."""
        return sum(not file.was_checked for file in self.files)

    @property
    def loaded(self) -> tuple[tuple[Scenario, Playbook], ...]:
        return tuple((file.scenario, file.playbook) for file in self.files if file.loads and file.scenario and file.playbook)


def check_paths(paths: Iterable[Path]) -> Checked:
    """Every file named, and every file of the folders named. A scenario elsewhere goes by the kit's own playbook."""
    paths = list(paths)
    homes = {file: playbook_home(file) for file in files_of(paths)}
    playbooks = {folder: open_playbook(folder) for folder in dict.fromkeys(homes.values())}
    return gather([check_file(file, playbooks[home][0]) for file, home in homes.items()], playbooks, paths)


def gather(files: list[CheckedFile], playbooks: Playbooks, paths: list[Path]) -> Checked:
    """The files checked, with what their playbooks show, their pairs with others, and the folders among `paths` that are whole libraries."""
    of_pairs = [finding for file in files for finding in pair_findings(file, files)]
    wholes = [whole(path, playbook, files) for path in paths if path.is_dir() and (playbook := playbooks.get(path, (None, ()))[0])]
    of_libraries = [f for _, found in playbooks.values() for f in found] + [f for found, _ in wholes for f in found] + of_pairs
    return Checked(tuple(files), tuple(of_libraries), tuple(h for _, hints in wholes for h in hints))


def playbook_home(file: Path) -> Path:
    """The folder of the playbook that a file goes by; for all files of one folder the same words, however they were named."""
    beside = file.parent.parent if is_training(file) and file.parent.name == TRAINING else home_of(file)
    return playbook_folder(beside)


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Every file that is named or in a folder that is named, once."""
    return list(dict.fromkeys(file for path in paths for file in _files_in(path)))


def _files_in(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return [p for p in [path / PLAYBOOK] if p.is_file()] + scenario_files(path) + training_files(path)


def open_playbook(folder: Path) -> tuple[Playbook | None, tuple[Finding, ...]]:
    """The folder's playbook, None when it cannot be used, and what was found in it."""
    try:
        return load_playbook(folder)
    except NoPlaybook as none:
        return None, none.findings


def check_file(file: Path, playbook: Playbook | None) -> CheckedFile:
    """One scenario or training set. A playbook is checked when it is opened."""
    if file.name == PLAYBOOK:
        return CheckedFile(file)
    if playbook is None:
        return CheckedFile(file, was_checked=False)
    if is_training(file):
        return CheckedFile(file, load_training_set(file, playbook).findings)
    reading = load_scenario(file, playbook)
    if reading.content is None:   # its values can be shown all the same, if it has the shape of a scenario
        return CheckedFile(file, reading.findings, (), read_scenario(file, playbook).content, playbook)
    hints = tuple(reading.place(problem) for problem in hints_on_scenario(reading.content, playbook))
    return CheckedFile(file, reading.findings, hints, reading.content, playbook, loads=True)


def pair_findings(file: CheckedFile, checked: Iterable[CheckedFile]) -> list[Finding]:
    """What is wrong with the pairs that a scenario makes with others of its folder; those that were not checked are looked up there."""
    if not (file.loads and file.scenario and file.playbook):
        return []
    named, playbook = twins_elsewhere(file.scenario), file.playbook
    known = {other.path: other.scenario if other.loads else None for other in checked}
    beside = {path.stem: known[path] if path in known else load_scenario(path, playbook).content if path.stem in named else None
              for path in (scenario_files(file.path.parent) if named else ())}
    problems = check_across(file.scenario, beside, playbook)
    reading = read_scenario(file.path, playbook) if problems else None   # for the lines
    return [reading.place(problem) for problem in problems] if reading else []


def whole(folder: Path, playbook: Playbook, checked: Iterable[CheckedFile]) -> tuple[list[Finding], list[Finding]]:
    """(findings, hints) on a library as a whole: what is named and not there, what stands twice, what is defined and never used."""
    here = [file for file in checked if file.path.parent == folder and file.path.name != PLAYBOOK]
    reading: Reading[Playbook] = read_playbook(folder / PLAYBOOK)
    stems = [file.path.stem for file in here]

    def placed(problems: Iterable[Problem]) -> list[Finding]:
        return [reading.place(problem) for problem in problems]
    twice = doubled(stems)
    found = [Finding(name_of(str(file.path)), 1, 1, "W362", f"two files have the id `{file.path.stem}`: .yaml and .yml.", "A file's name is its scenario's id: rename one.")
             for file in here if file.path.stem in twice]
    return placed(check_forms(playbook, set(stems))) + found, placed(hints_on_playbook(playbook, [file.scenario for file in here if file.scenario]))
