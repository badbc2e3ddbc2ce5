"""`kit ...`: parses and dispatches. One command, one function, an exit code back: 0 fine, 1 findings, 2 could not run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit import __version__
from kit.commands.saying import Problem
from kit.content.finding import name_of
from kit.words import count

if TYPE_CHECKING:
    from kit.content.playbook import Playbook
    from kit.content.scenario import Scenario
    from kit.store.store import Store


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
@click.option("--hints", is_flag=True, help="Also say what could be better (codes that begin with I).")
@click.option("--figures", is_flag=True, help="Also print each scenario's paths, stakes, mean scores and endings.")
@click.option("--values", is_flag=True, help="Also print beside each answer what it is worth, and why.")
@click.option("--format", "as_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="json: a list of objects, hints too, and nothing else.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes, until Ctrl-C.")
@click.option("--library", "whole", is_flag=True, help="Also report on the library as a whole: what it practises, its forms, whether it can be passed without understanding it (a minute or two).")
@click.option("--matrix", type=click.Path(dir_okay=False, path_type=Path), help="With --library: write what each scenario practises as a CSV file.")
@click.option("--explain", metavar="CODE", help="What a code such as E334 means, with an example done badly and well.")
def check(paths: tuple[Path, ...], strict: bool, hints: bool, figures: bool, values: bool, as_: str, watch: bool, whole: bool, matrix: Path | None, explain: str | None) -> None:
    """Check scenarios and the playbook: what is wrong, where, and how to mend it.

    PATHS are files or folders; without any, the whole library is checked.
    Exit code 0: fine. 1: findings. 2: could not run.
    """
    from kit.commands.checking import check_paths, show, tell
    from kit.places import scenarios_folder

    if explain is not None:
        tell.explain(explain)
        return
    if as_ == "json" and (watch or figures or values):
        raise Problem("--format json goes with neither --watch, --figures nor --values: they are for reading.")
    paths = paths or (scenarios_folder(),)
    for path in paths:
        if not _exists(path):
            raise Problem(f"There is no file or folder {name_of(str(path))[:200]}.")
    checked = check_paths(paths) if not watch else tell.watch(list(paths), hints, values)
    if not checked.files:
        raise Problem("There is no scenario and no playbook there.")
    if as_ == "json":
        click.echo(show.in_json([*checked.findings, *checked.hints]))
    elif not watch:
        tell.findings([*checked.findings, *(checked.hints if hints else ())], checked.files if values else ())
        if figures:
            click.echo(show.figures_of(checked))
        if whole:
            tell.library_report(checked, matrix)
        click.echo(tell.in_all(checked, hints))
    sys.exit(1 if checked.errors or (strict and checked.warnings) else 0)


@main.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to write it; ./scenarios if left out.")
def new(name: str, folder: Path | None) -> None:
    """Write a commented draft scenario called NAME, which passes `kit check`."""
    from kit.commands.drafting import NameTaken, write_draft, write_schemas
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
    from kit.commands.drafting import write_schemas
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
    from kit.commands import showing

    found, playbook = _find(scenario)
    if to is None:
        click.echo(showing.drawn(found, playbook))
        return
    try:
        showing.write_drawing(found, playbook, to)
    except OSError as error:
        raise Problem(f"Could not write {to}: {error.strerror}.") from None
    click.echo(f"Wrote {to}.")


@main.command("print")
@click.argument("scenario")
@click.option("--to", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The HTML file to write.")
@click.option("--handout", is_flag=True, help="For trainees: the scenes alone, without the key.")
def print_scenario(scenario: str, to: Path, handout: bool) -> None:
    """Write SCENARIO (its id, or a file) as a page for paper: map, scenes, key, briefs, rating sheet, questions.

    Open it in a browser and print it, on one side of the paper: each part begins a new sheet.
    """
    from kit.commands import printing

    try:
        printing.print_to(*_find(scenario), to, handout=handout)
    except printing.NotAPage as error:
        raise Problem(str(error)) from None
    except OSError as error:
        raise Problem(f"Could not write {to}: {error.strerror}.") from None
    click.echo(f"Wrote {to}. Open it in a browser to print it.")


@main.command()
@click.argument("scenario")
@click.option("--mode", type=click.Choice(["practice", "assessment"]), default="practice", show_default=True, help="Feedback after each answer, or at the end.")
@click.option("--seed", help="Show the options in the same order every time.")
@click.option("--from", "scene", metavar="SCENE", help="Begin at this scene.")
def play(scenario: str, mode: str, seed: str | None, scene: str | None) -> None:
    """Play SCENARIO (its id, or a file) in the terminal. Nothing is kept."""
    from kit.commands import playing
    from kit.content.finding import nearest
    from kit.play.part import from_scene

    found, playbook = _find(scenario)
    if scene is not None and scene not in found.scene:
        raise Problem(f"There is no scene `{name_of(scene)[:60]}` in {found.id}. {nearest(scene, found.scene)}There are: {', '.join(found.scene)}.")
    playing.play(from_scene(found, scene) if scene else found, playbook, mode=mode, seed=seed)


@main.command()
@click.argument("scenario")
@click.argument("answers", nargs=-1)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="An HTML file to write; the terminal if left out.")
def script(scenario: str, answers: tuple[str, ...], to: Path | None) -> None:
    """Print one path through SCENARIO in words: situations, answers, replies, feedback, result.

    ANSWERS are ids of options, scene by scene (joined by commas where there are several); the best answers follow where they
    end, so without any it is the best path.
    """
    from kit import places
    from kit.commands import playing
    from kit.play.answer import Refused
    from kit.report.page import page
    from kit.ui.script_views import script as in_words
    from kit.ui.terminal import draw

    try:
        found, playbook = _find(scenario)
        view = in_words(playing.path(found, playbook, answers), playing.pairs_of(scenario, found, playbook, places.scenarios_folder()))
    except Refused as error:
        raise Problem(str(error)) from None
    if to is None:
        click.echo(draw(view))
        return
    try:
        to.write_text(page(view), encoding="utf-8")
    except OSError as error:
        raise Problem(f"Could not write {to}: {error.strerror}.") from None
    click.echo(f"Wrote {to}.")


@main.command()
@click.argument("scenario")
@click.option("--no-situation", "blind", is_flag=True, required=True, help="Leave out situation and talk.")
def pilot(scenario: str, blind: bool) -> None:
    """Try whether the best options of SCENARIO can be found without reading the situations: if they can, the options give them away."""
    from kit.commands import playing

    found, playbook = _find(scenario)
    playing.pilot(found, playbook)


@main.group()
def people() -> None:
    """Who has taken part, and what is kept about them: list, export, erase."""


@people.command("list")
def people_list() -> None:
    """Everybody: id, name, when they came, how many runs."""
    rows = _store().people()
    for row in rows:
        click.echo(f"{row['id']}  {row['name'] or '(no name)':24}  {row['came_at'][:16]}  {count(row['runs'], 'run')}")
    click.echo(f"{count(len(rows), 'person')}.")


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
        click.confirm(f"Erase {row['name'] or 'the person without a name'} and {count(row['runs'], 'run')}, for good?", abort=True)
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
    from kit.commands import exporting

    with _said():
        made = exporting.export(_store(), folder, formats or tuple(exporting.FILES), names=names)
    for path in made.files:
        click.echo(f"Wrote {path}")
    unfinished = f", {made.unfinished} of them not finished (marked so)" if made.unfinished else ""
    click.echo(f"{count(made.steps, 'step')} of {count(made.runs, 'run')}{unfinished}, by {count(made.people, 'person')}.")


@main.command()
@click.argument("person", required=False)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="An HTML file to write, for print; the terminal if left out.")
def report(person: str | None, to: Path | None) -> None:
    """A report on PERSON (an id, or a name that only one has), or on everybody together."""
    from kit.commands import exporting
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
    from kit import places
    from kit.commands import exporting
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


def _find(scenario: str) -> "tuple[Scenario, Playbook]":
    """The scenario meant by an id or a file, and its playbook."""
    from kit import places
    from kit.commands import playing
    from kit.library import NoPlaybook

    try:
        return playing.find(scenario, places.scenarios_folder())
    except (playing.NotPlayable, NoPlaybook) as error:
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
@click.option("--ready", type=click.IntRange(min=0), default=0, help="For how many people kernels wait before the doors open (Linux; 20 MB each): a crowd is in at once.")
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
    from kit.commands.serving import CannotServe, serve_workshop

    try:
        serve_workshop(**chosen)
    except CannotServe as error:
        raise Problem(str(error)) from None


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write; it ends in .highnote.")
@click.option("--drafts", is_flag=True, help="Take scenarios with errors too.")
@click.option("--replace", is_flag=True, help="Replace another pack of that name.")
def pack(paths: tuple[Path, ...], to: Path, drafts: bool, replace: bool) -> None:
    """Put scenarios, their playbook and training sets into one file, to give to somebody else.

    PATHS are files, folders or ids; without any, the whole library. The same files make the same pack.
    """
    from kit.commands import packing
    from kit.commands.packfile import Refused

    try:
        made = packing.pack(paths, to, drafts=drafts, over=replace)
    except Refused as refused:
        raise Problem(str(refused)) from None
    click.echo("\n".join(f"  {name}" for name in made.names))
    click.echo(f"{'Wrote' if made.is_new else 'Already there, and the same:'} {to}: {count(len(made.names), 'file')}, as of {made.made}.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "folder", type=click.Path(path_type=Path), help="The folder to put them in; the library in use if left out.")
@click.option("--drafts", is_flag=True, help="Take files with errors too.")
@click.option("--replace", is_flag=True, help="Replace files that differ; what was there is kept in .backup.")
def unpack(file: Path, folder: Path | None, drafts: bool, replace: bool) -> None:
    """Take scenarios, playbook and training sets out of FILE, which `kit pack` made: all of them or, if anything is wrong, none.

    Everything is checked first. What is there already and differs is never touched without --replace.
    """
    from kit import places
    from kit.commands import unpacking
    from kit.commands.packfile import Refused

    folder = folder or places.new_scenarios_folder()
    try:
        done = unpacking.unpack(file, folder, drafts=drafts, over=replace)
    except Refused as refused:
        raise Problem(str(refused)) from None
    for name in done.same:
        click.echo(f"  {name} is there already, and the same: left alone.")
    for name, kept in done.replaced.items():
        click.echo(f"  {name} was replaced; what was there is now {kept}.")
    for name in done.written:
        click.echo(f"  {name} is new.")
    click.echo(f"{count(len(done.written) + len(done.replaced), 'file')} written to {folder}. Does everything there fit together? kit check {folder}")


@main.command("serve-one", hidden=True)
def serve_one() -> None:
    """One server of a workshop, in a process of its own; `kit serve` starts it."""
    from kit.commands.serving import serve_here

    serve_here()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):   # a name too long, or with a NUL in it
        return False
