"""A scenario in figures: its paths, its stakes, the endings that can be reached, and mean scores by chance and with skill."""

import random
from dataclasses import dataclass

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, Compose, Scenario, Write
from kit.play.answer import Answer, best_answer
from kit.play.prove import in_order, reachable, ways_on
from kit.play.run import Run, pick
from kit.play.score import perfect_run, perfect_stake, points


@dataclass(frozen=True)
class Proof:
    """Figures of a scenario. Means are scores of seeded runs; `paths` counts sequences of scenes and outcomes."""

    paths: int
    stakes: tuple[float, ...]
    random_mean: float
    skilled_mean: float
    endings: tuple[str, ...]


def prove(scenario: Scenario, playbook: Playbook, *, runs: int = 2000) -> Proof:
    """Paths, stakes, endings, and the mean score of `runs` seeded runs by chance and right 7 times in 10."""
    reached = reachable(scenario, playbook)
    return Proof(
        paths=count_paths(scenario, playbook),
        stakes=tuple(s.verdict.stake for s in perfect_run(scenario, playbook).steps if s.verdict.stake),
        random_mean=_mean_score(scenario, playbook, skill=0.0, runs=runs),
        skilled_mean=_mean_score(scenario, playbook, skill=0.7, runs=runs),
        endings=tuple(e.id for e in scenario.endings if e.id in reached),
    )


def count_paths(scenario: Scenario, playbook: Playbook) -> int:
    """How many different sequences of scenes and outcomes lead from the first scene to an ending."""
    paths: dict[str, int] = {}
    for here in reversed(in_order(scenario)):
        paths[here] = sum(paths.get(way.target, 1) for way in ways_on(scenario, scenario.scene[here], playbook))
    return paths[scenario.scenes[0].id]


def _mean_score(scenario: Scenario, playbook: Playbook, *, skill: float, runs: int) -> float:
    dice = random.Random(f"{scenario.id} {skill}")
    total, whole = 0.0, perfect_stake(scenario, playbook)
    for _ in range(runs):
        run = Run(scenario, playbook)
        while run.scene:
            best = best_answer(run.scene, playbook)
            run = pick(run, best if dice.random() < skill else _other(run.scene, best if skill else None, dice))
        total += points((s.verdict for s in run.steps), whole)[0]
    return total / runs


def _other(scene: AnyScene, best: Answer | None, dice: random.Random) -> Answer:
    """A random answer; not the best one if that is named."""
    while (answer := random_answer(scene, dice)) == best and not isinstance(scene, Write):
        pass
    return answer


def random_answer(scene: AnyScene, dice: random.Random) -> Answer:
    """An answer by chance, every one equally likely (compose: every selection, then every order)."""
    ids = [part.id for part in scene.parts]
    if isinstance(scene, Write):
        return (scene.model,)
    if isinstance(scene, Compose):
        while not (chosen := [i for i in ids if dice.random() < 0.5]):
            pass
        return tuple(dice.sample(chosen, len(chosen)))
    size = {"choose": 1, "best_and_worst": 2}.get(scene.ask, len(ids))
    return tuple(dice.sample(ids, size))
