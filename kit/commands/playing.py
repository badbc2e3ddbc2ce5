"""`kit play`: a scenario in the terminal, with the same views as the page. Nothing is kept."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from kit.content.finding import nearest
from kit.content.playbook import Playbook
from kit.content.read import read_scenario
from kit.content.scenario import AnyScene, BestAndWorst, Choose, Scenario, Write
from kit.library import load, load_playbook, load_scenario, playbook_folder, scenario_files
from kit.play.answer import Refused, best_answer, shown_order
from kit.play.pairs import Pair, pairs
from kit.play.run import Run, pick
from kit.play.score import perfect_from
from kit.ui import blocks as b
from kit.ui import result_views, views
from kit.ui.terminal import draw

HOW = {
    "choose": "Your number", "best_and_worst": "The best and the worst, as two numbers",
    "compose": "The numbers of the parts that belong, in order", "order": "All the numbers, in order", "write": "Your words, on one line",
}


class NotPlayable(Exception):
    """There is no such scenario, or it has errors; the text says which and what to do."""


def find(name: str, folder: Path) -> tuple[Scenario, Playbook]:
    """The scenario of that id, or in that file, drafts too. Raises NotPlayable."""
    path = Path(name)
    if _is_file(path):
        playbook = load_playbook(playbook_folder(path.parent))[0]
        reading = load_scenario(path, playbook)
        if reading.content is None:
            raise NotPlayable("\n".join(map(str, reading.findings)))
        return reading.content, playbook
    library = load(folder)
    found = next((s for s in library.scenarios if s.id == name), None)
    if found:
        return found, library.playbook
    faults = [str(f) for f in library.findings if f.is_error and Path(f.path).stem == name]
    ids = [s.id for s in library.scenarios]
    raise NotPlayable("\n".join(faults) or f"There is no scenario `{name}`. {nearest(name, ids)}There are: {', '.join(ids)}.")


def _is_file(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml")


def pairs_of(name: str, scenario: Scenario, playbook: Playbook, folder: Path) -> tuple[Pair, ...]:
    """The pairs among the scenario that was found by this name and the others of its folder. Those are read, and not walked through: that takes seconds."""
    home = Path(name).parent if _is_file(Path(name)) else folder
    others = [read_scenario(path, playbook).content for path in scenario_files(home) if path.stem != scenario.id]
    return pairs([scenario, *(other for other in others if other)], playbook)


def play(scenario: Scenario, playbook: Playbook, *, mode: str, seed: str | None = None) -> None:
    """Ask and tell until the run is over, or the person leaves (q, or the end of the input)."""
    run = Run(scenario, playbook, seed=seed or secrets.token_hex(8))
    started = datetime.now(UTC).isoformat()
    click.echo("Nothing is kept of a run in the terminal. q leaves.")
    while run.scene:
        click.echo(draw(views.scene(run, run_id="", mode=mode)))
        answered = _ask(run, run.scene)
        if answered is None:
            click.echo("Left before the end.")
            return
        run = answered
        click.echo(draw(views.feedback(run, run_id="", mode=mode), without=("details",)))   # the scene stands above
    click.echo(draw(result_views.result(views.Played("", run, mode, started, is_first=True))))


def path(scenario: Scenario, playbook: Playbook, answers: Sequence[str]) -> Run:
    """The run that gives these answers (ids, joined by commas where there are several), and the best one from there on. Raises Refused."""
    run = Run(scenario, playbook)
    for given in answers:
        if run.scene is None:
            raise Refused(f"The run is over before `{given}`.")
        ids = [part.id for part in run.scene.parts]
        words = [given] if isinstance(run.scene, Write) else given.split(",")
        unknown = [word for word in words if ids and word not in ids]
        if unknown:
            raise Refused(f"`{unknown[0]}` is no answer to `{run.scene.id}`. {nearest(unknown[0], ids)}There are: {', '.join(ids)}.")
        run = pick(run, words)
    return perfect_from(run)


def pilot(scenario: Scenario, playbook: Playbook) -> None:
    """Ask each choice without its situation and talk, and say how many best options were found so. A scene that is solved like this needs rewriting."""
    seed = secrets.token_hex(8)
    found, chance, solved = 0, 0.0, []
    scenes = [scene for scene in scenario.scenes if isinstance(scene, Choose | BestAndWorst)]
    click.echo(f"{len(scenes)} questions without their situations. Which option is the best? q leaves.")
    for number, scene in enumerate(scenes, start=1):
        shown = shown_order(scene, seed)
        text = {option.id: option.text for option in scene.options}
        click.echo(draw({"blocks": [b.heading(f"{number} of {len(scenes)}", level=3), b.bullets([f"{n}. {text[i]}" for n, i in enumerate(shown, start=1)])]}))
        chosen = _number(len(shown))
        if chosen is None:
            return
        chance += 1 / len(shown)
        if shown[chosen - 1] == best_answer(scene, playbook)[0]:
            found += 1
            solved.append(scene.id)
    click.echo(f"The best option was found in {found} of {len(scenes)}; by chance it would be {chance:.1f}. Found: {', '.join(solved) or 'none'}.")


def _number(most: int) -> int | None:
    while True:
        try:
            said = click.prompt("Your number", prompt_suffix=": ").strip()
        except click.Abort:
            return None
        if said == "q":
            return None
        if said.isdigit() and 1 <= int(said) <= most:
            return int(said)
        click.echo(f"A number from 1 to {most}, please.")


def _ask(run: Run, scene: AnyScene) -> Run | None:
    """The run with one more answer, or None if the person leaves."""
    while True:
        try:
            said = click.prompt(HOW[scene.ask], prompt_suffix=": ").strip()
        except click.Abort:
            return None
        if said == "q":
            return None
        given = [said] if scene.ask == "write" else said.replace(",", " ").split()
        try:
            return pick(run, views.answer_named(run, given))
        except Refused as refused:
            click.echo(str(refused))
