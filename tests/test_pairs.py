"""Pairs of scenes in which one fact differs, and with it the best option: found once from either side, checked at their line, told to facilitators alone."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from content import PLAYBOOK, edit
from hypothesis import given
from hypothesis import strategies as st
from worlds import option, playbook, scenario, scene, steady

from kit.cli import main
from kit.commands.checking import check_paths
from kit.commands.checking.library import LEAST_PAIRS, matrix, report
from kit.commands.checking.watch import Watch
from kit.content.read import keys_at
from kit.content.scenario import Scenario
from kit.content.values import canonical
from kit.desk.desk import Desk
from kit.library import load
from kit.play.pairs import Pair, pairs, seen_from
from kit.play.run import Run, pick
from kit.play.score import perfect_run
from kit.store.store import Store
from kit.ui import views
from kit.ui.desk_views import run_sheet
from kit.ui.print_views import handout
from kit.ui.result_views import result
from kit.ui.script_views import script
from kit.ui.terminal import draw

BOOK = playbook({"a": 2})
FACT = "There she has asked for a letter."


def with_options(texts: list[str], best: str, name: str, **more: Any) -> dict[str, Any]:
    return scene(name, options=[option(f"o{n}", *(("a",) if text == best else ()), text=text) for n, text in enumerate(texts)], **more)


def two(here: dict[str, Any], there: dict[str, Any], *, inside: bool = False) -> list[Scenario]:
    """One scenario of both scenes, or two of one each."""
    return [scenario(here, there, name="one")] if inside else [scenario(here, name="one"), scenario(there, name="two")]


def ends(found: tuple[Pair, ...]) -> list[tuple[tuple[str, str, str], ...]]:
    return [tuple((side.scenario, side.scene, side.best) for side in pair.sides) for pair in found]


# --- which there are --------------------------------------------------------------------------------------------------

TEXTS = st.lists(st.sampled_from(["Ring her.", "Write.", "Wait.", "Ask Sami.", "Go there."]), min_size=2, max_size=4, unique=True)


@st.composite
def two_scenes(draw: st.DrawFn) -> tuple[tuple[list[str], str], tuple[list[str], str]]:
    """The options of two scenes, and which of each is the best; often, and not always, a pair."""
    here, there = draw(TEXTS), draw(TEXTS)
    both = [text for text in here if text in there]
    among = draw(st.sampled_from([both, here + there] if len(both) > 1 else [here + there]))
    return tuple((texts, draw(st.sampled_from([text for text in among if text in texts]))) for texts in (here, there))


@steady
@given(two_scenes(), st.booleans())
def test_a_pair_is_the_same_from_whichever_side_it_is_written_and_from_both(drawn: Any, inside: bool) -> None:
    (here, best), (there, best_there) = drawn
    to_there = {"pairs_with": {"scenario": "one" if inside else "two", "scene": "t", "fact": FACT}}
    to_here = {"pairs_with": {"scenario": "one", "scene": "h", "fact": "There she is silent."}}
    found = [pairs(two(with_options(here, best, "h", **a), with_options(there, best_there, "t", **b), inside=inside), BOOK)
             for a, b in ((to_there, {}), ({}, to_here), (to_there, to_here))]
    wanted = len({*here} & {*there}) >= 2 and best != best_there and best in there and best_there in here
    assert [len(each) for each in found] == [int(wanted)] * 3
    assert ends(found[0]) == ends(found[1]) == ends(found[2])
    if wanted:
        facts = [{(side.scene, side.fact) for side in each[0].sides} for each in found]
        assert facts == [{("h", ""), ("t", FACT)}, {("h", "There she is silent."), ("t", "")}, {("h", "There she is silent."), ("t", FACT)}]


SAME = ["Ring her.", "Write."]
TO_TWO = {"scenario": "two", "scene": "t", "fact": FACT}
SOUND = two(with_options(SAME, SAME[0], "h", pairs_with=TO_TWO), with_options(SAME, SAME[1], "t"))


def test_without_the_other_scenario_there_is_no_pair() -> None:
    assert len(pairs(SOUND, BOOK)) == 1 and pairs(SOUND[:1], BOOK) == pairs(SOUND[1:], BOOK) == ()


def test_line_breaks_make_no_other_words() -> None:
    broken = two(with_options(SAME, SAME[0], "h", pairs_with=TO_TWO), with_options(["Ring\n  her.", " Write. "], " Write. ", "t"))
    assert ends(pairs(broken, BOOK)) == ends(pairs(SOUND, BOOK))


def test_a_scene_that_asks_for_best_and_worst_can_be_a_twin() -> None:
    twin = with_options([*SAME, "Wait.", "Shout."], "Write.", "t", ask="best_and_worst")
    assert ends(pairs(two(with_options(SAME, SAME[0], "h", pairs_with=TO_TWO), twin), BOOK)) == ends(pairs(SOUND, BOOK))


def test_one_scene_can_be_the_twin_of_several() -> None:
    three = [*SOUND, scenario(with_options(SAME, SAME[0], "h", pairs_with=TO_TWO), name="three")]
    assert [{side.scenario for side in pair.sides} for pair in pairs(three, BOOK)] == [{"one", "two"}, {"three", "two"}]
    assert {there.scenario for _, there in seen_from(pairs(three, BOOK), "two")} == {"one", "three"}


def test_what_says_nothing_of_pairs_keeps_its_hash() -> None:
    assert "pairs_with" in canonical(SOUND[0]) and "pairs_with" not in canonical(SOUND[1])


# --- what is wrong, at its line ---------------------------------------------------------------------------------------

def text_of(name: str, best: str, *, status: str = "ready", twin: str = "", ring: str = "Ring her.") -> str:
    """A scenario of one scene that asks for a call or a letter; `best` is `ring` or `write`."""
    ring_does, write_does = ("keeps", "breaks") if best == "ring" else ("breaks", "keeps")
    return f"""\
