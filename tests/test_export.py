"""Exports and reports: every row as the dictionary says, the same bytes twice, no formula, no name unasked; whole files or none."""

import csv
import io
import json
import os
import re
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pages import SIZES, Person
from ralph.models.xapi.base.statements import BaseXapiStatement
from worlds import option, playbook, played, runs, scenario, scene, steady

from kit.cli import main
from kit.commands import exporting
from kit.play.firsts import first_finished
from kit.play.run import Run, pick
from kit.play.score import score
from kit.report import export, steps
from kit.report.columns import KINDS, Column, Row, clean
from kit.report.dictionary import dictionary
from kit.report.export import Unwritable, write_csv, write_jsonl, write_whole, write_xlsx
from kit.report.steps import COLUMNS, Taken, rows, steps_taken
from kit.report.xapi import statements
from kit.store.store import Store, StoredRun
from kit.ui import report_views
from kit.ui.terminal import draw

ROOT = Path(__file__).parent.parent
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
BOOK = playbook({"a": 2, "b": 1, "c": 3}, red=("c",))
CASE = scenario(scene("first", options=[option("right", "a", feedback="That was heard."), option("wrong", breaks="b")]),
                scene("words", "write", rules=["a"], model="As it might be said."), scene("last", options=[option("good", "b"), option("bad", breaks="c")]))
LIKE_FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "  =1+1", "＝1+1", "\n-1"]
AWKWARD = ["Étoile 😀 \u2028 end", "two\nlines", 'a "quoted", comma; semicolon', "<b>&amp;</b>", "_x0041_", "'already", "bell\x07 and \x00 nul", " spaces "]
NOBODY = 65534   # the user id of nobody in particular


def kept(run: Run, *, person: str = "ann", run_id: str = "run-1", mode: str = "practice", gaps: list[int] | None = None, unread: int = 0) -> StoredRun:
    """The run as the store gives it: an answer and its reading every so many seconds; the last so many unread."""
    times = [START]
    for gap in (gaps or [10] * 2 * len(run.picks))[:2 * len(run.picks)]:
        times.append(times[-1] + timedelta(seconds=gap))
    said = [t.isoformat(timespec="milliseconds") for t in times]
    return StoredRun(run_id, person, mode, said[0], run, tuple(said[1::2]), tuple(said[2::2])[:len(run.picks) - unread])


@st.composite
def kept_runs(draw: st.DrawFn) -> list[StoredRun]:
    """Some runs of a few people, finished or not; clocks may go back."""
    some = draw(st.lists(runs(finished=False), min_size=1, max_size=3))
    return [kept(run, person=draw(st.sampled_from(["ann", "bo"])), run_id=f"run-{n}", mode=draw(st.sampled_from(["practice", "assessment"])),
                 gaps=draw(st.lists(st.integers(-60, 600), min_size=2 * len(run.picks), max_size=2 * len(run.picks))), unread=draw(st.integers(0, len(run.picks))))
            for n, run in enumerate(some)]


def taken_in(some: list[StoredRun], *, secret: bytes = b"secret", names: dict[str, str] | None = None) -> list[Taken]:
    return list(steps_taken(some, pseudonym=partial(steps.pseudonym, secret=secret), names=names or {}))


def as_bytes(writes: Callable[..., None], *things: Any) -> bytes:
    file = io.BytesIO()
    writes(file, *things)
    return file.getvalue()


# --- rows -------------------------------------------------------------------------------------------------

IS_OF_KIND: dict[str, Callable[[Any], bool]] = {
    "text": lambda v: isinstance(v, str),
    "time": lambda v: isinstance(v, str) and datetime.fromisoformat(v).utcoffset() == timedelta(0),
    "whole number": lambda v: type(v) is int,
    "number": lambda v: type(v) is float and round(v, 6) == v,
    "yes or no": lambda v: type(v) is bool,
    "list": lambda v: isinstance(v, list) and all(re.fullmatch(r"[a-z0-9-]+", item) for item in v),
}
ALWAYS_THERE = {"run", "person", "scenario", "scenario_hash", "playbook_hash", "mode", "started_at", "finished", "first", "step", "scene", "ask", "shown",
                "answer", "words", "picked_at", "seconds", "kept", "missed", "broken", "red_lines", "trust_before", "trust"}


