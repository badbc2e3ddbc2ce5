"""The statistics by published tables, by what other programs print, by what must always hold, and by what has no number."""

import math
import time
from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kit.stats import (
    Alpha,
    Differences,
    Estimate,
    Figure,
    Halo,
    Kappa,
    NoNumber,
    alpha,
    correlation,
    cronbach,
    differences,
    difficulty,
    discrimination,
    f_quantile,
    halo,
    icc,
    kappa,
    mean_change,
    mean_difference,
    mean_interval,
    severity,
    t_quantile,
    wilson,
    z_quantile,
)

NEAR = 1e-9
FORMS = ("one-way", "agreement", "consistency")
SCALES = ("nominal", "ordinal", "interval")
WEIGHTS = ("none", "linear", "quadratic")

ratings = st.integers(1, 5)
level = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])


def columns(least: int = 2) -> st.SearchStrategy[tuple[list[int], list[int]]]:
    return st.lists(st.tuples(ratings, ratings), min_size=least, max_size=30).map(lambda rows: tuple(list(c) for c in zip(*rows, strict=True)))


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy = ratings, least: int = 2) -> list[list]:
    width = draw(st.integers(2, 5))
    return draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=least, max_size=12))


def has_holes(cells: st.SearchStrategy = ratings) -> st.SearchStrategy[list[list]]:
    return tables(st.one_of(cells, cells, st.none()))


def spelled_out(counts: list[list[int]]) -> tuple[list[int], list[int]]:
    """A square of counts as the two columns that it counts."""
    cells = [(i, j) for i, row in enumerate(counts) for j, count in enumerate(row) for _ in range(count)]
    return [i for i, _ in cells], [j for _, j in cells]


def transposed(rows: list[list]) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)]


def is_same(first: object, second: object, within: float = 1e-7) -> bool:
    """The same number, or none for the same reason."""
    if isinstance(first, NoNumber) or isinstance(second, NoNumber):
        return first == second
    return math.isclose(first.value, second.value, rel_tol=within, abs_tol=within)


# --- quantiles ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("p", "df1", "df2", "f"), [   # printed tables of F, e.g. NIST/SEMATECH e-Handbook, 1.3.6.7.3; the last by R's qf
    (0.95, 5, 15, 2.901), (0.95, 1, 1, 161.448), (0.95, 10, 100, 1.927), (0.90, 3, 20, 2.380), (0.99, 5, 10, 5.636),
    (0.975, 1, 1, 647.789), (0.975, 5, 15, 3.5764), (0.05, 15, 5, 1 / 2.901),
])
def test_f_is_as_printed(p: float, df1: float, df2: float, f: float) -> None:
    assert f_quantile(p, df1, df2) == pytest.approx(f, rel=3e-4)


@pytest.mark.parametrize(("p", "df", "t"), [(0.975, 1, 12.706), (0.975, 10, 2.228), (0.95, 20, 1.725), (0.995, 5, 4.032), (0.025, 10, -2.228), (0.5, 3, 0)])
def test_t_is_as_printed(p: float, df: float, t: float) -> None:
    assert t_quantile(p, df) == pytest.approx(t, abs=6e-4)


def test_the_normal_is_as_printed_and_where_t_ends() -> None:
    assert z_quantile(0.975) == pytest.approx(1.959964, abs=1e-6)
    assert t_quantile(0.975, 1e6) == pytest.approx(z_quantile(0.975), abs=1e-5)


@given(st.floats(0.001, 0.999), st.floats(0.5, 500), st.floats(0.5, 500))
def test_f_turned_round_is_its_other_tail(p: float, df1: float, df2: float) -> None:
    assert f_quantile(p, df1, df2) * f_quantile(1 - p, df2, df1) == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 0.975])
def test_f_with_two_and_two_is_known_in_full(p: float) -> None:
    assert f_quantile(p, 2, 2) == pytest.approx(p / (1 - p), rel=NEAR)   # its share below f is f / (1 + f)


def test_f_has_ends() -> None:
    assert f_quantile(0, 3, 3) == 0
    assert f_quantile(0.975, 3, 0.001) == math.inf
    for wrong in [(1, 3, 3), (-0.1, 3, 3), (0.5, 0, 3), (0.5, 3, -1), (math.nan, 3, 3)]:
        with pytest.raises(ValueError, match="degrees of freedom"):
            f_quantile(*wrong)


# --- a share --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("kept", "n", "low", "high"), [   # Newcombe (1998), Stat. Med. 17, 857-872, table I, method 3
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
])
def test_wilson_is_as_newcombe_prints_it(kept: int, n: int, low: float, high: float) -> None:
    assert wilson(kept / n, n, 1.959964) == pytest.approx((low, high), abs=6e-5)


@given(st.floats(0, 1), st.floats(0, 1e6))
def test_wilson_holds_the_share_and_stays_a_share(p: float, n: float) -> None:
    low, high = wilson(p, n)
    assert 0 <= low <= p <= high <= 1


