"""The score by hand-worked numbers, by its definition worked out a second way, and by what must always hold."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, every_answer, one_scene, option, playbook, playbooks, played, runs, scenario, scene, steady, worlds

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, BestAndWorst, Choose, Compose, Order, Scenario, Write
from kit.library import Library
from kit.play.answer import Answer, Verdict, best_answer, judge
from kit.play.prove import check_whole
from kit.play.run import Run
from kit.play.score import LEAST_SCENES, Score, effective_n, perfect_run, perfect_stake, points, score, wilson

Z95, Z90 = 1.95996, 1.645
BOOK = playbook({"a": 2, "b": 3, "c": 1, "d": 3, "red": 2}, red=("red",))
NEAR = 1e-9


def verdict_of(here: AnyScene, *answer: str) -> Verdict:
    return judge(here, answer, BOOK)


# --- choose -------------------------------------------------------------------------------------------------

CHOOSE = one_scene(scene("s", options=[
    option("best", "a b"), option("half", "b"), option("mixed", "a", "c"), option("idle"), option("bad", breaks="b d")]))


@pytest.mark.parametrize(("answer", "value", "lost", "keeps", "breaks", "misses"), [
    ("best", 5, 0, "ab", "", ""), ("half", 3, 2, "b", "", "a"), ("mixed", 1, 4, "a", "c", "b"),
    ("idle", 0, 5, "", "", "ab"), ("bad", -6, 11, "", "bd", "a"),
])
def test_choosing_is_worth_the_weights_kept_less_the_weights_broken(answer: str, value: int, lost: int, keeps: str, breaks: str, misses: str) -> None:
    verdict = verdict_of(CHOOSE, answer)
    assert (verdict.value, verdict.lost, verdict.stake) == (value, lost, 5)
    assert (verdict.keeps, verdict.breaks, verdict.misses) == (set(keeps), set(breaks), set(misses))


def test_a_rule_named_twice_counts_once() -> None:
    here = one_scene(scene("s", options=[option("best", "b b"), option("bad", breaks="a a")]))
    assert verdict_of(here, "best").value == 3
    assert verdict_of(here, "bad").value == -2


# --- best and worst -----------------------------------------------------------------------------------------

NAME_TWO = one_scene(scene("s", "best_and_worst", options=[
    option("mid", "c"), option("best", "b c"), option("worst", breaks="b a"), option("bad", breaks="a")]))


@pytest.mark.parametrize(("best", "worst", "value"), [
    ("best", "worst", 4),          # 3/4 x 4 + 1/4 x 4
    ("best", "mid", 3),            # 3/4 x 4 + 0
    ("mid", "worst", 1.75),        # 3/4 x 1 + 1/4 x 4
    ("mid", "best", -0.25),        # 3/4 x 1 - 1/4 x 4
    ("bad", "best", -2.5),         # 3/4 x -2 - 1/4 x 4
    ("worst", "bad", -3.75),       # 3/4 x -5 + 0
])
def test_naming_best_and_worst_is_three_quarters_the_best_and_one_the_worst(best: str, worst: str, value: float) -> None:
    verdict = verdict_of(NAME_TWO, best, worst)
    assert (verdict.value, verdict.stake, verdict.lost) == (value, 4, 4 - value)


def test_what_is_kept_and_broken_is_that_of_the_one_named_best() -> None:
    verdict = verdict_of(NAME_TWO, "mid", "worst")
    assert (verdict.keeps, verdict.breaks, verdict.misses) == ({"c"}, set(), {"b"})
    assert verdict_of(NAME_TWO, "worst", "best").breaks == {"a", "b"}


def test_two_options_that_are_equally_low_are_both_the_worst() -> None:
    here = one_scene(scene("s", "best_and_worst", options=[option("best", "b"), option("mid", "a"), option("low"), option("low-too")]))
    assert verdict_of(here, "best", "low").value == verdict_of(here, "best", "low-too").value == 3


# --- compose ------------------------------------------------------------------------------------------------

COMPOSE = one_scene(scene("s", "compose", outcomes=[{}], blocks=[
    option("door", "c", place=3), option("sorry", "a", place=1), option("years", "b", place=2),
    option("blame", breaks="d", place=1), option("but", breaks="a"), option("filler", place=1)]))


@pytest.mark.parametrize(("answer", "value"), [
    ("sorry years door", 6), ("years sorry door", 6 * (0.8 + 0.2 * 2 / 3)), ("door years sorry", 6 * 0.8),
    ("sorry years", 5), ("years sorry", 5 * 0.8), ("door", 1), ("filler", 0), ("blame", -3),
    ("sorry years door filler", 6), ("filler door years sorry", 6 * 0.8),   # a filler's place does not count
    ("sorry years door blame", 3), ("door years sorry blame", 3 * 0.8), ("door blame", -2), ("blame door", -2),
    ("sorry years door but", 2), ("sorry but", -2),     # broken by one block, kept by none
])
def test_composing_is_worth_its_blocks_and_a_fifth_of_that_hangs_on_the_order(answer: str, value: float) -> None:
    verdict = verdict_of(COMPOSE, *answer.split())
    assert verdict.value == pytest.approx(value, abs=NEAR)
    assert verdict.stake == 6


def test_what_one_block_breaks_is_broken_whatever_another_keeps() -> None:
    verdict = verdict_of(COMPOSE, "sorry", "years", "but")
    assert (verdict.keeps, verdict.breaks, verdict.misses) == ({"b"}, {"a"}, {"c"})


def test_blocks_of_one_place_may_stand_either_way() -> None:
    blocks = [option("x", "a", place=1), option("y", "b", place=1), option("z", "c"), option("n"), option("m")]
    here = one_scene(scene("s", "compose", outcomes=[{}], blocks=blocks))
    assert {verdict_of(here, *answer).value for answer in (("x", "y", "z"), ("z", "y", "x"), ("y", "z", "x"))} == {6}


# --- order --------------------------------------------------------------------------------------------------

ORDER = one_scene(scene("s", "order", keeps=["a", "c"], outcomes=[{}], steps=[
    {"id": name, "text": name, "place": place} for name, place in (("one", 1), ("two", 2), ("too", 2), ("three", 3))]))


@pytest.mark.parametrize(("answer", "value"), [     # five pairs, for two and too go either way
    ("one two too three", 3), ("one too two three", 3), ("two one too three", 3 * (1 - 2 / 5)),
    ("two too one three", 3 * (1 - 4 / 5)), ("two three one too", 0), ("three two too one", 0),
])
def test_ordering_loses_twice_the_share_of_pairs_that_are_inverted(answer: str, value: float) -> None:
    assert verdict_of(ORDER, *answer.split()).value == pytest.approx(value, abs=NEAR)


def test_the_rules_of_an_order_are_kept_when_nothing_is_inverted_and_else_missed() -> None:
    right, wrong = verdict_of(ORDER, "one", "too", "two", "three"), verdict_of(ORDER, "two", "one", "too", "three")
    assert (right.keeps, right.misses) == ({"a", "c"}, set())
    assert (wrong.keeps, wrong.misses, wrong.breaks) == (set(), {"a", "c"}, set())


# --- write --------------------------------------------------------------------------------------------------

def test_nothing_is_at_stake_in_ones_own_words() -> None:
    here = one_scene(scene("s", "write", rules=["a"], model="Like this."))
    assert verdict_of(here, "Anything.") == Verdict(frozenset(), frozenset(), frozenset(), 0, 0)


# --- the definition, a second time ----------------------------------------------------------------------------

def _named(here: Compose | Choose | BestAndWorst, ids: Answer, verb: str) -> set[str]:
    return {rule for part in here.parts if part.id in ids for rule in getattr(part, verb)}


def _content(here: Compose, ids: Answer, book: Playbook) -> int:
    broken = _named(here, ids, "breaks")
    return book.worth(_named(here, ids, "keeps") - broken, broken)


def _right_pairs(here: Compose | Order, ids: Answer) -> float:
    """The share of the pairs that stand the right way round."""
    place = {part.id: part.place for part in here.parts}
    pairs = [place[a] < place[b] for n, a in enumerate(ids) for b in ids[n + 1:] if place[a] and place[b] and place[a] != place[b]]
    return sum(pairs) / len(pairs) if pairs else 1.0


def value_by_definition(here: AnyScene, answer: Answer, book: Playbook) -> tuple[float, float]:
    """(value, best), as the design has it, for scenes in which best answers break nothing."""
    if isinstance(here, Write):
        return 0, 0
    if isinstance(here, Order):
        best = sum(book.rule[name].weight for name in here.keeps)
        return best * max(0, 1 - 2 * (1 - _right_pairs(here, answer))), best
    worth = {part.id: book.worth(part.keeps, part.breaks) for part in here.parts}
    if isinstance(here, Compose):
        good = tuple(part for part in worth if worth[part] > 0)
        content = _content(here, answer, book)
        order = _right_pairs(here, tuple(part for part in answer if part in good))
        return content * (0.8 + 0.2 * order) if content > 0 else content, _content(here, good, book)
    best = max(worth.values())
    if isinstance(here, Choose):
        return worth[answer[0]], best
    worst = 1 if worth[answer[1]] == min(worth.values()) else -1 if worth[answer[1]] == best else 0
    return best * (3 / 4 * worth[answer[0]] / best + 1 / 4 * worst), best


@steady
@given(worlds(most_scenes=2))
def test_every_answer_has_the_value_that_the_definition_gives_it(world: World) -> None:
    for here in world.scenario.scenes:
        for answer in every_answer(here):
            verdict = judge(here, answer, world.playbook)
            assert (verdict.value, verdict.stake) == pytest.approx(value_by_definition(here, answer, world.playbook), abs=NEAR)


# --- what always holds in a scene ---------------------------------------------------------------------------------

@steady
@given(worlds(most_scenes=2))
def test_no_answer_is_worth_more_than_the_best_and_the_best_loses_nothing(world: World) -> None:
    for here in world.scenario.scenes:
        best = judge(here, best_answer(here, world.playbook), world.playbook)
        assert best.lost == pytest.approx(0, abs=NEAR) and not best.breaks and not best.misses
        assert all(judge(here, answer, world.playbook).lost >= -NEAR for answer in every_answer(here))


@st.composite
def wild_scenarios(draw: st.DrawFn) -> tuple[Playbook, Scenario]:
    """One scene whose options or blocks keep and break anything at all."""
    book = draw(playbooks())
    some = st.lists(st.sampled_from(sorted(book.rule)), max_size=2)
    ask, most = draw(st.sampled_from([("choose", 3), ("best_and_worst", 4), ("compose", 5)]))
    parts = [option(f"part-{n}", " ".join(draw(some)), " ".join(draw(some))) for n in range(most)]
    places = [{"place": draw(st.sampled_from([None, 1, 2]))} if ask == "compose" else {} for _ in parts]
    key, more = ("blocks", {"outcomes": [{}]}) if ask == "compose" else ("options", {})
    return book, scenario(scene("s", ask, **{key: [part | place for part, place in zip(parts, places, strict=True)]}, **more))


@settings(steady, max_examples=400)
@given(wild_scenarios())
def test_a_scene_in_which_an_answer_is_worth_more_than_the_best_is_refused(wild: tuple[Playbook, Scenario]) -> None:
    book, case = wild
    if not any(problem.code.startswith("E") for problem in check_whole(case, book)):
        assert all(judge(case.scenes[0], answer, book).lost >= -NEAR for answer in every_answer(case.scenes[0]))


@steady
@given(worlds(most_scenes=2))
def test_kept_broken_and_missed_add_up_in_every_scene(world: World) -> None:
    for here in world.scenario.scenes:
        at_stake = set(here.keeps) if isinstance(here, Order) else {rule for part in here.parts for rule in (*part.keeps, *part.breaks)}
        best = judge(here, best_answer(here, world.playbook), world.playbook)
        for answer in every_answer(here):
            verdict = judge(here, answer, world.playbook)
            assert len(verdict.keeps) + len(verdict.breaks) + len(verdict.misses) == len(verdict.keeps | verdict.breaks | verdict.misses)
            assert verdict.keeps | verdict.breaks | verdict.misses <= at_stake
            assert verdict.misses <= best.keeps <= verdict.keeps | verdict.breaks | verdict.misses


# --- what always holds in a run -------------------------------------------------------------------------------

@steady
@given(runs())
def test_a_score_lies_between_0_and_100_and_inside_its_margin(run: Run) -> None:
    made = score(run)
    assert 0 <= made.low <= made.value + NEAR and made.value - NEAR <= made.high <= 100


@steady
@given(worlds())
def test_a_perfect_run_scores_100(world: World) -> None:
    made = score(perfect_run(world.scenario, world.playbook))
    assert made.value == pytest.approx(100) and made.broken == 0 and made.kept == pytest.approx(made.stake)


def test_every_shipped_scenario_scores_100_when_played_perfectly(library: Library) -> None:
    assert library.scenarios
    for case in library.scenarios:
        assert score(perfect_run(case, library.playbook)).value == 100


@steady
@given(runs())
def test_a_run_that_loses_nothing_scores_100_on_any_path_and_any_other_less(run: Run) -> None:
    made = score(run)
    assert (made.value > 100 - 1e-6) == (made.lost < 1e-6)


@steady
@given(runs())
def test_a_detour_never_raises_a_score(run: Run) -> None:
    made = score(run)
    whole = perfect_stake(run.scenario, run.playbook)
    assert made.stake <= whole
    assert made.value <= max(0, 100 * (1 - made.lost / whole)) + NEAR


@steady
@given(runs())
def test_leaving_early_never_pays(run: Run) -> None:
    """From wherever one stands, going on to the end without another mistake is worth no less than leaving there."""
    whole = perfect_stake(run.scenario, run.playbook)
    for count in range(1, len(run.picks) + 1):
        here = Run(run.scenario, run.playbook, run.picks[:count])
        onward = here
        while onward.scene:
            onward = played(onward, best_answer(onward.scene, onward.playbook))
        leaving, going_on = (points((s.verdict for s in r.steps), whole)[0] for r in (here, onward))
        assert leaving <= going_on + NEAR


@steady
@given(runs())
def test_the_sums_of_a_score_are_those_of_its_scenes(run: Run) -> None:
    made = score(run)
    assert made.lost == pytest.approx(sum(s.verdict.lost for s in run.steps))
    assert made.path_stake == sum(s.verdict.stake for s in run.steps)
    for count in made.rules:
        seen = [[count.rule in rules for rules in (v.keeps, v.breaks, v.misses)] for v in made.verdicts]
        assert [count.kept, count.broken, count.missed] == [sum(column) for column in zip(*seen, strict=True)]
    assert sum(c.occasions for c in made.competencies) == sum(c.occasions for c in made.rules)
    assert all(0 <= c.share <= 1 for c in made.competencies)


# --- scores by hand -----------------------------------------------------------------------------------------------

def _equal_scenes(count: int, **options: str) -> Scenario:
    """`count` scenes: `right` keeps b (3), `wrong` keeps nothing, and what else is named."""
    parts = [option("right", "b"), option("wrong"), *(option(name, breaks=rule) for name, rule in options.items())]
    return scenario(*(scene(f"s-{n}", options=parts) for n in range(count)))


def _score(case: Scenario, *answers: str, book: Playbook = BOOK) -> Score:
    return score(played(Run(case, book), *((answer,) for answer in answers)))


def test_three_right_of_four_equal_scenes_are_75() -> None:
    made = _score(_equal_scenes(4), "right", "wrong", "right", "right")
    assert (made.value, made.stake, made.lost, made.kept, made.broken) == (75, 12, 3, 9, 0)
    assert made.is_above and made.band.at_least == 75


def test_a_break_costs_what_was_there_to_keep_and_the_rules_weight() -> None:
    made = _score(_equal_scenes(4, bad="a"), "right", "bad", "right", "right")
    assert (made.lost, made.broken, made.kept) == (5, 2, 9)
    assert made.value == pytest.approx(100 * 7 / 12)


def test_a_score_is_never_below_0() -> None:
    made = _score(_equal_scenes(2, bad="d"), "bad", "bad")
    assert (made.value, made.kept, made.low) == (0, 0, 0)


def test_a_detour_is_measured_by_the_best_way() -> None:
    """Best way: 5 and 3. The detour holds 5, 5 and 3, and lost 5 at the fork and nothing else: 100 x (1 - 5/8)."""
    case = scenario(
        scene("fork", options=[option("straight", "a b", next="last"), option("astray", next="detour")]),
        scene("detour", options=[option("mend", "a b"), option("sulk", breaks="a")]),
        scene("last", options=[option("right", "b"), option("wrong")]))
    made = _score(case, "astray", "mend", "right")
    assert (made.path_stake, made.stake, made.lost) == (13, 8, 5)
    assert made.value == pytest.approx(37.5)


def test_leaving_early_makes_each_loss_weigh_more() -> None:
    """Lost 2 of the 5 at stake there: 60. Lost the same and stayed to the end: 100 x (1 - 2/8)."""
    case = scenario(
        scene("fork", options=[option("stay", "a b"), option("leave", "b", next="end"), option("linger", "b"), option("lie", breaks="b")]),
        scene("last", options=[option("right", "b"), option("wrong")]))
    assert _score(case, "leave").value == pytest.approx(60)
    assert _score(case, "linger", "right").value == pytest.approx(75)


def test_ones_own_words_stand_beside_the_score() -> None:
    case = scenario(scene("s", options=[option("right", "b"), option("wrong")]), scene("w", "write", rules=["a"], model="So."))
    made = score(played(Run(case, BOOK), ("right",), ("Anything at all.",)))
    assert (made.value, made.scenes) == (100, 1)


def test_a_run_in_which_nothing_was_at_stake_is_not_called_a_poor_one() -> None:
    """It lost nothing: it is not 0 of 100 with the words of the lowest band, unless the checker refuses such a scenario."""
    case = scenario(scene("w", "write", rules=["a"], model="So."))
    made = score(played(Run(case, BOOK), ("Anything at all.",)))
    assert made.value == 100 or any(problem.code.startswith("E") for problem in check_whole(case, BOOK))


def test_only_a_finished_run_has_a_score() -> None:
    with pytest.raises(ValueError, match="finished"):
        score(Run(_equal_scenes(1), BOOK))


def test_another_playbook_scores_the_same_run() -> None:
    run = played(Run(_equal_scenes(2, bad="a"), BOOK), ("right",), ("bad",))
    heavier = playbook({"a": 1, "b": 1, "c": 1, "d": 3, "red": 2})
    assert score(run).value == pytest.approx(100 * (1 - 5 / 6))
    assert score(run, heavier).value == pytest.approx(100 * (1 - 2 / 2))


def test_a_competency_is_its_rules_weighted_share() -> None:
    """a and c are of the first: a (2) kept once and missed once, c (1) broken once: 2 / 5."""
    case = scenario(scene("s", options=[option("x", "a"), option("y")]), scene("t", options=[option("x", "a b"), option("y", "b", "c")]))
    made = _score(case, "x", "y")
    first = made.competencies[0]
    assert (first.kept, first.missed, first.broken, first.occasions) == (1, 1, 1, 3)
    assert first.share == pytest.approx(2 / 5)


# --- red lines ------------------------------------------------------------------------------------------------

def test_a_red_line_caps_the_band_and_the_verdict() -> None:
    made = _score(_equal_scenes(30, cross="red"), *["right"] * 29, "cross")
    assert made.value == pytest.approx(100 * (1 - 5 / 90)) and made.low > made.pass_mark
    assert made.red_lines == ("red",)
    assert not made.is_above and made.verdict == "not above" and made.band.at_least == 50


def test_the_same_score_without_a_red_line_is_clearly_above() -> None:
    made = _score(_equal_scenes(30, cross="a"), *["right"] * 29, "cross")
    assert made.is_above and made.verdict == "clearly above" and made.band.at_least == 90


def test_a_red_line_raises_no_low_score() -> None:
    made = _score(_equal_scenes(4, cross="red"), "right", "wrong", "wrong", "cross")
    assert made.band.at_least == 0


# --- margin ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("right", "n", "low", "high"), [      # 8 of 10: often quoted; the others: Newcombe (1998), table I, method 3
    (8, 10, 0.490, 0.943), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718),
])
def test_the_wilson_interval_has_its_published_values(right: int, n: int, low: float, high: float) -> None:
    digits = 0.0005 if n == 10 else 0.00005
    assert wilson(right / n, n, Z95) == pytest.approx((low, high), abs=digits)


@given(st.floats(0, 1), st.floats(0.5, 1000))
@steady
def test_a_wilson_interval_holds_its_proportion_and_narrows_with_n(p: float, n: float) -> None:
    low, high = wilson(p, n)
    assert 0 <= low <= p + NEAR and p - NEAR <= high <= 1
    wider = wilson(p, n / 2)
    assert wider[1] - wider[0] >= high - low - NEAR


def test_without_observations_the_margin_is_everything() -> None:
    assert wilson(0.0, 0) == (0, 1)


@pytest.mark.parametrize(("stakes", "n"), [([3, 3, 3, 3], 4), ([1, 2, 3], 36 / 14), ([9, 1], 100 / 82), ([5], 1), ([], 0), ([0, 0], 0)])
def test_effective_n_is_how_many_equal_scenes_unequal_ones_amount_to(stakes: list[float], n: float) -> None:
    assert effective_n(stakes) == pytest.approx(n)


def test_the_margin_of_a_score_is_the_90_percent_interval_at_its_effective_n() -> None:
    made = _score(_equal_scenes(8), *["right"] * 6, "wrong", "wrong")
    assert (made.low / 100, made.high / 100) == pytest.approx(wilson(0.75, 8, Z90))


@pytest.mark.parametrize("wrong", range(LEAST_SCENES))
def test_below_six_scored_scenes_there_is_no_verdict(wrong: int) -> None:
    made = _score(_equal_scenes(5), *["wrong"] * wrong, *["right"] * (5 - wrong))
    assert made.verdict == ""


def test_six_scenes_have_a_verdict_and_one_such_run_is_never_clearly_above() -> None:
    verdicts = {_score(_equal_scenes(6), *answers).verdict for answers in product(["right", "wrong"], repeat=6)}
    assert verdicts == {"near", "clearly below"}


@steady
@given(st.lists(st.integers(1, 12), min_size=6, max_size=6))
def test_nor_is_it_whatever_the_stakes(stakes: list[int]) -> None:
    assert 100 * wilson(1.0, effective_n([float(s) for s in stakes]))[0] < 75


def test_many_scenes_can_be_clearly_above_or_below() -> None:
    assert _score(_equal_scenes(12), *["right"] * 12).verdict == "clearly above"
    assert _score(_equal_scenes(12), *["wrong"] * 8, *["right"] * 4).verdict == "clearly below"
    assert _score(_equal_scenes(12), *["wrong"] * 3, *["right"] * 9).verdict == "near"
