"""A view as a page of its own: the same blocks as on screen, in one HTML file without scripts, to print or to keep."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

_HERE = Path(__file__).parent
_CSS = _HERE.parent / "ui" / "page.css"


def page(view: dict[str, Any]) -> str:
    """The view as HTML. Every text in it is escaped; what needs a server (questions, buttons) is left out."""
    return _template().render(view=view, css=_CSS.read_text(encoding="utf-8"))


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_HERE)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template("page.html.j2")
