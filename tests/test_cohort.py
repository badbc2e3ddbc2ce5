"""Cohort figures by hand-worked numbers: small numbers, versions apart, first finished runs only; and what must always hold."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import World, answers, option, playbook, played, runs, scenario, scene, steady, worlds

from kit.content.playbook import Rule
from kit.content.scenario import Scenario
from kit.play.run import Run, pick
from kit.play.score import score
from kit.report.cohort import ALL, Cohort, Count, times_of
from kit.report.finished import Finished, Reader, first_finished, spent
from kit.stats.few import Share, share_of
from kit.stats.intervals import wilson

NOON = datetime(2026, 10, 3, 12, tzinfo=UTC)
BOOK = playbook({"a": 3, "b": 2, "c": 1, "d": 2})   # a and c are of skill-0, b and d of skill-1
CASE = scenario(
    scene("first", options=[option("best", "a b", next="second"), option("half", "a", next="second"), option("bad", breaks="d", next="end")]),
    scene("second", "compose", blocks=[option("one", "c", place=1), option("two", "d", place=2), option("no", breaks="a"), option("x"), option("y")],
          outcomes=[{"at_least": 0.9, "reply": "Yes."}, {"at_least": 0.3, "reply": "Well."}, {"reply": "No."}]),
    scene("third", "write", rules=["a"], model="So."))
WELL = (("half",), ("one",), ("Some words.",))    # keeps a, misses b; keeps c, misses d


@dataclass(frozen=True)
class Kept:
    """A run as the store would keep it."""

    id: str
    person: str
    run: Run
    started_at: str = NOON.isoformat()
    picked_at: tuple[str, ...] = ()
    read_at: tuple[str, ...] = ()


def at(*seconds: float) -> tuple[str, ...]:
    return tuple((NOON + timedelta(seconds=s)).isoformat(timespec="milliseconds") for s in seconds)


def kept(name: str, run: Run, *, person: str = "", started: float = 0) -> Kept:
    picked = at(*(started + 60 * n for n in range(1, len(run.picks) + 1)))
    return Kept(name, person or name, run, at(started)[0], picked, picked)


def run_of(*picks: tuple[str, ...], case: Scenario = CASE) -> Run:
    return played(Run(case, BOOK), *picks)


def firsts(*stored: Kept) -> list[Finished]:
    reader = Reader()
    return first_finished(made for one in stored if (made := reader.finished(one)))


def cohort(*stored: Kept) -> Cohort:
    return Cohort(firsts(*stored))


def by_rule(rule: Rule) -> str:
    return rule.id


def by_competency(rule: Rule) -> str:
    return rule.competency


def counted(count: Count) -> tuple[int, int, int]:
    return count.kept, count.missed, count.broken


# --- counting -------------------------------------------------------------------------------------------------

def test_kept_missed_and_broken_are_counted_by_rule() -> None:
    counts = cohort(kept("p", run_of(*WELL)), kept("q", run_of(("bad",)))).counts(by_rule)
    assert {rule: counted(columns[ALL]) for rule, columns in counts.items()} == {
        "a": (1, 1, 0), "b": (0, 2, 0), "c": (1, 0, 0), "d": (0, 1, 1)}   # the bad option misses a and b, too, and breaks d


def test_a_competency_counts_occasions_and_its_share_is_by_weight() -> None:
    stored = [kept(f"p{n}", run_of(*WELL)) for n in range(20)] + [kept(f"q{n}", run_of(("bad",))) for n in range(20)]
    skill = cohort(*stored).counts(by_competency)["skill-0"][ALL]
    assert counted(skill) == (40, 20, 0)                       # a kept 20 and missed 20 (weight 3), c kept 20 (weight 1)
    assert skill.figure == Share(60, 80 / 140)                # (3 x 20 + 1 x 20) / (3 x 40 + 1 x 20); 40 of 60 would be unweighted


def test_an_interval_counts_unequal_weights_for_less() -> None:
    count = Count()
    count.add("kept", 3, 20)
    count.add("missed", 1, 20)
    low, high = wilson(0.75, 80 ** 2 / 200)    # weights: sum 20 x 3 + 20 x 1, squares 20 x 9 + 20 x 1; 32 equal answers of 40
    assert count.figure == Share(40, 0.75, low, high)


@pytest.mark.parametrize(("n", "has_share", "has_interval"), [(0, False, False), (1, False, False), (29, False, False), (30, True, True), (59, True, True), (60, True, False), (500, True, False)])
def test_a_share_stands_from_30_and_without_its_interval_from_60(n: int, has_share: bool, has_interval: bool) -> None:
    made = share_of(0.5, n)
    assert (made.share is not None, made.low is not None, made.high is not None) == (has_share, has_interval, has_interval)


def test_the_interval_is_wilsons_at_90_per_cent() -> None:
    made = share_of(0.5, 30)
    assert (round(made.low or 0, 3), round(made.high or 0, 3)) == (0.356, 0.644)   # 0.5 +- 1.645 / (30 + 1.645^2) x sqrt(30/4 + 1.645^2/4)


def test_every_way_through_a_scene_is_counted_in_the_order_of_the_file() -> None:
    made = cohort(kept("p", run_of(*WELL)), kept("q", run_of(("bad",))), kept("r", run_of(("best",), ("one", "two"), ("w",))))
    version = made.versions[0].version
    first, second, third = ([(p.part, p.times, p.is_best) for p in made.picks(version, one)] for one in CASE.scenes)
    assert first == [("best", 1, True), ("half", 1, False), ("bad", 1, False)]
    assert second == [("0", 1, True), ("1", 1, False), ("2", 0, False)]       # one of two blocks worth 1 and 2: a third of the stake
    assert [(part, times) for part, times, _ in third] == [("", 2)]


def test_naming_best_and_worst_counts_under_the_one_named_best() -> None:
    case = scenario(scene("s", "best_and_worst", options=[option("w", "a"), option("x", "b"), option("y"), option("z", breaks="c")]))
    made = cohort(*(kept(f"p{n}", run_of((best, "z"), case=case)) for n, best in enumerate("wwx")))
    assert [(p.part, p.times, p.is_best) for p in made.picks(made.versions[0].version, case.scenes[0])] == [("w", 2, True), ("x", 1, False), ("y", 0, False), ("z", 0, False)]


def test_a_scene_that_nobody_came_to_has_no_picks() -> None:
    made = cohort(kept("q", run_of(("bad",))))
    assert made.picks(made.versions[0].version, CASE.scenes[1]) == []


# --- which runs count ---------------------------------------------------------------------------------------------

def test_only_the_first_finished_run_of_a_scenario_counts() -> None:
    unfinished = kept("1", run_of(("half",)), person="p")
    first, again = kept("2", run_of(("bad",)), person="p", started=100), kept("3", run_of(*WELL), person="p", started=200)
    other = kept("4", run_of(*WELL, case=CASE.model_copy(update={"id": "another"})), person="p", started=300)
    assert [one.id for one in firsts(unfinished, first, again, other)] == ["2", "4"]
    assert cohort(unfinished, first, again, other).people == 1


def test_an_unfinished_run_does_not_count() -> None:
    made = cohort(kept("p", run_of(("best",))))
    assert (made.people, made.runs, made.versions, dict(made.counts(by_rule))) == (0, 0, [], {})


def test_versions_of_a_scenario_are_not_pooled() -> None:
    newer = CASE.model_copy(update={"summary": "Said anew."})
    made = cohort(*(kept(f"o{n}", run_of(("bad",))) for n in range(40)), *(kept(f"n{n}", run_of(*WELL, case=newer), started=86400) for n in range(25)))
    assert [(v.number, v.of, v.runs, v.since[:10]) for v in made.versions] == [(1, 2, 40, "2026-10-03"), (2, 2, 25, "2026-10-04")]
    a = made.counts(by_rule)["a"]
    assert [counted(a[v.version.hash]) for v in made.versions] == [(0, 40, 0), (25, 0, 0)]
    assert [p.times for v in made.versions for p in made.picks(v.version, CASE.scenes[0])] == [0, 0, 40, 0, 25, 0]
    assert [p.figure.share for p in made.picks(made.versions[1].version, CASE.scenes[0])] == [None] * 3, "25 answers, though 65 with the older version"


def test_a_version_is_known_by_its_content_and_not_by_its_object() -> None:
    same = Scenario.model_validate(CASE.model_dump())
    made = cohort(kept("p", run_of(*WELL)), kept("q", run_of(*WELL, case=same)))
    assert [(v.runs, v.of) for v in made.versions] == [(2, 1)]
    assert made.picks(made.versions[0].version, CASE.scenes[0])[1].times == 2


# --- time -----------------------------------------------------------------------------------------------------------

def test_seconds_run_from_the_start_or_from_having_read_what_came_before() -> None:
    stored = Kept("p", "p", run_of(*WELL), picked_at=at(30, 100, 190), read_at=at(60, 120, 200))
    assert spent(stored) == ((30, 40, 70), 200 / 60)


def test_without_a_reading_time_seconds_run_from_the_answer_before() -> None:
    assert spent(Kept("p", "p", run_of(*WELL), picked_at=at(30, 100, 190), read_at=at(60)))[0] == (30, 40, 90)


def test_whoever_went_away_for_more_than_half_an_hour_is_left_out() -> None:
    answered, minutes = spent(Kept("p", "p", run_of(*WELL), picked_at=at(1800, 3601, 3700), read_at=at(1800, 3601, 3700)))
    assert (answered, minutes) == ((1800, None, 99), 1899 / 60)


def test_a_middle_value_is_the_median_of_what_is_known() -> None:
    assert times_of([10, None, 30, 20, 1000]) == times_of([1000, 20, 30, 10, None])
    assert (times_of([10, None, 30, 20, 1000]).middle, times_of([10, None, 30]).left_out, times_of([None]).middle) == (25, 1, None)


def test_times_are_kept_by_version_and_scene() -> None:
    made = cohort(kept("p", run_of(*WELL)), kept("q", run_of(("bad",))))
    assert [made.seconds(made.versions[0].version, one).n for one in CASE.scenes] == [2, 1, 1]


# --- what always holds ------------------------------------------------------------------------------------------------

@steady
@given(runs())
def test_one_run_counts_as_its_score_does(run: Run) -> None:
    made, result = cohort(kept("p", run)), score(run)
    rules = {rule: counted(columns[ALL]) for rule, columns in made.counts(by_rule).items()}
    assert rules == {c.rule: (c.kept, c.missed, c.broken) for c in result.rules}
    shares = {name: columns[ALL].weight_kept / columns[ALL].weight for name, columns in made.counts(by_competency).items()}
    assert shares == pytest.approx({c.competency: c.share for c in result.competencies})


@steady
@given(runs(finished=False))
def test_a_run_counts_just_when_it_is_over(run: Run) -> None:
    made = Reader().finished(kept("p", run))
    assert (made is not None) == run.is_over
    assert made is None or [judged.scene.id for judged in made.path] == [step.scene.id for step in run.steps]


@steady
@given(worlds(), st.data())
def test_occasions_and_picks_add_up(world: World, data: st.DataObject) -> None:
    stored = []
    for n in range(data.draw(st.integers(1, 6))):
        run = Run(world.scenario, world.playbook)
        while run.scene:
            run = pick(run, data.draw(answers(run.scene)))
        stored.append(kept(f"p{n}", run))
    made = cohort(*stored)
    for columns in (*made.counts(by_rule).values(), *made.counts(by_competency).values()):
        assert columns[ALL].n == columns[ALL].kept + columns[ALL].missed + columns[ALL].broken == sum(c.n for name, c in columns.items() if name != ALL)
    together = [sum(columns[ALL].n for columns in made.counts(group).values()) for group in (by_rule, by_competency)]
    verdicts = [step.verdict for one in stored for step in one.run.steps]
    assert together == [sum(len(v.keeps) + len(v.misses) + len(v.breaks) for v in verdicts)] * 2
    came = sum(p.times for one in world.scenario.scenes for p in made.picks(made.versions[0].version, one))
    assert came == sum(len(one.run.picks) for one in stored)


@steady
@given(runs())
def test_somebodys_second_run_changes_nothing(run: Run) -> None:
    first = kept("1", run, person="p")
    assert cohort(first, replace(first, id="2")).counts(by_rule) == cohort(first).counts(by_rule)
