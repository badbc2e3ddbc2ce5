"""What people do in a real browser: play by mouse and by keyboard alone, refresh, come back, take the result away."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Room
from pages import SIZES, Person

from kit.library import Library
from kit.play.debrief import in_words
from kit.play.score import perfect_run

pytestmark = pytest.mark.browser
LOOKS = [("desktop", "light"), ("desktop", "dark"), ("phone", "light"), ("phone", "dark")]


@pytest.fixture
def person(chromium: Any, room: Any) -> Iterator[Callable[..., Person]]:
    """Makes people: each a browser of their own."""
    contexts = []

    def make(size: str = "desktop", scheme: str = "light") -> Person:
        context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme, has_touch=size == "phone", accept_downloads=True)
        contexts.append(context)
        return Person(context, room.url).open()

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_every_screen_of_a_run_is_accessible_and_quiet(person: Callable[..., Person], size: str, scheme: str) -> None:
    ann = person(size, scheme)
    ann.is_clean()
    ann.come_in("Ann")
    ann.is_clean()
    ann.click("Read the playbook")
    ann.sees("playbook")
    ann.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    ann.is_clean()
    ann.click("Back")
    ann.sees("home")
    ann.play("The rates letter")   # choose, best and worst, compose
    while ann.screen == "scene":
        ann.is_clean()
        ann.answer()
        ann.is_clean()
        ann.go_on()
    ann.sees("result")
    ann.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    ann.is_clean()
    assert "of 100" in ann.text()


@pytest.mark.parametrize(("size", "scheme", "title"), [("desktop", "light", "The eleventh round"), ("phone", "dark", "The best payer in the house")])
def test_a_scenario_is_played_by_keyboard_alone(person: Callable[..., Person], library: Library, size: str, scheme: str, title: str) -> None:
    best_run = perfect_run(next(s for s in library.ready if s.title == title), library.playbook)
    best_words = {words for step in best_run.steps for words in in_words(step.scene, step.answer)}
    bo = person(size, scheme)
    bo.tab_to("input[type=text]")
    bo.page.keyboard.type("Bo")
    bo.page.keyboard.press("Enter")
    bo.sees("home")
    bo.tab_to(f"button[aria-label='Play: {title}']")
    bo.page.keyboard.press("Enter")
    bo.sees("scene")
    kinds = set()
    while bo.screen == "scene":
        kinds.add(bo.page.locator(".hn-ask").get_attribute("data-kind"))
        focused = bo.page.evaluate("document.activeElement.tagName")
        assert focused == "H2", f"focus is not on the new heading but on {focused}"
        bo.answer_by_keys(best_words)
        bo.is_clean()
        bo.go_on_by_keys()
    bo.sees("result")
    assert kinds == {step.scene.ask for step in best_run.steps} and "write" in kinds
    assert bo.complaints == []


def test_a_refresh_in_mid_scene_and_in_mid_feedback_comes_back_to_the_same(person: Callable[..., Person]) -> None:
    cy = person()
    cy.come_in("Cy")
    cy.play("The new desk")
    cy.answer()
    cy.go_on()
    before = cy.text()
    cy.page.reload()
    cy.sees("scene")
    assert cy.text() == before
    cy.answer()
    told = cy.text()
    cy.page.reload()
    cy.sees("feedback")
    assert cy.text() == told
    assert "Cy" not in cy.page.content() and cy.page.url.endswith("/")


def test_a_result_reopened_is_the_same_and_can_be_taken_away(person: Callable[..., Person]) -> None:
    di = person("phone")
    di.come_in("Di")
    di.play("The new desk")
    while di.screen == "scene":
        di.answer()
        di.go_on()
    di.sees("result")
    score = di.page.locator("h3", has_text="of 100").inner_text()
    with di.page.expect_download() as download:
        di.click("Save as a page")
    html = download.value.path().read_text(encoding="utf-8")
    assert score in html and "<script" not in html
    di.page.reload()
    di.sees("result")
    assert score in di.text()
    di.click("Back to the scenarios")
    di.sees("home")
    assert "Finished" in di.text()
    di.click("Your progress")
    di.sees("progress")
    assert "first run" in di.text()


def test_an_assessment_tells_nothing_until_the_end(person: Callable[..., Person]) -> None:
    ed = person()
    ed.come_in()
    ed.page.get_by_label("Assessment: feedback at the end").check()
    ed.page.wait_for_timeout(300)
    ed.play("The new desk")
    while ed.screen == "scene":
        assert "trust" not in ed.text().lower()
        ed.answer()
        assert ed.page.locator(".hn-chips, .hn-card.hn-good, .hn-card.hn-warn, .hn-sources, .hn-meter").count() == 0
        ed.go_on()
    ed.sees("result")
    assert ed.page.locator(".hn-chips").count() > 0


def test_a_double_click_and_a_second_tab_write_one_pick(person: Callable[..., Person]) -> None:
    flo = person()
    flo.come_in("Flo")
    flo.play("The new desk")
    other = Person(flo.context, flo.url).open()
    other.sees("scene")
    flo.page.locator(".hn-ask .hn-option").first.click()
    flo.page.locator(".hn-ask button[type=submit]").dblclick()
    flo.sees("feedback")
    other.page.locator(".hn-ask .hn-option").nth(1).click()
    other.page.locator(".hn-ask button[type=submit]").click()
    other.page.wait_for_selector("text=answered already")
    assert other.screen == "feedback"
    assert flo.page.locator(".hn-quote blockquote").first.inner_text() == other.page.locator(".hn-quote blockquote").first.inner_text()


LATE_DONE = """
    const Native = WebSocket;
    window.WebSocket = class extends Native {
      set onmessage(heard) { super.onmessage = (event) => (/"type": ?"done"/.test(event.data) ? setTimeout(heard, 1500, event) : heard(event)); }
    };"""


def test_a_click_on_a_new_screen_is_not_lost_though_the_last_one_is_still_under_way(person: Callable[..., Person]) -> None:
    gil = person()
    gil.page.add_init_script(LATE_DONE)
    gil.page.reload()
    gil.sees("welcome")
    gil.click("Come in")
    gil.page.wait_for_selector(".hn-screen[data-screen=home][aria-busy=true]")
    gil.play("The rates letter")


def test_a_page_is_two_requests_and_one_line_to_its_kernel(person: Callable[..., Person]) -> None:
    hal = person()
    hal.come_in()
    asked: list[str] = []
    hal.page.on("request", lambda r: asked.append(r.url) if r.url.startswith("http") else None)
    hal.page.on("websocket", lambda w: asked.append(w.url))
    hal.page.reload()
    hal.sees("home")
    hal.play("The new desk")
    assert [url.split("?")[0].rsplit("/", 1)[-1] for url in asked if "shutdown" not in url] == ["", "channels"]


def test_nothing_a_person_types_becomes_markup(person: Callable[..., Person]) -> None:
    eve = person()
    eve.come_in("<img src=x onerror=alert(1)>")
    assert "<img src=x" in eve.text() and eve.page.locator(".hn img").count() == 0


def test_an_answer_left_out_is_asked_for_in_words(person: Callable[..., Person]) -> None:
    gil = person()
    gil.come_in()
    gil.play("The new desk")
    gil.page.locator(".hn-ask button[type=submit]").click()
    assert "Choose one of the options first." in gil.text()
    gil.is_clean()


GERMAN = """\
title: Der letzte Anruf
language: de
status: ready
cause: price-rise
who: client
scenes:
  - situation: Ihr Brief mit den neuen Preisen ging vor zwei Wochen hinaus. Seitdem schweigt Dana.
    question: Was tun Sie zuerst?
    options:
      - {text: "Sie rufen an und fragen, wie der Brief angekommen ist.", keeps: [news-by-voice], reply: "Gut, dass Sie anrufen.", feedback: "Die Stimme sagt mehr."}
      - {text: "Sie schreiben ihr noch einmal, mit einer Frist.", breaks: [news-by-voice], reply: "Sie antwortet nicht.", feedback: "Ein Brief hat ihr schon nichts gesagt."}
