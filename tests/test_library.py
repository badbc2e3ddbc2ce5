"""The library as a whole: what it practises, whether its surface gives answers away, and that each best path reads as it did."""

import csv
import io
import json
import os
from pathlib import Path
from random import Random

import pytest
from conftest import ROOT
from worlds import option, playbook, scenario, scene

from kit.commands.checking.library import matrix, report
from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, Compose, Order, Scenario, Write
from kit.library import Library
from kit.play.answer import best_answer, judge
from kit.play.coverage import coverage, gaps
from kit.play.fairness import decisions_of, learn, most_passes, play_simply, train
from kit.play.pairs import pairs
from kit.play.score import perfect_run
from kit.play.surface import FEATURES, counts, features
from kit.ui.script_views import script
from kit.ui.terminal import draw

GOLDEN = ROOT / "tests" / "golden"
READINGS = ROOT / "tests" / "readings"   # what blind readers chose, and what one chose without the situation: docs/blind-reading.md


# --- coverage -----------------------------------------------------------------------------------------------------------

def test_every_claim_cause_side_phase_level_and_way_to_ask_is_practised(library: Library) -> None:
    assert [gap for gap in gaps(library.ready, library.playbook) if "The rule" not in gap] == []


def test_the_matrix_adds_up(library: Library) -> None:
    rows = list(csv.DictReader(io.StringIO(matrix(library.ready, library.playbook))))
    ids = [s.id for s in library.ready]
    assert all(int(row["scenes"]) == sum(int(row[name]) for name in ids) for row in rows)
    assert sum(int(row["scenes"]) for row in rows if row["kind"] == "ask") == sum(len(s.scenes) for s in library.ready)
    assert {row["name"] for row in rows if row["kind"] == "rule"} == set(library.playbook.rule)


def test_what_is_missing_is_said(library: Library) -> None:
    told = gaps(library.ready[:1], library.playbook)
    assert any("cause" in gap for gap in told) and any("is at stake in" in gap for gap in told)


def test_a_rule_counts_once_a_scene_in_coverage() -> None:
    book = playbook({"a": 1, "b": 2})
    case = scenario(scene("one", options=[option("x", "a"), option("y", breaks="a")]))
    row = next(r for r in coverage([case], book) if (r.kind, r.name) == ("rule", "a"))
    assert row.total == 1 and row.scenes == {case.id: 1}


# --- what readers chose ---------------------------------------------------------------------------------------------------

def chose_the_best(scene: AnyScene, chosen: list[str], playbook: Playbook) -> bool:
    """The best option (of best and worst: the best), the exact parts, or the exact order (as far as it is one)."""
    best = best_answer(scene, playbook)
    if isinstance(scene, Order):
        return judge(scene, tuple(chosen), playbook).value == judge(scene, best, playbook).value
    return set(chosen) == set(best) if isinstance(scene, Compose) else chosen[:1] == list(best[:1])


@pytest.mark.parametrize("reader", ["reader-1", "reader-2"])
@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*-*.yaml")), ids=lambda path: path.stem)
def test_blind_readers_chose_what_the_key_says_in_four_scenes_of_five(path: Path, reader: str, library: Library) -> None:
    chosen = json.loads((READINGS / f"{reader}.json").read_text(encoding="utf-8"))[path.stem]
    scenes = [scene for scene in next(s for s in library.ready if s.id == path.stem).scenes if not isinstance(scene, Write)]
    unread = [scene.id for scene in scenes if scene.id not in chosen or not set(chosen[scene.id]) <= {part.id for part in scene.parts}]
    assert not unread, f"changed since it was read: let somebody read it again (docs/blind-reading.md): {unread}"
    right = [chose_the_best(scene, chosen[scene.id], library.playbook) for scene in scenes]
    assert sum(right) >= 0.8 * len(right), [scene.id for scene, is_right in zip(scenes, right, strict=True) if not is_right]


def test_the_library_has_its_pairs(library: Library) -> None:
    assert len(pairs(library.ready, library.playbook)) >= 12


