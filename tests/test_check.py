"""What a file shows about itself, said by the checker and by `kit check`: every fault of content, at its line; and no damage goes unseen."""

import json
import random
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from content import (EVERY_ASK, PLAYBOOK, SCENARIO, Spot, check_edit, check_playbook_text, check_text, edit, places, put, read, small_playbook,
                     spots)
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import steady

from kit.checking import check_paths
from kit.cli import main
from kit.content.finding import Finding
from kit.content.playbook import Playbook
from kit.library import NoPlaybook, load, load_playbook, load_scenario
from kit.places import shipped
from kit.play.prove import prove

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

def test_a_claim_under_no_rule_is_found_at_the_claim(tmp_path):
    findings, _ = check_edit(tmp_path, "rests_on: [A02]", "rests_on: [A01]", text=PLAYBOOK)
    assert places(findings) == [("E301", line_of(PLAYBOOK, "- id: A02"))]


def test_a_claim_is_under_a_rule_through_its_twin(tmp_path):
    findings, _ = check_edit(tmp_path, "rests_on: [A01]", "rests_on: [A09]", text=PLAYBOOK)
    assert findings == []


@pytest.mark.parametrize(("old", "new"), [("same_as: A01", "same_as: A01\n      - {id: A10, at: End, phase: tell, who: us, says: Again., same_as: A09}"), ("same_as: A01", "same_as: A09")])
def test_a_twin_of_a_twin_is_found_at_its_line(tmp_path, old, new):
    text = edit(PLAYBOOK, old, new)
    assert ("E302", line_of(text, "same_as: A09")) in places(check_playbook_text(tmp_path, text))


def test_a_fifth_red_line_and_every_further_one_is_found(tmp_path):
    text = PLAYBOOK.replace("red_line: no", "red_line: yes")
    lines = [spot.line for spot in spots(text) if spot.way == "rules.red_line"]
    assert places(check_playbook_text(tmp_path, text)) == [("E303", line) for line in lines[4:]]


@pytest.mark.parametrize(("old", "new"), [("at_least: 0,", "at_least: 5,"), ("at_least: 75", "at_least: 0"), ("title: A start, at_least: 0,", "title: A start, at_least: 80,")])
def test_bands_that_do_not_rise_from_0_are_found(tmp_path, old, new):
    findings, _ = check_edit(tmp_path, old, new, text=PLAYBOOK)
    assert places(findings) == [("E304", line_of(PLAYBOOK, "bands:"))]


@pytest.mark.parametrize(("old", "new", "says"), [("0-4", "0-3", "no range holds a trust of 4"), ("0-4", "0-5", "2 ranges hold a trust of 5"), ("5-10", "5-9", "no range holds a trust of 10"), ("0-4", "1-4", "no range holds a trust of 0")])
def test_trust_without_a_word_or_with_two_is_found(tmp_path, old, new, says):
    (finding,), _ = check_edit(tmp_path, f"trust: {old}", f"trust: {new}", text=PLAYBOOK)
    assert (finding.code, finding.line) == ("E305", line_of(PLAYBOOK, "trust_words:"))
    assert says in finding.says


def test_all_faults_of_a_playbook_are_found_at_once(tmp_path):
    text = PLAYBOOK
    for old, new in [("rests_on: [A02]", "rests_on: [A01]"), ("same_as: A01", "same_as: A09"), ("at_least: 0,", "at_least: 5,"), ("trust: 0-4", "trust: 0-3")]:
        text = edit(text, old, new)
    assert [code for code, _ in places(check_playbook_text(tmp_path, text))] == ["E305", "E304", "E301", "E301", "E302"]


# --- the way through a scenario -------------------------------------------------------------------------

@pytest.mark.parametrize(("scenes", "returns"), [
    ([("one", "one")], "one"), ([("one", "two"), ("two", "one")], "two"), ([("one", "two"), ("two", "three"), ("three", "one")], "three"), ([("one", "three"), ("two", "two"), ("three", "end")], "two")],
    ids=["to itself", "two scenes", "three scenes", "where nobody comes"])
def test_a_loop_is_found_at_the_scene_that_leads_back(tmp_path, scenes, returns):
    text = scenario(*(scene(name, option("good", "ring-first", to=to), BAD) for name, to in scenes))
    assert places(check_text(tmp_path, text)) == [("E310", line_of(text, f"- id: {returns}\n"))]


def test_paths_that_meet_again_are_no_loop(tmp_path):
    text = scenario(scene("one", option("good", "ring-first", to="three"), option("bad", "", "ring-first", to="two")), scene("two", GOOD.replace("end", "three"), BAD), scene("three", GOOD, BAD))
    assert check_text(tmp_path, text) == []


@pytest.mark.parametrize(("old", "new", "says"), [("6-10", "7-10", "no range holds a trust of 6"), ("6-10", "5-10", "2 ranges hold a trust of 5"), ("0-5", "1-5", "no range holds a trust of 0"), ("6-10", "6-9", "no range holds a trust of 10")])
def test_a_gap_and_an_overlap_of_trust_are_found_at_the_endings(tmp_path, old, new, says):
    (finding,), _ = check_edit(tmp_path, f"trust: {old}", f"trust: {new}")
    assert (finding.code, finding.line) == ("E305", line_of(SCENARIO, "endings:"))
    assert says in finding.says


