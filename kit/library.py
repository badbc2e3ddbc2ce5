"""A folder of content: one playbook and its scenarios, read and checked. A broken scenario does not stop the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from kit.content.check import check_playbook, check_training
from kit.content.finding import Finding, Problem
from kit.content.playbook import Playbook
from kit.content.read import Read, Reading, read_playbook, read_scenario, read_training
from kit.content.scenario import Scenario
from kit.content.training import TrainingSet
from kit.places import PLAYBOOK, scenarios_folder, shipped
from kit.play.pairs import Beside, check_across
from kit.play.prove import check_whole

TRAINING = "training"
Look = tuple[str, int, int, int]   # a file from outside: its path, the time of its last change, its size, its number
Looks = tuple[Look, ...]


class NoPlaybook(Exception):
    """There is no usable playbook, so nothing can be checked or played; carries the findings."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


@dataclass(frozen=True)
class Library:
    """The playbook, every scenario that loads (drafts too, by id), and everything that was found."""

    playbook: Playbook
    scenarios: tuple[Scenario, ...]
    findings: tuple[Finding, ...]
    folder: Path | None = None   # where it was read, and how its files looked
    looks: Looks = ()
    readings: Mapping[Look, Reading[Scenario]] = field(default_factory=dict, repr=False, compare=False)   # what came of each scenario's file

    @property
    def ready(self) -> tuple[Scenario, ...]:
        """What trainees see, easiest first."""
        return tuple(sorted((s for s in self.scenarios if s.status == "ready"), key=lambda s: (s.level, s.title)))


@dataclass(frozen=True)
class Lesson:
    """A training set, and the scenario whose role-play its people act."""

    training: TrainingSet
    scenario: Scenario


@dataclass(frozen=True)
class Training:
    """What raters train on, and what was found in it."""

    playbook: Playbook
    lessons: tuple[Lesson, ...]
    findings: tuple[Finding, ...]


def playbook_folder(folder: Path) -> Path:
    """Where the playbook for a folder is: in it, else in the library in use, else with the kit."""
    candidates = (folder, scenarios_folder(), shipped("scenarios"))
    return next((c for c in candidates if (c / PLAYBOOK).is_file()), folder)


def load_playbook(folder: Path) -> tuple[Playbook, tuple[Finding, ...]]:
    """The folder's playbook and what was found in it. Raises NoPlaybook when it cannot be used."""
    reading = _checked(read_playbook(folder / PLAYBOOK), check_playbook)
    if reading.content is None:
        raise NoPlaybook(reading.findings)
    return reading.content, reading.findings


def load_scenario(path: Path, playbook: Playbook) -> Reading[Scenario]:
    """One file, read and checked; its content is None when it has errors."""
    return _checked(read_scenario(path, playbook), lambda scenario: check_whole(scenario, playbook))


def across(reading: Reading[Scenario], beside: Beside, playbook: Playbook) -> list[Finding]:
    """What is wrong between a scenario and those beside it: the pairs that it makes with them."""
    return [reading.place(problem) for problem in check_across(reading.content, beside, playbook)] if reading.content else []


def check_text(name: str, text: str, playbook: Playbook) -> Reading[Scenario]:
    """A text that is in no file yet, read and checked as the scenario `name`."""
    with TemporaryDirectory(prefix="high-note-") as folder:
        return load_scenario(_put(Path(folder) / f"{name}.yaml", text), playbook)


def check_playbook_text(text: str) -> Reading[Playbook]:
    """A text that is in no file yet, read and checked as the playbook."""
    with TemporaryDirectory(prefix="high-note-") as folder:
        return _checked(read_playbook(_put(Path(folder) / PLAYBOOK, text)), check_playbook)


