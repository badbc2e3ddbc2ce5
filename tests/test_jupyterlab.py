"""The same notebook plays in JupyterLab, where authors work."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import SIZES

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """A JupyterLab on a copy of the notebook, with settings and data of its own."""
    shutil.copy(ROOT / "notebooks" / "trainee.ipynb", tmp_path)
    env = {**os.environ, "KIT_DATA": str(tmp_path / "data"), "JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
           "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces")}
    log = (tmp_path / "lab.log").open("w+")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--port=8950", f"--ServerApp.root_dir={tmp_path}", "--IdentityProvider.token="]
    process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    found = None
    while not found and time.monotonic() < deadline:
        assert process.poll() is None, (tmp_path / "lab.log").read_text()
        found = re.search(r"(http://(?:localhost|127\.0\.0\.1):\d+/)lab", (tmp_path / "lab.log").read_text())
        time.sleep(0.3)
    assert found, (tmp_path / "lab.log").read_text()
    yield found[1]
    process.terminate()
    process.wait(30)


def test_the_notebook_plays_in_jupyterlab(chromium: Any, lab: str) -> None:
    context = chromium.new_context(viewport=SIZES["desktop"])
    page = context.new_page()
    page.goto(f"{lab}lab/tree/trainee.ipynb")
    code = page.locator(".jp-CodeCell .cm-content").first
    code.wait_for(timeout=90_000)
    page.get_by_text("| Idle").wait_for(timeout=90_000)   # what is run before the kernel is there is run nowhere
    code.click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(".hn-screen[data-screen=welcome]", timeout=60_000)
    page.get_by_label("What should we call you?").fill("Author")
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("button", name="Play: The new desk").click()
    page.locator(".hn-ask .hn-option").first.click()
    page.get_by_role("button", name="Choose this").click()
    page.wait_for_selector(".hn-screen[data-screen=feedback] .hn-chips", timeout=20_000)
    context.close()
