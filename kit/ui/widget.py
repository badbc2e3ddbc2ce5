"""The one widget: a view goes out to the browser, messages come back. Nothing that decides is a trait.

Whatever the browser sets on the widget is ignored; it can only send messages, and what they ask for is
checked by whoever handles them.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

_HERE = Path(__file__).parent
_LOG = logging.getLogger("kit")
FIRST_STATE = "application/vnd.high-note.page+json"
BROKE = "Something went wrong here, and it is written in the log. Nothing you answered is lost: reload the page to go on."


class Page(anywidget.AnyWidget):
    """Draws the view. `handle(message)` returns the next view, or None to leave the screen as it is."""

    _esm = (_HERE / "page.js").read_text(encoding="utf-8")
    _css = (_HERE / "page.css").read_text(encoding="utf-8")
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, view: dict[str, Any], handle: Callable[["Page", dict[str, Any]], dict[str, Any] | None]) -> None:
        super().__init__(view=view)
        self._handle = handle
        self.on_msg(self._received)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """What a notebook shows, and beside it the first state, so that our own page, which has module and style, can draw it at once."""
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        return {**shown[0], FIRST_STATE: {"model_id": self.model_id, "view": self.view}}, shown[1]

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Ignored: the browser is not trusted to change what it is shown."""

    def _received(self, _widget: object, content: Any, _buffers: object) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("type"), str):
            return
        try:
            view = self._handle(self, content)
        except Exception:
            _LOG.exception("a message of type %.20r failed", content.get("type"))
            self.send({"type": "trouble", "text": BROKE})
            return
        if view is not None:
            self.view = view
        self.send({"type": "done"})   # so that the page may let its buttons go again, also when nothing changed
