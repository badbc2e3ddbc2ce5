"""What a file shows about itself, said by the checker and by `kit check`: every fault of content, at its line; and no damage goes unseen."""

import json
import random
import re
import shutil
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner
from content import EVERY_ASK, PLAYBOOK, SCENARIO, Spot, check_edit, check_playbook_text, check_text, edit, places, put, read, small_playbook, spots, without
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import steady

from kit.cli import main
from kit.commands.checking import check_paths
from kit.content.check import MOST_SCENES
from kit.content.explain import explained
from kit.content.finding import Finding, with_line
from kit.content.playbook import Playbook
from kit.content.read import MOST_FINDINGS
from kit.library import NoPlaybook, load, load_playbook, load_scenario, load_training_set
from kit.places import shipped
from kit.play.figures import prove

SHIPPED = shipped("scenarios")


# --- small scenarios ------------------------------------------------------------------------------------

ENDINGS = "endings:\n  - {id: over, title: It is over, text: It is over.}\n"


def option(name: str, keeps: str = "", breaks: str = "", *, to: str = "end", trust: int = 0) -> str:
    return f"      - {{id: {name}, text: Say it., keeps: [{keeps}], breaks: [{breaks}], next: {to}, trust: {trust}}}\n"


def scene(name: str, *options: str, phase: str = "decide") -> str:
    return f"  - id: {name}\n    phase: {phase}\n    situation: It is so.\n    question: What now?\n    options:\n{''.join(options)}"


def scenario(*scenes: str, endings: str = ENDINGS, who: str = "client") -> str:
    return f"title: A title\ncause: price-rise\nwho: {who}\nscenes:\n{''.join(scenes)}{endings}"


def line_of(text: str, words: str) -> int:
    """The line, from 1, on which these words stand; they must stand in the text exactly once."""
    assert text.count(words) == 1, f"{words!r} stands {text.count(words)} times"
    return text[: text.index(words)].count("\n") + 1


GOOD, BAD = option("good", "ring-first"), option("bad", "", "ring-first")


# --- the playbook ---------------------------------------------------------------------------------------

def test_a_claim_under_no_rule_is_found_at_the_claim(tmp_path: Path) -> None:
    findings, _ = check_edit(tmp_path, "rests_on: [A02]", "rests_on: [A01]", text=PLAYBOOK)
    assert places(findings) == [("E301", line_of(PLAYBOOK, "- id: A02"))]


def test_a_claim_is_under_a_rule_through_its_twin(tmp_path: Path) -> None:
    findings, _ = check_edit(tmp_path, "rests_on: [A01]", "rests_on: [A09]", text=PLAYBOOK)
    assert findings == []


@pytest.mark.parametrize(("old", "new"), [
    ("same_as: A01", "same_as: A01\n      - {id: A10, at: End, phase: tell, who: us, says: Again., same_as: A09}"),
    ("same_as: A01", "same_as: A09")])
def test_a_twin_of_a_twin_is_found_at_its_line(tmp_path: Path, old: str, new: str) -> None:
    text = edit(PLAYBOOK, old, new)
    assert ("E302", line_of(text, "same_as: A09")) in places(check_playbook_text(tmp_path, text))


def test_a_fifth_red_line_and_every_further_one_is_found(tmp_path: Path) -> None:
    text = PLAYBOOK.replace("red_line: no", "red_line: yes")
    lines = [spot.line for spot in spots(text) if spot.way == "rules.red_line"]
    assert places(check_playbook_text(tmp_path, text)) == [("E303", line) for line in lines[4:]]


@pytest.mark.parametrize(("old", "new"), [
    ("at_least: 0,", "at_least: 5,"), ("at_least: 75", "at_least: 0"), ("title: A start, at_least: 0,", "title: A start, at_least: 80,")])
def test_bands_that_do_not_rise_from_0_are_found(tmp_path: Path, old: str, new: str) -> None:
    findings, _ = check_edit(tmp_path, old, new, text=PLAYBOOK)
    assert places(findings) == [("E304", line_of(PLAYBOOK, "bands:"))]


@pytest.mark.parametrize(("old", "new", "says"), [
    ("0-4", "0-3", "no range holds a trust of 4"), ("0-4", "0-5", "2 ranges hold a trust of 5"),
    ("5-10", "5-9", "no range holds a trust of 10"), ("0-4", "1-4", "no range holds a trust of 0")])
def test_trust_without_a_word_or_with_two_is_found(tmp_path: Path, old: str, new: str, says: str) -> None:
    (finding,), _ = check_edit(tmp_path, f"trust: {old}", f"trust: {new}", text=PLAYBOOK)
    assert (finding.code, finding.line) == ("E305", line_of(PLAYBOOK, "trust_words:"))
    assert says in finding.says


def test_all_faults_of_a_playbook_are_found_at_once(tmp_path: Path) -> None:
    text = PLAYBOOK
    for old, new in [("rests_on: [A02]", "rests_on: [A01]"), ("same_as: A01", "same_as: A09"), ("at_least: 0,", "at_least: 5,"),
                     ("trust: 0-4", "trust: 0-3")]:
        text = edit(text, old, new)
    assert [code for code, _ in places(check_playbook_text(tmp_path, text))] == ["E305", "E304", "E301", "E301", "E302"]


# --- the way through a scenario -------------------------------------------------------------------------

@pytest.mark.parametrize(("scenes", "returns"), [
    ([("one", "one")], "one"), ([("one", "two"), ("two", "one")], "two"), ([("one", "two"), ("two", "three"), ("three", "one")], "three"),
    ([("one", "three"), ("two", "two"), ("three", "end")], "two")],
    ids=["to itself", "two scenes", "three scenes", "where nobody comes"])
def test_a_loop_is_found_at_the_scene_that_leads_back(tmp_path: Path, scenes: list[tuple[str, str]], returns: str) -> None:
    text = scenario(*(scene(name, option("good", "ring-first", to=to), BAD) for name, to in scenes))
    assert places(check_text(tmp_path, text)) == [("E310", line_of(text, f"- id: {returns}\n"))]


def test_paths_that_meet_again_are_no_loop(tmp_path: Path) -> None:
    text = scenario(scene("one", option("good", "ring-first", to="three"), option("bad", "", "ring-first", to="two")),
                    scene("two", option("good", "ring-first", to="three"), BAD), scene("three", GOOD, BAD))
    assert check_text(tmp_path, text) == []


@pytest.mark.parametrize(("old", "new", "says"), [
    ("6-10", "7-10", "no range holds a trust of 6"), ("6-10", "5-10", "2 ranges hold a trust of 5"),
    ("0-5", "1-5", "no range holds a trust of 0"), ("6-10", "6-9", "no range holds a trust of 10")])
def test_a_gap_and_an_overlap_of_trust_are_found_at_the_endings(tmp_path: Path, old: str, new: str, says: str) -> None:
    (finding,), _ = check_edit(tmp_path, f"trust: {old}", f"trust: {new}")
    assert (finding.code, finding.line) == ("E305", line_of(SCENARIO, "endings:"))
    assert says in finding.says


