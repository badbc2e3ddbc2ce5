"""The wiring: one function per notebook. Here store, content, screens and the widget meet."""

import logging
import os
from collections.abc import Callable
from logging.handlers import RotatingFileHandler

from kit import places
from kit.desk.desk import Desk
from kit.library import NoPlaybook, current
from kit.room.trainee import ALONE, Trainee
from kit.store.store import NotSaved, Store
from kit.ui import views
from kit.ui.widget import Page

PERSON_VARIABLE = "HTTP_X_KIT_PERSON"   # who opened the page: set by the door of the room, see serve/doors.py
_LOG = logging.getLogger("kit")


def trainee() -> Page:
    """The trainee notebook's page: whoever opened it, where they left off."""
    person = os.environ.get(PERSON_VARIABLE) or ALONE
    return _page(lambda: Trainee(person, current(places.scenarios_folder()), Store(places.data_folder())))


def read_ahead() -> None:
    """Read the content before there is a page: a kernel that is forked from this process finds it read, and the scenarios' lengths counted."""
    try:
        for scenario in current(places.scenarios_folder()).ready:
            _ = scenario.minutes
    except (NoPlaybook, OSError):   # each page says it, and why
        _LOG.warning("the content cannot be read ahead")


def desk() -> Page:
    """The desk notebook's page: the workshop as its facilitator sees it."""
    return _page(lambda: Desk(places.scenarios_folder(), Store(places.data_folder()), places.room_facts()))


def _keep_a_log() -> None:
    """Faults go to a file beside the store: what a kernel prints would go to the browser."""
    if not _LOG.handlers:
        handler = RotatingFileHandler(places.data_folder() / "high-note.log", maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _LOG.addHandler(handler)


def _page(sit_down: Callable[[], Trainee | Desk]) -> Page:
    """The page of somebody who sits down, or one that says why they cannot."""
    try:
        _keep_a_log()
        table = sit_down()
        return Page(table.first_view(), table.handle)
    except NoPlaybook as none:
        _LOG.error("the playbook cannot be used:\n%s", none)
        words = "The playbook cannot be read. Whoever runs this workshop can see why with `kit check`."
    except OSError as error:
        words = f"The data folder cannot be used: {error.strerror}. Nothing can be kept like this, so nothing is shown."
    except NotSaved as error:
        _LOG.exception("the store cannot be opened")
        words = f"{error} Nothing can be kept like this, so nothing is shown. Reload the page to try again."
    return Page(views.trouble_view(words), lambda _page, _message: None)
