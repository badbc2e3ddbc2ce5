"""A score in words: what to work on, the words to try, the sentence that explains the number, and how sure it is."""

import pytest
from hypothesis import given
from worlds import option, playbook, played, runs, scenario, scene, steady

from kit.content.playbook import Playbook
from kit.content.scenario import Order, Scenario, Write
from kit.play.debrief import MOST_TO_WORK_ON, margin_sentence, note, sentence, strengths, work_on
from kit.play.run import Run
from kit.play.score import Score, perfect_run, score

BOOK = playbook({"a": 2, "b": 3, "c": 1, "d": 3, "red": 2}, red=("red",))


def _run(case: Scenario, *answers: tuple[str, ...]) -> Run:
    return played(Run(case, BOOK), *answers)


def _chosen(case: Scenario, *options: str) -> Run:
    return _run(case, *((name,) for name in options))


def _row(count: int, *options: dict) -> Scenario:
    return scenario(*(scene(f"s-{n}", options=list(options)) for n in range(count)))


# --- the sentence that explains the number --------------------------------------------------------------------------

def test_the_sentence_says_what_was_kept_what_was_there_and_what_was_broken() -> None:
    case = _row(4, option("right", "b"), option("wrong"), option("bad", breaks="a"))
    assert sentence(score(_chosen(case, "right", "wrong", "right", "right"))) == "You kept 9 of the 12 that was there to keep, and broke nothing."
    assert sentence(score(_chosen(case, "right", "bad", "right", "right"))) == "You kept 9 of the 12 that was there to keep, and broke 2."


def test_half_points_are_said_with_one_decimal() -> None:
    parts = [option("best", "b c"), option("mid", "c"), option("low", breaks="a"), option("lower", breaks="b")]
    run = _run(scenario(scene("s", "best_and_worst", options=parts)), ("mid", "low"))
    assert sentence(score(run)) == "You kept 0.8 of the 4 that was there to keep, and broke nothing."


def test_the_sentence_of_a_detour_says_what_is_the_measure() -> None:
    """Best way: 5 and 3. The way taken holds 5, 5 and 3 and lost 5: 3 of 8 were kept."""
    case = scenario(
        scene("fork", options=[option("straight", "a b", next="last"), option("astray", next="detour")]),
        scene("detour", options=[option("mend", "a b"), option("sulk", breaks="a")]),
        scene("last", options=[option("right", "b"), option("wrong")]))
    said = sentence(score(_chosen(case, "astray", "mend", "right")))
    assert said.startswith("You kept 3 of the 8 that was there to keep, and broke nothing.")
    assert "Your way held 13" in said and "the best way's 8 is the measure" in said
    assert "Your way" not in sentence(score(_chosen(case, "straight", "right")))


@steady
@given(runs())
def test_kept_less_broken_is_what_the_score_counts(run: Run) -> None:
    made = score(run)
    if made.value > 0:
        assert 100 * (made.kept - made.broken) / made.stake == pytest.approx(made.value)


# --- how sure it is ---------------------------------------------------------------------------------------------

def _margin(count: int, wrong: int, *, cross: int = 0) -> tuple[Score, str]:
    case = _row(count, option("right", "b"), option("wrong"), option("cross", breaks="red"))
    made = score(_chosen(case, *["wrong"] * wrong, *["cross"] * cross, *["right"] * (count - wrong - cross)))
    return made, margin_sentence(made)


def test_below_six_scenes_the_margin_gives_no_verdict() -> None:
    made, said = _margin(5, 1)
    assert f"From 5 scored scenes alone it could be anything from {made.low:.0f} to {made.high:.0f}." in said
    assert "Below six scored scenes nothing can be said about the pass mark of 75." in said
    assert not any(word in said for word in ("clearly", "near the pass mark"))


@pytest.mark.parametrize(("count", "wrong", "says"), [
    (6, 0, "near the pass mark of 75: one run cannot tell"), (12, 0, "clearly above the pass mark of 75."),
    (12, 3, "near the pass mark of 75"), (12, 8, "clearly below the pass mark of 75."),
])
def test_the_margin_says_where_the_interval_lies(count: int, wrong: int, says: str) -> None:
    assert says in _margin(count, wrong)[1]


@pytest.mark.parametrize("wrong", range(13))
def test_nobody_passes_or_fails(wrong: int) -> None:
    made, said = _margin(12, wrong)
    assert f"anything from {made.low:.0f} to {made.high:.0f}." in said
    assert not any(bare in said.lower() for bare in ("passed", "failed", "you pass", "you fail"))


def test_after_a_red_line_the_margin_does_not_call_a_high_score_near_the_pass_mark() -> None:
    """The interval lies above the mark, and the run counts as not above it: neither is 'one cannot tell on which side'."""
    made, said = _margin(30, 0, cross=1)
    assert made.low > made.pass_mark and made.red_lines
    assert "near" not in said and "cannot tell" not in said


