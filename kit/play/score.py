"""The score of a finished run: what was lost of what was at stake, by rule, with its margin.

Definitions and their reasons: docs/scoring.md. Nothing here is stored; another playbook can score the same run.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kit.content.playbook import Band, Playbook
from kit.content.scenario import Scenario, Write
from kit.play.answer import Verdict, best_answer, judge
from kit.play.run import Run, pick
from kit.stats.intervals import wilson

LEAST_SCENES = 6       # scored scenes below which no verdict is given
LEAST_OCCASIONS = 3    # occasions below which counts are shown, and no bar


@dataclass(frozen=True)
class RuleCount:
    """How often a rule was kept, broken and missed."""

    rule: str
    kept: int
    broken: int
    missed: int

    @property
    def occasions(self) -> int:
        return self.kept + self.broken + self.missed


@dataclass(frozen=True)
class CompetencyCount:
    """The same over a competency's rules, and the weighted share kept (0-1)."""

    competency: str
    kept: int
    broken: int
    missed: int
    share: float

    @property
    def occasions(self) -> int:
        return self.kept + self.broken + self.missed


@dataclass(frozen=True)
class Score:
    """A finished run's score, 0-100, with everything it is made of.

    `stake` is what was there to keep (never more than on the best path), `lost` what was not kept of it,
    `path_stake` what was at stake on the path taken. `low` and `high` bound the score at 90 %.
    """

    value: float
    stake: float
    path_stake: float
    lost: float
    broken: float
    verdicts: tuple[Verdict, ...]
    rules: tuple[RuleCount, ...]
    competencies: tuple[CompetencyCount, ...]
    red_lines: tuple[str, ...]
    low: float
    high: float
    scenes: int
    pass_mark: int
    band: Band

    @property
    def kept(self) -> float:
        """What was kept, so that kept less broken is what the score counts."""
        return max(0.0, self.stake - self.lost + self.broken)

    @property
    def verdict(self) -> str:
        """'clearly above', 'near', 'not above' (after a red line) or 'clearly below' the pass mark; '' when there were too few scenes."""
        if self.scenes < LEAST_SCENES:
            return ""
        if self.high < self.pass_mark:
            return "clearly below"
        if self.red_lines:
            return "not above"
        return "clearly above" if self.low > self.pass_mark else "near"

    @property
    def is_above(self) -> bool:
        """At or above the pass mark; never so when a red line was crossed."""
        return self.value >= self.pass_mark and not self.red_lines


def score(run: Run, playbook: Playbook | None = None) -> Score:
    """Score a finished run, under the playbook it was played with or another. Raises ValueError if it is not over."""
    if not run.is_over:
        raise ValueError("only a finished run has a score")
    playbook = playbook or run.playbook
    scored = [step for step in run.steps if not isinstance(step.scene, Write)]
    verdicts = tuple(judge(step.scene, step.answer, playbook) for step in scored)
    path_stake = sum(v.stake for v in verdicts)
    whole = perfect_stake(run.scenario, playbook)
    value, stake, lost = points(verdicts, whole)
    rules = by_rule(verdicts, playbook)
    red_lines = tuple(count.rule for count in rules if count.broken and playbook.rule[count.rule].red_line)
    low, high = wilson(value / 100, effective_n([v.stake for v in verdicts]))
    return Score(
        value=value, stake=stake, path_stake=path_stake, lost=lost, broken=sum(playbook.worth(v.breaks, ()) for v in verdicts),
        verdicts=verdicts, rules=rules, competencies=by_competency(rules, playbook), red_lines=red_lines,
        low=100 * low, high=100 * high, scenes=len(verdicts), pass_mark=playbook.pass_mark,
        band=playbook.band(min(value, playbook.pass_mark - 1) if red_lines else value),
    )


def points(verdicts: Iterable[Verdict], whole: float) -> tuple[float, float, float]:
    """(score 0-100, the stake that counts, what was lost): 100 x (1 - lost / stake), not below 0.

    The stake is the path's, but no more than `whole`, the best path's: a detour cannot dilute a mistake.
    """
    verdicts = list(verdicts)
    stake, lost = min(sum(v.stake for v in verdicts), whole), sum(v.lost for v in verdicts)
    return (max(0.0, 100 * (1 - lost / stake)) if stake else 100.0), stake, lost


def perfect_run(scenario: Scenario, playbook: Playbook) -> Run:
    """The run that gives the best answer in every scene."""
    return perfect_from(Run(scenario, playbook))


def perfect_from(run: Run) -> Run:
    """The run, gone on with by giving the best answer in every scene that is left."""
    while run.scene:
        run = pick(run, best_answer(run.scene, run.playbook))
    return run


def scenes_left(run: Run) -> int:
    """How many scenes are left, if the best answers are given from here on."""
    return len(perfect_from(run).picks) - len(run.picks)


def perfect_stake(scenario: Scenario, playbook: Playbook) -> float:
    """What is there to keep on the best path."""
    return sum(judge(step.scene, step.answer, playbook).stake for step in perfect_run(scenario, playbook).steps)


def effective_n(stakes: list[float]) -> float:
    """(sum of stakes)^2 / sum of squared stakes: how many equal scenes the unequal ones amount to (Kish)."""
    squares = sum(s * s for s in stakes)
    return sum(stakes) ** 2 / squares if squares else 0.0


def by_rule(verdicts: tuple[Verdict, ...], playbook: Playbook) -> tuple[RuleCount, ...]:
    """Each rule that was at stake, in the playbook's order: how often kept, broken, missed."""
    kept = Counter(rule for v in verdicts for rule in v.keeps)
    broken = Counter(rule for v in verdicts for rule in v.breaks)
    missed = Counter(rule for v in verdicts for rule in v.misses)
    seen = kept | broken | missed
    return tuple(RuleCount(r.id, kept[r.id], broken[r.id], missed[r.id]) for r in playbook.rules if r.id in seen)


def by_competency(rules: tuple[RuleCount, ...], playbook: Playbook) -> tuple[CompetencyCount, ...]:
    """The same over each competency's rules, weighted by the rules."""
    counts = []
    for competency in playbook.competencies:
        mine = [count for count in rules if playbook.rule[count.rule].competency == competency.id]
        weight = {count.rule: playbook.rule[count.rule].weight for count in mine}
        there = sum(weight[c.rule] * c.occasions for c in mine)
        if there:
            share = sum(weight[c.rule] * c.kept for c in mine) / there
            counts.append(CompetencyCount(competency.id, sum(c.kept for c in mine), sum(c.broken for c in mine),
                                          sum(c.missed for c in mine), share))
    return tuple(counts)
