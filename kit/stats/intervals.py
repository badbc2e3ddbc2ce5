"""Intervals: Wilson's for a share, Student's and Welch's for means, and the quantiles that they and the others need. No ratings here."""

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

from kit.stats.given import Cell, Estimate, NoNumber, are, check_level, column, pairs, table
from kit.stats.moments import deviation, mean

Z90 = 1.645            # two-sided 90 %
CLOSE = 1e-15          # relative change at which the continued fraction has settled
MOST_STEPS = 100_000   # it settles in about the square root of the larger parameter


# --- a share ----------------------------------------------------------------------------------------------

def wilson(p: float, n: float, z: float = Z90) -> tuple[float, float]:
    """The score interval of a share p (0-1) from n observations, which may be a fraction; (0, 1) when n is 0.

    Wilson (1927), J. Am. Stat. Assoc. 22, 209-212. Raises ValueError when p or n is no number or p is no share.
    """
    if not (math.isfinite(n) and -1e-9 <= p <= 1 + 1e-9):
        raise ValueError(f"wanted a share from 0 to 1 and a number of observations, found {p} and {n}")
    if n <= 0:
        return 0.0, 1.0
    p = min(1.0, max(0.0, p))   # rounding must leave the share neither outside 0 and 1 nor outside its own interval
    middle = (n * p + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(n * p * (1 - p) + z * z / 4)
    return min(p, max(0.0, middle - half)), max(p, min(1.0, middle + half))


# --- means ------------------------------------------------------------------------------------------------

def newcombe(p1: float, n1: float, p2: float, n2: float, z: float = Z90) -> tuple[float, float]:
    """The interval of p1 - p2 from the Wilson intervals of two independent shares; effective n may be fractional.

    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10. Without observations it says nothing: -1 to 1.
    """
    (low1, high1), (low2, high2) = wilson(p1, n1, z), wilson(p2, n2, z)
    apart = p1 - p2
    return (max(-1.0, apart - math.hypot(p1 - low1, high2 - p2)), min(1.0, apart + math.hypot(high1 - p1, p2 - low2)))


def mean_interval(values: Sequence[float | None], *, level: float = 0.95) -> Estimate | NoNumber:
    """The mean of a column, with Student's t interval (Student 1908, Biometrika 6, 1-25). None is left out and counted.

    Equal values give an interval of no width: the sample shows no spread, which is not to say that there is none.
    """
    check_level(level)
    return known_mean(column(values), level=level)


def known_mean(values: Sequence[Cell], *, level: float) -> Estimate | NoNumber:
    """`mean_interval` of what has been checked, or was worked out from what has."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return NoNumber(f"A mean and its margin need at least two values, here {are(len(known))}.")
    half = t_quantile(0.5 + level / 2, len(known) - 1) * deviation(known) / math.sqrt(len(known))
    return _around(mean(known), half, len(known), len(values) - len(known))


def mean_change(before: Sequence[float | None], after: Sequence[float | None], *, level: float = 0.95) -> Estimate | NoNumber:
    """The mean of after - before over the same people in the same order, with Student's t interval of the differences."""
    check_level(level)
    return known_mean([None if None in (b, a) else a - b for b, a in table(pairs(before, after))], level=level)


def mean_difference(first: Sequence[float | None], second: Sequence[float | None], *, level: float = 0.95) -> Estimate | NoNumber:
    """The mean of second less that of first, two groups of different people, with Welch's interval; n counts both groups.

    Welch (1947), Biometrika 34, 28-35; degrees of freedom: Satterthwaite (1946), Biometrics Bull. 2, 110-114.
    """
    check_level(level)
    a, b = ([v for v in column(group) if v is not None] for group in (first, second))
    if min(len(a), len(b)) < 2:
        return NoNumber(f"Each group needs at least two values, here are {len(a)} and {len(b)}.")
    errors = deviation(a) ** 2 / len(a), deviation(b) ** 2 / len(b)
    below = errors[0] ** 2 / (len(a) - 1) + errors[1] ** 2 / (len(b) - 1)
    df = sum(errors) ** 2 / below if below else len(a) + len(b) - 2
    half = t_quantile(0.5 + level / 2, df) * math.sqrt(sum(errors))
    return _around(mean(b) - mean(a), half, len(a) + len(b), len(first) + len(second) - len(a) - len(b))


def _around(value: float, half: float, n: int, left_out: int) -> Estimate:
    return Estimate(value, value - half, value + half, n, left_out)


# --- quantiles --------------------------------------------------------------------------------------------

def z_quantile(p: float) -> float:
    """The standard normal value with share p (0-1, ends excluded) below it. Wichura (1988), AS 241, by way of Python's statistics module."""
    return NormalDist().inv_cdf(p)


def t_quantile(p: float, df: float) -> float:
    """Student's t with share p below it: t^2 has the F distribution with 1 and df degrees of freedom."""
    return math.copysign(math.sqrt(f_quantile(abs(2 * p - 1), 1, df)), p - 0.5)


def f_quantile(p: float, df1: float, df2: float) -> float:
    """The value of F with share p below it (0 <= p < 1; df > 0, also fractions), by bisection; inf when no float is large enough.

    F's share is an incomplete beta: Abramowitz & Stegun (1964), 26.6.2. The smaller of the two tails is solved for.
    """
    if not (0 <= p < 1 and df1 > 0 and df2 > 0):
        raise ValueError(f"wanted a share from 0 to below 1 and degrees of freedom above 0, found {p}, {df1}, {df2}")
    if p < 0.5:
        return _solve(lambda f: beta_share(df1 * f / (df1 * f + df2), df1 / 2, df2 / 2) < p)
    return _solve(lambda f: beta_share(df2 / (df1 * f + df2), df2 / 2, df1 / 2) > 1 - p)


def _solve(is_below: Callable[[float], bool]) -> float:
    """The number at which `is_below` turns false: doubled or halved to find where, then bisected to the last digit."""
    high = 1.0
    while high < 1e300 and is_below(high):
        high *= 2
    if high >= 1e300:
        return math.inf
    low = high / 2
    while low > 1e-300 and not is_below(low):
        high, low = low, low / 2
    if low <= 1e-300:
        return 0.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return high


def beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), 0 <= x <= 1: Olver et al. (2010), NIST Handbook, 8.17.4 and 8.17.22."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):   # the fraction settles quickly on the other side only
        return 1 - _beta_share(1 - x, b, a)
    return _beta_share(x, a, b)


def _beta_share(x: float, a: float, b: float) -> float:
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) / a / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)) of 8.17.23, by the method of Lentz as changed by Thompson & Barnett (1986), J. Comput. Phys. 64, 490-509."""
    value, top, below = 1.0, 1.0, 0.0
    for step in range(1, MOST_STEPS):
        m = step // 2
        d = (-(a + m) * (a + b + m) * x / ((a + (step - 1)) * (a + step)) if step % 2
             else m * (b - m) * x / ((a + (step - 1)) * (a + step)))
        below = 1 / _never_zero(1 + d * below)
        top = _never_zero(1 + d / top)
        value *= top * below
        if abs(top * below - 1) < CLOSE:
            return value
    raise ArithmeticError(f"the incomplete beta did not settle at x={x}, a={a}, b={b}")


def _never_zero(x: float) -> float:
    return x if abs(x) > 1e-300 else 1e-300
