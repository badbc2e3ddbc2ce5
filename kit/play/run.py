"""A run is its picks: the scene one is in, the trust and the ending are all worked out from them."""

from dataclasses import dataclass, replace
from functools import cached_property

from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, Ending, Outcome, Scenario
from kit.content.values import MOST_TRUST
from kit.play.answer import Answer, Refused, Verdict, judge, outcome_of, read_answer, shown_order


@dataclass(frozen=True)
class Step:
    """One pick, and what followed from it. `number` counts from 1; trust is 0-10, before and after."""

    number: int
    scene: AnyScene
    shown: tuple[str, ...]
    answer: Answer
    verdict: Verdict
    outcome: Outcome
    trust_before: int
    trust: int
    target: str


@dataclass(frozen=True)
class Run:
    """A scenario, the playbook it is played with, and the picks so far."""

    scenario: Scenario
    playbook: Playbook
    picks: tuple[Answer, ...] = ()
    seed: str = ""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every pick replayed. Raises Refused if one does not fit its scene."""
        steps: list[Step] = []
        here, trust = self.scenario.scenes[0].id, self.scenario.trust
        for number, pick in enumerate(self.picks, start=1):
            if here not in self.scenario.scene:
                raise Refused("This run is over.")
            step = self._step(number, self.scenario.scene[here], pick, trust)
            here, trust = step.target, step.trust
            steps.append(step)
        return tuple(steps)

    def _step(self, number: int, scene: AnyScene, pick: Answer, trust: int) -> Step:
        answer = read_answer(scene, pick)
        outcome = outcome_of(scene, answer, self.playbook)
        after = min(MOST_TRUST, max(0, trust + outcome.trust))
        return Step(number, scene, shown_order(scene, self.seed), answer, judge(scene, answer, self.playbook), outcome,
                    trust, after, self.scenario.target(scene.id, outcome.next))

    @property
    def _target(self) -> str:
        return self.steps[-1].target if self.steps else self.scenario.scenes[0].id

    @property
    def trust(self) -> int:
        return self.steps[-1].trust if self.steps else self.scenario.trust

    @property
    def scene(self) -> AnyScene | None:
        """Where the trainee stands; None when the run is over."""
        return self.scenario.scene.get(self._target)

    @property
    def is_over(self) -> bool:
        return self.scene is None

    @property
    def ending(self) -> Ending | None:
        if not self.is_over:
            return None
        return self.scenario.ending.get(self._target) or self.scenario.ending_at(self.trust)

    @property
    def shown(self) -> tuple[str, ...]:
        """The order in which the present scene shows its options."""
        return shown_order(self.scene, self.seed) if self.scene else ()


def pick(run: Run, given: object) -> Run:
    """The run with one more answer. Raises Refused, with words for the person, if the scene cannot take it."""
    if run.scene is None:
        raise Refused("This run is over. Start a new one to try again.")
    answer = read_answer(run.scene, given)
    after = replace(run, picks=(*run.picks, answer))
    step = run._step(len(after.picks), run.scene, answer, run.trust)
    after.__dict__["steps"] = (*run.steps, step)   # what replaying would give, without replaying
    return after
