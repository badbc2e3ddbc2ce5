"""The store: verbs for what happens in a workshop. Each one commits before it returns, or raises NotSaved."""

import hashlib
import json
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kit.content.playbook import Playbook
from kit.content.scenario import Scenario
from kit.content.values import canonical, content_hash
from kit.play.run import Run
from kit.store import tables as t
from kit.store.file import ERASED, Erased, NotSaved, open_file, said

FILE = "high-note.sqlite"
RUNS_AT_ONCE = 500   # in one query: SQLite takes only so many parameters
_REPLAYED = (t.picks.c.run, t.picks.c.step, t.picks.c.answer, t.picks.c.at, t.picks.c.read_at, t.picks.c.sure)   # what replaying a run needs of its picks


class WrongStep(Exception):
    """A pick for a step that has been answered, or is not there yet (a double click, a second tab)."""


@dataclass(frozen=True)
class StoredRun:
    """A run as kept: who plays it and how, and for each pick when it was made and its feedback read (ISO 8601, UTC)."""

    id: str
    person: str
    mode: str
    started_at: str
    run: Run
    picked_at: tuple[str, ...] = ()
    read_at: tuple[str, ...] = ()
    sure: tuple[int | None, ...] = ()   # how sure the person was of each pick, 1-4; None where it was not asked

    @property
    def read(self) -> int:
        """How many steps' feedback has been read."""
        return len(self.read_at)


