"""Simulated people: over plain sockets each does what our page (host.js, page.js) and somebody in front of it do.

A person notes what the workshop acknowledged, and complains when a page shows what it must not: another person's name or
run, or another place than the one they left. Whether the workshop held is judged in endurance.py, not here.
"""

import asyncio
import json
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

PAGE_SECONDS = 90          # how long anybody waits for a page
ANSWER_SECONDS = 8         # after this page.js lets the buttons go again
RELOAD_EVERY = 10          # seconds: host.js reloads by itself at most that often
PATIENCE = 3               # unanswered tries before somebody reloads by hand
NAMED = re.compile(r"Guest-\w+")

View = dict[str, Any]
Place = tuple[str, str, int]   # screen, run, step


class Lost(Exception):
    """The other side is not there, or went away."""


# --- the wire ---------------------------------------------------------------------------------------------------

async def ask(address: tuple[str, int], method: str, path: str, *, headers: dict[str, str], body: bytes = b"",
              heard: Callable[[str], None] = lambda so_far: None) -> tuple[int, list[tuple[str, str]], str]:
    """One HTTP request: (status, headers, text). `heard` is told the text so far with each piece. Raises Lost."""
    try:
        async with asyncio.timeout(PAGE_SECONDS):
            reader, writer = await asyncio.open_connection(*address)
            try:
                writer.write(_head(method, path, {"Host": f"{address[0]}:{address[1]}", "Connection": "close", **headers}, len(body)) + body)
                status, told = await _status_and_headers(reader)
                return status, told, await _body(reader, dict(told), heard)
            finally:
                writer.transport.abort()
    except (OSError, EOFError, TimeoutError, ValueError) as error:
        raise Lost(f"{method} {path.split('/')[1]}: {type(error).__name__}") from None


def _head(method: str, path: str, headers: dict[str, str], length: int) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, *([f"Content-Length: {length}"] if length else []), "", ""]).encode()


