"""Coming back: whatever happens to page, socket, kernel, server or store, people find their scene and lose nothing."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Room, Wire
from pages import SIZES, Person

from kit import places
from kit.serve.network import free_port
from kit.serve.settings import Settings
from kit.serve.workshop import running

pytestmark = pytest.mark.browser


@pytest.fixture
def own_room(tmp_path: Path) -> Iterator[Room]:
    served = Room(tmp_path)
    served.start()
    yield served
    served.stop()


def test_after_the_server_is_killed_and_started_again_the_page_comes_back_by_itself(chromium: Any, own_room: Room) -> None:
    context = chromium.new_context(viewport=SIZES["phone"])
    ann = Person(context, own_room.url).open()
    ann.come_in("Ann")
    ann.play("The new desk")
    ann.answer()
    ann.go_on()
    before = ann.page.locator(".hn-screen").inner_text()
    own_room.stop(kill=True)
    ann.page.wait_for_selector("#lost:visible", timeout=20_000)
    assert "Nothing you answered is lost" in ann.page.locator("#lost").inner_text()
    own_room.start()
    ann.page.wait_for_selector("#lost", state="hidden", timeout=60_000)
    ann.sees("scene")
    assert ann.page.locator(".hn-screen").inner_text() == before
    context.close()


def test_while_the_database_is_locked_the_answer_is_said_not_to_be_saved_and_can_be_sent_again(chromium: Any, own_room: Room) -> None:
    context = chromium.new_context(viewport=SIZES["desktop"])
    bo = Person(context, own_room.url).open()
    bo.come_in("Bo")
    bo.play("The new desk")
    lock = sqlite3.connect(own_room.data / "high-note.sqlite", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    bo.page.locator(".hn-ask .hn-option").nth(1).click()
    bo.page.locator(".hn-ask button[type=submit]").click()
    bo.page.wait_for_selector("text=not saved", timeout=30_000)
    assert bo.screen == "scene"
    assert bo.page.locator(".hn-ask input:checked").count() == 1, "what was chosen is still chosen"
    lock.execute("ROLLBACK")
    lock.close()
    bo.page.locator(".hn-ask button[type=submit]").click()
    bo.sees("feedback")
    context.close()


def in_second_scene(chromium: Any, room: Room, **options: Any) -> Person:
    """Somebody who has answered the first scene and looks at the second."""
    person = Person(chromium.new_context(viewport=SIZES["phone"], **options), room.url).open()
    person.come_in("Ann")
    person.play("The new desk")
    person.answer()
    person.go_on()
    return person


def screen_of(person: Person) -> str:
    return person.page.locator(".hn-screen").inner_text()


def test_a_killed_kernel_is_replaced_and_shows_the_same_scene(chromium: Any, own_room: Room) -> None:
    ann = in_second_scene(chromium, own_room)
    before, kernel = screen_of(ann), own_room.kernels()[0]
    ann.page.evaluate("document.body.dataset.same = 'page'")
    kernel.kill()
    ann.page.wait_for_selector("body:not([data-same]) .hn-screen", timeout=60_000)   # it came back by itself, with a new kernel
    ann.sees("scene")
    assert screen_of(ann) == before
    assert kernel.pid not in [p.pid for p in own_room.kernels()]
    ann.answer()
    ann.context.close()


def test_a_kernel_killed_while_the_line_is_down_is_replaced_too(chromium: Any, own_room: Room) -> None:
    """Its page cannot be told; it finds out when it is back."""
    wire = Wire(own_room.port)
    ann = Person(chromium.new_context(viewport=SIZES["phone"]), f"http://127.0.0.1:{wire.port}/join/{own_room.code}").open()
    ann.come_in("Ann")
    ann.play("The new desk")
    ann.answer()
    before, kernel = screen_of(ann), own_room.kernels()[0]
    ann.page.evaluate("document.body.dataset.same = 'page'")
    wire.pull_out()
    kernel.kill()
    ann.page.wait_for_selector("#lost", state="visible", timeout=20_000)
    time.sleep(2)   # the server has noticed by now
    wire.plug_in()
    ann.page.wait_for_selector("body:not([data-same]) .hn-screen", timeout=60_000)
    ann.sees("feedback")
    assert screen_of(ann) == before
    ann.go_on()
    ann.context.close()
    wire.close()


def test_a_phone_that_slept_until_its_kernel_was_culled_wakes_up_in_the_same_scene(chromium: Any) -> None:
    room = Settings("room", str(places.notebooks_folder() / "trainee.ipynb"), str(places.data_folder()), "127.0.0.1", free_port("127.0.0.1", 31_000),
                    ("127.0.0.1",), "ABCD2345", 4, idle_seconds=3)
    with running(room) as [process]:
        wire = Wire(room.port)
        ann = Person(chromium.new_context(viewport=SIZES["phone"]), f"http://127.0.0.1:{wire.port}/join/{room.code}").open()
        ann.come_in("Ann")
        ann.play("The new desk")
        before = screen_of(ann)
        time.sleep(5)
        assert process.health["kernels"] == 1, "a page that is open keeps its kernel, however long somebody thinks"
        sleep_of(ann, "frozen")
        wire.pull_out()
        deadline = time.monotonic() + 40
        while process.health["kernels"] and time.monotonic() < deadline:
            time.sleep(0.5)
        assert process.health["kernels"] == 0, "nobody is there, and the kernel stays"
        wire.plug_in()
        ann.page.evaluate("document.body.dataset.same = 'page'")
        sleep_of(ann, "active")
        ann.page.wait_for_selector("body:not([data-same]) .hn-screen", timeout=60_000)
        ann.sees("scene")
        assert screen_of(ann) == before
        ann.answer()
        ann.context.close()
        wire.close()


def sleep_of(person: Person, state: str) -> None:
    """A page that a phone puts to sleep (frozen) or wakes up (active)."""
    person.context.new_cdp_session(person.page).send("Page.setWebLifecycleState", {"state": state})


def test_a_third_page_of_one_person_stops_the_first_which_says_so_and_leaves_the_others_alone(chromium: Any, own_room: Room) -> None:
    ann = in_second_scene(chromium, own_room)
    before = screen_of(ann)
    others = [Person(ann.context, own_room.url).open() for _ in range(2)]
    ann.page.wait_for_selector("#lost:visible", timeout=20_000)
    assert "You have opened further pages" in ann.page.inner_text("#lost")
    time.sleep(3)
    for other in others:
        assert screen_of(other) == before and other.page.is_hidden("#lost")
    ann.page.reload()
    ann.sees("scene")
    assert screen_of(ann) == before
    ann.context.close()


def test_a_dropped_connection_is_said_and_mended_by_itself(chromium: Any, own_room: Room) -> None:
    """As when a phone sleeps, or walks out of the network: nothing is reloaded, nothing is lost."""
    wire = Wire(own_room.port)
    ann = Person(chromium.new_context(viewport=SIZES["phone"]), f"http://127.0.0.1:{wire.port}/join/{own_room.code}").open()
    ann.come_in("Ann")
    ann.play("The new desk")
    before = screen_of(ann)
    ann.page.evaluate("document.body.dataset.same = 'page'")
    ann.page.locator(".hn-ask .hn-option").nth(1).click()
    wire.pull_out()
    ann.page.wait_for_selector("#lost", state="visible", timeout=20_000)
    wire.plug_in()
    ann.page.wait_for_selector("#lost", state="hidden", timeout=40_000)
    assert ann.page.evaluate("document.body.dataset.same") == "page", "the page was not reloaded"
    assert screen_of(ann) == before
    assert ann.page.locator(".hn-ask input").nth(1).is_checked(), "what was chosen is still chosen"
    ann.page.locator(".hn-ask button[type=submit]").click()
    ann.sees("feedback")
    ann.context.close()
    wire.close()


def test_a_closed_tab_takes_its_kernel_along_and_a_new_one_shows_the_same_scene(chromium: Any, own_room: Room) -> None:
    ann = in_second_scene(chromium, own_room)
    before = screen_of(ann)
    ann.page.close(run_before_unload=True)
    deadline = time.monotonic() + 20
    while own_room.kernels() and time.monotonic() < deadline:
        time.sleep(0.3)
    assert own_room.kernels() == []
    again = Person(ann.context, own_room.url).open()
    assert screen_of(again) == before
    ann.context.close()


def test_a_second_device_goes_on_with_the_resume_code_which_works_once(chromium: Any, own_room: Room) -> None:
    ann = in_second_scene(chromium, own_room)
    before = screen_of(ann)
    ann.click("Back to the scenarios")
    ann.sees("home")
    ann.click("Go on on another device")
    told = ann.page.wait_for_selector("text=Your resume code is").inner_text()
    code = told.removeprefix("Your resume code is ").split(".")[0]
    laptop = chromium.new_context(viewport=SIZES["desktop"]).new_page()

    def come_in_with(resume: str) -> None:
        laptop.goto(f"{own_room.address}login")
        laptop.get_by_label("Code of the workshop").fill(own_room.code.lower())
        laptop.get_by_text("I was here before").click()
        laptop.get_by_label("Your resume code").fill(resume)
        laptop.get_by_role("button", name="Come in").click()

    come_in_with("XXXX 2222")
    assert "not right" in laptop.inner_text("main")
    come_in_with(code)
    laptop.wait_for_selector(".hn-screen[data-screen=home]", timeout=60_000)
    laptop.get_by_role("button", name="Go on: The new desk").click()
    laptop.wait_for_selector(".hn-screen[data-screen=scene]")
    assert laptop.locator(".hn-screen").inner_text() == before
    other = chromium.new_context().new_page()
    laptop = other
    come_in_with(code)
    assert "not right" in other.inner_text("main")


def test_not_me_lets_somebody_else_in_on_a_shared_device(chromium: Any, own_room: Room) -> None:
    ann = in_second_scene(chromium, own_room)
    ann.click("Back to the scenarios")
    ann.sees("home")
    ann.click("Not me")
    ann.page.get_by_label("Code of the workshop").fill(own_room.code)
    ann.page.get_by_role("button", name="Come in").click()
    ann.page.wait_for_selector(".hn-screen[data-screen=welcome]", timeout=60_000)
    assert ann.page.get_by_label("What should we call you?").input_value() == ""
    ann.context.close()


def test_who_has_been_erased_is_told_so_and_may_come_in_again(chromium: Any, own_room: Room) -> None:
    ann = in_second_scene(chromium, own_room)
    desk = Person(chromium.new_context(viewport=SIZES["desktop"]), own_room.desk_url).open()
    desk.sees("desk-people")
    desk.click("Remove: Ann")
    desk.sees("desk-confirm")
    desk.click("Erase for good")
    desk.sees("desk-people")
    ann.page.locator(".hn-ask .hn-option").first.click()
    ann.page.locator(".hn-ask button[type=submit]").click()
    ann.page.wait_for_selector("text=has been erased")
    assert ann.screen == "welcome"
    ann.context.close()
    desk.context.close()


def test_a_page_that_is_left_takes_its_kernel_with_it(chromium: Any, own_room: Room) -> None:
    context = chromium.new_context(viewport=SIZES["desktop"])
    cy = Person(context, own_room.url).open()
    assert len(own_room.kernels()) == 1
    cy.page.reload()
    cy.sees("welcome")
    deadline = time.monotonic() + 20
    while len(own_room.kernels()) > 1 and time.monotonic() < deadline:
        time.sleep(0.3)
    assert len(own_room.kernels()) == 1, "a refresh left a kernel behind"
    context.close()
