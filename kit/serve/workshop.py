"""A workshop: the room and the desk, two processes of their own, started together, watched, and stopped together."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

from kit.serve.settings import Settings
from kit.words import count

SETTINGS_VARIABLE = "KIT_SERVER"
START_SECONDS = 90


class DidNotStart(Exception):
    """A server ended, or did not answer, before it was up; its log says why."""


@dataclass
class Process:
    """One server's process, and what it last told of its health."""

    settings: Settings
    child: subprocess.Popen[str]
    health: dict[str, Any] = field(default_factory=dict)

    def listen(self) -> None:
        for line in self.child.stdout or ():
            if line.startswith("health "):
                self.health = json.loads(line.removeprefix("health "))

    @property
    def memory(self) -> int:
        """Bytes that the server and its kernels use, shared pages counted once per process."""
        try:
            parent = psutil.Process(self.child.pid)
            return sum(p.memory_info().rss for p in [parent, *parent.children(recursive=True)])
        except psutil.Error:
            return 0


@contextmanager
def running(*servers: Settings) -> Iterator[list[Process]]:
    """The servers, listening; stopped on leaving, with all their kernels. Raises DidNotStart."""
    processes = [_start(settings) for settings in servers]
    try:
        for process in processes:
            _wait_for(process)
        yield processes
    finally:
        for process in processes:
            process.child.terminate()
        for process in processes:
            _stop(process)


def _start(settings: Settings) -> Process:
    env = {**os.environ, SETTINGS_VARIABLE: settings.as_json()}
    child = subprocess.Popen([sys.executable, "-m", "kit", "serve-one"], env=env, text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, start_new_session=True)
    process = Process(settings, child)
    threading.Thread(target=process.listen, daemon=True).start()
    return process


def _wait_for(process: Process) -> None:
    """Until it has told its health once: then it listens."""
    deadline = time.monotonic() + START_SECONDS
    while not process.health:
        if process.child.poll() is not None:
            raise DidNotStart(f"The {process.settings.name} ended while starting; its last words stand above.")
        if time.monotonic() > deadline:
            raise DidNotStart(f"The {process.settings.name} was not up within {START_SECONDS} seconds.")
        time.sleep(0.05)


def _stop(process: Process) -> None:
    try:
        process.child.wait(15)
    except subprocess.TimeoutExpired:
        process.child.kill()
        process.child.wait()


def health_line(processes: list[Process]) -> str:
    """People, kernels (and those that wait for somebody), memory, slowest answer of the last minute."""
    room = processes[0].health
    memory = sum(process.memory for process in processes) / 1e6
    slowest = f"{room['slowest']:.2f} s" if room.get("slowest") else "-"
    waiting = f" and {room['waiting']} waiting" if room.get("waiting") else ""
    return f"{count(room.get('people', 0), 'person')} · {count(room.get('kernels', 0), 'kernel')}{waiting} · {memory:.0f} MB · slowest answer {slowest}"
