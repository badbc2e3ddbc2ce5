"""The studio at the desk: nothing typed is lost, nothing saved elsewhere is overwritten, nothing broken is published."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Room
from pages import SIZES, Person

from kit import library as content_library
from kit import places
from kit.desk.desk import Desk
from kit.desk.shelf import Shelf, uses
from kit.desk.status import with_status, with_title
from kit.desk.studio import PUBLISHED, Studio
from kit.library import Library, check_text, load, up_to_date
from kit.play.part import from_scene
from kit.play.prove import reachable
from kit.play.score import perfect_run, score
from kit.room.trainee import Trainee
from kit.store.store import Store
from kit.writing import MOST_ASIDE, MOST_TEXT, Changed, Draft, NotWritten, Texts, is_id

SIX = ("the-rates-letter", "the-new-desk", "the-eleventh-round", "the-best-payer", "two-roads", "the-wrong-port")
RATES = "the-rates-letter"
FIRST = """\
title: The last call
cause: price-rise
who: client
scenes:
  - situation: Your letter about the new rates went out two weeks ago. Dana has been silent since.
    question: What do you do first?   # the moment
    options:
      - {text: "Ring Dana, and ask how the letter landed.", keeps: [news-by-voice, ask-what-they-think]}
      - {text: "Write to her again, with a date for her answer.", breaks: [news-by-voice]}
endings: [{title: Two weeks later, text: "You know where the two of you stand."}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A library of one's own: the first six scenarios."""
    made = tmp_path / "library"
    made.mkdir()
    for name in (*SIX, "playbook"):
        shutil.copy(ROOT / "scenarios" / f"{name}.yaml", made)
    shutil.copytree(ROOT / "scenarios" / "training", made / "training")
    return made


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "data"))
    return places.data_folder()


@pytest.fixture
def texts(folder: Path, data: Path) -> Texts:
    return Texts(folder, data)


