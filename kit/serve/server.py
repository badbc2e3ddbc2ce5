"""One server: standalone Voila on one notebook behind one door. The room and the desk are two of these."""

import asyncio
import atexit
import base64
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import psutil
import tornado.ioloop
from jinja2.utils import htmlsafe_json_dumps
from tornado.web import RequestHandler
from traitlets.config import Config
from voila.app import Voila
from voila.tornado.handler import TornadoVoilaHandler

from kit.serve import forked
from kit.serve.doors import PERSON_HEADER, InWords, Visitors, plain_page, told_path
from kit.serve.kernels import ALLOWED_MESSAGES, PERSON_VARIABLE, GoodBye, Kernels, KernelState, OwnKernels, Socket
from kit.serve.opening import Opening
from kit.serve.settings import MOST_MESSAGE, Settings, cookie_secret

TEMPLATES = Path(__file__).parent / "jupyter"
FRONT = Path(__file__).parent.parent / "ui"   # the folder with page.js and page.css
PAGE_TEMPLATES = TEMPLATES / "voila" / "templates" / "kit"
SHORT_TEMP = "/tmp" if os.path.isdir("/tmp") else None   # a socket's path may have some 100 characters; macOS' own folder uses up half
HEALTH_SECONDS = 5
TEND_SECONDS = 0.5   # between two looks at the kernels that wait
LOG = logging.getLogger("kit.serve")
PAGE_SECONDS = 120
STARTS_AT_ONCE = 2 * (os.cpu_count() or 2)
FAILED = ('<p id="failed" role="alert">Something went wrong while getting this page ready, and it is written in the log. '
          "Nothing you answered is lost: reload the page in a minute.</p></main></body></html>")
FIRST_STATE = "application/vnd.high-note.page+json"   # as in ui/widget.py
HEARTBEAT = "window.voila_heartbeat()"   # the script that Voila puts into a page that has to wait


class PageHandler(InWords, TornadoVoilaHandler):
    """The page itself, its words at once and the rest when the kernel is up.

    Upstream sends nothing until the kernel has started; goes on sending heartbeats for ever when a template fails;
    and never sets the `_xsrf` cookie, so that the good-bye of a closing page is refused (403) and every refresh
    leaves a kernel behind. Reading the token sets it. And it starts thirty kernels at once, so that the first of
    thirty is ready as late as the last.
    """

    turns = asyncio.Semaphore(STARTS_AT_ONCE)

    async def get(self, path: str | None = None) -> None:
        if path:
            return self.redirect(self.base_url)   # upstream looks for a file of that name
        if not self.kernel_manager.reserve(self.current_user.username):
            self.set_status(503)
            return self.finish(plain_page(self, "full.html"))
        _ = self.xsrf_token
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.set_header("Cache-Control", "no-store")
        self.write(plain_page(self, "head.html", **words_of(self.notebook_file), front=front()))
        await self.flush()
        try:
            async with self.turns:
                await asyncio.wait_for(self._page(), PAGE_SECONDS)
        except Exception:   # the page has been begun: what went wrong is said on it, whatever it was
            self.log.exception("a page could not be finished")
            self.write(FAILED)

    async def _page(self) -> None:
        """The rest of the page. A forked kernel has run the notebook's cell by itself and tells what it shows; upstream
        runs it by messages, and waits 0.2 s to be sure that nothing else comes.
        """
        if forked.nursery is None or not forked.nursery.can_serve:
            return await super().get()
        kernel_id = await self.kernel_manager.start_kernel(kernel_name=self.kernel_manager.default_kernel_name, path="", env={**os.environ, PERSON_VARIABLE: self.current_user.username})
        shows = getattr(self.kernel_manager.get_kernel(kernel_id).provisioner, "shows", {})
        if FIRST_STATE not in shows:
            await self.kernel_manager.shutdown_kernel(kernel_id, now=True)
            return await super().get()
        self.finish(plain_page(self, "rest.html", kernel={"baseUrl": self.base_url, "kernelId": kernel_id}, first=shows[FIRST_STATE]))

    @property
    def notebook_file(self) -> Path:
        return Path(self.settings["voila"].root_dir) / self.notebook_path


