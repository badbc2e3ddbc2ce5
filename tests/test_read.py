"""The shape of a playbook and of a scenario: every fault of a file is found at once, at its line, with the nearest word."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from content import EVERY_ASK, PLAYBOOK, SCENARIO, Spot, check_edit, check_playbook_text, check_text, edit, places, put, read, small_playbook, spots

from kit.content.finding import Finding, choice_of, nearest
from kit.content.read import keys_at
from kit.content.scenario import Scenario
from kit.content.values import content_hash

Check = Callable[[Path, str], list[Finding]]
CHECKS: dict[str, tuple[str, Check]] = {"scenario": (EVERY_ASK, check_text), "playbook": (PLAYBOOK, check_playbook_text)}
in_both = pytest.mark.parametrize(("text", "check"), CHECKS.values(), ids=CHECKS)


def each(text: str) -> list[Spot]:
    """One spot of a text for each way."""
    return list({spot.way: spot for spot in reversed(spots(text))}.values())


def spot_at(text: str, way: str) -> Spot:
    return next(spot for spot in spots(text) if spot.way == way)


MAY_BE_LEFT_OUT = set("""
    format summary status language level trust role client client.business client.together client.wants client.feels roleplay debrief
    scenes.id scenes.phase scenes.practises scenes.talk scenes.ask scenes.next scenes.pairs_with
    scenes.options.id scenes.options.keeps scenes.options.breaks scenes.options.reply scenes.options.feedback scenes.options.tempting
    scenes.options.cites scenes.options.trust scenes.options.next
    scenes.steps.id scenes.blocks.id scenes.blocks.place scenes.blocks.keeps scenes.blocks.breaks
    scenes.outcomes.at_least scenes.outcomes.reply scenes.outcomes.feedback scenes.outcomes.cites scenes.outcomes.trust
    endings.id endings.trust endings.best roleplay.minutes.tell roleplay.minutes.close roleplay.stop_word
    pass_mark rules.red_line sources.claims.same_as""".split())


# --- what is right --------------------------------------------------------------------------------------

def test_the_three_texts_of_these_tests_have_no_findings(tmp_path: Path) -> None:
    assert (check_playbook_text(tmp_path, PLAYBOOK), check_text(tmp_path, SCENARIO), check_text(tmp_path, EVERY_ASK)) == ([], [], [])


def test_ten_lines_are_enough_to_start(tmp_path: Path) -> None:
    text = """\
title: The price rise
cause: price-rise
who: client
scenes:
  - situation: She has gone quiet.
    question: What do you do?
    options:
      - {text: Ring her., keeps: [ring-first]}
      - {text: Write to her.}