def test_wilson_knows_nothing_from_nothing_and_refuses_what_is_no_share() -> None:
    assert wilson(0.3, 0) == (0, 1)
    for p, n in [(math.nan, 5), (0.5, math.inf), (1.1, 5), (-0.1, 5)]:
        with pytest.raises(ValueError, match="share"):
            wilson(p, n)


# --- means ----------------------------------------------------------------------------------------------------

SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]   # Student (1908), p. 20


def test_means_are_as_r_prints_them_for_students_sleep() -> None:
    change = mean_change(*SLEEP)   # R: t.test(paired = TRUE)
    assert (change.value, change.low, change.high) == pytest.approx((1.58, 0.7001142, 2.4598858), abs=1e-6)
    groups = mean_difference(*SLEEP)   # R: t.test(), Welch, df = 17.776
    assert (groups.value, groups.low, groups.high, groups.n) == pytest.approx((1.58, -0.2054832, 3.3654832, 20), abs=1e-6)
    one = mean_interval(SLEEP[0])   # R: t.test(extra[group == 1])
    assert (one.value, one.low, one.high) == pytest.approx((0.75, -0.5297804, 2.0297804), abs=1e-6)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20), level)
def test_a_means_interval_holds_it(values: list[float], confidence: float) -> None:
    found = mean_interval(values, level=confidence)
    assert found.low <= found.value <= found.high


def test_means_leave_out_what_is_missing_and_count_it() -> None:
    found = mean_interval([1, None, 3])
    assert (found.value, found.n, found.left_out) == (2, 2, 1)
    assert found.high - 2 == pytest.approx(12.7062, abs=1e-4)   # t of one degree of freedom x sqrt(2) / sqrt(2)
    assert mean_change([1, None, 3, 4], [2, 2, None, 7]).left_out == 2
    assert mean_difference([1, 2, None], [3, 4]).left_out == 1


def test_equal_values_give_an_interval_of_no_width() -> None:
    assert mean_interval([0.1] * 7) == Estimate(0.1, 0.1, 0.1, 7)
    assert mean_difference([2, 2], [3, 3]) == Estimate(1, 1, 1, 4)


@pytest.mark.parametrize(("found", "why"), [
    (mean_interval([]), "here are none"), (mean_interval([3]), "here is one"), (mean_interval([None, None]), "here are none"),
    (mean_change([1], [2]), "at least two values"), (mean_difference([1], [2, 3]), "here are 1 and 2"),
])
def test_a_mean_needs_two_values(found: object, why: str) -> None:
    assert isinstance(found, NoNumber) and why in found.why


# --- the intraclass correlation ---------------------------------------------------------------------------------

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]   # Shrout & Fleiss (1979), table 2
WINES = [[1, 2, 0, 1], [1, 3, 3, 2], [3, 8, 1, 4], [6, 4, 3, 3], [6, 5, 5, 6], [7, 5, 6, 2], [8, 7, 7, 9], [9, 9, 9, 8]]   # Zaiontz, real-statistics.com


@pytest.mark.parametrize(("rows", "form", "of_mean", "value", "low", "high"), [
    # Shrout & Fleiss (1979), table 4; intervals as R's psych::ICC prints them
    (SHROUT_FLEISS, "one-way", False, 0.166, -0.133, 0.723),
    (SHROUT_FLEISS, "agreement", False, 0.290, 0.019, 0.761),
    (SHROUT_FLEISS, "consistency", False, 0.715, 0.342, 0.946),
    (SHROUT_FLEISS, "one-way", True, 0.443, -0.884, 0.912),
    (SHROUT_FLEISS, "agreement", True, 0.620, 0.071, 0.927),
    (SHROUT_FLEISS, "consistency", True, 0.909, 0.676, 0.986),
    # Zaiontz, "Intraclass correlation": 0.728 (0.434-0.927), by one-way
    (WINES, "one-way", False, 0.728, 0.434, 0.927),
])
def test_the_icc_is_as_published(rows: list[list[int]], form: str, of_mean: bool, value: float, low: float, high: float) -> None:
    found = icc(rows, form=form, of_mean=of_mean)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=6e-4)
    assert (found.n, found.left_out) == (len(rows), 0)


def test_the_icc_leaves_out_incomplete_performances_and_counts_them() -> None:
    with_holes = [*SHROUT_FLEISS, [1, None, 2, 2], [None] * 4]
    whole = icc(SHROUT_FLEISS)
    assert icc(with_holes) == Estimate(whole.value, whole.low, whole.high, 6, 2)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("of_mean", [False, True])
@pytest.mark.parametrize("rows", [[[1, 1], [2, 2]], [[1, 1, 1], [5, 5, 5], [3, 3, 3]], [[0.1, 0.1, 0.1], [0.7, 0.7, 0.7]]])
def test_perfect_agreement_is_1_and_so_is_its_interval(rows: list[list[float]], form: str, of_mean: bool) -> None:
    assert icc(rows, form=form, of_mean=of_mean) == Estimate(1, 1, 1, len(rows))


