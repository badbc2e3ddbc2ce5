"""Simulated visitors over plain sockets: for each contender one that speaks its protocol, as its own page does.

A guest does what a browser with a cold cache does: the page, then the scripts and stylesheets that its HTML names (first
level only), over at most six connections that stay open, then the line. Nobody thinks, nothing is drawn, no script is run.
"""

import asyncio
import json
import re
import secrets
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from visitors import LINES, Visit, Visitor, next_message  # first: it makes tests/ importable

from crowd import Line, Lost, ask  # isort: skip

from racing.apps import scene
from racing.protobuf import field, fields, inside

HAND = 0.2   # seconds from an option to the button
PICKED = scene.first_scene().scene.parts[1]   # everybody's answer: the second option, for Panel marks the first by itself
ASKED = PICKED.text.split(".")[0]             # by these words the option is known,
TOLD = PICKED.feedback.split(".")[0]          # and by these its feedback

TAG = re.compile(r"<(?:script|link)\b[^>]*>")
ATTRIBUTE = re.compile(r'\b(src|href|rel)="([^"]*)"')
FETCHED = {"stylesheet", "preload", "modulepreload"}   # what a <link> must be for, so that the browser fetches it at once


@dataclass
class Seen(Visit):
    """What one visitor met: seconds from setting out, or None for what never came."""

    scene: float | None = None   # the scene's options have arrived, and can be answered


# --- a browser --------------------------------------------------------------------------------------------------

