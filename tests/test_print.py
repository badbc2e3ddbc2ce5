"""A scenario on paper: the facilitator's pages say everything, the handout gives nothing away, and both print well."""

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from conftest import ROOT
from hypothesis import given
from pages import SIZES, Person
from worlds import World, option, playbook, scenario, scene, steady, worlds

from kit.cli import main
from kit.commands.printing import drawings
from kit.content.playbook import Playbook
from kit.content.scenario import Choose, Compose, Order, Scenario
from kit.library import load_playbook, load_scenario
from kit.play.answer import best_answer
from kit.report.page import page
from kit.ui import print_views
from kit.ui.print_views import everything, handout, letters, ways

SIX = ("the-rates-letter", "the-new-desk", "the-eleventh-round", "the-best-payer", "two-roads", "the-wrong-port")
PARTS = ["Branch map", "The scenes", "The key", "The trainee's brief", "The client's brief", "Rating sheet", "Questions for the debrief"]


@pytest.fixture(scope="module")
def book() -> Playbook:
    return load_playbook(ROOT / "scenarios")[0]


@pytest.fixture(scope="module", params=SIX)
def case(request: pytest.FixtureRequest, book: Playbook) -> Scenario:
    found = load_scenario(ROOT / "scenarios" / f"{request.param}.yaml", book).content
    assert found
    return found


def words(view: dict[str, Any]) -> str:
    """What a reader of the page reads."""
    return " ".join(unescape(re.sub(r"<img[^>]*>|<style>.*?</style>|<[^>]+>", " ", page(view), flags=re.DOTALL)).split())


def flat(text: str) -> str:
    return " ".join(text.split())