async def _status_and_headers(reader: asyncio.StreamReader) -> tuple[int, list[tuple[str, str]]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
    pairs = [line.split(": ", 1) for line in lines]
    return int(first.split()[1]), [(name.lower(), value) for name, value in pairs]


async def _body(reader: asyncio.StreamReader, headers: dict[str, str], heard: Callable[[str], None]) -> str:
    if headers.get("transfer-encoding") != "chunked":
        return (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
    text = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        text += await reader.readexactly(size)
        await reader.readexactly(2)
        heard(text.decode(errors="ignore"))
    return text.decode()


class Line:
    """A websocket: texts out, texts in. May be dropped, as when the network goes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, address: tuple[str, int], path: str, *, headers: dict[str, str]) -> "Line":
        """Raises Lost, also when the server says no."""
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                line = cls(*await asyncio.open_connection(*address))
                line.writer.write(_head("GET", path, {**headers, "Host": f"{address[0]}:{address[1]}", "Origin": f"http://{address[0]}:{address[1]}",
                                                      "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                                                      "Sec-WebSocket-Key": "c2ltdWxhdGVkLXBlb3BsZQ=="}, 0))
                status, _ = await _status_and_headers(line.reader)
        except (OSError, EOFError, TimeoutError) as error:
            raise Lost(f"websocket: {type(error).__name__}") from None
        if status != 101:
            line.drop()
            raise Lost(f"websocket: {status}")
        return line

    def say(self, text: str) -> None:
        self._write(0x1, text.encode())

    def _write(self, kind: int, data: bytes) -> None:
        """One frame. A client's frames are masked; a mask of zeros leaves them readable."""
        size = len(data)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
        self.writer.write(bytes([0x80 | kind]) + length + bytes(4) + data)

    async def texts(self) -> AsyncIterator[str]:
        """What comes in, until the line is lost."""
        async for data in self.frames(0x1):
            yield data.decode()

    async def frames(self, wanted: int) -> AsyncIterator[bytes]:
        """The frames of one kind, until the line is lost; pings are answered."""
        try:
            while True:
                kind, data = await self._frame()
                if kind == 0x8:
                    return
                if kind == 0x9:
                    self._write(0xA, data)
                if kind == wanted:
                    yield data
        except (OSError, EOFError):
            return

    async def _frame(self) -> tuple[int, bytes]:
        first, size = await self.reader.readexactly(2)
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return first & 0x0F, await self.reader.readexactly(size)

    def drop(self) -> None:
        self.writer.transport.abort()


# --- host.js ----------------------------------------------------------------------------------------------------

def block_of(html: str, name: str) -> dict[str, Any] | None:
    """The JSON in the page under this id, once it has come completely."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.S)
    read: dict[str, Any] | None = json.loads(found[1]) if found else None
    return read


class Page:
    """One open page, as host.js keeps it: its kernel, its line, its view. `told` hears of every view and every custom message."""

    def __init__(self, browser: "Browser", told: Callable[[str, Any, str], None]) -> None:
        self.browser, self.told = browser, told
        self.session = secrets.token_hex(16)
        self.kernel = self.comm = ""
        self.view: View = {}
        self.trouble = ""                  # why it cannot be used
        self.line: Line | None = None
        self.queue: list[str] = []
        self.tries = self.serial = 0
        self.words_at = 0.0
        self.keeper: asyncio.Task[None] | None = None

    async def load(self, path: str, *, old: "Page | None") -> None:
        """Get the page; the one before says good-bye when the first words of this one have come, as in a browser."""
        def heard(html: str) -> None:
            self.words_at = self.words_at or time.monotonic()
            if old:
                old.leave()
            self._read(html)

        try:
            status, html = await self.browser.get(path, heard)
        except Lost as lost:
            status, html = 0, ""
            self.trouble = str(lost)
        heard(html)
        if status and (status != 200 or not self.comm):
            self.trouble = f"page: {status}{' without a first view' if status == 200 else ''}"
        self.browser.news.set()

    def _read(self, html: str) -> None:
        """The kernel's id comes first and opens the line; the first view follows when the notebook has run."""
        if not self.kernel and (kernel := block_of(html, "kernel")):
            self.kernel = kernel["kernelId"]
            self.keeper = asyncio.create_task(self._keep_line())
        if not self.comm and (first := block_of(html, "first-state")):
            self.comm = first["model_id"]
            self._show(first["view"])
            self._flush()

    def send(self, content: dict[str, Any]) -> str:
        """Send a message to Python; its id."""
        return self._post({"method": "custom", "content": content})

    def _post(self, data: dict[str, Any]) -> str:
        self.serial += 1
        header = {"msg_id": f"{self.session}-{self.serial}", "msg_type": "comm_msg", "username": "", "session": self.session, "version": "5.3", "date": ""}
        self.queue.append(json.dumps({"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": {"comm_id": self.comm, "data": data}}))
        self._flush()
        return str(header["msg_id"])

    def _flush(self) -> None:
        while self.comm and self.line and self.queue:
            self.line.say(self.queue.pop(0))

    def _received(self, text: str) -> None:
        message = json.loads(text)
        if message["channel"] != "iopub" or message["header"]["msg_type"] != "comm_msg" or message["content"]["comm_id"] != self.comm:
            return
        said = message["content"]["data"]
        if said["method"] == "custom":
            self.told("custom", said["content"], message["parent_header"].get("msg_id", ""))
        if said["method"] == "update" and said["state"].get("view") not in (None, self.view):
            self._show(said["state"]["view"])
        self.browser.news.set()

    def _show(self, view: View) -> None:
        self.view = view
        self.told("view", view, "")
        self.browser.news.set()

    async def _keep_line(self) -> None:
        """connect, onclose and comeBack of host.js."""
        while True:
            try:
                self.line = await Line.open(self.browser.address, f"/api/kernels/{self.kernel}/channels?session_id={self.session}", headers=self.browser.headers())
                await self._listen(self.line)
            except Lost:
                pass
            self.line = None
            await asyncio.sleep(min(10, 0.5 * 2 ** self.tries) * (0.75 + random.random() / 2))
            if not await self._kernel_lives():
                return

    async def _listen(self, line: Line) -> None:
        if self.tries:
            self._post({"method": "request_state"})   # something may have happened meanwhile
        self.tries = 0
        self._flush()
        self.browser.news.set()
        async for text in line.texts():
            self._received(text)

    async def _kernel_lives(self) -> bool:
        """True as soon as the server says so; False when the page has to be reloaded."""
        while True:
            self.tries += 1
            status = await self.browser.status(f"/api/kernels/{self.kernel}")
            if status == 200:
                return True
            if status in (403, 404) and self.browser.may_reload():
                self.trouble = f"kernel: {status}"
                self.browser.news.set()
                return False
            await asyncio.sleep(min(10, 0.5 * 2 ** self.tries))

    def leave(self) -> None:
        """The page closes: its line goes, and its good-bye takes the kernel with it. Twice is once."""
        if not self.kernel or not self.keeper:
            return
        self.keeper.cancel()
        self.keeper = None
        if self.line:
            self.line.drop()
        self.browser.beacon(f"/voila/api/shutdown/{self.kernel}")


@dataclass
class Browser:
    """One person's browser: its cookies, the page it shows, and when it reloaded by itself last."""

    address: tuple[str, int]
    told: Callable[[str, Any, str], None]
    cookies: dict[str, str] = field(default_factory=dict)
    page: Page | None = None
    reloaded_at: float = -RELOAD_EVERY
    beacons: set[asyncio.Task[None]] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)   # what good-byes were answered, when not with 204

    def __post_init__(self) -> None:
        self.news = asyncio.Event()   # something has changed: whoever waits looks again

    def headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}

    async def get(self, path: str, heard: Callable[[str], None] = lambda so_far: None) -> tuple[int, str]:
        """As a browser gets an address: keeps cookies, follows redirections. Raises Lost."""
        for _ in range(4):
            status, headers, text = await ask(self.address, "GET", path, headers=self.headers(), heard=heard)
            for name, value in headers:
                if name == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.split(";")[0]
            if status not in (301, 302, 303):
                return status, text
            path = dict(headers)["location"]
        raise Lost(f"sent from one address to the other, last to {path}")

    async def status(self, path: str) -> int:
        """What the server says to this address; 0 when it says nothing."""
        try:
            return (await ask(self.address, "GET", path, headers=self.headers()))[0]
        except Lost:
            return 0

    def may_reload(self) -> bool:
        if time.monotonic() - self.reloaded_at < RELOAD_EVERY:
            return False
        self.reloaded_at = time.monotonic()
        return True

    async def show(self, path: str = "/") -> None:
        """Open an address in this tab, or load the page again. Afterwards `page` has a view, or a trouble."""
        old, self.page = self.page, Page(self, self.told)
        await self.page.load(path, old=old)

    def beacon(self, path: str) -> None:
        task = asyncio.create_task(self._beacon(path))
        self.beacons.add(task)
        task.add_done_callback(self.beacons.discard)

    async def _beacon(self, path: str) -> None:
        """navigator.sendBeacon with a form: nobody waits for its answer."""
        form = f'--end\r\nContent-Disposition: form-data; name="_xsrf"\r\n\r\n{self.cookies.get("_xsrf", "")}\r\n--end--\r\n'
        try:
            status, *_ = await ask(self.address, "POST", path, headers={**self.headers(), "Content-Type": "multipart/form-data; boundary=end"}, body=form.encode())
        except Lost:
            return
        if status != 204:
            self.refused.append(status)

    async def until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        """Wait until it is so; whether it came to be in that time."""
        try:
            async with asyncio.timeout(seconds):
                while not is_so():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        if self.page:
            self.page.leave()
        await asyncio.gather(*self.beacons)


