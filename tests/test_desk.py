"""The desk: who is in the room and where, the page for the projector, the run sheet, problems, ending and erasing."""

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from pages import SIZES, Person

from kit.desk.desk import Desk
from kit.desk.sheets import RunSheet
from kit.library import Library
from kit.play.form import kept_for_forms
from kit.play.pairs import pairs
from kit.room.trainee import Trainee
from kit.store.store import Store
from kit.ui import desk_views


def said(table: Any, **message: Any) -> dict[str, Any]:
    return table.handle(None, message) or table.view()


def texts(view: Any) -> str:
    return str(view)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(Path(__file__).parent.parent / "scenarios", store, {"name": "Autumn", "link": "http://x/join/ABC", "code_grouped": "ABCD EFGH", "qr": ["10", "01"]})


def trainee(store: Store, library: Library, person: str, name: str) -> Trainee:
    table = Trainee(person, library, store)
    table.first_view()
    said(table, type="name", name=name)
    return table


def test_the_desk_shows_who_is_where_and_what_they_finished(desk: Desk, store: Store, library: Library) -> None:
    ann = trainee(store, library, "p1", "Ann")
    said(ann, type="play", scenario="the-new-desk")
    trainee(store, library, "p2", "")
    view = desk.first_view()
    assert view["screen"] == "desk-people" and view["refresh"] > 0
    rows = next(b for b in view["blocks"] if b["type"] == "table")["rows"]
    assert ["Ann", "The new desk, scene 1", "none yet"] in rows
    assert any(row[0].startswith("no name") and row[1] == "choosing a scenario" for row in rows)


def test_the_desk_never_shows_a_whole_id(desk: Desk, store: Store, library: Library) -> None:
    trainee(store, library, "0123456789abcdef0123456789abcdef", "")
    shown = next(b for b in desk.first_view()["blocks"] if b["type"] == "table")["rows"]
    assert "0123456789abcdef" not in str(shown)


def test_removing_asks_first_and_then_erases_one_person(desk: Desk, store: Store, library: Library) -> None:
    trainee(store, library, "p1", "Ann")
    trainee(store, library, "p2", "Bo")
    assert "Erase Ann?" in texts(said(desk, type="remove", person="p1"))
    assert [p["name"] for p in store.people()] == ["Ann", "Bo"]
    said(desk, type="cancel")
    said(desk, type="confirm")
    assert len(store.people()) == 2, "nothing waits to be confirmed after a cancel"
    said(desk, type="remove", person="p1")
    assert "Erased: Ann." in texts(said(desk, type="confirm"))
    assert [p["name"] for p in store.people()] == ["Bo"]


def test_erasing_everything_asks_first(desk: Desk, store: Store, library: Library) -> None:
    trainee(store, library, "p1", "Ann")
    assert "everybody (1 person)" in texts(said(desk, type="erase_all"))
    said(desk, type="confirm")
    assert store.people() == []


def test_an_ended_workshop_takes_no_new_runs_and_keeps_results(desk: Desk, store: Store, library: Library) -> None:
    ann = trainee(store, library, "p1", "Ann")
    assert "has ended" in texts(said(desk, type="end"))
    assert "The workshop has ended" in texts(said(ann, type="play", scenario="the-new-desk"))
    assert store.runs_of("p1") == []
    said(desk, type="begin")
    assert said(ann, type="play", scenario="the-new-desk")["screen"] == "scene"


@pytest.mark.parametrize("minutes", desk_views.SHEETS)
def test_the_run_sheet_plays_nothing_that_is_kept_for_the_forms_and_tells_each_twin_once(library: Library, minutes: int) -> None:
    told = str(RunSheet("", ROOT / "scenarios", minutes).view())
    titles = {s.title for s in library.ready if s.id in kept_for_forms(library.playbook)}
    assert len(titles) == 4 and not any(f"Play “{title}”" in told for title in titles)
    inside = [pair for pair in pairs(library.ready, library.playbook) if pair.one.scenario == pair.other.scenario and not (pair.one.fact and pair.other.fact)]
    told_of = [sum(f"Scene “{side.scene}” has a twin" in told for side in pair.sides) for pair in inside]
    assert max(told_of) == 1


@pytest.mark.parametrize("minutes", desk_views.SHEETS)
def test_a_run_sheet_fills_its_time_exactly(library: Library, minutes: int) -> None:
    plan = desk_views.plan(library.ready, minutes)
    assert sum(length for length, _ in plan) == minutes
    assert all(length >= 5 for length, _ in plan)
    played = [what for _, what in plan if what.startswith("Play")]
    assert len(played) == len(set(played)) == (2 if minutes == 60 else 3)


def test_content_problems_stand_with_file_and_line(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "broken.yaml").write_text("title: x\nwho: nobody\n", encoding="utf-8")
    view = said(Desk(folder, store, {}), type="desk", screen="content")
    assert "broken.yaml:2:6" in texts(view)


def test_a_message_that_is_none_of_the_desks_changes_nothing(desk: Desk) -> None:
    before = desk.first_view()
    for message in ({"type": "nonsense"}, {"type": "desk", "screen": "../x"}, {"type": "sheet", "minutes": 7}, {"type": "remove", "person": "nobody"}):
        assert said(desk, **message) == before


@pytest.mark.browser
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_every_screen_of_the_desk_is_accessible_and_quiet(chromium: Any, room: Any, size: str, scheme: str) -> None:
    context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme)
    facilitator = Person(context, room.desk_url).open()
    facilitator.sees("desk-people")
    facilitator.is_clean()
    for name, screen in (("Join", "desk-join"), ("Run sheet", "desk-sheet"), ("Content", "desk-content"), ("People", "desk-people")):
        facilitator.click(name)
        facilitator.sees(screen)
        facilitator.is_clean()
    facilitator.click("Erase everything")
    facilitator.sees("desk-confirm")
    facilitator.is_clean()
    facilitator.click("Keep it")
    facilitator.sees("desk-people")
    context.close()


@pytest.mark.browser
def test_the_desk_updates_by_itself_and_keeps_the_focus(chromium: Any, room: Any) -> None:
    contexts = [chromium.new_context(viewport=SIZES["desktop"]) for _ in range(2)]
    facilitator = Person(contexts[0], room.desk_url).open()
    facilitator.page.get_by_role("button", name="Run sheet").focus()
    Person(contexts[1], room.url).open().come_in("Newcomer")
    facilitator.page.wait_for_selector("text=Newcomer", timeout=20_000)
    assert facilitator.page.evaluate("document.activeElement.textContent") == "Run sheet"
    for context in contexts:
        context.close()


@pytest.mark.browser
def test_the_door_is_accessible_and_asks_again_in_words(chromium: Any, room: Any) -> None:
    context = chromium.new_context(viewport=SIZES["phone"])
    page = context.new_page()
    page.goto(room.address)
    person = Person(context, room.address, page=page)
    person.is_clean()
    page.get_by_label("Code of the workshop").fill("nonsense")
    page.get_by_role("button", name="Come in").click()
    assert "That code is not right" in page.inner_text("main")
    person.is_clean()
    context.close()


def test_a_playbook_that_cannot_be_read_is_shown_with_file_and_line_among_the_content(store: Store, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "playbook.yaml").write_text("rules: 7\n", encoding="utf-8")
    desk = Desk(tmp_path / "broken", store, {})
    told = texts(said(desk, type="desk", screen="content"))
    assert "playbook.yaml:1:" in told
