"""What is proved of a scenario, against every answer tried one by one."""

import random

import pytest
from hypothesis import given
from worlds import World, best_by_outcome, every_answer, every_run, option, outcomes_of, playbook, scenario, scene, steady, worlds

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.content.values import canonical
from kit.library import Library
from kit.play.answer import judge, outcome_of
from kit.play.figures import count_paths, prove, random_answer
from kit.play.prove import check_whole, path_losses, reachable, ways_on
from kit.play.run import Run
from kit.play.score import perfect_run

BOOK = playbook({"a": 2, "b": 3, "c": 1, "d": 1})
NEAR = 1e-9
Path = tuple[tuple[str, int], ...]


def _path(run: Run) -> Path:
    """The sequence of scenes and outcomes."""
    return tuple((s.scene.id, next((n for n, o in enumerate(outcomes_of(s.scene)) if o is s.outcome), 0)) for s in run.steps)


def _totals(run: Run) -> tuple[float, float]:
    return sum(s.verdict.stake for s in run.steps), sum(s.verdict.lost for s in run.steps)


def _reached(runs: list[Run]) -> set[str]:
    return {s.scene.id for run in runs for s in run.steps} | {run.ending.id for run in runs}


def _least_losses(runs: list[Run]) -> dict[float, float]:
    least: dict[float, float] = {}
    for stake, lost in map(_totals, runs):
        least[stake] = min(lost, least.get(stake, lost))
    return least


# --- the worlds by chance themselves ------------------------------------------------------------------------------

@steady
@given(worlds())
def test_a_world_by_chance_passes_the_checker(world: World) -> None:
    assert not [problem for problem in check_whole(world.scenario, world.playbook) if problem.code.startswith("E")]


@steady
@given(worlds(most_scenes=2, asks=("choose", "order", "write")))
def test_the_dearest_answer_for_each_outcome_stands_for_every_single_answer(world: World) -> None:
    """What the other tests here take for every run is no less than every run."""
    dearest, every = (list(every_run(world.scenario, world.playbook, letters=letters)) for letters in (False, True))
    assert set(map(_path, dearest)) == set(map(_path, every))
    assert _least_losses(dearest) == pytest.approx(_least_losses(every))


# --- against every answer ------------------------------------------------------------------------------------------

@steady
@given(worlds(most_scenes=3))
def test_paths_are_counted_as_walking_every_one_of_them_counts_them(world: World) -> None:
    assert count_paths(world.scenario, world.playbook) == len(set(map(_path, every_run(world.scenario, world.playbook))))


@steady
@given(worlds(most_scenes=3))
def test_what_can_be_reached_is_what_some_run_reaches(world: World) -> None:
    assert reachable(world.scenario, world.playbook) == _reached(list(every_run(world.scenario, world.playbook)))


@steady
@given(worlds(most_scenes=3))
def test_the_least_that_can_be_lost_is_what_the_best_runs_lose(world: World) -> None:
    found = path_losses(world.scenario, world.playbook)
    assert found == pytest.approx(_least_losses(list(every_run(world.scenario, world.playbook))), abs=NEAR)


@steady
@given(worlds(most_scenes=2))
def test_the_ways_on_from_a_scene_are_those_of_its_answers_at_their_best(world: World) -> None:
    for here in world.scenario.scenes:
        expected = []
        for answer in best_by_outcome(here, world.playbook):
            outcome = outcome_of(here, answer, world.playbook)
            target = world.scenario.target(here.id, outcome.next)
            expected.append((target, outcome.trust, round(judge(here, answer, world.playbook).value, 6)))
        found = [(way.target, way.trust, round(way.value, 6)) for way in ways_on(world.scenario, here, world.playbook)]
        assert sorted(found) == sorted(expected)


def test_the_best_value_after_naming_the_worst_as_best_does_not_name_the_best_as_worst() -> None:
    """Best 3, so naming `low` (-1) best and a middling one worst is worth 3/4 x -1; naming the best as worst takes off 3/4 more."""
    here = scene("s", "best_and_worst", options=[option("best", "b"), option("mid"), option("more", "a"), option("low", breaks="c", trust=-1)])
    case = scenario(here)
    (way,) = (way for way in ways_on(case, case.scenes[0], BOOK) if way.trust == -1)
    assert way.value == pytest.approx(-0.75)


def test_scenes_and_endings_that_nobody_reaches_are_not_reachable() -> None:
    endings = [{"id": name, "title": name, "text": name, "trust": trust} for name, trust in (("warm", "6-10"), ("cold", "0-5"))]
    case = scenario(scene("first", options=[option("right", "a", next="end", trust=-1), option("wrong", next="end")]),
                    scene("island", options=[option("right", "a"), option("wrong")]), endings=endings)
    assert reachable(case, BOOK) == {"first", "cold"}
    assert {p.way for p in check_whole(case, BOOK) if p.code == "E340"} == {("scenes", 1), ("endings", 0)}


def test_paths_multiply_along_a_row_and_add_up_at_a_fork() -> None:
    parts = [option("right", "a"), option("middling", "c"), option("wrong")]
    assert count_paths(scenario(*(scene(f"s-{n}", options=parts) for n in range(6))), BOOK) == 3**6
    fork = [option("right", "a", next="last"), option("wrong")]
    assert count_paths(scenario(scene("fork", options=fork), scene("detour", options=parts), scene("last", options=parts)), BOOK) == 3 + 3 * 3


