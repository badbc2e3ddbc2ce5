"""Kernels: each belongs to the person it was started for, there are only so many, and little may be sent to them."""

import asyncio
import json
import re
import time
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from jupyter_core.utils import ensure_async
from jupyter_events import EventLogger
from jupyter_server.auth import User
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado.web import HTTPError, authenticated
from traitlets import Integer, default
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from kit.serve.doors import InWords
from kit.serve.forked import remove

PERSON_VARIABLE = "HTTP_X_KIT_PERSON"
ALLOWED_MESSAGES = ["comm_msg"]   # upstream also allows shutdown_request and comm_open
MOST_LINES = 6                    # websockets to one kernel; a page has one, and a lost one may linger
PER_PERSON = 2                    # pages that one person may have open
START_SECONDS = 150               # after which a page whose kernel never came gives its place back
GAVE_WAY = 4001                   # why a line ends, for host.js: the person has opened further pages
TOLD_TO_PAGES = {"comm_msg", "status"}   # what a page needs to hear; a kernel's error texts stay here


class Kernel(ServerKernelManager):
    """The server's side of one kernel. Upstream makes an event logger for each, which nobody hears and which stays for ever."""

    @default("event_logger")
    def _default_event_logger(self) -> EventLogger:
        return _events()


@cache
def _events() -> EventLogger:
    return ServerKernelManager().event_logger