title: The {name}
status: {status}
cause: price-rise
who: client
scenes:
  - id: {name}
    phase: decide
    situation: It is so.
    question: What now?
    options:
      - {{id: ring, text: "{ring}", {ring_does}: [ring-first]}}
      - {{id: write, text: "Write again.", {write_does}: [ring-first]}}
{twin}endings: [{{id: over, title: It is over, text: It is over.}}]
"""


def to(scenario_: str, scene_: str) -> str:
    return f'    pairs_with: {{scenario: {scenario_}, scene: {scene_}, fact: "{FACT}"}}\n'


def second_scene(best: str, *, ring: str = "Ring her.") -> str:
    """Another scene, to stand in the same file."""
    return re.search(r"  - id: .*?(?=endings)", text_of("later", best, ring=ring), re.S)[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of two scenarios whose scenes are a pair."""
    (tmp_path / "playbook.yaml").write_text(PLAYBOOK)
    (tmp_path / "one.yaml").write_text(text_of("silence", "ring", twin=to("two", "date")))
    (tmp_path / "two.yaml").write_text(text_of("date", "write"))
    return tmp_path


Where = list[tuple[str, int, str]]


def of_pairs(*paths: Path) -> Where:
    """(file, line, code) of what the checker says about pairs."""
    return [(Path(f.path).name, f.line, f.code) for f in check_paths(paths).findings if f.code[1:3] == "37"]


def test_a_sound_pair_has_no_findings(folder: Path) -> None:
    assert of_pairs(folder) == of_pairs(folder / "one.yaml") == of_pairs(folder / "two.yaml") == []
    assert len(pairs(load(folder).ready, load(folder).playbook)) == 1


ORDER = """\
title: The date
cause: price-rise
who: client
scenes:
  - id: date
    situation: So.
    ask: order
    question: So?
    keeps: [keep-notes]
    steps: [{text: a, place: 1}, {text: b, place: 2}, {text: c, place: 3}]
    outcomes: [{reply: So.}]
endings: [{title: It is over, text: So.}]
"""
ACROSS: dict[str, tuple[Callable[[Path], object], list[str], str]] = {   # what is done to the library -> the codes, and words of the first
    "no such scenario": (lambda f: (f / "two.yaml").rename(f / "twoo.yaml"), ["W371"], "Did you mean `twoo`?"),
    "a broken one": (lambda f: (f / "two.yaml").write_text("title: ["), ["W371"], "Mend that file first."),
    "no such scene": (lambda f: (f / "two.yaml").write_text(text_of("dates", "write")), ["W371"], "Did you mean `dates`?"),
    "no options": (lambda f: (f / "two.yaml").write_text(ORDER), ["W371"], "it asks `order`"),
    "other words": (lambda f: (f / "two.yaml").write_text(text_of("date", "write", ring="Ring Dana.")), ["W372"], "share 1 of their options"),
    "the same best": (lambda f: (f / "two.yaml").write_text(text_of("date", "ring")), ["W373"], "`ring`, and `ring` in the twin"),
}


