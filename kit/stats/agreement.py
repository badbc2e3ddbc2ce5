"""Agreement of raters on one thing at a time: Cohen's kappa, Krippendorff's alpha, and plain differences. The ICC is in icc.py."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from kit.stats.given import Estimate, NoNumber, are, check_level, complete, labels, pairs, table
from kit.stats.intervals import known_mean, z_quantile
from kit.stats.moments import mean, squares

Weights = Literal["none", "linear", "quadratic"]
Scale = Literal["nominal", "ordinal", "interval"]
ROUNDING = 1e-9   # two ratings that differ by 1 may do so by a hair more as floats


# --- two raters: Cohen's kappa ------------------------------------------------------------------------------

@dataclass(frozen=True)
class Kappa:
    """Kappa with its large-sample interval and standard error; the disagreement seen and that expected by chance, in units of the weights."""

    value: float
    low: float
    high: float
    error: float
    observed: float
    expected: float
    n: int
    left_out: int = 0


_DISTANCE = {
    "none": lambda a, b: float(a != b),
    "linear": lambda a, b: abs(a - b),
    "quadratic": lambda a, b: (a - b) ** 2,
}


def kappa(first: Sequence[Hashable], second: Sequence[Hashable], *, weights: Weights = "none", level: float = 0.95) -> Kappa | NoNumber:
    """How far two raters agree beyond chance: 1 - observed / expected disagreement. One rating of each per performance, in the same order.

    Plain kappa takes any labels: Cohen (1960), Educ. Psychol. Meas. 20, 37-46. With weights the ratings are numbers, and a disagreement
    weighs their distance or its square, so a 3 and a 5 are two apart even if nobody gave a 4: Cohen (1968), Psychol. Bull. 70,
    213-220. Either rater may use categories that the other does not. A pair with None is left out and counted.
    """
    check_level(level)
    if weights not in _DISTANCE:
        raise ValueError(f"weights are none, linear or quadratic, not {weights!r}")
    rows = pairs(first, second)
    given = labels(rows) if weights == "none" else table(rows)
    cells = Counter(complete(given))
    n = cells.total()
    if n < 2:
        return NoNumber(f"At least two performances rated by both are needed; there {are(n)}.")
    return _kappa(cells, weights, z_quantile(0.5 + level / 2), len(given) - n)


def _kappa(cells: Counter[tuple[Hashable, Hashable]], weights: Weights, z: float, left_out: int) -> Kappa | NoNumber:
    """From the counts of the cells. The standard error is that of Fleiss, Cohen & Everitt (1969), Psychol. Bull. 72, 323-327.

    Their variance, written in weights of disagreement d instead of agreement 1 - d / most, is the variance over the cells of
    d_ij - (1 - kappa)(mean d of row i + mean d of column j), divided by n and by the squared expected disagreement.
    """
    n, distance = cells.total(), _DISTANCE[weights]
    firsts, seconds = _margins(cells)
    by_first = {a: math.fsum(m * distance(a, b) for b, m in seconds.items()) / n for a in firsts}
    by_second = {b: math.fsum(m * distance(a, b) for a, m in firsts.items()) / n for b in seconds}
    observed = math.fsum(m * distance(a, b) for (a, b), m in cells.items()) / n
    expected = math.fsum(m * by_first[a] for a, m in firsts.items()) / n
    if not expected:
        return NoNumber("Both raters gave one and the same rating throughout: they would agree by chance as well.")
    value = 1 - observed / expected
    parts = {(a, b): distance(a, b) - (1 - value) * (by_first[a] + by_second[b]) for a, b in cells}
    middle = math.fsum(m * parts[cell] for cell, m in cells.items()) / n
    error = math.sqrt(math.fsum(m * (parts[cell] - middle) ** 2 for cell, m in cells.items()) / n / n) / expected
    return Kappa(value, max(-1.0, value - z * error), min(1.0, value + z * error), error, observed, expected, n, left_out)


def _margins(cells: Counter[tuple[Hashable, Hashable]]) -> tuple[Counter[Hashable], Counter[Hashable]]:
    firsts, seconds = Counter(), Counter()
    for (a, b), m in cells.items():
        firsts[a] += m
        seconds[b] += m
    return firsts, seconds


# --- any number of raters: Krippendorff's alpha ---------------------------------------------------------------

@dataclass(frozen=True)
class Alpha:
    """Alpha, with the disagreement observed and expected; n performances with two ratings or more, which hold `ratings` ratings."""

    value: float
    observed: float
    expected: float
    n: int
    ratings: int
    left_out: int = 0


def alpha(rows: Iterable[Sequence[Hashable]], *, scale: Scale = "ordinal") -> Alpha | NoNumber:
    """Krippendorff's alpha: 1 - observed / expected disagreement. `rows`: performances; columns: raters; None: missing.

    A nominal scale takes any labels, the others numbers. A performance with fewer than two ratings is left out and counted.
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, parts C to E. Of the coincidence matrix only what the sums
    need is worked out: its margins, which are the counts of the pairable values, for the expected disagreement, and its cells
    times their differences, performance by performance, for the observed one.
    """
    if scale not in ("nominal", "ordinal", "interval"):
        raise ValueError(f"scale is nominal, ordinal or interval, not {scale!r}")
    given = labels(rows) if scale == "nominal" else table(rows)
    units = [[v for v in row if v is not None] for row in given]
    units = [unit for unit in units if len(unit) > 1]
    if len(units) < 2:
        return NoNumber(f"At least two performances with two ratings or more are needed; there {are(len(units))}.")
    if scale == "ordinal":
        units = _ranked(units)
    values = [v for unit in units for v in unit]
    n, apart = len(values), _DISAGREEMENT[scale]
    expected = apart(values) / (n * (n - 1))
    if not expected:
        return NoNumber("All ratings are the same: without differences there is no telling agreement from habit.")
    observed = math.fsum(apart(unit) / (len(unit) - 1) for unit in units) / n
    return Alpha(1 - observed / expected, observed, expected, len(units), n, len(given) - len(units))


def _ranked(units: list[list[float]]) -> list[list[float]]:
    """The ratings as mid-ranks. The ordinal difference of two values, (the sum of the counts from one to the other, less half
    of both their counts) squared, is the square of their mid-ranks' distance: so an ordinal scale is an interval scale of mid-ranks."""
    rank, below = {}, 0
    for value, count in sorted(Counter(v for unit in units for v in unit).items()):
        rank[value] = below + count / 2
        below += count
    return [[rank[v] for v in unit] for unit in units]


