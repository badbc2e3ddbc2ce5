"""The facilitator at the desk: who is in the room and where, content problems, the run sheet, ending and erasing."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.library import load
from kit.play.score import score
from kit.store.store import NotSaved, Store, StoredRun
from kit.ui import desk_views, views
from kit.ui.desk_views import Present
from kit.ui.views import View
from kit.ui.widget import Page

SCREENS = ("people", "join", "sheet", "content")
_LOG = logging.getLogger("kit")


@dataclass
class Desk:
    """The desk's page: which screen it shows, and what waits to be confirmed."""

    folder: Path
    store: Store
    room: dict[str, Any]
    screen: str = "people"
    minutes: int = 60
    doomed: str = ""                            # the person to erase, or "*" for everybody, once confirmed
    told: str = field(default="", repr=False)   # said once, on the next view

    def first_view(self) -> View:
        return self.view()

    def view(self) -> View:
        """The present screen."""
        told, self.told = self.told, ""
        name = self.room.get("name", "")
        if self.doomed:
            return desk_views.confirm(self._named(self.doomed))
        if self.screen == "join":
            return desk_views.join(name, self.room)
        if self.screen == "sheet":
            return desk_views.run_sheet(name, load(self.folder).ready, self.minutes)
        if self.screen == "content":
            library = load(self.folder)
            return desk_views.content(name, library.scenarios, [(f.path, f.line, f.col, f.code, f.says, f.cure) for f in library.findings])
        return desk_views.people(name, self.present(), ended=self.store.has_ended(), told=told)

    def present(self) -> list[Present]:
        """Everybody, with where they are and their finished runs (first ones first)."""
        return [self._present(row) for row in self.store.people()]

    def _present(self, row: dict[str, Any]) -> Present:
        runs = self.store.runs_of(row["id"])
        at = next((r for r in runs if r.id == row["at_run"]), None)
        finished = [(r.run.scenario.title, round(score(r.run).value), bool(score(r.run).red_lines)) for r in runs if r.run.is_over]
        return Present(row["id"], row["name"], _where(at), finished)

    def _named(self, person: str) -> str:
        if person == "*":
            return f"everybody ({len(self.store.people())} people) and all their runs"
        found = next((p for p in self.present() if p.person == person), None)
        return found.called if found else "this person"

    # --- what the browser asks for ----------------------------------------------------------------------

    def handle(self, _page: Page, message: dict[str, Any]) -> View | None:
        """Do what a message asks, if it may; the next view, or None when nothing changed."""
        verbs = {"desk": self._open, "sheet": self._sheet, "refresh": lambda _m: None, "remove": self._remove, "erase_all": self._erase_all,
                 "confirm": self._confirm, "cancel": self._cancel, "end": lambda _m: self.store.end_workshop(), "begin": lambda _m: self.store.begin_workshop()}
        verb = verbs.get(message["type"])
        if verb is None:
            return None
        try:
            verb(message)
            return self.view()
        except NotSaved as error:
            _LOG.exception("not saved")
            return views.trouble_view(f"{error} Reload the page to go on.")

    def _open(self, message: dict[str, Any]) -> None:
        if message.get("screen") in SCREENS:
            self.screen, self.doomed = message["screen"], ""

    def _sheet(self, message: dict[str, Any]) -> None:
        if message.get("minutes") in desk_views.SHEETS:
            self.minutes = message["minutes"]

    def _remove(self, message: dict[str, Any]) -> None:
        if any(row["id"] == message.get("person") for row in self.store.people()):
            self.doomed = message["person"]

    def _erase_all(self, _message: dict[str, Any]) -> None:
        self.doomed = "*"

    def _confirm(self, _message: dict[str, Any]) -> None:
        doomed, self.doomed = self.doomed, ""
        if doomed == "*":
            self.told = f"Erased: {self.store.erase_everybody()} people and all that was kept about them."
        elif doomed:
            named = self._named(doomed)
            self.store.erase_person(doomed)
            self.told = f"Erased: {named}."

    def _cancel(self, _message: dict[str, Any]) -> None:
        self.doomed = ""


def _where(stored: StoredRun | None) -> str:
    """Where somebody is, in words."""
    if stored is None:
        return "choosing a scenario"
    if stored.run.is_over:
        return f"reading the result of {stored.run.scenario.title}"
    return f"{stored.run.scenario.title}, scene {len(stored.run.picks) + 1}"