@pytest.mark.parametrize("what", ACROSS)
def test_what_is_wrong_across_two_files_is_a_warning_at_its_line_and_takes_nothing_from_trainees(folder: Path, what: str) -> None:
    damage, codes, words = ACROSS[what]
    damage(folder)
    line = text_of("silence", "ring").count("\n")
    assert of_pairs(folder) == of_pairs(folder / "one.yaml") == [("one.yaml", line, code) for code in codes]
    library = load(folder)
    told = [f for f in library.findings if f.code[1:3] == "37"]
    assert [f.code for f in told] == codes and words in str(told[0])
    assert "one" in [s.id for s in library.ready] and pairs(library.ready, library.playbook) == ()


def test_a_best_that_is_no_option_of_the_other_scene_is_said_for_either(folder: Path) -> None:
    more = '      - {id: ask, text: "Ask Sami.", keeps: [ring-first, ask-why]}\n'
    last = '      - {id: write, text: "Write again.", breaks: [ring-first]}\n'
    (folder / "one.yaml").write_text(edit(text_of("silence", "ring", twin=to("two", "date")), last, last + more))
    assert [f.says for f in check_paths([folder]).findings if f.code == "W373"] == ["the best option here, `ask`, is none of the options of the twin."]
    (folder / "one.yaml").write_text(text_of("silence", "ring", twin=to("two", "date")))
    last = '      - {id: write, text: "Write again.", keeps: [ring-first]}\n'
    (folder / "two.yaml").write_text(edit(text_of("date", "write"), last, last + more))
    assert [f.says for f in check_paths([folder]).findings if f.code == "W373"] == ["the best option of the twin, `ask`, is none of the options here."]


INSIDE = {"itself": (to("one", "silence"), "", "371"), "no such scene": (to("one", "nowhere"), "", "371"),
          "other words": (to("one", "later"), second_scene("write", ring="Ring Dana."), "372"), "the same best": (to("one", "later"), second_scene("ring"), "373"),
          "nothing": (to("one", "later"), second_scene("write"), "")}


@pytest.mark.parametrize("what", INSIDE)
@pytest.mark.parametrize(("status", "severity"), [("ready", "E"), ("draft", "W")])
def test_inside_one_file_it_is_an_error_once_the_scenario_is_ready(folder: Path, what: str, status: str, severity: str) -> None:
    twin, more, number = INSIDE[what]
    text = text_of("silence", "ring", status=status, twin=twin + more)
    (folder / "one.yaml").write_text(text)
    line = text[: text.index("pairs_with")].count("\n") + 1
    assert of_pairs(folder) == ([("one.yaml", line, severity + number)] if number else [])
    assert ("one" in [s.id for s in load(folder).scenarios]) == (not number or severity == "W")


def test_what_both_sides_say_is_checked_where_it_is_written(folder: Path) -> None:
    (folder / "two.yaml").write_text(text_of("date", "ring", twin=to("one", "silence")))
    assert {(name, code) for name, _, code in of_pairs(folder)} == {("one.yaml", "W373"), ("two.yaml", "W373")}


@pytest.mark.parametrize(("ask", "has_it"), [("choose", True), ("best_and_worst", True), ("compose", False), ("order", False), ("write", False)])
def test_only_scenes_with_options_have_the_key(ask: str, has_it: bool) -> None:
    assert ("pairs_with" in keys_at(Scenario, ("scenes", 0, ask))) == has_it


def test_a_bare_word_that_yaml_reads_as_something_else_names_no_twin(folder: Path) -> None:
    (folder / "one.yaml").write_text(text_of("silence", "ring", twin=to("no", "010")))
    assert [f.code for f in check_paths([folder / "one.yaml"]).findings].count("E209") == 2