@steady
@given(kept_runs())
def test_every_row_has_the_columns_of_the_dictionary_and_their_kinds(some: list[StoredRun]) -> None:
    found = list(rows(taken_in(some)))
    assert len(found) == sum(len(k.run.picks) for k in some)
    for row in found:
        assert list(row) == [column.name for column in COLUMNS]
        for column in COLUMNS:
            value = row[column.name]
            assert (value is None and column.name not in ALWAYS_THERE) or IS_OF_KIND[column.kind](value), (column.name, value)


@steady
@given(kept_runs())
def test_the_rows_of_a_run_add_up_to_its_score(some: list[StoredRun]) -> None:
    for stored in some:
        mine = list(rows(taken_in([stored])))
        if not stored.run.is_over:
            assert all(row["score"] is None and row["band"] is None and row["ending"] is None and row["finished"] is False for row in mine)
            continue
        made = score(stored.run)
        assert sum(row["lost"] or 0 for row in mine) == pytest.approx(made.lost, abs=1e-4)
        assert sum(row["stake"] or 0 for row in mine) == pytest.approx(made.path_stake, abs=1e-4)
        for word in ("kept", "missed", "broken"):
            assert sum(len(row[word]) for row in mine) == sum(getattr(count, word) for count in made.rules)
        assert {name for row in mine for name in row["red_lines"]} == set(made.red_lines)
        assert {row["score"] for row in mine} == {round(made.value, 6)} and {row["band"] for row in mine} == {made.band.title}


@steady
@given(kept_runs())
def test_seconds_are_never_below_nothing_nor_more_than_the_whole_run_took(some: list[StoredRun]) -> None:
    for stored in some:
        for row in rows(taken_in([stored])):
            earlier = [stored.started_at, *stored.picked_at[:row["step"]]]
            assert 0 <= row["seconds"] <= (datetime.fromisoformat(row["picked_at"]) - min(map(datetime.fromisoformat, earlier))).total_seconds() + 1e-9


def test_seconds_count_from_the_start_then_from_the_reading_or_else_from_the_answer_before() -> None:
    run = played(Run(CASE, BOOK), ("right",), ("Mine.",), ("good",))
    gaps = [7, 100, 5, 200, 3, 1]
    assert [row["seconds"] for row in rows(taken_in([kept(run, gaps=gaps)]))] == [7, 5, 3]
    assert [row["seconds"] for row in rows(taken_in([kept(run, gaps=gaps, unread=3)]))] == [7, 105, 203]


def test_a_reading_marked_after_the_next_answer_does_not_change_its_seconds() -> None:
    run = played(Run(CASE, BOOK), ("right",), ("Mine.",))
    late = kept(run, gaps=[7, 100, 5, 1])
    late = StoredRun(late.id, late.person, late.mode, late.started_at, run, late.picked_at, (late.read_at[1], late.read_at[1]))
    assert [row["seconds"] for row in rows(taken_in([late]))] == [7, 105]


def test_feedback_counts_as_shown_in_practice_only() -> None:
    run = played(Run(CASE, BOOK), ("right",))
    assert [next(rows(taken_in([kept(run, mode=mode)])))["feedback_shown"] for mode in ("practice", "assessment")] == ["That was heard.", ""]


