"""Kernels as forks of one warm process (nursery.py), where there is one; started the ordinary way everywhere else.

A provisioner of jupyter_client, named in our kernel's spec. Upstream starts a Python and imports everything for each kernel.
"""

import asyncio
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

LOG = logging.getLogger("kit.serve")
BOUND_SECONDS = 20      # within which a fork has to be a kernel that has run its cell
MOST_SHOWN = 1 << 24    # bytes
RESTART_SECONDS = 5     # between two tries to have a fork server


class Forked:
    """A kernel's process that is no child of ours, with what a provisioner asks of subprocess.Popen."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.shows: dict[str, Any] = {}   # what the page's cell showed in it, by mime type
        self.returncode: int | None = None
        self.handle = os.pidfd_open(pid)   # names this very process, even when its number is used again

    def poll(self) -> int | None:
        """None while it runs; how it ended is not ours to know, so 1 afterwards."""
        if self.returncode is None and select.select([self.handle], [], [], 0)[0]:
            self.returncode = 1
            os.close(self.handle)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None and not select.select([self.handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("a forked kernel", timeout or 0)
        return self.poll() or 1

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self.handle, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The server's end of the fork server: starts it, asks it for kernels, and replaces it when it is dead."""

    def __init__(self, read_ahead: str, cell: str) -> None:
        self.read_ahead, self.cell = read_ahead, cell
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.is_ready = False
        self.started_at = 0.0

    def start(self) -> None:
        """Begin to start the fork server; it says itself when it is ready."""
        self.stop()
        self.started_at = time.monotonic()
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.setblocking(False)   # a fork server that hangs must not hang this one
        command = [sys.executable, "-m", "kit.serve.nursery", str(theirs.fileno()), self.read_ahead, self.cell]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()

    def stop(self) -> None:
        self.is_ready = False
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def fork(self, connection_file: str, env: dict[str, str], cwd: str) -> Forked | None:
        """A kernel whose sockets are bound; None when there is no fork server, or it failed: then start one the ordinary way."""
        if not self.is_there():
            return None
        reads, writes = os.pipe()
        try:
            socket.send_fds(self.control, [json.dumps({"connection_file": connection_file, "env": env, "cwd": cwd}).encode()], [writes])
        except OSError as error:
            LOG.warning("the fork server does not answer: %s", error)
            self.is_ready = False
            os.close(reads)
            return None
        finally:
            os.close(writes)
        try:
            return await _reported(reads)
        except TimeoutError:
            LOG.warning("the fork server takes too long; it is given up, and a new one started")
            self.stop()
            return None

    def is_there(self) -> bool:
        """Whether it is ready; one that has ended is replaced, meanwhile kernels start the ordinary way."""
        if self.process is None or self.process.poll() is not None:
            self.is_ready = False
            if self.process is not None and time.monotonic() - self.started_at > RESTART_SECONDS:
                LOG.warning("the fork server has ended; a new one is started")
                self.start()
            return False
        if not self.is_ready and select.select([self.control], [], [], 0)[0]:
            self.is_ready = self.control.recv(16) == b"ready"
        return self.is_ready


async def _reported(pipe: int) -> Forked | None:
    """What the child says on its pipe: its number, and then (its sockets are bound by now) what the page's cell shows.

    None when it ended before. Raises TimeoutError.
    """
    reader = asyncio.StreamReader(limit=MOST_SHOWN)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb"))
    child: Forked | None = None
    try:
        async with asyncio.timeout(BOUND_SECONDS):
            child = Forked(int(await reader.readline()))
            child.shows = json.loads(await reader.readline())
            return child
    except (TimeoutError, asyncio.CancelledError):   # nobody waits for it any more
        if child is not None:
            child.kill()
        raise
    except (ValueError, OSError) as error:
        LOG.warning("a fork did not become a kernel: %s", error)
        if child is not None:
            child.kill()
        return None
    finally:
        transport.close()


nursery: Nursery | None = None   # the server's, when it has one


def raise_nursery(read_ahead: str, cell: str) -> None:
    """Have a fork server, where the system can (Linux); said in the log."""
    global nursery
    if not hasattr(os, "pidfd_open") or not hasattr(socket, "send_fds") or not os.path.isdir("/proc/self/task"):
        LOG.info("no fork server here: each kernel starts a Python of its own")
        return
    nursery = Nursery(read_ahead, cell)
    nursery.start()


class ForkProvisioner(LocalProvisioner):
    """A fork where there is a fork server that answers, else a process of its own as upstream does."""

    shows: dict[str, Any] = {}   # what the page's cell showed, where that is known already

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        child = await nursery.fork(cmd[cmd.index("-f") + 1], kwargs["env"], kwargs.get("cwd") or os.getcwd()) if nursery else None
        if child is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid, self.shows = child, child.pid, child.pid, child.shows
        return self.connection_info