class Writer:
    """Somebody at the studio, as their page speaks: what is typed names the state of the file that the page knows."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.desk, self.sent = Desk(folder, Store(data), {"name": "Autumn"}), []
        self.page = type("Page", (), {"send": lambda _page, message: self.sent.append(message)})()
        self.view = self.does("desk", screen="studio")

    def does(self, type_: str, **message: Any) -> dict[str, Any]:
        self.view = self.desk.handle(self.page, {"type": type_, **message})
        return self.view

    def opens(self, name: str) -> "Writer":
        self.does("open_text", name=name, show="text")
        return self

    def types(self, text: str) -> None:
        self.does("typed", name=self.editor["name"], text=text, base=self.editor["base"], mark="m")

    @property
    def editor(self) -> dict[str, Any]:
        return next(block for block in self.view["blocks"] if block["type"] == "editor")

    @property
    def text(self) -> str:
        return self.editor["text"]

    @property
    def labels(self) -> list[str]:
        return [item["label"] for block in self.view["blocks"] if block["type"] == "actions" for item in block["items"]]

    def says(self, words: str) -> bool:
        return words in json.dumps(self.view, ensure_ascii=False)


@pytest.fixture
def writer(folder: Path, data: Path) -> Writer:
    return Writer(folder, data)


def saved(folder: Path, name: str) -> str:
    return (folder / f"{name}.yaml").read_text(encoding="utf-8")


# --- files ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["../playbook", "a/b", "", "A", "a.yaml", "a..b", "end", ".backup", "x" * 61, "a\n", "a\x00", None, 3, ["a"], "é"])
def test_no_path_and_no_other_name_can_be_an_id(texts: Texts, name: Any) -> None:
    assert not is_id(name)
    for refused in (lambda: texts.read(name), lambda: texts.save(name, "x", ""), lambda: texts.add(name, "x")):
        with pytest.raises(NotWritten):
            refused()
    assert texts.draft(name) is None and texts.earlier(name) == []


def test_a_link_is_not_followed_neither_to_read_nor_to_write(texts: Texts, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("secret", encoding="utf-8")
    (folder / "linked.yaml").symlink_to(secret)
    assert "linked" not in texts.names()
    for refused in (lambda: texts.read("linked"), lambda: texts.save("linked", "x", ""), lambda: texts.add("linked", "x")):
        with pytest.raises(NotWritten):
            refused()
    (folder / ".backup").symlink_to(tmp_path)
    opened = texts.read(RATES)
    with pytest.raises(NotWritten):
        texts.save(RATES, "x", opened.hash)
    assert secret.read_text() == "secret" and texts.read(RATES) == opened


def test_saving_keeps_what_was_there_and_no_more_than_twenty_of_it(texts: Texts, folder: Path) -> None:
    texts.add("one", "0")
    for n in range(1, 25):
        texts.save("one", str(n), texts.read("one").hash)
    backups = sorted((folder / ".backup").iterdir())
    assert len(backups) == MOST_ASIDE and [path.read_text() for path in backups] == [str(n) for n in range(4, 24)]
    assert all(re.fullmatch(r"one-\d{8}T\d{12}Z\.yaml", path.name) for path in backups)
    assert texts.earlier_text("one", texts.earlier("one")[0].name) == "23"
    assert not list(folder.glob(".*.new")) and len(load(folder).scenarios) == len(SIX), "no backup counts as a scenario"


def test_an_earlier_version_is_named_as_it_was_listed_and_never_by_a_path(texts: Texts) -> None:
    for version in ("../playbook.yaml", "/etc/passwd", "", None, 7):
        with pytest.raises(NotWritten):
            texts.earlier_text(RATES, version)


def test_versions_of_a_text_whose_id_begins_like_anothers_are_not_mixed_up(texts: Texts) -> None:
    for name in ("one", "one-two"):
        texts.add(name, name)
        texts.save(name, "later", texts.read(name).hash)
    assert len(texts.earlier("one")) == len(texts.earlier("one-two")) == 1
    assert texts.earlier_text("one", texts.earlier("one")[0].name) == "one"


def test_a_file_that_was_changed_elsewhere_is_not_overwritten(texts: Texts, folder: Path) -> None:
    opened = texts.read(RATES)
    (folder / f"{RATES}.yaml").write_text("theirs", encoding="utf-8")
    with pytest.raises(Changed):
        texts.save(RATES, "mine", opened.hash)
    assert saved(folder, RATES) == "theirs"


@pytest.mark.parametrize("raw", [b"a: 1\r\nb: 2\r\n", b"\xef\xbb\xbfa: 1\nb: 2\n", b"a: 1\nb: 2"], ids=["CRLF", "byte order mark", "no last line end"])
def test_line_ends_and_marks_of_a_file_stay_as_they_were(texts: Texts, folder: Path, raw: bytes) -> None:
    (folder / "odd.yaml").write_bytes(raw)
    opened = texts.read("odd")
    assert "\r" not in opened.text and opened.text.startswith("a: 1\nb")
    texts.save("odd", opened.text.replace("1", "7"), opened.hash)
    assert (folder / "odd.yaml").read_bytes() == raw.replace(b"1", b"7")


def test_the_rights_of_a_file_stay_as_they_were(texts: Texts, folder: Path) -> None:
    (folder / f"{RATES}.yaml").chmod(0o640)
    texts.save(RATES, "x", texts.read(RATES).hash)
    assert (folder / f"{RATES}.yaml").stat().st_mode & 0o777 == 0o640


def test_a_save_that_fails_half_way_leaves_the_old_file_whole(texts: Texts, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved(folder, RATES)

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritten, match="No space left on device"):
        texts.save(RATES, "half", texts.read(RATES).hash)
    assert saved(folder, RATES) == before and not [path for path in folder.rglob("*") if path.name.endswith(".new")]


def test_what_is_no_utf_8_or_too_large_is_not_opened_and_not_harmed(texts: Texts, folder: Path) -> None:
    (folder / "latin.yaml").write_bytes("title: Abschied für immer\n".encode("latin-1"))
    (folder / "large.yaml").write_text("x" * (MOST_TEXT + 1))
    for name, words in (("latin", "not UTF-8"), ("large", "larger than")):
        with pytest.raises(NotWritten, match=words):
            texts.read(name)
    with pytest.raises(NotWritten, match="longer than"):
        texts.save(RATES, "x" * (MOST_TEXT + 1), texts.read(RATES).hash)


def test_a_new_text_never_takes_the_place_of_another(texts: Texts, folder: Path) -> None:
    (folder / "other.yml").write_text("x")
    for name in (RATES, "other", "playbook", "end"):
        with pytest.raises(NotWritten):
            texts.add(name, "y")


def test_drafts_of_two_libraries_with_one_data_folder_are_not_mixed_up(texts: Texts, data: Path, tmp_path: Path) -> None:
    texts.keep(RATES, Draft("mine", "h"), over=None)
    other = tmp_path / "other"
    other.mkdir()
    assert Texts(other, data).draft(RATES) is None and texts.draft(RATES) == Draft("mine", "h")


# --- what is typed ---------------------------------------------------------------------------------------------

def test_what_is_typed_is_on_the_disk_before_the_page_is_told(writer: Writer, folder: Path, data: Path) -> None:
    before = saved(folder, RATES)
    writer.opens(RATES).types("title: half a sen")
    assert writer.sent == [{"type": "kept", "name": RATES, "mark": "m"}]
    assert saved(folder, RATES) == before
    assert Writer(folder, data).opens(RATES).text == "title: half a sen"


@pytest.mark.parametrize("text", ["", "\t", "a: [", "id: no\n---\n", "ends with\n\n\n", "# Begun from: x", "ü\u2028x\U0001f600", "&a [*a]" * 20, "a: !!python/object x"])
def test_whatever_is_typed_comes_back_as_it_was_typed(writer: Writer, folder: Path, data: Path, text: str) -> None:
    writer.opens(RATES).types(text)
    assert Writer(folder, data).opens(RATES).text == text


def test_what_cannot_be_kept_is_refused_in_words(writer: Writer) -> None:
    writer.opens(RATES)
    base = writer.editor["base"]
    for bad in ({"text": "\ud800"}, {"text": None}, {"text": ["x"]}, {"text": "x", "name": "../x"}, {"text": "x", "name": "nobody"}, {"text": "x" * (MOST_TEXT + 1)}):
        view = writer.does("typed", **{"name": RATES, "base": base, "mark": "m", **bad})
        assert [block for block in view["blocks"] if block["type"] == "notice" and block["tone"] == "bad"], bad
    assert writer.sent == []


def test_two_tabs_that_write_the_same_text_lose_nothing(folder: Path, data: Path) -> None:
    one, two = Writer(folder, data).opens(RATES), Writer(folder, data).opens(RATES)
    one.types("title: one")
    two.types("title: two")
    one.types("title: one more")
    kept = Texts(folder, data)
    typed = [kept.earlier_text(RATES, earlier.name) for earlier in kept.earlier(RATES)]
    assert kept.draft(RATES).text == "title: one more" and set(typed) == {"title: one", "title: two"}


def test_what_a_tab_sends_after_another_has_saved_is_put_aside_and_not_lost(folder: Path, data: Path) -> None:
    one, two = Writer(folder, data).opens(RATES), Writer(folder, data).opens(RATES)
    two.types(two.text + "# two\n")
    two.does("save_text")
    stale = one.editor["base"]
    one.opens(RATES)
    one.does("typed", name=RATES, text="title: typed long ago", base=stale, mark="m")
    assert one.says("earlier state") and one.text.endswith("# two\n")
    assert "title: typed long ago" in [one.desk.place.shelf.texts.earlier_text(RATES, e.name) for e in one.desk.place.shelf.texts.earlier(RATES)]


def test_what_a_tab_types_in_the_moment_of_its_own_save_is_kept(writer: Writer) -> None:
    writer.opens(RATES).types(writer.text + "# a\n")
    base, text = writer.editor["base"], writer.text
    writer.does("save_text")
    writer.does("typed", name=RATES, text=text + "# b\n", base=base, mark="m")
    assert writer.text.endswith("# a\n# b\n") and not writer.says("earlier state")
    writer.does("save_text")
    assert writer.says("Saved at")


def test_what_is_thrown_away_can_be_had_again(writer: Writer, folder: Path) -> None:
    before = saved(folder, RATES)
    writer.opens(RATES).types("title: precious")
    writer.does("throw_away")
    assert writer.text == before and "Throw away what is not saved" not in writer.labels
    writer.does("show", show="earlier")
    row = next(block for block in writer.view["blocks"] if block["type"] == "table")
    assert row["rows"][0][1] == "typed, not saved"
    writer.does(**{"type_": "earlier", **{k: v for k, v in row["actions"][0][0]["send"].items() if k != "type"}})
    assert writer.text == "title: precious" and saved(folder, RATES) == before


def test_what_was_typed_of_a_file_that_is_gone_is_found_and_can_be_saved(writer: Writer, folder: Path, data: Path) -> None:
    writer.opens(RATES).types(FIRST)
    (folder / f"{RATES}.yaml").unlink()
    again = Writer(folder, data)
    assert RATES in json.dumps(again.view)
    again.opens(RATES)
    again.does("save_text")
    assert again.view["screen"] == "desk-theirs" and again.says("has been removed")
    again.does("mine")
    again.does("save_text")
    assert saved(folder, RATES) == FIRST


# --- saving and publishing ---------------------------------------------------------------------------------------

def test_a_change_made_elsewhere_is_shown_and_never_overwritten_unasked(writer: Writer, folder: Path) -> None:
    writer.opens(RATES).types(writer.text.replace("level: ", "level:  "))
    theirs = saved(folder, RATES) + "# theirs\n"
    (folder / f"{RATES}.yaml").write_text(theirs, encoding="utf-8")
    writer.does("save_text")
    assert writer.view["screen"] == "desk-theirs" and saved(folder, RATES) == theirs
    assert ["theirs", str(theirs.count("\n")), "# theirs"] in next(block for block in writer.view["blocks"] if block["type"] == "table")["rows"]
    writer.does("mine")
    assert saved(folder, RATES) == theirs, "nothing happens before it is saved"
    writer.does("save_text")
    assert "level:  " in saved(folder, RATES)
    texts = writer.desk.place.shelf.texts
    assert theirs in [texts.earlier_text(RATES, earlier.name) for earlier in texts.earlier(RATES)]


def test_mine_can_be_kept_beside_theirs(writer: Writer, folder: Path) -> None:
    writer.opens(RATES).types(FIRST)
    (folder / f"{RATES}.yaml").write_text("theirs", encoding="utf-8")
    writer.does("save_text")
    writer.does("copy_text", title="My letter")
    assert saved(folder, RATES) == "theirs" and "title: \"My letter\"" in saved(folder, "my-letter") and "status: draft" in saved(folder, "my-letter")
    writer.opens(RATES)
    writer.does("theirs")
    assert writer.text == "theirs"


def test_errors_do_not_take_a_scenario_from_trainees(writer: Writer, folder: Path) -> None:
    before = saved(folder, RATES)
    writer.opens(RATES).types(before.replace("cause: ", "cause: not-a-"))
    writer.does("save_text")
    assert saved(folder, RATES) == before and writer.says("Not saved: trainees play this scenario")
    writer.does("take_back")
    assert "status: draft" in saved(folder, RATES)


def test_a_draft_with_errors_can_be_saved_and_not_published(writer: Writer, folder: Path) -> None:
    writer.does("new_text", title="The last call")
    writer.types(FIRST.replace("price-rise", "price-ris"))
    writer.does("save_text")
    assert "price-ris\n" in saved(folder, "the-last-call")
    writer.does("publish")
    assert writer.says("Not published") and "ready" not in saved(folder, "the-last-call")


def test_publishing_changes_one_line_and_nothing_else(writer: Writer, folder: Path) -> None:
    writer.does("new_text", title="The last call")
    writer.types(FIRST)
    writer.does("publish")
    assert writer.says(PUBLISHED) and writer.text == saved(folder, "the-last-call") == FIRST.replace("The last call\n", "The last call\nstatus: ready\n", 1)
    version = writer.editor["version"]
    writer.does("take_back")
    assert saved(folder, "the-last-call") == FIRST.replace("The last call\n", "The last call\nstatus: draft\n", 1)
    assert writer.editor["version"] > version, "the page takes over the text"


@pytest.mark.parametrize(("before", "after"), [
    ("title: A\nstatus: draft   # not yet\nwho: us\n", "title: A\nstatus: ready   # not yet\nwho: us\n"),
    ("title: A\nstatus: \"draft\"\nwho: us\n", "title: A\nstatus: ready\nwho: us\n"),
    ("title: A\nstatus:\nwho: us\n", "title: A\nstatus: ready\nwho: us\n"),
    ("# note\ntitle: >-\n  A long\n  one\n# who\nwho: us\n", "# note\ntitle: >-\n  A long\n  one\nstatus: ready\n# who\nwho: us\n"),
    ("title: A", "title: A\nstatus: ready\n"),
    ("summary: |\n  status: draft\ntitle: A\n", "summary: |\n  status: draft\ntitle: A\nstatus: ready\n"),
    ("{title: A, status: draft}", "{title: A, status: draft}"),
])
def test_the_status_is_changed_in_its_line(before: str, after: str) -> None:
    assert with_status(before, "ready") == after


def test_a_copy_has_its_own_title_and_is_a_draft(folder: Path) -> None:
    text = saved(folder, RATES)
    copy = with_title(text, 'Again: "yes"')
    old, new = (check_text("a", t, load(folder).playbook).content for t in (text, copy))
    assert (new.title, new.status) == ('Again: "yes"', "draft")
    assert new.model_copy(update={"title": old.title, "status": old.status}) == old


@pytest.mark.parametrize("title", ["", "   ", "../x", "???", "x" * 80, "end", "playbook", "The rates letter"])
def test_a_name_that_cannot_be_or_is_taken_is_refused_and_stays_in_its_field(writer: Writer, folder: Path, title: str) -> None:
    before = sorted(path.name for path in folder.iterdir())
    view = writer.does("new_text", title=title)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert [block for block in view["blocks"] if block["type"] == "notice" and block["tone"] == "bad"]
    assert next(block for block in view["blocks"] if block["type"] == "form")["fields"][0]["value"] == title


def test_the_room_takes_a_published_scenario_at_once_and_running_ones_keep_theirs(writer: Writer, folder: Path, data: Path) -> None:
    ann = Trainee("p1", load(folder), Store(data))
    ann.first_view()
    ann.handle(None, {"type": "name", "name": "Ann"})
    playing = ann.handle(None, {"type": "play", "scenario": RATES})
    writer.opens(RATES).types(writer.text.replace("title: ", "title: New, ", 1))
    writer.does("save_text")
    assert ann.view() == playing, "who plays keeps the version they began with"
    assert "New, " in json.dumps(ann.handle(None, {"type": "open", "screen": "home"}))
    assert "New, " in json.dumps(ann.handle(None, {"type": "play", "scenario": RATES}))
    writer.does("take_back")
    assert "not here any more" in json.dumps(ann.handle(None, {"type": "play", "scenario": RATES}))


def test_only_the_changed_scenario_is_read_anew_and_all_when_the_playbook_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library, read = load(folder), []
    real = content_library.load_scenario
    monkeypatch.setattr(content_library, "load_scenario", lambda path, playbook: read.append(path.stem) or real(path, playbook))
    changed = folder / "two-roads.yaml"
    changed.write_text(changed.read_text(encoding="utf-8").replace("title: Two roads", "title: Three roads"), encoding="utf-8")
    fresh = up_to_date(library)
    assert read == ["two-roads"] and any(s.title.startswith("Three roads") for s in fresh.scenarios) and len(fresh.scenarios) == 6
    book = folder / "playbook.yaml"
    book.write_text(book.read_text(encoding="utf-8").replace("pass_mark: 75", "pass_mark: 76"), encoding="utf-8")
    read.clear()
    assert up_to_date(fresh).playbook.pass_mark == 76 and len(read) == 6


def test_what_is_broken_elsewhere_disturbs_nobody_in_the_room(folder: Path) -> None:
    library = load(folder)
    assert up_to_date(library) is library
    (folder / f"{RATES}.yaml").write_text("title: [", encoding="utf-8")
    fresh = up_to_date(library)
    assert {s.id for s in fresh.scenarios} == set(SIX) and up_to_date(fresh) is fresh
    (folder / "two-roads.yaml").unlink()
    assert {s.id for s in up_to_date(fresh).scenarios} == set(SIX) - {"two-roads"}
    (folder / "playbook.yaml").write_text("rules: [", encoding="utf-8")
    assert up_to_date(fresh) is fresh


# --- the playbook ------------------------------------------------------------------------------------------------

def test_each_rule_says_where_it_is_named(folder: Path) -> None:
    library = load(folder)
    found = uses(list(library.scenarios))
    for rule in library.playbook.rules:
        for scenario in library.scenarios:
            text = saved(folder, scenario.id)
            named = re.search(rf"\b{rule.id}\b", re.sub(r"#.*", "", text)) is not None
            assert named == (scenario.id in found[rule.id]), (rule.id, scenario.id)
    assert "role-play" in json.dumps(found)


def test_a_rule_that_is_changed_is_said_with_the_scenarios_it_touches(writer: Writer) -> None:
    writer.opens("playbook").types(writer.text.replace("weight: 3", "weight: 2", 1))
    first = next(rule for rule in load(writer.desk.place.shelf.folder).playbook.rules if rule.weight == 3)
    assert re.search(rf"Changed and not saved: `{first.id}` is named in \d+ scenes? of \d+ scenarios? \(", json.dumps(writer.view))


def test_a_playbook_with_errors_is_not_saved_but_kept(writer: Writer, folder: Path) -> None:
    before = saved(folder, "playbook")
    writer.opens("playbook").types(before.replace("pass_mark: 75", "pass_mark: many"))
    writer.does("save_text")
    assert writer.says("Not saved: the playbook has errors") and saved(folder, "playbook") == before
    assert Writer(folder, writer.desk.place.shelf.texts.drafts.parent.parent).opens("playbook").text != before


def test_a_playbook_that_would_break_what_trainees_play_asks_first(writer: Writer, folder: Path) -> None:
    before = saved(folder, "playbook")
    after = before.replace("id: price-rise", "id: price-rises", 1)
    assert after != before
    writer.opens("playbook").types(after)
    writer.does("effects")
    assert writer.says("New problems in scenarios, if you save this")
    writer.does("save_text")
    assert saved(folder, "playbook") == before and "Save it all the same" in writer.labels
    writer.does("save_text", anyway=True)
    assert saved(folder, "playbook") == after and writer.says("New problems in scenarios since you saved this")


def test_without_a_playbook_that_loads_the_studio_still_opens_everything(writer: Writer, folder: Path, data: Path) -> None:
    (folder / "playbook.yaml").write_text("rules: [", encoding="utf-8")
    again = Writer(folder, data)
    assert again.says("mend it first") and again.opens("playbook").editor["problems"]
    assert "playbook has errors" in json.dumps(again.opens(RATES).editor["problems"])
    for show in ("graph", "play", "copy", "earlier"):
        assert again.does("show", show=show)["screen"] == f"desk-{show}"


# --- seeing it ---------------------------------------------------------------------------------------------------

def test_from_every_scene_of_every_scenario_the_rest_can_be_played(library: Library) -> None:
    for scenario in library.scenarios:
        whole = perfect_run(scenario, library.playbook)
        for scene in scenario.scenes:
            part = from_scene(scenario, scene.id)
            run = perfect_run(part, library.playbook)
            assert part.scenes[0].id == scene.id and run.is_over and part.endings == scenario.endings
            assert score(run).value == 100
            assert {s.id for s in part.scenes} <= reachable(part, library.playbook) | {scene.id}
        first = from_scene(scenario, scenario.scenes[0].id)
        assert perfect_run(first, library.playbook).picks == whole.picks
    with pytest.raises(KeyError):
        from_scene(scenario, "nowhere")


def test_a_preview_is_played_to_its_end_and_nothing_is_kept(writer: Writer, folder: Path, data: Path) -> None:
    writer.opens(RATES)
    choose = writer.does("show", show="play")
    scenes = next(block for block in choose["blocks"] if block["type"] == "form")["fields"][0]["options"]
    view = writer.does("play_from", scene=scenes[-1]["value"])
    while ask := next((block for block in view["blocks"] if block["type"] == "ask"), None):
        ids = [part["id"] for part in ask["parts"]]
        answer = {"write": ["Good bye."], "best_and_worst": ids[:2], "choose": ids[:1]}.get(ask["kind"], ids)
        view = writer.does("pick", run=ask["run"], step=ask["step"], answer=answer)
        assert view["screen"] == "feedback" and "Back to the text" in writer.labels
        assert writer.does("pick", run=ask["run"], step=ask["step"], answer=answer) == view, "a second click changes nothing"
        view = writer.does("next", run=ask["run"], step=ask["step"])
    assert view["screen"] == "result" and not writer.says('"type": "open"') and not writer.says('"type": "save"')
    assert Store(data).people() == [] and Store(data).all_runs() == []
    assert writer.does("show", show="text")["screen"] == "desk-write"


def test_what_has_errors_says_what_to_mend_instead_of_a_graph(writer: Writer) -> None:
    writer.opens(RATES)
    assert next(block for block in writer.does("show", show="graph")["blocks"] if block["type"] == "picture")["svg"].startswith("<svg")
    writer.does("show", show="text")
    writer.types(writer.text.replace("cause: ", "cause: not-a-"))
    for show in ("graph", "play"):
        view = writer.does("show", show=show)
        assert "cannot be shown while it has errors" in json.dumps(view) and not [block for block in view["blocks"] if block["type"] == "picture"]


def test_the_shelf_says_how_each_scenario_is(writer: Writer, folder: Path) -> None:
    titles = {s.id: s.title for s in load(folder).scenarios}
    (folder / "broken.yaml").write_text(FIRST.replace("price-rise", "price-ris"), encoding="utf-8")
    (folder / "Not an id.yaml").write_text(FIRST, encoding="utf-8")
    writer.opens("two-roads").types("title: typed")
    view = writer.does("desk", screen="studio")
    shelf = {item["title"]: item for item in next(block for block in view["blocks"] if block["type"] == "entries")["items"]}
    assert (shelf["broken"]["facts"], shelf["broken"]["state"]) == ("broken · not loaded", "1 error")
    assert shelf[titles[RATES]]["facts"] == f"{RATES} · ready · steady" and shelf[titles[RATES]]["state"] == "No problem"
    assert [title for title, item in shelf.items() if "not saved" in item["state"]] == [titles["two-roads"]]
    assert writer.says("Not to be opened here: Not an id.yaml")


def test_a_broken_pair_is_said_in_the_file_that_names_it_whichever_was_changed(writer: Writer, folder: Path) -> None:
    twin = "    pairs_with: {scenario: there, scene: scene-1, fact: There she has asked for it on paper.}\n"
    (folder / "here.yaml").write_text(FIRST.replace("    options:\n", f"{twin}    options:\n"), encoding="utf-8")
    (folder / "there.yaml").write_text(FIRST, encoding="utf-8")
    assert writer.opens("here").says("W373"), "the same option is the best in both"
    writer.opens("there").types(FIRST.replace("keeps: [news-by-voice, ask-what-they-think]", "breaks: [see-their-side]").replace("breaks: [news-by-voice]", "keeps: [mind-the-memory]"))
    writer.does("save_text", name="there")
    assert not writer.opens("here").says("W37")
    (folder / "there.yaml").unlink()
    shelf = next(block for block in writer.does("desk", screen="studio")["blocks"] if block["type"] == "entries")["items"]
    assert next(item["state"] for item in shelf if item["facts"].startswith("here ")) == "1 warning"


def test_messages_that_make_no_sense_change_nothing_and_break_nothing(writer: Writer, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    for opened in ("", RATES, "playbook"):
        if opened:
            writer.opens(opened)
        for type_ in Studio("", Shelf(folder, places.data_folder()), print, {}).verbs:
            for junk in ({}, {"name": 3, "show": ["x"], "text": 4, "base": {}, "version": None, "title": 5, "scene": [], "step": "1", "run": None, "answer": {}}):
                if not (type_ in ("throw_away", "save_text", "take_back", "publish", "copy_text", "theirs", "mine") and opened):
                    assert writer.does(type_, **junk) is not None, type_
    assert {path: path.read_bytes() for path in folder.rglob("*.yaml")} == before


# --- in the browser ------------------------------------------------------------------------------------------------

@pytest.fixture
def workshop(folder: Path, tmp_path: Path) -> Iterator[Room]:
    """Room and desk on a library of their own."""
    kept = tmp_path / "kept"
    kept.mkdir()
    served = Room(kept, ("--scenarios", str(folder)))
    served.start()
    yield served
    served.stop()


def facilitator(chromium: Any, workshop: Room, *, size: str = "desktop", scheme: str = "light") -> Person:
    person = Person(chromium.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce"), workshop.desk_url).open()
    person.sees("desk-people")
    person.click("Studio")
    person.sees("desk-studio")
    return person


def until_kept(person: Person, name: str) -> None:
    """Until the page knows that what was typed is on the disk."""
    for _ in range(100):
        if person.page.evaluate("name => localStorage.getItem(`hn-typed ${name}`)", name) is None:
            return
        time.sleep(0.1)
    raise AssertionError("what was typed is not kept after 10 seconds")


@pytest.mark.browser
def test_a_scenario_with_two_mistakes_is_written_mended_published_and_played(chromium: Any, workshop: Room, folder: Path) -> None:
    ann = Person(chromium.new_context(viewport=SIZES["phone"]), workshop.url).open()
    ann.come_in("Ann")
    person = facilitator(chromium, workshop)
    page = person.page
    page.get_by_label("What is it called?").fill("The last call")
    person.click("Write it")
    person.sees("desk-write")
    area = page.get_by_label("The scenario, as YAML")
    area.fill(FIRST.replace("cause: price-rise", "cause: price-ris").replace("breaks: [news-by-voice]", "breaks: [news-by-phone]"))
    page.wait_for_selector("text=2 errors")
    person.is_clean()
    person.click("Publish")
    page.wait_for_selector("text=Not published")
    assert "\nstatus: ready" not in saved(folder, "the-last-call")

    page.locator(".hn-problem", has_text="Line 2").click()
    assert selected(page) == "price-ris"
    page.keyboard.type("price-rise")
    page.wait_for_selector("text=1 error")
    page.locator(".hn-problem", has_text="Line 9").click()
    assert selected(page) == "news-by-phone"
    page.keyboard.type("news-by-voice")
    page.wait_for_selector("text=No problem was found.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=Saved at")
    assert saved(folder, "the-last-call") == FIRST and page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    person.click("Publish")
    page.wait_for_selector("text=New runs use it at once")
    assert "status: ready\n" in area.input_value()
    person.is_clean()

    ann.click("Read the playbook")
    ann.sees("playbook")
    ann.click("Back")
    ann.sees("home")
    ann.play("The last call")
    ann.answer()
    ann.go_on()
    ann.sees("result")
    for context in (ann.context, person.context):
        context.close()


def selected(page: Any) -> str:
    return page.evaluate("() => { const a = document.activeElement; return a.value.slice(a.selectionStart, a.selectionEnd); }")


@pytest.mark.browser
def test_what_is_typed_survives_a_refresh_a_killed_kernel_and_a_lost_server(chromium: Any, workshop: Room) -> None:
    person = facilitator(chromium, workshop)
    page = person.page
    page.locator("button", has_text="Open").first.click()
    person.sees("desk-write")
    area, name = page.locator(".hn-area"), page.locator(".hn-area").get_attribute("data-key").removeprefix("editor ")
    whole = area.input_value()
    area.press("Control+Home")
    page.keyboard.type("# one ")
    until_kept(person, name)
    page.reload()
    person.sees("desk-write")
    assert area.input_value() == "# one " + whole

    area.press("Control+Home")
    page.keyboard.type("# two ")
    page.reload()   # at once: Python has not been told
    person.sees("desk-write")
    assert area.input_value() == "# two # one " + whole
    until_kept(person, name)

    page.evaluate("document.querySelector('main').dataset.before = 'the kill'")
    area.press("Control+Home")
    for kernel in workshop.kernels():
        kernel.kill()
    page.keyboard.insert_text("# three ")   # to a kernel that is gone; at once, for the page is back in a second
    page.wait_for_selector("main:not([data-before])", timeout=60_000)
    person.sees("desk-write")
    assert area.input_value() == "# three # two # one " + whole
    until_kept(person, name)

    area.press("Control+Home")
    page.keyboard.type("# four ")
    workshop.stop(kill=True)
    page.keyboard.type("# five ")
    page.wait_for_selector("#lost", state="visible", timeout=30_000)
    page.keyboard.type("# six ")
    assert json.loads(page.evaluate("name => localStorage.getItem(`hn-typed ${name}`)", name))["text"] == "# four # five # six # three # two # one " + whole
    person.context.close()


@pytest.mark.browser
def test_a_text_of_60_kb_is_kept_and_one_that_is_too_long_is_said_so(chromium: Any, workshop: Room, folder: Path) -> None:
    person = facilitator(chromium, workshop)
    page = person.page
    page.get_by_role("button", name="Open: ", exact=False).last.click()
    person.sees("desk-write")
    area, name = page.locator(".hn-area"), page.locator(".hn-area").get_attribute("data-key").removeprefix("editor ")
    text = area.input_value()
    longer = text + '# "quoted"\n' * ((60_000 - len(text.encode())) // 11 + 1)
    area.fill(longer)
    until_kept(person, name)
    person.click("Save")
    page.wait_for_selector("text=Saved at")
    assert saved(folder, name) == longer and len(longer.encode()) > 59_000
    area.evaluate("(area, more) => { area.value += more; area.dispatchEvent(new Event('input')); }", "# x\n" * 60_000)
    page.wait_for_selector("text=This text is too long to be kept")
    person.click("Save")
    assert page.locator(".hn-screen").get_attribute("aria-busy") != "true" and saved(folder, name) == longer
    assert page.evaluate("name => JSON.parse(localStorage.getItem(`hn-typed ${name}`)).text.length", name) > 200_000
    area.fill(text)
    until_kept(person, name)
    person.click("Save")
    page.wait_for_selector("text=Saved.")
    person.context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_every_screen_of_the_studio_is_accessible_and_quiet(chromium: Any, workshop: Room, folder: Path, size: str, scheme: str) -> None:
    person = facilitator(chromium, workshop, size=size, scheme=scheme)
    page = person.page
    person.is_clean()
    page.locator("button", has_text="Open").first.click()
    person.sees("desk-write")
    area = page.locator(".hn-area")
    area.press("Control+End")
    page.keyboard.type("x")
    page.wait_for_selector(".hn-problem")
    person.is_clean()
    area.press("Backspace")
    page.wait_for_selector("text=No problem was found.")
    at = page.evaluate("document.querySelector('.hn-area').selectionStart")
    for button, screen in (("Graph", "desk-graph"), ("Earlier versions", "desk-earlier"), ("Duplicate", "desk-copy"), ("Play it", "desk-play")):
        person.click(button)
        person.sees(screen)
        person.is_clean()
        person.click("Back to the text")
        person.sees("desk-write")
        assert page.evaluate("[document.activeElement.className, document.activeElement.selectionStart]") == ["hn-area", at], "back to where one wrote"
    person.click("Play it")
    person.sees("desk-play")
    person.click("Play from here")
    person.sees("scene")
    person.is_clean()
    person.answer()
    person.is_clean()
    person.click("Back to the text")
    person.sees("desk-write")
    page.keyboard.type("# mine")
    name = area.get_attribute("data-key").removeprefix("editor ")
    until_kept(person, name)
    (folder / f"{name}.yaml").write_text("title: theirs\n", encoding="utf-8")
    person.click("Save")
    person.sees("desk-theirs")
    person.is_clean()
    person.click("Back to the text")
    person.sees("desk-write")
    person.is_clean()
    person.click("All scenarios")
    person.sees("desk-studio")
    person.click("Open the playbook")
    person.sees("desk-write")
    person.is_clean()
    person.context.close()
