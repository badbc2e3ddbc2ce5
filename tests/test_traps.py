"""YAML's own traps, and what editors, web pages and mail programs do to a text: each is said in plain words, at the place of its cause."""

from pathlib import Path

import pytest
from content import check_text, edit

# The beginning of the author's page, by the small playbook.
TEXT = """\
title: The price rise
cause: price-rise
who: client
scenes:
  - situation: Your letter went out two weeks ago. Dana has been silent since.
    question: What do you do first?
    options:
      - {text: "Ring Dana, and ask.", keeps: [ring-first, ask-why]}
      - text: "Write to her again, with a date."
        breaks: [ring-first]
endings: [{title: Two weeks later, text: "You know where you stand."}]
"""
NBSP, QUESTION = "\u00a0", "    question: What do you do first?\n"
SPACE = "a space that YAML does not take for one (or an invisible character) stands here."
GLUED = "after this colon a space is missing."
BELOW = "this line fits nowhere"
WRITTEN = '"Write to her again, with a date."'

TRAPS = {   # what was done: old words, new words, where it is said (line and column, or line alone), code, what is said
    "a name that is false": ("  - situation", "  - id: no\n    situation", (5, 9), "E209", "`no` without quotes is read as false by YAML."),
    "a doubled key": ("who: client", "who: client\ntitle: Again", (4, 1), "E109", "the key `title` appears twice, first at line 1."),
    "a # in a sentence": ("do first?", "do about #17?", (6, 36), "W112", "a `#` cut this sentence after `What do you do about`"),
    "a # before a sentence": ("What do you do first?", "#17 is open. And now?", (6, 15), "W112", "a `#` begins a comment, so `question` has no text"),
    "a tab": (QUESTION, QUESTION.replace("    ", "\t"), (6, 1), "E104", "a tab stands here."),
    "a tab after spaces": (QUESTION, f"    \t{QUESTION.strip()}\n", (6, 5), "E104", "a tab stands here."),
    "no space after a colon": ("question: What", "question:What", (6, 13), "E104", GLUED),
    "no space after the first colon": ("title: The", "title:The", (1, 6), "E104", GLUED),
    "no space after a colon, before a list": ("        breaks: [", "        breaks:[", (10, 15), "E104", GLUED),
    "no space after a colon, in braces": ("keeps: [ring-first, ask-why]", "keeps:[ring-first, ask-why]", 8, "E104", GLUED),
    "no space after a colon, before a quote": ('text: "Ring', 'text:"Ring', (8, 10), "E201", "after `text:` a space is missing."),
    "a double quote that is not closed": (WRITTEN, WRITTEN[:-1], (9, 15), "E104", "a quotation mark is opened here and closed only much later, or never."),
    "a double quote in braces that is not closed": ('ask."', "ask.", (8, 16), "E104", "a quotation mark is opened here"),
    "a single quote that is not closed": (WRITTEN, "'Write to her.", (9, 15), "E104", "a quotation mark is opened here and never closed"),
    "an apostrophe in single quotes": (WRITTEN, "'Don't write to her.'", (9, 20), "E104", "a quotation mark inside it closed it."),
    "quotes in quotes": (WRITTEN, '"Say "no" to her."', (9, 21), "E104", "a quotation mark inside it closed it."),
    "curly quotes around a colon": (WRITTEN, "“Write to her: a date.”", (9, 15), "E104", "a curly quotation mark is no quotation mark to YAML."),
    "curly quotes in braces": ('"Ring Dana, and ask."', "“Ring Dana, and ask.”", (8, 16), "E114", "the curly quotation mark “ is no quotation mark to YAML: this text ends after `“Ring Dana`."),
    "curly quotes around a name": ("        breaks: [ring-first]", "        breaks: [“ring-first”]", (10, 18), "E206", "`“ring-first”` is not a rule"),
    "a comma in braces": ('"Ring Dana, and ask."', "Ring Dana, and ask.", (8, 27), "E201", "`and ask.` is not a key, and has no value."),
    "a colon in braces": ('"Ring Dana, and ask."', "Ring Dana: ask.", 8, "E104", "a text inside it needs quotes."),
    "a forgotten hyphen at an option": ("      - text", "        text", (9, 9), "E104", BELOW),
    "a forgotten hyphen at a scene": ("  - situation", "    situation", (4, 1), "E214", "`scenes` needs a list."),
    "a forgotten hyphen in a talk": (QUESTION, f"    talk:\n      Dana: So.\n{QUESTION}", (6, 5), "E214", "`talk` needs a list."),
    "no space after a hyphen": ("  - situation", "  -situation", (5, 3), "E104", "after this hyphen a space is missing."),
    "a dash for a hyphen": ("      - text", "      – text", (9, 7), "E104", "this sign does not begin an item of a list."),
    "a line too far in": (QUESTION, f" {QUESTION}", (6, 6), "E104", "`question` is indented further than the key above it"),
    "a line not far enough in": (QUESTION, QUESTION[1:], (6, 4), "E104", BELOW),
    "a text that is not indented": ("What do you do first?", ">-\nWhat do you do first?", (7, 1), "E104", "a text that is not indented enough."),
    "a second document": ("scenes:", "---\nscenes:", (4, 1), "E107", "a second document begins here"),
    "the end of the document": ("scenes:", "...\nscenes:", (5, 1), "E104", "the document has ended before this"),
    "an anchor": ("scenes:", "scenes: &all", (4, 9), "E110", "anchors (`&`) and aliases (`*`) are not used here."),
    "an alias": ("        breaks: [ring-first]", "        breaks: [*all]", (10, 18), "E110", "anchors"),
    "a merge key": ("who: client", "who: client\n<<: *all", (4, 5), "E110", "anchors"),
    "stars for emphasis": ("What do", "*What* do", 6, "E104", "a text may not begin with `*` or `&`."),
    "a tag": ("What do", "!important What do", (6, 15), "E111", "the tag `!important` is not used here"),
    "a mark of an editor in the middle": ("who: client", "\ufeffwho: client", (3, 1), "E104", SPACE),
    "NUL": ("Ring Dana", "Ring\0Dana", (8, 21), "E104", "a character that cannot be shown"),
    "a control character": ("Ring Dana", "Ring\bDana", (8, 21), "E104", "a character that cannot be shown"),
    "non-breaking spaces for the indent": (QUESTION, QUESTION.replace("    ", NBSP * 4), (6, 1), "E104", SPACE),
    "spaces of both kinds": (QUESTION, QUESTION.replace("    ", f"  {NBSP}{NBSP}"), (6, 3), "E104", SPACE),
    "one space too many, non-breaking": (QUESTION, f"    {NBSP}{QUESTION.strip()}\n", (6, 5), "E113", "stands beside `question`."),
    "a non-breaking space after a colon": ("question: ", f"question:{NBSP}", (6, 14), "E104", SPACE),
    "a non-breaking space after a hyphen": ("      - text", f"      -{NBSP}text", (9, 8), "E104", SPACE),
    "an invisible character before a key": ("who: client", "\u200bwho: client", (3, 1), "E113", "stands beside `who`."),
    "a non-breaking space before a name": ("who: client", f"who: {NBSP}client", (3, 6), "E206", "`<U+00A0>client` is not allowed for `who`."),
    "words after >": ("What do", "> What do", 6, "E104", "after `>` or `|` nothing more may stand on the line."),
    "a percent sign": ("What do", "% of what do", (6, 15), "E104", "a text may not begin with this character."),
    "a list without brackets": ("        breaks: [ring-first]", "        breaks: ring-first, ask-why", (10, 17), "E214", "`breaks` needs a list."),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_said_in_plain_words_at_its_place(tmp_path: Path, trap: str) -> None:
    old, new, place, code, says = TRAPS[trap]
    findings = check_text(tmp_path, edit(TEXT, old, new))
    assert [f for f in findings if f.code == code and says in f.says and place in (f.line, (f.line, f.col))], list(map(str, findings))
    assert all(f.cure for f in findings) and len(findings) <= 3


def test_without_a_trap_nothing_is_found(tmp_path: Path) -> None:
    assert check_text(tmp_path, TEXT) == []


@pytest.mark.parametrize("as_bytes", [
    TEXT.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + TEXT.encode(), edit(TEXT, WRITTEN, "“Write to her.”").encode(),
    edit(TEXT, "Two weeks later", f"Two{NBSP}weeks later").encode(), edit(TEXT, WRITTEN, "She said so – and 12:30 it was").encode(), edit(TEXT, "\nwho", "\n\n   \nwho").encode()],
    ids=["Windows line ends", "BOM", "curly quotes as they are meant", "a non-breaking space between words", "a dash and a time", "empty lines"])
def test_what_is_harmless_is_not_scolded(tmp_path: Path, as_bytes: bytes) -> None:
    assert check_text(tmp_path, as_bytes) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_called_so(tmp_path: Path, encoding: str) -> None:
    (finding,) = check_text(tmp_path, TEXT.encode(encoding))
    assert (finding.code, finding.line, finding.says) == ("E103", 1, "the file is written in UTF-16, and not in UTF-8.")


def test_ten_megabytes_are_refused_without_being_read(tmp_path: Path) -> None:
    (finding,) = check_text(tmp_path, TEXT.encode() + b"#" * 10_000_000)
    assert (finding.code, finding.line) == ("E102", 1)


def test_a_mail_that_was_answered_is_told_to_lose_its_marks(tmp_path: Path) -> None:
    (finding,) = check_text(tmp_path, "".join(f"> {line}\n" for line in TEXT.splitlines()))
    assert (finding.code, finding.line) == ("E104", 1) and "remove the `>` before each line" in finding.cure


def test_the_curly_quote_is_told_though_the_text_in_it_is_all_in_one_pair_of_braces(tmp_path: Path) -> None:
    findings = check_text(tmp_path, edit(TEXT, '"Ring Dana, and ask."', "“Ring Dana”, and ask."))
    assert [f.code for f in findings] == ["E201"]   # the quotes are closed: only the comma is at fault
