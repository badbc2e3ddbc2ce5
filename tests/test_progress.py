"""The desk's progress: what its figures say, that nothing is read twice, and that it is live without disturbing who reads it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import SIZES, Person

from kit.desk.desk import Desk
from kit.library import Library
from kit.play.answer import best_answer
from kit.play.run import Run, pick
from kit.play.score import perfect_run
from kit.store.store import Store, StoredRun
from kit.ui import blocks, progress_views

SCENARIOS = Path(__file__).parent.parent / "scenarios"
LOOKS = [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")]
PARTS = [words for _, words in progress_views.PARTS]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(SCENARIOS, store, {})


def said(desk: Desk, **message: Any) -> dict[str, Any]:
    return desk.handle(None, message) or desk.view()


def opened(desk: Desk, part: str = "rules", **more: str) -> dict[str, Any]:
    return said(desk, type="desk", screen="progress", part=part, **more)


def worse(run: Run) -> Run:
    """The run, finished with the first answer that is not the best where one chooses."""
    while run.scene:
        best = best_answer(run.scene, run.playbook)
        other = next((part.id for part in run.scene.parts if part.id != best[0]), "")
        run = pick(run, (other,) if run.scene.ask == "choose" else best)
    return run


def play(store: Store, library: Library, person: str, *, name: str = "", title: str = "The new desk", badly: bool = False, picks: int | None = None) -> StoredRun:
    """The person plays a scenario, the best way or badly, to its end or so many picks far."""
    if store.name_of(person) is None:
        store.name_person(person, name)
    case = next(s for s in library.ready if s.title == title)
    return go_on(store, store.start_run(person, case, library.playbook, mode="practice"), badly=badly, picks=picks)


def go_on(store: Store, stored: StoredRun, *, badly: bool = False, picks: int | None = None) -> StoredRun:
    run = stored.run
    whole = worse(run) if badly else perfect_run(run.scenario, run.playbook)
    for given in whole.picks[len(run.picks):picks]:
        stored = store.add_pick(stored, pick(stored.run, given))
        stored = store.has_read(stored, len(stored.run.picks))
    return stored


def every(view: dict[str, Any], kind: str) -> list[Any]:
    """All blocks of a kind, those in details too."""
    flat = [inner for block in view["blocks"] for inner in (block, *block.get("blocks", []))]
    return [block for block in flat if block["type"] == kind]


def table(view: dict[str, Any], name: str) -> list[dict[str, str]]:
    found = next(block for block in every(view, "table") if block["name"] == name)
    return [dict(zip(found["head"], row, strict=True)) for row in found["rows"]]


def counted(view: dict[str, Any]) -> str:
    return next(block["text"] for block in view["blocks"] if block["type"] == "text" and block["text"].startswith("Counted"))


# --- what it says -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("part", ["rules", "scenes", "time"])
def test_before_anybody_has_finished_it_says_so(desk: Desk, store: Store, library: Library, part: str) -> None:
    play(store, library, "p1", picks=2)
    assert progress_views.NOBODY in str(opened(desk, part))


def test_first_finished_runs_are_counted_and_practice_is_not(desk: Desk, store: Store, library: Library) -> None:
    play(store, library, "p1", picks=1)
    play(store, library, "p1")
    once = opened(desk)
    play(store, library, "p1", badly=True)
    again = said(desk, type="refresh")
    assert counted(once).startswith("Counted: 1 run of 1 person.") and again == once
    assert all(row["Missed"] == row["Broken"] == "0" and row["Kept"] == row["Occasions"] for row in table(once, "progress-rule"))


def test_an_earlier_run_that_is_finished_later_takes_the_place_of_the_first(desk: Desk, store: Store, library: Library) -> None:
    early = play(store, library, "p1", picks=1)
    play(store, library, "p1", badly=True)
    assert any(row["Kept"] != row["Occasions"] for row in table(opened(desk), "progress-rule"))
    go_on(store, early)
    assert all(row["Kept"] == row["Occasions"] for row in table(said(desk, type="refresh"), "progress-rule"))


def test_what_was_picked_stands_scene_by_scene_with_the_best_named(desk: Desk, store: Store, library: Library) -> None:
    run = play(store, library, "p1").run
    play(store, library, "p2")
    rows = table(opened(desk, "scenes"), "progress-scenes")
    came_to = {step.scene.id for step in run.steps}
    assert {(row["How many"], row["Of"], row["Share"]) for row in rows if row["Which is"] == "best"} == {("2", "2", "")}
    assert {row["How many"] for row in rows if row["Which is"] != "best"} == {"0"}
    for number, scene in enumerate(run.scenario.scenes, start=1):
        shown = [row["Picked"] for row in rows if row["Scene"] == f"{number}. {scene.question}"]
        if scene.ask == "choose" and scene.id in came_to:
            assert shown == [option.text for option in scene.options], "in the order of the file"


def test_the_scenario_that_was_chosen_is_shown(desk: Desk, store: Store, library: Library) -> None:
    for title in ("The new desk", "The rates letter"):
        play(store, library, "p1", title=title)
    switch = every(opened(desk, "scenes"), "choice")[1]
    assert [item["text"] for item in switch["items"]] == ["The new desk", "The rates letter"]
    view = said(desk, **switch["items"][1]["send"])
    assert every(view, "choice")[1]["chosen"] == switch["items"][1]["name"]
    assert every(view, "heading")[1]["text"] == "1. " + next(s for s in library.ready if s.title == "The rates letter").scenes[0].question


def test_people_stand_in_the_order_they_came_and_one_can_be_seen(desk: Desk, store: Store, library: Library) -> None:
    store.name_person("p0", "Zoe")
    play(store, library, "p1", name="Ann", badly=True)
    play(store, library, "p1", name="Ann")
    assert [(row["Name"], row["Scenarios finished"], row["Finished runs"]) for row in table(opened(desk, "people"), "progress-people")] == [("Zoe", "0", "0"), ("Ann", "1", "2")]
    view = said(desk, type="person", person="p1")
    rows = table(view, "progress-runs")
    assert [row["Counts as"] for row in rows] == ["first run", "practice"] and rows[1]["Score of 100"] == "100"
    assert [round(100 * item["share"]) for item in every(view, "bars")[0]["items"]] == [int(row["Score of 100"]) for row in rows]
    assert rows[1]["Pass mark"] == "near the pass mark of 75"
    assert every(said(desk, type="part", part="people"), "bars") == []


def test_time_stands_by_run_and_by_scene(desk: Desk, store: Store, library: Library) -> None:
    run = play(store, library, "p1").run
    view = opened(desk, "time")
    assert [(row["Scenario"], row["Runs"]) for row in table(view, "progress-minutes")] == [("The new desk", "1")]
    assert [(row["Seconds, middle value"], row["Answers"], row["Left out"]) for row in table(view, "progress-seconds")] == [("0", "1", "0")] * len(run.steps)


@pytest.mark.parametrize(("figure", "words", "columns"), [
    ((0, None, None, None), "–", ["", "", ""]), ((29, None, None, None), "20 of 29", ["", "", ""]),
    ((30, 2 / 3, 0.514, 0.791), "67 % (51 to 79) of 30", ["67 %", "51 %", "79 %"]), ((60, 1 / 3, None, None), "33 % of 60", ["33 %", "", ""])])
def test_words_say_no_more_than_the_number_of_answers_carries(figure: tuple[Any, ...], words: str, columns: list[str]) -> None:
    from kit.stats.few import Share

    assert progress_views.share_words(20, Share(*figure)) == words
    assert progress_views.share_columns(Share(*figure)) == columns


def test_several_versions_are_told_apart_by_number_and_date() -> None:
    assert progress_views.version_words("The new desk", 1, 1, "2026-10-03T12:00") == "The new desk"
    assert progress_views.version_words("The new desk", 2, 2, "2026-10-03T12:00") == "The new desk, version 2 (since 2026-10-03)"


# --- what it does ---------------------------------------------------------------------------------------------------

def test_a_finished_run_is_read_once_for_all(desk: Desk, store: Store, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    first = play(store, library, "p1")
    opened(desk)
    read: list[str] = []
    runs_with = store.runs_with
    monkeypatch.setattr(store, "runs_with", lambda ids: read.extend(ids) or runs_with(ids))
    second = play(store, library, "p2")
    opened(desk)
    said(desk, type="refresh")
    assert read == [second.id] and first.id != second.id


def test_who_is_erased_is_out_of_the_figures(desk: Desk, store: Store, library: Library) -> None:
    play(store, library, "p1", name="Ann")
    play(store, library, "p2", name="Bo")
    assert "2 runs of 2 people" in counted(opened(desk))
    said(desk, type="person", person="p1")
    store.erase_person("p1")
    view = said(desk, type="refresh")
    assert [row["Name"] for row in table(view, "progress-people")] == ["Bo"], "and whoever looked at them sees the others"
    assert "1 run of 1 person" in counted(said(desk, type="part", part="rules"))


def test_the_message_of_the_view_brings_its_reader_back(desk: Desk, store: Store, library: Library) -> None:
    for title in ("The new desk", "The rates letter"):
        play(store, library, "p1", title=title)
    chosen = every(opened(desk, "scenes"), "choice")[1]["items"][1]["send"]
    for view in (said(desk, **chosen), said(desk, type="person", person="p1"), said(desk, type="part", part="time")):
        assert said(Desk(SCENARIOS, store, {}), **view["at"]) == view


@pytest.mark.parametrize("message", [{"type": "part", "part": "x"}, {"type": "part", "part": []}, {"type": "part"}, {"type": "version", "version": {}},
                                     {"type": "version"}, {"type": "person", "person": ["p1"]}, {"type": "person", "person": "nobody"}])
def test_what_is_not_there_is_not_shown(desk: Desk, store: Store, library: Library, message: dict[str, Any]) -> None:
    play(store, library, "p1")
    before = opened(desk, "people" if message["type"] == "person" else "scenes" if message["type"] == "version" else "rules")
    after = said(desk, **message)
    assert (after["blocks"], after["title"]) == (before["blocks"], before["title"])


def test_no_whole_id_of_a_person_can_be_read(desk: Desk, store: Store, library: Library) -> None:
    play(store, library, "0123456789abcdef0123456789abcdef")
    for part in ("rules", "scenes", "people", "time"):
        view = opened(desk, part)
        assert "0123456789abcdef" not in str([block["rows"] for kind in ("table", "heat") for block in every(view, kind)])
    assert "no name (0123)" in str(said(desk, type="person", person="0123456789abcdef0123456789abcdef"))


# --- in the browser ---------------------------------------------------------------------------------------------------

@pytest.fixture
def reader(chromium: Any, room: Any) -> Iterator[Any]:
    """Makes readers of the desk's progress: each a browser of their own."""
    contexts = []

    def make(size: str = "desktop", scheme: str = "light") -> Person:
        context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")
        contexts.append(context)
        person = Person(context, room.desk_url).open()
        person.click("Progress")
        person.sees("desk-progress")
        return person

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def played(room: Any, library: Library) -> Store:
    """The served workshop's store, with enough finished runs that some shares stand (and some do not)."""
    store = Store(room.data)
    for n in range(6):
        play(store, library, f"played-{n}", name=f"Player {n}", badly=bool(n % 2))
        play(store, library, f"played-{n}", title="The rates letter", badly=n == 4)
    return store