def test_end_with_two_endings_and_no_range_is_found_at_the_endings(tmp_path: Path) -> None:
    text = edit(edit(SCENARIO, "    trust: 6-10\n", ""), "    trust: 0-5\n", "")
    assert places(check_text(tmp_path, text)) == [("E311", line_of(text, "endings:"))]


def test_endings_that_are_all_named_need_no_range(tmp_path: Path) -> None:
    text = edit(edit(SCENARIO, "    trust: 6-10\n", ""), "    trust: 0-5\n", "")
    assert check_text(tmp_path, edit(edit(text, "next: end", "next: door"), "trust: -1\n", "trust: -1\n        next: cold\n")) == []


def test_two_best_endings_are_found_at_the_second(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, "    trust: 0-5\n", "    best: yes\n    trust: 0-5\n")
    assert places(findings) == [("E312", line)]


def test_a_scene_that_nobody_reaches_is_found(tmp_path: Path) -> None:
    text = scenario(scene("one", GOOD, BAD), scene("two", GOOD, BAD))
    assert places(check_text(tmp_path, text)) == [("E340", line_of(text, "- id: two"))]


@pytest.mark.parametrize(("old", "new", "unreached"), [
    ("trust: 1\n", "trust: 0\n", "- id: door"), ("trust: -1\n", "trust: 1\n", "- id: cold"), ("next: end", "next: cold", "- id: door"),
    ("who: client", "who: client\ntrust: 0", "- id: door")])
def test_an_ending_that_nobody_reaches_is_found(tmp_path: Path, old: str, new: str, unreached: str) -> None:
    text = edit(SCENARIO, old, new)
    assert ("E340", line_of(text, unreached)) in places(check_text(tmp_path, text))


def test_an_ending_without_a_range_that_no_answer_names_is_found(tmp_path: Path) -> None:
    text = SCENARIO + "  - {id: other, title: Another, text: It is over.}\n"
    assert places(check_text(tmp_path, text)) == [("E340", text.count("\n"))]


@pytest.mark.parametrize("outcomes", [("0.4", "0.8", ""), ("0.8", "0.8", ""), ("", "0.4", ""), ("0.8", "0.4", "0.2")])
def test_outcomes_that_do_not_fall_are_found(tmp_path: Path, outcomes: tuple[str, ...]) -> None:
    items = "".join(f"      - {{{f'at_least: {bar}, ' if bar else ''}reply: So., feedback: So., cites: [A04], trust: 0}}\n" for bar in outcomes)
    spot = [s for s in spots(EVERY_ASK) if s.way == "scenes.outcomes"][1]
    text = put(EVERY_ASK, spot.after_key, ":\n" + items.rstrip("\n"))
    assert ("E316", spot.line) in places(check_text(tmp_path, text))


# --- what fits ------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("who", "rule", "fits"), [
    ("client", "give-notice", False), ("us", "try-once", False), ("client", "try-once", True), ("us", "give-notice", True),
    ("both", "try-once", True), ("both", "give-notice", True), ("us", "ring-first", True)])
def test_a_rule_must_fit_whose_decision_it_is(tmp_path: Path, who: str, rule: str, fits: bool) -> None:
    text = scenario(scene("one", option("good", f"ring-first, {rule}"), BAD), who=who)
    assert places(check_text(tmp_path, text)) == ([] if fits else [("E313", line_of(text, rule))])


@pytest.mark.parametrize(("phase", "rule", "code"), [
    ("decide", "ring-first", ""), ("tell", "ring-first", "W314"), ("close", "ring-first", "E314"), ("after", "ring-first", "E314"),
    ("close", "write-later", "W314"), ("tell", "write-later", "E314"),
    ("close", "ask-why", "W314"), ("after", "ask-why", "E314"), ("tell", "ask-why", ""), ("close", "keep-notes", ""), ("always", "ring-first", "")])
def test_a_rule_of_a_neighbouring_phase_is_a_warning_and_of_a_farther_one_a_fault(tmp_path: Path, phase: str, rule: str, code: str) -> None:
    text = scenario(scene("one", option("good", rule), option("bad", "", "keep-notes"), phase=phase))
    assert places(check_text(tmp_path, text)) == ([(code, line_of(text, f"[{rule}]"))] if code else [])


@pytest.mark.parametrize(("way", "value"), [
    ("scenes.keeps", "[ring-first]"), ("scenes.rules", "[say-it-plainly]"), ("scenes.blocks.keeps", "[ring-first]"),
    ("scenes.blocks.breaks", "[ring-first]")])
def test_a_rule_must_fit_in_every_kind_of_scene(tmp_path: Path, way: str, value: str) -> None:
    spot = next(s for s in spots(EVERY_ASK) if s.way == way)
    assert ("E314", spot.line) in places(check_text(tmp_path, put(EVERY_ASK, spot.value, value)))


@pytest.mark.parametrize(("claims", "fits"), [("A03", False), ("A03, A04", False), ("A01", True), ("A03, A01", True), ("A09", True)])
def test_what_is_cited_must_hold_up_a_rule_that_is_named_or_be_its_twin(tmp_path: Path, claims: str, fits: bool) -> None:
    findings, line = check_edit(tmp_path, "cites: [A01]", f"cites: [{claims}] ")
    assert places(findings) == ([] if fits else [("E315", line)])


def test_an_option_that_names_no_rule_cites_for_the_rules_of_its_scene(tmp_path: Path) -> None:
    text = edit(SCENARIO, "        breaks: [ring-first]\n", "        cites: [A01]\n")
    assert check_text(tmp_path, text) == []
    findings, line = check_edit(tmp_path, "        cites: [A01]\n        trust: -1", "        cites: [A02]\n        trust: -1", text=text)
    assert places(findings) == [("E315", line)]


def test_the_outcomes_of_a_composed_answer_cite_for_the_rules_of_its_blocks(tmp_path: Path) -> None:
    spot = [s for s in spots(EVERY_ASK) if s.way == "scenes.outcomes.cites"][2]
    assert places(check_text(tmp_path, put(EVERY_ASK, spot.value, "[A03]"))) == [("E315", spot.line)]


# --- what answers are worth -----------------------------------------------------------------------------

@pytest.mark.parametrize(("code", "options", "at"), [
    ("E331", [option("good", "ring-first"), option("odd", "keep-notes", "keep-notes")], "id: odd"),
    ("E332", [option("good", "ring-first"), option("odd", "keep-notes", "stay-calm")], "id: odd"),
    ("E333", [option("odd"), option("bad", "", "ring-first")], "options:"),
    ("E333", [option("odd", "ask-why", "keep-notes"), option("bad", "", "ring-first")], "options:"),
    ("E334", [option("good", "ring-first"), option("odd", "keep-notes"), option("bad")], "id: odd"),
    ("E335", [option("odd", "ring-first", "ask-why"), option("bad")], "id: odd"),
    ("E336", [option("good", "ring-first"), option("also", "ask-why")], "options:")])
