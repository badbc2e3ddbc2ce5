"""What tests share: a data folder of their own, the shipped library, a served room, a browser; and honesty at the end."""

import atexit
import contextlib
import logging
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(Path(__file__).parent))
os.environ["KIT_DATA"] = tempfile.mkdtemp(prefix="high-note-tests-")
atexit.register(shutil.rmtree, os.environ["KIT_DATA"], ignore_errors=True)
os.environ["KIT_SCENARIOS"] = str(ROOT / "scenarios")
os.environ.pop("HTTP_X_KIT_PERSON", None)

import bring_browser  # noqa: E402

from kit.library import Library, load  # noqa: E402

BROWSER = bring_browser.find()
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if BROWSER is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="no browser here, and none could be installed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line: what was not run, and why."""
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    line = "; ".join(f"{count} ({reason})" for reason, count in reasons.items())
    terminalreporter.write_line(f"NOT RUN: {line}" if line else "Not run: nothing, every test was run.")


@pytest.fixture(autouse=True)
def nothing_swallowed(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """ipywidgets and Voila log the exceptions that they swallow: any such log fails the test."""
    yield
    if request.node.get_closest_marker("expects_errors"):
        return
    logged = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR and r.exc_info]
    assert not logged, f"exceptions were logged: {[r.getMessage() for r in logged]}"


@pytest.fixture(scope="session")
def library() -> Library:
    return load(ROOT / "scenarios")


@dataclass
class Room:
    """A served workshop: a real `kit serve` process with a data folder of its own, which can be killed and started again."""

    data: Path
    options: tuple[str, ...] = ()
    port: int = 0
    code: str = ""
    desk_url: str = ""
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def url(self) -> str:
        """The link that people open."""
        return f"{self.address}join/{self.code}"

    def start(self) -> None:
        told = self.data / "serve.log"
        told.unlink(missing_ok=True)
        command = [sys.executable, "-m", "kit", "serve", "--port", str(self.port or random.randrange(20_000, 30_000)), "--here-only", "--verbose", *self.options]
        with told.open("w") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "KIT_DATA": str(self.data)}, stdout=out, stderr=out, text=True)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            found = re.search(r"Join\s+http://[^:]+:(\d+)/join/(\w+)[\s\S]*?Desk\s+(http://\S+)", self.read_log())
            if found:
                self.port, self.code, self.desk_url = int(found[1]), found[2], found[3].replace("localhost", "127.0.0.1")
                return
            assert self.process.poll() is None, f"kit serve ended: {self.read_log()}"
            time.sleep(0.2)
        self.stop(kill=True)
        raise AssertionError(f"kit serve did not come up: {self.read_log()}")

    def processes(self, name: str) -> list[psutil.Process]:
        """The workshop's processes whose command line has the name."""
        try:
            children = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [p for p in children if p.is_running() and any(name in word for word in _command_of(p))]

    def kernels(self) -> list[psutil.Process]:
        """Those that are a Python of their own, and the forks of a fork server, which lead a session of their own."""
        forks = [p for p in self.processes("kit.serve.nursery") if _leads_a_session(p)]
        return [*self.processes("kit.serve.kernel"), *forks]

    def read_log(self) -> str:
        return (self.data / "serve.log").read_text()

    def connections(self) -> list[Path]:
        """The folders in which the servers keep the connection files and sockets of their kernels."""
        return [Path(folder) for folder in re.findall(r"Storing connection files in (\S+)\.$", self.read_log(), re.M)]

    def stop(self, *, kill: bool = False) -> None:
        """Stop as Ctrl-C does, or kill everything at once, as when the machine dies."""
        if not self.process or self.process.poll() is not None:
            return
        doomed = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        if kill:
            for process in doomed:
                process.kill()
        else:
            self.process.terminate()
        self.process.wait(40)
        psutil.wait_procs(doomed, timeout=20)


class Wire:
    """A cable between browser and room that can be pulled out: a TCP relay on this computer."""

    def __init__(self, to_port: int) -> None:
        self.to_port, self.pulled = to_port, False
        self.ends: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.pulled:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.to_port))
            self.ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(source, sink), daemon=True).start()

    @staticmethod
    def _relay(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def pull_out(self) -> None:
        self.pulled = True
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends = []

    def plug_in(self) -> None:
        self.pulled = False

    def close(self) -> None:
        self.pull_out()
        self.listener.close()


def _leads_a_session(process: psutil.Process) -> bool:
    with contextlib.suppress(OSError):
        return os.getsid(process.pid) == process.pid
    return False


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    served = Room(tmp_path_factory.mktemp("room"))
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        yield browser
        browser.close()
