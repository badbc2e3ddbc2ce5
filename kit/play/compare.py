"""A rater beside a reference: how far apart they are, in which direction, and what to say about it. Pure.

It compares what was seen by both; where only one of them saw a rule at work is counted apart. What the bars are and
why: docs/training.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from kit.play.rate import NOT_SEEN
from kit.stats.given import NoNumber
from kit.stats.raters import Halo, halo

MOST_APART = 0.5        # mean absolute difference
LEAST_WITHIN_ONE = 0.8
OFF_BY = 3              # no rating is as far off as this
MOST_BIAS = 0.75        # of any rule, up or down
MOST_UNSEEN = 0.1       # share of the ratings about which only one says "not seen"
CLEARLY, SLIGHTLY = 0.5, 0.25    # of a point: from when on a rater is called lenient or severe
FLAT, FLATTER = 0.5, 0.7         # of the reference's spread: below, a rater is said to rate the whole impression (who is one too high
                                 # or too low throughout meets the end of the scale and keeps 0.75 or more of it)

Key = tuple[str, str]   # performance, rule
Ratings = Mapping[Key, int]


@dataclass(frozen=True)
class Pair:
    """One rule in one performance: what the rater gave and what the reference gives, 1-5 or NOT_SEEN."""

    performance: str
    rule: str
    given: int
    reference: int

    @property
    def is_seen(self) -> bool:
        return NOT_SEEN not in (self.given, self.reference)

    @property
    def differs_in_seeing(self) -> bool:
        return (self.given == NOT_SEEN) != (self.reference == NOT_SEEN)

    @property
    def apart(self) -> int:
        """Above 0: the rater rates higher. Only for what both saw."""
        return self.given - self.reference


@dataclass(frozen=True)
class Group:
    """The pairs of one rule, or of one performance: signed and absolute mean difference, None when nothing was seen by both."""

    name: str
    bias: float | None
    distance: float | None
    seen: int
    in_seeing: int


@dataclass(frozen=True)
class Criterion:
    """One bar: what is wanted, what there is, and whether that is enough."""

    wanted: str
    found: str
    is_met: bool


@dataclass(frozen=True)
class Comparison:
    """A rater's ratings beside the reference's of the same performances and rules."""

    pairs: tuple[Pair, ...]

    @property
    def seen(self) -> list[int]:
        """The differences where both saw the rule at work."""
        return [p.apart for p in self.pairs if p.is_seen]

    @property
    def in_seeing(self) -> list[Pair]:
        """Where one gives a number and the other says "not seen"."""
        return [p for p in self.pairs if p.differs_in_seeing]

    @property
    def distance(self) -> float | None:
        """The mean absolute difference."""
        return _mean([abs(d) for d in self.seen]) if self.seen else None

    @property
    def within_one(self) -> float | None:
        """The share (0-1) that is no more than one apart."""
        return sum(abs(d) <= 1 for d in self.seen) / len(self.seen) if self.seen else None

    @property
    def worst(self) -> int | None:
        return max((abs(d) for d in self.seen), default=None)

    @property
    def severity(self) -> float | None:
        """The mean signed difference: below 0 severe, above 0 lenient."""
        return _mean(self.seen) if self.seen else None

    @property
    def halo(self) -> Halo | NoNumber:
        """How flat the ratings are within a performance, beside how flat the reference's are; see stats.raters."""
        rows = groupby(sorted(self.pairs, key=lambda p: (p.performance, p.rule)), key=lambda p: p.performance)
        talks = [list(pairs) for _, pairs in rows]
        return halo([[p.given or None for p in talk] for talk in talks], [[p.reference or None for p in talk] for talk in talks])

    @property
    def by_rule(self) -> list[Group]:
        return _groups((p.rule, p) for p in self.pairs)

    @property
    def by_performance(self) -> list[Group]:
        return _groups((p.performance, p) for p in self.pairs)

    @property
    def criteria(self) -> list[Criterion]:
        return [*_closeness(self), _bias(self), _seeing(self)]

    @property
    def certifies(self) -> bool:
        return all(criterion.is_met for criterion in self.criteria)


def compare(given: Ratings, reference: Ratings) -> Comparison:
    """Raises ValueError unless both rate the same rules of the same performances."""
    if given.keys() != reference.keys():
        raise ValueError("rater and reference need the same rules of the same performances")
    return Comparison(tuple(Pair(*key, given[key], reference[key]) for key in reference))


def _mean(whole: list[int]) -> float:
    """One division of whole numbers: nobody misses a bar that they reach by a rounding."""
    return sum(whole) / len(whole)


def _groups(named: Iterable[tuple[str, Pair]]) -> list[Group]:
    groups: dict[str, list[Pair]] = {}
    for name, pair in named:
        groups.setdefault(name, []).append(pair)
    return [_group(name, pairs) for name, pairs in groups.items()]


