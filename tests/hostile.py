"""A hostile visitor: plain HTTP and a plain websocket, no browser and no manners. Knows the ways in, judges nothing."""

import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import psutil
import websocket

HOST = "127.0.0.1"
PERSON_HEADER = "X-Kit-Person"
PATIENCE = 25   # seconds; a shared machine may be slow. Shorter than the pings of a server are apart, which keep a line from being quiet
GONE = (ConnectionError, http.client.HTTPException, websocket.WebSocketException, OSError)


def elsewhere(number: int) -> str:
    """Another address from which this machine may come; only Linux has more than one."""
    return f"127.0.0.{60 + number}" if sys.platform == "linux" else HOST


def until(happens: Callable[[], Any], seconds: float) -> bool:
    """Whether it happens within so many seconds; looks at least once."""
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def all_at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each deed gave, done at the same time."""
    with ThreadPoolExecutor(len(deeds)) as pool:
        return [done.result() for done in [pool.submit(deed) for deed in deeds]]


@dataclass
class Site:
    """A server under attack: stock Voila, or our room."""

    port: int
    process: int                        # the server's process id
    log: Path
    beside: dict[str, bytes]            # path from the notebook's folder -> words in it that nobody may read
    scratch: Path                       # where a kernel that can be made to run code leaves its trace
    most_kernels: int                   # our room takes no more, and stock Voila is held against that
    key: tuple[str, ...]                # words that give the best answers away
    database: Path = Path()
    door: str = ""                      # where a code is tried, with {} for the code; nothing for a server without one
    code: str = ""
    page: str = "/"                     # the trainee notebook
    plain: str = ""                     # a page of plain ipywidgets, where there is one
    by_header: bool = False             # whether a header is all there is to tell people apart
    desk: int = 0                       # the port of the desk, where there is one
    started: int = 0                    # how much stood in the log before anybody came
    people: dict[str, "Visitor"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{HOST}:{self.port}"

    def person(self, name: str) -> "Visitor":
        """Somebody who has come in, the same one each time."""
        if name not in self.people:
            self.people[name] = self.newcomer(name)
        return self.people[name]

    def newcomer(self, name: str = "") -> "Visitor":
        visitor = Visitor(self, name)
        visitor.come_in()
        return visitor

    def kernels(self) -> set[str]:
        """The ids of the kernels that run, as the machine sees them."""
        return set(self._kernel_processes())

    def process_of(self, kernel: str) -> int | None:
        return self._kernel_processes().get(kernel)

    def _kernel_processes(self) -> dict[str, int]:
        """Kernel id -> process: by the command line of a kernel that is a Python of its own, by the sockets of one that is a fork."""
        found = {}
        for process in psutil.Process(self.process).children(recursive=True):
            with suppress(psutil.Error):
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                bound = [c.laddr for c in process.net_connections(kind="unix") if isinstance(c.laddr, str)]
                for named in re.finditer(r"kernel-([0-9a-f]{8}-[0-9a-f-]{27})", " ".join([*process.cmdline(), *bound])):
                    found[named[1]] = process.pid
        return found

    def said(self) -> str:
        """What the server has written in its log since it was up."""
        return self.log.read_bytes()[self.started:].decode("utf-8", "replace")


class Answer(NamedTuple):
    """What came back; status 0 when the server hung up."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Page(NamedTuple):
    """An opened page: its kernel, its widget, and what came when it was asked for."""

    kernel: str
    model: str
    answer: Answer


