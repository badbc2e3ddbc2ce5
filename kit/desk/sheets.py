"""Places at the desk that only show: how to join, the run sheet, the content and its problems."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.content.finding import Finding
from kit.library import NoPlaybook, current, load
from kit.play.form import kept_for_forms
from kit.play.pairs import pairs
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
        library = current(self.folder)
        kept = kept_for_forms(library.playbook)   # nobody can play these in practice
        open_ = tuple(scenario for scenario in library.ready if scenario.id not in kept)
        return desk_views.run_sheet(self.room_name, open_, self.minutes, pairs(library.ready, library.playbook))

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
        try:
            library = load(self.folder)
        except NoPlaybook as none:
            return desk_views.content(self.room_name, (), _rows(none.findings))
        return desk_views.content(self.room_name, library.scenarios, _rows(library.findings))

    @property
    def verbs(self) -> dict[str, Callable[[Message], None]]:
        return {}


def _rows(findings: tuple[Finding, ...]) -> list[tuple[str, int, int, str, str, str]]:
    return [(f.path, f.line, f.col, f.code, f.says, f.cure) for f in findings]
