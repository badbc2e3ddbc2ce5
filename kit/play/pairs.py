"""Pairs: two scenes with the same words to choose from, in which one fact differs and with it the best option. Which there are, and what is wrong with them.

A pair is written in one of its scenes (`pairs_with`) or in both, and is the same pair from either side. It proves that the situation decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kit.content.finding import Problem, choice_of
from kit.content.playbook import Playbook
from kit.content.scenario import BestAndWorst, Choose, Option, PairsWith, Scenario
from kit.play.answer import best_answer

WithOptions = Choose | BestAndWorst
Place = tuple[str, str]                      # the ids of a scenario and of a scene in it
Beside = Mapping[str, Scenario | None]       # the scenarios of a library by id; None: it has errors
_Fault = tuple[str, tuple[str, str], str, str]   # the key at fault, its codes, what is wrong, the cure
_NOT_THERE, _TOO_FEW, _BEST = ("E371", "W371"), ("E372", "W372"), ("E373", "W373")   # as an error, and as a warning
LEAST_SHARED = 2   # options that stand word for word in both scenes


@dataclass(frozen=True)
class Side:
    """One scene of a pair, with its best option. `fact`: what is different here, where the other scene says so, else empty."""

    scenario: str
    title: str
    scene: str
    best: str
    words: str
    fact: str


@dataclass(frozen=True)
class Pair:
    one: Side
    other: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.one, self.other


def pairs(scenarios: Sequence[Scenario], playbook: Playbook) -> tuple[Pair, ...]:
    """Every pair among these scenarios with which nothing is wrong, once, by the names of its scenes."""
    by_id = {s.id: s for s in scenarios}
    facts: dict[tuple[Place, ...], dict[Place, str]] = {}   # both places, sorted -> what is different in which
    for scenario in scenarios:
        for _, scene, twin in _written(scenario):
            if not any(_faults(scenario, scene, twin, by_id, playbook)):
                here, there = (scenario.id, scene.id), (twin.scenario, twin.scene)
                facts.setdefault(tuple(sorted((here, there))), {})[there] = twin.fact
    return tuple(Pair(*(_side(by_id[place[0]], place[1], told.get(place, ""), playbook) for place in both)) for both, told in sorted(facts.items()))


def seen_from(found: Sequence[Pair], scenario: str) -> list[tuple[Side, Side]]:
    """(the scene here, its twin) for every pair that this scenario has a part in; a pair inside it, from both sides."""
    both_ways = [way for pair in found for way in (pair.sides, pair.sides[::-1])]
    return [(here, there) for here, there in both_ways if here.scenario == scenario]


def _side(scenario: Scenario, scene_id: str, fact: str, playbook: Playbook) -> Side:
    best = _best(scenario.scene[scene_id], playbook)
    return Side(scenario.id, scenario.title, scene_id, best.id, _plain(best), fact)


def _best(scene: WithOptions, playbook: Playbook) -> Option:
    named = best_answer(scene, playbook)[0]
    return next(option for option in scene.options if option.id == named)


def _plain(option: Option) -> str:
    """The option's words, however the lines are broken."""
    return " ".join(option.text.split())


# --- what is wrong ----------------------------------------------------------------------------------------------

def check_inside(scenario: Scenario, playbook: Playbook) -> list[Problem]:
    """What is wrong with the pairs whose scenes are both in this scenario."""
    # Nobody plays a pair: it is a claim about two scenes. So it keeps a scenario from trainees only where its own file is at fault, and ready.
    return _problems(scenario, {scenario.id: scenario}, playbook, inside=True, is_error=scenario.status == "ready")


def check_across(scenario: Scenario, beside: Beside, playbook: Playbook) -> list[Problem]:
    """What is wrong with the pairs that this scenario makes with others of its library."""
    # Warnings: the other file may be the one at fault, and what changes in it must not take this scenario from those who play it.
    return _problems(scenario, beside, playbook, inside=False, is_error=False)


def twins_elsewhere(scenario: Scenario) -> set[str]:
    """The ids of the other scenarios that this one makes pairs with."""
    return {twin.scenario for _, _, twin in _written(scenario)} - {scenario.id}


def _problems(scenario: Scenario, beside: Beside, playbook: Playbook, *, inside: bool, is_error: bool) -> list[Problem]:
    return [Problem(("scenes", n, "pairs_with", key), codes[0] if is_error else codes[1], says, cure)
            for n, scene, twin in _written(scenario) if (twin.scenario == scenario.id) == inside
            for key, codes, says, cure in _faults(scenario, scene, twin, beside, playbook)]


def _written(scenario: Scenario) -> Iterator[tuple[int, WithOptions, PairsWith]]:
    for n, scene in enumerate(scenario.scenes):
        if isinstance(scene, WithOptions) and scene.pairs_with:
            yield n, scene, scene.pairs_with


def _faults(scenario: Scenario, scene: WithOptions, twin: PairsWith, beside: Beside, playbook: Playbook) -> Iterator[_Fault]:
    other = beside.get(twin.scenario)
    found = other.scene.get(twin.scene) if other else None
    if (twin.scenario, twin.scene) == (scenario.id, scene.id):
        yield "scene", _NOT_THERE, f"`{scene.id}` is paired with itself.", "Name the scene in which the fact differs."
    elif twin.scenario not in beside:
        yield "scenario", _NOT_THERE, f"there is no scenario `{twin.scenario}` beside this one.", choice_of(twin.scenario, beside)
    elif other is None:
        yield "scenario", _NOT_THERE, f"the scenario `{twin.scenario}` has errors, so the two scenes cannot be compared.", "Mend that file first."
    elif found is None:
        yield "scene", _NOT_THERE, f"there is no scene `{twin.scene}` in `{twin.scenario}`.", choice_of(twin.scene, other.scene)
    elif not isinstance(found, WithOptions):
        yield "scene", _NOT_THERE, f"`{twin.scene}` has no options: it asks `{found.ask}`.", "A twin asks `choose` or `best_and_worst`."
    else:
        yield from _alike(scene, found, playbook)


def _alike(scene: WithOptions, other: WithOptions, playbook: Playbook) -> Iterator[_Fault]:
    """What keeps two scenes from proving that the situation decides: each one's best must be a weaker option of the other."""
    here, there = {_plain(o) for o in scene.options}, {_plain(o) for o in other.options}
    best, best_there = _best(scene, playbook), _best(other, playbook)
    if len(here & there) < LEAST_SHARED:
        yield "scene", _TOO_FEW, f"`{scene.id}` and its twin share {len(here & there)} of their options word for word, and need {LEAST_SHARED} or more.", "Let the same answers stand in both, so that only the situation tells which is best."
    elif _plain(best) == _plain(best_there):
        yield "scene", _BEST, f"the best option is the same in both scenes: `{best.id}`, and `{best_there.id}` in the twin.", "The fact that differs should make another option the best one; if it does not, this is no pair."
    else:
        cure = "Let it stand there word for word, as a weaker option."
        if _plain(best) not in there:
            yield "scene", _BEST, f"the best option here, `{best.id}`, is none of the options of the twin.", cure
        if _plain(best_there) not in here:
            yield "scene", _BEST, f"the best option of the twin, `{best_there.id}`, is none of the options here.", cure.replace("there", "here")