def test_only_the_first_finished_run_of_a_scenario_is_marked_first() -> None:
    whole = played(Run(CASE, BOOK), ("right",), ("Mine.",), ("good",))
    some = [kept(played(Run(CASE, BOOK), ("right",)), run_id="left"), kept(whole, run_id="one"), kept(whole, run_id="two"), kept(whole, run_id="hers", person="bo")]
    assert first_finished(some) == {"one", "hers"}
    assert [t.is_first for t in taken_in(some)] == [False] + [True] * 3 + [False] * 3 + [True] * 3


def test_the_shown_order_is_that_of_the_run() -> None:
    run = played(Run(CASE, BOOK, seed="x"), ("right",))
    assert next(rows(taken_in([kept(run)])))["shown"] == list(run.steps[0].shown)


def test_a_pseudonym_is_stable_for_a_secret_and_tells_nothing() -> None:
    run = played(Run(CASE, BOOK), ("right",))
    one, same, other = (next(rows(taken_in([kept(run, person="ann-id")], secret=s)))["person"] for s in (b"1", b"1", b"2"))
    assert one == same != other and re.fullmatch("[0-9a-f]{20}", one) and "ann" not in one


@given(st.text())
@steady
def test_what_is_cleaned_can_stand_in_every_format(text: str) -> None:
    kept_text = clean(text)
    assert clean(kept_text) == kept_text
    ElementTree.fromstring("<a>" + kept_text.replace("&", "&amp;").replace("<", "&lt;") + "</a>")
    assert "\r" not in kept_text and "\x00" not in kept_text


# --- files ------------------------------------------------------------------------------------------------

def cells(book: bytes) -> list[list[str]]:
    """The texts of the first sheet's cells, row by row, those left out as empty."""
    space = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    sheet = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml"))
    return [[_text(cell, space) for cell in _filled(line, space)] for line in sheet.iterfind(".//s:row", space)]


def _filled(line: ElementTree.Element, space: dict[str, str]) -> list[ElementTree.Element | None]:
    there = {_column(cell.attrib["r"]): cell for cell in line.iterfind("s:c", space)}
    return [there.get(n) for n in range(1, len(COLUMNS) + 1)]


def _column(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]+", reference)[0]:
        number = 26 * number + ord(letter) - 64
    return number


def _text(cell: ElementTree.Element | None, space: dict[str, str]) -> str:
    if cell is None:
        return ""
    found = cell.find(".//s:t" if cell.get("t") == "inlineStr" else "s:v", space)
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), found.text or "")


def plain(row: Row) -> list[Any]:
    """A row as CSV and XLSX have it, before texts that look like formulas are made safe."""
    return ["" if v is None else ("no", "yes")[v] if isinstance(v, bool) else " ".join(v) if isinstance(v, list) else v for v in row.values()]


def wrote(words: str) -> list[Taken]:
    """Somebody wrote this, and was called so too."""
    return taken_in([kept(played(Run(CASE, BOOK), ("wrong",), (words or "-",)))], names={"ann": words})


