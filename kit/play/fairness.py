"""Whether a library can be passed without understanding it: a learner on surface features, and simple strategies. Figures only.

The learner is a conditional logit (McFadden 1974): the chance that an option is the best of its scene grows with a weighted sum
of its surface features. It is trained on all scenarios but one and guesses in that one, for each in turn.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kit.content.playbook import Playbook
from kit.content.scenario import BestAndWorst, Choose, Scenario
from kit.play.answer import best_answer
from kit.play.figures import random_answer
from kit.play.run import Run, pick
from kit.play.score import perfect_stake, points
from kit.play.surface import FEATURES, counts, features, playbook_words

Decision = tuple[list[tuple[float, ...]], int]   # the features of each option, and which is the best
STEPS, RATE, RIDGE = 300, 0.3, 0.02
MOST_GAIN = 0.05          # by which the learner may beat chance
MOST_DISTANCE = 8.0       # points of 100, by which a strategy's mean may differ from random play's
SHUFFLES = 200


# --- the learner -------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Guessed:
    """How a scenario's best options were guessed from the surface alone: right guesses, decisions, and what chance would give."""

    scenario: str
    right: float
    decisions: int
    chance: float


def learn(scenarios: Sequence[Scenario], playbook: Playbook) -> list[Guessed]:
    """Each scenario guessed by a learner that has seen all the others."""
    decisions = {s.id: decisions_of(s, playbook) for s in scenarios}
    return [_guess(name, held_out, train([d for other, ds in decisions.items() if other != name for d in ds])) for name, held_out in decisions.items()]


def decisions_of(scenario: Scenario, playbook: Playbook) -> list[Decision]:
    """The scenes in which one option is the best."""
    return [(features(s.options, playbook), [o.id for o in s.options].index(best_answer(s, playbook)[0])) for s in scenario.scenes if isinstance(s, Choose | BestAndWorst)]


def train(decisions: Sequence[Decision]) -> list[float]:
    """The weight of each feature, by gradient ascent on the likelihood with a ridge; features in units of their spread."""
    weights = [0.0] * len(FEATURES)
    spread = _spread(decisions)
    for _ in range(STEPS if decisions else 0):
        slope = [-RIDGE * w for w in weights]
        for rows, best in decisions:
            chances = _chances(rows, weights, spread)
            for n, row in enumerate(rows):
                error = ((n == best) - chances[n]) / len(decisions)
                for k, value in enumerate(row):
                    slope[k] += error * value / spread[k]
        weights = [w + RATE * s for w, s in zip(weights, slope, strict=True)]
    return [w / s for w, s in zip(weights, spread, strict=True)]


def _spread(decisions: Sequence[Decision]) -> list[float]:
    rows = [row for some, _ in decisions for row in some]
    return [math.sqrt(sum(row[k] ** 2 for row in rows) / len(rows)) or 1.0 if rows else 1.0 for k in range(len(FEATURES))]


def _chances(rows: Sequence[tuple[float, ...]], weights: Sequence[float], spread: Sequence[float]) -> list[float]:
    sums = [sum(w * v / s for w, v, s in zip(weights, row, spread, strict=True)) for row in rows]
    powers = [math.exp(x - max(sums)) for x in sums]
    return [p / sum(powers) for p in powers]


def _guess(name: str, decisions: Sequence[Decision], weights: Sequence[float]) -> Guessed:
    """Options that look alike share the guess."""
    right = 0.0
    for rows, best in decisions:
        sums = [sum(w * v for w, v in zip(weights, row, strict=True)) for row in rows]
        top = [n for n, x in enumerate(sums) if x > max(sums) - 1e-9]
        right += (best in top) / len(top)
    return Guessed(name, right, len(decisions), sum(1 / len(rows) for rows, _ in decisions) / len(decisions) if decisions else 0.0)


# --- simple strategies ---------------------------------------------------------------------------------------------

Liking = Callable[[str], float]   # an option's text -> how much a strategy likes it


def strategies(playbook: Playbook) -> dict[str, Liking]:
    """Ways to play without reading the situation. Of equals the one shown first is taken."""
    known = playbook_words(playbook)

    def by(feature: str, sign: int = 1) -> Liking:
        return lambda text: sign * counts(text, known)[feature]

    return {
        "the first": lambda _text: 0.0, "the last": lambda _text: 0.0,
        "the longest": by("words"), "the shortest": by("words", -1), "the politest": by("polite"), "the most hedged": by("hedges"),
        "the fewest absolutes": by("absolutes", -1), "the playbook's words": by("playbook words"), "most about you": by("you"),
        "the most sentences": by("sentences"), "a question": by("questions"),
    }


@dataclass(frozen=True)
class Played:
    """How a strategy fares: mean score over scenarios and shuffles, how often it is above the pass mark, of how many runs."""

    strategy: str
    mean: float
    passes: int
    runs: int


def play_simply(scenarios: Sequence[Scenario], playbook: Playbook, *, shuffles: int = SHUFFLES) -> list[Played]:
    """Random play first, then each simple strategy, over the same shuffles. Scenes that are not a choice are played by chance."""
    ways: dict[str, Liking | None] = {"by chance": None, **strategies(playbook)}
    return [_played(name, liking, scenarios, playbook, shuffles) for name, liking in ways.items()]


def _played(name: str, liking: Liking | None, scenarios: Sequence[Scenario], playbook: Playbook, shuffles: int) -> Played:
    scores, passes = [], 0
    for scenario in scenarios:
        liked = {scene.id: {o.id: liking(o.text) for o in scene.options} for scene in scenario.scenes if isinstance(scene, Choose | BestAndWorst)} if liking else {}
        whole = perfect_stake(scenario, playbook)
        for n in range(shuffles):
            run, dice = Run(scenario, playbook, seed=str(n)), random.Random(f"{scenario.id} {n}")
            while run.scene:
                run = pick(run, _choose(run, liked[run.scene.id], from_behind=name == "the last") if run.scene.id in liked else random_answer(run.scene, dice))
            scores.append(points((s.verdict for s in run.steps), whole)[0])
            passes += scores[-1] >= playbook.pass_mark and not any(playbook.rule[rule].red_line for s in run.steps for rule in s.verdict.breaks)
    return Played(name, sum(scores) / max(1, len(scores)), passes, len(scores))


def _choose(run: Run, liked: dict[str, float], *, from_behind: bool) -> tuple[str, ...]:
    """What the strategy likes best; of a scene that also asks for the worst, what it likes least."""
    scene = run.scene
    assert isinstance(scene, Choose | BestAndWorst)
    shown = list(run.shown)[::-1] if from_behind else list(run.shown)
    order = sorted(shown, key=lambda name: -liked[name])
    return (order[0],) if isinstance(scene, Choose) else (order[0], order[-1])


def most_passes(runs: int, rate: float, *, level: float = 0.99) -> int:
    """The most passes that chance would bring in so many runs at this rate, in `level` of all cases (binomial)."""
    total = 0.0
    for k in range(runs + 1):
        total += math.exp(math.lgamma(runs + 1) - math.lgamma(k + 1) - math.lgamma(runs - k + 1) + (k * math.log(rate) if k else 0) + ((runs - k) * math.log1p(-rate) if rate < 1 else 0)) \
            if 0 < rate < 1 else float(k == round(runs * rate))
        if total >= level:
            return k
    return runs