def test_watching_tells_when_the_other_file_breaks_the_pair_and_when_it_mends_it(folder: Path) -> None:
    looking = Watch([folder])
    (folder / "two.yaml").write_text(text_of("date", "ring") + "# changed\n")
    broken = looking.look()
    assert broken and [f.code for f in broken.new] == ["W373"]
    (folder / "two.yaml").write_text(text_of("date", "write"))
    mended = looking.look()
    assert mended and (mended.new, mended.mended) == ((), 1)


# --- who is told ------------------------------------------------------------------------------------------------------

def test_the_library_s_report_names_the_pairs_and_says_when_they_are_few() -> None:
    told = report(SOUND, BOOK, shuffles=2)
    assert "best option: 1, made of 2 of the 2 scenes with options" in told
    assert f"  one/h: o0 · two/t: o1 ({FACT})\n  ! fewer than {LEAST_PAIRS} pairs" in told
    many = [s.model_copy(update={"id": f"{s.id}-{n}", "scenes": tuple(_to(scene_, f"two-{n}") for scene_ in s.scenes)}) for n in range(LEAST_PAIRS) for s in SOUND]
    assert f"best option: {LEAST_PAIRS}, made of" in (enough := report(many, BOOK, shuffles=1)) and "! fewer" not in enough


def _to(scene_: Any, name: str) -> Any:
    return scene_.model_copy(update={"pairs_with": scene_.pairs_with.model_copy(update={"scenario": name})}) if scene_.pairs_with else scene_


def test_the_matrix_has_a_row_for_each_pair() -> None:
    inside = scenario(with_options(SAME, SAME[0], "h", pairs_with={**TO_TWO, "scenario": "both"}), with_options(SAME, SAME[1], "t"), name="both")
    rows = [row for row in csv.DictReader(io.StringIO(matrix([*SOUND, inside], BOOK))) if row["kind"] == "pair"]
    assert rows == [{"kind": "pair", "name": "both/h + both/t", "scenes": "2", "scenarios": "1", "one": "0", "two": "0", "both": "2"},
                    {"kind": "pair", "name": "one/h + two/t", "scenes": "2", "scenarios": "2", "one": "1", "two": "1", "both": "0"}]


@pytest.mark.parametrize(("name", "says"), [
    ("one", f"This scene has a twin: “t” in “title-two”. What differs there: {FACT} There the best is: “Write.”"),
    ("two", f"This scene has a twin: “h” in “title-one”. What differs here, as seen from there: {FACT} There the best is: “Ring her.”")])
def test_a_script_says_at_its_scene_that_it_has_a_twin_from_either_side(name: str, says: str) -> None:
    run = perfect_run(next(s for s in SOUND if s.id == name), BOOK)
    assert says in " ".join(draw(script(run, pairs(SOUND, BOOK))).split())
    assert "has a twin" not in draw(script(run))


@pytest.mark.parametrize("called", ["one", "one.yaml", "two"])
def test_kit_script_finds_the_twins_in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch, called: str) -> None:
    monkeypatch.setenv("KIT_SCENARIOS", str(folder))
    (folder / "three.yaml").write_text("title: [")
    result = CliRunner().invoke(main, ["script", str(folder / called) if called.endswith(".yaml") else called])
    assert result.exit_code == 0 and "This scene has a twin" in result.output


def test_the_run_sheet_tells_of_twins_and_what_a_trainee_sees_does_not(folder: Path, tmp_path: Path) -> None:
    desk, library = Desk(folder, Store(tmp_path / "data"), {}), load(folder)
    told = str(desk.handle(None, {"type": "desk", "screen": "sheet"}) or desk.view())
    assert f"Scene “silence” has a twin: “date” in “The date”. What differs there: {FACT} There the best is: “Write again.”" in told
    assert told.count("has a twin") == 2 and "has a twin" not in str(run_sheet("", library.ready, 60))
    first = next(s for s in library.ready if s.id == "one")
    run = Run(first, library.playbook, seed="x")
    over = pick(run, ("write",))
    seen = [views.scene(run, run_id="", mode="practice"), views.feedback(over, run_id="", mode="practice"), result(views.Played("", over, "practice", "", is_first=True), ready=library.ready), handout(first)]
    assert FACT not in str(seen) and "twin" not in str(seen)
