"""Text that is broken, hostile or merely surprising: it is read as words or refused at the right line, never executed or guessed at."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from content import PLAYBOOK, SCENARIO, changed, check_edit, check_text, edit, places

from kit.content.read import plain
from kit.content.yamltext import MOST_BYTES, Listing, Mapping, Mark, Text, Unreadable, parse, read_text
from kit.library import NoPlaybook, load, load_playbook

COLD_END = "  - id: cold\n    title: A cold end\n    text: Nothing comes back.\n    trust: 0-5\n"


# --- the file -------------------------------------------------------------------------------------------

def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"E101 the file cannot be read: No such file"):
        read_text(tmp_path / "a.yaml")


def test_a_folder_called_like_a_scenario_is_said_not_to_be_readable(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(Unreadable, match="E101"):
        read_text(tmp_path / "a.yaml")


def test_a_file_may_have_512_kb_and_no_byte_more(tmp_path: Path) -> None:
    filler = b"# " + b"x" * (MOST_BYTES - len(SCENARIO.encode()) - 2)
    assert MOST_BYTES == 512 * 1024
    assert check_text(tmp_path, SCENARIO.encode() + filler) == []
    assert places(check_text(tmp_path, SCENARIO.encode() + filler + b"x")) == [("E102", 1)]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_character_that_is_not_utf_8_is_found_where_it_stands(tmp_path: Path, encoding: str) -> None:
    text = edit(SCENARIO, "Ring her.", "Ring Zoé.")
    finding, = check_text(tmp_path, text.encode(encoding))
    assert (finding.code, finding.line, finding.col) == ("E103", changed(SCENARIO, text), len("        text: Ring Zo") + 1)


def test_utf_16_is_refused_at_the_first_character(tmp_path: Path) -> None:
    assert places(check_text(tmp_path, SCENARIO.encode("utf-16"))) == [("E103", 1)]


@pytest.mark.parametrize("as_bytes", [
    lambda text: b"\xef\xbb\xbf" + text.encode(), lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace("\n", "\r").encode(), lambda text: text.rstrip().encode(),
    lambda text: b"---\n" + text.encode() + b"...\n"], ids=["BOM", "CRLF", "CR", "no newline at the end", "document marks"])
def test_what_editors_put_around_a_text_changes_nothing(tmp_path: Path, as_bytes: Callable[[str], bytes]) -> None:
    (tmp_path / "a.yaml").write_bytes(as_bytes(SCENARIO))
    tree, findings = parse(read_text(tmp_path / "a.yaml"), "a.yaml")
    assert (plain(tree), findings) == (plain(parse(SCENARIO, "a.yaml")[0]), [])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps file names that are not UTF-8")
def test_a_file_name_that_is_not_utf_8_does_not_stop_the_other_files(tmp_path: Path) -> None:
    for name, text in [("playbook", PLAYBOOK), ("a", SCENARIO), ("b\udcff", SCENARIO)]:
        (tmp_path / f"{name}.yaml").write_text(text)
    assert [scenario.id for scenario in load(tmp_path).scenarios] == ["a"]


def test_a_playbook_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "playbook.yaml").write_bytes(b"\xff")
    with pytest.raises(NoPlaybook, match="E103"):
        load_playbook(tmp_path)


# --- nothing in it --------------------------------------------------------------------------------------

@pytest.mark.parametrize("text", ["", "\n\n  \n", "# only a comment\n", "---\n", '""', "''"])
def test_an_empty_file_is_called_empty(tmp_path: Path, text: str) -> None:
    assert places(check_text(tmp_path, text)) == [("E106", 1)]


@pytest.mark.parametrize("text", ["hello", "null", "~", "- a\n- b\n", "[]", "3"])
def test_a_file_without_keys_is_told_to_begin_with_keys(tmp_path: Path, text: str) -> None:
    assert places(check_text(tmp_path, text)) == [("E200", 1)]


# --- characters -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("character", ["\0", "\x01", "\x07", "\x0b", "\x0c", "\x1b", "\x1f", "\x7f", "\x80", "\ufffe"], ids=ascii)
def test_a_control_character_is_found_where_it_stands(tmp_path: Path, character: str) -> None:
    (finding,), line = check_edit(tmp_path, "Ring her.", f"Ring{character} her.")
    assert (finding.code, finding.line, finding.col) == ("E104", line, len("        text: Ring") + 1)
    assert "cannot be shown" in finding.says


@pytest.mark.parametrize("escape", [r"\0", r"\x00", r"\x07", r"\x1b[2J", r"\u0001"])
def test_a_control_character_written_as_an_escape_is_found_too(tmp_path: Path, escape: str) -> None:
    findings, line = check_edit(tmp_path, "text: Ring her.", f'text: "Ring{escape} her."')
    assert [f.line for f in findings] == [line]


@pytest.mark.parametrize("escape", [r"\q", r"\x0", r"\ud800", r"\U00110000", r"\UFFFFFFFF"])
def test_an_escape_that_is_no_character_is_found_at_its_line(tmp_path: Path, escape: str) -> None:
    findings, line = check_edit(tmp_path, "text: Ring her.", f'text: "Ring{escape} her."')
    assert places(findings) == [("E104", line)]


def test_a_tab_for_an_indent_is_called_a_tab(tmp_path: Path) -> None:
    (finding,), line = check_edit(tmp_path, "        text: Ring her.", "\ttext: Ring her.")
    assert (finding.code, finding.line, finding.col) == ("E104", line, 1)
    assert "tab" in finding.says


def test_a_tab_after_a_colon_does_no_harm(tmp_path: Path) -> None:
    assert check_text(tmp_path, edit(SCENARIO, "text: Ring her.", "text:\tRing her.")) == []


# --- quotes and brackets --------------------------------------------------------------------------------

@pytest.mark.parametrize("quote", ['"', "'"])
def test_an_unclosed_quote_is_found_where_it_is_opened(tmp_path: Path, quote: str) -> None:
    (finding,), line = check_edit(tmp_path, "text: Ring her.", f"text: {quote}Ring her.")
    assert (finding.code, finding.line, finding.col) == ("E104", line, len("        text: ") + 1)
    assert "never closed" in finding.says


@pytest.mark.parametrize(("old", "new", "says"), [
    ("keeps: [ring-first]", "keeps: [ring-first", "`[` is not closed"), ("  - id: cold\n", "  - {id: cold\n", "`{` is not closed"),
    ("  - id: cold\n    title: A cold end\n", "  - {id: cold,\n    title: A cold end,\n", "`{` is not closed")])
def test_an_unclosed_bracket_is_found_where_it_is_opened(tmp_path: Path, old: str, new: str, says: str) -> None:
    (finding,), line = check_edit(tmp_path, old, new)
    assert says in finding.says
    assert (finding.code, finding.line) == ("E104", line)


@pytest.mark.parametrize(("old", "new"), [
    ("text: Ring her.", 'text: "Say "hello" to her."'), ("text: Ring her.", "text: Ring her: today."), ("text: Ring her.", "text: @home"),
    ("text: Ring her.", "text: `now`"), ("text: Ring her.", "text: %"),
    ("        text: Ring her.", "  text: Ring her."), ("        text: Ring her.", "         text: Ring her."), ("text: Ring her.", "text Ring her.")],
    ids=["quotation mark inside", "colon inside", "@", "`", "%", "too little indent", "too much indent", "no colon"])
def test_broken_yaml_is_found_at_its_line(tmp_path: Path, old: str, new: str) -> None:
    findings, line = check_edit(tmp_path, old, new)
    assert places(findings) == [("E104", line)]


def test_a_key_without_a_value_in_braces_is_found_at_its_line(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, COLD_END, "  - {id: cold, title:, text: Nothing comes back., trust: 0-5}\n")
    assert [f.line for f in findings] == [line]


# --- what YAML can do and a scenario does not need ------------------------------------------------------

BOMB = "a: &a [x, x]\n" + "".join(f"{there}: &{there} [*{here}, *{here}, *{here}]\n" for here, there in zip("abcdefgh", "bcdefghi"))


@pytest.mark.parametrize(("old", "new"), [
    ("title: The", "title: &a The"), ("cause: price-rise", "cause: *a"), ("who: client", "<<: *a"), ("scenes:\n", "scenes: &s\n"), (SCENARIO, BOMB)],
    ids=["anchor", "alias", "merge of an alias", "anchor of a list", "alias bomb"])
def test_anchors_and_aliases_are_refused(tmp_path: Path, old: str, new: str) -> None:
    findings, line = check_edit(tmp_path, old, new)
    assert places(findings) == [("E110", line)]


def test_a_merge_key_without_an_alias_is_an_unknown_key(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, "who: client", "who: client\n<<: {level: 2}")
    assert places(findings) == [("E201", line)]


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!!str", "!mine", "!<tag:x,2000:y>", "!"])
def test_a_tag_is_refused_and_nothing_is_executed(tmp_path: Path, tag: str) -> None:
    witness = tmp_path / "executed"
    for value in (f'["touch {witness}"]', f"'touch {witness}'"):
        findings, line = check_edit(tmp_path, "who: client", f"who: {tag} {value}")
        assert places(findings) == [("E111", line)]
    assert not witness.exists()


@pytest.mark.parametrize("directive", ["%YAML 99.1", "%YAML " + "9" * 5000 + ".1", "%YAML x", "%NONE of it", "%TAG ! x"])
def test_a_directive_that_is_not_understood_never_raises(tmp_path: Path, directive: str) -> None:
    assert all(code in ("E104", "E111") for code, _ in places(check_text(tmp_path, f"{directive}\n---\n{SCENARIO}")))


def test_deep_nesting_is_refused_at_once(tmp_path: Path) -> None:
    """In a process of its own: a parser that takes its time over this cannot be interrupted from within."""
    deep = {"closed": "title: " + "[" * 10_000 + "]" * 10_000, "open": "title: " + "[" * 10_000, "braces": "{" * 10_000,
            "largest": "[" * 500_000, "hyphens": "- " * 250_000, "keys": "? " * 250_000, "indents": "\n".join(" " * n + "a:" for n in range(900))}
    for name, text in deep.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    run = subprocess.run([sys.executable, "-m", "kit", "check", tmp_path], capture_output=True, text=True, timeout=10)
    assert sorted(re.findall(r"(\w+)\.yaml:\d+:\d+: E10[45] ", run.stdout)) == sorted(deep), run.stdout + run.stderr


def test_a_dozen_levels_are_read_and_the_thirteenth_is_refused() -> None:
    parse("[" * 12 + "]" * 12, "a.yaml")
    with pytest.raises(Unreadable, match="a.yaml:1:13: E105"):
        parse("[" * 13 + "]" * 13, "a.yaml")


@pytest.mark.parametrize("second", ["---\ntitle: Another\n", "---\n", "...\n---\ntitle: Another\n"])
def test_a_second_document_is_refused_where_it_begins(tmp_path: Path, second: str) -> None:
    text = SCENARIO + second
    assert places(check_text(tmp_path, text)) == [("E107", text.split("\n").index("---") + 1)]


@pytest.mark.parametrize("key", ["[a, b]", "{a: b}"])
def test_a_key_that_is_no_word_is_refused(tmp_path: Path, key: str) -> None:
    findings, line = check_edit(tmp_path, "who: client", f"who: client\n{key}: x")
    assert places(findings) == [("E108", line)]


def test_a_doubled_key_is_found_at_the_second_and_names_the_first(tmp_path: Path) -> None:
    (finding,), line = check_edit(tmp_path, "who: client", "who: client\ntitle: Again")
    assert (finding.code, finding.line) == ("E109", line)
    assert "first at line 1" in finding.says


def test_every_doubled_key_of_a_file_is_found(tmp_path: Path) -> None:
    text = edit(edit(SCENARIO, "text: Ring her.", "text: Ring her.\n        text: Call."), "    trust: 0-5", "    trust: 0-5\n    id: cold")
    assert places(check_text(tmp_path, text)) == [("E109", 12), ("E109", 31)]


# --- words that go missing ------------------------------------------------------------------------------

@pytest.mark.parametrize("words", ["Ring her at #5 today.", "Ring her in room # 5 today", "Ring #5"])
def test_a_hash_that_cuts_a_sentence_is_a_warning_at_its_line(tmp_path: Path, words: str) -> None:
    (finding,), line = check_edit(tmp_path, "Ring her.", words)
    assert (finding.code, finding.line, finding.col) == ("W112", line, len("        text: ") + words.index("#") + 1)


def test_a_hash_that_begins_a_line_of_a_sentence_is_a_warning_at_its_line(tmp_path: Path) -> None:
    findings, line = check_edit(tmp_path, "        text: Ring her.\n", "        text: Ring her.\n          #5 is hers.\n")
    assert places(findings) == [("W112", line)]


@pytest.mark.parametrize("words", ["Ring her.  # a comment", '"Ring her #5"', "Ring her#5", ">-\n          Ring her at #5."])
def test_a_comment_and_a_hash_that_is_kept_are_no_finding(tmp_path: Path, words: str) -> None:
    assert check_text(tmp_path, edit(SCENARIO, "Ring her.", words)) == []


def test_a_comma_in_braces_is_explained(tmp_path: Path) -> None:
    (finding,), line = check_edit(tmp_path, COLD_END, "  - {id: cold, title: A cold, lonely end, text: Nothing comes back., trust: 0-5}\n")
    assert (finding.code, finding.line) == ("E201", line)
    assert "lonely end" in finding.says and "comma" in finding.cure


# --- what is read ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("word", ["no", "yes", "on", "010", "12:30", "null", "~", "1.5", "0x1F", "2001-01-01", "1e3", ".inf", "="])
def test_every_scalar_stays_the_words_that_stand_there(word: str) -> None:
    tree, _ = parse(f"a: {word}", "a.yaml")
    assert tree.get("a") == Text(word, Mark(1, 4), plain=True)


def test_places_are_counted_from_one_and_quotes_are_remembered() -> None:
    tree, _ = parse("a:\n  - 'x'\n  - >-\n    y\n", "a.yaml")
    listing = Listing((Text("x", Mark(2, 5), False), Text("y", Mark(3, 5), False)), Mark(2, 3))
    assert tree == Mapping(((Text("a", Mark(1, 1), True), listing),), Mark(1, 1))
    assert tree.key_mark("a") == Mark(1, 1) and tree.key_mark("b") is None