def test_values_that_cannot_be_played_are_found_at_their_line(tmp_path: Path, code: str, options: list[str], at: str) -> None:
    text = scenario(scene("one", *options))
    assert places(check_text(tmp_path, text)) == [(code, line_of(text, at))]


def test_every_best_option_but_the_first_is_found(tmp_path: Path) -> None:
    text = scenario(scene("one", option("good", "ring-first"), option("odd", "keep-notes"), option("bad"), option("also", "try-once")))
    assert places(check_text(tmp_path, text)) == [("E334", line_of(text, "id: odd")), ("E334", line_of(text, "id: also"))]


@pytest.mark.parametrize(("code", "blocks"), [
    ("E331", ["keeps: [write-later]", "keeps: [keep-notes], breaks: [keep-notes]", "", "", ""]),
    ("E332", ["keeps: [write-later]", "keeps: [keep-notes], breaks: [stay-calm]", "", "", ""]),
    ("E333", ["", "", "breaks: [write-later]", "", ""]),
    ("E335", ["keeps: [write-later, keep-notes], breaks: [try-once]", "", "", "", ""]),
    ("E336", ["keeps: [write-later]", "keeps: [keep-notes]", "keeps: [try-once]", "keeps: [write-later]", "keeps: [keep-notes]"]),
    ("E337", ["keeps: [write-later]", "keeps: [keep-notes], breaks: [try-once]", "keeps: [ring-first], breaks: [try-once]", "", ""])])
def test_blocks_that_cannot_be_played_are_found(tmp_path: Path, code: str, blocks: list[str]) -> None:
    spot = next(s for s in spots(EVERY_ASK) if s.way == "scenes.blocks")
    items = [f"      - {{id: b{n}, text: Words., {block}}}" for n, block in enumerate(blocks)]
    findings = check_text(tmp_path, put(EVERY_ASK, spot.after_key, ":\n" + "\n".join(items)))
    line = spot.line + (2 if code in ("E331", "E332") else 0)
    assert (code, line) in places(findings)


def test_steps_that_all_have_one_place_are_found(tmp_path: Path) -> None:
    text = EVERY_ASK.replace("place: 3", "place: 1").replace("files., place: 2", "files., place: 1")
    assert places(check_text(tmp_path, text)) == [("E330", line_of(text, "steps:"))]


def test_the_best_ending_that_the_best_play_does_not_reach_is_a_warning(tmp_path: Path) -> None:
    text = edit(edit(SCENARIO, "    best: true\n", ""), "    trust: 0-5\n", "    trust: 0-5\n    best: true\n")
    assert places(check_text(tmp_path, text)) == [("W341", line_of(text, "- id: cold"))]


def test_a_scene_that_holds_too_much_of_the_stake_is_a_warning_once_the_scenario_is_ready(tmp_path: Path) -> None:
    findings, _ = check_edit(tmp_path, "keeps: [ring-first]", "keeps: [ring-first, ask-why]", text=EVERY_ASK)
    assert places(findings) == [("W350", line_of(EVERY_ASK, "- id: silence"))]
    assert check_text(tmp_path, edit(edit(EVERY_ASK, "keeps: [ring-first]", "keeps: [ring-first, ask-why]"), "status: ready", "status: draft")) == []


def test_a_short_path_that_reaches_the_pass_mark_is_a_warning(tmp_path: Path) -> None:
    text = scenario(scene("one", option("good", "ring-first, keep-notes", to="two"), option("leave", "ring-first, ask-why"), option("bad", to="two")),
                    scene("two", option("good", "ring-first, keep-notes"), BAD))
    assert places(check_text(tmp_path, text)) == [("W351", line_of(text, "scenes:"))]


def test_a_weaker_option_that_opens_the_better_road_is_a_warning(tmp_path: Path) -> None:
    text = scenario(scene("one", option("good", "ring-first, keep-notes", to="two"), option("leave", "ring-first"),
                          option("weaker", "ask-why", to="two"), option("bad", to="two")),
                    scene("two", option("good", "ring-first, keep-notes"), BAD))
    assert places(check_text(tmp_path, text)) == [("W352", line_of(text, "id: weaker"))]


def test_faults_of_shape_fit_and_value_are_found_at_once(tmp_path: Path) -> None:
    text = scenario(scene("one", option("good", "write-later"), option("also", "keep-notes")),
                    scene("two", option("odd", "keep-notes", "keep-notes"), BAD, phase="tell"), endings=ENDINGS.replace("}", ", trust: 1-10}"))
    assert places(check_text(tmp_path, text)) == [
        ("E336", 9), ("E314", 10), ("E334", 11), ("E333", 16), ("E331", 17), ("W314", 18), ("E305", 19)]


# --- what a ready scenario should not lack --------------------------------------------------------------

WANTED = set("""
    summary role client scenes.phase endings.best
    scenes.options.reply scenes.options.feedback scenes.options.cites scenes.options.trust scenes.options.tempting
    scenes.outcomes.reply scenes.outcomes.feedback scenes.outcomes.cites scenes.outcomes.trust""".split())


def test_each_key_that_a_ready_scenario_lacks_is_a_warning_at_the_thing_that_lacks_it(tmp_path: Path) -> None:
    wanted = [spot for spot in spots(EVERY_ASK) if spot.way in WANTED and spot.stands_alone]
    assert {spot.way for spot in wanted} == WANTED

    def is_found(spot: Spot) -> bool:
        after = without(EVERY_ASK, spot)
        line = line_of(after, "\nendings:") + 1 if spot.name == "best" else spot.owner
        return [(f.code, f.line, f"`{spot.name}" in f.says) for f in check_text(tmp_path, after)] == [("W320", line, True)]
    assert [spot for spot in wanted if not is_found(spot)] == []


def test_a_draft_may_lack_all_of_it(tmp_path: Path) -> None:
    text = edit(EVERY_ASK, "status: ready", "status: draft")
    for spot in reversed([s for s in spots(text) if s.way in WANTED and s.stands_alone]):
        text = without(text, spot)
    assert {spot.way for spot in spots(text)} & WANTED <= {"scenes.outcomes.reply"}
    assert [f for f in check_text(tmp_path, text) if f.code == "W320"] == []


def test_the_best_option_needs_nothing_tempting(tmp_path: Path) -> None:
    assert "tempting" not in EVERY_ASK[EVERY_ASK.index("id: ring"): EVERY_ASK.index("id: write")]
    assert check_text(tmp_path, EVERY_ASK) == []


# --- kit check ------------------------------------------------------------------------------------------

NAMELESS = edit(SCENARIO, "title: The price rise", "title:")
UNWISE = edit(SCENARIO, "phase: decide", "phase: tell")


@pytest.fixture
def folder(tmp_path):
    """A folder with the small playbook and a scenario without findings."""
    (tmp_path / "playbook.yaml").write_text(PLAYBOOK)
    (tmp_path / "fine.yaml").write_text(SCENARIO)
    return tmp_path


