"""The desk as a whole: which place is open, and what its buttons ask for. What a place does is in its own module."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from kit.desk.people import People
from kit.desk.progress import Past, Progress
from kit.desk.roleplay import RolePlayPlace
from kit.desk.sheets import Content, Join, RunSheet
from kit.desk.shelf import Shelf
from kit.desk.studio import Studio
from kit.desk.training import TrainingPlace
from kit.places import data_folder
from kit.play.answer import Refused
from kit.store.store import Erased, NotSaved, Store
from kit.ui import views
from kit.ui.views import View
from kit.ui.widget import Page

Message = dict[str, Any]
_LOG = logging.getLogger("kit")


class Place(Protocol):
    """One place at the desk: what it shows, and a verb for each type of message its buttons send."""

    def view(self) -> View: ...

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]: ...


class Desk:
    """The desk's page: the place that is open. A place is sat down at anew each time it is opened."""

    def __init__(self, folder: Path, store: Store, room: dict[str, Any]) -> None:
        name, past, shelf = room.get("name", ""), Past(store), Shelf(folder, data_folder())
        self.places: dict[str, Callable[[Message], Place]] = {
            "people": lambda _m: People(room, store),
            "progress": lambda m: Progress(name, past, m),
            "join": lambda _m: Join(name, room),
            "sheet": lambda _m: RunSheet(name, folder),
            "roleplay": lambda m: RolePlayPlace.at(m, room=room, folder=folder, store=store, send=self.send),
            "training": lambda m: TrainingPlace.at(m, room_name=name, folder=folder, store=store),
            "studio": lambda m: Studio(name, shelf, self.send, m),
            "content": lambda _m: Content(name, folder),
        }
        self.screen = "people"
        self.place: Place = self.places[self.screen]({})
        self.page: Page | None = None

    def view(self) -> View:
        return self.place.view()

    first_view = view

    def send(self, message: Message) -> None:
        """To the browser beside the view: a file to save."""
        if self.page is not None:
            self.page.send(message)

    def handle(self, page: Page, message: Message) -> View | None:
        """Do what a message asks, if it may; the next view, or None when nothing changed."""
        self.page = page
        verbs = {**self.place.verbs, "desk": self._open, "refresh": lambda _m: None}
        verb = verbs.get(message["type"])
        if verb is None:
            return None
        try:
            verb(message)
            return self.view()
        except Refused as refused:
            return self._with_trouble(str(refused))
        except Erased as gone:
            self._open({"screen": self.screen})
            return self._with_trouble(str(gone))
        except NotSaved as error:
            _LOG.exception("not saved")
            return self._with_trouble(f"{error} Nothing that was kept before is lost; please do it again.")

    def _with_trouble(self, words: str) -> View:
        """The screen as it is, with what went wrong; that alone when the store cannot be read."""
        try:
            return views.with_trouble(self.view(), words)
        except NotSaved as error:
            return views.trouble_view(f"{error} Reload the page to go on.")

    def _open(self, message: Message) -> None:
        name = message.get("screen")
        if isinstance(name, str) and name in self.places:
            self.screen, self.place = name, self.places[name](message)
