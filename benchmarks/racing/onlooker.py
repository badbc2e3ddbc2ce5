"""One visitor in real Chromium, a cold browser each time: when the scene can be answered, and how soon the feedback is there."""

import json

from page import come_in_first, watch
from peers import HERE, ONLY_HERE, Served
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as BrowserError
from visitors import LIMIT

from conftest import BROWSER  # isort: skip

from racing.contenders import Contender
from racing.guests import ASKED, Seen

ROBOT = (HERE / "racing" / "robot.js").read_text(encoding="utf-8")
MORE = 500   # milliseconds after the first option in which requests count too


def look(contender: Contender, served: Served, times: int) -> list[Seen]:
    """So many visits, one after the other, by one browser with a private context each."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ONLY_HERE)
        seen = [_look(browser, contender, served) for _ in range(times)]
        browser.close()
    return seen


def _look(browser: Browser, contender: Contender, served: Served) -> Seen:
    context = browser.new_context()
    if contender.comes_back:
        come_in_first(served.url)(context)
    url = served.url.split("join/")[0] if contender.comes_back else served.url
    plan = {"asks": contender.asks, "option": ASKED, "told": contender.told, "limit": 1000 * LIMIT}
    context.add_init_script(f"{ROBOT}({json.dumps(plan)})")
    page = context.new_page()
    seen, met = Seen(), watch(page)
    try:
        page.goto(url, wait_until="commit")
        times = page.evaluate("window.robotArrives")
        seen.view, seen.scene = times["view"] / 1000, times["scene"] / 1000
        page.wait_for_timeout(MORE)
        seen.requests, seen.bytes = len(met["urls"]), met["bytes"]
        if contender.told:
            seen.feedback = page.evaluate("window.robotAnswers()") / 1000
    except BrowserError as error:
        seen.trouble = "hung" if "hung" in error.message else error.message.splitlines()[0]
    context.close()
    return seen
