"""The room: standalone Voila that serves the trainee notebook and nothing else.

Small subclasses of Voila and Jupyter Server; each says what upstream does and why that is not enough.
"""

import hashlib
import logging
import os
import secrets
import socket
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

from jupyter_server.auth import User
from tornado.web import RequestHandler
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler
from voila.voila_identity_provider import VoilaIdentityProvider

TEMPLATES = Path(__file__).parent / "jupyter"
PERSON_HEADER = "X-Kit-Person"
IDLE_SECONDS = 20 * 60


class Visitors(VoilaIdentityProvider):
    """Everybody who opens the page is somebody: a random id in a signed cookie that scripts cannot read.

    Upstream gives anonymous users such a cookie, named after host and port, for 30 days, and does not tell
    the kernel who came. Here the name is fixed, and a digest of the id (never the id) goes to the kernel as
    a request header that the browser cannot set: whatever it sends under that name is overwritten.
    """

    async def _get_user(self, handler: RequestHandler) -> User | None:
        handler.request.headers.pop(PERSON_HEADER, None)
        user = await super()._get_user(handler)
        if user is not None:
            handler.request.headers[PERSON_HEADER] = hashlib.sha256(user.username.encode()).hexdigest()[:32]
        return user

    def generate_anonymous_user(self, handler: RequestHandler) -> User:
        """Upstream invents a telling name and a colour; an id is all that is needed."""
        name = uuid.UUID(bytes=secrets.token_bytes(16)).hex
        return User(username=name, name=name, display_name="trainee", initials=None, avatar_url=None, color=None)


class PageHandler(TornadoVoilaHandler):
    """The page itself.

    Upstream never sets the `_xsrf` cookie, so the good-bye that a closing page sends is refused (403) and
    every refresh leaves a kernel behind. Reading the token sets the cookie.
    """

    async def get(self, path: str | None = None) -> None:
        _ = self.xsrf_token
        await super().get(path)


class Room(Voila):
    """Voila on one notebook, with our page handler in the place of its own."""

    name = "voila"

    def init_handlers(self) -> list[tuple[Any, ...]]:
        handlers = super().init_handlers()
        return [(h[0], PageHandler, *h[2:]) if h[1] is TornadoVoilaHandler else h for h in handlers]


def serve_room(*, notebook: Path, data: Path, port: int, ip: str, open_browser: bool, verbose: bool) -> None:
    """Serve until Ctrl-C. `data` keeps the cookie's secret, so that people are known again after a restart."""
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(TEMPLATES), os.environ.get("JUPYTER_PATH")]))
    Room.launch_instance(argv=[], config=settings(notebook=notebook, data=data, port=port, ip=ip, open_browser=open_browser, verbose=verbose))


def settings(*, notebook: Path, data: Path, port: int, ip: str, open_browser: bool, verbose: bool = False) -> Config:
    """Voila's configuration for the room."""
    config = Config()
    config.Voila.notebook_path = str(notebook)
    config.Voila.root_dir = str(notebook.parent)
    config.Voila.port = port
    config.Voila.ip = ip
    config.Voila.open_browser = open_browser
    config.Voila.identity_provider_class = Visitors
    config.Voila.cookie_secret = cookie_secret(data)
    config.Voila.config_file_paths = []           # nobody's own voila.json changes the workshop
    config.Voila.log_level = logging.INFO if verbose else logging.ERROR
    config.Visitors.cookie_name = "high-note"
    config.Visitors.cookie_options = {"samesite": "Lax"}
    config.VoilaConfiguration.template = "kit"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = ["^$"]          # no file is served beside the page
    config.VoilaConfiguration.http_header_envs = [PERSON_HEADER]
    config.VoilaConfiguration.show_tracebacks = False
    config.VoilaConfiguration.preheat_kernel = False           # a waiting kernel would belong to nobody
    if os.name == "posix":
        config.KernelManager.transport = "ipc"                 # over TCP, kernels that start together race for ports
    config.MappingKernelManager.cull_idle_timeout = IDLE_SECONDS
    config.MappingKernelManager.cull_interval = 60
    config.VoilaExecutor.timeout = 60
    return config


def cookie_secret(data: Path) -> bytes:
    """The secret that signs the cookies: made once, kept in the data folder, for this user only."""
    path = data / "cookie-secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()


def free_port(ip: str, port: int) -> int:
    """The port, or the first free one of the fifty after it (or any, if none of them is)."""
    for candidate in [*range(port, port + 50), 0]:
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ip, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return port


def address(ip: str, port: int) -> str:
    return f"http://{'localhost' if ip in ('127.0.0.1', 'localhost') else ip}:{port}/"