def kit_check(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result.exit_code, result.output


def said(output: str, folder: Path) -> list[str]:
    """What was found: file, line and code of each finding, in the order in which they were said."""
    return [f"{name}:{line} {code}" for name, line, code in re.findall(rf"^{re.escape(str(folder))}/(\S+?):(\d+):\d+: (\w+)", output, flags=re.M)]


def test_a_fine_folder_gives_0(folder: Path) -> None:
    assert kit_check(folder) == (0, "2 files, 0 errors, 0 warnings.\n")


def test_an_error_gives_1_and_is_said_with_line_and_cure(folder: Path) -> None:
    (folder / "a.yaml").write_text(NAMELESS)
    code, output = kit_check(folder / "a.yaml")
    assert (code, output) == (1, f"""\
{folder}/a.yaml:1:7: E203 the text is empty.
     1 | title:
       |       ^
    Write it, or remove the key.
1 file, 1 error, 0 warnings.
""")


def test_a_warning_gives_0_and_with_strict_1(folder: Path) -> None:
    (folder / "a.yaml").write_text(UNWISE)
    for words, wanted in [((), 0), (("--strict",), 1)]:
        code, output = kit_check(folder, *words)
        assert (code, said(output, folder)) == (wanted, ["a.yaml:12 W314", "a.yaml:18 W314"])
        assert output.endswith("3 files, 0 errors, 2 warnings.\n")


@pytest.mark.parametrize("words", [["nowhere.yaml"], ["--nonsense"], ["x" * 5000]], ids=["no such file", "no such option", "a name too long"])
def test_what_cannot_be_run_gives_2_and_says_why(folder: Path, words: list[str]) -> None:
    code, output = kit_check(*words)
    assert code == 2 and "Error: " in output


def test_one_path_that_is_not_there_stops_before_anything_is_said(folder: Path) -> None:
    code, output = kit_check(folder, folder / "nowhere.yaml")
    assert (code, output) == (2, f"Error: There is no file or folder {folder / 'nowhere.yaml'}.\n")


def test_a_broken_scenario_does_not_stop_the_others(folder: Path) -> None:
    for name, text in [("broken", b'title: "'), ("empty", b""), ("latin", b"\xff"), ("list", b"- a"), ("unnamed", NAMELESS.encode())]:
        (folder / f"{name}.yaml").write_bytes(text)
    (folder / "folder.yaml").mkdir()
    code, output = kit_check(folder)
    assert (code, said(output, folder)) == (1, [
        "broken.yaml:1 E104", "empty.yaml:1 E106", "folder.yaml:1 E101", "latin.yaml:1 E103", "list.yaml:1 E200", "unnamed.yaml:1 E203"])
    assert [s.id for s in load(folder).scenarios] == ["fine"]


def test_findings_come_file_by_file_and_line_by_line(folder: Path) -> None:
    several = edit(edit(NAMELESS, "trust: 6-10", "trust: x"), "trust: -1\n", "trust: y\n")
    (folder / "b.yaml").write_text(several)
    (folder / "a.yaml").write_text(several)
    in_file = ["1 E203", "19 E204", "24 E207"]
    assert said(kit_check(folder)[1], folder) == [f"{name}.yaml:{line}" for name in "ab" for line in in_file]
    assert said(kit_check(folder / "b.yaml", folder / "a.yaml")[1], folder) == [f"{name}.yaml:{line}" for name in "ba" for line in in_file]


def test_a_file_that_is_named_twice_is_checked_once(folder: Path) -> None:
    (folder / "a.yaml").write_text(NAMELESS)
    code, output = kit_check(folder / "a.yaml", folder, folder / "fine.yaml", "--figures")
    assert (code, said(output, folder)) == (1, ["a.yaml:1 E203"])
    assert output.count("\nfine ") == 1 and "3 files, 1 error" in output


def test_files_that_are_no_scenarios_are_left_alone(folder: Path) -> None:
    for name in ("README.md", ".hidden.yaml", "notes.txt"):
        (folder / name).write_text("no scenario")
    (folder / "short.yml").write_text(NAMELESS)
    code, output = kit_check(folder)
    assert (code, said(output, folder)) == (1, ["short.yml:1 E203"]) and "3 files" in output


def test_a_playbook_is_checked_as_a_file_too(folder: Path) -> None:
    assert kit_check(folder / "playbook.yaml") == (0, "1 file, 0 errors, 0 warnings.\n")
    (folder / "playbook.yaml").write_text(edit(PLAYBOOK, "rests_on: [A02]", "rests_on: [A01]"))
    code, output = kit_check(folder)
    assert (code, said(output, folder)) == (1, [f"playbook.yaml:{line_of(PLAYBOOK, '- id: A02')} E301"])


def test_a_scenario_goes_by_the_playbook_beside_it_and_elsewhere_by_the_librarys(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.yaml").write_text(SCENARIO)
    assert kit_check(folder / "fine.yaml")[0] == 0
    code, output = kit_check(elsewhere / "a.yaml")
    assert (code, said(output, elsewhere)) == (1, ["a.yaml:12 E206", "a.yaml:13 E206", "a.yaml:18 E206"])


def test_without_a_path_the_library_in_use_is_checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.yaml").write_text(NAMELESS)
    monkeypatch.setenv("KIT_SCENARIOS", str(folder))
    code, output = kit_check()
    assert (code, said(output, folder)) == (1, ["a.yaml:1 E203"])


def test_the_shipped_library_has_no_findings() -> None:
    assert check_paths([SHIPPED]).findings == ()


def test_figures_show_each_scenario_that_loads(folder: Path) -> None:
    (folder / "a.yaml").write_text(NAMELESS)
    code, output = kit_check(folder, "--figures")
    row = next(line for line in output.splitlines() if line.startswith("fine"))
    assert re.fullmatch(r"fine +2 +2 +1 +100% +\d+\.\d +\d+\.\d +2 of 2: door, cold", row)
    assert code == 1 and not re.search(r"^a ", output, flags=re.M)


def test_figures_are_those_of_the_proof(tmp_path: Path) -> None:
    proof = prove(read(tmp_path, SCENARIO).content, small_playbook())
    assert (proof.paths, proof.stakes, proof.endings) == (2, (2,), ("door", "cold"))
    assert proof.random_mean == pytest.approx(50, abs=4.5) and proof.skilled_mean == pytest.approx(70, abs=4.5)   # 2,000 runs: 4 standard errors


# --- the line, and a caret under the place ------------------------------------------------------------------

def drawn(line: str, at: str, *, width: int = 60) -> list[str]:
    """What stands below a finding whose column is that of these words in the line."""
    return with_line(Finding("a.yaml", 1, line.index(at) + 1, "E203", "so.", "Mend it."), [line], width).split("\n")


@pytest.mark.parametrize(("line", "at"), [
    ("title: x", "x"), ("title: x", "title"), ("\ttitle", "title"), ("a\x1b[31mred", "red"), ("é\u0301 ü: x", "x"), ("問い: 何", "何"),
    ("x" * 50 + " here " + "y" * 500, "here"), ("x" * 500 + " here " + "y" * 500, "here"), ("x" * 500 + " here", "here"), ("何" * 300 + " here " + "何" * 300, "here")],
    ids=["value", "key", "tab", "escape", "combining", "wide", "cut behind", "cut on both sides", "cut before", "wide and cut"])
def test_the_caret_stands_under_the_place_and_the_line_fits_the_terminal(line: str, at: str) -> None:
    head, shown, caret, cure = drawn(line, at)
    assert (head, cure) == ("a.yaml:1:%d: E203 so." % (line.index(at) + 1), "    Mend it.")
    wide = [(c, 2 if c > "\u2e80" else 0 if c == "\u0301" else 1) for c in shown]
    before = "".join(c for n, (c, _) in enumerate(wide) if sum(w for _, w in wide[:n]) < caret.index("^"))
    assert shown[len(before):].startswith(at) and sum(w for _, w in wide) <= 60
    assert all(c.isprintable() for c in shown)


def test_an_empty_line_and_a_line_behind_the_last_show_nothing() -> None:
    for line in (1, 2):
        assert with_line(Finding("a.yaml", line, 1, "E106", "so.", "Mend it."), ["  "]) == f"a.yaml:{line}:1: E106 so.\n    Mend it."


def test_what_cannot_be_seen_is_written_out(tmp_path: Path) -> None:
    (finding,), _ = check_edit(tmp_path, "who: client", "who: cli\u202eent\u200b")
    assert finding.says == "`cli<U+202E>ent<U+200B>` is not allowed for `who`." and "`client`" in finding.cure


def test_a_name_on_two_lines_is_said_on_one(tmp_path: Path) -> None:
    (finding,), _ = check_edit(tmp_path, "who: client", 'who: "a\n\n  b"')
    assert finding.says == "`a b` is not allowed for `who`."


# --- json, hints, values ----------------------------------------------------------------------------------------

def test_json_is_a_list_of_objects_and_nothing_else(folder: Path) -> None:
    (folder / "a.yaml").write_text(NAMELESS)
    code, output = kit_check(folder, "--format", "json")
    first = json.loads(output)[0]
    assert code == 1 and first == {
        "path": f"{folder}/a.yaml", "line": 1, "col": 7, "code": "E203", "severity": "error", "says": "the text is empty.",
        "why": explained()["E203"].why, "cure": "Write it, or remove the key.", "snippet": "title:"}
    assert {found["severity"] for found in json.loads(output)[1:]} == {"hint"}


def test_json_of_a_fine_file_is_an_empty_list(folder: Path) -> None:
    assert kit_check(folder / "fine.yaml", "--format", "json") == (0, "[]\n")


@pytest.mark.parametrize("other", ["--watch", "--figures", "--values"])
def test_json_goes_with_nothing_that_is_for_reading(folder: Path, other: str) -> None:
    code, output = kit_check(folder, "--format", "json", other)
    assert code == 2 and "--format json goes with neither" in output


def test_hints_are_told_when_they_are_asked_for_and_never_change_the_exit_code(folder: Path) -> None:
    assert kit_check(folder) == (0, "2 files, 0 errors, 0 warnings.\n")
    code, output = kit_check(folder, "--hints", "--strict")
    assert code == 0 and output.endswith("2 files, 0 errors, 0 warnings, 9 hints.\n")
    unused = [rule.id for rule in small_playbook().rules if rule.id != "ring-first"]
    assert re.findall("I403 no answer in this library keeps or breaks the rule `(.*?)`", output) == unused
    assert re.findall("I405 no scene of this library practises (...)", output) == ["X1a", "X1b"]


def test_a_single_file_is_no_library_and_gets_no_hints_on_one(folder: Path) -> None:
    assert kit_check(folder / "fine.yaml", "--hints") == (0, "1 file, 0 errors, 0 warnings, 0 hints.\n")


LIMITED = edit(PLAYBOOK, "    rests_on: [A01]\n", "    unless: {tension: X1, says: Not now.}\n    rests_on: [A01]\n")


def test_a_scene_about_a_rule_that_a_tension_limits_is_asked_for_its_side(folder: Path) -> None:
    (folder / "playbook.yaml").write_text(LIMITED)
    _, output = kit_check(folder / "fine.yaml", "--hints")
    assert said(output, folder) == [f"fine.yaml:{line_of(SCENARIO, '- id: silence')} I401"] and "add `practises: [X1a]` or `[X1b]`" in output
    (folder / "fine.yaml").write_text(edit(SCENARIO, "    phase: decide\n", "    phase: decide\n    practises: [X1a]\n"))
    assert said(kit_check(folder / "fine.yaml", "--hints")[1], folder) == []


def test_a_cause_without_a_scenario_and_a_competency_without_a_rule_are_hints(folder: Path) -> None:
    text = edit(edit(PLAYBOOK, "causes:\n", "causes:\n  - {id: flood, title: A flood}\n"), "competencies:\n", "competencies:\n  - {id: sing, title: Sing, says: Sing well.}\n")
    (folder / "playbook.yaml").write_text(text)
    found = said(kit_check(folder, "--hints")[1], folder)
    assert {f"playbook.yaml:{line_of(text, 'id: flood')} I404", f"playbook.yaml:{line_of(text, 'id: sing')} I406"} <= set(found), found


def test_a_form_that_names_no_scenario_is_a_warning(folder: Path) -> None:
    (folder / "playbook.yaml").write_text(PLAYBOOK + "forms:\n  a: [fine]\n  b:\n    - fien\n")
    assert said(kit_check(folder)[1], folder) == [f"playbook.yaml:{PLAYBOOK.count(chr(10)) + 4} W361"]


def test_two_files_with_one_id_are_warnings(folder: Path) -> None:
    (folder / "fine.yml").write_text(SCENARIO)
    assert said(kit_check(folder)[1], folder) == ["fine.yaml:1 W362", "fine.yml:1 W362"]


def test_the_faults_of_a_playbook_are_told_once_however_its_files_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "playbook.yaml").write_text(edit(PLAYBOOK, "rests_on: [A02]", "rests_on: [A01]"))
    (folder / "training").mkdir()
    (folder / "training" / "learn.yaml").write_text("title: Learn\n")
    monkeypatch.chdir(folder.parent)
    code, output = kit_check(folder.name)
    assert output.count("E301") == 1 and "2 scenarios could not be checked" in output


def test_values_stand_beside_each_answer_the_best_one_marked(folder: Path) -> None:
    _, output = kit_check(folder / "fine.yaml", "--values")
    assert output == """\
fine: * marks the best answer, the number is its worth (what it keeps, less what it breaks).

silence (choose), 2 at stake: What do you do first?
  *  +2  ring: Ring her.
          keeps ring-first (2)
     -2  write: Write again.
          breaks ring-first (2)

1 file, 0 errors, 0 warnings.
"""


def test_values_are_shown_of_every_kind_of_scene(folder: Path) -> None:
    (folder / "every.yaml").write_text(EVERY_ASK)
    _, output = kit_check(folder / "every.yaml", "--values")
    for words in ("call (best_and_worst), 2 at stake; best makes three quarters of it, worst (x) one", "  x  -3  shout: Say this.", "breaks stay-calm (3, red line)",
                  "handover (order), 2 at stake", "the right order keeps keep-notes (2)", "    3  thanks: Thank them.", "letter (compose), 2 at stake; best: sorry years",
                  "  *  +2  sorry: I am sorry.\n          place 1, keeps write-later (2)", "own-words (write), nothing at stake", "keeps and breaks nothing"):
        assert words in output, words


def test_values_are_shown_although_they_are_wrong_and_not_where_there_is_no_scenario(folder: Path) -> None:
    (folder / "a.yaml").write_text(edit(SCENARIO, "breaks: [ring-first]", "keeps: [ring-first]"))
    (folder / "b.yaml").write_text(NAMELESS)
    code, output = kit_check(folder, "--values")
    assert code == 1 and "  *  +2  write: Write again." in output and "\nb: " not in output


# --- a file can hold more faults than anybody mends ----------------------------------------------------------------

MANY = {"keys": SCENARIO + "".join(f"tilte{n}: x\n" for n in range(20_000)),
        "names": edit(SCENARIO, "keeps: [ring-first]", f"keeps: [{', '.join(f'ring-frist-{n}' for n in range(20_000))}]"),
        "doubled keys": SCENARIO + "title: x\n" * 20_000,
        "cut sentences": SCENARIO + "".join(f"k{n}: a b c #d\n" for n in range(20_000)),
        "bare words": edit(SCENARIO, "keeps: [ring-first]", f"keeps: [{', '.join(['no'] * 20_000)}]"),
        "scenes": edit(SCENARIO, "endings:\n", "  - {situation: So., question: So?, options: [{text: a, keeps: [ring-first]}, {text: b}]}\n" * 3000 + "endings:\n")}


@pytest.mark.parametrize("what", MANY)
def test_a_file_with_20000_faults_is_answered_soon_and_shortly(tmp_path: Path, what: str) -> None:
    started = time.process_time()
    findings = check_text(tmp_path, MANY[what])
    assert time.process_time() - started < 8   # some tenths of a second; it took 40 when each word was compared with all others
    assert 1 <= len(findings) <= MOST_FINDINGS + 1
    assert what == "scenes" or findings[-1].code == "E216"


def test_the_longest_scenario_allowed_is_checked_soon(tmp_path: Path) -> None:
    one = "  - {situation: So., question: So?, options: [{text: a, keeps: [ring-first]}, {text: b, trust: 1}, {text: c, trust: -1}, {text: d, trust: 2}]}\n"
    started = time.process_time()
    assert check_text(tmp_path, edit(SCENARIO, "endings:\n", one * (MOST_SCENES - 1) + "endings:\n").replace("        next: end\n", "")) == []
    assert time.process_time() - started < 8


# --- no damage goes unseen ------------------------------------------------------------------------------

@dataclass(frozen=True)
class Damaged:
    """A text that somebody broke: the lines of which one should be named, and the word that should be suggested, if any."""

    text: str
    lines: tuple[int, ...]
    word: str = ""


Breaks = Callable[[str, Spot, random.Random], Damaged | None]   # None: not at this spot
KINDS: dict[str, tuple[Callable[[Spot], object], Breaks]] = {}   # kind of damage -> where it can be done, how it is done


def damage(where: Callable[[Spot], object]) -> Callable[[Breaks], Breaks]:
    def keep(breaks: Breaks) -> Breaks:
        KINDS[breaks.__name__.replace("_", " ")] = where, breaks
        return breaks
    return keep


MUST_BE_THERE = set("""
    title cause who situation question text model scenes options blocks steps outcomes endings
    at says gist why do dont weight competency rests_on pull settled between rules sources bands""".split())
NAMES_ONE = {"next", "ask", "cause", "who", "phase", "status", "competency"}
LISTS_NAMES = {"keeps", "breaks", "rules"}
LISTS_CLAIMS = {"cites", "rests_on", "between", "same_as"}
LONG_NAME = r"[a-z]+(-[a-z]+)+"


def is_in_braces(spot: Spot) -> bool:
    return "{" in spot.indent


def is_bare(spot: Spot) -> bool:
    """Whether the value is a text without quotes on the line of its key."""
    return spot.kind == "text" and re.fullmatch(r"[^\"'>|\n].*", spot.words) is not None


def is_number(spot: Spot) -> bool:
    return spot.name in ("weight", "level", "place", "pass_mark", "at_least") or spot.way == "scenes.options.trust"


def is_range(spot: Spot) -> bool:
    return spot.name == "trust" and re.fullmatch(r"(\d+)-(?!\1)\d+", spot.words) is not None


def is_list_in_brackets(spot: Spot) -> bool:
    return spot.words.startswith("[")


def mistyped(word: str, dice: random.Random) -> str:
    """The word with one letter left out, doubled, wrong, or changed with the next."""
    typed = word
    while typed in (word, ""):
        n = dice.randrange(len(word))
        before, letter, after = word[:n], word[n], word[n + 1:]
        typed = before + dice.choice([after, letter * 2 + after, dice.choice(string.ascii_lowercase) + after, after[:1] + letter + after[1:]])
    return typed


def latest(text: str, spot: Spot, *ways: str) -> Spot:
    """The last key of one of these ways before this one."""
    return [s for s in spots_of(text) if s.way in ways and s.key.start < spot.key.start][-1]


@damage(lambda spot: spot.name in MUST_BE_THERE and spot.stands_alone)
def key_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(without(text, spot), (spot.owner,))


@damage(lambda spot: len(spot.name) > 2)
def key_mistyped(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.key, mistyped(spot.name, dice)), (spot.line,), spot.name)