@given(tables(), st.sampled_from(FORMS), st.booleans(), level)
def test_the_icc_lies_in_its_interval_and_never_above_1(rows: list[list[int]], form: str, of_mean: bool, confidence: float) -> None:
    found = icc(rows, form=form, of_mean=of_mean, level=confidence)
    if isinstance(found, Estimate):
        assert found.low <= found.value <= found.high <= 1
        assert math.isfinite(found.value)


@given(tables(), st.sampled_from(FORMS), st.booleans(), st.randoms())
def test_the_icc_does_not_mind_the_order_of_performances_or_raters(rows: list[list[int]], form: str, of_mean: bool, chance: object) -> None:
    shuffled = transposed(chance.sample(transposed(chance.sample(rows, len(rows))), len(rows[0])))
    assert is_same(icc(shuffled, form=form, of_mean=of_mean), icc(rows, form=form, of_mean=of_mean))


@given(tables(), st.sampled_from(FORMS), st.integers(-20, 20), st.sampled_from([-3, -1, 0.5, 2, 10]))
def test_the_icc_does_not_mind_another_zero_or_unit(rows: list[list[int]], form: str, add: int, times: float) -> None:
    assert is_same(icc([[times * x + add for x in row] for row in rows], form=form), icc(rows, form=form))


@given(tables(), st.integers(1, 4))
def test_a_milder_rater_changes_agreement_and_not_consistency(rows: list[list[int]], add: int) -> None:
    milder = [[row[0] + add, *row[1:]] for row in rows]
    before, after = icc(rows, form="consistency"), icc(milder, form="consistency")
    assert isinstance(before, NoNumber) and isinstance(after, NoNumber) or is_same(before, after)
    in_agreement = [[row[0]] * len(row) for row in rows]
    assume(len({row[0] for row in rows}) > 1)
    apart = [[row[0] + add, *row[1:]] for row in in_agreement]
    assert icc(apart).value < icc(in_agreement).value == 1
    assert icc(apart, form="consistency").value == pytest.approx(1, abs=NEAR)


@given(tables())
def test_consistency_of_the_mean_is_cronbachs_alpha(rows: list[list[int]]) -> None:
    by_items, by_raters = cronbach(rows), icc(rows, form="consistency", of_mean=True)   # Hoyt (1941), Psychometrika 6, 153-160
    if isinstance(by_raters, Estimate) and isinstance(by_items, Estimate) and by_raters.value > -1e3:
        assert (by_items.value, by_items.low, by_items.high) == pytest.approx((by_raters.value, by_raters.low, by_raters.high), abs=1e-6)


def test_an_icc_can_be_negative() -> None:
    opposed = [[1, 5], [5, 1], [2, 4], [4, 2.5]]
    for form in FORMS:
        found = icc(opposed, form=form)
        assert found.low <= found.value < 0
    assert icc([[1, 2], [2, 1], [1, 2]], form="one-way").value == pytest.approx(-1)


@pytest.mark.parametrize(("rows", "value", "low", "high"), [   # as pingouin 0.7 prints ICC(A,1), to two decimals
    ([[1, 3, 3, 5, 5], [1, 1, 5, 5, 3]], -0.0625, -0.09, 0.89),
    ([[3, 4, 3, 4, 2], [1, 3, 4, 3, 4]], -0.2941, -0.33, 0.60),
])
def test_the_interval_of_a_negative_agreement_is_as_published_while_it_holds_the_estimate(rows: list[list[int]], value: float, low: float, high: float) -> None:
    found = icc(rows)
    assert (found.value, found.low, found.high) == (pytest.approx(value, abs=6e-5), pytest.approx(low, abs=6e-3), pytest.approx(high, abs=6e-3))


def test_an_interval_that_would_lose_its_estimate_is_given_with_one_degree_of_freedom() -> None:
    rows = [[1, 2, 4, 1, 5], [1, 4, 1, 5, 1]]   # the published formula: 0.01 degrees and the whole interval below the estimate
    found = icc(rows, of_mean=False)
    assert found.low < found.value < found.high


@pytest.mark.parametrize(("rows", "why"), [
    ([], "there are none"), ([[1, 2]], "there is one"), ([[1, None], [None, 2], [3, 3]], "of 3 there is one"), ([[None, None]] * 3, "there are none"),
    ([[1], [2]], "two raters"), ([[], []], "two raters"), ([[4, 4], [4, 4]], "All ratings are the same"), ([[0.1] * 3] * 3, "All ratings are the same"),
])
@pytest.mark.parametrize("form", FORMS)
def test_without_spread_or_company_there_is_no_icc(rows: list[list], form: str, why: str) -> None:
    found = icc(rows, form=form)
    assert isinstance(found, NoNumber) and why in found.why


