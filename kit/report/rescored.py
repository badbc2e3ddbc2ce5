"""Runs scored again -> one row each: the columns of `kit rescore --to`."""

from dataclasses import dataclass

from kit.play.rescore import Rescored
from kit.report.columns import Column
from kit.report.steps import Kept, named_uuid


@dataclass(frozen=True)
class Again:
    """A finished run and what today's playbook makes of it."""

    kept: Kept
    person: str
    name: str
    is_first: bool
    made: Rescored
    scenario_hash: str
    playbook_hash: str
    playbook_now: str


def why(made: Rescored) -> str:
    """In words: the changes of the playbook that moved the score, or why there is no new one."""
    if made.vanished:
        return f"The playbook no longer has: {', '.join(made.vanished)}. The score stays as it was."
    return "; ".join(f"{reason.says} (alone {reason.moves:+.1f})" for reason in made.reasons)


COLUMNS = (
    Column("run", "text", "", "The run, as in the table of steps.", lambda a: named_uuid(a.kept.id)),
    Column("person", "text", "", "Who took it, as in the table of steps.", lambda a: a.person),
    Column("name", "text", "", "The display name, if `--names` was given; else empty.", lambda a: a.name),
    Column("scenario", "text", "", "The scenario's id.", lambda a: a.kept.run.scenario.id),
    Column("scenario_hash", "text", "", "SHA-256 of the scenario as it was played; it is judged as it was then.", lambda a: a.scenario_hash),
    Column("playbook_hash", "text", "", "SHA-256 of the playbook of then.", lambda a: a.playbook_hash),
    Column("playbook_now", "text", "", "SHA-256 of today's playbook.", lambda a: a.playbook_now),
    Column("mode", "text", "", "`practice` or `assessment`.", lambda a: a.kept.mode),
    Column("started_at", "time", "UTC", "When the run was started.", lambda a: a.kept.started_at),
    Column("first", "yes or no", "", "Whether it is the person's first finished run of this scenario.", lambda a: a.is_first),
    Column("score_then", "number", "0 to 100", "The score as it was shown.", lambda a: a.made.then.value),
    Column("band_then", "text", "", "What it was called.", lambda a: a.made.then.band.title),
    Column("score_now", "number", "0 to 100", "The score by today's playbook; empty when that lacks a rule.", lambda a: a.made.now and a.made.now.value),
    Column("band_now", "text", "", "What that is called; empty when the playbook lacks a rule.", lambda a: a.made.now and a.made.now.band.title),
    Column("changes_band", "yes or no", "", "Whether the two are called differently.", lambda a: a.made.changes_band),
    Column("vanished", "list", "", "Rules of the scenario that today's playbook no longer has.", lambda a: a.made.vanished),
    Column("why", "text", "", "Each change of the playbook that moves this score, with the points by which it alone would.", lambda a: why(a.made)),
)