@damage(lambda spot: len(spot.name) > 2)
def key_with_a_capital(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.key, spot.name.title()), (spot.line,), spot.name)


@damage(lambda spot: spot.kind == "text" and not is_in_braces(spot))
def key_doubled(text: str, spot: Spot, dice: random.Random) -> Damaged:
    pair = text[spot.key.start: spot.value.stop]
    return Damaged(put(text, spot.value.stop, f"\n{' ' * len(spot.indent)}{pair}"), (spot.line + pair.count("\n") + 1,))


@damage(lambda spot: not is_in_braces(spot))
def key_unknown(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.key.start, f"strange: x\n{' ' * len(spot.indent)}"), (spot.line,))


@damage(lambda spot: spot.kind == "text")
def colon_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, slice(spot.key.stop, spot.key.stop + 1), ""), (spot.line,))


@damage(is_bare)
def space_after_the_colon_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, slice(spot.key.stop, spot.value.start), ":"), (spot.line,))


@damage(lambda spot: spot.name in NAMES_ONE and is_bare(spot) and len(spot.words) > 2)
def name_mistyped(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value, mistyped(spot.words, dice)), (spot.line,), spot.words)


@damage(lambda spot: spot.name in LISTS_NAMES and is_list_in_brackets(spot) and re.search(LONG_NAME, spot.words))
def name_in_a_list_mistyped(text: str, spot: Spot, dice: random.Random) -> Damaged:
    name = dice.choice(list(re.finditer(LONG_NAME, spot.words)))
    where = slice(spot.value.start + name.start(), spot.value.start + name.end())
    return Damaged(put(text, where, mistyped(name[0], dice)), (spot.line,), name[0])