@pytest.mark.parametrize(("rows", "form", "of_mean", "why"), [
    ([[1, 2], [1, 2]], "consistency", False, "Every performance has the same ratings"),
    ([[1, 2], [2, 1]], "agreement", False, "Neither performances nor raters differ"),
    ([[0.1, 0.2, 0.3], [0.3, 0.1, 0.2]], "one-way", True, "no reliability to speak of"),
    ([[0.1, 0.2, 0.3], [0.3, 0.1, 0.2]], "consistency", True, "no reliability to speak of"),
    ([[1, 5, 3], [5, 1, 3.5]], "agreement", True, "no reliability to speak of"),
])
def test_the_icc_says_what_is_missing_where_its_formula_breaks(rows: list[list], form: str, of_mean: bool, why: str) -> None:
    found = icc(rows, form=form, of_mean=of_mean)
    assert isinstance(found, NoNumber) and why in found.why


# --- Cohen's kappa ----------------------------------------------------------------------------------------------

COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]        # Cohen (1960), table 2 (n = 200)
FLEISS = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]       # Fleiss, Cohen & Everitt (1969), their example
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]                 # printed by SAS PROC FREQ, in the tests of statsmodels
# Raters 2 and 3 of R's irr::anxiety. irr ranks the categories that occur, so its 6 is one from its 4: here a 5.
ANXIETY = [3, 5, 4, 5, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4], [2, 1, 4, 4, 3, 2, 1, 5, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2]


@pytest.mark.parametrize(("counts", "weights", "value", "error"), [
    (COHEN, "none", 0.492, 0.0510), (FLEISS, "none", 0.429, math.sqrt(0.002885)),
    (SAS, "none", 0.4842, 0.1380), (SAS, "linear", 0.4701, 0.1457),
])
def test_kappa_and_its_error_are_as_published(counts: list[list[int]], weights: str, value: float, error: float) -> None:
    found = kappa(*spelled_out(counts), weights=weights)
    assert (found.value, found.error) == pytest.approx((value, error), abs=6e-4)
    assert found.n == sum(map(sum, counts))


@pytest.mark.parametrize(("weights", "low", "high"), [("none", 0.2137, 0.7547), ("linear", 0.1845, 0.7558)])
def test_kappas_interval_is_as_sas_prints_it(weights: str, low: float, high: float) -> None:
    found = kappa(*spelled_out(SAS), weights=weights)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(("weights", "value"), [("none", -0.006289308), ("linear", 0.1459075), ("quadratic", 0.2520325)])
def test_kappa_of_the_anxiety_data_is_as_r_prints_it(weights: str, value: float) -> None:
    assert kappa(*ANXIETY, weights=weights).value == pytest.approx(value, abs=1e-6)


def test_ratings_are_as_far_apart_as_their_numbers() -> None:
    assert kappa([1, 2, 3], [2, 1, 3], weights="linear").value == pytest.approx(1 - (2 / 3) / (8 / 9))
    assert kappa([2, 4, 6], [4, 2, 6], weights="linear").value == pytest.approx(1 - (2 / 3) / (8 / 9))   # another unit changes nothing
    assert kappa([1, 2, 5], [2, 1, 5], weights="linear").value == pytest.approx(1 - (2 / 3) / (16 / 9))  # a gap does, though nobody gave 3 or 4


def test_raters_may_use_different_categories_words_and_kinds_of_numbers() -> None:
    assert kappa(["a", "b", "b"], ["a", "c", "b"]).value == pytest.approx(kappa([1, 2, 2], [1, 3, 2]).value)
    assert kappa([1, 2.0, 3], [1.0, 2, 4]) == kappa([1, 2, 3], [1, 2, 4])
    assert kappa([1, 1, 1, 1], [1, 2, 3, 1]).value == 0   # one rater constant: no better than chance, and a number


@given(columns(), st.sampled_from(WEIGHTS), level)
def test_kappa_lies_in_its_interval_and_swapped_raters_agree_as_much(rated: tuple[list[int], list[int]], weights: str, confidence: float) -> None:
    found, swapped = (kappa(*sides, weights=weights, level=confidence) for sides in (rated, rated[::-1]))
    assert is_same(found, swapped)
    if isinstance(found, Kappa):
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.error == pytest.approx(swapped.error, abs=1e-7)


@given(columns(), st.sampled_from(WEIGHTS), st.randoms())
def test_kappa_does_not_mind_the_order_of_performances(rated: tuple[list[int], list[int]], weights: str, chance: object) -> None:
    order = chance.sample(range(len(rated[0])), len(rated[0]))
    assert is_same(kappa(*([side[i] for i in order] for side in rated), weights=weights), kappa(*rated, weights=weights))


@given(st.lists(ratings, min_size=2).filter(lambda side: len(set(side)) > 1), st.sampled_from(WEIGHTS))
def test_a_rater_agrees_fully_with_oneself(side: list[int], weights: str) -> None:
    found = kappa(side, side, weights=weights)
    assert (found.value, found.low, found.high, found.error) == pytest.approx((1, 1, 1, 0), abs=1e-7)