def test_end_with_two_endings_and_no_range_is_found_at_the_endings(tmp_path):
    text = edit(edit(SCENARIO, "    trust: 6-10\n", ""), "    trust: 0-5\n", "")
    assert places(check_text(tmp_path, text)) == [("E311", line_of(text, "endings:"))]


def test_endings_that_are_all_named_need_no_range(tmp_path):
    text = edit(edit(SCENARIO, "    trust: 6-10\n", ""), "    trust: 0-5\n", "")
    assert check_text(tmp_path, edit(edit(text, "next: end", "next: door"), "trust: -1\n", "trust: -1\n        next: cold\n")) == []


def test_two_best_endings_are_found_at_the_second(tmp_path):
    findings, line = check_edit(tmp_path, "    trust: 0-5\n", "    best: yes\n    trust: 0-5\n")
    assert places(findings) == [("E312", line)]


def test_a_scene_that_nobody_reaches_is_found(tmp_path):
    text = scenario(scene("one", GOOD, BAD), scene("two", GOOD, BAD))
    assert places(check_text(tmp_path, text)) == [("E340", line_of(text, "- id: two"))]


@pytest.mark.parametrize(("old", "new", "unreached"), [("trust: 1\n", "trust: 0\n", "- id: door"), ("trust: -1\n", "trust: 1\n", "- id: cold"), ("next: end", "next: cold", "- id: door"), ("who: client", "who: client\ntrust: 0", "- id: door")])
def test_an_ending_that_nobody_reaches_is_found(tmp_path, old, new, unreached):
    text = edit(SCENARIO, old, new)
    assert ("E340", line_of(text, unreached)) in places(check_text(tmp_path, text))


def test_an_ending_without_a_range_that_no_answer_names_is_found(tmp_path):
    text = SCENARIO + "  - {id: other, title: Another, text: It is over.}\n"
    assert places(check_text(tmp_path, text)) == [("E340", text.count("\n"))]


@pytest.mark.parametrize("outcomes", [("0.4", "0.8", ""), ("0.8", "0.8", ""), ("", "0.4", ""), ("0.8", "0.4", "0.2")])
def test_outcomes_that_do_not_fall_are_found(tmp_path, outcomes):
    items = "".join(f"      - {{{f'at_least: {bar}, ' if bar else ''}reply: So., feedback: So., cites: [A04], trust: 0}}\n" for bar in outcomes)
    spot = [s for s in spots(EVERY_ASK) if s.way == "scenes.outcomes"][1]
    text = put(EVERY_ASK, spot.after_key, ":\n" + items.rstrip("\n"))
    assert ("E316", spot.line) in places(check_text(tmp_path, text))


# --- what fits ------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("who", "rule", "fits"), [("client", "give-notice", False), ("us", "try-once", False), ("client", "try-once", True), ("us", "give-notice", True), ("both", "try-once", True),
                                                   ("both", "give-notice", True), ("us", "ring-first", True)])
def test_a_rule_must_fit_whose_decision_it_is(tmp_path, who, rule, fits):
    text = scenario(scene("one", option("good", f"ring-first, {rule}"), BAD), who=who)
    assert places(check_text(tmp_path, text)) == ([] if fits else [("E313", line_of(text, rule))])


@pytest.mark.parametrize(("phase", "rule", "code"), [
    ("decide", "ring-first", ""), ("tell", "ring-first", "W314"), ("close", "ring-first", "E314"), ("after", "ring-first", "E314"), ("close", "write-later", "W314"), ("tell", "write-later", "E314"),
    ("close", "ask-why", "W314"), ("after", "ask-why", "E314"), ("tell", "ask-why", ""), ("close", "keep-notes", ""), ("always", "ring-first", "")])
def test_a_rule_of_a_neighbouring_phase_is_a_warning_and_of_a_farther_one_a_fault(tmp_path, phase, rule, code):
    text = scenario(scene("one", option("good", rule), option("bad", "", "keep-notes"), phase=phase))
    assert places(check_text(tmp_path, text)) == ([(code, line_of(text, f"[{rule}]"))] if code else [])


@pytest.mark.parametrize(("way", "value"), [("scenes.keeps", "[ring-first]"), ("scenes.rules", "[say-it-plainly]"), ("scenes.blocks.keeps", "[ring-first]"), ("scenes.blocks.breaks", "[ring-first]")])
def test_a_rule_must_fit_in_every_kind_of_scene(tmp_path, way, value):
    spot = next(s for s in spots(EVERY_ASK) if s.way == way)
    assert ("E314", spot.line) in places(check_text(tmp_path, put(EVERY_ASK, spot.value, value)))


@pytest.mark.parametrize(("claims", "fits"), [("A03", False), ("A03, A04", False), ("A01", True), ("A03, A01", True), ("A09", True)])
def test_what_is_cited_must_hold_up_a_rule_that_is_named_or_be_its_twin(tmp_path, claims, fits):
    findings, line = check_edit(tmp_path, "cites: [A01]", f"cites: [{claims}] ")
    assert places(findings) == ([] if fits else [("E315", line)])


def test_an_option_that_names_no_rule_cites_for_the_rules_of_its_scene(tmp_path):
    text = edit(SCENARIO, "        breaks: [ring-first]\n", "        cites: [A01]\n")
    assert check_text(tmp_path, text) == []
    findings, line = check_edit(tmp_path, "        cites: [A01]\n        trust: -1", "        cites: [A02]\n        trust: -1", text=text)
    assert places(findings) == [("E315", line)]