@pytest.mark.parametrize("words", [*LIKE_FORMULAS, *AWKWARD])
def test_whatever_was_written_comes_back_as_text_in_every_format(words: str) -> None:
    taken = wrote(words)
    wanted = list(rows(taken))
    assert [json.loads(line) for line in as_bytes(write_jsonl, rows(taken)).decode().split("\n")[:-1]] == wanted

    read = list(csv.reader(io.StringIO(as_bytes(write_csv, COLUMNS, rows(taken)).decode(), newline="")))
    assert read[0] == [c.name for c in COLUMNS]
    for line, row in zip(read[1:], wanted, strict=True):
        for found, value in zip(line, plain(row), strict=True):
            assert found == str(value) or (found == f"'{value}" and value.lstrip()[0] in "=+-@＝")
            assert not isinstance(value, str) or not found.lstrip().startswith(("=", "+", "-", "@", "＝"))

    book = as_bytes(write_xlsx, COLUMNS, rows(taken))
    assert not re.search(rb"<f[ >]", zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml"))
    for line, row in zip(cells(book)[1:], wanted, strict=True):
        assert [float(f) if isinstance(v, float | int) and f else f for f, v in zip(line, plain(row), strict=True)] == plain(row)


def test_a_number_below_nothing_stays_a_number() -> None:
    row = next(csv.DictReader(io.StringIO(as_bytes(write_csv, COLUMNS, rows(wrote("Mine."))).decode())))
    assert row["value"] == "-1.0"


@steady
@given(kept_runs())
def test_a_second_export_is_the_same_bytes(some: list[StoredRun]) -> None:
    def everything() -> list[bytes]:
        taken = taken_in(some)
        return [as_bytes(write_csv, COLUMNS, rows(taken)), as_bytes(write_xlsx, COLUMNS, rows(taken)),
                as_bytes(write_jsonl, rows(taken)), as_bytes(write_jsonl, statements(taken))]
    assert everything() == everything()


def test_nothing_in_an_xlsx_tells_when_it_was_written() -> None:
    book = zipfile.ZipFile(io.BytesIO(as_bytes(write_xlsx, COLUMNS, rows(wrote("Mine.")))))
    assert {entry.date_time[0] for entry in book.infolist()} == {1980}
    assert set(re.findall(rb"\d{4}-\d\d-\d\dT", book.read("docProps/core.xml"))) == {b"2000-01-01T"}


def test_a_text_too_long_for_a_cell_is_refused_in_words_and_not_cut() -> None:
    long = (Column("words", "text", "", "", lambda thing: thing),)
    as_bytes(write_xlsx, long, [{"words": "x" * 32_767}])
    with pytest.raises(Unwritable, match="no room"):
        as_bytes(write_xlsx, long, [{"words": "x" * 32_768}])


def test_a_full_disk_leaves_the_old_export_and_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, other = tmp_path / "a.csv", tmp_path / "b.csv"
    old.write_text("before")
    real = export._new_file
    monkeypatch.setattr(export, "_new_file", lambda path: full_disk(path) if "b.csv" in path.name else real(path))
    with pytest.raises(Unwritable, match=r"b\.csv: No space left on device"):
        write_whole({old: lambda file: file.writelines([b"after"]), other: lambda file: file.writelines([b"after"])})
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"] and old.read_text() == "before"


def test_a_fault_of_ours_leaves_nothing_half_written_either(tmp_path: Path) -> None:
    def fails(file: Any) -> None:
        file.write(b"half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_whole({tmp_path / "a.csv": fails})
    assert not list(tmp_path.iterdir())


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="not a file"):
        write_whole({tmp_path: lambda file: file.writelines([b"x"])})
    with pytest.raises(Unwritable, match="not a file"):
        write_whole({Path("/dev/full"): lambda file: file.writelines([b"x"])})
    assert Path("/dev/full").is_char_device()


# --- xAPI -------------------------------------------------------------------------------------------------

@steady
@given(kept_runs())
def test_ralph_takes_every_statement(some: list[StoredRun]) -> None:
    found = list(statements(taken_in(some, names={"ann": "Ann"})))
    assert len(found) == sum(len(k.run.picks) + k.run.is_over for k in some)
    for statement in found:
        BaseXapiStatement.model_validate(statement)


@steady
@given(kept_runs())
def test_statements_keep_what_xapi_asks_and_models_leave_open(some: list[StoredRun]) -> None:
    found = list(statements(taken_in(some)))
    assert len({s["id"] for s in found}) == len(found)
    for statement in found:
        assert {uuid.UUID(statement["id"]).version, uuid.UUID(statement["context"]["registration"]).version} == {5}
        assert "success" not in statement["result"] and "name" not in statement["actor"]
        assert re.fullmatch(r"PT\d+\.\d\dS", statement["result"]["duration"])
        assert datetime.fromisoformat(statement["timestamp"]).tzinfo
        if made := statement["result"].get("score"):
            assert made["min"] < made["max"] and made["min"] <= made["raw"] <= made["max"] and -1 <= made["scaled"] <= 1


@steady
@given(kept_runs())
def test_the_raw_score_of_an_answer_is_its_value_and_never_has_to_be_cut_to_its_bounds(some: list[StoredRun]) -> None:
    taken = taken_in(some)
    answered = [s for s in statements(taken) if s["verb"]["id"].endswith("answered")]
    for statement, row in zip(answered, rows(taken), strict=True):
        made = statement["result"].get("score")
        assert (made and made["raw"]) == row["value"] and (made and made["max"]) == row["stake"]


def test_a_statement_once_given_never_changes_when_the_run_goes_on() -> None:
    """A record store refuses a known id with another content."""
    run = Run(CASE, BOOK)
    before: list[dict[str, Any]] = []
    for answer in (("wrong",), ("Mine.",), ("bad",)):
        run = pick(run, answer)
        after = list(statements(taken_in([kept(run)])))
        assert after[:len(before)] == before
        before = after
    assert [s["verb"]["id"].rpartition("/")[2] for s in before] == ["answered"] * 3 + ["completed"]


def test_own_words_have_no_score_and_a_scene_is_named_by_its_content() -> None:
    found = list(statements(taken_in([kept(played(Run(CASE, BOOK), ("wrong",), ("Mine.",), ("good",)))])))
    assert ["score" in s["result"] for s in found] == [True, False, True, True]
    assert found[1]["result"]["response"] == "Mine."
    assert found[0]["object"]["id"] == f"{found[3]['object']['id']}/scenes/first"
    assert found[0]["object"]["id"].split("/")[-3] == found[0]["context"]["revision"]
    other = scenario(*[s.model_dump(mode="json", exclude_none=True) for s in CASE.scenes], trust=6)
    assert next(statements(taken_in([kept(played(Run(other, BOOK), ("wrong",)))])))["object"]["id"] != found[0]["object"]["id"]


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("pt-BR", "pt-BR"), ("English, mostly", "und")])
def test_a_language_that_is_no_tag_is_not_passed_on(language: str, tag: str) -> None:
    case = scenario(scene("first", options=[option("right", "a"), option("wrong")]), language=language)
    statement = next(statements(taken_in([kept(played(Run(case, BOOK), ("right",)))])))
    BaseXapiStatement.model_validate(statement)
    assert statement["context"]["language"] == tag


