"""What tests share: a data folder of their own, the shipped library, a served room, a browser; and honesty at the end."""

import logging
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(Path(__file__).parent))
os.environ["KIT_DATA"] = tempfile.mkdtemp(prefix="high-note-tests-")
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
    """A served room: a real `kit serve` process with a data folder of its own, which can be killed and started again."""

    data: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    log: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        command = [sys.executable, "-m", "kit", "serve", "--port", str(self.port or 8900), "--no-open"]
        out = (self.data / "serve.log").open("a")
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "KIT_DATA": str(self.data)}, stdout=out, stderr=out, text=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = re.findall(r"Open\s+http://[^:]+:(\d+)/", self.read_log())
            if found and self._answers(int(found[-1])):
                self.port = int(found[-1])
                return
            assert self.process.poll() is None, f"kit serve ended: {self.read_log()}"
            time.sleep(0.2)
        raise AssertionError(f"kit serve did not come up: {self.read_log()}")

    def _answers(self, port: int) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/voila/static/none", timeout=2)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def read_log(self) -> str:
        return (self.data / "serve.log").read_text()

    def stop(self, *, kill: bool = False) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(30)


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
