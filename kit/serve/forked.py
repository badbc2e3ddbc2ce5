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
from pathlib import Path
from secrets import token_hex
from typing import Any

from jupyter_client.connect import KernelConnectionInfo, write_connection_file
from jupyter_client.provisioning import LocalProvisioner

LOG = logging.getLogger("kit.serve")
BOUND_SECONDS = 20      # within which a fork has to be a kernel, and within which it has to have run its cell
MOST_SHOWN = 1 << 24    # bytes
RESTART_SECONDS = 5     # between two tries to have a fork server


class Forked:
    """A kernel's process that is no child of ours, with what a provisioner asks of subprocess.Popen."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, hears: asyncio.StreamReader, says: asyncio.StreamWriter) -> None:
        self.pid, self.hears, self.says = pid, hears, says
        self.shows: dict[str, Any] = {}   # what the page's cell showed in it, by mime type
        self.returncode: int | None = None
        self.handle = os.pidfd_open(pid)   # names this very process, even when its number is used again
        self.waits_at: KernelConnectionInfo | None = None   # where its sockets are, if it was forked before anybody came
        self.file = ""                                      # and the file that says so

    def poll(self) -> int | None:
        """None while it runs; how it ended is not ours to know, so 1 afterwards."""
        if self.returncode is None and select.select([self.handle], [], [], 0)[0]:
            self._has_ended()
        return self.returncode

    def _has_ended(self) -> None:
        self.returncode = 1
        os.close(self.handle)

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

    async def serve(self, env: dict[str, str], cwd: str) -> bool:
        """Be somebody's: run the page's cell for them. False when it ended over it. Raises TimeoutError; either way it is gone then."""
        try:
            async with asyncio.timeout(BOUND_SECONDS):
                self.says.write(json.dumps({"env": env, "cwd": cwd}).encode() + b"\n")
                self.shows = json.loads(await self.hears.readline())
                return True
        except (TimeoutError, asyncio.CancelledError):
            self.end()
            raise
        except (ValueError, OSError) as error:
            LOG.warning("a fork did not become a page's kernel: %s", error)
            self.end()
            return False
        finally:
            self.says.close()

    def end(self) -> None:
        """It is nobody's: its process ends, and so does all that it held here."""
        self.says.close()
        if self.poll() is None:
            self.kill()
            self._has_ended()   # it cannot refuse
        if self.file:
            forget(self.file)


def forget(file: str) -> None:
    """Remove a waiting kernel's connection file and its sockets."""
    remove(Path(file).parent, Path(file).stem)


def remove(folder: Path, *beginnings: str) -> None:
    """The files whose names begin like this. (Not by `glob`, which keeps every pattern it has ever seen.)"""
    for path in list(folder.iterdir()):
        if path.name.startswith(beginnings):
            path.unlink(missing_ok=True)


class Nursery:
    """The server's end of the fork server: starts it, asks it for kernels, and replaces it when it is dead."""

    def __init__(self, read_ahead: str, cell: str) -> None:
        self.read_ahead, self.cell = read_ahead, cell
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.is_ready = False
        self.started_at = 0.0
        self.waiting: list[Forked] = []   # kernels that nobody has yet, oldest first
        self.busy = 0                     # pages that are being given a kernel
        self.asked_at = 0.0               # when the last one was

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
        """End the fork server. Its forks go on, those that wait too."""
        self.is_ready = False
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @property
    def can_serve(self) -> bool:
        """Whether a page can be given a fork: one that waits, or a new one."""
        return bool(self.waiting) or self.is_there()

    async def kernel(self, connection_file: str, env: dict[str, str], cwd: str) -> Forked | None:
        """A kernel that has run the page's cell; None when there is none to be had: then start one the ordinary way."""
        self.busy += 1
        self.asked_at = time.monotonic()
        try:
            return await self._waiting_for(env, cwd) or await self._new_for(connection_file, env, cwd)
        finally:
            self.busy -= 1
            self.asked_at = time.monotonic()

    async def _waiting_for(self, env: dict[str, str], cwd: str) -> Forked | None:
        while self.waiting:
            child = self.waiting.pop(0)
            try:
                if child.poll() is None and await child.serve(env, cwd):
                    return child
            except TimeoutError:
                LOG.warning("a kernel that waited does not answer")
            child.end()
        return None

    async def _new_for(self, connection_file: str, env: dict[str, str], cwd: str) -> Forked | None:
        try:
            child = await self._fork(connection_file)
            return child if child and await child.serve(env, cwd) else None
        except TimeoutError:
            LOG.warning("the fork server takes too long; it is given up, and a new one started")
            self.stop()
            return None

    async def have_one_wait(self, folder: Path) -> bool:
        """One more kernel that waits, its files in the folder; False when that failed."""
        file = str(folder / f"waits-{token_hex(4)}.json")
        _, where = write_connection_file(file, ip=file.removesuffix(".json"), transport="ipc", key=token_hex(16).encode())
        try:
            child = await self._fork(file)
        except TimeoutError:
            LOG.warning("the fork server takes too long; it is given up, and a new one started")
            self.stop()
            child = None
        if child is None:
            forget(file)
            return False
        child.file, child.waits_at = file, {**where, "key": str(where["key"]).encode()}
        self.waiting.append(child)
        return True

    def drop_ended(self) -> None:
        """Forget those that waited and have ended: killed, or out of memory."""
        for child in [child for child in self.waiting if child.poll() is not None]:
            self.waiting.remove(child)
            child.end()

    async def _fork(self, connection_file: str) -> Forked | None:
        """A kernel whose sockets are bound, and who has not heard for whom; None when there is no fork server, or it failed.

        Raises TimeoutError.
        """
        if not self.is_there():
            return None
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self.control, [connection_file.encode()], [theirs.fileno()])
        except OSError as error:
            LOG.warning("the fork server does not answer: %s", error)
            self.is_ready = False
            ours.close()
            return None
        finally:
            theirs.close()
        return await _bound(ours)

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


async def _bound(line: socket.socket) -> Forked | None:
    """The child at the other end: it tells its number, and that its sockets are bound. None when it ended before. Raises TimeoutError."""
    hears, says = await asyncio.open_connection(sock=line, limit=MOST_SHOWN)
    child: Forked | None = None
    try:
        async with asyncio.timeout(BOUND_SECONDS):
            child = Forked(int(await hears.readline()), hears, says)
            if await hears.readline() != b"bound\n":
                raise ValueError("it ended")
            return child
    except (TimeoutError, asyncio.CancelledError, ValueError, OSError) as error:
        says.close()
        if child is not None:
            child.end()
        if isinstance(error, TimeoutError | asyncio.CancelledError):
            raise
        LOG.warning("a fork did not become a kernel: %s", error)
        return None


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
        """Where the kernel is: for one that waited, upstream takes this for what it has written itself (`_reconcile_connection_info`)."""
        child = await nursery.kernel(cmd[cmd.index("-f") + 1], kwargs["env"], kwargs.get("cwd") or os.getcwd()) if nursery else None
        if child is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid, self.shows = child, child.pid, child.pid, child.shows
        if child.waits_at is not None:
            Path(child.file).unlink(missing_ok=True)   # upstream writes one of the kernel's name
            self.connection_info = child.waits_at
        return self.connection_info
