"""Role-plays in the store: who acts what, who rates it from which seat, and every rating there ever was."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from kit.codes import new_code
from kit.content.playbook import Playbook
from kit.content.scenario import RolePlay as Script
from kit.content.scenario import Scenario
from kit.content.values import content_hash
from kit.play.rate import Rating
from kit.store import tables as t
from kit.store.store import ERASED, Erased, Store, now

CODE_LENGTH = 12


@dataclass(frozen=True)
class Seat:
    """A rater's place: their name, when they were done (None: not yet), and each rule's rating in force."""

    rater: str
    done_at: str | None
    ratings: dict[str, Rating]
    log: tuple[dict[str, Any], ...]     # every rating, oldest first: rule, value, evidence, reason, at


@dataclass(frozen=True)
class Note:
    """Something written down while people talked; for a red line `words` is the rule's id."""

    id: int
    seat: str
    kind: str
    words: str
    phase: int | None
    seconds: float | None


@dataclass(frozen=True)
class RolePlay:
    """A role-play as kept, with the content it was set up with."""

    id: str
    scenario: Scenario
    playbook: Playbook
    trainee: str | None
    trainee_name: str
    client_name: str
    trainee_code: str
    client_code: str
    made_at: str
    phase: int | None
    phase_at: str | None
    seats: dict[str, Seat]
    notes: tuple[Note, ...]

    @property
    def script(self) -> Script:
        assert self.scenario.roleplay is not None
        return self.scenario.roleplay

    @property
    def in_force(self) -> Seat | None:
        """The rating that counts: the settled one, or that of the only rater who is done; None while there is none."""
        done = [self.seats[name] for name in ("first", "second") if name in self.seats and self.seats[name].done_at]
        settled = self.seats.get("settled")
        if settled and settled.done_at:
            return settled
        return done[0] if len(done) == 1 and sum(name in self.seats for name in ("first", "second")) == 1 else None

    @property
    def seconds(self) -> float:
        """How long the phase that runs has run."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.phase_at)).total_seconds() if self.phase_at else 0.0

    def red_lines(self, *seats: str) -> list[str]:
        """The rules whose red line was crossed, as these seats saw it."""
        return list(dict.fromkeys(note.words for note in self.notes if note.kind == "red line" and note.seat in seats))


class RolePlays:
    """The verbs of role-plays, in the store's file. Each commits before it returns, or raises NotSaved."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def set_up(self, scenario: Scenario, playbook: Playbook, *, trainee: str | None, trainee_name: str, client_name: str) -> str:
        """A new role-play; its id."""
        roleplay_id = secrets.token_hex(16)
        with self.store.writing("set up the role-play") as connection:
            self.store.keep_content(connection, scenario, playbook)
            connection.execute(t.roleplays.insert().values(
                id=roleplay_id, scenario=scenario.id, scenario_hash=content_hash(scenario), playbook_hash=content_hash(playbook), trainee=trainee,
                trainee_name=trainee_name, client_name=client_name, trainee_code=new_code(CODE_LENGTH), client_code=new_code(CODE_LENGTH), made_at=now()))
        return roleplay_id

    def all(self) -> list[RolePlay]:
        """Every role-play, the latest first."""
        return self._found(t.roleplays.c.id.is_not(None))

    def get(self, roleplay_id: object) -> RolePlay:
        """One role-play. Raises Erased when it is not kept (any more)."""
        found = self._found(t.roleplays.c.id == roleplay_id) if isinstance(roleplay_id, str) else []
        if not found:
            raise Erased(ERASED)
        return found[0]

    def of(self, person: str) -> list[RolePlay]:
        """Those in which this person is the trainee."""
        return self._found(t.roleplays.c.trainee == person)

    def with_code(self, code: str) -> tuple[RolePlay, str] | None:
        """The role-play whose brief this code opens, and whose brief: trainee or client."""
        for column, who in ((t.roleplays.c.trainee_code, "trainee"), (t.roleplays.c.client_code, "client")):
            if found := self._found(column == code):
                return found[0], who
        return None

    def remove(self, roleplay_id: str) -> None:
        """The role-play with its ratings and notes is gone, from the file's free pages too."""
        self.store.erase(lambda connection: connection.execute(t.roleplays.delete().where(t.roleplays.c.id == roleplay_id)).rowcount)

    def run_phase(self, roleplay_id: str, phase: int | None) -> None:
        """This phase begins now; None stops the clock."""
        self._change(roleplay_id, "start the clock", lambda connection: connection.execute(
            t.roleplays.update().where(t.roleplays.c.id == roleplay_id).values(phase=phase, phase_at=None if phase is None else now())))

    def sit(self, roleplay_id: str, seat: str, rater: str) -> None:
        """Somebody takes a seat; who sat there before keeps what they rated under the same seat."""
        def change(connection: sa.Connection) -> None:
            there = (t.seats.c.roleplay == roleplay_id) & (t.seats.c.seat == seat)
            if not connection.execute(t.seats.update().where(there).values(rater=rater)).rowcount:
                connection.execute(t.seats.insert().values(roleplay=roleplay_id, seat=seat, rater=rater))
        self._change(roleplay_id, "take the seat", change)

    def rate(self, roleplay_id: str, seat: str, *ratings: Rating, reason: str = "") -> None:
        """Ratings from this seat; earlier ones stay in the log."""
        self._change(roleplay_id, "save your rating", lambda connection: connection.execute(t.ratings.insert(), [
            {"roleplay": roleplay_id, "seat": seat, "rule": r.rule, "value": r.value, "evidence": r.evidence, "reason": reason, "at": now()} for r in ratings]))

    def finish(self, roleplay_id: str, seat: str) -> None:
        """This seat is done: from now on its ratings are only corrected, with a reason."""
        self._change(roleplay_id, "save that you are done", lambda connection: connection.execute(
            t.seats.update().where((t.seats.c.roleplay == roleplay_id) & (t.seats.c.seat == seat)).values(done_at=now())))

    def note(self, roleplay_id: str, seat: str, kind: str, words: str) -> None:
        """Something seen or heard, with the time on the clock."""
        at = self.get(roleplay_id)
        self._change(roleplay_id, "save your note", lambda connection: connection.execute(t.notes.insert().values(
            roleplay=roleplay_id, seat=seat, kind=kind, words=words, phase=at.phase, seconds=at.seconds if at.phase is not None else None)))

    def strike(self, roleplay_id: str, seat: str, *, note: int | None = None, red_line: str = "") -> None:
        """A note of this seat's is struck out, or a red line un-ticked. The row stays."""
        which = (t.notes.c.id == note) if note is not None else (t.notes.c.kind == "red line") & (t.notes.c.words == red_line)
        self._change(roleplay_id, "strike the note", lambda connection: connection.execute(
            t.notes.update().where((t.notes.c.roleplay == roleplay_id) & (t.notes.c.seat == seat) & which).values(struck=True)))

    def keep_comment(self, rule: str, words: str) -> None:
        """Words to use again for this rule."""
        with self.store.writing("keep the comment") as connection:
            there = (t.comments.c.rule == rule) & (t.comments.c.words == words)
            if connection.execute(sa.select(t.comments.c.at).where(there)).first() is None:
                connection.execute(t.comments.insert().values(rule=rule, words=words, at=now()))

    def comments(self) -> dict[str, list[str]]:
        """The words kept for each rule, the latest first."""
        kept: dict[str, list[str]] = {}
        with self.store.reading() as connection:
            for row in connection.execute(sa.select(t.comments).order_by(t.comments.c.at.desc())):
                kept.setdefault(row.rule, []).append(row.words)
        return kept

    def _change(self, roleplay_id: str, verb: str, change: Callable[[sa.Connection], object]) -> None:
        """A change to a role-play that is there. Raises Erased when it is not."""
        with self.store.writing(verb) as connection:
            if connection.execute(sa.select(t.roleplays.c.id).where(t.roleplays.c.id == roleplay_id)).first() is None:
                raise Erased(ERASED)
            change(connection)

    def _found(self, which: sa.ColumnElement[bool]) -> list[RolePlay]:
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(t.roleplays).where(which).order_by(t.roleplays.c.made_at.desc(), sa.text("rowid DESC"))).all()
            return [self._made(connection, row) for row in rows]

    def _made(self, connection: sa.Connection, row: sa.Row[Any]) -> RolePlay:
        def of(table: sa.Table) -> list[sa.Row[Any]]:
            order = [table.c.id] if "id" in table.c else []
            return list(connection.execute(sa.select(table).where(table.c.roleplay == row.id).order_by(*order)))

        log = [dict(r._mapping) for r in of(t.ratings)]
        seats = {s.seat: Seat(s.rater, s.done_at, {r["rule"]: Rating(r["rule"], r["value"], r["evidence"]) for r in log if r["seat"] == s.seat},
                              tuple(r for r in log if r["seat"] == s.seat)) for s in of(t.seats)}
        notes = tuple(Note(n.id, n.seat, n.kind, n.words, n.phase, n.seconds) for n in of(t.notes) if not n.struck)
        scenario, playbook = self.store.content(connection, row.scenario_hash, Scenario), self.store.content(connection, row.playbook_hash, Playbook)
        return RolePlay(row.id, scenario, playbook, row.trainee, row.trainee_name, row.client_name, row.trainee_code, row.client_code, row.made_at,
                        row.phase, row.phase_at, seats, notes)