@damage(lambda spot: spot.name in LISTS_CLAIMS)
def claim_mistyped(text: str, spot: Spot, dice: random.Random) -> Damaged:
    letter = re.search("[A-Z]", spot.words)[0]
    return Damaged(put(text, spot.value, spot.words.replace(letter, dice.choice(["Q", f"{letter}x", letter.lower()]))), (spot.line,))


@damage(lambda spot: spot.name == "id")
def id_doubled(text: str, spot: Spot, dice: random.Random) -> Damaged | None:
    things = spot.way.rpartition(".")[0]
    first = latest(text, spot, spot.way, things, f"{things.rpartition('.')[0]}.id")
    return Damaged(put(text, spot.value, first.words), (spot.line,)) if first.way == spot.way else None


@damage(lambda spot: spot.name == "id")
def id_that_yaml_reads_as_something_else(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value, dice.choice(["no", "yes", "010", "12:30", "null", "3"])), (spot.line,))


@damage(lambda spot: spot.name == "id")
def id_in_words(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value, dice.choice(["Ring at three", "ring_at_three", "Rückruf"])), (spot.line,))


@damage(lambda spot: spot.stands_alone and spot.line > 1)
def indent_too_deep(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.key.start, " "), (spot.line,))


@damage(lambda spot: spot.stands_alone and spot.indent)
def indent_too_small(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, slice(spot.key.start - 1, spot.key.start), ""), (spot.line,))