@dataclass
class Visitor:
    """Somebody with a cookie jar."""

    site: Site
    name: str = ""
    address: str = HOST
    cookies: dict[str, str] = field(default_factory=dict)
    opened: dict[str, Page] = field(default_factory=dict)
    served_by: dict[str, int | None] = field(default_factory=dict)   # kernel -> its process when its page was opened
    run: str = ""

    # --- HTTP -----------------------------------------------------------------------------------------

    def ask(self, path: str, *, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None, port: int = 0,
            wait: float = PATIENCE) -> Answer:
        """One request as it stands: nothing is tidied, no redirect followed."""
        connection = http.client.HTTPConnection(HOST, port or self.site.port, timeout=wait, source_address=(self.address, 0))
        with closing(connection):
            try:
                connection.request(method, path, body, self._headers(headers or {}))
                response = connection.getresponse()
                set_cookies = tuple(response.headers.get_all("Set-Cookie") or ())
                answer = Answer(response.status, dict(response.getheaders()), response.read(), set_cookies)
            except GONE:
                return Answer(0, {}, b"")
        for cookie in set_cookies:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer

    def _headers(self, further: Mapping[str, str]) -> dict[str, str]:
        """On stock Voila a header tells people apart, as a proxy in front of it would set it."""
        who = {PERSON_HEADER: self.name} if self.site.by_header else {}
        jar = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        return {**who, **jar, **further}

    def post(self, path: str, *, method: str = "POST", port: int = 0, **fields: str) -> Answer:
        """A form, with the token against forged forms: whoever sends it himself can make one up."""
        self.cookies.setdefault("_xsrf", secrets.token_hex(16))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-XSRFToken": self.cookies["_xsrf"]}
        return self.ask(path, method=method, body=urlencode(fields).encode(), headers=headers, port=port)

    def come_in(self) -> Answer:
        return self.ask(self.site.door.format(self.site.code)) if self.site.code else Answer(200, {}, b"")

    def page(self, path: str = "") -> Page:
        """The page at the path, opened when it is not open any more. (Upstream starts a kernel again that has ended, an empty one by the same name.)"""
        path = path or self.site.page
        kernel = self.opened[path].kernel if path in self.opened else ""
        process = self.site.process_of(kernel)
        if process is None or process != self.served_by.get(kernel, process):
            self.opened[path] = read_page(self.ask(path))
            self.served_by[self.opened[path].kernel] = self.site.process_of(self.opened[path].kernel)
        return self.opened[path]

    def good_bye(self) -> None:
        """Takes one's own kernels along."""
        for page in self.opened.values():
            self.post(f"/voila/api/shutdown/{page.kernel}")
        self.opened.clear()

    # --- the websocket --------------------------------------------------------------------------------

    def line(self, page: Page | None = None, *, origin: str = "", protocol: str = "") -> "Line":
        """A line to a page's kernel, one's own or somebody else's. Raises one of GONE when it is refused."""
        page = page or self.page()
        headers = [f"{name}: {value}" for name, value in self._headers({}).items() if name != "Cookie"]
        opened = websocket.create_connection(
            f"ws://{self.site.name}/api/kernels/{page.kernel}/channels?session_id={secrets.token_hex(16)}", header=headers,
            cookie="; ".join(f"{name}={value}" for name, value in self.cookies.items()), origin=origin or f"http://{self.site.name}",
            subprotocols=[protocol] if protocol else None, timeout=PATIENCE, skip_utf8_validation=True)
        return Line(opened, page)

    def plays(self, scenario: str) -> "Line":
        """A line to one's page, at the first scene of the scenario."""
        line = self.line()
        line.say(type="name", name=self.name or "Mallory")
        view = line.say(type="play", scenario=scenario)
        self.run = next(block["run"] for block in view["blocks"] if block["type"] == "ask")
        return line


def read_page(answer: Answer) -> Page:
    """The kernel and the widget that a page names ('' where it names none)."""
    kernel = re.search(r'"kernelId": ?"([\w-]+)"', answer.text)
    model = re.search(r'"model_id": ?"(\w+)"', answer.text)
    return Page(kernel[1] if kernel else "", model[1] if model else "", answer)


