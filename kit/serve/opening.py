"""The room opened ahead: so many kernels wait before the doors open, and thirty people come in at once without starting any.

`kit serve --ready N` asks for it, and the desk does. The two servers are two processes: what the desk wants, and how many wait, are two
small files in the data folder.
"""

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from kit.serve.forked import Nursery

LOG = logging.getLogger("kit.serve")
QUIET_SECONDS = 2           # without a newcomer, before kernels are made ready again: whoever comes is served first
OPEN_SECONDS = 5 * 60       # after the last newcomer the room is full, and those that still wait are given back
LEAST_FREE = 512 << 20      # bytes of memory that must be left; below it nothing waits
ASKED, TOLD = "room-ready.json", "room-waiting.json"


class Opening:
    """How many kernels wait, and how many should."""

    def __init__(self, nursery: Nursery, folder: Path, data: Path, *, most: int, people: Callable[[], int], kernels: Callable[[], int]) -> None:
        self.nursery, self.folder, self.data, self.most, self.people, self.kernels = nursery, folder, data, most, people, kernels
        self.wanted = 0
        self.asked: object = None       # what the desk's file says, as last read
        self.most_people = 0            # the most that have been in at once
        self.came_at: float | None = None   # when the last newcomer came since the room was opened
        self.is_untold = False          # whether the file for the desk could not be written

    def open(self, places: int) -> None:
        """Have kernels wait until so many places, taken or waiting, are there; 0 gives those back that wait."""
        self.wanted, self.came_at, self.most_people = min(places, self.most), None, self.people()

    async def tend(self) -> None:
        """Bring what waits to what should; called again and again, one call after the other."""
        self._hear()
        self._see_newcomers()
        self.nursery.drop_ended()
        target = self.target()
        while len(self.nursery.waiting) > target and (self.is_quiet() or not self.wanted):   # those who come at this moment take them
            self.nursery.waiting.pop().end()
        while len(self.nursery.waiting) < target and self.is_quiet() and await self.nursery.have_one_wait(self.folder):
            target = self.target()
        self._tell()

    def target(self) -> int:
        """How many should wait now: the places wanted, without those that are taken."""
        if self.came_at is not None and time.monotonic() - self.came_at > OPEN_SECONDS:
            LOG.info("everybody is in: the kernels that still wait are given back")
            self.open(0)
        if self.wanted and psutil.virtual_memory().available < LEAST_FREE:
            if self.nursery.waiting:   # said once
                LOG.warning("memory is short: no kernel waits")
            return 0
        return max(0, self.wanted - self.kernels())

    def is_quiet(self) -> bool:
        return self.nursery.busy == 0 and time.monotonic() - self.nursery.asked_at > QUIET_SECONDS

    def _see_newcomers(self) -> None:
        if self.people() > self.most_people:
            self.most_people, self.came_at = self.people(), time.monotonic()

    def _hear(self) -> None:
        asked = _read(self.data / ASKED)
        if asked and asked != self.asked:
            self.asked = asked
            self.open(int(asked["places"]))

    def _tell(self) -> None:
        now = {"waiting": len(self.nursery.waiting), "wanted": self.wanted}
        if now == _read(self.data / TOLD):
            return
        try:
            _write(self.data / TOLD, now)
            self.is_untold = False
        except OSError as error:   # a full disk, say: the kernels wait all the same
            if not self.is_untold:
                LOG.warning("how many kernels wait cannot be told to the desk: %s", error)
            self.is_untold = True


def ask(data: Path, places: int) -> None:
    """Ask the room's server to have so many places ready. Raises OSError when the data folder cannot be written to."""
    _write(data / ASKED, {"places": places, "at": time.time()})


def told(data: Path) -> tuple[int, int] | None:
    """(how many kernels wait, how many places are wanted) in the room; None when it has none that could wait."""
    now = _read(data / TOLD)
    return (int(now["waiting"]), int(now["wanted"])) if now else None


def clear(data: Path) -> None:
    """What an earlier room asked for and told is over."""
    for name in (ASKED, TOLD):
        (data / name).unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _write(path: Path, what: dict[str, Any]) -> None:
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        new.write_text(json.dumps(what), encoding="utf-8")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