@cache
def words_of(notebook: Path) -> dict[str, str]:
    """The notebook's title and first sentence: the first two lines of its first cell."""
    cell = "".join(json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]["source"])
    title, *rest = [line.strip() for line in cell.splitlines() if line.strip()]
    return {"title": title.removeprefix("# "), "sentence": " ".join(rest)}


@cache
def front() -> str:
    """What draws the page's widget, as JSON for a script element: the same for everybody, so made once."""
    return htmlsafe_json_dumps({"esm": (FRONT / "page.js").read_text(encoding="utf-8"), "css": (FRONT / "page.css").read_text(encoding="utf-8")})


def cell_of(notebook: Path) -> str:
    """The code of the notebook."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


class Server(Voila):
    """Voila with our page, our door, and nothing else that can be asked for."""

    name = "voila"
    asked: Settings
    opening: Opening | None = None

    def init_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().init_settings()
        self.kernel_manager.allowed_message_types = ALLOWED_MESSAGES
        settings["log_function"] = log_request
        settings["compress_response"] = True   # in `tornado_settings` it comes too late to have an effect
        return settings

    def init_handlers(self) -> list[tuple[Any, ...]]:
        """Upstream also serves its static files, templates, labextensions, files beside the notebook, and more."""
        kernel = r"/api/kernels/(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
        page = next(h for h in super().init_handlers() if h[1] is TornadoVoilaHandler)
        self.app.listen = partial(self.app.listen, max_body_size=MOST_MESSAGE)   # upstream: 100 MB
        return [(kernel, KernelState), (kernel + "/channels", Socket), (r"/voila/api/shutdown/(?P<kernel_id>[\w-]+)", GoodBye),
                *self.identity_provider.get_handlers(), (page[0], PageHandler, page[2])]

    def listen(self) -> None:
        if forked.nursery is not None and self.asked.ready is not None:
            kernels = self.kernel_manager
            self.opening = Opening(forked.nursery, Path(self.connection_dir), Path(self.asked.data), most=self.asked.most_kernels,
                                   people=kernels.people, kernels=lambda: len(kernels))
            self.opening.open(self.asked.ready)
            tornado.ioloop.PeriodicCallback(self.opening.tend, TEND_SECONDS * 1000).start()
        tornado.ioloop.IOLoop.current().add_callback(self._tell_health)   # runs once the port is ours: "I am up"
        tornado.ioloop.PeriodicCallback(self._tell_health, HEALTH_SECONDS * 1000).start()
        super().listen()

    def _tell_health(self) -> None:
        """One line for whoever started this process; when nobody listens any more, the workshop is over."""
        health = {"kernels": len(self.kernel_manager), "people": self.kernel_manager.people(), "slowest": round(Socket.slowest_answer(), 2),
                  "waiting": len(forked.nursery.waiting) if forked.nursery else 0}
        try:
            print("health", json.dumps(health), flush=True)
        except BrokenPipeError:
            self.ioloop.stop()

    def random_ports(self, port: int, n: int) -> list[int]:
        """Upstream goes on to another port when this one is taken; the link has been told already."""
        return [port]


def log_request(handler: RequestHandler) -> None:
    """What was asked for and how it went, without the code that may stand in the address."""
    level = logging.INFO if handler.get_status() < 500 else logging.ERROR
    LOG.log(level, "%d %s %s %.0f ms", handler.get_status(), handler.request.method, told_path(handler.request.path), 1000 * handler.request.request_time())


def serve(settings: Settings, *, resumes: Callable[[str], str | None] | None = None, briefs: Callable[[str], str | None] | None = None) -> None:
    """Serve until this process is told to stop. `resumes`: resume code -> person; `briefs`: code -> a player's brief as a page."""
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(TEMPLATES), os.environ.get("JUPYTER_PATH")]))
    os.umask(0o077)
    if settings.verbose:
        logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        LOG.setLevel(logging.INFO)
    Server.asked = settings
    if settings.read_ahead:
        forked.raise_nursery(settings.read_ahead, cell_of(Path(settings.notebook)))
    config = configured(settings)
    config.Visitors.resumes, config.Visitors.briefs = resumes, briefs
    Server.launch_instance(argv=[], config=config)