class Guest(Visitor):
    """Connections as a browser keeps them. What is at the address, and how it is answered, its children know."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__(url, number)
        self.seen: Seen = Seen()
        self.turn = asyncio.Semaphore(LINES)
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def fetch(self, path: str, heard: Callable[[str], None] | None = None) -> None:
        """An address: cookies kept, redirections followed; `heard` is told the text so far, piece by piece."""
        async with self.turn:
            status, headers = await self.get(path, heard)
        for cookie in headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        if 300 <= status < 400:
            return await self.fetch(urljoin(path, str(headers["Location"])), heard)
        if status != 200:
            raise Lost(f"{path.split('?')[0]}: {status}")

    async def get(self, path: str, heard: Callable[[str], None] | None) -> tuple[int, Message]:
        self.seen.requests += 1
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection(*self.address)
        writer.write("\r\n".join([f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in self.said().items()), "", ""]).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        self.seen.bytes += len(head)
        first, _, rest = head.partition(b"\r\n")
        headers = message_from_bytes(rest)
        await self.hear(_pieces(reader, headers), headers["Content-Encoding"] == "gzip", heard)
        self.idle.append((reader, writer))
        return int(first.split()[1]), headers

    async def hear(self, pieces: AsyncIterator[bytes], is_zipped: bool, heard: Callable[[str], None] | None) -> None:
        unzip, text = zlib.decompressobj(31), b""
        async for piece in pieces:
            self.seen.bytes += len(piece)
            if heard:
                text += unzip.decompress(piece) if is_zipped else piece
                heard(text.decode(errors="ignore"))

    async def go(self) -> None:
        """The page is closed; what it says then is said."""
        self.leave()
        for _, writer in self.idle:
            writer.close()

    async def beacon(self, path: str, *form: tuple[str, str]) -> None:
        """navigator.sendBeacon: nobody minds what it is answered."""
        parts = [f'--end\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form]
        body = "".join([*parts, "--end--\r\n"]).encode()
        with suppress(Lost):
            await ask(self.address, "POST", path, headers={**self.said(), "Content-Type": "multipart/form-data; boundary=end"}, body=body)


async def _pieces(reader: asyncio.StreamReader, headers: Message) -> AsyncIterator[bytes]:
    """A body as it comes over the wire."""
    if headers["Transfer-Encoding"] == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            yield await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return
    left = int(headers["Content-Length"] or 0)
    while left:
        piece = await reader.read(min(left, 1 << 18))
        if not piece:
            raise EOFError("the page broke off")
        left -= len(piece)
        yield piece


class OurGuest(Guest):
    """At our room, the strict way: a name, the first scenario, and only then is there a scene to answer."""

    kernel = ""

    async def open_line(self, kernel: str) -> Line:
        self.kernel = kernel
        return await super().open_line(kernel)

    async def answer(self) -> None:
        await self.open_scene()
        message = next_message(self.view)
        asked = next(block for block in self.view["blocks"] if block["type"] == "ask")
        message["answer"] = [next(part["id"] for part in asked["parts"] if part["text"].startswith(ASKED))]
        await asyncio.sleep(HAND)
        sent = self.now()
        await self.say(message)
        self.seen.answer, self.seen.feedback = self.now(), self.now() - sent

    async def open_scene(self) -> None:
        while (message := next_message(self.view))["type"] != "pick":
            await self.say(message)
        self.seen.scene = self.now()

    async def say(self, message: dict[str, Any]) -> None:
        """Send what a button sends, and wait for the next screen."""
        await self.send("comm_msg", {"comm_id": self.comm, "data": {"method": "custom", "content": message}})
        self.view = await self.until(self.new_view)

    async def go(self) -> None:
        await super().go()
        if self.kernel:
            await self.beacon(f"/voila/api/shutdown/{self.kernel}", ("_xsrf", self.cookies["_xsrf"].value))


# --- at the peers -----------------------------------------------------------------------------------------------

class PeerGuest(Guest):
    """At a page that shows the scene at once: its first view is the scene."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__(url, number)
        self.html, self.assets = "", dict[str, asyncio.Task[None]]()

    async def see(self) -> None:
        await self.fetch(self.path, self.heard)
        await asyncio.gather(*self.assets.values())
        await self.arrive()

    def heard(self, html: str) -> None:
        self.html = html
        for path in self.named(html):
            if path not in self.assets:
                self.assets[path] = asyncio.create_task(self.fetch(path))

    def named(self, html: str) -> Iterator[str]:
        """What a browser fetches as soon as it reads of it; nothing of another host."""
        for tag in TAG.findall(html):
            said = dict(ATTRIBUTE.findall(tag))
            path = urljoin(self.path, unescape(said.get("src") or said.get("href", "")))
            if not urlsplit(path).netloc and ("src" in said or said.get("rel") in FETCHED):
                yield path

    async def answer(self) -> None:
        self.seen.scene = self.seen.view
        await self.choose()
        await asyncio.sleep(HAND)
        sent = self.now()
        await self.press()
        self.seen.answer, self.seen.feedback = self.now(), self.now() - sent

    async def arrive(self) -> None:
        """Until the options and the button have arrived."""
        raise NotImplementedError

    async def choose(self) -> None:
        """Mark the option, and let the server hear of it."""
        raise NotImplementedError

    async def press(self) -> None:
        """Press the button, until the feedback has arrived."""
        raise NotImplementedError


class WidgetGuest(PeerGuest):
    """Where the page's widgets are ipywidgets in a kernel, or in what stands for one."""

    radio = button = ""
    value: tuple[str, Any] = ("", None)   # what marking the option sets

    async def choose(self) -> None:
        name, value = self.value
        await self.send("comm_msg", {"comm_id": self.radio, "data": {"method": "update", "state": {name: value}}})
        await self.until(lambda kind, content: kind == "comm_msg" and content["comm_id"] == self.radio)   # its echo

    async def press(self) -> None:
        await self.send("comm_msg", {"comm_id": self.button, "data": {"method": "custom", "content": {"event": "click", "data": {}}}})
        await self.until(lambda kind, content: kind in ("comm_msg", "comm_open") and TOLD in json.dumps(content, ensure_ascii=False))


