"""A trainee's own role-plays, on their own page: the brief, rating themself, the debrief. Only those in which they are the trainee."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.desk.roleplay import RolePlayPlace
from kit.play.answer import Refused
from kit.store.roleplays import RolePlay, RolePlays
from kit.store.store import Store
from kit.ui import debrief_views, rating_views, roleplay_views
from kit.ui.views import View

Message = dict[str, Any]
OWN_VERBS = ("rate", "red_line", "rated", "save_debrief")


@dataclass
class Acting:
    """The role-play that somebody has open on their own page, and what of it."""

    person: str
    store: Store
    folder: Path
    send: Callable[[Message], None]
    roleplay: str = ""
    show: str = ""

    def __post_init__(self) -> None:
        self.kept = RolePlays(self.store)
        self.place = RolePlayPlace({}, self.folder, self.store, self.send)

    def own(self) -> list[RolePlay]:
        return self.kept.of(self.person)

    def open(self, message: Message) -> None:
        """Brief, own rating or debrief of one of one's own role-plays. Raises Refused."""
        played = next((p for p in self.own() if p.id == message.get("roleplay")), None)
        if played is None or message.get("show") not in ("brief", "rate", "debrief"):
            raise Refused("That role-play is not kept here any more.")
        self.roleplay, self.show = played.id, message["show"]
        if self.show == "rate" and "self" not in played.seats:
            self.kept.sit(played.id, "self", played.trainee_name)
        self.place.roleplay, self.place.seat, self.place.trouble = played.id, "self", []

    def handle(self, message: Message) -> None:
        """Rate oneself; the desk's own verbs, from one's own seat."""
        self.place.verbs[message["type"]](message)
        if message["type"] == "rated" and not self.place.seat:
            self.roleplay = self.show = ""

    def view(self) -> View | None:
        """What is open; None when nothing is (any more)."""
        played = next((p for p in self.own() if p.id == self.roleplay), None)
        if played is None:
            return None
        if self.show == "debrief" and played.in_force:
            return debrief_views.debrief("", played, own_page=True)
        if self.show == "rate":
            return rating_views.rating("", played, "self", {}, trouble=self.place.still_owed(played), own_page=True)
        return roleplay_views.brief(played, "trainee", own_page=True)
