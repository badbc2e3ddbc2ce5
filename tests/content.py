"""Small content for tests: a playbook, a scenario, one with every kind of scene; and where each key of a text stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from kit.content.finding import Finding
from kit.content.playbook import Playbook
from kit.library import NoPlaybook, load_playbook, load_scenario


def _rule(name: str, claim: str, *, phase: str, who: str = "both", weight: int = 2, red_line: str = "no") -> str:
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
    anchors: {{1: Never, 3: Somewhat, 5: Always}}
"""


def _claim(name: str) -> str:
    return f"""\
      - id: {name}
        at: Paragraph 1
        phase: decide
        who: both
        says: What {name} says.
"""


PLAYBOOK = """\
format: 1
pass_mark: 75
competencies:
  - {id: say-it, title: Say it, says: Say what there is to say.}
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
    _rule("ring-first", "A01", phase="decide"), _rule("ask-why", "A02", phase="decide", weight=1),
    _rule("say-it-plainly", "A03", phase="tell"), _rule("write-later", "A04", phase="after"),
    _rule("stay-calm", "A05", phase="always", weight=3, red_line="yes"), _rule("keep-notes", "A06", phase="always"),
    _rule("give-notice", "A07", phase="always", who="us"),
]) + """\
sources:
  - id: friend
    title: An article
    gist: What it is about.
    claims:
""" + "".join(_claim(f"A0{n}") for n in range(1, 8)) + _claim("A08") + "        same_as: A01\n"

# Draft, without findings.
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


def check_text(tmp_path: Path, scenario_text: str | bytes, *, name: str = "a.yaml", playbook: Playbook | None = None) -> list[Finding]:
    """What `kit check` finds in a scenario of this text."""
    path = tmp_path / name
    path.write_bytes(scenario_text if isinstance(scenario_text, bytes) else scenario_text.encode())
    return list(load_scenario(path, playbook or playbook_of(tmp_path)).findings)


def check_playbook_text(tmp_path: Path, text: str) -> list[Finding]:
    (tmp_path / "playbook.yaml").write_text(text, encoding="utf-8")
    try:
        return list(load_playbook(tmp_path)[1])
    except NoPlaybook as none:
        return list(none.findings)


def playbook_of(tmp_path: Path) -> Playbook:
    (tmp_path / "playbook.yaml").write_text(PLAYBOOK, encoding="utf-8")
    return load_playbook(tmp_path)[0]