@damage(lambda spot: spot.stands_alone and spot.indent)
def indent_by_a_tab(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, slice(spot.key.start - len(spot.indent), spot.key.start), "\t"), (spot.line,))


@damage(lambda spot: spot.indent.endswith("- "))
def hyphen_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, slice(spot.key.start - 2, spot.key.start), "  "), (spot.line,))


@damage(lambda spot: spot.words.startswith('"'))
def closing_quote_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, slice(spot.value.stop - 1, spot.value.stop), ""), (spot.line, spot.line + spot.words.count("\n")))


@damage(lambda spot: spot.words.startswith('"'))
def quote_inside_a_quoted_text(text: str, spot: Spot, dice: random.Random) -> Damaged:
    middle = (spot.value.start + spot.value.stop) // 2
    return Damaged(put(text, middle, '" "'), (text[:middle].count("\n") + 1,))


@damage(is_list_in_brackets)
def closing_bracket_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, slice(spot.value.stop - 1, spot.value.stop), ""), (spot.line,))


@damage(is_list_in_brackets)
def opening_bracket_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, slice(spot.value.start, spot.value.start + 1), ""), (spot.line,))


@damage(is_in_braces)
def closing_brace_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    brace = text.index("}", spot.value.stop)
    return Damaged(put(text, slice(brace, brace + 1), ""), (spot.line,))


@damage(lambda spot: is_list_in_brackets(spot) and "," in spot.words)
def comma_in_a_list_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value, spot.words.replace(",", "", 1)), (spot.line,))


@damage(lambda spot: is_in_braces(spot) and is_bare(spot))
def comma_in_braces_added(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value.stop, ", and more"), (spot.line,))


@damage(is_range)
def trust_with_a_gap_or_an_overlap(text: str, spot: Spot, dice: random.Random) -> Damaged:
    low, high = map(int, spot.words.split("-"))
    broken = dice.choice([f"{low + 1}-{high}", f"{low}-{high - 1}", f"{low}-{high + 1}"])
    return Damaged(put(text, spot.value, broken), (spot.line, latest(text, spot, spot.way.rpartition(".")[0]).line))


@damage(is_range)
def trust_that_is_no_range(text: str, spot: Spot, dice: random.Random) -> Damaged:
    low, high = spot.words.split("-")
    return Damaged(put(text, spot.value, dice.choice([f"{low} to {high}", f"{low}–{high}", f"{high}-{low}", f"{low}-"])), (spot.line,))


@damage(is_number)
def number_out_of_range(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value, dice.choice(["999", "-999"])), (spot.line,))


@damage(is_number)
def number_in_words(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value, dice.choice(["two", "2nd", "02", "2:5"])), (spot.line,))


@damage(lambda spot: True)
def value_deleted(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.after_key, ":"), (spot.line,))


@damage(lambda spot: spot.kind == "text")
def list_for_a_text(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.after_key, ": [one, two]"), (spot.line,))


@damage(lambda spot: spot.kind == "text")
def keys_for_a_text(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.after_key, ": {one: two}"), (spot.line,))


@damage(lambda spot: spot.kind != "text")
def text_for_a_list_or_keys(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.after_key, ": one and two"), (spot.line,))


@damage(lambda spot: spot.way in ("scenes", "endings", "rules", "sources"))
def second_document(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.key.start, "---\n"), (spot.line,))


@damage(is_bare)
def anchor_alias_or_tag(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value.start, dice.choice(["&mine ", "*mine", "!mine "])), (spot.line,))


@damage(lambda spot: spot.kind == "text")
def control_character(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value.start, dice.choice("\0\a\x1b\x7f")), (spot.line,))


@damage(lambda spot: spot.kind == "text")
def byte_that_is_not_utf_8(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value.start, "\udce9"), (spot.line,))


@damage(lambda spot: spot.name == "next")
def next_leads_back(text: str, spot: Spot, dice: random.Random) -> Damaged:
    scene = latest(text, spot, "scenes.id")
    return Damaged(put(text, spot.value, scene.words), (scene.line, spot.line))


