"""Small content for tests: a playbook, a draft, a scenario with every kind of scene; and where each key of a text stands."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path

import yaml

from kit.content.finding import Finding
from kit.content.playbook import Playbook
from kit.content.read import Reading
from kit.content.scenario import Scenario
from kit.library import NoPlaybook, load_playbook, load_scenario


def _rule(name: str, claim: str, phase: str, *, who: str = "both", weight: int = 2, red_line: str = "no") -> str:
    return f"""\
  - id: {name}
    title: Do it
    competency: say-it
    phase: {phase}
    who: {who}
    weight: {weight}
    red_line: {red_line}
    why: It helps.
    do: Do this.
    dont: Not that.
    rests_on: [{claim}]
    anchors:
      1: Never
      3: Somewhat
      5: Always
"""


def _claim(name: str) -> str:
    return f"""\
      - id: {name}
        at: Paragraph 1
        phase: decide
        who: both
        says: What it says.
"""


PLAYBOOK = """\
format: 1
language: en
pass_mark: 75
competencies:
  - id: say-it
    title: Say it
    says: Say what there is to say.
causes:
  - {id: price-rise, title: A price rise}
trust_words:
  - {word: cold, trust: 0-4}
  - {word: warm, trust: 5-10}
bands:
  - {title: A start, at_least: 0, says: Look again.}
  - {title: Sound, at_least: 75, says: It held.}
tensions:
  - id: X1
    between: [A01, A03]
    pull: Ring, and write.
    settled: Ring first.
    sides: {a: There is news, b: It is over}
rules:
""" + "".join([
    _rule("ring-first", "A01", "decide"), _rule("ask-why", "A02", "[decide, tell]", weight=1), _rule("say-it-plainly", "A03", "tell"),
    _rule("write-later", "A04", "after"), _rule("keep-notes", "A05", "always"), _rule("give-notice", "A06", "always", who="us"),
    _rule("try-once", "A07", "always", who="client"), _rule("stay-calm", "A08", "always", weight=3, red_line="yes"),
]) + """\
sources:
  - id: friend
    title: An article
    gist: What it is about.
    claims:
""" + "".join(_claim(f"A0{n}") for n in range(1, 10)) + "        same_as: A01\n"

# A draft as short as may be. Nothing is wrong with it.
SCENARIO = """\
title: The price rise
cause: price-rise
who: client
scenes:
  - id: silence
    phase: decide
    situation: She has gone quiet.
    question: What do you do first?
    options:
      - id: ring
        text: Ring her.
        keeps: [ring-first]
        cites: [A01]
        trust: 1
        next: end
      - id: write
        text: Write again.
        breaks: [ring-first]
        trust: -1
endings:
  - id: door
    title: An open door
    text: She rings again.
    trust: 6-10
    best: true
  - id: cold
    title: A cold end
    text: Nothing comes back.
    trust: 0-5
"""


def _outcome(head: str, trust: int) -> str:
    return f"      - {head}reply: She nods.\n        feedback: That was heard.\n        cites: [A01, A04, A05]\n        trust: {trust}\n"


def _option(name: str, verb: str, rule: str, trust: int, *, text: str = "Say this.", tempting: bool = True) -> str:
    return f"""\
      - id: {name}
        text: {text}
        {verb}: [{rule}]
        reply: She nods.
        feedback: That was heard.
        cites: [A01, A03, A08]
        trust: {trust}
""" + ("        tempting: It is quick.\n" if tempting else "")


# Ready, with every key and every kind of scene, two of them a pair. Nothing is wrong with it in a file a.yaml.
EVERY_ASK = """\
format: 1
title: The price rise
summary: She has gone quiet.
status: ready
language: en
cause: price-rise
who: client
level: 2
trust: 5
role: You run a small firm.
client:
  name: Dana Ruiz
  business: A joinery
  together: six years
  wants: a price she can plan with
  feels: taken for granted
scenes:
  - id: silence
    phase: decide
    practises: [X1a]
    situation: She has gone quiet.
    talk:
      - Sami: Her papers have not come either.
    ask: choose
    question: What do you do first?
    options:
""" + _option("ring", "keeps", "ring-first", 1, text="Ring her.", tempting=False) + _option("write", "breaks", "ring-first", -1, text="Write again.") + """\
        next: call
    pairs_with: {scenario: a, scene: call, fact: There she is on the phone.}
  - id: call
    phase: tell
    situation: She picks up.
    ask: best_and_worst
    question: Which is best, and which is worst?
    options:
""" + _option("plain", "keeps", "say-it-plainly", 1, text="Write again.", tempting=False) + _option("hint", "keeps", "", 0, text="Ring her.") + \
    _option("mumble", "breaks", "say-it-plainly", -1) + _option("shout", "breaks", "stay-calm", -3) + """\
  - id: handover
    phase: close
    situation: One week is left.
    ask: order
    question: In which order?
    keeps: [keep-notes]
    steps:
      - {id: finish, text: Finish the work., place: 1}
      - {id: files, text: Hand over the files., place: 2}
      - {id: thanks, text: Thank them., place: 3}
    outcomes:
""" + _outcome("at_least: 1\n        ", 1) + _outcome("", 0) + """\
  - id: letter
    phase: after
    situation: Three months on.
    ask: compose
    question: Build the letter.
    blocks:
      - id: sorry
        text: I am sorry.
        place: 1
        keeps: [write-later]
      - {id: years, text: It was six years., place: 2, keeps: [write-later]}
      - {id: blame, text: You never rang., breaks: [stay-calm]}
      - {id: offer, text: We have an offer., breaks: [write-later]}
      - {id: weather, text: It is warm here.}
    outcomes:
