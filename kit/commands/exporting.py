"""`kit export`, `kit report` and `kit rescore`: what is kept is read once and written as files. Nothing that is kept is changed."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from kit.content.playbook import Playbook
from kit.content.values import content_hash
from kit.play.firsts import first_finished
from kit.play.rescore import rescore
from kit.report import rescored, steps, xapi
from kit.report.columns import row_of
from kit.report.export import Unwritable, Writes, write_csv, write_jsonl, write_whole, write_xlsx
from kit.report.page import page
from kit.report.rescored import Again
from kit.report.steps import Taken
from kit.serve.settings import kept_secret
from kit.store.store import Store, StoredRun
from kit.ui import report_views
from kit.ui.report_views import View
from kit.ui.views import Played

FILES = {"csv": "high-note-steps.csv", "xlsx": "high-note-steps.xlsx", "jsonl": "high-note-steps.jsonl", "xapi": "high-note-xapi.jsonl"}
SECRET = "export-secret"   # in the data folder: the key of the pseudonyms


@dataclass(frozen=True)
class Exported:
    """What was written: the files, how many steps, and how many runs (of these, unfinished ones) and people they are of."""

    files: tuple[Path, ...]
    steps: int
    runs: int
    unfinished: int
    people: int


def export(store: Store, folder: Path, formats: Sequence[str], *, names: bool) -> Exported:
    """Every step of every run, in these formats. Raises Unwritable."""
    runs = store.all_runs()
    taken = list(steps.steps_taken(runs, pseudonym=_pseudonyms(store), names=_names(store) if names else {}))
    files = {folder / FILES[name]: _writes(name, taken) for name in dict.fromkeys(formats)}
    _make(folder)
    write_whole(files)
    return Exported(tuple(files), len(taken), len(runs), sum(not kept.run.is_over for kept in runs), len({kept.person for kept in runs}))


def _writes(name: str, taken: list[Taken]) -> Writes:
    """What writes the steps in this format."""
    ways: dict[str, Writes] = {
        "csv": lambda file: write_csv(file, steps.COLUMNS, steps.rows(taken)),
        "xlsx": lambda file: write_xlsx(file, steps.COLUMNS, steps.rows(taken)),
        "jsonl": lambda file: write_jsonl(file, steps.rows(taken)),
        "xapi": lambda file: write_jsonl(file, xapi.statements(taken)),
    }
    return ways[name]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unwritable(f"Could not make the folder {folder}: {error.strerror}.") from error


def _names(store: Store) -> dict[str, str]:
    return {row["id"]: row["name"] for row in store.people()}


def _pseudonyms(store: Store) -> Callable[[str], str]:
    """The pseudonym of a person; the key is made on first use and kept beside the store. Raises Unwritable."""
    path = store.path.with_name(SECRET)
    try:
        return partial(steps.pseudonym, secret=kept_secret(path, lambda: secrets.token_bytes(32)))
    except OSError as error:
        raise Unwritable(f"Could not keep the key of the pseudonyms, {path}: {error.strerror}.") from error


# --- reports ----------------------------------------------------------------------------------------------

def report_on(store: Store, person: str) -> View:
    """A person's first finished runs, with their reasons."""
    return report_views.person(_names(store).get(person, ""), _played(store.runs_of(person)))


def report_on_all(store: Store) -> View:
    """Everybody's first finished runs together."""
    runs = store.all_runs()
    first = first_finished(runs)
    return report_views.cohort([kept.run for kept in runs if kept.id in first], people=len({kept.person for kept in runs}))


def write_page(view: View, path: Path) -> None:
    """The view as one page to print or keep. Raises Unwritable."""
    write_whole({path: lambda file: file.writelines([page(view).encode()])})


def _played(runs: Sequence[StoredRun]) -> list[Played]:
    first = first_finished(runs)
    return [Played(kept.id, kept.run, kept.mode, kept.started_at, kept.id in first) for kept in runs]


# --- scoring again ----------------------------------------------------------------------------------------

def score_again(store: Store, playbook: Playbook) -> list[Again]:
    """Every finished run by this playbook, oldest first."""
    runs, names, digest = store.all_runs(), _names(store), steps.Digests()
    first, pseudonym, now = first_finished(runs), _pseudonyms(store), content_hash(playbook)
    return [Again(kept, pseudonym(kept.person), names.get(kept.person, ""), kept.id in first, rescore(kept.run, playbook),
                  digest(kept.run.scenario), digest(kept.run.playbook), now)
            for kept in runs if kept.run.is_over]


def again_view(again: list[Again]) -> View:
    """Whose band changes, and why; for the manager's own screen, so by name."""
    return report_views.rescored([(one.name or f"no name ({one.kept.person[:4]})", one.kept.run.scenario, one.made, rescored.why(one.made)) for one in again])


def write_again(again: list[Again], path: Path, *, names: bool) -> None:
    """The table of runs scored again, as CSV. Raises Unwritable."""
    shown = again if names else [replace(one, name="") for one in again]
    rows = [row_of(rescored.COLUMNS, one) for one in shown]
    write_whole({path: lambda file: write_csv(file, rescored.COLUMNS, rows)})