@damage(lambda spot: spot.way == "scenes.options.keeps" and spot.stands_alone and is_list_in_brackets(spot))
def rule_kept_and_broken(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(put(text, spot.value.stop, f"\n{spot.indent}breaks: {spot.words}"), (spot.owner, spot.line + 1))


@damage(lambda spot: spot.way.partition(".")[0] in ("scenes", "rules"))   # before the endings and the sources
def file_cut_off(text: str, spot: Spot, dice: random.Random) -> Damaged:
    return Damaged(text[: spot.value.start], (1, spot.line))


@cache
def spots_of(text: str) -> list[Spot]:
    return spots(text)


def damages(text: str, kind: str, *, times: int, seed: str) -> Iterator[Damaged]:
    """The text broken in this way at several places, the same ones every time."""
    where, breaks = KINDS[kind]
    dice = random.Random(f"{seed} {kind}")
    places_for_it = [spot for spot in spots_of(text) if where(spot)]
    done = (breaks(text, spot, dice) for spot in dice.sample(places_for_it, len(places_for_it)))
    return islice((damaged for damaged in done if damaged), times)


@dataclass(frozen=True)
class Seen:
    """What the checker made of one damage: anything; something at its line, give or take one; the word, if one is wanted."""

    kind: str
    at_all: bool
    at_its_line: bool
    with_the_word: bool | None
    where: str


def check_file(path: Path, playbook: Playbook) -> tuple[Finding, ...]:
    if path.parent.name == "training":
        return load_training_set(path, playbook).findings
    if path.name != "playbook.yaml":
        return load_scenario(path, playbook).findings
    try:
        return load_playbook(path.parent)[1]
    except NoPlaybook as none:
        return none.findings


def see(damaged: Damaged, kind: str, path: Path, playbook: Playbook) -> Seen:
    path.write_bytes(damaged.text.encode("utf-8", "surrogateescape"))
    findings = check_file(path, playbook)
    return Seen(kind, at_all=bool(findings),
                at_its_line=any(abs(f.line - line) <= 1 for f in findings for line in damaged.lines),
                with_the_word=any(f"Did you mean `{damaged.word}`?" in f.cure for f in findings) if damaged.word else None,
                where=f"{path.name}:{damaged.lines} is said to be at {[f'{f.line} {f.code}' for f in findings[:3]]}")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """Every kind of damage, done to every shipped file: to a scenario at one place, to the few others at three."""
    playbook, _ = load_playbook(SHIPPED)
    folder = tmp_path_factory.mktemp("damaged")
    whole = tmp_path_factory.mktemp("whole") / "scenarios"   # training sets are checked with their scripts, which are sound
    shutil.copytree(SHIPPED, whole)
    files = {file: folder / file.name for file in sorted(SHIPPED.glob("*.yaml"))}
    files |= {file: whole / "training" / file.name for file in sorted((SHIPPED / "training").glob("*.yaml"))}
    return [see(damaged, kind, path, playbook) for file, path in files.items() for kind in KINDS
            for damaged in damages(file.read_text(encoding="utf-8"), kind, times=1 if is_scenario(file) else 3, seed=file.name)]


def is_scenario(file: Path) -> bool:
    return file.parent == SHIPPED and file.name != "playbook.yaml"


def share(seen: list[Seen], what: str) -> tuple[float, str]:
    """The share of the damages of which this is true; and the figures: kind by kind, and where it is not."""
    asked = [s for s in seen if getattr(s, what) is not None]
    right, every = Counter(s.kind for s in asked if getattr(s, what)), Counter(s.kind for s in asked)
    lines = [f"{kind}: {right[kind]} of {every[kind]}" for kind in every] + [f"{s.kind}: {s.where}" for s in asked if not getattr(s, what)]
    return right.total() / every.total(), "\n".join([f"{what}: {right.total()} of {every.total()}", *lines])


def test_there_are_many_kinds_of_damage_and_each_is_done_at_several_places(seen: list[Seen]) -> None:
    done = Counter(s.kind for s in seen)
    assert len(done) >= 25 and min(done.values()) >= 3, done


def test_every_damage_is_found(seen: list[Seen]) -> None:
    found, figures = share(seen, "at_all")
    assert found == 1, figures


def test_damage_is_found_at_its_line_give_or_take_one(seen: list[Seen]) -> None:
    found, figures = share(seen, "at_its_line")
    assert found >= 0.95, figures


def test_a_typing_error_of_one_letter_is_answered_with_the_right_word(seen: list[Seen]) -> None:
    found, figures = share(seen, "with_the_word")
    assert found >= 0.90, figures


# --- whatever it is, it is read or refused --------------------------------------------------------------

PIECES = [*(sign.encode() for sign in "= << ~ [ ] { } , # | > >- ' \" no end 010 12:30 2001-99-99 0b_ \"\\ud800\" \"\\UFFFFFFFF\"".split()),
          b": ", b"- ", b"? ", b"\n", b"\t", b"\r", b" #", b"&a ", b"*a", b"!a ", b"!!python/object/apply:os.system ", b"---\n", b"...\n", b"%YAML 1.1\n",
          b"\0", b"\xff", b"\x85", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"9" * 5000, b"id: ring\n"]
KEYS = sorted({spot.name for spot in spots(EVERY_ASK)})
TEXTS = st.sampled_from([SCENARIO, EVERY_ASK, PLAYBOOK])
WORDS = st.text(max_size=8) | st.sampled_from([*(piece.decode() for piece in PIECES if piece.isascii()), *"ring door ring-first A01 X1a 6-10 0.5 2".split()])
TREES = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | WORDS, inner, max_size=4),
                     max_leaves=12)
CUTS = st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES) | st.binary(max_size=4))   # where (a share), how much goes, what comes
many = settings(steady, max_examples=150)


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("anything")


def read_whatever(folder: Path, raw: bytes) -> None:
    """Read it as a scenario and as a playbook: content, or findings that can be shown, each at a line of the file."""
    for name in ("a.yaml", "playbook.yaml"):
        (folder / name).write_bytes(raw)
    reading = load_scenario(folder / "a.yaml", small_playbook())
    assert (reading.content is None) == any(f.is_error for f in reading.findings)
    lines = len(re.split(r"\r\n|[\r\n\x85\u2028\u2029]", raw.decode("utf-8-sig", "replace")))
    for finding in [*reading.findings, *check_file(folder / "playbook.yaml", small_playbook())]:
        assert 1 <= finding.line <= lines + 1 and finding.col >= 1   # the end of the file counts as a line
        assert str(finding).encode() and finding.says


@many
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
       | st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join))
def test_arbitrary_bytes_are_read_or_refused(somewhere: Path, raw: bytes) -> None:
    read_whatever(somewhere, raw)


@many
@given(TEXTS, st.lists(CUTS, min_size=1, max_size=4))
def test_whatever_is_cut_out_of_a_file_and_put_in_it_is_read_or_refused(somewhere: Path, text: str, cuts: list[tuple[float, int, bytes]]) -> None:
    raw = text.encode()
    for where, length, piece in cuts:
        start = int(where * len(raw))
        raw = raw[:start] + piece + raw[start + length:]
    read_whatever(somewhere, raw)


@many
@given(st.data(), TEXTS, TREES)
def test_whatever_stands_for_a_value_the_file_is_read_or_refused(somewhere: Path, data: st.DataObject, text: str, tree: object) -> None:
    spot = data.draw(st.sampled_from(spots_of(text)))
    read_whatever(somewhere, put(text, spot.after_key, f": {in_yaml(tree)}\n").encode())


def in_yaml(tree: object) -> str:
    """Lists and keys in brackets; words without quotes wherever they can stand so, and now and then where they cannot."""
    if isinstance(tree, list):
        return f"[{', '.join(map(in_yaml, tree))}]"
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{in_yaml(key)}: {in_yaml(value)}" for key, value in tree.items()) + "}"
    return tree if re.fullmatch(r"[\w=<~./+\"\\][\w=<~./+\"\\-]*", tree) else json.dumps(tree)