# --- what to work on ------------------------------------------------------------------------------------------------

MANY = scenario(
    scene("one", options=[option("best", "a b c"), option("worst", breaks="d"), option("idle")]),
    scene("two", options=[option("best", "c"), option("cross", breaks="red"), option("idle")]))


def test_at_most_three_things_are_to_work_on_and_a_red_line_is_first() -> None:
    run = _chosen(MANY, "worst", "cross")
    found = work_on(run, score(run))
    assert len(found) == MOST_TO_WORK_ON == 3
    assert found[0].rule.id == "red"
    assert [w.rule.id for w in found][1:] == ["d", "b"]


@steady
@given(runs())
def test_a_red_line_is_first_and_what_cost_most_comes_next(run: Run) -> None:
    made = score(run)
    found = work_on(run, made)
    assert len(found) <= 3
    crossed = [w.rule.red_line and w.rule.id in made.red_lines for w in found]
    assert crossed == sorted(crossed, reverse=True) and sum(crossed) == min(3, len(made.red_lines))
    rest = [w.lost for w, red in zip(found, crossed, strict=True) if not red]
    assert rest == sorted(rest, reverse=True)


@steady
@given(runs())
def test_whoever_broke_or_missed_something_has_something_to_work_on_and_nobody_else(run: Run) -> None:
    made = score(run)
    assert bool(work_on(run, made)) == any(c.broken or c.missed for c in made.rules)


@steady
@given(runs())
def test_words_to_try_are_those_of_the_scene_that_cost_it(run: Run) -> None:
    for found in work_on(run, score(run)):
        scenes = [s for s in run.steps if found.rule.id in s.verdict.breaks | s.verdict.misses]
        assert found.scenes == tuple(s.number for s in scenes)
        spoken = [s.scene for s in scenes if not isinstance(s.scene, Order)]
        assert set(found.words) <= {part.text for here in spoken for part in here.parts}
        assert bool(found.words) == bool(spoken)


def test_the_words_to_try_are_the_better_ones() -> None:
    run = _chosen(MANY, "idle", "best")
    assert {found.words for found in work_on(run, score(run))} == {("Words of best.",)}


def test_what_a_rule_cost_is_what_the_score_lost_by_it() -> None:
    """Missed b (3) and broke d (3), which was not there to keep: 6 lost, 3 by each."""
    run = _chosen(scenario(scene("s", options=[option("best", "b"), option("worst", breaks="d")])), "worst")
    made = score(run)
    assert made.lost == 6
    assert {found.rule.id: found.lost for found in work_on(run, made)} == {"b": 3, "d": 3}


def test_after_a_perfect_run_there_is_nothing_to_work_on() -> None:
    run = perfect_run(MANY, BOOK)
    assert work_on(run, score(run)) == ()
    assert [rule.id for rule in strengths(run, score(run))] == ["b", "a", "c"]


@steady
@given(runs())
def test_strengths_were_kept_every_time(run: Run) -> None:
    made = score(run)
    held = {c.rule for c in made.rules if c.kept and not c.broken + c.missed}
    found = [rule.id for rule in strengths(run, made)]
    assert len(found) == min(3, len(held)) and set(found) <= held


# --- one scene ------------------------------------------------------------------------------------------------------

@steady
@given(runs())
def test_a_note_says_what_was_said_and_what_would_have_been_better(run: Run) -> None:
    for step in run.steps:
        made = note(step, run.playbook)
        if isinstance(step.scene, Write):
            assert made.said == step.answer and made.better == (step.scene.model,)
            continue
        assert len(made.said) == len(step.answer)
        assert bool(made.better) == (made.lost > 1e-9)
        assert {rule.id for rule in made.broken} == step.verdict.breaks and {rule.id for rule in made.missed} == step.verdict.misses


def test_a_note_without_feedback_speaks_from_the_rules_and_cites_what_they_rest_on() -> None:
    made = note(_chosen(MANY, "worst", "best").steps[0], BOOK)
    assert made.feedback == "d-title d-why"
    assert [(c.claim, c.says) for c in made.cited] == [("A04", "claim-3")]


def test_a_note_cites_what_the_author_cites() -> None:
    case = scenario(scene("s", options=[option("best", "a b", cites=["A02"], feedback="Well said."), option("idle")]))
    made = note(_chosen(case, "best").steps[0], BOOK)
    assert made.feedback == "Well said."
    assert [(c.claim, c.source, c.at) for c in made.cited] == [("A02", "article-title", "place-1")]


def test_a_publisher_is_named_with_the_article() -> None:
    data = BOOK.model_dump(by_alias=True)
    data["sources"][0]["publisher"] = "A Magazine"
    book = Playbook.model_validate(data)
    run = played(Run(MANY, book), ("idle",))
    assert note(run.steps[0], book).cited[0].source == "article-title (A Magazine)"