@given(columns())
def test_quadratic_kappa_is_what_mean_squares_give(rated: tuple[list[int], list[int]]) -> None:
    first, second = rated   # 1 - mean squared difference / (both variances + squared bias): Fleiss & Cohen (1973), Educ. Psychol. Meas. 33, 613-619
    n, means = len(first), [sum(side) / len(side) for side in rated]
    expected = sum(sum((x - m) ** 2 for x in side) / n for side, m in zip(rated, means, strict=True)) + (means[0] - means[1]) ** 2
    assume(expected > 0)
    assert kappa(first, second, weights="quadratic").value == pytest.approx(1 - sum((a - b) ** 2 for a, b in zip(*rated, strict=True)) / n / expected)


@pytest.mark.parametrize(("first", "second", "why"), [
    ([], [], "there are none"), ([1], [1], "there is one"), ([1, None, 2], [None, 2, 2], "there is one"),
    ([3, 3, 3], [3, 3, 3], "agree by chance as well"), ([3, 3.0], [3, 3], "agree by chance as well"),
])
@pytest.mark.parametrize("weights", WEIGHTS)
def test_without_a_second_rating_kappa_has_no_number(first: list, second: list, weights: str, why: str) -> None:
    found = kappa(first, second, weights=weights)
    assert isinstance(found, NoNumber) and why in found.why


# --- Krippendorff's alpha -----------------------------------------------------------------------------------------

N = None
KRIPPENDORFF = transposed([   # Krippendorff (2011), the example with four observers, twelve units and missing ratings
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
])


