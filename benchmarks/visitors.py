"""Simulated visitors over plain sockets: each does what a browser with a cold cache does, up to the first answer.

Nobody thinks, and nothing is drawn: the times are the server's and the network's. What drawing adds only a browser can tell.
"""

import asyncio
import json
import re
import secrets
import time
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from email import message_from_bytes
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from peers import PERSON_HEADER  # first: it makes tests/ importable

from crowd import Line, Lost, block_of, place_of  # isort: skip

LIMIT = 90                  # seconds after which a visitor counts as hung
LINES = 6                   # connections that a browser opens to one host
SENTENCE = "Practise ending a client relationship well"
KERNEL = re.compile(r'"kernelId": "([\w-]{36})"')
ASSET = re.compile(r'<(?:script[^>]* src|link[^>]* href)="(/[^"]+)"')


@dataclass
class Visit:
    """What one visitor met: seconds from setting out, or None for what never came."""

    text: float | None = None       # the page's first sentence has arrived
    view: float | None = None       # what is on the first screen has arrived
    answer: float | None = None     # the feedback to the first answer has arrived
    feedback: float | None = None   # the same, from sending that answer
    requests: int = 0
    bytes: int = 0
    trouble: str = ""


class Visitor:
    """Somebody at our page: the kernel's id opens the line, the first state is in the page itself (host.js)."""

    also: dict[str, Any] = {}   # what else there is in each message to the kernel

    def __init__(self, url: str, number: int, *, has_kernel: bool = True) -> None:
        parts = urlsplit(url)
        self.address, self.path, self.has_kernel = (str(parts.hostname), parts.port or 80), parts.path, has_kernel
        self.headers = {"Host": parts.netloc, "Accept-Encoding": "gzip", PERSON_HEADER: f"guest-{number}"}
        self.cookies, self.session, self.serial = SimpleCookie(), secrets.token_hex(16), 0
        self.seen, self.comm, self.view = Visit(), "", dict[str, Any]()
        self.opening: asyncio.Task[Line] | None = None
        self.incoming: AsyncIterator[str] | None = None

    async def visit(self) -> Visit:
        """Come, look, answer once; stay until told to leave."""
        self.began = time.monotonic()
        try:
            async with asyncio.timeout(LIMIT):
                await self.see()
                self.seen.view = self.now()
                if self.has_kernel:
                    await self.answer()
        except TimeoutError:
            self.seen.trouble = "hung"
        except (OSError, EOFError, Lost) as error:
            self.seen.trouble = f"{type(error).__name__}: {error}"
        return self.seen

    def leave(self) -> None:
        if self.opening and self.opening.done() and not self.opening.cancelled() and not self.opening.exception():
            self.opening.result().drop()

    def now(self) -> float:
        return time.monotonic() - self.began

    # --- the page -----------------------------------------------------------------------------------------------

    async def see(self) -> None:
        """Get the page and what is on its first screen."""
        await self.fetch(self.path, self.heard)
        if not self.view:
            raise Lost("a page without a first view: the notebook failed, or took too long")

    def heard(self, html: str) -> None:
        """Look at as much of the page as there is."""
        if self.seen.text is None and SENTENCE in html:
            self.seen.text = self.now()
        if self.has_kernel and not self.opening and (kernel := KERNEL.search(html)):
            self.opening = asyncio.create_task(self.open_line(kernel[1]))
        if not self.view and (first := block_of(html, "first-state")):
            self.comm, self.view = first["model_id"], first["view"]

    async def fetch(self, path: str, heard: Callable[[str], None] = lambda html: None) -> None:
        """As a browser gets an address: cookies kept, redirections followed, gzip taken. HTTP/1.0: the text ends with the connection."""
        self.seen.requests += 1
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            writer.write("\r\n".join([f"GET {path} HTTP/1.0", *(f"{k}: {v}" for k, v in self.said().items()), "", ""]).encode())
            head = await reader.readuntil(b"\r\n\r\n")
            self.seen.bytes += len(head)
            status, _, rest = head.partition(b"\r\n")
            headers = message_from_bytes(rest)
            for cookie in headers.get_all("Set-Cookie", []):
                self.cookies.load(cookie)
            if b" 30" in status:
                return await self.fetch(headers["Location"], heard)
            if b" 200" not in status:
                raise Lost(status.decode())
            await self.read(reader, headers["Content-Encoding"] == "gzip", heard)
        finally:
            writer.close()

    def said(self) -> dict[str, str]:
        kept = "; ".join(f"{cookie.key}={cookie.coded_value}" for cookie in self.cookies.values())
        return {**self.headers, **({"Cookie": kept} if kept else {})}

    async def read(self, reader: asyncio.StreamReader, is_zipped: bool, heard: Callable[[str], None]) -> None:
        unzip, text = zlib.decompressobj(31), b""
        while piece := await reader.read(1 << 18):
            self.seen.bytes += len(piece)
            text += unzip.decompress(piece) if is_zipped else piece
            heard(text.decode(errors="ignore"))

    # --- the line to the kernel ---------------------------------------------------------------------------------

    async def open_line(self, kernel: str) -> Line:
        self.seen.requests += 1
        return await Line.open(self.address, f"/api/kernels/{kernel}/channels?session_id={self.session}", headers=self.said())

    async def send(self, kind: str, content: dict[str, Any], **metadata: str) -> None:
        assert self.opening
        line = await self.opening
        self.incoming = self.incoming or line.texts()
        self.serial += 1
        header = {"msg_id": f"{self.session}-{self.serial}", "msg_type": kind, "username": "", "session": self.session, "version": "5.3", "date": ""}
        text = json.dumps({"channel": "shell", "header": header, "parent_header": {}, "metadata": metadata, "content": content, **self.also})
        self.seen.bytes += len(text)
        line.say(text)

    async def until(self, found: Callable[[str, dict[str, Any]], Any]) -> Any:
        """Hear messages until something is found in one: (kind, content) -> what was looked for."""
        assert self.incoming
        async for text in self.incoming:
            self.seen.bytes += len(text)
            message = json.loads(text)
            if wanted := found(message["header"]["msg_type"], message["content"]):
                return wanted
        raise Lost("the line ended")

    async def states(self, html: str) -> dict[str, dict[str, Any]]:
        """The state of every widget of the page's kernel, as stock Voila's page asks for them."""
        if not (kernel := KERNEL.search(html)):
            raise Lost("a page without a kernel")
        self.opening = asyncio.create_task(self.open_line(kernel[1]))
        await self.send("kernel_info_request", {})
        await self.until(lambda kind, _: kind == "kernel_info_reply")
        control = secrets.token_hex(16)
        await self.send("comm_open", {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}}, version="1.0.0")
        await self.send("comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
        told = await self.until(lambda kind, content: content["data"] if kind == "comm_msg" and content["comm_id"] == control else None)
        return {model: kept["state"] for model, kept in told["states"].items()}

    def new_view(self, kind: str, content: dict[str, Any]) -> Any:
        if kind != "comm_msg" or content["comm_id"] != self.comm:
            return None
        said = content["data"]
        if said["method"] == "custom" and said["content"]["type"] == "trouble":
            raise Lost(said["content"]["text"])
        return said["state"].get("view") if said["method"] == "update" else None

    async def answer(self) -> None:
        """Give a name, open the scenario, pick; each as soon as the screen for it is there."""
        while self.seen.answer is None:
            message, sent = next_message(self.view), self.now()
            await self.send("comm_msg", {"comm_id": self.comm, "data": {"method": "custom", "content": message}})
            self.view = await self.until(self.new_view)
            if message["type"] == "pick":
                self.seen.answer, self.seen.feedback = self.now(), self.now() - sent


def next_message(view: dict[str, Any]) -> dict[str, Any]:
    """What somebody sends next, on the way to their first answer."""
    screen, run, step = place_of(view)
    if screen == "welcome":
        return {"type": "name", "name": "Guest"}
    if screen == "home":
        return {"type": "play", "scenario": "the-rates-letter"}
    asked = next(block for block in view["blocks"] if block["type"] == "ask")
    return {"type": "pick", "run": run, "step": step, "answer": [asked["parts"][0]["id"]]}


class StockVisitor(Visitor):
    """Somebody at stock Voila's page: scripts and styles first, then the line, then every widget's state over it."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__(url, number)
        self.assets: dict[str, asyncio.Task[None]] = {}
        self.free = asyncio.Semaphore(LINES)

    async def see(self) -> None:
        await self.fetch(self.path, self.heard)
        await asyncio.gather(*self.assets.values())
        states = await self.states(self.html)
        views = {model: state["view"] for model, state in states.items() if "view" in state}
        if not views:
            raise Lost("a page without a widget: the notebook failed")
        self.comm, self.view = next(iter(views.items()))

    def heard(self, html: str) -> None:
        self.html = html
        if self.seen.text is None and SENTENCE in html:
            self.seen.text = self.now()
        for path in ASSET.findall(html):
            if path not in self.assets:
                self.assets[path] = asyncio.create_task(self.asset(path))

    async def asset(self, path: str) -> None:
        async with self.free:
            await self.fetch(path)
