"""A person's runs over time: what became of every occasion to keep a rule, and what to practise next. Pure.

Definitions: docs/scoring.md.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kit.content.playbook import Playbook, Rule
from kit.content.scenario import Scenario
from kit.play.form import practice_for, to_practise
from kit.play.run import Run
from kit.play.score import LEAST_OCCASIONS, CompetencyCount, RuleCount, by_competency, by_rule, effective_n
from kit.stats.few import Share
from kit.stats.intervals import wilson


@dataclass(frozen=True)
class Profile:
    """What became of the occasions to keep rules in so many runs."""

    runs: int
    rules: tuple[RuleCount, ...]
    competencies: tuple[CompetencyCount, ...]


@dataclass(frozen=True)
class Next:
    """A rule to practise, what became of it, and where to practise it: in what is not finished yet, easiest first."""

    rule: Rule
    count: RuleCount
    scenarios: tuple[Scenario, ...]
    is_played_out: bool   # there are scenarios to practise it in, and all of them are finished


def profile(firsts: Sequence[Run], playbook: Playbook) -> Profile:
    """Of a person's first finished runs, each judged by the playbook it was played with; a rule that `playbook` no longer has is left out."""
    rules = by_rule(tuple(step.verdict for run in firsts for step in run.steps), playbook)
    return Profile(len(firsts), rules, by_competency(rules, playbook))


def rule_share(count: RuleCount) -> Share:
    """The share kept with its interval; the number of occasions alone when they are too few."""
    return _share(count.kept / count.occasions, count.occasions, count.occasions)


def competency_share(count: CompetencyCount, made: Profile, playbook: Playbook) -> Share:
    """The same by the weight of its rules: occasions that weigh differently amount to fewer equal ones."""
    mine = [c for c in made.rules if playbook.rule[c.rule].competency == count.competency]
    weights = [float(playbook.rule[c.rule].weight) for c in mine for _ in range(c.occasions)]
    return _share(count.share, count.occasions, effective_n(weights))


def _share(share: float, occasions: int, effective: float) -> Share:
    """One person never gathers so many occasions that a share could stand without its interval."""
    return Share(occasions, share, *wilson(share, effective)) if occasions >= LEAST_OCCASIONS else Share(occasions)


def next_up(made: Profile, playbook: Playbook, ready: Sequence[Scenario], finished: Collection[str]) -> list[Next]:
    """At most three rules that cost most; `finished` are the ids of the scenarios that the person has played to an end."""
    counts = {count.rule: count for count in made.rules}
    return [_next(rule, counts[rule.id], practice_for(rule, ready, playbook), finished) for rule in to_practise(made, playbook)]


def _next(rule: Rule, count: RuleCount, where: Sequence[Scenario], finished: Collection[str]) -> Next:
    new = tuple(scenario for scenario in where if scenario.id not in finished)
    return Next(rule, count, new, is_played_out=bool(where) and not new)