# --- people -----------------------------------------------------------------------------------------------------

def place_of(view: View) -> Place:
    """Where somebody is: the screen and, in a run, which run and step. The key of a view names them (see ui/views.py)."""
    run, _, rest = view["key"].partition(" ")
    if view["screen"] in ("scene", "feedback"):
        return view["screen"], run, int(rest.split()[0])
    return (view["screen"], run, 0) if view["screen"] == "result" else (view["screen"], "", 0)


def leads_to(message: dict[str, Any], place: Place) -> bool:
    """Whether a message that was on its way may have brought somebody to that place."""
    screen, run, step = place
    there = (run, step) == (message.get("run"), message.get("step"))
    after = (run, step) == (message.get("run"), message.get("step", 0) + 1)
    return {"name": screen == "home", "open": screen == "home", "pick": screen == "feedback" and there,
            "next": (screen == "scene" and after) or (screen == "result" and run == message.get("run")),
            "play": screen == "scene" and step == 1, "resume": run == message.get("run")}[message["type"]]


def sends_in(blocks: list[dict[str, Any]], *wanted: str) -> list[dict[str, Any]]:
    """The messages of these types that buttons on the screen would send."""
    items = [item for block in blocks for item in block.get("items", []) if isinstance(item, dict)]
    buttons = [*items, *(button for item in items for button in item.get("actions", []))]
    return [b["send"] for b in buttons if b.get("send", {}).get("type") in wanted]


