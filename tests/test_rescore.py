"""Scoring old runs by today's playbook: who changes band and why; what was shown then, and what is kept, stays."""

import csv
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from worlds import option, playbook, played, runs, scenario, scene, steady

from kit.cli import main
from kit.library import Library
from kit.play.rescore import Reason, rescore, rules_that_count
from kit.play.run import Run, pick
from kit.play.score import perfect_run, score
from kit.store.store import Store

BOOK = playbook({"a": 1, "b": 1, "c": 3})
CASE = scenario(scene("first", options=[option("right", "a"), option("wrong")]), scene("last", options=[option("good", "b"), option("bad")]))
HALF = played(Run(CASE, BOOK), ("right",), ("bad",))   # 50 of 100


def test_by_the_same_playbook_nothing_changes() -> None:
    made = rescore(HALF, playbook({"a": 1, "b": 1, "c": 3}))
    assert made.now == made.then and not made.changes_band and not made.changes_score and made.reasons == ()


def test_a_changed_weight_is_named_with_the_points_it_moves() -> None:
    made = rescore(HALF, playbook({"a": 3, "b": 1, "c": 1}))
    assert (made.then.value, made.now.value, made.then.band.title, made.now.band.title) == (50, 75, "band-50", "band-75")
    assert made.changes_band and made.reasons == (Reason("a: weight 1 to 3", 25.0),)   # c is in no scene


def test_weights_that_pull_both_ways_stand_with_the_strongest_first() -> None:
    made = rescore(HALF, playbook({"a": 2, "b": 3, "c": 3}))
    assert [(r.says, round(r.moves, 1)) for r in made.reasons] == [("b: weight 1 to 3", -25.0), ("a: weight 1 to 2", 16.7)]


def test_a_new_red_line_changes_the_band_and_not_the_score() -> None:
    case = scenario(scene("first", options=[option("right", "a"), option("wrong")]),
                    *(scene(f"more-{n}", options=[option("good", "b"), option("bad", breaks="c")]) for n in range(9)))
    light = playbook({"a": 1, "b": 1, "c": 1})
    run = played(Run(case, light), ("right",), *[("good",)] * 8, ("bad",))
    made = rescore(run, playbook({"a": 1, "b": 1, "c": 1}, red=("c",)))
    assert made.then.value == made.now.value == 80 and made.changes_band and not made.changes_score
    assert (made.then.band.title, made.now.band.title) == ("band-75", "band-50")
    assert made.reasons == (Reason("c: now a red line", 0.0),)
    assert rescore(played(Run(case, playbook({"a": 1, "b": 1, "c": 1}, red=("c",))), *run.picks), light).reasons == (Reason("c: no longer a red line", 0.0),)


def test_a_red_line_and_a_weight_are_each_a_reason() -> None:
    case = scenario(scene("first", options=[option("right", "a"), option("wrong")]),
                    *(scene(f"more-{n}", options=[option("good", "b"), option("bad", breaks="c")]) for n in range(9)))
    run = played(Run(case, playbook({"a": 1, "b": 1, "c": 1})), ("right",), *[("good",)] * 8, ("bad",))
    made = rescore(run, playbook({"a": 2, "b": 1, "c": 1}, red=("c",)))
    assert [(r.says, round(r.moves, 1)) for r in made.reasons] == [("a: weight 1 to 2", 1.8), ("c: now a red line", 0.0)]


def test_changes_that_move_a_score_only_together_are_all_named() -> None:
    """No score is below 0: from far below, one change alone does not bring it up."""
    case = scenario(scene("first", options=[option("right", "a"), option("wrong", breaks="c")]), scene("last", options=[option("good", "b"), option("bad")]))
    made = rescore(played(Run(case, BOOK), ("wrong",), ("good",)), playbook({"a": 1, "b": 2, "c": 1}))
    assert (made.then.value, round(made.now.value)) == (0, 33)
    assert made.reasons == (Reason("b: weight 1 to 2", 0.0), Reason("c: weight 3 to 1", 0.0))


def test_bands_drawn_anew_are_a_reason() -> None:
    bands = [{"title": "low", "at_least": 0, "says": "low-says"}, {"title": "high", "at_least": 40, "says": "high-says"}]
    today = BOOK.model_validate({**BOOK.model_dump(mode="json", by_alias=True), "bands": bands})
    made = rescore(HALF, today)
    assert made.changes_band and made.reasons == (Reason("bands drawn anew", 0.0),)


def test_a_vanished_rule_leaves_the_score_as_it_was_and_is_named() -> None:
    made = rescore(HALF, playbook({"b": 2, "c": 1}))
    assert made.now is None and made.vanished == ("a",) and made.then == score(HALF) and not made.changes_band and not made.changes_score


def test_a_vanished_rule_that_no_answer_turns_on_is_no_hindrance() -> None:
    case = scenario(*[s.model_dump(mode="json", exclude_none=True) for s in CASE.scenes], scene("words", "write", rules=["c"], model="So."))
    run = played(Run(case, BOOK), ("right",), ("bad",), ("Mine.",))
    assert rules_that_count(case) == {"a", "b"} and rescore(run, playbook({"a": 1, "b": 1})).now.value == 50


