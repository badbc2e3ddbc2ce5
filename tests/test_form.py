"""Self-assessment: two forms, nothing told until the end, how sure and how right, and the gain with its uncertainty."""

from dataclasses import replace
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import worlds

from kit.content.playbook import Form
from kit.library import Library
from kit.play.answer import best_answer
from kit.play.figures import random_answer
from kit.play.form import SURE, calibration, first_form, form_score, gain, kept_for_forms, practice_for, to_practise
from kit.play.run import Run, pick
from kit.play.score import score
from kit.room.trainee import Trainee
from kit.stats.intervals import newcombe
from kit.store.store import Store
from kit.ui import views

A, B = ("the-new-desk", "the-best-payer"), ("the-rates-letter", "two-roads")


@pytest.fixture(scope="module")
def formed(library: Library) -> Library:
    """The shipped library with two forms."""
    return replace(library, playbook=library.playbook.model_copy(update={"forms": Form(a=A, b=B)}), folder=None)


def played_to_end(scenario: Any, library: Library, dice: Any = None) -> Run:
    run = Run(scenario, library.playbook)
    while run.scene:
        run = pick(run, random_answer(run.scene, dice) if dice else best_answer(run.scene, library.playbook))
    return run


def of_form(library: Library, names: tuple[str, ...]) -> list[Any]:
    return [next(s for s in library.ready if s.id == name) for name in names]


# --- what a form is worth ---------------------------------------------------------------------------------------------

def test_a_form_of_best_answers_is_100_and_sure_and_right_fit(formed: Library) -> None:
    runs = [played_to_end(s, formed) for s in of_form(formed, A)]
    made = form_score([(run, [4] * len(run.picks)) for run in runs], formed.playbook)
    assert (made.value, made.high, made.lost) == (100, 100, 0) and made.right == made.decisions == sum(score(run).scenes for run in runs) > 10
    assert made.confidence == SURE[4] and calibration(made).endswith("That fits.")
    assert to_practise(made, formed.playbook) == []


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)
@given(world=worlds(), seed=st.randoms())
def test_a_form_of_one_scenario_is_that_scenario_s_score(world: Any, seed: Any) -> None:
    run = Run(world.scenario, world.playbook)
    while run.scene:
        run = pick(run, random_answer(run.scene, seed))
    alone, made = score(run), form_score([(run, [None] * len(run.picks))], world.playbook)
    assert made.value == pytest.approx(alone.value) and (made.low, made.high) == pytest.approx((alone.low, alone.high))
    assert made.rules == alone.rules and made.confidence is None and calibration(made) == ""


def test_stakes_and_losses_are_summed_over_the_scenarios(formed: Library) -> None:
    good, other = of_form(formed, A)
    runs = [played_to_end(good, formed), played_to_end(other, formed, Random(3))]
    made, parts = form_score([(run, [2] * len(run.picks)) for run in runs], formed.playbook), [score(run) for run in runs]
    assert made.stake == sum(p.stake for p in parts) and made.lost == pytest.approx(sum(p.lost for p in parts))
    assert made.value == pytest.approx(max(0, 100 * (1 - made.lost / made.stake)))
    assert sum(level.decisions for level in made.levels) == made.decisions == sum(p.scenes for p in parts)


def test_the_gain_is_that_of_newcombe_s_published_example() -> None:
    """Newcombe (1998), table II, method 10: 56/70 - 48/80 has the 95 % interval 0.0524 to 0.3339."""
    assert newcombe(56 / 70, 70, 48 / 80, 80, 1.959964) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_gain_between_two_short_forms_is_said_with_its_uncertainty(formed: Library) -> None:
    best = [played_to_end(s, formed) for s in of_form(formed, A)]
    made = form_score([(run, [None] * len(run.picks)) for run in best], formed.playbook)
    same = gain(made, made)
    assert same.value == 0 and same.low < 0 < same.high


def test_half_of_the_people_take_each_form_first() -> None:
    firsts = [first_form(f"person {n}") for n in range(1000)]
    assert 430 < firsts.count("a") < 570 and first_form("person 1") == firsts[1]


def test_what_to_practise_is_found_outside_the_forms(formed: Library) -> None:
    runs = [played_to_end(s, formed, Random(5)) for s in of_form(formed, A)]
    todo = to_practise(form_score([(run, [None] * len(run.picks)) for run in runs], formed.playbook), formed.playbook)
    assert 1 <= len(todo) <= 3
    for rule in todo:
        where = practice_for(rule, formed.ready, formed.playbook)
        assert not {s.id for s in where} & kept_for_forms(formed.playbook) and all(rule.id in s.can_keep for s in where)


# --- at the page -----------------------------------------------------------------------------------------------------------