def test_the_outcomes_of_a_composed_answer_cite_for_the_rules_of_its_blocks(tmp_path):
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
def test_values_that_cannot_be_played_are_found_at_their_line(tmp_path, code, options, at):
    text = scenario(scene("one", *options))
    assert places(check_text(tmp_path, text)) == [(code, line_of(text, at))]


def test_every_best_option_but_the_first_is_found(tmp_path):
    text = scenario(scene("one", option("good", "ring-first"), option("odd", "keep-notes"), option("bad"), option("also", "try-once")))
    assert places(check_text(tmp_path, text)) == [("E334", line_of(text, "id: odd")), ("E334", line_of(text, "id: also"))]


@pytest.mark.parametrize(("code", "blocks"), [
    ("E331", ["keeps: [write-later]", "keeps: [keep-notes], breaks: [keep-notes]", "", "", ""]),
    ("E332", ["keeps: [write-later]", "keeps: [keep-notes], breaks: [stay-calm]", "", "", ""]),
    ("E333", ["", "", "breaks: [write-later]", "", ""]),
    ("E335", ["keeps: [write-later, keep-notes], breaks: [try-once]", "", "", "", ""]),
    ("E336", ["keeps: [write-later]", "keeps: [keep-notes]", "keeps: [try-once]", "keeps: [write-later]", "keeps: [keep-notes]"]),
    ("E337", ["keeps: [write-later]", "keeps: [keep-notes], breaks: [try-once]", "keeps: [ring-first], breaks: [try-once]", "", ""])])
def test_blocks_that_cannot_be_played_are_found(tmp_path, code, blocks):
    spot = next(s for s in spots(EVERY_ASK) if s.way == "scenes.blocks")
    items = [f"      - {{id: b{n}, text: Words., {block}}}" for n, block in enumerate(blocks)]
    findings = check_text(tmp_path, put(EVERY_ASK, spot.after_key, ":\n" + "\n".join(items)))
    line = spot.line + (2 if code in ("E331", "E332") else 0)
    assert (code, line) in places(findings)


def test_steps_that_all_have_one_place_are_found(tmp_path):
    text = EVERY_ASK.replace("place: 3", "place: 1").replace("files., place: 2", "files., place: 1")
    assert places(check_text(tmp_path, text)) == [("E330", line_of(text, "steps:"))]


def test_the_best_ending_that_the_best_play_does_not_reach_is_a_warning(tmp_path):
    text = edit(edit(SCENARIO, "    best: true\n", ""), "    trust: 0-5\n", "    trust: 0-5\n    best: true\n")
    assert places(check_text(tmp_path, text)) == [("W341", line_of(text, "- id: cold"))]


def test_a_scene_that_holds_too_much_of_the_stake_is_a_warning_once_the_scenario_is_ready(tmp_path):
    findings, _ = check_edit(tmp_path, "keeps: [ring-first]", "keeps: [ring-first, ask-why]", text=EVERY_ASK)
    assert places(findings) == [("W350", line_of(EVERY_ASK, "- id: silence"))]
    assert check_text(tmp_path, edit(edit(EVERY_ASK, "keeps: [ring-first]", "keeps: [ring-first, ask-why]"), "status: ready", "status: draft")) == []


def test_a_short_path_that_reaches_the_pass_mark_is_a_warning(tmp_path):
    text = scenario(scene("one", option("good", "ring-first, keep-notes", to="two"), option("leave", "ring-first, ask-why"), option("bad", to="two")),
                    scene("two", option("good", "ring-first, keep-notes"), BAD))
    assert places(check_text(tmp_path, text)) == [("W351", line_of(text, "scenes:"))]


def test_a_weaker_option_that_opens_the_better_road_is_a_warning(tmp_path):
    text = scenario(scene("one", option("good", "ring-first, keep-notes", to="two"), option("leave", "ring-first"), option("weaker", "ask-why", to="two"), option("bad", to="two")),
                    scene("two", option("good", "ring-first, keep-notes"), BAD), endings=ENDINGS)
    assert places(check_text(tmp_path, text)) == [("W352", line_of(text, "id: weaker"))]


def test_faults_of_shape_fit_and_value_are_found_at_once(tmp_path):
    text = scenario(scene("one", option("good", "write-later"), option("also", "keep-notes")), scene("two", option("odd", "keep-notes", "keep-notes"), BAD, phase="tell"), endings=ENDINGS.replace("}", ", trust: 1-10}"))
    assert places(check_text(tmp_path, text)) == [("E336", line_of(text, "next: end, trust: 0}\n      - {id: also") - 1), ("E314", 10), ("E334", 11), ("E333", 16), ("E331", 17), ("W314", 18), ("E305", 19)]


# --- what a ready scenario should not lack --------------------------------------------------------------

WANTED = {"summary", "role", "client", "scenes.phase", "scenes.options.reply", "scenes.options.feedback", "scenes.options.cites", "scenes.options.trust", "scenes.options.tempting",
          "scenes.outcomes.reply", "scenes.outcomes.feedback", "scenes.outcomes.cites", "scenes.outcomes.trust", "endings.best"}


