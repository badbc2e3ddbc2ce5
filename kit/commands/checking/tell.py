"""What `kit check` says on the terminal: findings with their lines, values, the report on the library, and what changes while one writes."""

import shutil
import signal
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from kit.commands.checking import Checked, CheckedFile, library, show
from kit.commands.checking.watch import Change, Watch, follow, in_a_line
from kit.commands.saying import Problem
from kit.content.explain import explained
from kit.content.finding import Finding, name_of, nearest
from kit.words import count


def library_report(checked: Checked, matrix: Path | None) -> None:
    """On all scenarios that are ready, by each playbook."""
    ready: dict[int, list[Any]] = {}
    for file in checked.files:
        if file.loads and file.scenario and file.playbook and file.scenario.status == "ready":
            ready.setdefault(id(file.playbook), [file.playbook]).append(file.scenario)
    for playbook, *scenarios in ready.values():
        click.echo(library.report(scenarios, playbook))
        if matrix:
            try:
                matrix.write_text(library.matrix(scenarios, playbook), encoding="utf-8")
            except OSError as error:
                raise Problem(f"Could not write {matrix}: {error.strerror}.") from None
            click.echo(f"Wrote {matrix}.")


def explain(code: str) -> None:
    meanings = explained()
    if code.upper() not in meanings:
        raise Problem(f"There is no code {name_of(code)[:40]}. {nearest(code.upper(), meanings)}Codes are such as {', '.join(list(meanings)[:3])}; the checker names them.")
    click.echo(show.in_words(code.upper(), meanings[code.upper()]))


def findings(found: Sequence[Finding], valued: Iterable[CheckedFile]) -> None:
    """The findings with their lines, and the values of these files' answers."""
    for finding, words in zip(found, show.in_text(found, _width()), strict=True):
        click.echo(click.style(words, fg={"error": "red", "warning": "yellow"}.get(finding.severity)) if sys.stdout.isatty() else words)
    for file in valued:
        if drawn := show.values_of(file, _width()):
            click.echo(f"{drawn}\n")


def in_all(checked: Checked, hints: bool) -> str:
    left_out = f"{count(checked.unchecked, 'scenario')} could not be checked: mend the playbook first.\n" if checked.unchecked else ""
    told = f", {count(len(checked.hints), 'hint')}" if hints else ""
    return f"{left_out}{count(len(checked.files), 'file')}, {count(checked.errors, 'error')}, {count(checked.warnings, 'warning')}{told}."


def watch(paths: list[Path], hints: bool, values: bool) -> Checked:
    """Checks, and checks again what changes, until Ctrl-C; what was found at last."""
    signal.signal(signal.SIGINT, signal.default_int_handler)   # also where a script's `&` has Ctrl-C ignored

    def tell(change: Change) -> None:
        click.echo(in_a_line(change, datetime.now()))
        files = [file for file in change.checked.files if file.path in change.files]
        findings([*change.new, *(hint for file in files if hints for hint in file.hints)], files if values else ())

    looks = Watch(paths)
    findings([*looks.checked.findings, *(looks.checked.hints if hints else ())], looks.checked.files if values else ())
    click.echo(f"{in_all(looks.checked, hints)} Watching; Ctrl-C ends it.")
    follow(looks, tell)
    return looks.checked


def _width() -> int:
    """Of the terminal; for a file or a pipe always the same."""
    return max(40, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 100
