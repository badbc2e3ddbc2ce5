"""The block vocabulary: every kind of thing a screen can show, as plain data. See docs/blocks.md.

Texts are plain texts: whoever draws a block shows them as they are and never as markup.
"""

from typing import Any

Block = dict[str, Any]
Message = dict[str, Any]

PAGE_LANGUAGE = "en"   # of everything but what a scenario says
TONES = ("info", "good", "warn", "bad")


def spoken(language: str, *blocks: Block) -> list[Block]:
    """Blocks that say something in this language (a tag such as de): marked, where it is not the page's, so that it is read aloud as what it is."""
    return [block if language == PAGE_LANGUAGE else {**block, "lang": language} for block in blocks]


def heading(text: str, *, level: int = 2, focus: bool = False, kicker: str = "", sheet: bool = False) -> Block:
    """A heading, 2 or 3; `focus` says that the reader is taken here; `kicker` is the small line above; on paper a `sheet` begins with it."""
    return {"type": "heading", "text": text, "level": level, "focus": focus, "kicker": kicker, "sheet": sheet}


def text(words: str, *, small: bool = False) -> Block:
    return {"type": "text", "text": words, "small": small}


def bullets(items: list[str]) -> Block:
    return {"type": "bullets", "items": items}


def talk(turns: list[tuple[str, str]], *, mine: str = "You", label: str = "What was said") -> Block:
    """Turns of talk: (who, words). Those of `mine` stand on the right."""
    return {"type": "talk", "label": label, "turns": [{"who": w, "words": s, "mine": w == mine} for w, s in turns]}


def meter(label: str, value: int, most: int, word: str) -> Block:
    """A value out of `most`, with its word."""
    return {"type": "meter", "label": label, "value": value, "most": most, "word": word}


def ask(kind: str, question: str, parts: list[tuple[str, str]], *, run: str, step: int, button: str, hint: str, sure: list[tuple[int, str]] | None = None) -> Block:
    """A question to answer. `parts` are (number, text) in the order shown; the answer names the numbers.

    `sure` are the steps of "how sure are you", where that is asked too.
    """
    return {"type": "ask", "kind": kind, "question": question, "hint": hint, "button": button, "run": run, "step": step,
            "parts": [{"id": number, "text": words} for number, words in parts], "sure": [{"value": value, "text": words} for value, words in sure or []]}


def card(blocks: list[Block], *, tone: str = "", label: str = "") -> Block:
    """Blocks that belong together, on a ground of their own."""
    return {"type": "card", "blocks": blocks, "tone": tone, "label": label}


def chips(items: list[tuple[str, str]]) -> Block:
    """(word, text), such as ("kept", "Give the news by voice."); the words are kept, broken, missed, red line."""
    return {"type": "chips", "items": [{"word": word, "text": words} for word, words in items]}


def quote(label: str, words: tuple[str, ...], *, ordered: bool = False) -> Block:
    """Words that were said, or would have been better; several are a list."""
    return {"type": "quote", "label": label, "words": list(words), "ordered": ordered}


def sources(items: list[tuple[str, str]]) -> Block:
    """(what an article advises, where it stands)."""
    return {"type": "sources", "items": [{"says": says, "where": where} for says, where in items]}


def notice(words: str, *, tone: str = "info") -> Block:
    return {"type": "notice", "text": words, "tone": tone}


def scale(label: str, value: float, low: float, high: float, mark: int, mark_label: str) -> Block:
    """A score from 0 to 100 with its interval and a mark."""
    return {"type": "scale", "label": label, "value": value, "low": low, "high": high, "mark": mark, "mark_label": mark_label}


def bars(caption: str, items: list[tuple[str, float | None, str]]) -> Block:
    """(label, share 0-1 or None for no bar, text beside it)."""
    return {"type": "bars", "caption": caption, "items": [{"label": a, "share": b, "text": c} for a, b, c in items]}


def table(caption: str, head: list[str], rows: list[list[str]], *, actions: list[list[Block]] | None = None, name: str = "") -> Block:
    """Rows of texts; `actions` are the buttons of each row. One with a `name` can be sorted, and saved as <name>.csv."""
    return {"type": "table", "caption": caption, "head": head, "rows": rows, "actions": actions or [], "name": name}


def qr(label: str, rows: list[str]) -> Block:
    """A QR code as rows of 0 and 1."""
    return {"type": "qr", "label": label, "rows": rows}


def large(words: str) -> Block:
    """Words to be read from the back of the room."""
    return {"type": "large", "text": words}


def entries(label: str, items: list[Block]) -> Block:
    """A list of entries, each a title, a line of facts, a text and its actions."""
    return {"type": "entries", "label": label, "items": items}


