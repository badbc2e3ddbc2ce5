"""`kit ...`: parses and dispatches. One command, one function, an exit code back: 0 fine, 1 findings, 2 could not run."""

import os
import sys
from pathlib import Path

import click

from kit import __version__
from kit.content.finding import Finding


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
        if not path.exists():
            raise Problem(f"There is no file or folder {path}.")
    checked = check_paths(paths)
    for finding in checked.findings:
        click.echo(_coloured(finding))
    if figures:
        click.echo(figures_of(checked))
    errors = sum(f.is_error for f in checked.findings)
    warnings = len(checked.findings) - errors
    click.echo(f"{_count(checked.files, 'file')}, {_count(errors, 'error')}, {_count(warnings, 'warning')}.")
    sys.exit(1 if errors or (strict and warnings) else 0)


@main.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to write it; the library's folder if left out.")
def new(name: str, folder: Path | None) -> None:
    """Write a commented draft scenario called NAME, which passes `kit check`."""
    from kit.drafting import NameTaken, write_draft
    from kit.places import scenarios_folder

    try:
        path = write_draft(folder or scenarios_folder(), name)
    except (NameTaken, ValueError, OSError) as error:
        raise Problem(str(error)) from None
    click.echo(f"Wrote {path}.\nOpen it in your editor, then run: kit check {path}\nTry it in the terminal:           kit play {path}")


@main.command()
@click.option("--port", default=8866, show_default=True, help="The port; if it is taken, the next free one.")
@click.option("--ip", default="127.0.0.1", show_default=True, help="The address to listen on. 0.0.0.0 lets others on the network in.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the workshop in the browser.")
@click.option("--scenarios", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A folder of scenarios of your own.")
@click.option("--verbose", is_flag=True, help="Show what the server does.")
def serve(port: int, ip: str, open_browser: bool, scenarios: Path | None, verbose: bool) -> None:
    """Start the workshop: trainees open the address it prints. Ctrl-C stops it.

    Where people are and what they answered is kept in this user's data folder, and is there again next time.
    """
    from kit import places
    from kit.library import NoPlaybook, load
    from kit.serve.room import address, free_port, serve_room

    if scenarios:
        os.environ["KIT_SCENARIOS"] = str(scenarios.resolve())
    folder = places.scenarios_folder().resolve()
    os.environ["KIT_SCENARIOS"] = str(folder)
    try:
        library = load(folder)
    except NoPlaybook as none:
        raise Problem(f"The playbook cannot be used, so there is nothing to play:\n{none}") from None
    for finding in library.findings:
        click.echo(_coloured(finding), err=True)
    port = free_port(ip, port)
    click.echo(f"High Note serves {_count(len(library.ready), 'scenario')} from {folder}.\n\n    Open  {address(ip, port)}\n\nCtrl-C stops it. Nothing is lost: who comes back finds their place.")
    serve_room(notebook=places.notebooks_folder() / "trainee.ipynb", data=places.data_folder(), port=port, ip=ip, open_browser=open_browser, verbose=verbose)


def _coloured(finding: Finding) -> str:
    return click.style(str(finding), fg="red" if finding.is_error else "yellow") if sys.stdout.isatty() else str(finding)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
