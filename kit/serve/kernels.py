"""Kernels: each belongs to the person it was started for, there are only so many, and little may be sent to them."""

import time
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth import User
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError, authenticated
from traitlets import Integer
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

PERSON_VARIABLE = "HTTP_X_KIT_PERSON"
ALLOWED_MESSAGES = ["comm_msg"]   # upstream also allows shutdown_request and comm_open
MOST_MESSAGE = 64 * 1024          # bytes; upstream takes 10 MB
PER_PERSON = 2                    # pages that one person may have open


class Kernels(AsyncMappingKernelManager):
    """Knows whose each kernel is. Upstream starts as many as are asked for, and whoever knows an id may use it."""

    most = Integer(40, config=True, help="How many kernels may run at once.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.owner: dict[str, str] = {}

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        person = (kwargs.get("env") or {}).get(PERSON_VARIABLE, "")
        await self._make_room(person)
        kernel_id: str = await super().start_kernel(**kwargs)
        self.owner[kernel_id] = person
        return kernel_id

    def has_room_for(self, person: str) -> bool:
        """Whether the person may have one more page: there is room, or an older one of theirs gives way."""
        self.owner = {k: p for k, p in self.owner.items() if k in self}
        return len(self.owner) < self.most or self.owner_count(person) >= PER_PERSON

    def owner_count(self, person: str) -> int:
        return sum(p == person for p in self.owner.values())

    async def _make_room(self, person: str) -> None:
        """The person's oldest page gives way to a third one; a full room lets nobody in."""
        theirs = [k for k, p in self.owner.items() if p == person and k in self]
        for kernel_id in theirs[: max(0, len(theirs) - PER_PERSON + 1)]:
            del self.owner[kernel_id]
            await ensure_async(self.shutdown_kernel(kernel_id, now=True))
        if not self.has_room_for(person):
            raise HTTPError(503, "The room is full.")


class OwnKernels(Authorizer):
    """A person may use the kernels that were started for them. Upstream lets everybody use every kernel."""

    def is_authorized(self, handler: JupyterHandler, user: User, action: str, resource: str) -> bool:
        kernel_id = handler.path_kwargs.get("kernel_id") or (handler.path_args or [None])[0]
        owner: dict[str, str] = handler.settings["kernel_manager"].owner
        return resource == "kernels" and owner.get(kernel_id or "") == user.username


class KernelState(KernelHandler):
    """Says whether one's own kernel lives, so that a page that lost it can come back. Upstream also deletes here."""

    SUPPORTED_METHODS = ("GET", "HEAD")


class GoodBye(JupyterHandler):
    """A page that is left takes its kernel with it. Upstream shuts down any kernel for anybody who knows its id."""

    @authenticated
    async def post(self, kernel_id: str) -> None:
        if not self.settings["authorizer"].is_authorized(self, self.current_user, "execute", "kernels"):
            raise HTTPError(403)
        if kernel_id in self.kernel_manager:
            await ensure_async(self.kernel_manager.shutdown_kernel(kernel_id, now=True))
        self.set_status(204)
        self.finish()


class Socket(VoilaKernelWebsocketHandler):
    """The page's line to its kernel. Upstream lets small messages wait for company (Nagle), some 40 ms a click; here
    they leave at once. Remembers how long the slowest answer of late took, for the health line.
    """

    slowest: list[tuple[float, float]] = []   # (when, seconds), shared by all pages of the process

    async def open(self, kernel_id: str) -> None:  # type: ignore[override]
        self.set_nodelay(True)
        await super().open(kernel_id)

    def on_message(self, ws_message: Any) -> None:
        self.asked_at = time.monotonic()
        super().on_message(ws_message)

    def write_message(self, message: Any, binary: bool = False) -> Any:
        asked = getattr(self, "asked_at", None)
        if asked is not None and (b'"comm_msg"' in message if isinstance(message, bytes) else "comm_msg" in str(message)[:400]):
            self.slowest.append((time.monotonic(), time.monotonic() - asked))
            self.asked_at = None
        return super().write_message(message, binary)

    @classmethod
    def slowest_answer(cls, seconds: float = 60) -> float:
        """The slowest answer of the last so many seconds; 0 when there was none."""
        now = time.monotonic()
        cls.slowest[:] = [(at, took) for at, took in cls.slowest if now - at < seconds]
        return max((took for _, took in cls.slowest), default=0.0)
