"""Rater training in the store: who trains, on which talks, and every rating, on disk at once. What it is worth is worked out in `play.compare`."""

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from kit.content.training import TrainingSet
from kit.content.values import canonical, content_hash
from kit.store import tables as t
from kit.store.store import ERASED, Erased, Store, WrongStep, now


@dataclass(frozen=True)
class Attempt:
    """One rater's go at one set, as kept: with the set as it was then."""

    id: str
    rater: str
    number: int
    training: TrainingSet
    training_hash: str
    started_at: str
    finished_at: str | None
    rated: tuple[tuple[str, str, int], ...]   # performance, rule, value
    done: tuple[str, ...]                     # performances whose ratings are final
    read: tuple[str, ...]                     # performances whose differences have been read

    @cached_property
    def given(self) -> dict[tuple[str, str], int]:
        return {(performance, rule): value for performance, rule, value in self.rated}

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class Raters:
    """The verbs of rater training, in the store's file. Each commits before it returns, or raises NotSaved."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def raters(self) -> list[str]:
        """Who has trained here, by name."""
        with self.store.reading() as connection:
            return list(connection.execute(sa.select(t.attempts.c.rater).distinct().order_by(t.attempts.c.rater)).scalars())

    def attempts_of(self, rater: str) -> list[Attempt]:
        """The rater's attempts, oldest first."""
        return self._found(t.attempts.c.rater == rater)

    def attempt(self, attempt_id: str) -> Attempt:
        """One attempt. Raises Erased when it is not kept (any more)."""
        found = self._found(t.attempts.c.id == attempt_id)
        if not found:
            raise Erased(ERASED)
        return found[0]

    def begin(self, rater: str, training: TrainingSet) -> Attempt:
        """A new attempt at this set; the one that is not finished, if there is one. The set is kept for good."""
        digest, attempt_id = content_hash(training), secrets.token_hex(16)
        with self.store.writing("begin") as connection:
            mine = (t.attempts.c.rater == rater) & (t.attempts.c.training_hash == digest)
            unfinished = connection.execute(sa.select(t.attempts.c.id).where(mine & t.attempts.c.finished_at.is_(None))).scalar()
            if unfinished is None:
                self._keep(connection, digest, training)
                number = 1 + connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
                connection.execute(t.attempts.insert().values(id=attempt_id, rater=rater, training=training.id, training_hash=digest,
                                                              number=number, started_at=now()))
        return self.attempt(unfinished or attempt_id)

    def rate(self, attempt: Attempt, performance: str, rule: str, value: int) -> Attempt:
        """The rating is on disk. Raises WrongStep when this talk is done with."""
        there = {"attempt": attempt.id, "performance": performance, "rule": rule}
        with self.store.writing("save your rating") as connection:
            self._must_be_open(connection, attempt.id, performance)
            table = t.training_ratings
            connection.execute(table.delete().where(*(table.c[name] == value for name, value in there.items())))
            connection.execute(table.insert().values(**there, value=value, at=now()))
        return self.attempt(attempt.id)

    def finish_talk(self, attempt: Attempt, performance: str) -> Attempt:
        """The ratings of this talk are final; with the last talk the attempt is finished. Raises WrongStep when a rating is missing."""
        with self.store.writing("save that you are done") as connection:
            self._must_be_open(connection, attempt.id, performance)
            ratings, talks = t.training_ratings, t.rated_talks
            rated = sa.select(sa.func.count()).where(ratings.c.attempt == attempt.id, ratings.c.performance == performance)
            if connection.execute(rated).scalar() != len(attempt.training.rules):
                raise WrongStep(f"{performance} is not rated yet")
            connection.execute(talks.insert().values(attempt=attempt.id, performance=performance, at=now()))
            if connection.execute(sa.select(sa.func.count()).where(talks.c.attempt == attempt.id)).scalar() == len(attempt.training.performances):
                connection.execute(t.attempts.update().where(t.attempts.c.id == attempt.id).values(finished_at=now()))
        return self.attempt(attempt.id)

    def has_read(self, attempt: Attempt, performance: str) -> Attempt:
        """The rater has read where they differ in this talk."""
        talks = t.rated_talks
        with self.store.writing("save your place") as connection:
            connection.execute(talks.update().where(talks.c.attempt == attempt.id, talks.c.performance == performance, talks.c.read_at.is_(None))
                               .values(read_at=now()))
        return self.attempt(attempt.id)

    def erase_rater(self, rater: str) -> int:
        """Everything that this rater did in training is gone for good; returns how many attempts there were."""
        return self.store.erase(lambda connection: connection.execute(t.attempts.delete().where(t.attempts.c.rater == rater)).rowcount)

    def _must_be_open(self, connection: sa.Connection, attempt_id: str, performance: str) -> None:
        if connection.execute(sa.select(t.attempts.c.id).where(t.attempts.c.id == attempt_id)).first() is None:
            raise Erased(ERASED)
        there = (t.rated_talks.c.attempt == attempt_id) & (t.rated_talks.c.performance == performance)
        if connection.execute(sa.select(t.rated_talks.c.at).where(there)).first() is not None:
            raise WrongStep(f"{performance} is done with")

    def _keep(self, connection: sa.Connection, digest: str, training: TrainingSet) -> None:
        if connection.execute(sa.select(t.content.c.hash).where(t.content.c.hash == digest)).first() is None:
            connection.execute(t.content.insert().values(hash=digest, kind="training", name=training.id, json=canonical(training)))

    def _found(self, which: sa.ColumnElement[bool]) -> list[Attempt]:
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(t.attempts).where(which).order_by(t.attempts.c.started_at, sa.text("rowid"))).all()
            return [self._made(connection, row) for row in rows]

    def _made(self, connection: sa.Connection, row: sa.Row[Any]) -> Attempt:
        def of(table: sa.Table) -> list[sa.Row[Any]]:
            return list(connection.execute(sa.select(table).where(table.c.attempt == row.id).order_by(table.c.at)))

        training = self.store.content(connection, row.training_hash, TrainingSet)
        talks = of(t.rated_talks)
        return Attempt(row.id, row.rater, row.number, training, row.training_hash, row.started_at, row.finished_at,
                       tuple((r.performance, r.rule, r.value) for r in of(t.training_ratings)),
                       tuple(talk.performance for talk in talks), tuple(talk.performance for talk in talks if talk.read_at))
