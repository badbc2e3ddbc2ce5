"""The fork server: one warm process in which everything is imported and the content is read; each kernel is a fork of it.

Linux only. It has one thread and no ZeroMQ context (both checked, or it gives up, and kernels start the ordinary way), and never a
database connection. Its server asks for a kernel by one message on a socket, with one end of a line to the child in it. On that line the
child tells its number, hears who it is for (at once, or when somebody comes), and shows the page's first view.
docs/fork-server.md explains it with a drawing.
"""

import gc
import importlib
import json
import os
import re
import select
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from kit.serve import kernel   # first: it keeps the debugger out

import comm  # noqa: E402
import ipywidgets  # noqa: E402
import zmq  # noqa: E402

MOST_MESSAGE = 1 << 12   # bytes of a request: a path


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    read_ahead = importlib.import_module(sys.argv[2])
    cell = sys.argv[3]
    server = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl-C is the server's business
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)     # children are nobody's to wait for
    read_ahead.read_ahead()
    modules, patterns = _rehearse(cell)
    for name in modules:
        _bring(name)
    for pattern, flags in patterns:
        re.compile(pattern, flags)
    gc.collect()
    gc.freeze()                                       # what is there now is shared, and the collector leaves it alone
    if why := not_alone():
        sys.exit(f"the fork server gives up: {why}")
    control.send(b"ready")
    while request := _next(control):
        read_ahead.read_ahead()
        _fork(*request, server, control, cell)


def not_alone() -> str:
    """What makes forking unsafe, in words; "" when nothing does."""
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        return f"it has {threads} threads"
    return "it has a ZeroMQ context" if zmq.Context._instance is not None else ""


# --- what to have at hand: learned from a real child ---------------------------------------------------------------

def _rehearse(cell: str) -> tuple[list[str], list[tuple[str, int]]]:
    """The modules and patterns of a child that has been a kernel and has run the page's cell once, and is gone again."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with tempfile.TemporaryDirectory() as folder:
                app = _kernel_app(str(Path(folder) / "kernel.json"), transport="ipc", ip=f"{folder}/k")
                app.shell.run_cell(cell)
            with os.fdopen(writes, "w") as tells:
                json.dump((sorted(name for name, module in sys.modules.items() if module), _compiled()), tells)
        finally:
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as told:
        text = told.read()
    return json.loads(text) if text else ([], [])


def _compiled() -> list[tuple[str, int]]:
    """The patterns that `re` has compiled and keeps (in a place that it does not promise), with their flags: 8 ms of every page."""
    return [(pattern, flags) for _, pattern, flags in getattr(re, "_cache", ()) if isinstance(pattern, str)]


def _bring(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:   # a module that only a running kernel can import stays away, whatever it says
        print(f"not brought ahead: {name}: {error}", file=sys.stderr)


# --- a fork ----------------------------------------------------------------------------------------------------------

def _next(control: socket.socket) -> tuple[str, int] | None:
    """The connection file of the next kernel, and the line to it; None when the server is gone."""
    try:
        message, lines, _, _ = socket.recv_fds(control, MOST_MESSAGE, 1)
    except ConnectionResetError:
        return None
    return (message.decode(), lines[0]) if message else None


def _fork(connection_file: str, line: int, server: int, control: socket.socket, cell: str) -> None:
    try:
        is_parent = os.fork() > 0
    except OSError as error:   # no memory for another process: this page is told so by its line's end, the next may have luck
        print(f"no fork: {error}", file=sys.stderr, flush=True)
        is_parent = True
    if is_parent:
        os.close(line)
        return
    try:
        control.close()
        _be_a_kernel(connection_file, socket.socket(fileno=line), server, cell)
        os._exit(0)
    except BaseException as error:
        print(f"a forked kernel failed: {error!r}", file=sys.stderr, flush=True)
        os._exit(1)


def _be_a_kernel(connection_file: str, line: socket.socket, server: int, cell: str) -> None:
    """Tells its number when its sockets are bound; once it hears who comes, what the page's cell shows. Serves from then on."""
    gc.disable()                                      # its start leaves little behind
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    with line, line.makefile("rw", encoding="utf-8") as talk:
        print(os.getpid(), file=talk, flush=True)
        app = _kernel_app(connection_file)
        print("bound", file=talk, flush=True)
        if not (heard := talk.readline()):
            return   # it is not needed
        visitor = json.loads(heard)
        os.environ.clear()
        os.environ.update(visitor["env"])
        os.chdir(visitor["cwd"])
        print(json.dumps(_shown_by(app, cell)), file=talk, flush=True)
    gc.enable()
    app.start()


class ForkedKernel(kernel.VisitorsKernel):
    """One that is told by whoever makes it, and has no command line to read: 5 ms of every page."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        pass


def _kernel_app(connection_file: str, **told: str) -> ForkedKernel:
    app = ForkedKernel.instance(config=kernel.settings(), connection_file=connection_file, **told)
    app.initialize()
    ipywidgets.register_comm_target()   # imported before there was a kernel, it has not done so itself
    assert comm.get_comm_manager() is not None
    return app


def _shown_by(app: ForkedKernel, cell: str) -> dict[str, Any]:
    """What the cell shows, by mime type; nothing when it failed (the log says why)."""
    ran = app.shell.run_cell(cell, store_history=False)
    if not ran.success:
        app.shell.showtraceback((type(ran.error_in_exec), ran.error_in_exec, ran.error_in_exec.__traceback__) if ran.error_in_exec else None)
        return {}
    return app.shell.display_formatter.format(ran.result)[0]


def _end_with(server: int) -> None:
    """A kernel whose server is gone ends; nobody else would end it."""
    try:
        watched = os.pidfd_open(server)
    except ProcessLookupError:
        os._exit(1)
    select.select([watched], [], [])
    os._exit(1)


if __name__ == "__main__":
    main()