# --- the dictionary ---------------------------------------------------------------------------------------

def test_the_data_dictionary_says_what_the_code_has() -> None:
    assert (ROOT / "docs" / "data.md").read_text(encoding="utf-8") == dictionary(), "write it anew: see kit/report/dictionary.py"


def test_every_column_is_described_once_by_a_known_kind() -> None:
    from kit.report import rescored

    for columns in (COLUMNS, rescored.COLUMNS):
        assert len({c.name for c in columns}) == len(columns)
        assert all(c.kind in KINDS and c.meaning.endswith(".") and "|" not in c.meaning and (c.kind != "number" or c.unit) for c in columns)


# --- the commands -----------------------------------------------------------------------------------------

@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def plays(data: Path, person: str, name: str, *answers: tuple[str, ...]) -> StoredRun:
    store = Store(data)
    store.name_person(person, name)
    stored = store.start_run(person, CASE, BOOK, mode="practice")
    for answer in answers:
        stored = store.add_pick(stored, pick(stored.run, answer))
    return stored


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "high-note-steps.jsonl").read_text(encoding="utf-8").splitlines()]


def test_an_export_names_nobody_unless_asked_and_is_the_same_twice(data: Path, tmp_path: Path) -> None:
    stored = plays(data, "ann-id-of-32-characters-0123456", "Ann Example", ("right",), ("Mine.",), ("good",))
    assert run("export", tmp_path / "one")[0] == 0
    code, told = run("export", tmp_path / "two")
    assert code == 0 and "3 steps of 1 run, by 1 person." in told
    for name in exporting.FILES.values():
        first, second = (tmp_path / which / name for which in ("one", "two"))
        assert first.read_bytes() == second.read_bytes() and f"Wrote {second}" in told
        assert first.stat().st_mode & 0o077 == 0
        text = b"".join(zipfile.ZipFile(first).read(n) for n in zipfile.ZipFile(first).namelist()) if name.endswith("xlsx") else first.read_bytes()
        assert not [word for word in (b"Ann Example", stored.person.encode(), stored.id.encode()) if word in text], name
    assert run("export", tmp_path / "three", "--format", "jsonl", "--names")[0] == 0
    assert [p.name for p in (tmp_path / "three").iterdir()] == ["high-note-steps.jsonl"]
    assert {line["name"] for line in lines_of(tmp_path / "three")} == {"Ann Example"}
    assert {line["person"] for line in lines_of(tmp_path / "three")} == {line["person"] for line in lines_of(tmp_path / "one")}


