"""The served page outlives its server: killed and started again, people find their scene; and bad stores are told."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Room
from pages import SIZES, Person

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


def test_a_page_that_is_left_takes_its_kernel_with_it(chromium: Any, own_room: Room) -> None:
    context = chromium.new_context(viewport=SIZES["desktop"])
    cy = Person(context, own_room.url).open()
    assert len(own_room.processes("ipykernel")) == 1
    cy.page.reload()
    cy.sees("welcome")
    deadline = time.monotonic() + 20
    while len(own_room.processes("ipykernel")) > 1 and time.monotonic() < deadline:
        time.sleep(0.3)
    assert len(own_room.processes("ipykernel")) == 1, "a refresh left a kernel behind"
    context.close()