endings: [{title: Zwei Wochen danach, text: "Sie wissen, woran Sie sind."}]
"""
SPOKEN = """(words) => [...document.querySelectorAll("main *")]
  .find((node) => !node.children.length && node.textContent.trim().startsWith(words)).closest("[lang]").lang"""


def test_a_scenario_in_another_language_is_read_aloud_in_it_and_the_page_in_its_own(tmp_path: Path, chromium: Any) -> None:
    library = tmp_path / "library"
    library.mkdir()
    shutil.copy(ROOT / "scenarios" / "playbook.yaml", library)
    (library / "der-letzte-anruf.yaml").write_text(GERMAN, encoding="utf-8")
    (tmp_path / "data").mkdir()
    room = Room(tmp_path / "data", options=("--scenarios", str(library)))
    room.start()
    try:
        ann = Person(chromium.new_context(viewport=SIZES["phone"]), room.url).open()
        ann.come_in("Ann")
        spoken = {words: ann.page.evaluate(SPOKEN, words) for words in ("Der letzte Anruf", "Choose a scenario")}
        ann.play("Der letzte Anruf")
        spoken |= {words: ann.page.evaluate(SPOKEN, words) for words in ("Ihr Brief mit", "Was tun Sie", "Sie rufen an", "Sie schreiben ihr", "Keys 1 to 5", "Choose this")}
        ann.is_clean()
        ann.answer()
        spoken |= {words: ann.page.evaluate(SPOKEN, words) for words in ("Your answer", "Go on", "See how it ends") if words in ann.text()}
        ann.go_on()
        ann.sees("result")
        spoken["Zwei Wochen danach"] = ann.page.evaluate(SPOKEN, "Zwei Wochen danach")
        ann.is_clean()
    finally:
        room.stop()
    ours = {words for words, language in spoken.items() if language == "en"}
    assert ours >= {"Choose a scenario", "Keys 1 to 5", "Choose this", "Your answer"} and {spoken[w] for w in set(spoken) - ours} == {"de"}
    assert set(spoken) - ours >= {"Der letzte Anruf", "Ihr Brief mit", "Was tun Sie", "Sie rufen an", "Sie schreiben ihr", "Zwei Wochen danach"}
