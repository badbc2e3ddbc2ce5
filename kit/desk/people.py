"""The desk's first place: who is in the room and where; opening it ahead, removing somebody, ending the workshop, erasing it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kit.places import data_folder
from kit.play.answer import Refused
from kit.play.score import score
from kit.serve import opening
from kit.store.store import Store, StoredRun
from kit.ui import desk_views
from kit.ui.desk_views import Present, Ready
from kit.ui.views import View
from kit.words import count

Message = dict[str, Any]


@dataclass
class People:
    """Who is here, and what waits to be confirmed."""

    room: dict[str, Any]                        # what the desk knows of the room it was started with; empty when it stands alone
    store: Store
    doomed: str = ""                            # the person to erase, or "*" for everybody, once confirmed
    told: str = field(default="", repr=False)   # said once, on the next view

    def view(self) -> View:
        told, self.told = self.told, ""
        if self.doomed:
            return desk_views.confirm(self._named(self.doomed))
        return desk_views.people(self.room.get("name", ""), self.present(), ended=self.store.has_ended(), ready=self._ready(), told=told)

    def _ready(self) -> Ready | None:
        """The places that are ready; None where there are none to be had."""
        found = opening.told(data_folder()) if self.room else None
        return Ready(*found, most=self.room["people"]) if found else None

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        return {"remove": self._remove, "erase_all": self._erase_all, "confirm": self._confirm, "cancel": self._cancel,
                "ready": lambda _m: self._have_ready(self.room.get("people", 0)), "unready": lambda _m: self._have_ready(0),
                "end": lambda _m: self.store.end_workshop(), "begin": lambda _m: self.store.begin_workshop()}

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
            return f"everybody ({count(len(self.store.people()), 'person')}), all runs, role-plays and rater training"
        found = next((p for p in self.present() if p.person == person), None)
        return found.called if found else "this person"

    def _have_ready(self, places: int) -> None:
        if self._ready():
            try:
                opening.ask(data_folder(), places)
            except OSError as error:
                raise Refused(f"The data folder cannot be written to ({error.strerror}), so the room was not asked. Nothing has changed.") from error
            self.told = f"Getting {places} places ready." if places else "Giving the places back."

    def _remove(self, message: Message) -> None:
        if any(row["id"] == message.get("person") for row in self.store.people()):
            self.doomed = message["person"]

    def _erase_all(self, _message: Message) -> None:
        self.doomed = "*"

    def _confirm(self, _message: Message) -> None:
        doomed, self.doomed = self.doomed, ""
        if doomed == "*":
            self.told = f"Erased: {count(self.store.erase_everybody(), 'person')} and all that was kept about them."
        elif doomed:
            named = self._named(doomed)
            self.store.erase_person(doomed)
            self.told = f"Erased: {named}."

    def _cancel(self, _message: Message) -> None:
        self.doomed = ""


def _where(stored: StoredRun | None) -> str:
    """Where somebody is, in words."""
    if stored is None:
        return "choosing a scenario"
    if stored.run.is_over:
        return f"reading the result of {stored.run.scenario.title}"
    return f"{stored.run.scenario.title}, scene {len(stored.run.picks) + 1}"
