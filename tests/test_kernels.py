"""A visitor's kernel and the server that starts it, as processes: light, and stopped when told."""

import asyncio
import json
import os
import re
import signal
import socket
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path

import psutil
import pytest
from conftest import Room
from crowd import Line
from jupyter_client import KernelManager

from kit.serve.network import free_port
from kit.serve.server import TEMPLATES
from kit.serve.settings import Settings
from kit.serve.workshop import running

ASK = """
import sys
shell = get_ipython()
print("debugpy" in sys.modules and sys.modules["debugpy"] is not None, shell.history_manager.enabled, shell.InteractiveTB.mode)
"""


def test_a_kernel_has_no_debugger_no_history_file_and_short_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(TEMPLATES))
    manager = KernelManager(kernel_name="python3")
    assert manager.kernel_spec.argv[1:3] == ["-m", "kit.serve.kernel"]
    manager.start_kernel()
    client = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(60)
        told: list[str] = []
        client.execute_interactive(ASK, timeout=60, output_hook=lambda message: told.append(message["content"].get("text", "")))
        assert "".join(told).split() == ["False", "False", "Minimal"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_workshop_that_a_script_started_in_the_background_stops_when_told(tmp_path: Path) -> None:
    """There, Ctrl-C is ignored from the start; being told to stop is not."""
    room = Room(tmp_path)
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)   # inherited by what is started now
    try:
        room.start()
    finally:
        signal.signal(signal.SIGINT, kept)
    everything = [room.process.pid, *(p.pid for p in room.processes("serve-one"))]
    room.process.terminate()
    assert room.process.wait(20) == 0
    deadline = time.monotonic() + 20
    while any(psutil.pid_exists(pid) for pid in everything) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(psutil.pid_exists(pid) for pid in everything)
    assert "What was answered is kept" in room.read_log()


@pytest.mark.parametrize("cell", ["raise RuntimeError('SECRET words of the notebook')", "import os; os._exit(3)  # SECRET words of the notebook"], ids=["raises", "dies"])
def test_a_notebook_that_fails_says_so_on_its_page_and_stops_nobody_else(tmp_path: Path, cell: str) -> None:
    notebook = tmp_path / "trainee.ipynb"
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# High Note\n", "\n", "A sentence."]},
             {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": None, "outputs": [], "source": [cell]}]
    notebook.write_text(json.dumps({"cells": cells, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}, "nbformat": 4, "nbformat_minor": 5}))
    port = free_port("127.0.0.1", 32_000)
    room = Settings("room", str(notebook), str(tmp_path), "127.0.0.1", port, ("127.0.0.1",), "ABCD2345", 4)
    with running(room) as [process]:
        for _ in range(2):   # the first failure does not keep the second visitor out
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            page = browser.open(f"http://127.0.0.1:{port}/join/ABCD2345", timeout=100).read().decode()
            assert 'id="failed"' in page and "Something went wrong while getting this page ready" in page and page.rstrip().endswith("</html>")
            assert "SECRET" not in page and "Traceback" not in page
        assert process.child.poll() is None


def test_pages_that_go_while_their_line_is_made_ready_leave_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.start()
    try:
        jar = CookieJar()
        page = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open(room.url, timeout=60).read().decode()
        kernel = re.search(r'"kernelId": "([\w-]{36})"', page)[1]
        path, here = f"/api/kernels/{kernel}/channels?session_id=one", f"127.0.0.1:{room.port}"
        cookies = {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)}
        asked = {"Host": here, "Origin": f"http://{here}", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "c2ltdWxhdGVkLXBlb3BsZQ=="}
        for _ in range(12):   # twice as many as a kernel may have lines
            with socket.create_connection(("127.0.0.1", room.port)) as line:
                line.sendall("\r\n".join([f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**asked, **cookies}.items()), "", ""]).encode())
        time.sleep(1)
        with ThreadPoolExecutor(1) as own:   # a browser in the same test session keeps this thread's event loop
            own.submit(asyncio.run, Line.open(("127.0.0.1", room.port), path, headers=cookies)).result()
        assert "Traceback" not in room.read_log()
    finally:
        room.stop()
