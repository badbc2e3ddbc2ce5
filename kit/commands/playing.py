"""`kit play`: a scenario in the terminal, with the same views as the page. Nothing is kept."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

import click

from kit.content.finding import nearest
from kit.content.playbook import Playbook
from kit.content.scenario import AnyScene, Scenario
from kit.library import load, load_playbook, load_scenario, playbook_folder
from kit.play.answer import Refused
from kit.play.run import Run, pick
from kit.ui import views
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
    if path.suffix in (".yaml", ".yml"):
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
    click.echo(draw(views.result(views.Played("", run, mode, started, is_first=True))))


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