def _differing(values: Sequence[Hashable]) -> float:
    """How many ordered pairs of the values differ."""
    return len(values) ** 2 - sum(m * m for m in Counter(values).values())


def _squared_distances(values: Sequence[float]) -> float:
    """The sum of (a - b)^2 over all ordered pairs, which is 2 n times the sum of squares."""
    return 2 * len(values) * squares(values)


_DISAGREEMENT = {"nominal": _differing, "ordinal": _squared_distances, "interval": _squared_distances}


# --- a rater against a reference: differences ------------------------------------------------------------------

@dataclass(frozen=True)
class Differences:
    """How a rater's ratings lie to the reference's: the mean difference (above 0: the rater rates higher) with its interval,
    the mean distance, and the share of ratings (0-1) no more than one apart."""

    bias: Estimate | NoNumber
    distance: float
    within_one: float
    n: int
    left_out: int = 0


def differences(rater: Sequence[float | None], reference: Sequence[float | None], *, level: float = 0.95) -> Differences | NoNumber:
    """A rater against a reference (an expert, or another rater) over the same performances. A pair with None is left out and counted.

    The bias and its margin are those of Bland & Altman (1986), Lancet 327, 307-310; a single pair has no bias to speak of, only a distance.
    """
    check_level(level)
    given = table(pairs(rater, reference))
    apart = [a - b for a, b in complete(given)]
    if not apart:
        return NoNumber("No performance was rated by both.")
    near = sum(abs(d) <= 1 + ROUNDING for d in apart)
    return Differences(known_mean(apart, level=level), mean([abs(d) for d in apart]), near / len(apart), len(apart), len(given) - len(apart))
