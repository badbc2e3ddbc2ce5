"""What is compared: stock Voila, a static page and our room, each a process of its own; and what a process tree uses.

Times no visits: page.py and join.py do.
"""

import os
import platform
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from conftest import ARGUMENTS, ROOT, Room  # noqa: E402

PERSON_HEADER = "X-Kit-Person"   # tells stock Voila, which has no door, who comes
PARTS = ("high-note", "voila", "anywidget", "ipykernel", "jupyter-server", "jupyter-client", "tornado")
FILES = ("import runpy, socketserver; socketserver.TCPServer.request_queue_size = 128; "   # with its queue of 5, a crowd waits a second
         "runpy.run_module('http.server', run_name='__main__')")
ONLY_HERE = [*ARGUMENTS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]   # a slow CDN must not decide (to stock Voila's favour)


@dataclass(frozen=True)
class Served:
    """A page that can be opened, and the process that serves it."""

    url: str
    pid: int


# --- the peers --------------------------------------------------------------------------------------------------

@contextmanager
def our_room(folder: Path, *options: str) -> Iterator[Served]:
    """`kit serve` with these options, its data in the folder."""
    room = Room(folder, options)
    try:
        room.start()
        assert room.process
        with nothing_left_of(room.process.pid):
            yield Served(room.url, room.process.pid)
            room.stop()
    finally:
        room.stop(kill=True)


@contextmanager
def stock_voila(folder: Path, notebook: Path, *, pool: int = 0) -> Iterator[Served]:
    """Voila as it comes, with its own template, on a notebook; with so many kernels waiting."""
    port = free_port()
    command = ["-m", "voila", str(notebook), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", f"--VoilaConfiguration.http_header_envs={PERSON_HEADER}"]
    with process([*command, "--preheat_kernel=True", f"--pool_size={pool}"] if pool else command, folder) as pid:
        wait_for(f"http://127.0.0.1:{port}/voila/static/voila.js")
        yield Served(f"http://127.0.0.1:{port}/", pid)


@contextmanager
def static_page(folder: Path, html: str) -> Iterator[Served]:
    """The text as a file, and Python's own file server."""
    (folder / "index.html").write_text(html, encoding="utf-8")
    port = free_port()
    with process(["-c", FILES, str(port), "--bind=127.0.0.1", f"--directory={folder}"], folder) as pid:
        wait_for(f"http://127.0.0.1:{port}/")
        yield Served(f"http://127.0.0.1:{port}/", pid)


def saved_page(folder: Path) -> str:
    """Our page as a newcomer gets it, whole, with its first view in it."""
    with our_room(folder) as room:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        return str(opener.open(room.url, timeout=90).read().decode())


@contextmanager
def process(words: list[str], folder: Path, *, python: str = sys.executable, **more: str) -> Iterator[int]:
    """A Python that runs in the folder, with these variables in its environment, until the end of the block."""
    env = {**os.environ, "KIT_DATA": str(folder), "KIT_SCENARIOS": str(ROOT / "scenarios"), **more}
    server = subprocess.Popen([python, *words], cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with nothing_left_of(server.pid):
        yield server.pid
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            print("(a server did not end when told to, and was killed)", file=sys.stderr)


@contextmanager
def nothing_left_of(pid: int) -> Iterator[None]:
    """Whatever happens meanwhile, afterwards the process and all that it started are gone."""
    server = psutil.Process(pid)
    started = {server}
    try:
        yield
    finally:
        started |= set(tree(pid))
        for process in started:
            if process.is_running():
                process.kill()
        psutil.wait_procs(started, timeout=20)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


# --- what they use ----------------------------------------------------------------------------------------------

def tree(pid: int) -> list[psutil.Process]:
    """The process and all its children, as far as they are there."""
    try:
        server = psutil.Process(pid)
        return [server, *server.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pid: int) -> float:
    """User and system time of the whole tree so far, with that of children that have ended (on Linux)."""
    return sum(_of(process, lambda p: sum(p.cpu_times()[:4])) for process in tree(pid))


def kernel_megabytes(pid: int) -> float:
    """Memory of all but the servers, shared pages shared out (PSS); without the shared ones (USS) where there is no PSS."""
    def used(process: psutil.Process) -> float:
        return 0 if " ".join(process.cmdline()[1:4]) == "-m kit serve-one" else _megabytes(process)   # room and desk
    return sum(_of(process, used) for process in tree(pid)[1:])


def all_megabytes(pid: int) -> float:
    """Memory of the whole tree, counted in the same way."""
    return sum(_of(process, _megabytes) for process in tree(pid))


def _megabytes(process: psutil.Process) -> float:
    full = process.memory_full_info()
    return float(getattr(full, "pss", full.uss)) / 1e6


def _of(process: psutil.Process, look: Any) -> float:
    try:
        return float(look(process))
    except psutil.NoSuchProcess:   # ended while we looked
        return 0


def settle(pid: int, *, seconds: float = 60) -> None:
    """Wait until the tree is quiet: a second with next to no work."""
    deadline, before = time.monotonic() + seconds, cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(1)
        now = cpu_seconds(pid)
        if now - before < 0.15:
            return
        before = now


def machine(**more: Any) -> dict[str, Any]:
    """Where and when this was measured."""
    return {"cores": os.cpu_count(), "GB": round(psutil.virtual_memory().total / 1e9), "system": platform.platform(), "Python": platform.python_version(),
            **{part: version(part) for part in PARTS}, "load at start": " ".join(f"{load:.1f}" for load in psutil.getloadavg()), **more}


def told(facts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())