def without(text: str, spot: Spot) -> str:
    """The text without the lines of this key, which must begin a line."""
    start, stop = text.rindex("\n", 0, spot.key.start), text.find("\n", spot.value.stop)
    assert text[start: spot.key.start].isspace()
    return text[:start] + text[stop:]


def stands_alone(text: str, spot: Spot) -> bool:
    """Whether the key begins a line, with nothing but spaces before it."""
    return text[text.rfind("\n", 0, spot.key.start) + 1: spot.key.start].isspace() or spot.key.start == text.rfind("\n", 0, spot.key.start) + 1


def test_each_key_that_a_ready_scenario_lacks_is_a_warning_at_the_thing_that_lacks_it(tmp_path):
    wanted = [spot for spot in spots(EVERY_ASK) if spot.way in WANTED and stands_alone(EVERY_ASK, spot)]
    assert {spot.way for spot in wanted} == WANTED

    def is_found(spot: Spot) -> bool:
        after = without(EVERY_ASK, spot)
        line = line_of(after, "\nendings:") + 1 if spot.name == "best" else spot.owner
        return [(f.code, f.line, f"`{spot.name}" in f.says) for f in check_text(tmp_path, after)] == [("W320", line, True)]
    assert [spot for spot in wanted if not is_found(spot)] == []


def test_a_draft_may_lack_all_of_it(tmp_path):
    text = edit(EVERY_ASK, "status: ready", "status: draft")
    for spot in reversed([s for s in spots(text) if s.way in WANTED and stands_alone(text, s)]):
        text = without(text, spot)
    assert {spot.way for spot in spots(text)} & WANTED <= {"scenes.outcomes.reply"}
    assert [f for f in check_text(tmp_path, text) if f.code == "W320"] == []


def test_the_best_option_needs_nothing_tempting(tmp_path):
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


def test_a_fine_folder_gives_0(folder):
    assert kit_check(folder) == (0, "2 files, 0 errors, 0 warnings.\n")


def test_an_error_gives_1_and_is_said_with_line_and_cure(folder):
    (folder / "a.yaml").write_text(NAMELESS)
    code, output = kit_check(folder / "a.yaml")
    assert (code, output) == (1, f"{folder}/a.yaml:1:7: E203 the text is empty.\n    Write it, or remove the key.\n1 file, 1 error, 0 warnings.\n")


def test_a_warning_gives_0_and_with_strict_1(folder):
    (folder / "a.yaml").write_text(UNWISE)
    for words, wanted in [((), 0), (("--strict",), 1)]:
        code, output = kit_check(folder, *words)
        assert (code, said(output, folder)) == (wanted, ["a.yaml:12 W314", "a.yaml:18 W314"])
        assert output.endswith("3 files, 0 errors, 2 warnings.\n")


@pytest.mark.parametrize("words", [["nowhere.yaml"], ["--nonsense"], ["x" * 5000]], ids=["no such file", "no such option", "a name too long"])
def test_what_cannot_be_run_gives_2_and_says_why(folder, words):
    code, output = kit_check(*words)
    assert code == 2 and "Error: " in output


def test_one_path_that_is_not_there_stops_before_anything_is_said(folder):
    code, output = kit_check(folder, folder / "nowhere.yaml")
    assert (code, output) == (2, f"Error: There is no file or folder {folder / 'nowhere.yaml'}.\n")


def test_a_broken_scenario_does_not_stop_the_others(folder):
    for name, text in [("broken", b'title: "'), ("empty", b""), ("latin", b"\xff"), ("list", b"- a"), ("unnamed", NAMELESS.encode())]:
        (folder / f"{name}.yaml").write_bytes(text)
    (folder / "folder.yaml").mkdir()
    code, output = kit_check(folder)
    assert (code, said(output, folder)) == (1, ["broken.yaml:1 E104", "empty.yaml:1 E106", "folder.yaml:1 E101", "latin.yaml:1 E103", "list.yaml:1 E200", "unnamed.yaml:1 E203"])
    assert [s.id for s in load(folder).scenarios] == ["fine"]


def test_findings_come_file_by_file_and_line_by_line(folder):
    several = edit(edit(NAMELESS, "trust: 6-10", "trust: x"), "trust: -1\n", "trust: y\n")
    (folder / "b.yaml").write_text(several)
    (folder / "a.yaml").write_text(several)
    in_file = ["1 E203", "19 E204", "24 E207"]
    assert said(kit_check(folder)[1], folder) == [f"{name}.yaml:{line}" for name in "ab" for line in in_file]
    assert said(kit_check(folder / "b.yaml", folder / "a.yaml")[1], folder) == [f"{name}.yaml:{line}" for name in "ba" for line in in_file]


def test_a_file_that_is_named_twice_is_checked_once(folder):
    (folder / "a.yaml").write_text(NAMELESS)
    code, output = kit_check(folder / "a.yaml", folder, folder / "fine.yaml", "--figures")
    assert (code, said(output, folder)) == (1, ["a.yaml:1 E203"])
    assert output.count("\nfine ") == 1 and "3 files, 1 error" in output


def test_files_that_are_no_scenarios_are_left_alone(folder):
    for name in ("README.md", ".hidden.yaml", "notes.txt"):
        (folder / name).write_text("no scenario")
    (folder / "short.yml").write_text(NAMELESS)
    code, output = kit_check(folder)
    assert (code, said(output, folder)) == (1, ["short.yml:1 E203"]) and "3 files" in output


