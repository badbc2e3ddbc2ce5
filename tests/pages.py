"""A person at a page: opens it, plays by mouse or by keyboard alone, and keeps what the browser complained of."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@dataclass
class Person:
    """One browser context at the room's page."""

    context: Any
    url: str
    page: Any = None
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self) -> "Person":
        self.page = self.context.new_page()
        self.page.on("console", lambda m: self.complaints.append(f"console {m.type}: {m.text}") if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("request", lambda r: self.hosts.add(r.url.split("/")[2]) if r.url.startswith(("http", "ws")) else None)
        self.page.goto(self.url)
        self.page.wait_for_selector(".hn-screen", timeout=60_000)
        return self

    # --- looking --------------------------------------------------------------------------------------

    @property
    def screen(self) -> str:
        return self.page.locator(".hn-screen").get_attribute("data-screen")

    def sees(self, screen: str) -> None:
        self.page.wait_for_selector(f".hn-screen[data-screen={screen}][aria-busy=false], .hn-screen[data-screen={screen}]:not([aria-busy])", timeout=20_000)

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def is_clean(self) -> None:
        """No violation of WCAG 2.2 AA, nothing complained of, no other host asked, nothing wider than the window."""
        found = Axe().run(self.page, options=WCAG).response["violations"]
        assert not found, [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert not self.complaints, self.complaints
        assert self.hosts <= {self.url.split("/")[2]}, self.hosts
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page is {wide} px wider than the window"

    # --- by mouse -------------------------------------------------------------------------------------

    def come_in(self, name: str = "") -> None:
        self.sees("welcome")
        self.page.get_by_label("What should we call you?").fill(name)
        self.page.get_by_role("button", name="Come in").click()
        self.sees("home")

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def play(self, title: str) -> None:
        self.page.get_by_role("button", name=f"Play: {title}").click()
        self.sees("scene")

    def answer(self) -> None:
        """Any answer to the scene on screen, by mouse."""
        form = self.page.locator(".hn-ask")
        kind = form.get_attribute("data-kind")
        if kind == "choose":
            form.locator(".hn-option").first.click()
        elif kind == "best_and_worst":
            form.locator(".hn-option").nth(0).get_by_label("Best").check()
            form.locator(".hn-option").nth(1).get_by_label("Worst").check()
        elif kind == "compose":
            for _ in range(3):
                form.locator("[data-key$=' Add']").first.click()
        elif kind == "write":
            form.locator("textarea").fill("I rang because you should hear it from me.")
        form.locator("button[type=submit]").click()
        self.sees("feedback")

    def go_on(self) -> None:
        self.page.locator(".hn-actions .hn-primary").first.click()
        self.page.wait_for_selector(".hn-screen:not([data-screen=feedback])", timeout=20_000)

    # --- by keyboard alone ----------------------------------------------------------------------------

    def tab_to(self, selector: str) -> None:
        """Tab, as somebody without a mouse does, until what is wanted has the focus."""
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    def answer_by_keys(self, liked: Collection[str] = ()) -> None:
        """Any answer; where one chooses, the option whose words are liked, if it is there."""
        keys, form = self.page.keyboard, self.page.locator(".hn-ask")
        kind = form.get_attribute("data-kind")
        if kind == "choose":
            shown = form.locator(".hn-option span:last-child").all_inner_texts()
            keys.press(str(next((n for n, words in enumerate(shown, start=1) if words in liked), 2)))
            keys.press("Enter")
        elif kind == "best_and_worst":
            self.tab_to(".hn-option:nth-of-type(1) input")
            keys.press("Space")
            self.tab_to(".hn-mark-label:nth-of-type(2) input")
            keys.press("ArrowDown")
            self.tab_to("button[type=submit]")
            keys.press("Enter")
        elif kind == "write":
            self.tab_to("textarea")
            keys.type("I rang because you should hear it from me.")
            self.tab_to("button[type=submit]")
            keys.press("Enter")
        else:
            self.tab_to("[data-key$=' Add']" if kind == "compose" else "[data-key$=' Move down']")
            keys.press("Enter")
            self.tab_to("button[type=submit]")
            keys.press("Enter")
        self.sees("feedback")

    def go_on_by_keys(self) -> None:
        self.tab_to(".hn-actions .hn-primary")
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(".hn-screen:not([data-screen=feedback])", timeout=20_000)
