"""The file: how it is opened, and its faults in words. What is kept in it: tables.py."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

BUSY_SECONDS = 6
ERASED = "This is no longer kept here: it was erased."


class NotSaved(Exception):
    """What was to be kept is not on disk; the text says why, to a person who can wait or mend it."""


class Erased(NotSaved):
    """The person, or the run, is no longer kept: somebody erased them meanwhile."""


def open_file(path: Path) -> sa.Engine:
    """The SQLite file, made when it is not there yet, for this user only. Raises NotSaved."""
    with said("open"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(descriptor)
        path.chmod(0o600)
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS},
                              hide_parameters=True)   # faults go to the log: without names and answers
    sa.event.listen(engine, "connect", _set_up_connection)
    sa.event.listen(engine, "begin", _begin_now)
    return engine


def _begin_now(connection: sa.Connection) -> None:
    """Writers queue at once (and wait for the busy timeout); readers disturb nobody."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads_only") else "BEGIN IMMEDIATE")


def _set_up_connection(connection: Any, _record: Any) -> None:
    connection.isolation_level = None      # we begin transactions ourselves, see BEGIN IMMEDIATE
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


_REASONS = (
    ("locked", "the database is busy"),
    ("readonly", "the database may only be read"),
    ("Permission denied", "the database may only be read"),
    ("unable to open", "the database cannot be opened"),
    ("full", "the disk is full"),
    ("disk I/O", "the disk does not answer"),
    ("malformed", "the database is damaged"),
    ("not a database", "the database is damaged"),
)


@contextmanager
def said(verb: str) -> Iterator[None]:
    """Database faults as NotSaved, in words."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise Erased(ERASED) from error
    except (sa.exc.DBAPIError, sqlite3.Error, OSError, UnicodeError) as error:
        reason = next((words for sign, words in _REASONS if sign in str(error)), "the database does not answer")
        raise NotSaved(f"Could not {verb}: {reason}.") from error