def test_a_playbook_is_checked_as_a_file_too(folder):
    assert kit_check(folder / "playbook.yaml") == (0, "1 file, 0 errors, 0 warnings.\n")
    (folder / "playbook.yaml").write_text(edit(PLAYBOOK, "rests_on: [A02]", "rests_on: [A01]"))
    code, output = kit_check(folder)
    assert (code, said(output, folder)) == (1, [f"playbook.yaml:{line_of(PLAYBOOK, '- id: A02')} E301"])


def test_a_scenario_goes_by_the_playbook_beside_it_and_elsewhere_by_the_librarys(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.yaml").write_text(SCENARIO)
    assert kit_check(folder / "fine.yaml")[0] == 0
    code, output = kit_check(elsewhere / "a.yaml")
    assert (code, said(output, elsewhere)) == (1, ["a.yaml:12 E206", "a.yaml:13 E206", "a.yaml:18 E206"])


def test_without_a_path_the_library_in_use_is_checked(folder, monkeypatch):
    (folder / "a.yaml").write_text(NAMELESS)
    monkeypatch.setenv("KIT_SCENARIOS", str(folder))
    code, output = kit_check()
    assert (code, said(output, folder)) == (1, ["a.yaml:1 E203"])


def test_the_shipped_library_has_no_findings():
    assert check_paths([SHIPPED]).findings == ()


def test_figures_show_each_scenario_that_loads(folder):
    (folder / "a.yaml").write_text(NAMELESS)
    code, output = kit_check(folder, "--figures")
    row = next(line for line in output.splitlines() if line.startswith("fine"))
    assert re.fullmatch(r"fine +2 +2 +1 +100% +\d+\.\d +\d+\.\d +2 of 2: door, cold", row)
    assert code == 1 and not re.search(r"^a ", output, flags=re.M)


def test_figures_are_those_of_the_proof(tmp_path):
    proof = prove(read(tmp_path, SCENARIO).content, small_playbook())
    assert (proof.paths, proof.stakes, proof.endings) == (2, (2,), ("door", "cold"))
    assert proof.random_mean == pytest.approx(50, abs=4) and proof.skilled_mean == pytest.approx(70, abs=4)   # 2,000 runs: 4 standard errors


# --- no damage goes unseen ------------------------------------------------------------------------------

@dataclass(frozen=True)
class Damaged:
    """A text that somebody broke: the lines of which one should be named, and the word that should be suggested, if any."""

    text: str
    lines: tuple[int, ...]
    word: str = ""


Kind = Callable[[str, Spot, random.Random], Damaged | None]   # None: cannot be done at this spot
KINDS: dict[str, Kind] = {}
NEEDED = {   # keys that must be there
    "title", "cause", "who", "situation", "question", "text", "at", "says", "gist", "why", "do", "dont", "weight", "competency", "rests_on", "pull", "settled", "between", "options", "blocks", "steps",
    "outcomes", "scenes", "endings", "rules", "sources", "bands", "model"}
NAMES = {"keeps", "breaks", "rules", "next", "ask", "cause", "who", "phase", "status", "competency"}   # keys whose values are words of a list
NUMBERS = {"weight", "level", "place", "pass_mark", "at_least"}


def damage(kind: Kind) -> Kind:
    KINDS[kind.__name__.strip("_").replace("_", " ")] = kind
    return kind


def mistyped(word: str, dice: random.Random) -> str:
    """The word with one letter left out, doubled, wrong, or changed places with the next."""
    while True:
        n = dice.randrange(len(word))
        typed = dice.choice([word[:n] + word[n + 1:], word[:n] + word[n] + word[n:], word[:n] + dice.choice(string.ascii_lowercase) + word[n + 1:], word[:n] + word[n: n + 2][::-1] + word[n + 2:]])
        if typed not in (word, ""):
            return typed


def indent_of(text: str, spot: Spot) -> str:
    return " " * (spot.key.start - text.rfind("\n", 0, spot.key.start) - 1)


def is_prose(text: str, spot: Spot) -> bool:
    """Whether the value is a text on the key's line, without quotes."""
    return spot.kind == "text" and spot.value.start < spot.value.stop and text[spot.value.start] not in "\"'>|[{" and "\n" not in text[spot.value]


def is_flow(text: str, spot: Spot) -> bool:
    return not stands_alone(text, spot) and not re.fullmatch(r" *- ", text[text.rfind("\n", 0, spot.key.start) + 1: spot.key.start])


@damage
def key_deleted(text, spot, dice):
    if spot.name in NEEDED and stands_alone(text, spot):
        return Damaged(without(text, spot) if spot.line > 1 else text[spot.value.stop + 1:], (spot.owner,))


@damage
def key_mistyped(text, spot, dice):
    return Damaged(put(text, spot.key, mistyped(spot.name, dice)), (spot.line,), spot.name) if len(spot.name) > 2 else None


@damage
def key_with_a_capital(text, spot, dice):
    return Damaged(put(text, spot.key, spot.name.title()), (spot.line,), spot.name) if len(spot.name) > 2 else None


@damage
def key_doubled(text, spot, dice):
    if not is_flow(text, spot) and spot.kind == "text":
        pair = text[spot.key.start: spot.value.stop]
        return Damaged(put(text, slice(spot.value.stop, spot.value.stop), f"\n{indent_of(text, spot)}{pair}"), (spot.line + pair.count("\n") + 1,))


@damage
def key_unknown(text, spot, dice):
    if not is_flow(text, spot):
        return Damaged(put(text, slice(spot.key.start, spot.key.start), f"strange: x\n{indent_of(text, spot)}"), (spot.line,))


@damage
def colon_deleted(text, spot, dice):
    return Damaged(put(text, slice(spot.key.stop, spot.key.stop + 1), ""), (spot.line,)) if spot.kind == "text" else None


@damage
def space_after_the_colon_deleted(text, spot, dice):
    return Damaged(put(text, slice(spot.key.stop, spot.value.start), ":"), (spot.line,)) if is_prose(text, spot) else None


@damage
def name_mistyped(text, spot, dice):
    if spot.name in NAMES and spot.kind == "text" and len(text[spot.value]) > 2:
        return Damaged(put(text, spot.value, mistyped(text[spot.value], dice)), (spot.line,), text[spot.value])


@damage
def name_in_a_list_mistyped(text, spot, dice):
    names = [m for m in re.finditer(r"[a-z]+(-[a-z]+)+", text[spot.value])] if spot.name in NAMES and spot.kind == "list" and text[spot.value].startswith("[") else []
    if names:
        name = dice.choice(names)
        where = slice(spot.value.start + name.start(), spot.value.start + name.end())
        return Damaged(put(text, where, mistyped(name[0], dice)), (spot.line,), name[0])


@damage
def claim_mistyped(text, spot, dice):
    if spot.name in ("cites", "rests_on", "between", "same_as"):
        return Damaged(put(text, spot.value, re.sub(r"[A-Z]0?", lambda m: dice.choice(["Q", m[0] + "x", m[0].lower()]), text[spot.value], count=1)), (spot.line,))


@damage
def id_doubled(text, spot, dice):
    before = [s for s in spots_of(text) if s.key.start < spot.key.start and (s.way == spot.way or s.way == spot.way.rpartition(".")[0].rpartition(".")[0] + ".id")]
    if spot.name == "id" and before and before[-1].way == spot.way:
        return Damaged(put(text, spot.value, text[before[-1].value]), (spot.line,))


@damage
def id_that_yaml_reads_as_something_else(text, spot, dice):
    return Damaged(put(text, spot.value, dice.choice(["no", "yes", "010", "12:30", "null", "3"])), (spot.line,)) if spot.name == "id" else None


@damage
def id_in_words(text, spot, dice):
    return Damaged(put(text, spot.value, dice.choice(["Ring at three", "ring_at_three", "Rückruf"])), (spot.line,)) if spot.name == "id" else None


@damage
def indent_too_deep(text, spot, dice):
    if stands_alone(text, spot) and spot.line > 1:
        return Damaged(put(text, slice(spot.key.start, spot.key.start), " "), (spot.line,))


@damage
def indent_too_small(text, spot, dice):
    if stands_alone(text, spot) and indent_of(text, spot):
        return Damaged(put(text, slice(spot.key.start - 1, spot.key.start), ""), (spot.line,))


@damage
def indent_by_a_tab(text, spot, dice):
    if stands_alone(text, spot) and (indent := indent_of(text, spot)):
        return Damaged(put(text, slice(spot.key.start - len(indent), spot.key.start), "\t"), (spot.line,))


@damage
def hyphen_deleted(text, spot, dice):
    if not stands_alone(text, spot) and not is_flow(text, spot):
        return Damaged(put(text, slice(spot.key.start - 2, spot.key.start), "  "), (spot.line,))


@damage
def closing_quote_deleted(text, spot, dice):
    if text[spot.value].startswith('"'):
        return Damaged(put(text, slice(spot.value.stop - 1, spot.value.stop), ""), (spot.line, spot.line + text[spot.value].count("\n")))


@damage
def quote_inside_a_quoted_text(text, spot, dice):
    if text[spot.value].startswith('"'):
        middle = (spot.value.start + spot.value.stop) // 2
        return Damaged(put(text, slice(middle, middle), '" "'), (spot.line + text[spot.value.start: middle].count("\n"),))


@damage
def closing_bracket_deleted(text, spot, dice):
    return Damaged(put(text, slice(spot.value.stop - 1, spot.value.stop), ""), (spot.line,)) if text[spot.value].endswith("]") else None


@damage
def opening_bracket_deleted(text, spot, dice):
    return Damaged(put(text, slice(spot.value.start, spot.value.start + 1), ""), (spot.line,)) if text[spot.value].startswith("[") else None


@damage
def closing_brace_deleted(text, spot, dice):
    return Damaged(put(text, slice(spot.value.stop, spot.value.stop + 1), ""), (spot.line,)) if text[spot.value.stop:].startswith("}") else None


@damage
def comma_in_a_list_deleted(text, spot, dice):
    return Damaged(put(text, spot.value, text[spot.value].replace(",", "", 1)), (spot.line,)) if text[spot.value].startswith("[") and "," in text[spot.value] else None


@damage
def comma_in_braces_added(text, spot, dice):
    return Damaged(put(text, slice(spot.value.stop, spot.value.stop), ", and more"), (spot.line,)) if is_flow(text, spot) and is_prose(text, spot) else None


@damage
def trust_with_a_gap_or_an_overlap(text, spot, dice):
    low, _, high = text[spot.value].partition("-")
    if spot.name == "trust" and low and high and int(low) < int(high):
        before = [s for s in spots_of(text) if s.way == spot.way.rpartition(".")[0] and s.key.start < spot.key.start]
        return Damaged(put(text, spot.value, dice.choice([f"{int(low) + 1}-{high}", f"{low}-{int(high) - 1}", f"{low}-{int(high) + 1}"])), (before[-1].line, spot.line))


@damage
def trust_that_is_no_range(text, spot, dice):
    low, _, high = text[spot.value].partition("-")
    if spot.name == "trust" and low and high:
        return Damaged(put(text, spot.value, dice.choice([f"{low} to {high}", f"{low}–{high}", f"{int(high) + 1}-{low}", f"{low}-"])), (spot.line,))


@damage
def number_out_of_range(text, spot, dice):
    return Damaged(put(text, spot.value, dice.choice(["999", "-999"])), (spot.line,)) if spot.name in NUMBERS or spot.way == "scenes.options.trust" else None


@damage
def number_in_words(text, spot, dice):
    return Damaged(put(text, spot.value, dice.choice(["two", "2nd", "02", "2,5"])), (spot.line,)) if spot.name in NUMBERS or spot.way == "scenes.options.trust" else None


@damage
def value_deleted(text, spot, dice):
    return Damaged(put(text, spot.after_key, ":"), (spot.line,))


@damage
def list_for_a_text(text, spot, dice):
    return Damaged(put(text, spot.after_key, ": [one, two]"), (spot.line,)) if spot.kind == "text" else None


@damage
def keys_for_a_text(text, spot, dice):
    return Damaged(put(text, spot.after_key, ": {one: two}"), (spot.line,)) if spot.kind == "text" else None


@damage
def text_for_a_list_or_keys(text, spot, dice):
    return Damaged(put(text, spot.after_key, ": one and two"), (spot.line,)) if spot.kind != "text" and spot.name != "phase" else None


@damage
def second_document(text, spot, dice):
    return Damaged(put(text, slice(spot.key.start, spot.key.start), "---\n"), (spot.line,)) if "." not in spot.way and spot != spots_of(text)[0] else None


@damage
def anchor_alias_or_tag(text, spot, dice):
    return Damaged(put(text, slice(spot.value.start, spot.value.start), dice.choice(["&mine ", "*mine", "!mine "])), (spot.line,)) if is_prose(text, spot) else None


@damage
def control_character(text, spot, dice):
    return Damaged(put(text, slice(spot.value.start, spot.value.start), dice.choice("\0\a\x1b\x7f")), (spot.line, text[: spot.value.start].count("\n") + 1))


@damage
def byte_that_is_not_utf_8(text, spot, dice):
    return Damaged(put(text, slice(spot.value.start, spot.value.start), "\udce9"), (spot.line, text[: spot.value.start].count("\n") + 1))


@damage
def next_leads_back(text, spot, dice):
    if spot.name == "next":
        scenes = [s for s in spots_of(text) if s.way == "scenes.id" and s.key.start < spot.key.start]
        return Damaged(put(text, spot.value, text[scenes[-1].value]), (scenes[-1].line, spot.line))


@damage
def rule_kept_and_broken(text, spot, dice):
    if spot.way == "scenes.options.keeps" and stands_alone(text, spot) and text[spot.value].startswith("["):
        return Damaged(put(text, slice(spot.value.stop, spot.value.stop), f"\n{indent_of(text, spot)}breaks: {text[spot.value]}"), (spot.owner, spot.line + 1))


@damage
def file_cut_off(text, spot, dice):
    last = next(s for s in reversed(spots_of(text)) if s.way in ("endings", "sources"))
    if spot.line > 1 and spot.key.start < last.key.start:
        return Damaged(text[: spot.value.start], (1, spot.line, spot.owner))


_spots_of: dict[str, list[Spot]] = {}


def spots_of(text: str) -> list[Spot]:
    """The spots of a text, read once."""
    if text not in _spots_of:
        _spots_of[text] = [spot for spot in spots(text) if ".talk." not in spot.way]
    return _spots_of[text]


def damages(text: str, kind: str, *, times: int, seed: str) -> Iterator[Damaged]:
    """The text broken in this way at several places, the same ones every time."""
    dice = random.Random(f"{seed} {kind}")
    where = list(spots_of(text))
    dice.shuffle(where)
    for spot in where:
        if times and (damaged := KINDS[kind](text, spot, dice)) and damaged.text != text:
            times -= 1
            yield damaged


def check_file(path: Path, playbook: Playbook) -> tuple[Finding, ...]:
    if path.name != "playbook.yaml":
        return load_scenario(path, playbook).findings
    try:
        return load_playbook(path.parent)[1]
    except NoPlaybook as none:
        return none.findings


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, list[tuple[bool, bool, bool | None, str]]]:
    """Kind of damage -> for each place: was anything found, at the line (give or take one), with the word if one is wanted; and where."""
    playbook, _ = load_playbook(SHIPPED)
    folder = tmp_path_factory.mktemp("damaged")
    results: dict[str, list[tuple[bool, bool, bool | None, str]]] = {kind: [] for kind in KINDS}
    for file in sorted(SHIPPED.glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        for kind in KINDS:
            for damaged in damages(text, kind, times=3, seed=file.name):
                (folder / file.name).write_bytes(damaged.text.encode("utf-8", "surrogateescape"))
                findings = check_file(folder / file.name, playbook)
                near = [f for f in findings if any(abs(f.line - line) <= 1 for line in damaged.lines)]
                word = any(f"Did you mean `{damaged.word}`?" in f.cure for f in findings) if damaged.word else None
                results[kind].append((bool(findings), bool(near), word, f"{file.name}:{damaged.lines} {sorted({(f.line, f.code) for f in findings})[:4]}"))
    return results


def rate(results, column: int) -> tuple[float, str]:
    """The share of what was seen, and the figures: kind, seen, of how many, and what was not."""
    counted = {kind: [(row[column], row[3]) for row in rows if row[column] is not None] for kind, rows in results.items()}
    every = [ok for rows in counted.values() for ok, _ in rows]
    lines = [f"{kind:40} {sum(ok for ok, _ in rows):3} of {len(rows):3}  {'; '.join(where for ok, where in rows if not ok)[:300]}" for kind, rows in counted.items() if rows]
    return sum(every) / len(every), "\n".join([f"{sum(every)} of {len(every)}", *lines])


def test_there_are_many_kinds_of_damage_and_each_is_done_at_several_places(seen):
    assert len(KINDS) >= 25
    assert {kind: len(rows) for kind, rows in seen.items() if len(rows) < 3} == {}


def test_every_damage_is_found(seen):
    share, figures = rate(seen, 0)
    assert share == 1, figures


def test_damage_is_found_at_its_line_give_or_take_one(seen):
    share, figures = rate(seen, 1)
    assert share >= 0.95, figures


def test_a_typing_error_of_one_letter_is_answered_with_the_right_word(seen):
    share, figures = rate(seen, 2)
    assert share >= 0.90, figures


# --- whatever it is, it is read or refused --------------------------------------------------------------

PIECES = [b"=", b"<<", b"~", b": ", b"- ", b"? ", b"\n", b"\t", b'"', b"'", b"[", b"]", b"{", b"}", b",", b"#", b" #", b"&a ", b"*a", b"!a ", b"!!python/object/apply:os.system ", b"|", b">-", b"---\n", b"...\n",
          b"%YAML 1.1\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\x85", b"\r", b'"\\ud800"', b'"\\UFFFFFFFF"', b"2001-99-99", b"0b_", b"010", b"12:30", b"9" * 5000, b"no", b"end", b"id: ring\n"]
WORDS = st.sampled_from([piece.decode() for piece in PIECES if piece.isascii()]) | st.sampled_from(["ring", "door", "ring-first", "A01", "X1a", "6-10", "choose", "write", "0.5", "2"]) | st.text(max_size=8)
TREES = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted({spot.name for spot in spots(EVERY_ASK)})) | WORDS, inner, max_size=4), max_leaves=12)
many = settings(steady, max_examples=200)


