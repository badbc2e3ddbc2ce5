"""The intraclass correlation in its six forms, each with its interval. Complete tables of ratings only; no words on what is good enough."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Literal

from kit.stats.given import Estimate, NoNumber, Row, are, check_level, complete, table
from kit.stats.intervals import f_quantile
from kit.stats.moments import mean, spread, squares

Form = Literal["one-way", "agreement", "consistency"]
HUGE = 1e100     # a quantile of F that says nothing any more, and times a mean square nears the end of what a float holds
NEARLY = 1e-12   # a denominator below this share of its parts is 0 but for rounding


@dataclass(frozen=True)
class MeanSquares:
    """The two-way analysis of variance of n performances (rows) by k raters, one rating a cell."""

    n: int
    k: int
    rows: float      # between performances
    columns: float   # between raters
    within: float    # within performances: columns and error together
    error: float     # what neither row nor column explains


def icc(rows: Iterable[Sequence[float | None]], *, form: Form = "agreement", of_mean: bool = False, level: float = 0.95) -> Estimate | NoNumber:
    """How much of the spread in ratings is between performances. `rows`: performances; columns: raters; None: missing.

    | form | Shrout & Fleiss | McGraw & Wong | when |
    | one-way | (1,1) (1,k) | ICC(1) ICC(k) | each performance has raters of its own |
    | agreement | (2,1) (2,k) | ICC(A,1) ICC(A,k) | the same raters throughout; a milder rater counts as error |
    | consistency | (3,1) (3,k) | ICC(C,1) ICC(C,k) | the same raters throughout; only their order and distances count |

    `of_mean`: of the mean of all k raters instead of one rater's rating. Rows with a missing rating are left out and counted.
    Estimates: Shrout & Fleiss (1979), Psychol. Bull. 86, 420-428, cases 1 to 3. Intervals: McGraw & Wong (1996), Psychol. Methods 1,
    30-46, table 7, with the correction on p. 390. Mean of k: Spearman (1910) and Brown (1910), Br. J. Psychol. 3, 271-322.
    """
    check_level(level)
    if form not in _SINGLE:
        raise ValueError(f"form is one-way, agreement or consistency, not {form!r}")
    given = table(rows)
    kept = complete(given)
    none = _why_none(kept, len(given))
    if none:
        return none
    ms = mean_squares(kept)
    if not ms.rows and not ms.within:
        return NoNumber("All ratings are the same: without differences between performances there is nothing to agree about.")
    single = _SINGLE[form](ms, 0.5 + level / 2)
    if isinstance(single, NoNumber):
        return single
    if of_mean and _is_without_mean(ms, form):
        return NoNumber("The performances' mean ratings differ by less than the raters' disagreement alone would make them: "
                        "the mean of the raters has no reliability to speak of.")
    value, low, high = (_of_mean(bound, ms.k) for bound in single) if of_mean else single
    # Rounding may put an estimate of 1, say, a hair outside its bounds.
    return Estimate(value, min(low, value), max(high, value), ms.n, len(given) - ms.n)


def mean_squares(rows: list[Row]) -> MeanSquares:
    """Of a complete table of at least 2 x 2. A sum of squares that is only rounding beside the cells is 0."""
    n, k = len(rows), len(rows[0])
    cells = list(chain.from_iterable(rows))
    row_means, column_means = [mean(row) for row in rows], [mean(column) for column in zip(*rows, strict=True)]
    middle = mean(column_means)
    error = spread(((x - r) - (c - middle) for row, r in zip(rows, row_means, strict=True) for x, c in zip(row, column_means, strict=True)), cells)
    within = spread((x - r for row, r in zip(rows, row_means, strict=True) for x in row), cells)
    return MeanSquares(n, k, rows=k * squares(row_means, cells) / (n - 1), columns=n * squares(column_means, cells) / (k - 1),
                       within=within / (n * (k - 1)), error=error / ((n - 1) * (k - 1)))


Bounds = tuple[float, float, float]   # estimate, low, high


def _one_way(ms: MeanSquares, p: float) -> Bounds | NoNumber:
    return _from_f(ms, ms.within, p, ms.n * (ms.k - 1))


def _consistency(ms: MeanSquares, p: float) -> Bounds | NoNumber:
    if not ms.rows and not ms.error:
        return NoNumber("Every performance has the same ratings, so there is nothing that raters could order alike.")
    return _from_f(ms, ms.error, p, (ms.n - 1) * (ms.k - 1))


def _from_f(ms: MeanSquares, noise: float, p: float, df: float) -> Bounds:
    """Estimate and interval by the ratio F = rows / noise; written without dividing by noise, which may be 0 (F infinite: 1, 1-1)."""
    def at(rows: float, noise: float) -> float:
        return (rows - noise) / (rows + (ms.k - 1) * noise)

    return at(ms.rows, noise), at(ms.rows, noise * f_quantile(p, ms.n - 1, df)), at(ms.rows * f_quantile(p, df, ms.n - 1), noise)


def _agreement(ms: MeanSquares, p: float) -> Bounds | NoNumber:
    """ICC(A,1). McGraw & Wong (1996), table 4 for the estimate, table 7 for the interval; both are `at`, for F = 1 and for the quantiles."""
    n, k = ms.n, ms.k

    def at(rows: float, others: float) -> float:
        return n * (rows - others * ms.error) / (n * rows + others * (k * ms.columns + (k * n - k - n) * ms.error))

    if n * ms.rows + k * ms.columns + (k * n - k - n) * ms.error <= NEARLY * (ms.rows + ms.columns + ms.error):
        return NoNumber("Neither performances nor raters differ in their means: there is no spread to share out.")
    df = _satterthwaite(ms, at(ms.rows, 1), p)
    return at(ms.rows, 1), at(ms.rows, f_quantile(p, n - 1, df)), at(ms.rows * f_quantile(p, df, n - 1), 1)


def _satterthwaite(ms: MeanSquares, rho: float, p: float) -> float:
    """Degrees of freedom of a x columns + b x error (Satterthwaite 1946), with McGraw & Wong's a and b times n (1 - rho), which cancels.

    A negative rho makes a negative, and the result may then fall so far that the interval would lose its own estimate (its upper
    quantile of F is below 1, or the lower one beyond all bounds). No sum of two mean squares has fewer degrees than the poorer of them, which has 1 at least: then 1.
    """
    a = ms.k * rho * ms.columns
    b = (ms.n * (1 - rho) + ms.k * rho * (ms.n - 1)) * ms.error
    below = a * a / (ms.k - 1) + b * b / ((ms.n - 1) * (ms.k - 1))
    if not below:
        return (ms.n - 1) * (ms.k - 1)
    df = (a + b) ** 2 / below
    is_sound = df > 0 and f_quantile(p, df, ms.n - 1) >= 1 and f_quantile(p, ms.n - 1, df) < HUGE
    return df if is_sound else 1.0


_SINGLE = {"one-way": _one_way, "agreement": _agreement, "consistency": _consistency}


def _of_mean(single: float, k: int) -> float:
    """Spearman-Brown, which turns each single form and each of its bounds into that of the mean of k."""
    below = 1 + (k - 1) * single
    return k * single / below if below > NEARLY else -inf


def _is_without_mean(ms: MeanSquares, form: Form) -> bool:
    below = ms.rows + (ms.columns - ms.error) / ms.n if form == "agreement" else ms.rows
    return below <= NEARLY * (ms.rows + ms.columns + ms.error + ms.within)


def _why_none(kept: list[Row], given: int) -> NoNumber | None:
    if len(kept) < 2:
        return NoNumber(f"At least two performances rated by everybody are needed; of {given} there {are(len(kept))}.")
    if len(kept[0]) < 2:
        return NoNumber("At least two raters are needed to say how they agree.")
    return None
