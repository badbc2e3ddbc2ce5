"""A view as lines of text for the terminal. Draws the same blocks as the page; sends nothing."""

import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Block = dict[str, Any]
WIDTH = 78
SIGNS = {"kept": "+", "missed": "o", "broken": "x", "red line": "!!"}


def draw(view: dict[str, Any], *, without: tuple[str, ...] = ()) -> str:
    """The view, but for blocks of the types in `without`. Control characters are left out, so that no text steers the terminal."""
    return "\n".join(line for block in view["blocks"] if block["type"] not in without for line in _block(block))


def _block(block: Block) -> Iterator[str]:
    yield from _DRAW[block["type"]](block)


def _wrapped(words: str, *, indent: str = "", first: str | None = None) -> Iterator[str]:
    for line in words.split("\n"):
        clean = "".join(c for c in line if c.isprintable())
        yield from textwrap.wrap(clean, WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent)


def _heading(block: Block) -> Iterator[str]:
    yield ""
    if block["kicker"]:
        yield from _wrapped(block["kicker"])
    lines = list(_wrapped(block["text"]))
    yield from lines
    yield ("=" if block["level"] == 2 else "-") * max(map(len, lines), default=0)


def _text(block: Block) -> Iterator[str]:
    yield from _wrapped(block["text"])
    yield ""


def _bullets(block: Block) -> Iterator[str]:
    for item in block["items"]:
        yield from _wrapped(item, indent="  ", first="- ")
    yield ""


def _talk(block: Block) -> Iterator[str]:
    for turn in block["turns"]:
        yield from _wrapped(f"{turn['who']}: {turn['words']}", indent="    ", first="  ")
    yield ""


def _meter(block: Block) -> Iterator[str]:
    yield f"{block['label']}: {block['value']} of {block['most']}, {block['word']}"
    yield ""


def _ask(block: Block) -> Iterator[str]:
    yield from _wrapped(block["question"])
    yield ""
    for part in block["parts"]:
        yield from _wrapped(part["text"], indent="     ", first=f"  {part['id']}. ")
    yield ""


def _card(block: Block) -> Iterator[str]:
    if block["label"]:
        yield from _wrapped(f"[{block['label']}]")
    for inner in block["blocks"]:
        yield from _block(inner)


def _chips(block: Block) -> Iterator[str]:
    for item in block["items"]:
        yield from _wrapped(f"{item['word']}: {item['text']}", indent="    ", first=f" {SIGNS[item['word']]:>2} ")
    yield ""


def _quote(block: Block) -> Iterator[str]:
    yield f"{block['label']}:"
    for number, words in enumerate(block["words"], start=1):
        yield from _wrapped(words, indent="  | ", first=f"  | {number}. " if block["ordered"] else "  | ")
    yield ""


def _sources(block: Block) -> Iterator[str]:
    for item in block["items"]:
        yield from _wrapped(f"{item['says']} ({item['where']})", indent="  ", first="> ")
    yield ""


def _scale(block: Block) -> Iterator[str]:
    yield f"{block['label']} {block['value']:g} of 100 (from {block['low']:.0f} to {block['high']:.0f}; {block['mark_label']} {block['mark']})"


def _bars(block: Block) -> Iterator[str]:
    yield block["caption"]
    for item in block["items"]:
        share = "" if item["share"] is None else f"{item['share']:.0%}, "
        yield f"  {item['label']:22} {share}{item['text']}"
    yield ""


def _table(block: Block) -> Iterator[str]:
    yield block["caption"]
    for row in [block["head"], *block["rows"]]:
        yield "  " + " | ".join(row)
    yield ""


def _entries(block: Block) -> Iterator[str]:
    for item in block["items"]:
        yield from _wrapped(f"{item['title']} ({item['state']})" if item["state"] else item["title"])
        yield from _wrapped(" ".join(filter(None, [item["facts"], item["text"]])), indent="    ", first="    ")
    yield ""


def _details(block: Block) -> Iterator[str]:
    yield from _wrapped(block["summary"], first="* ", indent="  ")
    for inner in block["blocks"]:
        yield from _block(inner)


def _qr(block: Block) -> Iterator[str]:
    for row in block["rows"]:
        yield "".join("  " if cell == "1" else "██" for cell in row)


def _rate(block: Block) -> Iterator[str]:
    yield from _wrapped(f"{block['title']}  {'not rated' if block['value'] is None else block['value'] or 'not seen'}")
    for anchor in block["anchors"]:
        yield from _wrapped(anchor["says"], indent="     ", first=f"  {anchor['at']}. ")
    yield ""


def _clock(block: Block) -> Iterator[str]:
    for phase in block["phases"]:
        yield f"  {phase['name']}, {phase['minutes']} minutes"
    yield ""


def _ticks(block: Block) -> Iterator[str]:
    yield block["label"]
    for item in block["items"]:
        yield from _wrapped(item["text"], indent="      ", first=f"  [{'x' if item['on'] else ' '}] ")
    yield ""


def _heat(block: Block) -> Iterator[str]:
    rows = [[row["label"], *(cell["text"] for cell in row["cells"])] for row in block["rows"]]
    return _table({"caption": block["caption"], "head": block["head"], "rows": rows})


def _editor(block: Block) -> Iterator[str]:
    yield block["label"]
    for number, line in enumerate(block["text"].split("\n"), start=1):
        yield f"{number:5} {''.join(c for c in line if c.isprintable())}"
    for item in block["problems"]:
        yield from _wrapped(f"{item['line']}:{item['col']} {item['code']} {item['says']} {item['cure']}", indent="      ")
    yield ""


def _picture(block: Block) -> Iterator[str]:
    yield block["label"]
    for line in block["lines"]:
        yield "".join(c for c in line if c.isprintable())
    yield ""


def _nothing(_block: Block) -> Iterable[str]:
    """Buttons and fields: the terminal asks in its own way."""
    return ()


_DRAW: dict[str, Callable[[Block], Iterable[str]]] = {
    "heading": _heading, "text": _text, "bullets": _bullets, "talk": _talk, "meter": _meter, "ask": _ask, "card": _card,
    "chips": _chips, "quote": _quote, "sources": _sources, "notice": _text, "scale": _scale, "bars": _bars, "table": _table, "qr": _qr, "large": _text,
    "entries": _entries, "details": _details, "actions": _nothing, "form": _nothing, "choice": _nothing,
    "rate": _rate, "clock": _clock, "ticks": _ticks, "heat": _heat,
    "editor": _editor, "picture": _picture,
}