def test_an_outcome_that_no_answer_brings_is_no_path() -> None:
    """Three steps in a row have three pairs: shares are 1, 1/3 and 0, and nothing lies between 0.4 and 0.9."""
    steps = [{"id": str(n), "text": "Do it.", "place": n} for n in (1, 2, 3)]
    outcomes = [{"at_least": 0.9}, {"at_least": 0.4}, {}]
    assert count_paths(scenario(scene("s", "order", steps=steps, keeps=["a"], outcomes=outcomes)), BOOK) == 2


def test_an_outcome_that_only_a_wrong_order_brings_is_a_path() -> None:
    """2, 3 and 1 to keep: in the right order the shares are 1, 5/6 and less; one pair of three inverted makes it 0.93."""
    blocks = [option("one", "a", place=1), option("two", "b", place=2), option("three", "c", place=3), option("four"), option("five")]
    outcomes = [{"at_least": 1}, {"at_least": 0.9}, {}]
    assert count_paths(scenario(scene("s", "compose", blocks=blocks, outcomes=outcomes)), BOOK) == 3


# --- warnings that need a walk -----------------------------------------------------------------------------------

def _codes(case: Scenario, book: Playbook = BOOK) -> set[str]:
    return {problem.code for problem in check_whole(case, book)}


SCENES = [scene(f"s-{n}", options=[option("right", "a"), option("wrong", breaks="c")]) for n in range(5)]


def test_a_short_path_that_reaches_the_pass_mark_is_warned_of() -> None:
    out = [option("stay", "b"), option("leave", "b d", breaks="a", next="end"), option("wrong", breaks="c")]
    costly = scenario(scene("fork", options=out), *SCENES)
    assert "W351" not in _codes(costly)
    out[1] = option("leave", "a", next="end")     # 2 of 3 kept: 67
    assert "W351" not in _codes(scenario(scene("fork", options=out), *SCENES))
    out[0:2] = [option("stay", "a b"), option("leave", "b d", next="end")]    # 4 of 5 kept: 80
    assert "W351" in _codes(scenario(scene("fork", options=out), *SCENES))


def test_a_weaker_option_that_opens_the_better_road_is_warned_of() -> None:
    """`better` loses 1 of the 3 on its short way: 67. `weaker` loses 2 of the 13 on its long one: 85."""
    fork = [option("best", "b"), option("better", "a", next="end"), option("weaker", "c"), option("wrong", breaks="b d")]
    (found,) = (p for p in check_whole(scenario(scene("fork", options=fork), *SCENES), BOOK) if p.code == "W352")
    assert found.way == ("scenes", 0, "options", 2)
    fork[1] = option("better", "a")
    assert "W352" not in _codes(scenario(scene("fork", options=fork), *SCENES))


def test_one_scene_with_too_much_of_the_stake_is_warned_of_when_the_scenario_is_ready() -> None:
    heavy = scene("heavy", options=[option("right", "a b c d"), option("wrong", breaks="c")])
    assert "W350" not in _codes(scenario(heavy, *SCENES))
    assert "W350" in _codes(scenario(heavy, *SCENES, status="ready"))


def test_the_best_ending_is_the_one_that_perfect_play_reaches() -> None:
    endings = [{"id": "warm", "title": "w", "text": "w", "trust": "6-10"}, {"id": "cold", "title": "c", "text": "c", "trust": "0-5", "best": True}]
    case = scenario(scene("s", options=[option("right", "a", trust=1), option("wrong", breaks="c")]), endings=endings)
    assert "W341" in _codes(case)
    assert perfect_run(case, BOOK).ending.id == "warm"


# --- figures ------------------------------------------------------------------------------------------------

@steady
@given(worlds(most_scenes=2))
def test_an_answer_by_chance_is_one_that_the_scene_can_take(world: World) -> None:
    for here in world.scenario.scenes:
        if here.ask != "write":
            assert random_answer(here, random.Random(canonical(world.scenario))) in every_answer(here)


def test_every_answer_by_chance_is_as_likely_as_another() -> None:
    case = scenario(scene("s", "best_and_worst", options=[option(name) for name in ("w", "x", "y", "z")]))
    dice = random.Random(1)
    drawn = [random_answer(case.scenes[0], dice) for _ in range(1200)]
    assert all(abs(drawn.count(answer) - 100) < 50 for answer in every_answer(case.scenes[0]))


def test_mean_scores_are_those_of_the_answers_by_their_chances() -> None:
    """One scene, 2 at stake: right 100, half 50, wrong 0. By chance (100 + 50 + 0) / 3; with skill 0.7 x 100 + 0.3 x (50 + 0) / 2."""
    case = scenario(scene("s", options=[option("right", "a"), option("half", "c"), option("wrong")]))
    figures = prove(case, BOOK, runs=4000)
    assert figures.random_mean == pytest.approx(50, abs=3)
    assert figures.skilled_mean == pytest.approx(77.5, abs=3)
    assert (figures.paths, figures.stakes, figures.endings) == (3, (2,), ("over",))


def test_figures_are_the_same_every_time(library: Library) -> None:
    case = library.scenarios[0]
    assert prove(case, library.playbook, runs=50) == prove(case, library.playbook, runs=50)


def test_in_the_shipped_scenarios_skill_pays_and_every_ending_can_be_reached(library: Library) -> None:
    for case in library.ready:
        figures = prove(case, library.playbook, runs=300)
        assert figures.random_mean < figures.skilled_mean < 100
        assert set(figures.endings) == set(case.ending)
        assert count_paths(case, library.playbook) == figures.paths
