"""Self-assessment: a form of whole scenarios, its score, how sure the person was and how right, and the gain from A to B. Pure.

Definitions and their reasons: docs/scoring.md.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kit.content.playbook import Playbook, Rule
from kit.content.scenario import Scenario, Write
from kit.play.run import Run
from kit.play.score import CompetencyCount, RuleCount, by_competency, by_rule, effective_n, perfect_stake, points
from kit.stats.intervals import newcombe, wilson

LETTERS = ("a", "b")
SURE = {1: 0.25, 2: 0.5, 3: 0.75, 4: 0.95}   # what each step of "how sure are you" stands for
MOST_TO_PRACTISE = 3


@dataclass(frozen=True)
class Level:
    """One step of "how sure": how many decisions were given so, and how many of them were the best answer."""

    sure: int
    decisions: int
    right: int


class Counted(Protocol):
    """Occasions to keep rules, counted by rule."""

    @property
    def rules(self) -> tuple[RuleCount, ...]: ...


@dataclass(frozen=True)
class FormScore:
    """A finished form: its score 0-100 over all its decisions, with its 90 % interval and everything it is made of."""

    value: float
    low: float
    high: float
    stake: float
    lost: float
    decisions: int
    right: int
    effective_n: float
    rules: tuple[RuleCount, ...]
    competencies: tuple[CompetencyCount, ...]
    red_lines: tuple[str, ...]
    levels: tuple[Level, ...]

    @property
    def confidence(self) -> float | None:
        """Mean confidence over the decisions for which it was given, 0-1."""
        given = [level for level in self.levels if level.decisions]
        total = sum(level.decisions for level in given)
        return sum(SURE[level.sure] * level.decisions for level in given) / total if total else None


def form_score(runs: Sequence[tuple[Run, Sequence[int | None]]], playbook: Playbook) -> FormScore:
    """The finished runs of a form, each with how sure the person was of each step (1-4, or None). What was lost and what was at stake are summed over the runs."""
    verdicts, sure, stake, lost = [], [], 0.0, 0.0
    for run, how_sure in runs:
        scored = [(step.verdict, given) for step, given in zip(run.steps, how_sure, strict=True) if not isinstance(step.scene, Write)]
        _, at_stake, gone = points([v for v, _ in scored], perfect_stake(run.scenario, run.playbook))
        stake, lost = stake + at_stake, lost + gone
        verdicts += [v for v, _ in scored]
        sure += [given for _, given in scored]
    value = max(0.0, 1 - lost / stake) if stake else 1.0
    n = effective_n([v.stake for v in verdicts])
    low, high = wilson(value, n)
    rules = by_rule(tuple(verdicts), playbook)
    is_right = [v.lost < 1e-9 for v in verdicts]
    levels = tuple(Level(step, sum(s == step for s in sure), sum(right and s == step for right, s in zip(is_right, sure, strict=True))) for step in SURE)
    return FormScore(100 * value, 100 * low, 100 * high, stake, lost, len(verdicts), sum(is_right), n, rules, by_competency(rules, playbook),
                     tuple(c.rule for c in rules if c.broken and playbook.rule[c.rule].red_line), levels)


@dataclass(frozen=True)
class Gain:
    """B minus A in points of 100, with its 90 % interval."""

    value: float
    low: float
    high: float


def gain(a: FormScore, b: FormScore) -> Gain:
    """The gain from A to B. Interval: Newcombe (1998), method 10, from the two Wilson intervals."""
    low, high = newcombe(b.value / 100, b.effective_n, a.value / 100, a.effective_n)
    return Gain(b.value - a.value, 100 * low, 100 * high)


def first_form(person: str) -> str:
    """Which form this person takes first: half of all people take A."""
    return LETTERS[hashlib.sha256(f"form {person}".encode()).digest()[0] % 2]


def scenarios_of(letter: str, playbook: Playbook) -> tuple[str, ...]:
    """The ids of the form's scenarios, in order."""
    return tuple(getattr(playbook.forms, letter))


def kept_for_forms(playbook: Playbook) -> frozenset[str]:
    """The scenarios that nobody practises before they have taken both forms."""
    return frozenset(name for letter in LETTERS for name in scenarios_of(letter, playbook))


def to_practise(made: Counted, playbook: Playbook) -> list[Rule]:
    """At most three rules: those that cost most weight, broken ones counting twice."""
    cost = {c.rule: playbook.rule[c.rule].weight * (c.missed + 2 * c.broken) for c in made.rules}
    ranked = sorted((name for name in cost if cost[name]), key=lambda name: (-cost[name], name))
    return [playbook.rule[name] for name in ranked[:MOST_TO_PRACTISE]]


def practice_for(rule: Rule, ready: Sequence[Scenario], playbook: Playbook) -> list[Scenario]:
    """The scenarios outside the forms in which the rule can be kept, easiest first."""
    kept = kept_for_forms(playbook)
    return sorted((s for s in ready if s.id not in kept and rule.id in s.can_keep), key=lambda s: (s.level, s.title))


def calibration(made: FormScore) -> str:
    """How sure against how right, in one sentence; "" when confidence was never given."""
    if made.confidence is None:
        return ""
    sure, share = round(100 * made.confidence), made.right / made.decisions
    head = f"On average you were {sure} % sure, and your answer was the best one in {made.right} of {made.decisions} decisions."
    apart = made.confidence - share
    if abs(apart) < 0.1:
        return f"{head} That fits."
    return f"{head} You were {'surer than your answers bear out' if apart > 0 else 'less sure than you could be'}."
