"""YAML as marked text: every scalar stays the words that stand in the file, with its line and column.

Nothing is converted and nothing is executed: tags, anchors and aliases are refused, doubled keys are
faults, and nesting is bounded. What the words mean is decided in `read`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from kit.content.finding import Finding, name_of, short

MOST_BYTES = 512 * 1024
MOST_DEPTH = 12
NOT_SHOWN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")   # what YAML does not allow in a text


@dataclass(frozen=True)
class Mark:
    """A place in a file, both counted from 1."""

    line: int
    col: int


@dataclass(frozen=True)
class Text:
    """A scalar. `plain` says that it stands there without quotes and not in a block."""

    value: str
    mark: Mark
    plain: bool


@dataclass(frozen=True)
class Listing:
    items: tuple["Node", ...]
    mark: Mark


@dataclass(frozen=True)
class Mapping:
    pairs: tuple[tuple[Text, "Node"], ...]
    mark: Mark

    def get(self, key: str) -> "Node | None":
        return next((node for k, node in self.pairs if k.value == key), None)

    def key_mark(self, key: str) -> Mark | None:
        return next((k.mark for k, _ in self.pairs if k.value == key), None)


Node = Text | Listing | Mapping


class Unreadable(Exception):
    """The text is not YAML that we read; carries the one finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def read_text(path: Path) -> str:
    """The file as text. Raises Unreadable when it is missing, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Unreadable(Finding(name_of(str(path)), 1, 1, "E101", f"the file cannot be read: {reason}.",
                                 "Check that it is there and that you may open it.")) from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or raw[:2].count(b"\0") == 1:
        raise Unreadable(Finding(name_of(str(path)), 1, 1, "E103", "the file is written in UTF-16, and not in UTF-8.",
                                 "Save it with the encoding UTF-8 in your editor (Windows sometimes calls UTF-16 \"Unicode\")."))
    if len(raw) > MOST_BYTES:
        raise Unreadable(Finding(name_of(str(path)), 1, 1, "E102", f"the file is larger than {MOST_BYTES // 1024} kB.",
                                 "A scenario is some 20 kB. Is this the right file?"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, col = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise Unreadable(Finding(name_of(str(path)), line, col, "E103", "this character is not UTF-8.",
                                 "Save the file with the encoding UTF-8 in your editor.")) from None


def parse(text: str, path: str) -> tuple[Node, list[Finding]]:
    """The tree of one YAML document, and the faults (doubled keys, cut sentences) that leave it readable.

    Raises Unreadable when the text is not YAML, is empty, or uses what is refused here.
    """
    if bad := NOT_SHOWN.search(text):
        before = text[: bad.start()]
        raise Unreadable(Finding(path, before.count("\n") + 1, bad.start() - before.rfind("\n"), "E104",
                                 "a character that cannot be shown stands here.", "Delete it and type it anew."))
    builder = _Builder(text, path)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            builder.take(event)   # one at a time: what is refused stops the reading there
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise Unreadable(_syntax_fault(error, builder.last, text.splitlines(), path)) from None
    return builder.built()


class _Builder:
    """Events in, one tree out; a stack instead of recursion, so that nesting cannot exhaust anything."""

    def __init__(self, text: str, path: str) -> None:
        self.lines = text.splitlines()
        self.path = path
        self.findings: list[Finding] = []
        self.stack: list[tuple[Mark, bool, list[Node]]] = []   # where it opened, is it a mapping, its nodes so far
        self.roots: list[Node] = []
        self.last: yaml.Event | None = None   # where a fault of YAML's own comes after
        self.told: set[int] = set()           # lines on which a cut sentence is told already
        self.in_braces = 0

    def take(self, event: yaml.Event) -> None:
        mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
        self._refuse(event, mark)
        self.last = event
        if isinstance(event, yaml.CollectionStartEvent):
            self.in_braces += bool(event.flow_style)
            if len(self.stack) >= MOST_DEPTH:
                self._stop(mark, "E105", f"lists and keys are nested more than {MOST_DEPTH} deep here.", "Look for brackets or indents that do not belong.")
            self.stack.append((mark, isinstance(event, yaml.MappingStartEvent), []))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.in_braces = max(0, self.in_braces - 1)   # brackets stand innermost
            opened, is_mapping, nodes = self.stack.pop()
            self._place(self._mapping(nodes, opened) if is_mapping else Listing(tuple(nodes), opened))
        elif isinstance(event, yaml.ScalarEvent):
            node = Text(event.value, mark, not event.style)
            self._check_text(event, node)
            self._place(node)
        elif isinstance(event, yaml.DocumentStartEvent) and self.roots:
            self._stop(mark, "E107", "a second document begins here (`---`).", "One file, one document: remove the line `---`.")

    def built(self) -> tuple[Node, list[Finding]]:
        if not self.roots or (isinstance(self.roots[0], Text) and not self.roots[0].value.strip()):
            self._stop(Mark(1, 1), "E106", "the file is empty.", "Start from `kit new NAME`.")
        return self.roots[0], self.findings

    def _place(self, node: Node) -> None:
        (self.stack[-1][2] if self.stack else self.roots).append(node)

    def _mapping(self, nodes: list[Node], mark: Mark) -> Mapping:
        first: dict[str, Mark] = {}
        pairs: list[tuple[Text, Node]] = []
        for key, value in zip(nodes[::2], nodes[1::2]):
            if not isinstance(key, Text):
                self._stop(key.mark, "E108", "a key must be a word, and here stands a list or a mapping.",
                           "Brackets begin a list: put the text in quotes.")
            key = self._seen(key)
            if isinstance(value, Text) and value.plain and not value.value:
                self._warn_if_all_cut(key)
            if key.value in first:
                self._add(key.mark, "E109", f"the key `{key.value}` appears twice, first at line {first[key.value].line}.",
                          "YAML would silently keep only one of them. Remove or rename one.")
                continue
            first[key.value] = key.mark
            pairs.append((key, value))
        return Mapping(tuple(pairs), mark)

    def _seen(self, key: Text) -> Text:
        """The key without what cannot be seen: a non-breaking space, as web pages and word processors give, is none to YAML."""
        seen = key.value.strip(_UNSEEN)
        if seen != key.value and seen:
            self._add(key.mark, "E113", f"a space that YAML does not take for one (or an invisible character) stands beside `{seen}`.", _TYPE_SPACES)
        return Text(seen, key.mark, key.plain) if seen else key

    def _refuse(self, event: yaml.Event, mark: Mark) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._stop(mark, "E110", "anchors (`&`) and aliases (`*`) are not used here.",
                       "Write the text out, or put it in quotes if it begins with `&` or `*`.")
        if getattr(event, "tag", None):
            self._stop(mark, "E111", f"the tag `{event.tag}` is not used here; nothing in a scenario is executed.",
                       "Remove it, or put the text in quotes if it begins with `!`.")

    def _check_text(self, event: yaml.ScalarEvent, node: Text) -> None:
        if NOT_SHOWN.search(node.value):
            self._stop(node.mark, "E104", "this text holds a character that cannot be shown, written as an escape.", "Write the text without it.")
        if node.plain and node.value:
            self._warn_if_cut(event, node)
            if self.in_braces and node.value[0] in _CURLY and not any(quote in node.value[1:] for quote in _CURLY):
                self._add(node.mark, "E114", f"the curly quotation mark {node.value[0]} is no quotation mark to YAML: this text ends after `{node.value[-30:]}`.", _TYPE_QUOTES)

    def _warn_if_cut(self, event: yaml.ScalarEvent, node: Text) -> None:
        """A `#` after a space, or at the start of a wrapped line, begins a comment: much of a sentence may be gone."""
        here = event.end_mark.line
        for line, col in ((here, event.end_mark.column), (here + 1, 0)):
            rest = self.lines[line][col:] if line < len(self.lines) else ""
            comment = rest.strip()
            if not (rest[:1].isspace() and comment.startswith("#")):
                continue
            is_sentence = line == here and len(node.value.split()) > 2 and node.value[-1] not in ".?!\""
            if line + 1 not in self.told and (is_sentence or not comment.startswith("# ")):   # the text before it may end on this line, too
                self.told.add(line + 1)
                self._add(Mark(line + 1, col + rest.index("#") + 1), "W112", f"a `#` cut this sentence after `{node.value[-30:]}`; the rest was read as a comment.",
                          "Put the text in quotes or under `>-`. For a comment, write `# ` with a space.")
                return

    def _warn_if_all_cut(self, key: Text) -> None:
        """The same where the whole text is gone: `question: #17 is open`."""
        line = self.lines[key.mark.line - 1] if key.mark.line <= len(self.lines) else ""
        if cut := re.match(rf"{re.escape(key.value)}:\s+(?=#[^\s#-])", line[key.mark.col - 1:]):
            self._add(Mark(key.mark.line, key.mark.col + cut.end()), "W112", f"a `#` begins a comment, so `{key.value}` has no text; the rest was not read.",
                      "Put the text in quotes or under `>-`. For a comment, write `# ` with a space.")

    def _add(self, mark: Mark, code: str, says: str, cure: str) -> None:
        self.findings.append(Finding(self.path, mark.line, mark.col, code, short(says), cure))

    def _stop(self, mark: Mark, code: str, says: str, cure: str) -> None:
        raise Unreadable(Finding(self.path, mark.line, mark.col, code, short(says), cure))


# --- what YAML's own parser complains of, in the words of somebody who writes scenarios --------------------------------------

_UNSEEN = "\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u202f\u205f\u2060\u3000\ufeff"
_CURLY = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb"
_TYPE_SPACES = "Delete it and type plain spaces. It often comes with a text copied from a web page or a mail."
_TYPE_QUOTES = 'Type the straight mark " instead; a word processor makes curly ones of them.'
_BELOW = "Keys of one thing stand exactly below each other; put longer texts under `>-`."

# What a line looks like that often is the cause; told where the first group stands. The last: whether the line above is looked at, too.
_CAUSES = (
    (re.compile(r"^ *(\t)"), "a tab stands here.", "YAML indents with spaces: replace each tab by two spaces.", True),
    (re.compile(rf"^ *(?:- *)?(?:\w+:)?([{_UNSEEN}])"), "a space that YAML does not take for one (or an invisible character) stands here.", _TYPE_SPACES, True),
    (re.compile(r"^ *(?:- +)?[a-z_]+(:)(?=[^ \t/])"), "after this colon a space is missing.", "Write `key: text`, with a space after the colon.", True),
    (re.compile(r"[{,] *[a-z_]+(:)(?=[\"'\[{])"), "after this colon a space is missing.", "Write `key: text`, with a space after the colon.", False),
    (re.compile(r"^ *(-)(?=[a-z_]+: )"), "after this hyphen a space is missing.", "Write `- key: text`: hyphen, space, key.", True),
    (re.compile(r"^ *([\u2010-\u2015\u2022\u2212*])(?= +\w+: )"), "this sign does not begin an item of a list.", "Type a plain hyphen and a space: `- `. A word processor makes dashes of them.", True),
    (re.compile(rf"(?:: +|[{{\[,] *|- +)([{_CURLY}])"), "a curly quotation mark is no quotation mark to YAML.", _TYPE_QUOTES, False),
)

# libyaml's words first, then PyYAML's.
_SYNTAX = (
    ("mapping values are not allowed", "a colon and a space stand inside a text without quotes.",
     'Put the text in "quotes", or on the next line under `>-`.'),
    ("could not find expected ':'", "a key without a colon, or a text that is not indented enough.",
     "Write `key: text`, and indent the lines of a text below its key."),
    ("quoted scalar", "a quotation mark is opened here and never closed, or something in the quotes cannot be read.",
     "Close it, or put the text under `>-`, where quotation marks need no care."),
    ("flow mapping", "a `{` is not closed, or a text inside it needs quotes.", 'Inside { } put every text in "quotes", and close with `}`.'),
    ("flow sequence", "a `[` is not closed.", "Close the list with `]`."),
    ("flow node", "a bracket is opened and nothing that fits follows.", "Close the bracket, or put the text in quotes."),
    ("'-' indicator", "this line fits nowhere: it is no item of the list above it, and no key of that item.",
     "Begin it with `- ` exactly below the other hyphens, or indent it as far as the keys that it belongs to."),
    ("expected key", "the indentation does not fit here, or a quotation mark inside the text ends it early.", _BELOW),
    ("block end", "the indentation does not fit here, or a quotation mark inside the text ends it early.", _BELOW),
    ("scanning an alias", "a text may not begin with `*` or `&`.", 'Put the text in "quotes".'),
    ("scanning an anchor", "a text may not begin with `*` or `&`.", 'Put the text in "quotes".'),
    ("block scalar", "after `>` or `|` nothing more may stand on the line.", "Put the text on the next line, indented. If this is a mail that was answered, remove the `>` before each line."),
    ("document start", "the document has ended before this, by a line `...` or `---`.", "One file, one document: remove that line."),
    ("cannot start any token", "a text may not begin with this character.", 'Put the text in "quotes".'),
)
_BEGINS_AT = ("quoted scalar", "simple key", "flow mapping", "flow sequence")   # said best where it begins
_KEY_LINE = re.compile(r"^ *(?:- +)?[a-z_]+:(?: |$)")


def _syntax_fault(error: Exception, last: yaml.Event | None, lines: list[str], path: str) -> Finding:
    """The fault in words. `last` is what YAML read before it."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Finding(path, 1, 1, "E104", "this is not YAML that can be read.", "Compare it with a scenario that works, or start from `kit new NAME`.")
    context, problem = str(error.context or ""), str(error.problem or "")
    begins = error.context_mark and any(sign in context for sign in _BEGINS_AT)
    mark = (error.context_mark if begins else None) or error.problem_mark or error.context_mark
    place = Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)
    fails = error.problem_mark or mark
    at = Mark(fails.line + 1, fails.column + 1) if fails else place
    place, says, cure = _by_quotes(last, at, lines) or _by_line(place, lines) or _too_deep(problem, place, lines) or _by_words(f"{context} {problem}", place)
    return Finding(path, place.line, place.col, "E104", says, cure)


