"""`kit ...`: parses and dispatches. One command, one function, an exit code back: 0 fine, 1 findings, 2 could not run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit import __version__
from kit.content.finding import Finding, name_of

if TYPE_CHECKING:
    from kit.store.store import Store


class Problem(click.ClickException):
    """Something that the person can mend; said in words, exit code 2."""

    exit_code = 2

    def format_message(self) -> str:
        return self.message


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kit (High Note)")
def main() -> None:
    """High Note: learn to end a client relationship well.

    \b
    Start a workshop:     kit serve --open
    Play in the terminal: kit play the-rates-letter
    Write a scenario:     kit new my-scenario, then kit check
    """


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings count as findings too.")
@click.option("--figures", is_flag=True, help="Also print each scenario's paths, stakes, mean scores and endings.")
def check(paths: tuple[Path, ...], strict: bool, figures: bool) -> None:
    """Check scenarios and the playbook: what is wrong, where, and how to mend it.

    PATHS are files or folders; without any, the whole library is checked.
    Exit code 0: fine. 1: findings. 2: could not run.
    """
    from kit.checking import check_paths, figures_of
    from kit.places import scenarios_folder

    paths = paths or (scenarios_folder(),)
    for path in paths:
        if not _exists(path):
            raise Problem(f"There is no file or folder {name_of(str(path))[:200]}.")
    checked = check_paths(paths)
    if not checked.files:
        raise Problem("There is no scenario and no playbook there.")
    for finding in checked.findings:
        click.echo(_coloured(finding))
    if figures:
        click.echo(figures_of(checked))
    if checked.unchecked:
        click.echo(f"{_count(checked.unchecked, 'scenario')} could not be checked: mend the playbook first.")
    errors = sum(f.is_error for f in checked.findings)
    warnings = len(checked.findings) - errors
    click.echo(f"{_count(checked.files, 'file')}, {_count(errors, 'error')}, {_count(warnings, 'warning')}.")
    sys.exit(1 if errors or (strict and warnings) else 0)


@main.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to write it; ./scenarios if left out.")
def new(name: str, folder: Path | None) -> None:
    """Write a commented draft scenario called NAME, which passes `kit check`."""
    from kit.drafting import NameTaken, write_draft, write_schemas
    from kit.library import NoPlaybook, load_playbook, playbook_folder
    from kit.places import new_scenarios_folder

    try:
        path = write_draft(folder or new_scenarios_folder(), name)
        write_schemas(path.parent, load_playbook(playbook_folder(path.parent))[0])
    except (NameTaken, ValueError, OSError, NoPlaybook) as error:
        raise Problem(str(error)) from None
    click.echo(f"Wrote {path}.\nOpen it in your editor, then run: kit check {path}\nTry it in the terminal:           kit play {path}")


@main.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def schema(folder: Path | None) -> None:
    """Write the schemas by which an editor completes, explains and checks what you type, into FOLDER (the library's own if left out).

    Run it again when the playbook has changed. How to set up an editor: scenarios/README.md.
    """
    from kit.drafting import write_schemas
    from kit.library import NoPlaybook, load_playbook, playbook_folder
    from kit.places import scenarios_folder

    folder = folder or scenarios_folder()
    try:
        for path in write_schemas(folder, load_playbook(playbook_folder(folder))[0]):
            click.echo(f"Wrote {path}.")
    except (OSError, NoPlaybook) as error:
        raise Problem(str(error)) from None


@main.command()
@click.argument("scenario")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="An SVG file to write; the terminal if left out.")
def graph(scenario: str, to: Path | None) -> None:
    """Show SCENARIO (its id, or a file) as a graph: scenes, answers, endings, the best path, what nobody reaches."""
    from kit import places, playing, showing
    from kit.library import NoPlaybook

    try:
        found, playbook = playing.find(scenario, places.scenarios_folder())
    except (playing.NotPlayable, NoPlaybook) as error:
        raise Problem(str(error)) from None
    if to is None:
        click.echo(showing.drawn(found, playbook))
        return
    try:
        showing.write_drawing(found, playbook, to)
    except OSError as error:
        raise Problem(f"Could not write {to}: {error.strerror}.") from None
    click.echo(f"Wrote {to}.")


@main.command()
@click.argument("scenario")
@click.option("--mode", type=click.Choice(["practice", "assessment"]), default="practice", show_default=True, help="Feedback after each answer, or at the end.")
@click.option("--seed", help="Show the options in the same order every time.")
def play(scenario: str, mode: str, seed: str | None) -> None:
    """Play SCENARIO (its id, or a file) in the terminal. Nothing is kept."""
    from kit import places, playing
    from kit.library import NoPlaybook

    try:
        found, playbook = playing.find(scenario, places.scenarios_folder())
    except (playing.NotPlayable, NoPlaybook) as error:
        raise Problem(str(error)) from None
    playing.play(found, playbook, mode=mode, seed=seed)


@main.group()
def people() -> None:
    """Who has taken part, and what is kept about them: list, export, erase."""


@people.command("list")
def people_list() -> None:
    """Everybody: id, name, when they came, how many runs."""
    rows = _store().people()
    for row in rows:
        click.echo(f"{row['id']}  {row['name'] or '(no name)':24}  {row['came_at'][:16]}  {_count(row['runs'], 'run')}")
    click.echo(f"{len(rows)} {'person' if len(rows) == 1 else 'people'}.")


@people.command("export")
@click.argument("person")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="A file to write; the terminal if left out.")
def people_export(person: str, to: Path | None) -> None:
    """Everything kept about PERSON (an id, or a name that only one has), as JSON."""
    import json

    store = _store()
    text = json.dumps(store.export_person(_one(store, person)), ensure_ascii=False, indent=2)
    if to is None:
        click.echo(text)
        return
    try:
        to.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise Problem(f"Could not write {to}: {error.strerror}.") from None
    click.echo(f"Wrote {to}.")


@people.command("erase")
@click.argument("person")
@click.option("--yes", is_flag=True, help="Do not ask.")
def people_erase(person: str, yes: bool) -> None:
    """Erase PERSON (an id, or a name that only one has) and all their runs, for good."""
    from kit.store.store import NotSaved

    store = _store()
    found = _one(store, person)
    row = next(p for p in store.people() if p["id"] == found)
    if not yes:
        click.confirm(f"Erase {row['name'] or 'the person without a name'} and {_count(row['runs'], 'run')}, for good?", abort=True)
    try:
        store.erase_person(found)
    except NotSaved as error:
        raise Problem(str(error)) from None
    click.echo("Erased.")


@main.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--format", "formats", multiple=True, type=click.Choice(["csv", "xlsx", "jsonl", "xapi"]), help="May be given several times; all when left out.")
@click.option("--names", is_flag=True, help="With display names. Without, people are pseudonyms only.")
def export(folder: Path, formats: tuple[str, ...], names: bool) -> None:
    """Write every step of every run into FOLDER (here if left out): as tables, and as xAPI statements.

    What the columns mean: docs/data.md. A second export of the same data is the same file.
    """
    from kit import exporting

    with _said():
        made = exporting.export(_store(), folder, formats or tuple(exporting.FILES), names=names)
    for path in made.files:
        click.echo(f"Wrote {path}")
    unfinished = f", {made.unfinished} of them not finished (marked so)" if made.unfinished else ""
    click.echo(f"{_count(made.steps, 'step')} of {_count(made.runs, 'run')}{unfinished}, by {made.people} {'person' if made.people == 1 else 'people'}.")


@main.command()
@click.argument("person", required=False)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="An HTML file to write, for print; the terminal if left out.")
def report(person: str | None, to: Path | None) -> None:
    """A report on PERSON (an id, or a name that only one has), or on everybody together."""
    from kit import exporting
    from kit.ui.terminal import draw

    with _said():
        store = _store()
        view = exporting.report_on(store, _one(store, person)) if person else exporting.report_on_all(store)
        if to is None:
            click.echo(draw(view))
            return
        exporting.write_page(view, to)
    click.echo(f"Wrote {to}.")


@main.command()
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="A CSV file to write: every finished run, then and now.")
@click.option("--names", is_flag=True, help="With display names in the file. Without, people are pseudonyms only.")
def rescore(to: Path | None, names: bool) -> None:
    """Score old runs by today's playbook: who changes band, and why. What was shown then is not changed."""
    from kit import exporting, places
    from kit.library import NoPlaybook, load_playbook, playbook_folder
    from kit.ui.terminal import draw

    with _said():
        try:
            playbook, _ = load_playbook(playbook_folder(places.scenarios_folder()))
        except NoPlaybook as none:
            raise Problem(f"The playbook cannot be used:\n{none}") from None
        again = exporting.score_again(_store(), playbook)
        click.echo(draw(exporting.again_view(again)))
        if to is not None:
            exporting.write_again(again, to, names=names)
            click.echo(f"Wrote {to}.")


@contextmanager
def _said() -> Iterator[None]:
    """What could not be read or written, in words."""
    from kit.report.export import Unwritable
    from kit.store.store import NotSaved

    try:
        yield
    except (NotSaved, Unwritable) as error:
        raise Problem(str(error)) from None


def _store() -> "Store":
    from kit import places
    from kit.store.store import NotSaved, Store

    try:
        return Store(places.data_folder())
    except (NotSaved, OSError) as error:
        raise Problem(str(error)) from None


def _one(store: "Store", person: str) -> str:
    """The id of the person meant; says so when there is none or more than one."""
    ids = [row["id"] for row in store.people() if person in (row["id"], row["name"])]
    if len(ids) != 1:
        raise Problem(f"Nobody here is called {person}. `kit people list` shows who there is." if not ids
                      else f"{len(ids)} people are called {person}. Use an id from `kit people list`.")
    return str(ids[0])


@main.command()
@click.option("--name", default="", help="What the workshop is called, on the desk.")
@click.option("--port", default=8866, show_default=True, help="The room's port; if it is taken, the next free one.")
@click.option("--people", default=34, show_default=True, help="How many people may be in at once.")
@click.option("--scenarios", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A folder of scenarios of your own.")
@click.option("--here-only", is_flag=True, help="Only this computer may come in, nobody on the network.")
@click.option("--desk-on-network", is_flag=True, help="The desk can be opened on other devices too (a second rater's), with its long link.")
@click.option("--host", "hosts", multiple=True, help="A further name under which people open the room, such as workshop.example.")
@click.option("--new-code", is_flag=True, help="A new code for the room: nobody comes in with the old one.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the room in this computer's browser.")
@click.option("--verbose", is_flag=True, help="Show what the servers do.")
def serve(**chosen: Any) -> None:
    """Start a workshop: a room for the people, and a desk for you.

    Show people the link or the QR code: they open it on a phone or laptop in the same network and are in, with
    a name or none. The desk (this computer only) shows who is in and where, the run sheet, and a large page
    with link and QR code for the projector. Ctrl-C stops both. What was answered is kept, and people who come
    back find their place.
    """
    from kit.serving import CannotServe, serve_workshop

    try:
        serve_workshop(**chosen)
    except CannotServe as error:
        raise Problem(str(error)) from None


@main.command("serve-one", hidden=True)
def serve_one() -> None:
    """One server of a workshop, in a process of its own; `kit serve` starts it."""
    from kit.serving import serve_here

    serve_here()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):   # a name too long, or with a NUL in it
        return False


def _coloured(finding: Finding) -> str:
    return click.style(str(finding), fg="red" if finding.is_error else "yellow") if sys.stdout.isatty() else str(finding)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
