"""Self-assessment on screen: its place in the list, between two scenarios, and the result with its margin, calibration and gain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kit.content.playbook import Playbook, Rule
from kit.content.scenario import Scenario
from kit.play.form import SURE, FormScore, Gain, calibration, practice_for, to_practise
from kit.play.score import LEAST_OCCASIONS
from kit.ui import blocks as b

View = dict[str, Any]
NAMES = {"a": "A", "b": "B"}
SURE_WORDS = {1: "A guess", 2: "Rather unsure", 3: "Rather sure", 4: "Sure"}


@dataclass(frozen=True)
class FormState:
    """How far somebody is in a form: how many scenarios it has, how many are begun and done, and whether it is its turn."""

    letter: str
    scenarios: int
    begun: int
    done: int
    may_begin: bool

    @property
    def is_done(self) -> bool:
        return self.done == self.scenarios


def entries(states: Sequence[FormState], minutes: dict[str, int]) -> list[b.Block]:
    """The forms in the list, in the order in which this person takes them."""
    if not states:
        return []
    shown = []
    for state in states:
        name = NAMES[state.letter]
        if state.is_done:
            does, words = [b.action("See the result", {"type": "form_result", "form": state.letter}, about=f"form {name}")], "Finished"
        elif not state.may_begin:
            does, words = [], "Opens when you have finished the first one. Practise in between."
        else:
            does = [b.action("Go on" if state.begun else "Begin", {"type": "form", "form": state.letter}, primary=True, about=f"form {name}")]
            words = f"{state.done} of {state.scenarios} scenarios done" if state.begun else "Not begun"
        shown.append(b.entry(f"Form {name}", facts=f"{state.scenarios} scenarios · about {minutes[state.letter]} minutes", state=words, does=does))
    return [b.heading("Assess yourself", level=3), b.text("One form before you practise, the other afterwards. Nothing is told until the end of a form; you also say how sure you are.", small=True),
            b.entries("Self-assessment", shown)]


def between(letter: str, done: int, of: int) -> View:
    """After a scenario of a form: on to the next one, or to the result."""
    last = done == of
    does = [b.action("See the result", {"type": "form_result", "form": letter}, primary=True) if last else b.action("Go on with the next scenario", {"type": "form", "form": letter}, primary=True),
            b.action("Back to the scenarios", {"type": "open", "screen": "home"})]
    words = "That was the whole form." if last else "Take a breath. What you answered is kept; you can also go on another day."
    return b.view(f"Form {NAMES[letter]}", f"form {letter} {done}", [b.heading(f"Scenario {done} of {of} is done", focus=True, kicker=f"Self-assessment · form {NAMES[letter]}"), b.text(words), b.actions(does)],
                  screen="form")


def result(letter: str, made: FormScore, playbook: Playbook, ready: Sequence[Scenario], *, other: FormScore | None = None, gained: Gain | None = None) -> View:
    """A finished form: score with its margin and how it was worked out, competencies, calibration, the gain, what to practise."""
    name = NAMES[letter]
    return b.view(f"Form {name}: result", f"form {letter} result", [
        b.heading(f"{made.value:.0f} of 100", focus=True, kicker=f"Self-assessment · form {name}"),
        *[b.notice(f"A red line was crossed: {playbook.rule[rule].title}", tone="bad") for rule in made.red_lines],
        *_score(made, playbook), *_gain(letter, made, other, gained), *_calibration(made), *_competencies(made, playbook), *_practise(made, playbook, ready),
        b.actions([b.action("Print", {"type": "print"}), b.action("Back to the scenarios", {"type": "open", "screen": "home"}, primary=True)]),
    ], screen="form")


def _score(made: FormScore, playbook: Playbook) -> list[b.Block]:
    kept = round(made.stake - made.lost, 1)
    return [b.card([
        b.scale("Score", round(made.value, 1), round(made.low, 1), round(made.high, 1), playbook.pass_mark, "pass mark"),
        b.text(f"{made.decisions} decisions put {made.stake:g} at stake; you lost {round(made.lost, 1):g} of it, so {max(0, kept):g} of {made.stake:g} is left: {made.value:.0f} of 100."),
        b.text(f"From these {made.decisions} decisions alone your score could be anything from {made.low:.0f} to {made.high:.0f}. It says how you decided in these scenes, not what you are like.", small=True)],
        label="How it was worked out")]


def _gain(letter: str, made: FormScore, other: FormScore | None, gained: Gain | None) -> list[b.Block]:
    if other is None or gained is None:
        return []
    sure = "That is more than chance would bring." if gained.low > 0 else ("That is less than before, beyond chance." if gained.high < 0 else "So small a change may be chance: two forms of this length cannot tell.")
    return [b.card([b.text(f"First form {other.value:.0f}, this one {made.value:.0f}: {gained.value:+.0f} points, somewhere from {gained.low:+.0f} to {gained.high:+.0f}. {sure}")], label="Before and after")]


def _calibration(made: FormScore) -> list[b.Block]:
    words = calibration(made)
    if not words:
        return []
    rows = [[SURE_WORDS[level.sure], str(level.decisions), str(level.right)] for level in made.levels if level.decisions]
    return [b.card([b.text(words), b.table("How sure, and how right", ["You said", "Decisions", "Best answer"], rows),
                    b.text(f"“{SURE_WORDS[1]}” stands for {SURE[1]:.0%}, “{SURE_WORDS[4]}” for {SURE[4]:.0%}.", small=True)], label="How well you know what you know")]


def _competencies(made: FormScore, playbook: Playbook) -> list[b.Block]:
    titles = {c.id: c.title for c in playbook.competencies}
    return [b.bars("By competency (a bar from three occasions on)", [(titles[c.competency], c.share if c.occasions >= LEAST_OCCASIONS else None,
                   f"kept {c.kept}, missed {c.missed}, broken {c.broken}") for c in made.competencies])]


def _practise(made: FormScore, playbook: Playbook, ready: Sequence[Scenario]) -> list[b.Block]:
    shown = []
    for rule in to_practise(made, playbook):
        where = practice_for(rule, ready, playbook)[:2]
        does = [practise_in(scenario, rule) for scenario in where]
        shown.append(b.card([b.text(rule.do), *([b.actions(does)] if does else [])], label=rule.title))
    return [b.heading("To practise next", level=3), *shown] if shown else []


def practise_in(scenario: Scenario, rule: Rule) -> b.Block:
    """A button that starts the scenario to practise the rule."""
    return b.action(f"Practise it in “{scenario.title}”", {"type": "play", "scenario": scenario.id, "mode": "practice"}, about=rule.title)