class Line:
    """A websocket to a kernel: sends whatever it likes, and keeps all that it hears."""

    def __init__(self, opened: websocket.WebSocket, page: Page) -> None:
        self.socket, self.page = opened, page
        self.heard: list[dict[str, Any]] = []

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def raw(self, frame: str | bytes) -> None:
        with suppress(*GONE):
            self.socket.send(frame, websocket.ABNF.OPCODE_BINARY if isinstance(frame, bytes) else websocket.ABNF.OPCODE_TEXT)

    def send(self, kind: str, content: Any, *, channel: str = "shell", metadata: Mapping[str, Any] | None = None) -> str:
        message = {**made(kind, content), "metadata": metadata or {}}
        self.raw(json.dumps({"channel": channel, **message}))
        return str(message["header"]["msg_id"])

    def comm(self, data: Any, model: str = "") -> str:
        return self.send("comm_msg", {"comm_id": model or self.page.model, "data": data})

    def messages(self, wait: float) -> Iterator[dict[str, Any]]:
        """What comes in, until it is quiet for so long or the line is cut."""
        self.socket.settimeout(wait)
        while True:
            try:
                frame = self.socket.recv()
            except GONE:
                return
            if not frame:
                return
            message = json.loads(frame) if isinstance(frame, str) else {"binary": frame.decode("utf-8", "replace")}
            self.heard.append(message)
            yield message

    def state(self, model: str = "", *, wait: float = PATIENCE) -> dict[str, Any] | None:
        """A widget's state, asked for; None when nothing answers. Whatever was sent before has been dealt with by then."""
        asked = self.comm({"method": "request_state"}, model)
        last = self.comm({"method": "request_state"}) if model else asked   # our page always answers, and in turn
        found = None
        for message in self.messages(wait):
            if is_update(message) and parent(message) == asked:
                found = dict(message["content"]["data"]["state"])
            if is_update(message) and parent(message) == last:
                return found
        return None

    def states(self) -> dict[str, dict[str, Any]]:
        """Every widget's state that can be had: by the widget manager's own way, else along the references from the page's."""
        control, asked = secrets.token_hex(16), ""
        self.send("comm_open", {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}})
        asked = self.comm({"method": "request_states"}, control)
        found = {self.page.model: self.state() or {}}
        for message in self.heard:
            if parent(message) == asked and message["header"]["msg_type"] == "comm_msg":
                found |= {name: kept["state"] for name, kept in message["content"]["data"].get("states", {}).items()}
        for name in set(re.findall(r"IPY_MODEL_(\w+)", json.dumps(found))) - set(found):
            found[name] = self.state(name) or {}
        return found

    def say(self, **message: Any) -> dict[str, Any]:
        """A message to our page; the view after it."""
        self.comm({"method": "custom", "content": message})
        return dict((self.state() or {}).get("view", {}))


def is_update(message: dict[str, Any]) -> bool:
    return bool("content" in message and (data := message["content"].get("data")) and isinstance(data, dict) and data.get("method") == "update")


def parent(message: dict[str, Any]) -> str:
    return str((message.get("parent_header") or {}).get("msg_id", ""))


# --- messages as no page of ours would make them ---------------------------------------------------------------------

def made(kind: Any, content: Any) -> dict[str, Any]:
    """A Jupyter message."""
    header = {"msg_id": secrets.token_hex(16), "msg_type": kind, "username": "", "session": "x", "version": "5.3", "date": "2025-01-01T00:00:00Z"}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content}


def v1_frame(channel: str, message: dict[str, Any]) -> bytes:
    """The message as `v1.kernel.websocket.jupyter.org` has it: offsets, then parts."""
    parts = [channel.encode(), *(json.dumps(message[part]).encode() for part in ("header", "parent_header", "metadata", "content"))]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return b"".join(n.to_bytes(8, "little") for n in (len(offsets), *offsets)) + b"".join(parts)


def binary_frame(channel: str, message: dict[str, Any]) -> bytes:
    """The message as the older protocol has it when there are buffers."""
    return b"".join(n.to_bytes(4, "big") for n in (1, 8)) + json.dumps({"channel": channel, **message}).encode()


# --- stock Voila -----------------------------------------------------------------------------------------------------

def free_port() -> int:
    with closing(socket.create_server((HOST, 0))) as listener:
        return int(listener.getsockname()[1])


def start_voila(what: Path, log: Path, env: Mapping[str, str], *options: str) -> tuple[subprocess.Popen[bytes], int]:
    """Stock Voila as its manual says, on a notebook or a folder; not waited for.

    But for one setting, where there are Unix sockets: over TCP its kernels race for ports, and now and then one hangs for minutes.
    """
    sockets = ["--KernelManager.transport=ipc"] if os.name == "posix" else []
    port = free_port()
    with log.open("wb") as out:
        command = [sys.executable, "-m", "voila", str(what), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", *sockets, *options]
        return subprocess.Popen(command, env=dict(env), stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True), port


def stop(process: subprocess.Popen[bytes]) -> None:
    """The server and all its kernels, at once."""
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for one in family:
        with suppress(psutil.Error):
            one.kill()
    process.wait(20)
    psutil.wait_procs(family, timeout=20)