def _put(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def load(folder: Path, before: Library | None = None) -> Library:
    """Everything in the folder; what has not changed since `before` is taken from there. Raises NoPlaybook."""
    looks = looks_of(folder)   # before reading: what changes meanwhile is seen the next time
    playbook, found = load_playbook(playbook_folder(folder))
    known = before.readings if before and before.playbook == playbook else {}
    read = {look: known.get(look) or load_scenario(Path(look[0]), playbook) for look in looks if Path(look[0]).name != PLAYBOOK}
    readings = read.values()
    beside = {Path(reading.path).stem: reading.content for reading in readings}
    of_pairs = [finding for reading in readings for finding in across(reading, beside, playbook)]
    findings = [*found, *(finding for reading in readings for finding in reading.findings), *of_pairs]
    return Library(playbook, tuple(r.content for r in readings if r.content), tuple(findings), folder, looks, read)


def looks_of(folder: Path) -> Looks:
    """How the files of a library look from outside: this changes whenever one of them does."""
    seen = []
    for path in [playbook_folder(folder) / PLAYBOOK, *scenario_files(folder)]:
        try:
            facts = path.stat()
        except OSError:   # gone between our two looks, or a link that leads nowhere
            continue
        seen.append((str(path), facts.st_mtime_ns, facts.st_size, facts.st_ino))
    return tuple(seen)


_kept: Library | None = None   # the last one that `current` gave


def current(folder: Path) -> Library:
    """The library as its folder is now, read anew only when a file has changed. Raises NoPlaybook when it cannot be read at all."""
    global _kept
    _kept = up_to_date(_kept) if _kept and _kept.folder == folder else load(folder)
    return _kept


def up_to_date(library: Library) -> Library:
    """The library as its folder is now; itself while nothing has changed there.

    What is broken at the moment stays as it was, as far as that can be played: one that is being written disturbs nobody.
    """
    if library.folder is None:
        return library
    try:
        looks = looks_of(library.folder)
        if looks == library.looks:
            return library
        fresh = load(library.folder, library)
    except (NoPlaybook, OSError):
        return library
    broken = {path.stem for path in scenario_files(library.folder)} - {s.id for s in fresh.scenarios}
    stay = [s for s in library.scenarios if s.id in broken and fresh.playbook == library.playbook]
    return replace(fresh, scenarios=(*fresh.scenarios, *stay))


def load_training_set(path: Path, playbook: Playbook) -> Reading[TrainingSet]:
    """One training set, read and checked against its script, which is in the folder above."""
    scripts = {file.stem: file for file in scenario_files(home_of(path))}
    reading = read_training(path, playbook, frozenset(scripts))
    return _checked(reading, lambda training: check_training(training, playbook, read_scenario(scripts[training.script], playbook).content))


def load_training(folder: Path) -> Training:
    """The training sets of a library, each with its script. Raises NoPlaybook."""
    playbook, _ = load_playbook(playbook_folder(folder))
    readings = [load_training_set(path, playbook) for path in training_files(folder)]
    scripts = {file.stem: file for file in scenario_files(folder)}
    lessons = [(r.content, read_scenario(scripts[r.content.script], playbook).content) for r in readings if r.content]
    return Training(playbook, tuple(Lesson(found, script) for found, script in lessons if script), tuple(f for r in readings for f in r.findings))


def training_files(folder: Path) -> list[Path]:
    """The training sets of a library: they are in a folder of their own in it."""
    return scenario_files(folder / TRAINING) if (folder / TRAINING).is_dir() else []


def home_of(path: Path) -> Path:
    """The folder of the library that a file belongs to."""
    return path.resolve().parent.parent if is_training(path) else path.parent


def is_training(path: Path) -> bool:
    """Whether a file is a training set, by where it is: in a folder `training` that is no library itself."""
    return path.resolve().parent.name == TRAINING and not (path.parent / PLAYBOOK).is_file()


def scenario_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and p.name != PLAYBOOK and not p.name.startswith("."))


def _checked(reading: Reading[Read], check: Callable[[Read], list[Problem]]) -> Reading[Read]:
    if reading.content is None:
        return reading
    findings = tuple(sorted({*reading.findings, *(reading.place(p) for p in check(reading.content))}))
    content = None if any(f.is_error for f in findings) else reading.content
    return Reading(reading.path, content, findings, reading.tree)
