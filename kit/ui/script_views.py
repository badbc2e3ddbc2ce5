"""A whole path through a scenario in words: each scene with its answer, reply and feedback, and the result. For reading aloud and comparing."""

from typing import Any

from kit.content.scenario import Write
from kit.play.debrief import note
from kit.play.run import Run, Step
from kit.ui import blocks as b
from kit.ui.result_views import result
from kit.ui.views import Played, reasons, reply, trust_change, what_happens, who_is_who

View = dict[str, Any]


def script(run: Run) -> View:
    """The path of a finished run."""
    title = run.scenario.title
    ended = result(Played("", run, "practice", "", is_first=True))["blocks"]
    return b.view(f"{title}: a path", "script", [
        b.heading(title, focus=True, kicker="One path, scene by scene"), *who_is_who(run.scenario),
        *[block for step in run.steps for block in _scene(run, step)], *[block for block in ended if block["type"] not in ("actions", "details")]], screen="script")


def _scene(run: Run, step: Step) -> list[b.Block]:
    made = note(step, run.playbook)
    own = [] if isinstance(step.scene, Write) else trust_change(made, run.playbook)
    return [b.heading(f"Scene {step.number}: {step.scene.id}", level=3), *what_happens(step.scene), b.text(step.scene.question), *reply(made), *own, reasons(made)]
