"""The scene that every peer shows, and what follows from an answer: read and judged by the kit, in plain words. Draws nothing."""

import os
from pathlib import Path

from kit.library import load_playbook, load_scenario
from kit.play.debrief import note
from kit.play.run import Run, pick

SCENARIO = "the-rates-letter"


def first_scene() -> Run:
    """The scenario at its first scene; one file read and checked, beside the playbook."""
    folder = Path(os.environ["KIT_SCENARIOS"])
    playbook, _ = load_playbook(folder)
    scenario = load_scenario(folder / f"{SCENARIO}.yaml", playbook).content
    assert scenario
    return Run(scenario, playbook)


def before(run: Run) -> list[str]:
    """What stands above the question, paragraph by paragraph."""
    scenario, scene, client = run.scenario, run.scene, run.scenario.client
    assert scene and client
    return [f"The client's trust: {run.trust} of 10, {run.playbook.trust_word(run.trust)}", scenario.role or "",
            f"Your client: {client.name}, {client.business}. With you: {client.together}.",
            scene.situation, *(f"{turn.who}: {turn.words}" for turn in scene.talk)]


def options(run: Run) -> dict[str, str]:
    """The options' words by their ids."""
    assert run.scene
    return {option.id: option.text for option in run.scene.parts}


def after(run: Run, option: str) -> list[str]:
    """The reply, the feedback, the rules and what they rest on, paragraph by paragraph."""
    made = note(pick(run, [option]).steps[-1], run.playbook)
    rules = [f"{word}: {rule.title}" for word, those in (("Broken", made.broken), ("Missed", made.missed), ("Kept", made.kept)) for rule in those]
    better = [f"Better here: {words}" for words in made.better]
    rest_on = [f"{cited.says} ({cited.source}, {cited.at})" for cited in made.cited]
    return [*made.said, made.reply, f"Trust: {made.trust} of 10, {run.playbook.trust_word(made.trust)}", made.feedback, *rules, *better, *rest_on]