class Store:
    """What is kept, in one SQLite file that only this user can read."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._content: dict[str, Any] = {}
        self._lock = threading.Lock()
        self.engine = open_file(self.path)
        if self._is_set_up():   # most often: a page that opens writes nothing, and waits for nobody who does
            return
        with self.writing("open") as connection:
            t.metadata.create_all(connection)
            version = connection.execute(sa.select(t.schema_version.c.version)).scalar()
            if version is None:
                connection.execute(t.schema_version.insert().values(version=t.SCHEMA_VERSION))
            elif version != t.SCHEMA_VERSION:
                raise NotSaved(f"{self.path} was written by another version of High Note (its schema is {version}, this one reads {t.SCHEMA_VERSION}).")

    def _is_set_up(self) -> bool:
        with self.reading("open") as connection:
            has_all = set(t.metadata.tables) <= set(sa.inspect(connection).get_table_names())
            return has_all and connection.execute(sa.select(t.schema_version.c.version)).scalar() == t.SCHEMA_VERSION

    @contextmanager
    def writing(self, verb: str) -> Iterator[sa.Connection]:
        with said(verb), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self, verb: str = "read what is kept") -> Iterator[sa.Connection]:
        with said(verb), self.engine.connect().execution_options(reads_only=True) as connection:
            yield connection

    # --- people ---------------------------------------------------------------------------------------

    def name_person(self, person: str, name: str) -> None:
        """The person is here, under this display name (may be empty)."""
        with self.writing("save your name") as connection:
            changed = connection.execute(t.people.update().where(t.people.c.id == person).values(name=name))
            if not changed.rowcount:
                connection.execute(t.people.insert().values(id=person, name=name, at_run="", came_at=now()))

    def name_of(self, person: str) -> str | None:
        """The display name ('' if they gave none), or None for somebody who has not come in yet."""
        with self.reading() as connection:
            return connection.execute(sa.select(t.people.c.name).where(t.people.c.id == person)).scalar()

    def is_at(self, person: str, run_id: str) -> None:
        """The person has this run on the screen ('' for none), and comes back to it."""
        with self.writing("save your place") as connection:
            connection.execute(t.people.update().where(t.people.c.id == person).values(at_run=run_id))

    def run_at(self, person: str) -> StoredRun | None:
        """The run that the person had on the screen last, if any."""
        with self.reading() as connection:
            run_id = connection.execute(sa.select(t.people.c.at_run).where(t.people.c.id == person)).scalar()
        return self.run(run_id, person=person) if run_id else None

    def people(self) -> list[dict[str, Any]]:
        """Everybody: id, name, when they came, how many runs."""
        count = sa.select(sa.func.count()).where(t.runs.c.person == t.people.c.id).scalar_subquery()
        with self.reading() as connection:
            rows = connection.execute(sa.select(t.people, count.label("runs")).order_by(t.people.c.came_at))
            return [dict(row._mapping) for row in rows]

    def export_person(self, person: str) -> dict[str, Any]:
        """Everything kept about a person, as plain data. Raises KeyError for nobody."""
        with self.reading() as connection:
            row = connection.execute(sa.select(t.people).where(t.people.c.id == person)).first()
            if row is None:
                raise KeyError(person)
            runs = [dict(r._mapping) for r in connection.execute(
                sa.select(t.runs).where(t.runs.c.person == person).order_by(t.runs.c.started_at))]
            for run in runs:
                run["picks"] = [dict(p._mapping) for p in connection.execute(
                    sa.select(t.picks).where(t.picks.c.run == run["id"]).order_by(t.picks.c.step))]
        return {**row._mapping, "runs": runs}

    def erase_person(self, person: str) -> bool:
        """The person, all their runs and role-plays are gone, from the file's free pages too. False if there was nobody."""
        return bool(self.erase(lambda connection: connection.execute(t.people.delete().where(t.people.c.id == person)).rowcount))

    def erase_everybody(self) -> int:
        """All people, runs, role-plays, comments and rater training are gone for good, and the workshop may begin anew. Returns how many people there were."""
        def everything(connection: sa.Connection) -> int:
            for table in (t.workshop, t.roleplays, t.comments, t.attempts):
                connection.execute(table.delete())
            return connection.execute(t.people.delete()).rowcount
        return self.erase(everything)

    def erase(self, delete: Callable[[sa.Connection], int]) -> int:
        """What `delete` deletes is gone for good; returns what it returns."""
        self._wait_for_readers()
        with self.writing("erase") as connection:
            gone = delete(connection)
        self._overwrite()
        return gone

    def _wait_for_readers(self) -> None:
        """Raises NotSaved while something holds on to old pages of the file: what is erased now would still be in them."""
        with said("erase"), closing(self.engine.raw_connection()) as connection:
            if connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise NotSaved("Nothing is erased yet: the database is busy, something else uses it. Try again in a minute.")

    def _overwrite(self) -> None:
        """Nothing that was deleted is left in the file's free pages or in its log."""
        with said("erase"), closing(self.engine.raw_connection()) as connection:
            sqlite = connection.driver_connection
            sqlite.execute("VACUUM")
            is_busy = sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if is_busy:
            raise NotSaved("It is erased, but its traces are still in the file while something else reads it. Erase again in a minute.")

    # --- the workshop ---------------------------------------------------------------------------------

    def end_workshop(self) -> None:
        """No new runs from now on; what there is can be read."""
        with self.writing("end the workshop") as connection:
            connection.execute(t.workshop.delete())
            connection.execute(t.workshop.insert().values(ended_at=now()))

    def begin_workshop(self) -> None:
        """The workshop goes on (again)."""
        with self.writing("begin the workshop") as connection:
            connection.execute(t.workshop.delete())

    def has_ended(self) -> bool:
        with self.reading() as connection:
            return connection.execute(sa.select(t.workshop.c.ended_at)).first() is not None

    def keep_resume_code(self, person: str, code: str) -> None:
        """This code, and no earlier one, lets the person go on from another device. Only its digest is kept."""
        with self.writing("make a resume code") as connection:
            connection.execute(t.resume_codes.delete().where(t.resume_codes.c.person == person))
            connection.execute(t.resume_codes.insert().values(person=person, digest=_digest(code), made_at=now()))

    def who_resumes(self, code: str) -> str | None:
        """The person with this resume code, which is used up by that."""
        with self.writing("read a resume code") as connection:
            person = connection.execute(sa.select(t.resume_codes.c.person).where(t.resume_codes.c.digest == _digest(code))).scalar()
            connection.execute(t.resume_codes.delete().where(t.resume_codes.c.person == person))
        return person

    # --- runs -----------------------------------------------------------------------------------------

    def start_run(self, person: str, scenario: Scenario, playbook: Playbook, *, mode: str) -> StoredRun:
        """A new run, with the content it is played with kept for good."""
        run_id, seed, at = secrets.token_hex(16), secrets.token_hex(8), now()
        with self.writing("start the scenario") as connection:
            self.keep_content(connection, scenario, playbook)
            connection.execute(t.runs.insert().values(
                id=run_id, person=person, scenario=scenario.id, scenario_hash=content_hash(scenario),
                playbook_hash=content_hash(playbook), mode=mode, seed=seed, started_at=at))
        return StoredRun(run_id, person, mode, at, Run(scenario, playbook, (), seed))

    def keep_content(self, connection: sa.Connection, scenario: Scenario, playbook: Playbook) -> None:
        """What somebody plays is kept for good, by its hash."""
        for kind, name, thing in (("scenario", scenario.id, scenario), ("playbook", "playbook", playbook)):
            self._keep(connection, kind, name, thing)

    def _keep(self, connection: sa.Connection, kind: str, name: str, thing: Scenario | Playbook) -> None:
        digest = content_hash(thing)
        there = connection.execute(sa.select(t.content.c.hash).where(t.content.c.hash == digest)).scalar()
        if there is None:
            connection.execute(t.content.insert().values(hash=digest, kind=kind, name=name, json=canonical(thing)))
        self._content[digest] = thing

    def add_pick(self, stored: StoredRun, after: Run, *, sure: int | None = None) -> StoredRun:
        """The last pick of `after` is on disk. Raises WrongStep if that step has been answered before."""
        step, at = after.steps[-1], now()
        with self.writing("save your answer") as connection:
            if connection.execute(sa.select(t.runs.c.id).where(t.runs.c.id == stored.id)).first() is None:
                raise Erased(ERASED)
            written = connection.execute(sa.select(sa.func.count()).where(t.picks.c.run == stored.id)).scalar()
            if written != step.number - 1:
                raise WrongStep(f"step {step.number} of a run with {written} picks")
            connection.execute(t.picks.insert().values(
                run=stored.id, step=step.number, scene=step.scene.id, shown=list(step.shown),
                answer=list(step.answer), at=at, sure=sure))
        return replace(stored, run=after, picked_at=(*stored.picked_at, at), sure=(*stored.sure, sure))

    def has_read(self, stored: StoredRun, steps: int) -> StoredRun:
        """The person has read reply and feedback of this many steps."""
        at = now()
        unread = (t.picks.c.run == stored.id) & (t.picks.c.step <= steps) & t.picks.c.read_at.is_(None)
        with self.writing("save your place") as connection:
            connection.execute(t.picks.update().where(unread).values(read_at=at))
        return replace(stored, read_at=(*stored.read_at, *[at] * (steps - stored.read)))

    def runs_of(self, person: str) -> list[StoredRun]:
        """The person's runs, oldest first, each with the content it was played with."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(t.runs).where(t.runs.c.person == person)
                                      .order_by(t.runs.c.started_at, sa.text("runs.rowid"))).all()
            return [self._stored(connection, row) for row in rows]

    def run(self, run_id: str, *, person: str) -> StoredRun | None:
        """One run of this person's; None if there is none such, or it is somebody else's."""
        with self.reading() as connection:
            row = connection.execute(sa.select(t.runs).where(t.runs.c.id == run_id, t.runs.c.person == person)).first()
            return self._stored(connection, row) if row else None

    def all_runs(self) -> list[StoredRun]:
        """Everybody's runs, oldest first, read at once."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(t.runs).order_by(t.runs.c.started_at, sa.text("runs.rowid"))).all()
            picks = defaultdict(list)
            for pick in connection.execute(sa.select(t.picks).order_by(t.picks.c.run, t.picks.c.step)):
                picks[pick.run].append(pick)
            return [self._made(connection, row, picks[row.id]) for row in rows]

    def run_ids(self) -> list[str]:
        """Everybody's runs by their ids alone, oldest first."""
        with self.reading() as connection:
            return list(connection.scalars(sa.select(t.runs.c.id).order_by(t.runs.c.started_at, sa.text("runs.rowid"))))

    def runs_with(self, ids: Sequence[str]) -> list[StoredRun]:
        """The runs with these ids, in no particular order; those that are gone are left out."""
        found = []
        with self.reading() as connection:
            for at in range(0, len(ids), RUNS_AT_ONCE):
                some = ids[at:at + RUNS_AT_ONCE]
                picks = defaultdict(list)
                for pick in connection.execute(sa.select(*_REPLAYED).where(t.picks.c.run.in_(some)).order_by(t.picks.c.run, t.picks.c.step)):
                    picks[pick.run].append(pick)
                found += [self._made(connection, row, picks[row.id]) for row in connection.execute(sa.select(t.runs).where(t.runs.c.id.in_(some)))]
        return found

    def _stored(self, connection: sa.Connection, row: sa.Row[Any]) -> StoredRun:
        return self._made(connection, row, connection.execute(sa.select(t.picks).where(t.picks.c.run == row.id).order_by(t.picks.c.step)).all())

    def _made(self, connection: sa.Connection, row: sa.Row[Any], picks: Sequence[sa.Row[Any]]) -> StoredRun:
        run = Run(self.content(connection, row.scenario_hash, Scenario), self.content(connection, row.playbook_hash, Playbook),
                  tuple(tuple(pick.answer) for pick in picks), row.seed)
        return StoredRun(row.id, row.person, row.mode, row.started_at, run, tuple(pick.at for pick in picks),
                         tuple(pick.read_at for pick in picks if pick.read_at), tuple(pick.sure for pick in picks))

    def content(self, connection: sa.Connection, digest: str, model: type[Any]) -> Any:
        """The kept scenario or playbook with this hash."""
        with self._lock:
            if digest not in self._content:
                text = connection.execute(sa.select(t.content.c.json).where(t.content.c.hash == digest)).scalar_one()
                self._content[digest] = model.model_validate(json.loads(text))
            return self._content[digest]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def now() -> str:
    """This moment, as it is kept: ISO 8601, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
