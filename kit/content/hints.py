"""What could be better and is not wrong: hints (I...), and what a library as a whole lacks or names in vain (W36x).

Nothing here keeps a file from being loaded, and nothing of it is shown unless it is asked for; the warnings of a library are.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kit.content.check import Way
from kit.content.finding import Problem
from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, BestAndWorst, Choose, Order, Scenario, Write

LONGEST_FACT = 30   # words


def named_in(scene: AnyScene, *verbs: str) -> set[str]:
    """The rules that a scene's answers keep or break (only one of the two if it is named)."""
    if isinstance(scene, Write):
        return set(scene.rules)
    own = set(scene.keeps) if isinstance(scene, Order) else set()
    return own | {rule for part in scene.parts for verb in verbs or ("keeps", "breaks") for rule in getattr(part, verb, ())}


# --- one scenario -----------------------------------------------------------------------------------------

def hints_on_scenario(scenario: Scenario, playbook: Playbook) -> list[Problem]:
    return [*_unpractised(scenario, playbook), *_no_debrief(scenario), *_long_facts(scenario)]


def _unpractised(scenario: Scenario, playbook: Playbook) -> Iterator[Problem]:
    """The first scene in which a rule can be kept that a tension limits, if no scene says which side of that tension it is on."""
    told = {side[:-1] for scene in scenario.scenes for side in scene.practises}
    for n, scene in enumerate(scenario.scenes):
        for rule in sorted(named_in(scene, "keeps")):
            unless = playbook.rule[rule].unless
            if unless and unless.tension not in told and not scene.practises:
                told.add(unless.tension)
                yield Problem(("scenes", n), "I401", f"`{scene.id}` is about `{rule}`, which {unless.tension} limits, and no scene here says which side of {unless.tension} it practises.",
                              f"If the scene turns on it, add `practises: [{unless.tension}a]` or `[{unless.tension}b]`.")


def _no_debrief(scenario: Scenario) -> Iterator[Problem]:
    if scenario.status == "ready" and not scenario.debrief:
        yield Problem((), "I402", "there are no questions for the talk afterwards.", "Add `debrief:` with two or three questions that people can only answer from their own work.")


def _long_facts(scenario: Scenario) -> Iterator[Problem]:
    for n, scene in enumerate(scenario.scenes):
        words = len(scene.pairs_with.fact.split()) if isinstance(scene, Choose | BestAndWorst) and scene.pairs_with else 0
        if words > LONGEST_FACT:
            yield Problem(("scenes", n, "pairs_with", "fact"), "I407", f"the fact in which the twin of `{scene.id}` differs has {words} words.", f"Say the one thing that is different there, in at most {LONGEST_FACT}: it is read out to a room.")


# --- a library --------------------------------------------------------------------------------------------

def hints_on_playbook(playbook: Playbook, scenarios: Iterable[Scenario]) -> list[Problem]:
    """What is defined and nowhere used in these scenarios, which are all that the library has."""
    scenarios = list(scenarios)
    named = {rule for s in scenarios for scene in s.scenes for rule in named_in(scene)}
    causes, sides = {s.cause for s in scenarios}, {side for s in scenarios for scene in s.scenes for side in scene.practises}
    return [*_unused(("rules",), [r.id for r in playbook.rules], named, "I403", "no answer in this library keeps or breaks the rule `{}`.", "Write a scene in which it decides, or leave it to the role-plays."),
            *_unused(("causes",), [c.id for c in playbook.causes], causes, "I404", "no scenario of this library has the cause `{}`.", "Write one, or remove the cause."),
            *_unpractised_sides(playbook, sides),
            *_unused(("competencies",), [c.id for c in playbook.competencies], {r.competency for r in playbook.rules}, "I406", "no rule belongs to the competency `{}`.", "Give it a rule, or remove it.")]


def _unused(way: Way, defined: Sequence[str], used: set[str], code: str, says: str, cure: str) -> Iterator[Problem]:
    for n, name in enumerate(defined):
        if name not in used:
            yield Problem((*way, n, "id"), code, says.format(name), cure)


def _unpractised_sides(playbook: Playbook, practised: set[str]) -> Iterator[Problem]:
    for n, tension in enumerate(playbook.tensions):
        for side in "ab":
            if tension.id + side not in practised:
                yield Problem(("tensions", n, "sides", side), "I405", f"no scene of this library practises {tension.id}{side}.", f"Write a scene in which this side is right, with `practises: [{tension.id}{side}]`.")


def check_forms(playbook: Playbook, ids: set[str]) -> Iterator[Problem]:
    """Forms name scenarios; `ids` are those of all the files beside the playbook, whether they load or not."""
    for form in ("a", "b"):
        for n, name in enumerate(getattr(playbook.forms, form)):
            if name not in ids:
                yield Problem(("forms", form, n), "W361", f"the form `{form}` names `{name}`, and there is no such scenario beside the playbook.", "Remove it, or add the file.")


def doubled(stems: Iterable[str]) -> set[str]:
    """The ids that two files have, such as a.yaml and a.yml."""
    return {stem for stem, count in Counter(stems).items() if count > 1}