class Kernels(AsyncMappingKernelManager):
    """Knows whose each kernel is. Upstream starts as many as are asked for, and whoever knows an id may use it."""

    most = Integer(40, config=True, help="How many kernels may run at once.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.owner: dict[str, str] = {}                     # kernel id -> person, oldest first
        self.turn: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()   # person -> lock, as long as somebody holds it
        self.reserved: list[tuple[str, float]] = []         # (person, when): pages begun whose kernel is not there yet

    def people(self) -> int:
        """How many people have a kernel now."""
        return len({person for kernel_id, person in self.owner.items() if kernel_id in self})

    def reserve(self, person: str) -> bool:
        """A place for one more page of this person's, if there is one: pages that are asked for at once count at once."""
        now = time.monotonic()
        self.owner = {k: p for k, p in self.owner.items() if k in self}
        self.reserved = [(p, at) for p, at in self.reserved if now - at < START_SECONDS]
        coming = sum(p == person for p, _ in self.reserved)
        gives_way = person in self.owner.values()
        if coming >= PER_PERSON or (len(self.owner) + len(self.reserved) >= self.most and not gives_way):
            return False
        self.reserved.append((person, now))
        return True

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        person = (kwargs.get("env") or {}).get(PERSON_VARIABLE, "")
        try:
            async with self.turn.setdefault(person, asyncio.Lock()):   # one's pages one after the other: each sees those before it
                for kernel_id in self._giving_way(person):
                    Socket.end_lines(kernel_id, GAVE_WAY)
                    await ensure_async(self.shutdown_kernel(kernel_id, now=True))
                started: str = await super().start_kernel(**kwargs)
                self.owner[started] = person
                return started
        finally:
            self._arrived(person)

    async def shutdown_kernel(self, kernel_id: str, now: bool = False, restart: bool = False) -> None:  # type: ignore[override]
        """Upstream leaves open the lines of a kernel that is shut down (its page waits for ever), and leaves the sockets and
        the connection file of one that was killed.
        """
        Socket.end_lines(kernel_id)
        ip = Path(self.get_kernel(kernel_id).ip).name   # over ipc, what its sockets' names begin with
        await ensure_async(super().shutdown_kernel(kernel_id, now=now, restart=restart))
        if not restart:
            remove(Path(self.connection_dir), f"kernel-{kernel_id}", f"{ip}-")

    def _handle_kernel_died(self, kernel_id: str) -> None:
        """Upstream forgets the kernel and leaves what it held; here it is shut down, and its page comes back to a new one.
        (Upstream would first restart it five times: an empty kernel, which knows nothing of the page.)
        """
        self.log.warning("a kernel died")
        self.dying = asyncio.ensure_future(self.shutdown_kernel(kernel_id, now=True))

    def _giving_way(self, person: str) -> list[str]:
        """The person's oldest kernels: those beyond what they may have, and one more when the room is over-full."""
        theirs = [k for k, p in self.owner.items() if p == person and k in self]
        too_many = len(self.owner) + len(self.reserved) > self.most
        leaving = theirs[: max(len(theirs) + 1 - PER_PERSON, int(too_many))]
        for kernel_id in leaving:
            del self.owner[kernel_id]
        return leaving

    def _arrived(self, person: str) -> None:
        place = next((n for n, (p, _) in enumerate(self.reserved) if p == person), None)
        if place is not None:
            del self.reserved[place]


class OwnKernels(Authorizer):
    """A person may use the kernels that were started for them. Upstream lets everybody use every kernel."""

    def is_authorized(self, handler: JupyterHandler, user: User, action: str, resource: str) -> bool:
        kernel_id = handler.path_kwargs.get("kernel_id") or (handler.path_args or [None])[0]
        owner: dict[str, str] = handler.settings["kernel_manager"].owner
        return resource == "kernels" and owner.get(kernel_id or "") == user.username


class KernelState(KernelHandler):
    """Says whether one's own kernel lives, so that a page that lost it can come back. Upstream also deletes here."""

    SUPPORTED_METHODS = ("GET", "HEAD")


class GoodBye(InWords, JupyterHandler):
    """A page that is left takes its kernel with it. Upstream shuts down any kernel for anybody who knows its id."""

    @authenticated
    async def post(self, kernel_id: str) -> None:
        if not self.settings["authorizer"].is_authorized(self, self.current_user, "execute", "kernels"):
            raise HTTPError(403)
        if kernel_id in self.kernel_manager:
            await ensure_async(self.kernel_manager.shutdown_kernel(kernel_id, now=True))
        self.set_status(204)
        self.finish()


class Socket(InWords, VoilaKernelWebsocketHandler):
    """The page's line to its kernel. Upstream lets small messages wait for company (Nagle), some 40 ms a click; here
    they leave at once. Remembers how long the slowest answer of late took, for the health line.
    """

    slowest: list[tuple[float, float]] = []   # (when, seconds), shared by all pages of the process
    lines: dict[str, set["Socket"]] = defaultdict(set)   # kernel id -> open websockets

    async def pre_get(self) -> None:
        if len(self.lines.get(self.kernel_id, ())) >= MOST_LINES:
            raise HTTPError(429)
        await super().pre_get()

    async def open(self, kernel_id: str) -> None:  # type: ignore[override]
        if self.connection is None:   # the page has gone while its line was made ready; upstream fails
            return
        self.lines[kernel_id].add(self)
        self.set_nodelay(True)
        await super().open(kernel_id)

    def on_close(self) -> None:
        theirs = self.lines.get(self.kernel_id, set())
        theirs.discard(self)
        if not theirs:
            self.lines.pop(self.kernel_id, None)
        super().on_close()

    @classmethod
    def end_lines(cls, kernel_id: str, code: int | None = None) -> None:
        """Close all lines to a kernel; their pages look whether it is still there, and come back."""
        for line in list(cls.lines.get(kernel_id, ())):
            line.close(code)

    def select_subprotocol(self, subprotocols: list[str]) -> None:
        """None: JSON texts only. Upstream's binary protocol trusts the lengths that a message claims."""

    def on_message(self, ws_message: Any) -> Any:
        """A message that is none of our page's goes no further, and bytes end the line; without a word in the log."""
        if not isinstance(ws_message, str):
            return self.close()
        if not is_ours(ws_message):
            return None
        self.asked_at = time.monotonic()
        return super().on_message(ws_message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        told = json.loads(message) if isinstance(message, str) else message if isinstance(message, dict) else {}
        kind = told.get("header", {}).get("msg_type") if isinstance(told, dict) else None
        if kind not in TOLD_TO_PAGES:
            return None
        asked = getattr(self, "asked_at", None)
        if asked is not None and kind == "comm_msg":
            self.slowest.append((time.monotonic(), time.monotonic() - asked))
            self.asked_at = None
        return super().write_message(message, binary)

    @classmethod
    def slowest_answer(cls, seconds: float = 60) -> float:
        """The slowest answer of the last so many seconds; 0 when there was none."""
        now = time.monotonic()
        cls.slowest[:] = [(at, took) for at, took in cls.slowest if now - at < seconds]
        return max((took for _, took in cls.slowest), default=0.0)


def is_ours(message: str) -> bool:
    """Whether this is a message as our page sends it: a custom message or a request for the state, to a widget."""
    try:
        said = json.loads(message)
        json.dumps(said, ensure_ascii=False).encode()   # fails on half a character, as upstream would
        header, content = said["header"], said["content"]
        data = content["data"]
        shaped = (set(said) == {"channel", "header", "parent_header", "metadata", "content"} and said["channel"] == "shell"
                  and header["msg_type"] == "comm_msg" and isinstance(header["msg_id"], str)
                  and re.fullmatch("[0-9a-f]{32}", content["comm_id"]) is not None)
        return shaped and (data == {"method": "request_state"} or (data["method"] == "custom" and isinstance(data["content"], dict)))
    except (ValueError, TypeError, KeyError, RecursionError):
        return False