endings: [{title: An end, text: It is over.}]
"""
    assert text.count("\n") == 10
    assert check_text(tmp_path, text) == []


def test_comments_and_layout_do_not_change_what_is_read(tmp_path: Path) -> None:
    in_a_block = edit(SCENARIO, "She has gone quiet.", ">-\n      She has\n      gone quiet.")
    other = "# mine\n" + in_a_block.replace("[ring-first]", "\n          - ring-first")
    assert content_hash(read(tmp_path, other).content) == content_hash(read(tmp_path, SCENARIO).content)


def test_what_was_read_cannot_be_changed(tmp_path: Path) -> None:
    scenario = read(tmp_path, EVERY_ASK).content
    assert hash(scenario.scenes) and hash(small_playbook().rules)
    with pytest.raises(ValueError, match="frozen"):
        scenario.scenes[0].options[0].trust = 3


# --- keys -----------------------------------------------------------------------------------------------

@in_both
def test_every_mistyped_key_is_found_at_its_line_with_the_right_word(tmp_path: Path, text: str, check: Check) -> None:
    def is_found(spot: Spot) -> bool:
        cure = f"Did you mean `{spot.name}`?" if len(spot.name) > 1 else "Allowed: "   # anchors are called 1, 3 and 5
        return any((f.code, f.line) == ("E201", spot.line) and cure in f.cure for f in check(tmp_path, put(text, spot.key, f"{spot.name}x")))
    assert [spot.way for spot in each(text) if not is_found(spot)] == []


@in_both
def test_every_missing_key_is_found_at_the_thing_that_lacks_it(tmp_path: Path, text: str, check: Check) -> None:
    def is_found(spot: Spot) -> bool:
        missing = [(f.says, f.line) for f in check(tmp_path, put(text, spot.key, "strange")) if f.code == "E202"]
        return missing == ([] if spot.way in MAY_BE_LEFT_OUT else [(f"`{spot.name}` is missing here.", spot.owner)])
    assert [spot.way for spot in each(text) if not is_found(spot)] == []


@in_both
@pytest.mark.parametrize("kind", ["a list", "keys", "a text", "nothing"])
def test_every_value_of_the_wrong_type_is_found_at_its_line(tmp_path: Path, text: str, check: Check, kind: str) -> None:
    wrong = {"a list": "[[x], [y]]", "keys": "{strange: {x: y}}", "a text": "some words", "nothing": ""}[kind]

    def is_found(spot: Spot) -> bool:
        return any(f.is_error and f.line == spot.line for f in check(tmp_path, put(text, spot.after_key, f": {wrong}")))
    assert [spot.way for spot in each(text) if not (kind == "a text" and spot.kind == "text") and not is_found(spot)] == []


@pytest.mark.parametrize(("old", "new", "says"), [
    ("title: The price rise", "title: [a]", "`title` needs a text here, not a list."),
    ("title: The price rise", "title: {a: b}", "`title` needs a text here, not keys."),
    ("keeps: [ring-first]", "keeps: ring-first", "`keeps` needs a list."),
    ("scenes:\n", "client: Dana\nscenes:\n", "`client` needs keys of its own here, not a text."),
    ("scenes:\n", "client: [Dana]\nscenes:\n", "`client` needs keys of its own here, not a list."),
    ("scenes:\n", "client:\nscenes:\n", "`client` needs keys of its own here, not nothing."),
    ("title: The price rise", "title:", "the text is empty."), ("title: The price rise", 'title: "  "', "the text is empty."),
    ("    question", "    talk: [hello]\n    question", "a turn of talk is one name and what is said."),
    ("    question", "    talk: [{a: b, c: d}]\n    question", "a turn of talk is one name and what is said.")])
def test_a_wrong_type_is_said_in_words(tmp_path: Path, old: str, new: str, says: str) -> None:
    (finding,), line = check_edit(tmp_path, old, new)
    assert (finding.says, finding.line) == (says, line)


@pytest.mark.parametrize("value", ["[6, 10]", "{low: 10, high: 6}", "{low: 6, high: 99}"])
def test_a_range_of_trust_is_checked_however_it_is_written(tmp_path: Path, value: str) -> None:
    (finding,), line = check_edit(tmp_path, "trust: 6-10", f"trust: {value}")
    assert finding.line == line
    assert "7-10" in finding.cure


def test_a_capital_letter_in_a_key_is_a_typing_error(tmp_path: Path) -> None:
    findings = check_text(tmp_path, edit(SCENARIO, "who: client", "Who: client"))
    assert [(f.code, f.line) for f in findings] == [("E202", 1), ("E201", 3)]
    assert findings[1].cure.startswith("Did you mean `who`?")


def test_a_key_that_is_like_no_other_is_answered_with_those_that_are_allowed(tmp_path: Path) -> None:
    (finding,), line = check_edit(tmp_path, "    best: true", "    best: true\n    zzz: 1")
    assert (finding.code, finding.line, finding.cure) == ("E201", line, "Allowed: `id`, `title`, `text`, `trust`, `best`.")


@pytest.mark.parametrize(("ask", "key"), [
    ("choose", "options"), ("best_and_worst", "options"), ("compose", "blocks"), ("order", "steps"), ("write", "model")])
def test_each_ask_has_keys_of_its_own(ask: str, key: str) -> None:
    keys = keys_at(Scenario, ("scenes", 0, ask))
    others = {"options", "blocks", "steps", "model"} - {key}
    assert key in keys and not others & set(keys)


@pytest.mark.parametrize(("old", "new"), [("cites: [A01]", "cites: [A77]"), ("trust: 1\n", "trust: 7\n")])
def test_a_key_called_like_the_ask_does_not_move_the_other_faults_of_its_scene(tmp_path: Path, old: str, new: str) -> None:
    text = edit(SCENARIO, "    options:\n", "    choose: what you like\n    options:\n")
    findings, line = check_edit(tmp_path, old, new, text=text)
    assert [f.line for f in findings] == [9, line]


# --- names ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("old", "new", "word"), [
    ("keeps: [ring-first]", "keeps: [ring-frist]", "ring-first"), ("breaks: [ring-first]", "breaks: [ring_first]", "ring-first"),
    ("cause: price-rise", "cause: price-rice", "price-rise"),
    ("who: client", "who: clint", "client"), ("phase: decide", "phase: decid", "decide"), ("next: end", "next: edn", "end"),
    ("next: end", "next: dor", "door"),
    ("who: client", "who: client\nstatus: redy", "ready"), ("    question", "    ask: chose\n    question", "choose"),
    ("    question", "    practises: [X1aa]\n    question", "X1a"),
    ("    question", "    practises: [x1b]\n    question", "X1b"), ("cites: [A01]", "cites: [a01]", "A01"), ("cites: [A01]", "cites: [A011]", "A01")])
def test_a_mistyped_name_is_found_at_its_line_with_the_right_word(tmp_path: Path, old: str, new: str, word: str) -> None:
    (finding,), line = check_edit(tmp_path, old, new)
    assert (finding.code, finding.line) == ("E206", line)
    assert f"Did you mean `{word}`?" in finding.cure


def test_a_mistyped_name_in_a_list_of_lines_is_found_at_its_own_line(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, "keeps: [ring-first]", "keeps:\n          - ring-first\n          - ask-wy")
    assert places(findings) == [("E206", line + 2)]


@pytest.mark.parametrize("way", [
    "scenes.options.next", "scenes.next", "scenes.options.keeps", "scenes.options.breaks", "scenes.blocks.keeps", "scenes.blocks.breaks",
    "scenes.keeps", "scenes.rules", "roleplay.rules", "scenes.options.cites", "scenes.outcomes.cites", "scenes.practises", "cause"])
def test_every_name_that_is_not_there_is_found(tmp_path: Path, way: str) -> None:
    spot = spot_at(EVERY_ASK, way)
    value = spot.words.replace("[", "[nowhere, ") if spot.kind == "list" else "nowhere"
    assert places(check_text(tmp_path, put(EVERY_ASK, spot.value, value))) == [("E206", spot.line)]


@pytest.mark.parametrize(("way", "value"), [
    ("tensions.between", "[A01, A77]"), ("rules.competency", "nowhere"), ("rules.rests_on", "[A77]"), ("sources.claims.same_as", "A77")])
def test_every_name_that_is_not_in_the_playbook_is_found(tmp_path: Path, way: str, value: str) -> None:
    spot = spot_at(PLAYBOOK, way)
    assert places(check_playbook_text(tmp_path, put(PLAYBOOK, spot.value, value))) == [("E206", spot.line)]


def test_a_tension_that_limits_a_rule_must_be_there(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, "    rests_on: [A04]\n", "    unless: {tension: X9, says: Not now.}\n    rests_on: [A04]\n", text=PLAYBOOK)
    assert places(findings) == [("E206", line)]


@pytest.mark.parametrize(("word", "meant"), [
    ("no", "false"), ("yes", "true"), ("on", "true"), ("off", "false"), ("010", "8"), ("12", "12"), ("0x1f", "31"), ("null", "null")])
@pytest.mark.parametrize("way", [
    "scenes.options.id", "scenes.id", "endings.id", "scenes.options.next", "scenes.options.keeps", "scenes.options.cites", "cause"])
def test_a_bare_word_that_yaml_reads_as_something_else_names_nothing(tmp_path: Path, way: str, word: str, meant: str) -> None:
    spot = spot_at(SCENARIO, way)
    findings = check_text(tmp_path, put(SCENARIO, spot.value, f"[{word}]" if spot.kind == "list" else word))
    assert (spot.line, f"`{word}` without quotes is read as {meant} by YAML.") in [(f.line, f.says) for f in findings if f.code == "E209"]


@pytest.mark.parametrize("word", [
    "12:30", "~", "1_0", ".inf", "2001-01-01 ", "Ring", "ring her", "ring_her", "-ring", "ring-", "zoé", "end", "x" * 61, "''"])
def test_what_is_no_name_names_nothing(tmp_path: Path, word: str) -> None:
    findings, line = check_edit(tmp_path, "id: ring\n", f"id: {word}\n")
    assert {f.line for f in findings} == {line}
    assert {f.code for f in findings} <= {"E205", "E209"}


@pytest.mark.parametrize("word", [
    "=", "<<", "2001-99-99", "2001-02-30", "2001-01-01 99:99:99", "0b_", "0x_", "1" * 5000, "1:" * 3000 + "1"], ids=lambda word: word[:20])
def test_a_bare_word_that_yaml_itself_cannot_read_is_a_finding(tmp_path: Path, word: str) -> None:
    findings, line = check_edit(tmp_path, "id: ring\n", f"id: {word}\n")
    assert {f.line for f in findings} == {line}


@pytest.mark.parametrize("word", ["no", "010", "null"])
def test_the_same_word_in_quotes_is_a_name(tmp_path: Path, word: str) -> None:
    assert check_text(tmp_path, edit(SCENARIO, "id: ring\n", f'id: "{word}"\n')) == []


@pytest.mark.parametrize("word", ["no", "12:30", "null", "010"])
def test_such_words_are_only_words_in_a_text(tmp_path: Path, word: str) -> None:
    assert read(tmp_path, edit(SCENARIO, "text: Ring her.", f"text: {word}")).content.scenes[0].options[0].text == word


@pytest.mark.parametrize("name", ["My File", "end", "zoé", "a_b"])
def test_a_file_name_that_cannot_be_an_id_is_called_a_file_name(tmp_path: Path, name: str) -> None:
    finding, = check_text(tmp_path, SCENARIO, name=f"{name}.yaml")
    assert (finding.code, finding.line) == ("E205", 1)
    assert "file" in finding.says + finding.cure


def test_a_scenario_has_no_key_id(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, "who: client", "who: client\nid: a")
    assert places(findings) == [("E210", line)]


# --- names that stand twice -----------------------------------------------------------------------------

@pytest.mark.parametrize(("old", "new"), [
    ("id: write", "id: ring"), ("id: cold", "id: door"), ("id: cold", "id: silence"), ("id: door", "id: silence")])
def test_an_id_that_stands_twice_is_found_at_the_second(tmp_path: Path, old: str, new: str) -> None:
    findings, line = check_edit(tmp_path, old, new)
    assert places(findings) == [("E211", line)]


@pytest.mark.parametrize(("old", "new"), [("id: handover", "id: call"), ("id: files", "id: finish"), ("id: years", "id: sorry")])
def test_an_id_that_stands_twice_is_found_in_every_list(tmp_path: Path, old: str, new: str) -> None:
    findings, line = check_edit(tmp_path, old, new, text=EVERY_ASK)
    assert places(findings) == [("E211", line)]


@pytest.mark.parametrize("way", ["competencies", "causes", "tensions", "rules", "sources", "sources.claims"])
def test_an_id_that_stands_twice_in_the_playbook_is_found_at_the_second(tmp_path: Path, way: str) -> None:
    spot = spot_at(PLAYBOOK, way)
    indent = "      " if "." in way else "  "
    item = spot.words.split(f"\n{indent}- ")[0] + "\n"
    findings = check_playbook_text(tmp_path, put(PLAYBOOK, spot.value.start, item + indent))
    assert ("E211", spot.line + item.count("\n") + 1) in places(findings)


def test_a_claim_that_stands_in_two_articles_is_found_at_the_second(tmp_path: Path) -> None:
    another = "  - {id: another, title: Another, gist: The same., claims: [{id: A01, at: Start, phase: tell, who: us, says: Something else.}]}\n"
    assert places(check_playbook_text(tmp_path, PLAYBOOK + another)) == [("E211", PLAYBOOK.count("\n") + 1)]


def test_an_ending_called_like_a_scene_is_found_although_another_has_no_id(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, "id: cold", "id: silence", text=edit(SCENARIO, "  - id: door\n    title", "  - title"))
    assert places(findings) == [("E211", line)]


@pytest.mark.parametrize(("old", "new"), [("id: ring\n", "id: b\n"), ("id: door\n", "id: ending-2\n")])
def test_a_name_that_is_given_for_want_of_one_does_not_stand_twice(tmp_path: Path, old: str, new: str) -> None:
    text = edit(edit(SCENARIO, "- id: write\n        text", "- text"), "- id: cold\n    title", "- title")
    reading = read(tmp_path, edit(text, old, new))
    assert reading.findings or len({o.id for o in reading.content.scenes[0].options}) == len({e.id for e in reading.content.endings}) == 2


# --- numbers --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("word", [
    "010", "12:30", "1.0", "two", "yes", "null", "+1", "", "1_0", "0x1", "١", "9" * 5000, "0" + "7" * 5000, "1:" + "1" * 5000],
    ids=lambda word: ascii(word[:20]))
def test_what_is_no_whole_number_is_said_to_be_none(tmp_path: Path, word: str) -> None:
    findings, line = check_edit(tmp_path, "trust: 1\n", f"trust: {word}\n")
    assert places(findings) == [("E204", line)]


@pytest.mark.parametrize(("word", "meant"), [("010", "8"), ("12:30", "750")])
def test_a_number_that_yaml_would_read_as_another_is_explained(tmp_path: Path, word: str, meant: str) -> None:
    (finding,), _ = check_edit(tmp_path, "trust: 1\n", f"trust: {word}\n")
    assert f"YAML reads it as {meant}." in finding.says


@pytest.mark.parametrize(("old", "new", "cure"), [
    ("trust: 1\n", "trust: 4\n", "at most 3"), ("trust: -1\n", "trust: -4\n", "at least -3"),
    ("who: client", "who: client\ntrust: 11", "at most 10"), ("who: client", "who: client\ntrust: -1", "at least 0"),
    ("who: client", "who: client\nlevel: 0", "at least 1"), ("who: client", "who: client\nlevel: 4", "at most 3"),
    ("who: client", "who: client\nformat: 2", "at most 1")])
def test_a_number_out_of_range_is_found_at_its_line(tmp_path: Path, old: str, new: str, cure: str) -> None:
    (finding,), line = check_edit(tmp_path, old, new)
    assert (finding.code, finding.line) == ("E213", line)
    assert cure in finding.cure


@pytest.mark.parametrize(("share", "code"), [
    ("1.2", "E213"), ("0", "E213"), ("-1", "E213"), ("80 %", "E204"), ("half", "E204"), (".8", "E204"), ("nan", "E204"),
    ("9" * 400, "E213")])
def test_a_share_is_a_number_above_0_and_up_to_1(tmp_path: Path, share: str, code: str) -> None:
    findings, line = check_edit(tmp_path, "at_least: 0.8\n", f"at_least: {share}\n", text=EVERY_ASK)
    assert places(findings) == [(code, line)]


@pytest.mark.parametrize("word", ["maybe", "1", "", "on"])
def test_best_is_yes_or_no(tmp_path: Path, word: str) -> None:
    findings, line = check_edit(tmp_path, "best: true", f"best: {word}")
    assert places(findings) == [("E204", line)]


@pytest.mark.parametrize("word", [
    "10-6", "6 to 10", "6–10", "6-11", "-6", "6-", "a-b", "6-10-12", "", "9" * 5000 + "-10"], ids=lambda word: ascii(word[:20]))
def test_what_is_no_range_of_trust_is_said_to_be_none(tmp_path: Path, word: str) -> None:
    findings, line = check_edit(tmp_path, "trust: 6-10", f"trust: {word}")
    assert places(findings) == [("E207", line)]


@pytest.mark.parametrize(("way", "value", "says"), [
    ("scenes", "[]", "`scenes` has 0 here and needs at least 1."), ("endings", "[]", "`endings` has 0 here and needs at least 1."),
    ("scenes.options", "[{text: a}]", "`options` has 1 here and needs at least 2."),
    ("scenes.options", f"[{', '.join(['{text: a}'] * 6)}]", "`options` has 6 here and needs at most 5."),
    ("scenes.blocks", f"[{', '.join(['{text: a}'] * 4)}]", "`blocks` has 4 here and needs at least 5."),
    ("scenes.steps", "[{text: a, place: 1}]", "`steps` has 1 here and needs at least 3."),
    ("roleplay.rules", "[keep-notes]", "`rules` has 1 here and needs at least 6."),
    ("scenes.keeps", "[]", "`keeps` has 0 here and needs at least 1.")])
def test_too_few_and_too_many_are_counted(tmp_path: Path, way: str, value: str, says: str) -> None:
    spot = spot_at(EVERY_ASK, way)
    findings = check_text(tmp_path, put(EVERY_ASK, spot.after_key, f": {value}"))
    assert (says, spot.line) in [(f.says, f.line) for f in findings]


# --- all at once ----------------------------------------------------------------------------------------

def test_all_faults_of_a_file_are_found_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    text = SCENARIO
    for old, new in [("title: The price rise", "title:"), ("cause: price-rise", "cause: price"), ("who: client", "who: clint"),
                     ("phase: decide", "phase: never"), ("id: ring\n", "id: no\n"), ("keeps: [ring-first]", "keeps: ring-first"),
                     ("cites: [A01]", "cites: [A77]"), ("trust: 1\n", "trust: x\n"), ("next: end", "next: edn"),
                     ("text: Write again.", "txt: Write again."), ("trust: 6-10", "trust: six"),
                     ("best: true", "best: perhaps"), ("id: cold", "id: door")]:
        text = edit(text, old, new)
    findings = check_text(tmp_path, text)
    assert places(findings) == [
        ("E203", 1), ("E206", 2), ("E206", 3), ("E206", 6), ("E209", 10), ("E214", 12), ("E206", 13), ("E204", 14), ("E206", 15),
        ("E202", 16), ("E201", 17), ("E207", 24), ("E204", 25), ("E211", 26)]
    assert findings == sorted(findings)


def test_a_list_is_not_called_too_short_when_its_items_are_at_fault(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, "text: Write again.", "text:")
    assert places(findings) == [("E203", line)]


@pytest.mark.parametrize(("old", "new"), [
    ("keeps: [ring-first]", "keeps: [LONG]"), ("id: ring\n", "id: LONG\n"), ("trust: 1\n", "trust: LONG\n"), ("next: end", "next: LONG"),
    ("who: client", "who: LONG"), ("phase: decide", "phase: [LONG]"),
    ("    question", "    ask: LONG\n    question"), ("trust: 6-10", "trust: LONG"), ("best: true", "best: LONG"),
    ("    best: true", "    LONG: true"), ("who: client", "who: us\n? LONG\n: a\n? LONG\n: a")])
def test_a_finding_is_short_however_long_the_fault(tmp_path: Path, old: str, new: str) -> None:
    findings = check_text(tmp_path, edit(SCENARIO, old, new.replace("LONG", "x" * 20_000)))
    assert findings and max(len(str(f)) for f in findings) < 1000 + len(str(tmp_path))


def test_a_finding_is_said_as_where_what_and_the_cure() -> None:
    assert str(Finding("a.yaml", 3, 5, "E203", "the text is empty.", "Write it.")) == "a.yaml:3:5: E203 the text is empty.\n    Write it."
    assert str(Finding("a.yaml", 3, 5, "W112", "a `#`.")) == "a.yaml:3:5: W112 a `#`."


def test_the_nearest_word_is_named_first_and_alone_when_there_are_many() -> None:
    assert nearest("RING-FRIST", ["ring-first", "ask-why"]) == "Did you mean `ring-first`? "
    assert choice_of("zzz", ["b", "a"]) == "Allowed: `a`, `b`."
    assert choice_of("word-7x", [f"word-{n}" for n in range(20)]) == "Did you mean `word-7`?"
    assert choice_of("word", []) == "None is defined."
    assert re.fullmatch(r"Allowed: (`zzz\d+`, ){49}`zzz\d+` and 10 more.", choice_of("a", [f"zzz{n}" for n in range(60)]))