class Taker:
    """Somebody who takes the forms."""

    def __init__(self, library: Library, folder: Path, person: str) -> None:
        self.at = Trainee(person, library, Store(folder))
        self.at.first_view()
        self.says("name", name="Ann")

    def says(self, type_: str, **what: Any) -> dict[str, Any]:
        return self.at.handle(None, {"type": type_, **what}) or self.at.view()

    def asks(self, view: dict[str, Any]) -> dict[str, Any]:
        return next(b for b in view["blocks"] if b["type"] == "ask")

    def plays(self, letter: str, *, sure: int = 3) -> list[dict[str, Any]]:
        """The whole form, always the best answer; every view on the way."""
        seen = [self.says("form", form=letter)]
        while seen[-1]["screen"] == "scene":
            ask, run = self.asks(seen[-1]), self.at.run.run
            best, ids = best_answer(run.scene, run.playbook), views.numbered(run.shown)
            named = [next(n for n, i in ids.items() if i == part) for part in best] if ids else list(best)
            seen.append(self.says("pick", run=ask["run"], step=ask["step"], answer=named, sure=sure))
            seen.append(self.says("next", run=ask["run"], step=ask["step"]))
        return seen


@pytest.fixture
def taker(formed: Library, tmp_path: Path) -> Taker:
    return Taker(formed, tmp_path, next(name for name in ("p1", "p2", "p3", "p4", "p5") if first_form(name) == "a"))


def test_the_scenarios_of_the_forms_are_kept_out_of_practice_until_both_are_done(taker: Taker) -> None:
    home = taker.says("open", screen="home")
    assert "Form A" in str(home) and "The new desk" not in str(home) and "The eleventh round" in str(home)
    assert "belongs to the self-assessment" in str(taker.says("play", scenario=A[0]))
    for letter, names in (("a", A), ("b", B)):
        for _ in names:
            taker.plays(letter)
            taker.says("open", screen="home")
    assert "The new desk" in str(taker.says("open", screen="home"))


def test_the_second_form_opens_after_the_first(taker: Taker) -> None:
    assert "not open yet" in str(taker.says("form", form="b"))
    assert "not open yet" in str(taker.says("form", form="z"))
    assert "not finished yet" in str(taker.says("form_result", form="a"))


def test_nothing_is_told_until_the_end_of_the_form(taker: Taker) -> None:
    seen = taker.plays("a")
    between = seen[-1]
    assert between["screen"] == "form" and "Scenario 1 of 2 is done" in str(between)
    for view in seen:
        told = str([b for b in view["blocks"] if b["type"] not in ("details",)])
        assert "of 100" not in told and "kept" not in told.lower().replace("is kept", "") and "'type': 'meter'" not in told
    assert "of 100" not in str(taker.says("open", screen="progress"))
    assert taker.says("result", run=taker.at.run.id)["screen"] == "form"
    sent: list[Any] = []
    taker.at.handle(SimpleNamespace(send=sent.append), {"type": "save", "run": taker.at.run.id})
    assert sent == [], "nor saved as a file"


def test_how_sure_one_is_is_asked_for_kept_and_a_forged_one_refused(taker: Taker) -> None:
    ask = taker.asks(taker.says("form", form="a"))
    assert [step["value"] for step in ask["sure"]] == [1, 2, 3, 4]
    for forged in (None, 0, 5, "3", True, 2.0):
        refused = taker.says("pick", run=ask["run"], step=1, answer=["1"], sure=forged)
        assert "how sure you are" in str(refused) and taker.at.run.run.picks == ()
    taker.says("pick", run=ask["run"], step=1, answer=["1"], sure=2)
    assert Store(taker.at.store.path.parent).runs_of(taker.at.person)[0].sure == (2,)


def test_in_practice_nobody_is_asked_how_sure_they_are(taker: Taker) -> None:
    assert taker.asks(taker.says("play", scenario="the-eleventh-round"))["sure"] == []


def test_after_both_forms_the_result_shows_score_calibration_and_gain(taker: Taker) -> None:
    for letter in ("a", "a", "b", "b"):
        taker.plays(letter)
    first = str(taker.says("form_result", form="a"))
    assert "100 of 100" in first and "your answer was the best one in" in first and "Before and after" not in first
    second = str(taker.says("form_result", form="b"))
    assert "First form 100, this one 100: +0 points, somewhere from" in second and "How it was worked out" in second


def test_a_form_goes_on_after_a_refresh_where_it_was(taker: Taker, formed: Library) -> None:
    ask = taker.asks(taker.says("form", form="a"))
    taker.says("pick", run=ask["run"], step=1, answer=["1"], sure=4)
    again = Trainee(taker.at.person, formed, Store(taker.at.store.path.parent))
    assert again.first_view()["screen"] == "feedback" and again.run.id == ask["run"]


def test_without_forms_in_the_playbook_nothing_is_offered(library: Library, tmp_path: Path) -> None:
    bare = replace(library, playbook=library.playbook.model_copy(update={"forms": Form()}), folder=None)
    assert "Assess yourself" not in str(Taker(bare, tmp_path, "p1").says("open", screen="home"))


def test_a_form_that_names_what_is_not_there_is_not_offered(library: Library, tmp_path: Path) -> None:
    odd = replace(library, playbook=library.playbook.model_copy(update={"forms": Form(a=("no-such",), b=B)}), folder=None)
    assert "Assess yourself" not in str(Taker(odd, tmp_path, "p1").says("open", screen="home"))