class Person:
    """Somebody in the room: plays whole scenarios, comes back when the page is gone, and notes what was acknowledged."""

    owners: dict[str, str] = {}   # run -> name, as first seen, for everybody

    def __init__(self, number: int, address: tuple[str, int], link: str, *, pace: float = 0.5) -> None:
        self.name, self.link, self.pace = f"Guest-{number}{secrets.token_hex(2)}", link, pace
        self.dice = random.Random(number)
        self.browser = Browser(address, self._hears)
        self.place: Place | None = None
        self.pending: tuple[str, dict[str, Any]] | None = None   # the message whose answer has not come: its id and itself
        self.answered = False
        self.tries = 0
        self.given: dict[tuple[str, int], list[str]] = {}
        self.acknowledged: dict[tuple[str, int], list[str]] = {}
        self.complaints: list[str] = []
        self.counts: Counter[str] = Counter()
        self.took: dict[str, list[float]] = {"first view": [], "first words": [], "answer": [], "come back": []}

    # --- what they see ------------------------------------------------------------------------------------------

    def _hears(self, kind: str, said: Any, about: str) -> None:
        if kind == "view":
            return self._sees(said)
        self.answered = self.answered or said["type"] in ("done", "trouble")
        if said["type"] == "trouble":
            self.complaints.append(f"{self.name}: {said['text']}")
        if self.pending and about == self.pending[0]:
            self.pending = None

    def _sees(self, view: View) -> None:
        """Every view is looked at: mine, where I left off or where my last message leads, and what it acknowledges."""
        others = set(NAMED.findall(json.dumps(view))) - {self.name}
        if others:
            self.complaints.append(f"{self.name} sees the name of {others}")
        if view["screen"] == "trouble":
            self.counts["trouble screens"] += 1
            return
        place = place_of(view)
        if place != self.place and self.place and not (self.pending and leads_to(self.pending[1], place)):
            self.complaints.append(f"{self.name} was at {self.place}, asked {self.pending and self.pending[1]['type']}, and is now at {place}")
        self._is_mine(place)
        if place[0] == "feedback" and place[1:] in self.given:
            self.acknowledged[place[1:]] = self.given[place[1:]]
        self.place = place

    def _is_mine(self, place: Place) -> None:
        screen, run, _step = place
        if run and self.owners.setdefault(run, self.name) != self.name:
            self.complaints.append(f"{self.name} sees the run of {self.owners[run]}")
        if screen == "result" and self.place and self.place[0] != "result":
            self.counts["runs finished"] += 1

    @property
    def view(self) -> View:
        return self.browser.page.view if self.browser.page else {}

    # --- what they do -------------------------------------------------------------------------------------------

    async def join(self) -> bool:
        """Open the link and wait for a view; whether there is one."""
        begun = time.monotonic()
        await self.browser.show(self.link)
        page = self.browser.page
        if page and page.comm:
            self.took["first words"].append(page.words_at - begun)
            self.took["first view"].append(time.monotonic() - begun)
        return bool(self.view)

    async def come_in(self) -> bool:
        """Join, give a name, and be answered; whether that worked."""
        return await self.join() and await self.say({"type": "name", "name": self.name}) and self.view["screen"] == "home"

    @property
    def is_there(self) -> bool:
        """Whether their page can be used: it has a line, and a view that is none of trouble."""
        return not self._must_reload() and bool(self.view) and self.browser.page is not None and self.browser.page.line is not None

    @property
    def why(self) -> str:
        """Where they are, for whoever wonders why they did not get further."""
        page = self.browser.page
        return f"{self.name}: {page.trouble if page and page.trouble else self.place or 'no page'}"

    async def play_until(self, is_over: Callable[[], bool]) -> None:
        """Play one scenario after the other; whatever happens to the page, go on."""
        if not self.browser.page:
            await self.join()
        while not is_over():
            if self._must_reload():
                await self.reload()
            elif not await self.say(self._message()):
                await self._not_answered()
            await asyncio.sleep(self.dice.uniform(0.2, 1.8) * self.pace)

    def _must_reload(self) -> bool:
        page = self.browser.page
        return not page or bool(page.trouble) or self.view.get("screen") == "trouble"

    async def reload(self) -> bool:
        """Load the page again, as the page itself or somebody with patience does, until it can be used."""
        begun = time.monotonic()
        while time.monotonic() - begun < PAGE_SECONDS:
            self.counts["reloads"] += 1
            if self.browser.page and self.browser.page.trouble:
                self.counts[self.browser.page.trouble] += 1
            await self.browser.show("/" if self.place else self.link)
            if not self._must_reload():
                self.pending = None
                self.took["come back"].append(time.monotonic() - begun)
                return True
            await asyncio.sleep(self.dice.uniform(2, 4))
        self.complaints.append(f"{self.name} did not come back within {PAGE_SECONDS} seconds: {self.browser.page and self.browser.page.trouble}")
        return False

    async def say(self, message: dict[str, Any]) -> bool:
        """Send a message and wait for the answer, no longer than page.js does; whether it came."""
        page = self.browser.page
        assert page
        if not await self.browser.until(lambda: bool(page.line or page.trouble), PAGE_SECONDS):
            self.complaints.append(f"{self.name}: no connection for {PAGE_SECONDS} seconds, and no reload")
        if not page.line:
            return bool(page.trouble)
        begun, self.answered = time.monotonic(), False
        self.pending = (page.send(message), message)
        came = await self.browser.until(lambda: self.answered or bool(page.trouble), ANSWER_SECONDS)
        if self.answered:
            self.took["answer"].append(time.monotonic() - begun)
            self.tries = 0
        return came

    async def _not_answered(self) -> None:
        self.counts["unanswered"] += 1
        self.tries += 1
        if self.tries >= PATIENCE:
            self.complaints.append(f"{self.name}: {PATIENCE} tries at {self.place}, no answer to any, and the page did not come back by itself")
            self.tries = 0
            await self.reload()

    def _message(self) -> dict[str, Any]:
        """What somebody does next on this screen."""
        screen, run, step = place_of(self.view)
        if screen == "welcome":
            return {"type": "name", "name": self.name}
        if screen == "home":
            return self.dice.choice(sends_in(self.view["blocks"], "play", "resume"))
        if screen == "scene":
            asked = next(block for block in self.view["blocks"] if block["type"] == "ask")
            return {"type": "pick", "run": run, "step": step, "answer": self.given.setdefault((run, step), self._answer(asked))}
        if screen == "feedback":
            return {"type": "next", "run": run, "step": step}
        return {"type": "open", "screen": "home"}

    def _answer(self, asked: dict[str, Any]) -> list[str]:
        numbers = [part["id"] for part in asked["parts"]]
        if asked["kind"] == "write":
            return [f"{self.name} would say it like this, {self.dice.random()}."]
        many = {"choose": 1, "best_and_worst": 2, "compose": self.dice.randint(1, max(1, len(numbers))), "order": len(numbers)}[asked["kind"]]
        return self.dice.sample(numbers, many)