class VoilaGuest(WidgetGuest):
    """At stock Voila."""

    async def arrive(self) -> None:
        states = await self.states(self.html)
        model = {state["_model_name"]: comm for comm, state in states.items()}
        if "RadioButtonsModel" not in model:
            raise Lost("a page without the scene: the notebook failed")
        self.radio, self.button = model["RadioButtonsModel"], model["ButtonModel"]
        labels = states[self.radio]["_options_labels"]
        self.value = ("index", next(n for n, words in enumerate(labels) if words.startswith(ASKED)))


class OurNotebookGuest(OurGuest, PeerGuest):
    """At our own notebook on stock Voila: its page, our screens. Its good-bye would be refused, so none is said."""

    async def arrive(self) -> None:
        states = await self.states(self.html)
        self.comm, self.view = next((comm, state["view"]) for comm, state in states.items() if "view" in state)

    async def go(self) -> None:
        await Guest.go(self)


class SolaraGuest(WidgetGuest):
    """At Solara, whose page names its kernel itself and asks for the app over a comm of its own."""

    also = {"buffers": []}
    kernel = ""

    async def open_line(self, kernel: str) -> Line:
        self.seen.requests += 1
        return await Line.open(self.address, f"/jupyter/api/kernels/{kernel}/channels?session_id={self.session}", headers=self.said())

    async def arrive(self) -> None:
        self.kernel = "-".join(secrets.token_hex(size) for size in (4, 2, 2, 2, 6))
        self.opening = asyncio.create_task(self.open_line(self.kernel))
        await self.send("kernel_info_request", {})
        await self.until(lambda kind, _: kind == "kernel_info_reply")
        control = secrets.token_hex(16)
        await self.send("comm_open", {"comm_id": control, "target_name": "solara.control", "data": {}})
        await self.send("comm_msg", {"comm_id": control, "data": {"method": "run", "args": {"path": "/", "dark": False, "themes": {}, "appName": None}}})
        models: list[tuple[str, dict[str, Any]]] = []

        def is_run(kind: str, content: dict[str, Any]) -> bool:
            if kind == "comm_open":
                models.append((content["comm_id"], content["data"]["state"]))
            return kind == "comm_msg" and content["comm_id"] == control and content["data"]["method"] == "finished"

        await self.until(is_run)
        self.radio = next(comm for comm, state in models if state["_model_name"] == "RadioGroupModel")
        self.button = next(comm for comm, state in models if state["_model_name"] == "BtnModel")
        self.value = ("v_model", next(state["value"] for _, state in models if str(state.get("label")).startswith(ASKED)))

    async def go(self) -> None:
        await super().go()
        await self.beacon(f"/_solara/api/close/{self.kernel}?session_id={self.session}")


class StreamlitGuest(PeerGuest):
    """At Streamlit: protobuf over the line; the script runs again at every message. The numbers are its .proto files'."""

    DELTA, NEW_ELEMENT, METADATA, SCRIPT = 5, 3, 2, 4    # ForwardMsg.delta, Delta.new_element; ForwardMsg.metadata, its active_script_hash
    RADIO, BUTTON, MARKDOWN = 23, 19, 29                 # Element; in Radio: id 1, options 4; in Button: id 1; in Markdown: body 1
    CONTEXT = field(1, "UTC") + field(3, "en-US") + field(6, "light")   # ContextInfo: timezone, locale, colours
    line: "BytesLine"

    async def arrive(self) -> None:
        for path in ("/_stcore/health", "/_stcore/host-config"):
            await self.fetch(path)
        self.seen.requests += 1
        token = self.cookies["_streamlit_xsrf"].value if "_streamlit_xsrf" in self.cookies else "PLACEHOLDER_AUTH_TOKEN"
        self.line = await BytesLine.open(self.address, "/_stcore/stream", headers={**self.said(), "Sec-WebSocket-Protocol": f"streamlit, {token}"})
        self.incoming = self.line.messages()
        self.run_script(field(2, ""))
        radio = button = b""
        while not (radio and button):
            message = await self.next()
            element = inside(message, self.DELTA, self.NEW_ELEMENT)
            radio, button = radio or inside(element, self.RADIO), button or inside(element, self.BUTTON)
            self.script = inside(message, self.METADATA, self.SCRIPT)
        self.button, self.radio = inside(button, 1), inside(radio, 1)
        self.words = next(words for number, words in fields(radio) if number == 4 and words.startswith(ASKED.encode()))

    def run_script(self, state: bytes) -> None:
        """BackMsg.rerun_script: the widgets' state, and where the page is."""
        message = field(11, state + field(8, self.CONTEXT + field(4, f"http://{self.headers['Host']}/")))
        self.seen.bytes += len(message)
        self.line.say_bytes(message)

    async def next(self) -> bytes:
        async for message in self.incoming:
            self.seen.bytes += len(message)
            return message
        raise Lost("the line ended")

    async def choose(self) -> None:
        """Nothing: a form tells the server nothing before its button."""

    async def press(self) -> None:
        chosen, pressed = field(1, self.radio) + field(6, self.words), field(1, self.button) + field(2, True)
        self.run_script(field(2, field(1, chosen) + field(1, pressed)) + field(3, self.script))
        while TOLD.encode() not in inside(await self.next(), self.DELTA, self.NEW_ELEMENT, self.MARKDOWN):
            pass

    def leave(self) -> None:
        if hasattr(self, "line"):
            self.line.drop()


