"""A cohort in figures: what people's first finished runs kept, picked and took. Knows no names and reads no store.

Few answers say little: below 30 there are counts and no share, below 60 a share has its interval.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from kit.content.playbook import Rule
from kit.content.scenario import AnyScene
from kit.play.answer import best_answer
from kit.report.finished import ALL, Finished, Version, parts
from kit.stats.few import Share, share_of


@dataclass
class Count:
    """What became of occasions to keep rules. The share kept is by the rules' weights, as in a score."""

    kept: int = 0
    missed: int = 0
    broken: int = 0
    weight_kept: int = 0
    weight: int = 0
    squares: int = 0

    def add(self, what: str, weight: int, times: int) -> None:
        setattr(self, what, getattr(self, what) + times)
        self.weight_kept += weight * times if what == "kept" else 0
        self.weight += weight * times
        self.squares += weight * weight * times

    @property
    def n(self) -> int:
        return self.kept + self.missed + self.broken

    @property
    def figure(self) -> Share:
        return share_of(self.weight_kept / self.weight, self.n, effective=self.weight ** 2 / self.squares) if self.n else Share(0)


@dataclass(frozen=True)
class Picked:
    """How many took a way through a scene: an option, or an outcome of what was composed or put in order."""

    part: str
    is_best: bool
    times: int
    figure: Share


@dataclass(frozen=True)
class Times:
    """How long something took: the middle value (None of none), of how many, and how many were left out as too long."""

    middle: float | None
    n: int
    left_out: int = 0


@dataclass
class Shown:
    """A version of a scenario that was played: how often, since when, and which it is of how many."""

    version: Version
    since: str
    runs: int = 0
    number: int = 1
    of: int = 1
    minutes: list[float] = field(default_factory=list)


class Cohort:
    """First finished runs, oldest first, counted. Answers to different versions of a scenario stay apart."""

    def __init__(self, firsts: Sequence[Finished]) -> None:
        self.people = len({one.person for one in firsts})
        self.runs = len(firsts)
        self.picked = Counter(judged for one in firsts for judged in one.path)
        self.versions = _versions(firsts)
        self._seconds: dict[tuple[str, str], list[float | None]] = defaultdict(list)
        for one in firsts:
            for judged, seconds in zip(one.path, one.seconds, strict=True):
                self._seconds[one.version.hash, judged.scene.id].append(seconds)

    def counts(self, group: Callable[[Rule], str]) -> dict[str, dict[str, Count]]:
        """Group of rules -> hash of the version, or ALL -> what became of it."""
        found: dict[str, dict[str, Count]] = defaultdict(lambda: defaultdict(Count))
        for judged, times in self.picked.items():
            rules = judged.version.playbook.rule
            for what, names in (("kept", judged.keeps), ("missed", judged.misses), ("broken", judged.breaks)):
                for rule in (rules[name] for name in names):
                    for column in (ALL, judged.version.hash):
                        found[group(rule)][column].add(what, rule.weight, times)
        return found

    def picks(self, version: Version, scene: AnyScene) -> list[Picked]:
        """How many picked what, in the order of the file. Nothing for a scene that nobody came to."""
        times: Counter[str] = Counter()
        for judged, count in self.picked.items():
            if judged.version.hash == version.hash and judged.scene.id == scene.id:
                times[judged.part] += count
        n = times.total()
        best = version.judged(scene, best_answer(scene, version.playbook)).part
        return [Picked(part, part == best, times[part], share_of(times[part] / n, n)) for part in parts(scene)] if n else []

    def seconds(self, version: Version, scene: AnyScene) -> Times:
        return times_of(self._seconds[version.hash, scene.id])


def times_of(values: Iterable[float | None]) -> Times:
    values = list(values)
    known = [v for v in values if v is not None]
    return Times(median(known) if known else None, len(known), len(values) - len(known))


def _versions(firsts: Sequence[Finished]) -> list[Shown]:
    """Every version played, in the order in which scenarios were first played; of one scenario the oldest first."""
    shown: dict[str, dict[str, Shown]] = defaultdict(dict)
    for one in firsts:
        mine = shown[one.version.scenario.id].setdefault(one.version.hash, Shown(one.version, one.started_at))
        mine.runs += 1
        mine.minutes.append(one.minutes)
    for versions in shown.values():
        for number, mine in enumerate(versions.values(), start=1):
            mine.number, mine.of = number, len(versions)
    return [mine for versions in shown.values() for mine in versions.values()]