def test_an_empty_store_exports_a_header(data: Path, tmp_path: Path) -> None:
    code, told = run("export", tmp_path / "out")
    assert code == 0 and "0 steps of 0 runs, by 0 people." in told
    assert (tmp_path / "out" / "high-note-steps.csv").read_text().strip() == ",".join(c.name for c in COLUMNS)
    assert lines_of(tmp_path / "out") == []


def test_an_unfinished_run_is_exported_and_marked(data: Path, tmp_path: Path) -> None:
    plays(data, "ann", "Ann", ("right",))
    code, told = run("export", tmp_path, "--format", "jsonl", "--format", "xapi")
    assert code == 0 and "1 of them not finished" in told
    assert [(line["finished"], line["score"]) for line in lines_of(tmp_path)] == [(False, None)]
    assert "completed" not in (tmp_path / "high-note-xapi.jsonl").read_text()


def test_who_is_erased_is_in_no_later_export_and_others_keep_their_pseudonyms(data: Path, tmp_path: Path) -> None:
    plays(data, "ann", "Ann", ("right",))
    plays(data, "bo", "Bo", ("wrong",))
    run("export", tmp_path, "--format", "jsonl")
    before = {line["answer"][0]: line["person"] for line in lines_of(tmp_path)}
    Store(data).erase_person("ann")
    run("export", tmp_path, "--format", "jsonl")
    assert {line["answer"][0]: line["person"] for line in lines_of(tmp_path)} == {"wrong": before["wrong"]}
    code, told = run("report", "Ann")
    assert code == 2 and "Nobody here is called Ann" in told


