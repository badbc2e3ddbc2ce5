"""Places at the desk that only show: how to join, the run sheet, the content and its problems."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.library import load
from kit.ui import desk_views
from kit.ui.views import View

Message = dict[str, Any]


@dataclass
class Join:
    """The page for the projector."""

    room_name: str
    facts: dict[str, Any]

    def view(self) -> View:
        return desk_views.join(self.room_name, self.facts)

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        return {}


@dataclass
class RunSheet:
    """Which scenario when."""

    room_name: str
    folder: Path
    minutes: int = 60

    def view(self) -> View:
        return desk_views.run_sheet(self.room_name, load(self.folder).ready, self.minutes)

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        return {"sheet": self._sheet}

    def _sheet(self, message: Message) -> None:
        if message.get("minutes") in desk_views.SHEETS:
            self.minutes = message["minutes"]


@dataclass
class Content:
    """The scenarios and what is wrong with them."""

    room_name: str
    folder: Path

    def view(self) -> View:
        library = load(self.folder)
        return desk_views.content(self.room_name, library.scenarios, [(f.path, f.line, f.col, f.code, f.says, f.cure) for f in library.findings])

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        return {}
