"""Finished runs as figures need them: each judged and timed once. Reads no store; what the figures are is in cohort.py."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, Compose, Order, Outcome, Scenario, Write
from kit.content.values import content_hash
from kit.play.answer import Answer, judge, outcome_of
from kit.play.firsts import first_of_each
from kit.play.run import Run

LONGEST = 30 * 60        # seconds; whoever takes longer went away
ALL = ""                 # in place of a part or a version: all of them together


class Stored(Protocol):
    """A run as kept, with the times (ISO 8601) at which each answer was given and its feedback read."""

    @property
    def id(self) -> str: ...
    @property
    def person(self) -> str: ...
    @property
    def started_at(self) -> str: ...
    @property
    def run(self) -> Run: ...
    @property
    def picked_at(self) -> Sequence[str]: ...
    @property
    def read_at(self) -> Sequence[str]: ...


@dataclass(frozen=True, eq=False)
class Judged:
    """One answer to one scene of one version. `part` is what figures count it under: the option, or the outcome's number."""

    version: "Version"
    scene: AnyScene
    part: str
    keeps: frozenset[str]
    breaks: frozenset[str]
    misses: frozenset[str]
    target: str


class Version:
    """A scenario as it was played, by its content. An answer is judged once, however many people give it."""

    def __init__(self, scenario: Scenario, playbook: Playbook) -> None:
        self.scenario, self.playbook, self.hash = scenario, playbook, content_hash(scenario)
        self._judged: dict[tuple[str, Answer], Judged] = {}

    def judged(self, scene: AnyScene, answer: Answer) -> Judged:
        key = scene.id, () if isinstance(scene, Write) else answer
        if key not in self._judged:
            verdict, outcome = judge(scene, answer, self.playbook), outcome_of(scene, answer, self.playbook)
            self._judged[key] = Judged(self, scene, _part(scene, answer, outcome), verdict.keeps, verdict.breaks, verdict.misses,
                                       self.scenario.target(scene.id, outcome.next))
        return self._judged[key]

    def path(self, picks: Sequence[Answer]) -> tuple[Judged, ...] | None:
        """A finished run's answers; None when it is not over."""
        made: list[Judged] = []
        here = self.scenario.scenes[0].id
        for answer in picks:
            made.append(self.judged(self.scenario.scene[here], answer))
            here = made[-1].target
        return None if here in self.scenario.scene else tuple(made)


def parts(scene: AnyScene) -> list[str]:
    """All that answers to the scene are counted under, in the order of the file."""
    if isinstance(scene, Compose | Order):
        return [str(n) for n in range(len(scene.outcomes))]
    return [ALL] if isinstance(scene, Write) else [part.id for part in scene.parts]


def _part(scene: AnyScene, answer: Answer, outcome: Outcome) -> str:
    if isinstance(scene, Compose | Order):
        return next(str(n) for n, one in enumerate(scene.outcomes) if one is outcome)
    return ALL if isinstance(scene, Write) else answer[0]


@dataclass(frozen=True)
class Finished:
    """What figures need of a finished run, which never changes. `seconds` has None for an answer that took too long to be one."""

    id: str
    person: str
    started_at: str
    version: Version
    path: tuple[Judged, ...]
    seconds: tuple[float | None, ...]
    minutes: float


class Reader:
    """Makes finished runs out of stored ones; runs played with the same content share what is worked out about it."""

    def __init__(self) -> None:
        self._versions: dict[tuple[int, int], Version] = {}

    def finished(self, stored: Stored) -> Finished | None:
        """The run, or None while it is not finished."""
        version = self._version(stored.run)
        path = version.path(stored.run.picks)
        if path is None:
            return None
        return Finished(stored.id, stored.person, stored.started_at, version, path, *spent(stored))

    def _version(self, run: Run) -> Version:
        """By identity, which is quick: the store reads the same content once. Versions hold on to it, so that no other takes its id."""
        key = id(run.scenario), id(run.playbook)
        if key not in self._versions:
            self._versions[key] = Version(run.scenario, run.playbook)
        return self._versions[key]


def spent(stored: Stored) -> tuple[tuple[float | None, ...], float]:
    """(seconds from the scene's appearing to each answer, minutes of the whole run); what is over `LONGEST` is left out."""
    start, *picked = (datetime.fromisoformat(at).timestamp() for at in (stored.started_at, *stored.picked_at))
    read = [datetime.fromisoformat(at).timestamp() for at in stored.read_at]
    begun = [start, *(read[n] if n < len(read) else at for n, at in enumerate(picked))]
    answering = [_if_there(at - since) for since, at in zip(begun, picked, strict=False)]
    reading = [_if_there(since - at) for at, since in zip(picked, begun[1:], strict=True)]
    return tuple(answering), sum(gap or 0 for gap in (*answering, *reading)) / 60


def _if_there(gap: float) -> float | None:
    return gap if 0 <= gap <= LONGEST else None


def first_finished(runs: Iterable[Finished]) -> list[Finished]:
    """Each person's first finished run of each scenario, of runs that stand oldest first."""
    return first_of_each(runs, lambda one: (one.person, one.version.scenario.id))