def test_the_way_taken_then_is_kept_even_where_todays_outcome_would_be_another() -> None:
    """Where it led is what the person saw: an outcome is chosen by shares, and shares turn on weights."""
    blocks = [option("one", "a"), option("two", "b"), *(option(f"none-{n}") for n in range(3))]
    outcomes = [{"at_least": 0.7, "next": "good-way"}, {"next": "last"}]
    case = scenario(scene("letter", "compose", blocks=blocks, outcomes=outcomes),
                    scene("good-way", options=[option("right", "a"), option("wrong")]), scene("last", options=[option("good", "b"), option("bad")]))
    run = played(Run(case, playbook({"a": 1, "b": 3})), ("two",), ("wrong",), ("good",))
    made = rescore(run, playbook({"a": 3, "b": 1}))
    assert [v.stake for v in made.now.verdicts] == [4, 3, 1]


def test_an_unfinished_run_has_nothing_to_score_again() -> None:
    with pytest.raises(ValueError, match="finished"):
        rescore(played(Run(CASE, BOOK), ("right",)), BOOK)


@steady
@given(runs(), st.data())
def test_scored_again_is_scored_by_todays_playbook_and_every_change_has_a_reason(run: Run, data: st.DataObject) -> None:
    weights = {rule: data.draw(st.integers(1, 3)) for rule in run.playbook.rule}
    red = data.draw(st.sets(st.sampled_from(sorted(weights)), max_size=2))
    before = score(run)
    today = playbook(weights, red=tuple(red), pass_mark=data.draw(st.sampled_from([60, 75])))
    made = rescore(run, today)
    assert made.then == before == score(run) and made.now == score(run, today)
    assert bool(made.reasons) == (made.changes_score or made.changes_band)


# --- the command ------------------------------------------------------------------------------------------

@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, and a library of one's own that can be changed."""
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "data"))
    shutil.copytree(Path(__file__).parent.parent / "scenarios", tmp_path / "scenarios")
    monkeypatch.setenv("KIT_SCENARIOS", str(tmp_path / "scenarios"))
    return tmp_path / "data"


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def change(data: Path, old: str, new: str) -> None:
    path = data.parent / "scenarios" / "playbook.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def plays_perfectly(data: Path, library: Library) -> None:
    """Ann, to the end of a scenario; and Bo, who leaves after the first scene."""
    store = Store(data)
    scenario_ = library.ready[0]
    for person, name, most in (("ann", "Ann Example", 99), ("bo", "Bo", 1)):
        store.name_person(person, name)
        stored = store.start_run(person, scenario_, library.playbook, mode="practice")
        for answer in perfect_run(scenario_, library.playbook).picks[:most]:
            stored = store.add_pick(stored, pick(stored.run, answer))


def test_rescore_tells_who_changes_band_and_writes_nothing_to_the_store(data: Path, library: Library, tmp_path: Path) -> None:
    plays_perfectly(data, library)
    before = {p.name: Store(data).export_person(p.name) for p in map(Path, ("ann", "bo"))}
    assert "1 finished run: 0 in another band, 0 with another score in the same band, 1 as before" in run("rescore")[1]
    change(data, "title: High note", "title: Top of the scale")
    code, told = run("rescore", "--to", tmp_path / "again.csv")
    assert code == 0 and "1 in another band" in told
    assert "(100 High note -> 100 Top of the scale) bands drawn anew (alone +0.0)" in told and "Ann Example" in told
    rows = list(csv.DictReader((tmp_path / "again.csv").open(encoding="utf-8", newline="")))
    assert [(r["band_then"], r["band_now"], r["changes_band"], r["name"]) for r in rows] == [("High note", "Top of the scale", "yes", "")]
    run("rescore", "--to", tmp_path / "named.csv", "--names")
    assert "Ann Example" in (tmp_path / "named.csv").read_text(encoding="utf-8")
    assert {p.name: Store(data).export_person(p.name) for p in map(Path, ("ann", "bo"))} == before


def test_rescore_says_which_rule_is_gone_and_leaves_that_score(data: Path, library: Library, tmp_path: Path) -> None:
    plays_perfectly(data, library)
    gone = min(rules_that_count(library.ready[0]))
    change(data, f"id: {gone}\n", f"id: {gone}-renamed\n")
    code, told = run("rescore", "--to", tmp_path / "again.csv")
    assert code == 0 and "1 that cannot be scored again" in told
    assert f"(stays 100 High note) The playbook no longer has: {gone}. The score stays as it was." in told
    row = next(csv.DictReader((tmp_path / "again.csv").open(encoding="utf-8", newline="")))
    assert (row["score_now"], row["vanished"], row["score_then"]) == ("", gone, "100.0")


def test_rescore_with_a_broken_playbook_says_so(data: Path) -> None:
    change(data, "bands:", "bnads:")
    code, told = run("rescore")
    assert code == 2 and "The playbook cannot be used" in told


def test_rescore_of_nobody_says_so(data: Path) -> None:
    code, told = run("rescore")
    assert code == 0 and "0 finished runs" in told
