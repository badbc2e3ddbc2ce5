"""YAML as marked text: every scalar stays the words that stand in the file, with its line and column.

Nothing is converted and nothing is executed: tags, anchors and aliases are refused, doubled keys are
faults, and nesting is bounded. What the words mean is decided in `read`.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from kit.content.finding import Finding

MOST_BYTES = 512 * 1024
MOST_DEPTH = 12


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
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unreadable(Finding(str(path), 1, 1, "E101", f"the file cannot be read: {reason}.",
                                 "Check that it is there and that you may open it.")) from None
    if len(raw) > MOST_BYTES:
        raise Unreadable(Finding(str(path), 1, 1, "E102", f"the file is larger than {MOST_BYTES // 1024} kB.",
                                 "A scenario is some 20 kB. Is this the right file?"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, col = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise Unreadable(Finding(str(path), line, col, "E103", "this character is not UTF-8.",
                                 "Save the file with the encoding UTF-8 in your editor.")) from None


def parse(text: str, path: str) -> tuple[Node, list[Finding]]:
    """The tree of one YAML document, and the faults (doubled keys, cut sentences) that leave it readable.

    Raises Unreadable when the text is not YAML, is empty, or uses what is refused here.
    """
    try:
        events = list(yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)))
    except yaml.YAMLError:
        raise Unreadable(_syntax_fault(text, path)) from None
    return _Builder(text, path).build(events)


class _Builder:
    """Events in, one tree out; a stack instead of recursion, so that nesting cannot exhaust anything."""

    def __init__(self, text: str, path: str) -> None:
        self.lines = text.splitlines()
        self.path = path
        self.findings: list[Finding] = []

    def build(self, events: list[yaml.Event]) -> tuple[Node, list[Finding]]:
        stack: list[tuple[Mark, bool, list[Node]]] = []  # where it opened, is it a mapping, its nodes so far
        roots: list[Node] = []
        for event in events:
            mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
            self._refuse(event, mark)
            if isinstance(event, yaml.CollectionStartEvent):
                if len(stack) >= MOST_DEPTH:
                    self._stop(mark, "E105", f"lists and keys are nested more than {MOST_DEPTH} deep here.",
                               "Look for brackets or indents that do not belong.")
                stack.append((mark, isinstance(event, yaml.MappingStartEvent), []))
                continue
            node: Node
            if isinstance(event, yaml.ScalarEvent):
                node = Text(event.value, mark, event.style is None or event.style == "")
                self._warn_if_cut(event, node)
            elif isinstance(event, yaml.CollectionEndEvent):
                opened, is_mapping, nodes = stack.pop()
                node = self._mapping(nodes, opened) if is_mapping else Listing(tuple(nodes), opened)
            else:
                continue
            (stack[-1][2] if stack else roots).append(node)
        if not roots or (isinstance(roots[0], Text) and not roots[0].value.strip()):
            self._stop(Mark(1, 1), "E106", "the file is empty.", "Start from `kit new NAME`.")
        if len(roots) > 1:
            self._stop(roots[1].mark, "E107", "a second document begins here (`---`).", "One file, one document: remove the line `---`.")
        return roots[0], self.findings

    def _mapping(self, nodes: list[Node], mark: Mark) -> Mapping:
        first: dict[str, Mark] = {}
        pairs: list[tuple[Text, Node]] = []
        for key, value in zip(nodes[::2], nodes[1::2]):
            if not isinstance(key, Text):
                self._stop(key.mark, "E108", "a key must be a word, and here stands a list or a mapping.",
                           "Brackets begin a list: put the text in quotes.")
            if key.value in first:
                self._add(key.mark, "E109", f"the key `{key.value}` appears twice, first at line {first[key.value].line}.",
                          "YAML would silently keep only one of them. Remove or rename one.")
                continue
            first[key.value] = key.mark
            pairs.append((key, value))
        return Mapping(tuple(pairs), mark)

    def _refuse(self, event: yaml.Event, mark: Mark) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._stop(mark, "E110", "anchors (`&`) and aliases (`*`) are not used here.",
                       "Write the text out, or put it in quotes if it begins with `&` or `*`.")
        if getattr(event, "tag", None):
            self._stop(mark, "E111", f"the tag `{event.tag}` is not used here; nothing in a scenario is executed.",
                       "Remove it, or put the text in quotes if it begins with `!`.")

    def _warn_if_cut(self, event: yaml.ScalarEvent, node: Text) -> None:
        if not node.plain or event.end_mark.line >= len(self.lines):
            return
        rest = self.lines[event.end_mark.line][event.end_mark.column:]
        comment = rest.strip()
        if not (node.value and rest[:1].isspace() and comment.startswith("#")):
            return
        is_sentence = len(node.value.split()) > 2 and node.value[-1] not in ".?!\""
        if is_sentence or not comment.startswith("# "):
            self._add(Mark(event.end_mark.line + 1, event.end_mark.column + 2), "W112",
                      f"a `#` cut this sentence after `{node.value[-30:]}`; the rest was read as a comment.",
                      "Put the text in quotes or under `>-`. For a comment, write `# ` with a space.")

    def _add(self, mark: Mark, code: str, says: str, cure: str) -> None:
        self.findings.append(Finding(self.path, mark.line, mark.col, code, says, cure))

    def _stop(self, mark: Mark, code: str, says: str, cure: str) -> None:
        raise Unreadable(Finding(self.path, mark.line, mark.col, code, says, cure))


# What YAML's own parser complains of, in the words of somebody who writes scenarios.
_SYNTAX = (
    ("'\\t'", "a tab stands here.", "YAML indents with spaces: replace each tab by two spaces."),
    ("mapping values are not allowed", "a colon and a space stand inside a text without quotes.",
     'Put the text in "quotes", or on the next line under `>-`.'),
    ("could not find expected ':'", "a key without a colon, or a text that is not indented enough.",
     "Write `key: text`, and indent the lines of a text below its key."),
    ("while scanning a quoted scalar", "a quotation mark is opened here and never closed.",
     "Close it, or put the text under `>-`, where quotation marks need no care."),
    ("expected ',' or '}'", "a `{` is not closed, or a text inside it needs quotes.",
     'Inside { } put every text in "quotes", and close with `}`.'),
    ("expected ',' or ']'", "a `[` is not closed.", "Close the list with `]`."),
    ("expected <block end>", "the indentation does not fit here, or a quotation mark inside the text ends it early.",
     "Keys of one thing stand exactly below each other; put longer texts under `>-`."),
    ("special characters are not allowed", "a character that cannot be shown stands here.", "Delete it and type it anew."),
    ("cannot start any token", "a text may not begin with this character.", 'Put the text in "quotes".'),
)


def _syntax_fault(text: str, path: str) -> Finding:
    try:
        for _ in yaml.parse(text, Loader=yaml.BaseLoader):
            pass
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, col = before.count("\n") + 1, error.position - before.rfind("\n")
        return _worded(path, line, col, str(error))
    except yaml.MarkedYAMLError as error:
        opened = "quoted scalar" in str(error.context or "")
        mark = error.context_mark if opened else error.problem_mark or error.context_mark
        return _worded(path, mark.line + 1, mark.column + 1, f"{error.context} {error.problem}")
    return Finding(path, 1, 1, "E104", "this is not YAML.", "Compare it with a scenario that works, or start from `kit new NAME`.")


def _worded(path: str, line: int, col: int, problem: str) -> Finding:
    for sign, says, cure in _SYNTAX:
        if sign in problem:
            return Finding(path, line, col, "E104", says, cure)
    return Finding(path, line, col, "E104", "this is not YAML from here on.",
                   "Look at the line above too: a missing quote, colon or indent often shows one line later.")