def _group(name: str, pairs: list[Pair]) -> Group:
    apart = [p.apart for p in pairs if p.is_seen]
    return Group(name, _mean(apart) if apart else None, _mean([abs(d) for d in apart]) if apart else None,
                 len(apart), sum(p.differs_in_seeing for p in pairs))


# --- the bars -------------------------------------------------------------------------------------------------

def _closeness(found: Comparison) -> list[Criterion]:
    n, near = len(found.seen), sum(abs(d) <= 1 for d in found.seen)
    far = sum(abs(d) >= OFF_BY for d in found.seen)
    return [
        Criterion(f"On average at most {MOST_APART} away from the reference", points(found.distance), found.distance is not None and found.distance <= MOST_APART),
        Criterion(f"At least {LEAST_WITHIN_ONE:.0%} of the ratings within one point", f"{near} of {n}" if n else NOTHING,
                  found.within_one is not None and found.within_one >= LEAST_WITHIN_ONE),
        Criterion("No rating off by three or more", str(far or "none") if n else NOTHING, bool(n) and not far),
    ]


def _bias(found: Comparison) -> Criterion:
    biases = [g for g in found.by_rule if g.bias is not None]
    beyond = [g for g in biases if abs(g.bias or 0) > MOST_BIAS]
    return Criterion(f"No rule more than {MOST_BIAS} too high or too low on average",
                     NOTHING if not biases else f"{len(beyond) or 'none'} of {len(biases)} rules", bool(biases) and not beyond)


def _seeing(found: Comparison) -> Criterion:
    """A rater must not get round the hard rules with "not seen", nor invent what was not there."""
    n, of = len(found.in_seeing), len(found.pairs)
    return Criterion(f"At most {MOST_UNSEEN:.0%} of the ratings apart about “not seen”", f"{n} of {of}", n <= MOST_UNSEEN * of)


# --- in words -------------------------------------------------------------------------------------------------

NOTHING = "nothing was seen by both"


def points(value: float | None, *, signed: bool = False) -> str:
    """A figure in points of the scale, with a real minus sign."""
    if value is None:
        return NOTHING
    words = f"{abs(value):.2f}"
    sign = "" if not signed or words == "0.00" else "+" if value > 0 else "−"
    return sign + words


def figures_in_words(found: Comparison) -> str:
    """The two figures that come first."""
    if found.distance is None:
        return "There is no rule that you and the reference have both seen, so nothing can be compared."
    near = sum(abs(d) <= 1 for d in found.seen)
    return (f"On average your ratings are {points(found.distance)} points away from the reference. "
            f"{near} of {len(found.seen)} ({found.within_one:.0%}) are the same or one point away.")


def severity_in_words(found: Comparison) -> str:
    value = found.severity
    if value is None:
        return "Whether you are lenient or severe cannot be said: nothing was seen by both."
    size, way = points(abs(value)), "higher" if value > 0 else "lower"
    if abs(value) < SLIGHTLY:
        return f"Severity: you are neither lenient nor severe (on average {points(value, signed=True)} from the reference)."
    kind = "lenient" if value > 0 else "severe"
    if abs(value) < CLEARLY:
        return f"Severity: you are a little {kind}. You rate {size} {way} than the reference on average."
    cure = ("Before you give a 4 or a 5, name the words that earn it; without them it is a 3." if value > 0
            else "Look for what was done before what was missing: a 5 asks for what its anchor says, and for nothing more.")
    return f"Severity: you are {kind}. You rate {size} {way} than the reference on average. {cure}"


def halo_in_words(found: Comparison) -> str:
    """Halo as share of the reference's spread within a performance: 1 is as varied, 0 is all rules alike."""
    what = found.halo
    if isinstance(what, NoNumber) or isinstance(what.share, NoNumber):
        return f"Halo: it cannot be said. {what.why if isinstance(what, NoNumber) else what.share.why}"
    spread = f"Within one talk your ratings vary by {what.spread:.1f} points, those of the reference by {what.reference_spread:.1f}."
    if what.share < FLAT:
        return (f"Halo: strong. {spread} You rate the whole impression: a talk is good or bad in everything. "
                "Rate one rule at a time, and look back at the words for each.")
    if what.share < FLATTER:
        return f"Halo: some. {spread} The whole impression colours single rules; ask for each rule what you heard."
    return f"Halo: none to speak of. {spread}"


def seeing_in_words(found: Comparison) -> str:
    """Where only one of the two saw the rule at work; empty where there is no such case."""
    blind, sharp = (sum(p.differs_in_seeing and (p.given == NOT_SEEN) == is_blind for p in found.pairs) for is_blind in (True, False))
    words = " and ".join(filter(None, [f"{_times(blind)} you say “not seen” where the reference gives a number" if blind else "",
                                       f"{_times(sharp)} you give a number where the reference says “not seen”" if sharp else ""]))
    return f"About seeing: {words}. These are counted apart, not as a difference in points." if words else ""


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")
