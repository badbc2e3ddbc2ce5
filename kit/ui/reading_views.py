"""What somebody reads beside playing: the playbook."""

from typing import Any

from kit.content.playbook import Playbook, Rule
from kit.play.debrief import cited
from kit.ui import blocks as b
from kit.ui.views import PHASE_WORDS, WHO_WORDS, sources

View = dict[str, Any]


def playbook_view(playbook: Playbook, *, back: b.Message) -> View:
    """The playbook to read: rules by competency, tensions, sources."""
    shown = [b.heading("The playbook", focus=True), b.text("What to do when a client relationship ends, and which article says so."),
             b.actions([b.action("Back", back, primary=True)])]
    for competency in playbook.competencies:
        shown += [b.heading(competency.title, level=3), b.text(competency.says)]
        shown += [_rule(rule, playbook) for rule in playbook.rules if rule.competency == competency.id]
    shown += [b.heading("Where the advice pulls two ways", level=3)]
    shown += [b.details(t.pull, [b.text(t.settled), b.bullets([t.sides.a + ".", t.sides.b + "."]),
                                 sources(cited(t.between, playbook))]) for t in playbook.tensions]
    shown += [b.heading("The articles", level=3)]
    shown += [b.details(s.title, [b.text(s.gist), b.sources([(c.says, c.at) for c in s.claims])]) for s in playbook.sources]
    return b.view("The playbook", "playbook", [*shown, b.actions([b.action("Back", back, primary=True)])], screen="playbook")


def _rule(rule: Rule, playbook: Playbook) -> b.Block:
    when = ", ".join(PHASE_WORDS[phase] for phase in rule.phase)
    facts = f"Weight {rule.weight} · {when}" + ("" if rule.who == "both" else f" · when {WHO_WORDS[rule.who]}")
    shown = [*([b.notice("A red line: a run that crosses it is not above the pass mark.", tone="bad")] if rule.red_line else []),
             b.text(rule.why), b.text(f"Do: {rule.do}"), b.text(f"Don't: {rule.dont}"),
             *([b.text(f"Unless: {rule.unless.says}")] if rule.unless else []), b.text(facts, small=True),
             sources(cited(rule.rests_on, playbook))]
    return b.details(rule.title, shown)
