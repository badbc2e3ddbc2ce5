"""A whole path through a scenario in words: each scene with its answer, reply and feedback, and the result. For reading aloud and comparing."""

from collections.abc import Sequence
from typing import Any

from kit.content.scenario import Write
from kit.play.debrief import note
from kit.play.pairs import Pair, Side, seen_from
from kit.play.run import Run, Step
from kit.ui import blocks as b
from kit.ui.result_views import result
from kit.ui.views import Played, reasons, reply, trust_change, what_happens, who_is_who

View = dict[str, Any]


def script(run: Run, pairs: Sequence[Pair] = ()) -> View:
    """The path of a finished run, and which of its scenes has a twin."""
    title = run.scenario.title
    twins = seen_from(pairs, run.scenario.id)
    ended = result(Played("", run, "practice", "", is_first=True))["blocks"]
    return b.view(f"{title}: a path", "script", [
        b.heading(title, focus=True, kicker="One path, scene by scene"), *who_is_who(run.scenario),
        *[block for step in run.steps for block in [*_scene(run, step), *_twins(step, twins)]], *[block for block in ended if block["type"] not in ("actions", "details")]], screen="script")


def _scene(run: Run, step: Step) -> list[b.Block]:
    made, language = note(step, run.playbook), run.scenario.language_tag
    own = [] if isinstance(step.scene, Write) else trust_change(made, run.playbook)
    return [b.heading(f"Scene {step.number}: {step.scene.id}", level=3), *what_happens(step.scene, language), *b.spoken(language, b.text(step.scene.question)),
            *reply(made, language), *own, reasons(made, language)]


def _twins(step: Step, twins: list[tuple[Side, Side]]) -> list[b.Block]:
    return [b.text(f"This scene {has_a_twin(here, there)}", small=True) for here, there in twins if here.scene == step.scene.id]


def has_a_twin(here: Side, there: Side) -> str:
    """For whoever leads the talk: where the same words are judged otherwise, what differs, and what is best there. Nothing for trainees before the end."""
    where = f"“{there.scene}”" + ("" if there.scenario == here.scenario else f" in “{there.title}”")
    fact = f"What differs there: {there.fact}" if there.fact else f"What differs here, as seen from there: {here.fact}"
    best = there.words if there.words.startswith('"') else f"“{there.words}”"   # spoken words have their own marks
    return f"has a twin: {where}. {fact}{'' if fact.endswith(('.', '!', '?')) else '.'} There the best is: {best}"
