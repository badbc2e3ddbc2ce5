"""A visitor's kernel and the server that starts it, as processes: light, and stopped when told."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from conftest import Room
from jupyter_client import KernelManager

from kit.serve.server import TEMPLATES

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