@pytest.fixture(scope="module")
def somewhere(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("anything")


def read_whatever(folder: Path, raw: bytes) -> None:
    """Read it as a scenario and as a playbook: content, or findings that can be shown, each at a line of the file."""
    for name in ("a.yaml", "playbook.yaml"):
        (folder / name).write_bytes(raw)
    reading = load_scenario(folder / "a.yaml", small_playbook())
    assert (reading.content is None) == any(f.is_error for f in reading.findings)
    lines = len(re.split(r"\r\n|[\r\n\x85\u2028\u2029]", raw.decode("utf-8-sig", "replace")))
    for finding in [*reading.findings, *check_file(folder / "playbook.yaml", small_playbook())]:
        assert 1 <= finding.line <= lines and finding.col >= 1
        assert str(finding).encode() and finding.says


@many
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.lists(st.sampled_from(PIECES), max_size=20).map(b"".join))
def test_arbitrary_bytes_are_read_or_refused(somewhere, raw):
    read_whatever(somewhere, raw)


@many
@given(st.sampled_from([SCENARIO, EVERY_ASK, PLAYBOOK]), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES) | st.binary(max_size=4)), min_size=1, max_size=4))
def test_whatever_is_cut_out_and_put_in_the_file_is_read_or_refused(somewhere, text, cuts):
    raw = text.encode()
    for where, length, piece in cuts:
        start = int(where * len(raw))
        raw = raw[:start] + piece + raw[start + length:]
    read_whatever(somewhere, raw)


@many
@given(st.data(), st.sampled_from([EVERY_ASK, PLAYBOOK]), TREES)
def test_whatever_stands_for_a_value_the_file_is_read_or_refused(somewhere, data, text, tree):
    spot = data.draw(st.sampled_from(spots_of(text)))
    read_whatever(somewhere, put(text, spot.after_key, f": {in_yaml(tree)}\n").encode())


def in_yaml(tree: object) -> str:
    """Lists and keys in brackets; words without quotes wherever YAML lets them stand so."""
    if isinstance(tree, list):
        return f"[{', '.join(map(in_yaml, tree))}]"
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{in_yaml(key)}: {in_yaml(value)}" for key, value in tree.items()) + "}"
    return tree if re.fullmatch(r"[\w=<~./+][\w=<~./+:-]*(?<!:)", tree) else json.dumps(tree)