def run(*given_words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(word) for word in given_words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


# --- what is on it ------------------------------------------------------------------------------------------------

def test_everything_that_a_facilitator_needs_is_on_paper(case: Scenario, book: Playbook) -> None:
    told = words(everything(case, book, drawings(case, book)))
    for here in case.scenes:
        assert flat(here.situation) in told and flat(here.question) in told and all(flat(turn.words) in told for turn in here.talk)
        assert all(f"{letter}. {flat(part.text)}" in told for part in here.parts for letter in letters(here)[part.id])
        for outcome in getattr(here, "options", getattr(here, "outcomes", ())):
            assert flat(outcome.reply) in told and flat(outcome.feedback) in told and all(f"{claim}:" in told for claim in outcome.cites)
        for name in {name for part in here.parts for name in (*getattr(part, "keeps", ()), *getattr(part, "breaks", ()))}:
            assert book.rule[name].title.rstrip(".") in told
    assert all(flat(ending.text) in told and ending.title in told for ending in case.endings)
    assert case.roleplay and all(flat(text) in told for text in (case.roleplay.trainee, case.roleplay.client, case.roleplay.opening, *case.roleplay.beats, *case.debrief))
    assert all(anchor in told for name in case.roleplay.rules for anchor in book.rule[name].anchors.at.values())
    assert told.count("not seen") >= len(case.roleplay.rules)


def test_each_part_begins_a_sheet_of_its_own_in_this_order(case: Scenario, book: Playbook) -> None:
    view = everything(case, book, drawings(case, book))
    assert [block["text"] for block in view["blocks"] if block["type"] == "heading" and block["sheet"]] == PARTS
    printed = page(view)
    assert printed.count('class="hn-heading hn-new-sheet"') == len(PARTS) and printed.count("<script") == 0


def test_no_brief_says_what_the_other_one_says(case: Scenario, book: Playbook) -> None:
    script = case.roleplay
    assert script
    sheets = words(everything(case, book, []))
    trainee = sheets.split("The trainee's brief")[-1].split("The client's brief")[0]
    client = sheets.split("The client's brief")[-1].split("Rating sheet")[0]
    assert flat(script.trainee) in trainee and flat(script.client) not in trainee and not any(flat(beat) in trainee for beat in script.beats)
    assert flat(script.client) in client and flat(script.trainee) not in client


def test_the_letters_of_handout_and_key_are_the_same_and_not_the_files_order(case: Scenario, book: Playbook) -> None:
    on_handout, on_key = words(handout(case)), words(everything(case, book, []))
    for here in case.scenes:
        for part in here.parts:
            line = f"{letters(here)[part.id]}. {flat(part.text)}"
            assert line in on_handout and line in on_key
        if isinstance(here, Order):
            assert tuple(letters(here)) != best_answer(here, book)
        if isinstance(here, Choose):
            letter = letters(here)[best_answer(here, book)[0]]
            assert f"Best: {letter} ·" in on_key.split("The key", 1)[1]


def test_the_handout_gives_nothing_away(case: Scenario, book: Playbook) -> None:
    told = page(handout(case))
    readable = words(handout(case))
    hidden = [text for here in case.scenes for outcome in getattr(here, "options", getattr(here, "outcomes", ())) for text in (outcome.reply, outcome.feedback, getattr(outcome, "tempting", None)) if text]
    hidden += [ending.text for ending in case.endings] + list(case.debrief) + [getattr(here, "model", "") or "no model" for here in case.scenes]
    hidden += [case.client.wants, case.client.feels] if case.client and case.client.wants and case.client.feels else []
    hidden += [case.roleplay.client, case.roleplay.trainee] if case.roleplay else []
    assert not [text for text in hidden if flat(text) in readable]
    assert not [part.id for here in case.scenes for part in here.parts if "-" in part.id and part.id in told]
    assert not re.search(r"\b(worth|kept|broken|best answer|leads to|trust [+-])", readable.split("Scene 1", 1)[0]) and "Best:" not in readable


@given(worlds())
@steady
def test_no_scenario_is_too_odd_to_print_and_no_handout_tells(world: World) -> None:
    """In a world by chance every text is a word of its own: whatever is not in the scenes must not be on the handout."""
    whole = words(everything(world.scenario, world.playbook, drawings(world.scenario, world.playbook)))
    trainee = words(handout(world.scenario))
    for here in world.scenario.scenes:
        assert here.situation in whole and here.situation in trainee
        for outcome in getattr(here, "options", getattr(here, "outcomes", ())):
            for text in filter(None, (outcome.reply, outcome.feedback)):
                assert text in whole and text not in trainee
    assert all(ending.title in whole and ending.title not in trainee for ending in world.scenario.endings)
    assert not any(rule.title in trainee for rule in world.playbook.rules)


def test_the_smallest_draft_can_be_printed_and_says_what_it_is() -> None:
    draft = scenario(scene("first", options=[option("right", "a"), option("wrong", breaks="a")]))
    view = everything(draft, playbook({"a": 2}, red=("a",)), [])
    told = words(view)
    assert "This scenario is a draft." in told and "red line a-title" in told and "worth +2 · the best answer" in told
    assert [b["text"] for b in view["blocks"] if b["type"] == "heading" and b["sheet"]] == PARTS[:3]
    assert "brief" not in told.split("Parts:")[1].split("Branch map")[0]


def test_what_is_to_be_put_in_order_shows_its_order_in_the_key_with_equal_places_together() -> None:
    steps = [{"id": name, "text": f"text-{name}", "place": place} for name, place in (("one", 1), ("two", 2), ("also", 2), ("last", 3))]
    here = scenario(scene("first", "order", keeps=["a"], steps=steps, outcomes=[{"at_least": 0.8, "reply": "Good."}, {"reply": "Less."}]))
    by = letters(here.scenes[0])
    middle = " or ".join(sorted((by["two"], by["also"])))
    assert f"Best: {by['one']}, then {middle}, then {by['last']} · 2 to keep" in words(everything(here, playbook({"a": 2}), []))


def test_text_of_a_scenario_is_text_on_paper() -> None:
    evil = "<script>alert('x')</script>"
    case = scenario(scene("first", options=[option("right", "a", reply=evil, feedback=evil), option("wrong", breaks="a")]), title=evil, debrief=[evil])
    for view in (everything(case, playbook({"a": 1}), drawings(case, playbook({"a": 1}))), handout(case)):
        printed = page(view)
        assert "<script" not in printed and evil in words(view)


# --- the map ------------------------------------------------------------------------------------------------------

def pictures(printed: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(unquote(unescape(src))) for src in re.findall(r'src="data:image/svg\+xml,([^"]*)"', printed)]


def test_every_scene_and_ending_is_whole_in_one_strip_of_the_map(case: Scenario, book: Playbook) -> None:
    strips = pictures(page(everything(case, book, drawings(case, book))))
    assert len(strips) >= 2
    seen: list[str] = []
    for svg in strips:
        left, _, width, height = (float(number) for number in svg.attrib["viewBox"].split())
        for group in svg.iter("{http://www.w3.org/2000/svg}g"):
            box, name = group[0], group[1].text
            x, y, w, h = (float(box.attrib[key]) for key in ("x", "y", "width", "height"))
            if left <= x and x + w <= left + width:
                assert y + h <= height and name
                seen.append(name)
    assert sorted(seen) == sorted(name if len(name) <= 24 else f"{name[:23]}…" for name in (*case.scene, *case.ending))


def test_the_map_in_words_leads_every_answer_where_it_goes(case: Scenario, book: Playbook) -> None:
    told = [line for picture in drawings(case, book) for line in picture["lines"]]
    assert len(told) == len(case.scenes) + len(case.endings)
    for number, here in enumerate(case.scenes, start=1):
        line = ways(case, here)
        assert line in told and line.startswith(f"{number}. {here.id}: ")
        for part in here.parts if isinstance(here, Choose) else ():
            target = case.target(here.id, part.next)
            place = f"scene {list(case.scene).index(target) + 1}" if target in case.scene else case.ending[target].title if target in case.ending else "fits the trust"
            assert place in next(bit for bit in line.split(": ", 1)[1].split("; ") if "any answer" in bit or letters(here)[part.id] in bit.split(" to ")[0].split(", "))


def test_the_letters_last_for_the_largest_scene() -> None:
    blocks = [option(f"b{n}", "a") for n in range(9)]
    here = scenario(scene("first", "compose", blocks=blocks, outcomes=[{"reply": "x"}])).scenes[0]
    assert isinstance(here, Compose) and sorted(letters(here).values()) == list(print_views.LETTERS)


# --- the command --------------------------------------------------------------------------------------------------

def test_the_command_writes_one_page(tmp_path: Path) -> None:
    code, told = run("print", "two-roads", "--to", tmp_path / "all.html")
    assert code == 0 and "Wrote" in told
    assert run("print", ROOT / "scenarios" / "two-roads.yaml", "--to", tmp_path / "hand.htm", "--handout")[0] == 0
    whole, hand = ((tmp_path / name).read_text(encoding="utf-8") for name in ("all.html", "hand.htm"))
    assert "The key" in whole and "The key" not in hand and "Handout" in hand
    assert not re.search(r"""(?:src|href)=["'](?!data:)|url\(|@import""", whole)   # nothing is fetched


@pytest.mark.parametrize(("given_words", "because"), [
    (("two-rods", "--to", "x.html"), "Did you mean `two-roads`?"), (("two-roads",), "--to"), (("two-roads", "--to", "nowhere/x.html"), "Could not write"),
    (("two-roads", "--to", "two-roads.yaml"), "ends in .html"), (("broken.yaml", "--to", "x.html"), "E202"), (("gone.yaml", "--to", "x.html"), "cannot be read")])
def test_what_cannot_be_printed_is_told_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given_words: tuple[str, ...], because: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.yaml").write_text("title: x\n", encoding="utf-8")
    (tmp_path / "two-roads.yaml").write_text("mine", encoding="utf-8")
    code, told = run("print", *given_words)
    assert code == 2 and because in told and "Traceback" not in told
    assert (tmp_path / "two-roads.yaml").read_text(encoding="utf-8") == "mine" and not (tmp_path / "x.html").exists()


# --- in a browser -------------------------------------------------------------------------------------------------

@pytest.mark.browser
@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_the_pages_are_accessible(chromium: Any, tmp_path: Path, size: str, scheme: str) -> None:
    context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme)
    for more in ((), ("--handout",)):
        assert run("print", "the-rates-letter", "--to", tmp_path / "page.html", *more)[0] == 0
        Person(context, (tmp_path / "page.html").as_uri()).open().is_clean()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_on_paper_each_part_starts_a_page_and_nothing_is_cut_off(chromium: Any, tmp_path: Path, paper: str) -> None:
    """Dark at the screen, light on paper; text stays dark on white though grounds are not printed."""
    assert run("print", "the-rates-letter", "--to", tmp_path / "page.html")[0] == 0
    width = {"A4": 794, "Letter": 816}[paper] - 76   # CSS pixels, less 10 mm on each side
    context = chromium.new_context(viewport={"width": width, "height": 1000}, color_scheme="dark")
    sheet = context.new_page()
    sheet.goto((tmp_path / "page.html").as_uri())
    sheet.emulate_media(media="print", color_scheme="dark")
    assert sheet.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    breaks = sheet.evaluate("[...document.querySelectorAll('.hn-heading')].filter(e => getComputedStyle(e).breakBefore === 'page').map(e => e.querySelector('h2').textContent)")
    assert breaks == PARTS
    assert sheet.evaluate("getComputedStyle(document.querySelector('.hn-screen')).color") == "rgb(0, 0, 0)"
    assert sheet.evaluate("[...document.querySelectorAll('.hn-turn')].every(e => getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)' && getComputedStyle(e).color === 'rgb(0, 0, 0)')")
    assert sheet.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0 && i.getBoundingClientRect().width <= document.documentElement.clientWidth)")
    raw = sheet.pdf(format=paper)
    assert raw.startswith(b"%PDF") and len(PARTS) + 1 < raw.count(b"/Type /Page\n") < 40
    context.close()