""" + _outcome("at_least: 0.8\n        ", 1) + _outcome("", -1) + """\
  - id: own-words
    phase: after
    situation: She rings.
    ask: write
    question: What do you say?
    rules: [keep-notes]
    model: I am glad that you ring.
    next: end
endings:
  - id: door
    title: An open door
    text: She rings again.
    trust: 6-10
    best: true
  - id: cold
    title: A cold end
    text: Nothing comes back.
    trust: 0-5
roleplay:
  trainee: You rang her.
  client: You are hurt.
  beats: [She is short., She asks why.]
  opening: So you ring after all.
  minutes: {tell: 6, close: 4}
  rules: [ring-first, ask-why, say-it-plainly, write-later, keep-notes, stay-calm]
  stop_word: pause
debrief: [When did you last ring first?]
"""


# --- checking a text ------------------------------------------------------------------------------------

def read(tmp_path: Path, scenario_text: str | bytes, *, name: str = "a.yaml") -> Reading[Scenario]:
    """A scenario of this text, read and checked; it goes by the small playbook."""
    (tmp_path / name).write_bytes(scenario_text if isinstance(scenario_text, bytes) else scenario_text.encode())
    return load_scenario(tmp_path / name, small_playbook())


def check_text(tmp_path: Path, scenario_text: str | bytes, *, name: str = "a.yaml") -> list[Finding]:
    return list(read(tmp_path, scenario_text, name=name).findings)


def check_edit(tmp_path: Path, old: str, new: str, *, text: str = SCENARIO) -> tuple[list[Finding], int]:
    """What is found once `old` has become `new`, and the first line that this changed."""
    after = edit(text, old, new)
    check = check_playbook_text if text == PLAYBOOK else check_text
    return check(tmp_path, after), changed(text, after)


def check_playbook_text(tmp_path: Path, text: str) -> list[Finding]:
    (tmp_path / "playbook.yaml").write_bytes(text.encode())
    try:
        return list(load_playbook(tmp_path)[1])
    except NoPlaybook as none:
        return list(none.findings)


@cache
def small_playbook() -> Playbook:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "playbook.yaml").write_bytes(PLAYBOOK.encode())
        return load_playbook(Path(folder))[0]


def places(findings: list[Finding]) -> list[tuple[str, int]]:
    """(code, line) of each finding, as tests like to compare them."""
    return [(finding.code, finding.line) for finding in findings]


# --- changing a text ------------------------------------------------------------------------------------

def edit(text: str, old: str, new: str) -> str:
    """The text with `old`, which must stand in it exactly once, replaced."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
    return text.replace(old, new)


def changed(before: str, after: str) -> int:
    """The first line, from 1, on which two texts differ."""
    lines = zip_longest(before.split("\n"), after.split("\n"))
    return next(n for n, (old, new) in enumerate(lines, start=1) if old != new)


@dataclass(frozen=True)
class Spot:
    """A key in a text: its way (`scenes.options.keeps`), where it and its value stand, their line, and that of what they belong to."""

    way: str
    key: slice
    value: slice
    words: str     # the value as it is written
    kind: str      # of the value: text, list or keys
    line: int
    owner: int
    indent: str    # what stands before the key on its line

    @property
    def name(self) -> str:
        return self.way.rpartition(".")[2]

    @property
    def stands_alone(self) -> bool:
        """Whether the key is the first thing on its line."""
        return not self.indent.strip()

    @property
    def after_key(self) -> slice:
        """The colon, the value, and the line break between them if there is one."""
        return slice(self.key.stop, self.value.stop)


def spots(text: str) -> list[Spot]:
    """Every key of a YAML text but the names in a talk, in the order of the file."""
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return sorted(_spots(text, root, "", 1), key=lambda spot: spot.key.start)


def _spots(text: str, node: yaml.Node, way: str, owner: int) -> Iterator[Spot]:
    if isinstance(node, yaml.SequenceNode) and not way.endswith(".talk"):
        for item in node.value:
            yield from _spots(text, item, way, item.start_mark.line + 1)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            spot = _spot(text, key, value, f"{way}.{key.value}".lstrip("."), owner)
            yield spot
            yield from _spots(text, value, spot.way, spot.line)


def _spot(text: str, key: yaml.Node, value: yaml.Node, way: str, owner: int) -> Spot:
    begins, start = key.start_mark.index, value.start_mark.index
    words = text[start: value.end_mark.index].rstrip()
    kind = {"scalar": "text", "sequence": "list", "mapping": "keys"}[value.id]
    indent = text[text.rfind("\n", 0, begins) + 1: begins]
    return Spot(way, slice(begins, key.end_mark.index), slice(start, start + len(words)), words, kind, key.start_mark.line + 1, owner, indent)


def put(text: str, where: slice | int, new: str) -> str:
    """The text with `new` in place of what stands there, or put in there."""
    where = slice(where, where) if isinstance(where, int) else where
    return text[: where.start] + new + text[where.stop:]


def without(text: str, spot: Spot) -> str:
    """The text without the lines of this key, which must stand alone."""
    assert spot.stands_alone
    return text[: spot.key.start - len(spot.indent)] + text[spot.value.stop + 1:]