def configured(settings: Settings) -> Config:
    """Voila's configuration."""
    config = Config()
    config.Voila.notebook_path = settings.notebook
    config.Voila.root_dir = str(Path(settings.notebook).parent)
    config.Voila.port, config.Voila.ip, config.Voila.open_browser = settings.port, settings.ip, False
    config.Voila.connection_dir_root = connection_root(settings)
    config.Voila.config_file_paths = []           # nobody's own voila.json changes the workshop
    config.Voila.log_level = level = logging.INFO if settings.verbose else logging.ERROR
    config.Voila.logging_config = {"loggers": {Server.__name__: {"level": level}}}   # upstream makes every debug line, and its handler drops it
    config.Voila.identity_provider_class, config.Voila.authorizer_class = Visitors, OwnKernels
    config.Voila.cookie_secret = cookie_secret(Path(settings.data), settings.name)
    config.Voila.tornado_settings = {"headers": headers(), "websocket_max_message_size": settings.most_message, "websocket_ping_interval": 30, "websocket_ping_timeout": 30}
    config.Visitors.code, config.Visitors.hosts = settings.code, list(settings.hosts)
    config.Visitors.cookie_name = f"high-note-{settings.name}"
    config.Visitors.cookie_options = {"samesite": "Lax"}
    voila = config.VoilaConfiguration
    voila.template, voila.allow_template_override, voila.allow_theme_override = "kit", "NO", "NO"
    voila.multi_kernel_manager_class = Kernels
    voila.http_header_envs = [PERSON_HEADER]
    voila.show_tracebacks, voila.preheat_kernel = False, False   # a waiting kernel would belong to nobody
    voila.http_keep_alive_timeout = 20
    for manager in ("Kernels", "NormalKernelManager"):           # Voila makes a subclass of ours under this name
        config[manager].most = settings.most_kernels
        config[manager].cull_idle_timeout, config[manager].cull_interval = settings.idle_seconds, min(60, settings.idle_seconds)
        config[manager].kernel_manager_class = "kit.serve.kernels.Kernel"
        config[manager].kernel_info_timeout = 20                 # upstream keeps what a page needed so long after it has gone (60 s)
        config[manager].buffer_offline_messages = False          # a page that comes back asks for its screen
    config.KernelRestarter.restart_limit, config.KernelRestarter.time_to_dead = 0, 1   # see Kernels._handle_kernel_died
    if os.name == "posix":
        config.KernelManager.transport = "ipc"                   # over TCP, kernels that start together race for ports
    config.VoilaExecutor.timeout = 60
    return config


def connection_root(settings: Settings) -> str:
    """A folder for the kernels' connection files that the next server of this name clears if this one is killed."""
    mine = f"hn-{hashlib.sha256(f'{settings.data} {settings.name}'.encode()).hexdigest()[:8]}-"
    for left in Path(SHORT_TEMP or tempfile.gettempdir()).glob(f"{mine}*"):
        pid = left.name.removeprefix(mine).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    root = tempfile.mkdtemp(prefix=f"{mine}{os.getpid()}-", dir=SHORT_TEMP)   # for this user only, under a name nobody can foresee
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return root


def headers() -> dict[str, str]:
    """Security headers: only our own script runs (known by its hash), and the page talks to nobody else."""
    host = (PAGE_TEMPLATES / "host.js").read_text(encoding="utf-8").removesuffix("\n")
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (host, HEARTBEAT))
    policy = (f"default-src 'none'; script-src {hashes} blob:; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
              "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
    return {"Content-Security-Policy": policy, "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "camera=(), microphone=(), geolocation=()"}