Told = tuple[Mark, str, str]


def _line(lines: list[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _by_quotes(last: yaml.Event | None, place: Mark, lines: list[str]) -> Told | None:
    """A text in quotes that ended where it should not have: too late (its mark was never closed) or too early."""
    if not isinstance(last, yaml.ScalarEvent) or last.style not in ("'", '"'):
        return None
    start, end = last.start_mark, last.end_mark
    between = _line(lines, end.line + 1)[end.column: place.col - 1] if place.line == end.line + 1 else "x"
    if between.strip():
        return None
    if any(_KEY_LINE.match(line) for line in lines[start.line + 1: end.line + 1]):
        return Mark(start.line + 1, start.column + 1), "a quotation mark is opened here and closed only much later, or never.", "Close it where the text ends, or put the text under `>-`, where quotation marks need no care."
    cure = "For an apostrophe put the text in \"double\" quotes" if last.style == "'" else "Leave the inner marks out"
    return place, "the text in quotes has ended before this: a quotation mark inside it closed it.", f"{cure}, or put the text under `>-`, where quotation marks need no care."


def _by_line(place: Mark, lines: list[str]) -> Told | None:
    above = next((n for n in range(place.line - 1, 0, -1) if _line(lines, n).strip()), 0)
    for looks, says, cure, looks_up in _CAUSES:
        for number in (place.line, above) if looks_up else (place.line,):
            if found := looks.search(_line(lines, number)):
                return Mark(number, found.start(1) + 1), says, cure
    return None


def _too_deep(problem: str, place: Mark, lines: list[str]) -> Told | None:
    """A key that is indented further than those above it is read as a part of the text there."""
    line = _line(lines, place.line)
    if "mapping values are not allowed" not in problem or not re.fullmatch(r" +[a-z_]+", line[: place.col - 1]):
        return None
    key = line[: place.col - 1].strip()
    return Mark(place.line, place.col - len(key)), f"`{key}` is indented further than the key above it, so it is read as a part of that text.", _BELOW


def _by_words(complaint: str, place: Mark) -> Told:
    for sign, says, cure in _SYNTAX:
        if sign in complaint:
            return place, says, cure
    return place, "this is not YAML from here on.", "Look at the line above too: a missing quote, colon or indent often shows one line later."