# --- fairness -----------------------------------------------------------------------------------------------------------

BOOK = playbook({"a": 2})
NEUTRAL = "the river runs past our yard and down to the mill where they wait for the barge".split()


def cued(name: str, dice: Random, *, cue: bool) -> Scenario:
    """A scenario whose best options are polite, if there is a cue; else nothing tells them."""
    scenes = []
    for n in range(6):
        words = [dice.sample(NEUTRAL, 12) for _ in range(4)]
        if cue:
            words[0][:2] = ["thanks", "please"]
        options = [option(f"o{k}", *(("a",) if k == 0 else ()), text=" ".join(some)) for k, some in enumerate(words)]
        scenes.append(scene(f"s{n}", options=options))
    return scenario(*scenes, name=name)


def test_the_learner_finds_a_cue_and_no_cue_where_there_is_none() -> None:
    dice = Random(1)
    with_cue = learn([cued(f"case-{n}", dice, cue=True) for n in range(8)], BOOK)
    without = learn([cued(f"case-{n}", dice, cue=False) for n in range(8)], BOOK)
    assert sum(g.right for g in with_cue) / sum(g.decisions for g in with_cue) > 0.9
    assert sum(g.right for g in without) / sum(g.decisions for g in without) < 0.5


def test_the_learner_gives_the_cue_the_weight() -> None:
    weights = dict(zip(FEATURES, train([d for n in range(6) for d in decisions_of(cued(f"c{n}", Random(n), cue=True), BOOK)]), strict=True))
    assert max(weights, key=lambda name: weights[name]) == "polite"


def test_a_simple_strategy_that_follows_the_cue_wins_and_the_others_do_not() -> None:
    played = {p.strategy: p.mean for p in play_simply([cued(f"case-{n}", Random(n), cue=True) for n in range(4)], BOOK, shuffles=30)}
    assert played["the politest"] == 100 and abs(played["the first"] - played["by chance"]) < 20


def test_features_are_distances_from_the_scene_s_mean() -> None:
    case = cued("case", Random(2), cue=True)
    rows = features(case.scenes[0].options, BOOK)
    assert all(abs(sum(column)) < 1e-9 for column in zip(*rows, strict=True))
    assert counts("Please, may I thank you? No: 3 of 4.", frozenset({"thank"}))["polite"] == 2


@pytest.mark.parametrize(("runs", "rate", "most"), [(100, 0.0, 0), (100, 0.5, 62), (1000, 0.01, 18)])
def test_the_most_passes_by_chance_are_the_binomial_s(runs: int, rate: float, most: int) -> None:
    """Binomial quantiles at 99 %, as scipy.stats.binom.ppf gives them."""
    assert most_passes(runs, rate) == most


def test_the_report_says_what_lies_beyond_a_bar(library: Library) -> None:
    told = report(library.ready[:3], library.playbook, shuffles=5)
    assert "A learner that sees only the surface" in told and "by chance" in told and "What 3 scenarios practise" in told


# --- golden transcripts -----------------------------------------------------------------------------------------------

def transcript(scenario_: Scenario, library: Library) -> str:
    return draw(script(perfect_run(scenario_, library.playbook))) + "\n"


def names() -> list[str]:
    return sorted(p.stem for p in (ROOT / "scenarios").glob("*.yaml") if p.name != "playbook.yaml")


@pytest.mark.parametrize("name", names())
def test_the_best_path_reads_as_it_did(name: str, library: Library) -> None:
    """A change of words is a change of the golden transcript, to be read in the same commit: HIGH_NOTE_GOLDEN=write writes them anew."""
    found = next((s for s in library.ready if s.id == name), None)
    assert found is not None, f"{name} is not ready, or does not load"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("HIGH_NOTE_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(transcript(found, library), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == transcript(found, library)


def test_no_transcript_is_left_of_a_scenario_that_is_gone() -> None:
    assert {p.stem for p in GOLDEN.glob("*.txt")} == set(names())