class BytesLine(Line):
    """A websocket on which bytes are spoken."""

    def say_bytes(self, data: bytes) -> None:
        self._write(0x2, data)

    def messages(self) -> AsyncIterator[bytes]:
        return self.frames(0x2)


class PanelGuest(PeerGuest):
    """At Panel: Bokeh's protocol, each message three texts (head, metadata, content)."""

    line: Line

    async def arrive(self) -> None:
        token = re.search(r'"token":\s*"([^"]+)"', self.html)
        if not token:
            raise Lost("a page without a session")
        self.seen.requests += 1
        self.line = await Line.open(self.address, f"{self.path}/ws", headers={**self.said(), "Sec-WebSocket-Protocol": f"bokeh, {token[1]}"})
        self.incoming = self.line.texts()
        await self.next("ACK")
        self.tell("PULL-DOC-REQ")
        models = list(_objects(json.loads(await self.next("PULL-DOC-REPLY"))))
        radio = next(model for model in models if ASKED in str(model.get("attributes", {}).get("labels")))
        self.button = next(model["id"] for model in models if model.get("attributes", {}).get("label") == "Choose this")
        self.radio, self.number = radio["id"], next(n for n, words in enumerate(radio["attributes"]["labels"]) if words.startswith(ASKED))

    def tell(self, kind: str, **content: Any) -> None:
        for text in (json.dumps({"msgid": secrets.token_hex(16).upper(), "msgtype": kind}), "{}", json.dumps(content)):
            self.seen.bytes += len(text)
            self.line.say(text)

    async def next(self, kind: str) -> str:
        """The content of the next message of this kind."""
        texts = []
        async for text in self.incoming:
            self.seen.bytes += len(text)
            texts.append(text)
            if len(texts) == 3:
                if json.loads(texts[0])["msgtype"] == kind:
                    return text
                texts = []
        raise Lost("the line ended")

    async def choose(self) -> None:
        self.tell("PATCH-DOC", events=[{"kind": "ModelChanged", "model": {"id": self.radio}, "attr": "active", "new": self.number}])
        await self.next("OK")

    async def press(self) -> None:
        values = {"type": "map", "entries": [["model", {"id": self.button}]]}
        self.tell("PATCH-DOC", events=[{"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": {"type": "event", "name": "button_click", "values": values}}])
        while TOLD not in await self.next("PATCH-DOC"):
            pass

    def leave(self) -> None:
        if hasattr(self, "line"):
            self.line.drop()


def _objects(tree: Any) -> Iterator[dict[str, Any]]:
    """Every model in a document."""
    if isinstance(tree, dict) and "id" in tree:
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _objects(branch)