def see(reader: Person, part: str) -> None:
    """Choose a part and wait until it is there."""
    reader.page.get_by_label(part, exact=True).check()
    marks = dict(zip(PARTS, ("text=By competency, as a table", "text=Which scenario?", "text=Scenarios finished", "text=Minutes for a whole run"), strict=True))
    reader.page.wait_for_selector(marks[part], timeout=20_000)
    reader.sees("desk-progress")


@pytest.mark.browser
@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_every_part_is_accessible_and_quiet(reader: Any, played: Store, size: str, scheme: str) -> None:
    facilitator = reader(size, scheme)
    for part in PARTS:
        see(facilitator, part)
        facilitator.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        facilitator.is_clean()
    see(facilitator, "People over time")
    facilitator.click("See the runs")
    facilitator.page.wait_for_selector("text=Scores in order of time", timeout=20_000)
    facilitator.is_clean()


CONTRAST = """(share) => {
  const cell = document.querySelector(".hn-tint");
  cell.style.setProperty("--hn-share", share);
  const style = getComputedStyle(cell);
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+(e-\\d+)?/g).slice(0, 3).map(Number).map((v) => (colour.startsWith("rgb") ? v / 255 : v));
    const [r, g, b] = parts.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const [a, b] = [light(style.color), light(style.backgroundColor)];
  return [Math.max(a, b) / Math.min(a, b), style.backgroundColor];
}"""


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_tinted_cell_can_be_read_whatever_its_share(reader: Any, played: Store, scheme: str) -> None:
    facilitator = reader("desktop", scheme)
    facilitator.page.wait_for_selector(".hn-tint", timeout=20_000)
    measured = [facilitator.page.evaluate(CONTRAST, share) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert len({ground for _, ground in measured}) == 5, "the tint follows the share"
    assert min(contrast for contrast, _ in measured) >= 4.5
    assert all(re.search(r"\d", words) for words in facilitator.page.locator(".hn-tint").all_inner_texts()), "the number is always in it"


LOOK = """() => {
  const focus = document.activeElement, region = document.querySelector('[data-key="table progress-rule"]');
  return { focus: focus.dataset.key, across: region.scrollLeft,
    open: [...document.querySelectorAll("details[open] > summary")].map((s) => s.textContent),
    sort: [...region.querySelectorAll("th")].map((th) => th.getAttribute("aria-sort")), same: document.querySelector("h2").mark };
}"""


@pytest.mark.browser
def test_new_numbers_come_without_disturbing_who_reads(reader: Any, played: Store, library: Library) -> None:
    facilitator = reader("phone")
    page = facilitator.page
    page.wait_for_selector("text=By rule, as a table", timeout=20_000)
    page.get_by_text("By rule, as a table").click()
    kept = page.locator('[data-key="progress-rule 2"]')
    kept.click()
    kept.click()
    page.locator('[data-key="progress-rule 3"]').focus()   # another table has a head of this name
    page.evaluate("""() => { document.querySelector('[data-key="table progress-rule"]').scrollLeft = 90; document.querySelector("h2").mark = 7; }""")
    before, top = page.evaluate(LOOK), kept.bounding_box()["y"]
    assert before["sort"][2] == "descending" and before["open"] == ["By rule, as a table"] and before["across"] == 90
    numbers = int(re.search(r"Counted: (\d+) runs", facilitator.text())[1])
    play(played, library, "newcomer", name="Newcomer", badly=True)
    page.wait_for_selector(f"text=Counted: {numbers + 1} runs", timeout=30_000)
    assert page.evaluate(LOOK) == before and abs(kept.bounding_box()["y"] - top) < 2   # pixels: browsers round
    shown = [int(cell) for cell in page.locator('[data-key="table progress-rule"] tbody td:nth-child(3)').all_inner_texts()]
    assert shown == sorted(shown, reverse=True) and len(set(shown)) > 1


@pytest.mark.browser
def test_a_column_sorts_numbers_as_numbers_and_comes_back_as_it_was(reader: Any, played: Store) -> None:
    facilitator = reader()
    facilitator.page.get_by_text("By rule, as a table").click()
    column = lambda: facilitator.page.locator('[data-key="table progress-rule"] tbody td:nth-child(6)').all_inner_texts()
    as_it_came, head = column(), facilitator.page.locator('[data-key="progress-rule 5"]')
    upwards = sorted(as_it_came, key=int)
    assert upwards != sorted(as_it_came), "else this would not tell numbers from words"
    for wanted, way in ((upwards, "ascending"), (upwards[::-1], "descending"), (as_it_came, "none")):
        head.press("Enter")
        assert (column(), head.locator("..").get_attribute("aria-sort")) == (wanted, way)


@pytest.mark.browser
def test_a_table_is_saved_as_csv_and_runs_no_formula(reader: Any, played: Store, library: Library) -> None:
    names = ["=1+1", "+1", "-1", "@x", 'Ann "the" Bo, Jr', "Zoë"]
    for n, name in enumerate(names):
        played.name_person(f"named-{n}", name)
    facilitator = reader()
    see(facilitator, "People over time")
    facilitator.page.wait_for_selector("text=Zoë", timeout=20_000)
    with facilitator.page.expect_download() as download:
        facilitator.page.get_by_role("button", name="Save as CSV").click()
    assert download.value.suggested_filename == "progress-people.csv"
    lines = Path(download.value.path()).read_bytes().decode("utf-8-sig").split("\r\n")
    assert lines[0] == '"Name","Scenarios finished","Finished runs","Last one began (UTC)"'
    saved = [line.split('","')[0].removeprefix('"') for line in lines]
    assert [name for name in saved if name in ("'=1+1", "'+1", "'-1", "'@x", 'Ann ""the"" Bo, Jr', "Zoë")] == ["'=1+1", "'+1", "'-1", "'@x", 'Ann ""the"" Bo, Jr', "Zoë"]
    assert Path(download.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")


def test_only_a_table_with_a_name_can_be_sorted_and_saved() -> None:
    assert (blocks.table("t", ["a"], [["1"]])["name"], blocks.table("t", ["a"], [["1"]], name="people")["name"]) == ("", "people")