@pytest.mark.parametrize(("scale", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_as_krippendorff_prints_it(scale: str, value: float) -> None:
    found = alpha(KRIPPENDORFF, scale=scale)
    assert found.value == pytest.approx(value, abs=6e-4)
    assert (found.n, found.ratings, found.left_out) == (11, 40, 1)


@pytest.mark.parametrize(("first", "second", "value"), [   # Krippendorff (2011): binary data, then nominal data, of two observers
    ([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], 0.095),
    (list("aabbdcccedda"), list("babbbccceddd"), 0.692),
])
def test_nominal_alpha_of_two_observers_is_as_krippendorff_prints_it(first: list, second: list, value: float) -> None:
    assert alpha(zip(first, second, strict=True), scale="nominal").value == pytest.approx(value, abs=6e-4)


@given(has_holes(), st.sampled_from(SCALES))
def test_alpha_is_what_all_pairs_and_the_definitions_give(rows: list[list], scale: str) -> None:
    found = alpha(rows, scale=scale)
    assume(isinstance(found, Alpha))
    assert found.value == pytest.approx(_alpha_by_pairs(rows, scale), abs=1e-9)


def _alpha_by_pairs(rows: list[list], scale: str) -> float:
    """Krippendorff (2011) written out: every pair within a performance, every pair of values, every count in between."""
    units = [kept for row in rows if len(kept := [v for v in row if v is not None]) > 1]
    values = sorted(v for unit in units for v in unit)
    n = len(values)

    def apart(a: int, b: int) -> float:
        between = sum(min(a, b) <= v <= max(a, b) for v in values) - (values.count(a) + values.count(b)) / 2
        return {"nominal": float(a != b), "interval": (a - b) ** 2, "ordinal": between ** 2}[scale]

    seen = sum(2 * apart(a, b) / (len(unit) - 1) for unit in units for a, b in combinations(unit, 2)) / n
    return 1 - seen / (sum(2 * apart(a, b) for a, b in combinations(values, 2)) / (n * (n - 1)))


@given(has_holes(), st.sampled_from(SCALES), st.randoms())
def test_alpha_does_not_mind_the_order_of_performances_or_raters(rows: list[list], scale: str, chance: object) -> None:
    shuffled = transposed(chance.sample(transposed(chance.sample(rows, len(rows))), len(rows[0])))
    assert is_same(alpha(shuffled, scale=scale), alpha(rows, scale=scale))


@given(has_holes(), st.integers(-20, 20), st.sampled_from([-3, -1, 0.5, 2, 10]))
def test_interval_alpha_does_not_mind_another_zero_or_unit(rows: list[list], add: int, times: float) -> None:
    other = [[None if x is None else times * x + add for x in row] for row in rows]
    assert is_same(alpha(other, scale="interval"), alpha(rows, scale="interval"))


@given(has_holes())
def test_ordinal_alpha_minds_the_order_of_ratings_only(rows: list[list]) -> None:
    stretched = [[None if x is None else math.exp(x) for x in row] for row in rows]
    assert is_same(alpha(stretched, scale="ordinal"), alpha(rows, scale="ordinal"))


@given(has_holes(), ratings, st.sampled_from(SCALES))
def test_a_performance_with_a_single_rating_changes_nothing_but_its_count(rows: list[list], single: int, scale: str) -> None:
    before, after = alpha(rows, scale=scale), alpha([*rows, [single] + [None] * (len(rows[0]) - 1)], scale=scale)
    assert is_same(before, after, within=0)
    if isinstance(before, Alpha):
        assert after.left_out == before.left_out + 1


@given(st.lists(ratings, min_size=2, max_size=20).filter(lambda side: len(set(side)) > 1), st.integers(2, 4), st.sampled_from(SCALES))
def test_alpha_of_perfect_agreement_is_1(side: list[int], raters: int, scale: str) -> None:
    assert alpha([[x] * raters for x in side], scale=scale).value == 1


@pytest.mark.parametrize(("rows", "why"), [
    ([], "there are none"), ([[1, 2, 3]], "there is one"), ([[1, 2], [1, None], [None, None]], "there is one"), ([[1], [2]], "there are none"),
    ([[4, 4], [4, 4]], "All ratings are the same"), ([[4, 4.0], [4, 4], [1, None]], "All ratings are the same"), ([[0.1] * 3] * 3, "All ratings are the same"),
])
@pytest.mark.parametrize("scale", SCALES)
def test_without_pairs_or_spread_there_is_no_alpha(rows: list[list], scale: str, why: str) -> None:
    found = alpha(rows, scale=scale)
    assert isinstance(found, NoNumber) and why in found.why


@pytest.mark.parametrize("scale", SCALES)
def test_ten_thousand_performances_take_well_under_a_second(scale: str) -> None:
    rows = [[(i * j * 7919) % 10007 for j in (1, 2, 3, 5)] for i in range(10_000)]   # nearly every value another one
    began = time.process_time()   # of this process alone: the machine may be busy
    alpha(rows, scale=scale)
    assert time.process_time() - began < 1


# --- differences ----------------------------------------------------------------------------------------------------

def test_differences_by_hand() -> None:
    found = differences([3, 4, 5, None, 1], [2, 4, 2, 3, 2])   # 1, 0, 3, -, -1
    assert (found.bias.value, found.distance, found.within_one, found.n, found.left_out) == (0.75, 1.25, 0.75, 4, 1)
    assert (found.bias.low, found.bias.high) == pytest.approx((-1.967531, 3.467531), abs=1e-5)   # 0.75 -+ 3.182446 x 1.707825 / 2


def test_one_apart_is_within_one_also_in_tenths() -> None:
    assert differences([1.1, 0.3], [0.1, 1.3]).within_one == 1


def test_one_pair_has_a_distance_and_no_bias() -> None:
    found = differences([5], [2])
    assert isinstance(found.bias, NoNumber) and (found.distance, found.n) == (3, 1)
    assert differences([None, 1], [1, None]) == NoNumber("No performance was rated by both.")


@given(columns())
def test_swapped_raters_have_the_opposite_bias_and_the_same_distance(rated: tuple[list[int], list[int]]) -> None:
    found, swapped = differences(*rated), differences(*rated[::-1])
    assert isinstance(found, Differences) and found.bias.low <= found.bias.value <= found.bias.high
    assert found.bias.value == pytest.approx(-swapped.bias.value, abs=NEAR)
    assert (found.distance, found.within_one) == (swapped.distance, swapped.within_one)


# --- severity and halo ------------------------------------------------------------------------------------------------

def test_severity_by_hand() -> None:
    mild, severe, odd = severity([[4, 2, 3], [5, 3, None], [None, 1, None]])
    assert (mild.value, mild.n, mild.left_out) == (1.75, 2, 1)         # 4 - 2.5 and 5 - 3
    assert (severe.value, severe.n, severe.left_out) == (-1.75, 2, 1)  # 2 - 3.5 and 3 - 5
    assert isinstance(odd, NoNumber) and "this rater and somebody else" in odd.why


@given(tables(), st.integers(1, 5))
def test_who_adds_a_point_is_a_point_milder(rows: list[list[int]], add: int) -> None:
    before, after = severity(rows), severity([[row[0] + add, *row[1:]] for row in rows])
    assert after[0].value == pytest.approx(before[0].value + add)
    assert after[1].value == pytest.approx(before[1].value - add / (len(rows[0]) - 1))
    assert all(one.low <= one.value <= one.high for one in after)


def test_nobody_is_severe_alone() -> None:
    assert all(isinstance(one, NoNumber) for rows in ([[1], [2]], [[1, None], [None, 2]], [[1, 2]]) for one in severity(rows))
    assert severity([]) == ()


REFERENCE = [[1, 3, 5], [2, 4, 1], [5, 3, 3], [4, 2, 5]]


def test_halo_by_hand() -> None:
    found = halo([[3, 3, 4], [2, 2, 2], [4, 4, 3], [3, 3, 3]], REFERENCE)
    assert found.spread == pytest.approx(2 * math.sqrt(1 / 3) / 4)
    assert found.reference_spread == pytest.approx((2 + math.sqrt(7 / 3) + 2 * math.sqrt(4 / 3) / 2 + math.sqrt(7 / 3)) / 4)
    assert found.share == pytest.approx(found.spread / found.reference_spread) and found.share < 1
    assert found.together.n == 3 and found.together.value > found.reference_together.value
    assert (found.n, found.left_out) == (4, 0)


def test_the_flattest_rater_has_no_spread_and_moves_all_rules_as_one() -> None:
    found = halo([[1, 1, 1], [2, 2, 2], [5, 5, 5], [4, 4, 4]], REFERENCE)
    assert (found.spread, found.share) == (0, 0) and found.together.value == pytest.approx(1, abs=NEAR)


@given(tables(least=3))
def test_the_reference_has_no_halo_beside_itself(rows: list[list[int]]) -> None:
    found = halo(rows, rows)
    assert isinstance(found, Halo) and found.together == found.reference_together
    assert found.share == 1 or isinstance(found.share, NoNumber)


def test_halo_counts_what_both_have_and_says_what_is_missing() -> None:
    found = halo([[1, 2, None], [1, None, None], [2, 3, 3]], [[3, 5, 1], [2, 2, 2], [4, None, 4]])
    assert (found.n, found.left_out) == (2, 1)
    assert found.spread == pytest.approx(math.sqrt(0.5)) and found.reference_spread == pytest.approx(math.sqrt(2) / 2)
    assert isinstance(found.together, NoNumber) and "three performances" in found.together.why
    flat = halo([[1, 2], [2, 1], [3, 3]], [[2, 2], [3, 3], [4, 4]])
    assert isinstance(flat.share, NoNumber) and "alike" in flat.share.why
    assert isinstance(halo([[1], [2]], [[1], [2]]), NoNumber) and isinstance(halo([], []), NoNumber)
    with pytest.raises(ValueError, match="the same rules"):
        halo([[1, 2]], [[1, 2, 3]])


# --- items ------------------------------------------------------------------------------------------------------------

QUESTIONS = [   # Zaiontz, real-statistics.com, "Cronbach's alpha": 15 people, 10 questions
    [3, 2, 2, 4, 1, 4, 5, 1, 4, 3], [5, 5, 4, 6, 3, 5, 1, 2, 5, 5], [7, 5, 3, 5, 5, 6, 4, 3, 3, 6], [2, 3, 4, 3, 3, 2, 2, 2, 6, 6],
    [6, 5, 5, 6, 5, 4, 4, 4, 6, 7], [1, 2, 2, 3, 4, 2, 5, 2, 3, 5], [4, 3, 3, 5, 3, 5, 2, 1, 2, 4], [2, 5, 4, 4, 3, 7, 2, 2, 4, 6],
    [6, 2, 5, 5, 5, 1, 6, 5, 2, 3], [5, 2, 4, 6, 4, 3, 5, 3, 1, 7], [4, 1, 3, 5, 2, 5, 3, 2, 3, 4], [4, 4, 2, 3, 2, 5, 3, 4, 2, 3],
    [5, 5, 5, 6, 2, 3, 3, 2, 4, 4], [6, 5, 5, 5, 4, 2, 2, 1, 4, 6], [4, 4, 3, 5, 5, 3, 1, 3, 2, 3],
]
GAPS = [   # pingouin's data set cronbach_wide_missing: 12 people, 11 questions, three people with a gap
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0], [None, 0, 1, 1, None, 1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0],
    [1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0], [0, 1, None, 0, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
    [0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0], [1, 0, 0, 1, 0, 1, 0, 0, None, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
]


def test_cronbachs_alpha_is_as_published() -> None:
    found = cronbach(QUESTIONS)
    assert (found.value, found.low, found.high) == pytest.approx((0.59172, 0.195, 0.840), abs=6e-4)   # interval: pingouin.cronbach_alpha
    with_gaps = cronbach(GAPS)   # R: psych::alpha(use = "complete.obs")
    assert (with_gaps.value, with_gaps.n, with_gaps.left_out) == (pytest.approx(0.80169, abs=6e-6), 9, 3)


def test_the_same_item_twice_is_fully_consistent() -> None:
    assert cronbach([[x, x, x] for x in (1, 0, 1, 0.5)]) == Estimate(1, 1, 1, 4)


@given(tables(least=3), level)
def test_cronbachs_alpha_lies_in_its_interval(rows: list[list[int]], confidence: float) -> None:
    found = cronbach(rows, level=confidence)
    if isinstance(found, Estimate):
        assert found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(("rows", "why"), [
    ([], "there are none"), ([[1, 0]], "there is one"), ([[1, None], [0, 1], [None, 1]], "of 3 there is one"), ([[1], [0]], "two items"),
    ([[1, 0], [1, 0]], "the same total"), ([[1, 0], [0, 1]], "the same total"), ([[0.1, 0.2, 0.3], [0.3, 0.1, 0.2]], "the same total"),
])
def test_without_differences_between_people_there_is_no_cronbach(rows: list[list], why: str) -> None:
    found = cronbach(rows)
    assert isinstance(found, NoNumber) and why in found.why


def test_difficulty_is_the_mean_share_of_those_who_answered() -> None:
    assert difficulty([[1, 0.5, None], [0, None, None], [1, 0, None], [1, 1, None]]) == (
        Figure(0.75, 4), Figure(0.5, 3, 1), NoNumber("Nobody answered this item."))
    assert difficulty([]) == ()


def test_discrimination_is_the_correlation_with_the_other_items() -> None:
    rows = [[1, 1, 0], [1, 0, 1], [0, 0, 1], [1, 1, 1], [0, 0, 0], [1, None, 1]]
    found = discrimination(rows)
    for j, one in enumerate(found):
        item = [row[j] for row in rows[:5]]
        rest = [sum(row) - row[j] for row in rows[:5]]
        assert one == Figure(correlation(item, rest).value, 5, 1)
    assert found[0].value == pytest.approx(0.6454972)   # by hand: 1 / sqrt(1.2 x 2)


def test_an_item_or_a_rest_without_differences_discriminates_nobody() -> None:
    all_right = discrimination([[1, 0, 1], [1, 1, 0], [1, 1, 1]])
    assert isinstance(all_right[0], NoNumber) and "tells nobody apart" in all_right[0].why
    even = discrimination([[1, 0, 1], [0, 1, 0], [1, 0.5, 0.5]])
    assert isinstance(even[0], NoNumber) and "other items" in even[0].why
    assert "three people" in discrimination([[1, 0], [0, 1]])[0].why
    assert "no other item" in discrimination([[1], [0], [1]])[0].why
    assert discrimination([]) == ()


def test_a_correlation_is_pearsons() -> None:
    # Anscombe (1973), Am. Stat. 27, 17-21, first set: 0.816
    x, y = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5], [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    assert correlation(x, y).value == pytest.approx(0.81642, abs=1e-5)
    assert correlation([1, None, *x], [None, 2, *y]) == Figure(correlation(x, y).value, 11, 2)
    assert isinstance(correlation([2, 2, 2], [1, 2, 3]), NoNumber) and isinstance(correlation([1, 2], [1, 2]), NoNumber)


# --- what is refused ----------------------------------------------------------------------------------------------------

ON_TABLES = [icc, alpha, cronbach, difficulty, discrimination, severity, lambda rows: halo(rows, rows)]
ON_PAIRS = [lambda a, b: kappa(a, b, weights="linear"), differences, correlation, mean_change]


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, "3", 10**400, 1e60])
def test_what_is_no_finite_number_is_refused_and_said_where(wrong: object) -> None:
    for statistic in ON_TABLES:
        with pytest.raises(ValueError, match="row 2, column 3: wanted a finite number or None"):
            statistic([[1, 2, 3], [3, 2, wrong], [1, 1, 2]])
    for statistic in ON_PAIRS:
        with pytest.raises(ValueError, match="row 2, column 2: wanted a finite number or None"):
            statistic([1, 2, 3], [1, wrong, 2])
    for statistic in (mean_interval, lambda values: mean_difference(values, [1, 2])):
        with pytest.raises(ValueError, match="row 2: wanted a finite number or None"):
            statistic([1, wrong, 3])


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_labels_may_be_words_and_not_nan(wrong: float) -> None:
    for statistic in (lambda: kappa([1, wrong], [1, 2]), lambda: alpha([[1, wrong], [1, 2]], scale="nominal")):
        with pytest.raises(ValueError, match="finite number"):
            statistic()


def test_ragged_tables_and_columns_are_refused() -> None:
    for statistic in ON_TABLES:
        with pytest.raises(ValueError, match="row 2 has 1 cells, row 1 has 2"):
            statistic([[1, 2], [3]])
    for statistic in (*ON_PAIRS, kappa):
        with pytest.raises(ValueError, match="3 and 2 values"):
            statistic([1, 2, 3], [1, 2])


def test_unknown_forms_weights_scales_and_levels_are_refused() -> None:
    for call, says in [(lambda: icc(WINES, form="icc2"), "one-way, agreement or consistency"), (lambda: kappa([1], [1], weights="cubic"), "linear"),
                       (lambda: alpha(WINES, scale="ratio"), "nominal, ordinal or interval")]:
        with pytest.raises(ValueError, match=says):
            call()
    for statistic in (lambda c: icc(WINES, level=c), lambda c: cronbach(WINES, level=c), lambda c: kappa([1], [1], level=c), lambda c: severity(WINES, level=c),
                      lambda c: mean_interval([1, 2], level=c), lambda c: mean_difference([1, 2], [1, 2], level=c), lambda c: differences([1], [1], level=c)):
        for confidence in (0.2, 1, 95, math.nan):
            with pytest.raises(ValueError, match="level"):
                statistic(confidence)


def test_every_reason_is_a_sentence() -> None:
    reasons = [icc([]), icc([[1], [2]]), icc([[1, 1], [1, 1]]), alpha([]), alpha([[1, 1], [1, 1]]), kappa([], []), kappa([1, 1], [1, 1]), cronbach([]),
               cronbach([[1], [2]]), differences([], []), correlation([], []), mean_interval([]), halo([], []), *difficulty([[None]]), *discrimination([[1]])]
    for reason in reasons:
        assert reason.why[0].isupper() and reason.why.endswith(".") and "nan" not in reason.why.lower()