def test_a_full_disk_is_said_and_the_old_export_stays(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plays(data, "ann", "Ann", ("right",))
    out = tmp_path / "out"
    run("export", out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    plays(data, "bo", "Bo", ("right",))
    monkeypatch.setattr(export, "_new_file", full_disk)
    for command in (("export", out), ("report", "--to", out / "all.html"), ("rescore", "--to", out / "again.csv")):
        code, told = run(*command)
        assert code == 2 and "No space left on device" in told and "What was there before is still there." in told, command
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def full_disk(_path: Path) -> Any:
    return Path("/dev/full").open("wb")


@contextmanager
def locked_folder() -> Iterator[Path]:
    """A folder that this user may read and not write, even where tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        if os.geteuid() == 0:
            os.seteuid(NOBODY)
            try:
                yield Path(name)
            finally:
                os.seteuid(0)
        else:
            yield Path(name)
            Path(name).chmod(0o755)


def test_a_folder_that_cannot_be_written_is_said() -> None:
    with locked_folder() as folder:
        with pytest.raises(Unwritable, match="Permission denied"):
            write_whole({folder / "a.csv": lambda file: file.writelines([b"x"])})
        assert not list(folder.iterdir())


def test_a_folder_that_cannot_be_made_is_said(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    code, told = run("export", tmp_path / "file" / "sub")
    assert code == 2 and "Could not make the folder" in told
    code, told = run("report", "--to", tmp_path / "no" / "such" / "all.html")
    assert code == 2 and "Could not write" in told


# --- reports ----------------------------------------------------------------------------------------------

def test_a_report_on_a_person_has_first_finished_runs_with_reasons_and_counts_the_rest(data: Path, tmp_path: Path) -> None:
    plays(data, "ann", "<b>Ann</b>", ("right",))
    plays(data, "ann", "<b>Ann</b>", ("wrong",), ("=Mine & <i>so</i>.",), ("bad",))
    plays(data, "ann", "<b>Ann</b>", ("right",), ("Later.",), ("good",))
    assert run("report", "ann", "--to", tmp_path / "ann.html")[0] == 0
    html = (tmp_path / "ann.html").read_text(encoding="utf-8")
    assert "<b>Ann" not in html and "&lt;b&gt;Ann" in html and "<i>so" not in html and "=Mine &amp; &lt;i&gt;so" in html
    assert "Later." not in html and "Not shown: 1 later run and 1 unfinished run." in html
    for words in ("0, band-0 (red line)", "A red line was crossed", "Broke: b-title", "Broke: c-title", "Better: Words of good.", "Own words; not scored."):
        assert words in html, words
    code, told = run("report", "ann")
    assert code == 0 and "Better: Words of right." in told


def test_reports_on_nothing_finished_say_so(data: Path) -> None:
    assert "No run is finished yet." in run("report")[1]
    plays(data, "ann", "", ("right",))
    assert "1 person, 0 first finished runs." in run("report")[1]
    assert "No run is finished yet." in run("report", "ann")[1]


@pytest.mark.parametrize(("count", "of", "words"), [
    (7, 29, "7 of 29"), (15, 30, "36 to 64 % (15 of 30)"), (59, 59, "96 to 100 % (59 of 59)"), (30, 60, "50 % of 60"), (0, 1, "0 of 1")])
def test_a_share_says_no_more_than_its_number_can_bear(count: int, of: int, words: str) -> None:
    assert report_views.share(count, of) == words


def test_a_small_cohort_is_shown_in_counts_only() -> None:
    whole = played(Run(CASE, BOOK), ("right",), ("Mine.",), ("bad",))
    told = draw(report_views.cohort([whole] * 14, people=14))
    assert "%" not in told.replace("90 % certainty", "") and "14 of 28" in told and "a-title | 14 of 14 | 0 of 14 | 0 of 14" in told
    assert "title-a-case | 14 | band-50: 14 of 14" not in told and "14 of 14" in told   # a red line: below the pass mark


def test_a_cohort_pools_only_what_was_played_with_the_same_content() -> None:
    whole = played(Run(CASE, BOOK), ("right",), ("Mine.",), ("good",))
    changed = CASE.model_copy(update={"trust": 6})
    told = draw(report_views.cohort([whole, played(Run(changed, BOOK), ("right",), ("Mine.",), ("good",))], people=2))
    assert len(re.findall(r"title-a-case \(version [0-9a-f]{6}\) \| 1 \|", told)) == 2
    book = playbook({"a": 1, "b": 1, "c": 1})
    told = draw(report_views.cohort([whole, played(Run(CASE, book), ("right",), ("Mine.",), ("good",))], people=2))
    assert told.count("1 run by playbook") == 2 and "title-a-case | 2 |" in told


@pytest.mark.browser
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_reports_are_accessible_pages_without_scripts(chromium: Any, data: Path, tmp_path: Path, size: str, scheme: str) -> None:
    plays(data, "ann", "Ann", ("wrong",), ("Mine.",), ("bad",))
    context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme)
    for words in ((), ("Ann",)):
        run("report", *words, "--to", tmp_path / "report.html")
        Person(context, (tmp_path / "report.html").as_uri()).open().is_clean()
        assert "<script" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    context.close()
