"""A finished run as a view: how it ended, the score with its reasons, what to work on, scene by scene."""

from typing import Any

from kit.content.playbook import Playbook, Rule
from kit.content.scenario import Scenario, Write
from kit.play.debrief import cited, margin_sentence, note, sentence, strengths, work_on
from kit.play.run import Run, Step
from kit.play.score import LEAST_OCCASIONS, Score, score
from kit.ui import blocks as b
from kit.ui.form_views import practise_in
from kit.ui.views import Played, reasons, reply, sources, trouble_notice

View = dict[str, Any]


def result(played: Played, *, ready: tuple[Scenario, ...] = (), trouble: str = "") -> View:
    """Band and score with its margin, why, what to work on (and in which of the `ready` scenarios), scene by scene."""
    run, made = played.run, score(played.run)
    again = b.action("Play it again", {"type": "play", "scenario": run.scenario.id, "mode": played.mode}, about=run.scenario.title)
    return b.view(f"{run.scenario.title}: result", f"{played.id} result", [
        *_result_blocks(played, made, ready),
        *trouble_notice(trouble),
        b.actions([again, b.action("Print", {"type": "print"}), b.action("Save as a page", {"type": "save", "run": played.id}),
                   b.action("Back to the scenarios", {"type": "open", "screen": "home"}, primary=True)]),
    ], say=sentence(made), screen="result")


def _result_blocks(played: Played, made: Score, ready: tuple[Scenario, ...]) -> list[b.Block]:
    run, ending = played.run, played.run.ending
    assert ending is not None
    return [
        *b.spoken(run.scenario.language_tag, b.heading(ending.title, focus=True, kicker=f"{run.scenario.title} · how it ended"), b.text(ending.text)),
        *_what_they_felt(run.scenario),
        *_red_lines(made, run.playbook),
        *_score_blocks(played, made),
        *_strength_blocks(run, made),
        *_work_on_blocks(run, made, ready),
        b.heading("Scene by scene", level=3),
        *[_scene_by_scene(step, run) for step in run.steps],
    ]


def _what_they_felt(scenario: Scenario) -> list[b.Block]:
    client = scenario.client
    if not client or not (client.wants or client.feels):
        return []
    parts = [f"wanted {client.wants}" if client.wants else "", f"felt {client.feels}" if client.feels else ""]
    return [b.text(f"What {client.name} did not say: {client.name.split()[0]} {' and '.join(filter(None, parts))}.", small=True)]


def _red_lines(made: Score, playbook: Playbook) -> list[b.Block]:
    return [b.notice(f"A red line was crossed: {playbook.rule[name].title} Such a run is not above the pass mark, whatever its score.", tone="bad")
            for name in made.red_lines]


def _score_blocks(played: Played, made: Score) -> list[b.Block]:
    practice = "" if played.is_first else "This was not your first run of this scenario, so it counts as practice."
    shown = [
        b.heading(f"{made.band.title}: {made.value:.0f} of 100", level=3),
        b.scale("Score", round(made.value, 1), round(made.low, 1), round(made.high, 1), made.pass_mark, "pass mark"),
        b.text(f"{sentence(made)} {made.band.says}"),
        b.text(" ".join(filter(None, [margin_sentence(made), practice])), small=True),
    ]
    items = [(_competency(played.run.playbook, c.competency), c.share if c.occasions >= LEAST_OCCASIONS else None,
              f"kept {c.kept}, missed {c.missed}, broken {c.broken}") for c in made.competencies]
    return [b.card(shown), b.bars("By competency (a bar from three occasions on)", items)]


def _competency(playbook: Playbook, name: str) -> str:
    return next(c.title for c in playbook.competencies if c.id == name)


def _strength_blocks(run: Run, made: Score) -> list[b.Block]:
    held = strengths(run, made)
    return [b.heading("What held", level=3), b.bullets([rule.title for rule in held])] if held else []


def _work_on_blocks(run: Run, made: Score, ready: tuple[Scenario, ...]) -> list[b.Block]:
    todo = work_on(run, made)
    if not todo:
        return [b.notice("Nothing was lost in this run. Try it from the other side: a scenario in which you are the one who ends it.", tone="good")]
    shown = [b.heading("To work on", level=3)]
    for item in todo:
        where = "scene " + ", ".join(map(str, item.scenes)) if len(item.scenes) == 1 else "scenes " + ", ".join(map(str, item.scenes))
        shown.append(b.card([b.text(item.rule.do), *([b.quote("Words to try", item.words)] if item.words else []),
                             sources(cited(item.rule.rests_on[:1], run.playbook)), *_practise(item.rule, run.scenario, ready)],
                            label=f"{item.rule.title} ({where})"))
    return shown


def _practise(rule: Rule, here: Scenario, ready: tuple[Scenario, ...]) -> list[b.Block]:
    """A button that starts another scenario in which the rule can be kept, if there is one."""
    other = next((s for s in ready if s.id != here.id and rule.id in s.can_keep), None)
    if other is None:
        return []
    return [b.actions([practise_in(other, rule)])]


def _scene_by_scene(step: Step, run: Run) -> b.Block:
    made, language = note(step, run.playbook), run.scenario.language_tag
    if isinstance(step.scene, Write):
        summary = f"{step.number}. {step.scene.question} Your own words; not scored."
    else:
        broke = f", and broke {made.broke:g}" if made.broke else ""
        summary = f"{step.number}. {step.scene.question} Kept {round(made.kept_weight, 1):g} of {made.stake:g}{broke}."
    return b.details(summary, [*b.spoken(language, b.text(step.scene.situation, small=True)), *reply(made, language), reasons(made, language)])
