"""Means, sums of squares and Pearson's correlation, safe against rounding. Knows nothing of raters or items."""

import math
from collections.abc import Iterable, Sequence

from kit.stats.given import Figure, NoNumber, Row, are, complete, pairs, table

ROUNDING = 1e-30   # of the sum of squared numbers: what is left of a sum of squares below this share is rounding, not spread


def mean(values: Sequence[float]) -> float:
    """The mean; of equal values exactly that value, since it is taken from the first one on."""
    first = values[0]
    return first + math.fsum(v - first for v in values) / len(values)


def squares(values: Sequence[float], of: Iterable[float] = ()) -> float:
    """Sum of squared deviations from the mean; exactly 0 when it is only rounding, beside the numbers `of` which the values were made."""
    middle = mean(values)
    return spread((v - middle for v in values), of or values)


def spread(deviations: Iterable[float], of: Iterable[float]) -> float:
    """Sum of squared deviations; exactly 0 when it is only rounding, beside the numbers `of` which they were made."""
    total = math.fsum(d * d for d in deviations)
    return total if total > ROUNDING * math.fsum(v * v for v in of) else 0.0


def deviation(values: Sequence[float]) -> float:
    """The standard deviation of a sample (n - 1 below the line) of two or more."""
    return math.sqrt(squares(values) / (len(values) - 1))


def correlation(first: Sequence[float | None], second: Sequence[float | None]) -> Figure | NoNumber:
    """Pearson's correlation of two columns (Pearson 1895, Proc. R. Soc. Lond. 58, 240-242). A pair with None is left out and counted.

    Two points always lie on a line, so there is no number below three pairs.
    """
    given = table(pairs(first, second))
    kept = complete(given)
    return pearson(kept, left_out=len(given) - len(kept))


def pearson(kept: Sequence[Row], *, left_out: int) -> Figure | NoNumber:
    """`correlation` of pairs that have been checked, or were worked out from what has."""
    if len(kept) < 3:
        return NoNumber(f"A correlation needs at least three pairs; here {are(len(kept))}.")
    a, b = zip(*kept, strict=True)
    sides = squares(a), squares(b)
    if not all(sides):
        return NoNumber("One of the two columns is constant, so nothing can go along with it.")
    middle = mean(a), mean(b)
    along = math.fsum((x - middle[0]) * (y - middle[1]) for x, y in kept)
    r = along / math.sqrt(sides[0]) / math.sqrt(sides[1])
    return Figure(max(-1.0, min(1.0, r)), len(kept), left_out)