def entry(title: str, *, facts: str = "", words: str = "", state: str = "", does: list[Block] | None = None) -> Block:
    return {"title": title, "facts": facts, "text": words, "state": state, "actions": does or []}


def actions(items: list[Block]) -> Block:
    return {"type": "actions", "items": items}


def action(label: str, send: Message, *, primary: bool = False, about: str = "") -> Block:
    """A button that sends a message; `about` says for a screen reader what the label leaves open.

    A message of type `print` prints the page and sends nothing.
    """
    return {"label": label, "send": send, "primary": primary, "about": about}


def details(summary: str, blocks: list[Block]) -> Block:
    """Blocks behind a line that opens them."""
    return {"type": "details", "summary": summary, "blocks": blocks}


def form(fields: list[Block], *, button: str, send: Message) -> Block:
    """Fields to fill in, and a button; the message carries each text under the name of its field."""
    return {"type": "form", "fields": fields, "button": button, "send": send}


def field(name: str, label: str, *, hint: str = "", value: str = "", most: int = 200, options: list[tuple[str, str]] | None = None, long: bool = False) -> Block:
    """One line to type; several with `long`; or one of the `options` (value, text)."""
    return {"name": name, "label": label, "hint": hint, "value": value, "most": most, "long": long,
            "options": None if options is None else [{"value": v, "text": t} for v, t in options]}


def choice(label: str, items: list[tuple[str, str, Message]], chosen: str) -> Block:
    """A switch between a few: (name, text, message)."""
    return {"type": "choice", "label": label, "chosen": chosen, "items": [{"name": n, "text": s, "send": m} for n, s, m in items]}


def rate(rule_id: str, title: str, anchors: dict[int, str], *, value: int | None, evidence: str | None, send: Message,
         comments: list[str] | None = None, needs: str = "") -> Block:
    """A rule to rate from 1 to 5 (0: not seen; None: not yet) by its anchors, which are always in sight.

    `evidence` is what was seen or heard (None: not asked for), `comments` are some to use again, `needs` says what is missing.
    The message carries rule, value and evidence.
    """
    return {"type": "rate", "rule": rule_id, "title": title, "anchors": [{"at": at, "says": says} for at, says in sorted(anchors.items())],
            "value": value, "evidence": evidence, "comments": comments or [], "needs": needs, "send": send}


def clock(phases: list[tuple[str, int]], *, running: int | None, seconds: float) -> Block:
    """Phases (name, minutes) and the one that is running (None: none) for so many seconds."""
    return {"type": "clock", "phases": [{"name": n, "minutes": m} for n, m in phases], "running": running, "seconds": seconds}


def ticks(label: str, items: list[tuple[str, bool, Message]]) -> Block:
    """Boxes to tick, each its own message, which carries `on`."""
    return {"type": "ticks", "label": label, "items": [{"text": t, "on": on, "send": m} for t, on, m in items]}


def heat(caption: str, head: list[str], rows: list[tuple[str, list[tuple[str, float | None]]]]) -> Block:
    """A table to see at a glance: (label, cells), each cell a text and the share (0-1) that tints it, or None for no tint."""
    return {"type": "heat", "caption": caption, "head": head,
            "rows": [{"label": label, "cells": [{"text": words, "share": share} for words, share in cells]} for label, cells in rows]}


def editor(label: str, words: str, problems: list[Block], *, name: str, base: str, version: int, hint: str, most: int, send: Message, save: Message) -> Block:
    """A text to write, with a number beside each line, and the problems that lead to theirs.

    The message carries text, base and mark: what was typed is told a moment later, and before anything else is sent.
    What stands in the browser stays there until another `version` comes; `most` is how many bytes may be sent.
    """
    return {"type": "editor", "label": label, "text": words, "problems": problems, "name": name, "base": base, "version": version, "hint": hint,
            "most": most, "send": send, "save": save}


def problem(line: int, col: int, code: str, says: str, cure: str, *, word: str) -> Block:
    """What is wrong in a text, and where; `word` is error, warning or hint."""
    return {"line": line, "col": col, "code": code, "says": says, "cure": cure, "word": word}


def picture(label: str, svg: str, lines: list[str]) -> Block:
    """A drawing (SVG), and what it shows as lines of text."""
    return {"type": "picture", "label": label, "svg": svg, "lines": lines}


def view(title: str, key: str, blocks: list[Block], *, say: str = "", screen: str = "", refresh: int = 0, at: Message | None = None) -> dict[str, Any]:
    """A screen. `key` changes when the reader should be taken to the block with `focus`; `say` is read out.

    `refresh` is after how many seconds the page asks for the screen again; 0 for never. `at` is a message that brings
    the reader back here: the browser sends it when this tab is loaded again.
    """
    return {"title": title, "key": key, "blocks": blocks, "say": say, "screen": screen, "refresh": refresh, "at": at}
