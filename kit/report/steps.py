"""Runs as kept -> one row for every step: the columns, each said once. Header, writers and data dictionary come from here."""

import hmac
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from kit.content.scenario import Write
from kit.content.values import Model, content_hash
from kit.play import firsts
from kit.play.debrief import in_words, note
from kit.play.run import Step
from kit.play.score import Score, score
from kit.report.columns import Column, Row, row_of

NAMES = uuid.UUID("0f6f2f3e-6f0b-5d0a-9f0e-6d2c1b7a4e58")   # the namespace of our version 5 UUIDs; never change it


class Kept(firsts.Kept, Protocol):
    """A run as the store gives it."""

    @property
    def mode(self) -> str: ...
    @property
    def started_at(self) -> str: ...
    @property
    def picked_at(self) -> tuple[str, ...]: ...
    @property
    def read_at(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Taken:
    """One step that somebody took, with what is known of its run. `score` is None until the run is finished."""

    kept: Kept
    step: Step
    person: str
    name: str
    is_first: bool
    score: Score | None
    scenario_hash: str
    playbook_hash: str

    @property
    def is_last(self) -> bool:
        return self.step.number == len(self.kept.run.picks)

    @property
    def is_scored(self) -> bool:
        return not isinstance(self.step.scene, Write)

    @property
    def seconds(self) -> float:
        return seconds(self.kept, self.step.number)

    @property
    def feedback(self) -> str:
        """What the person read about this answer before going on: nothing in an assessment."""
        return note(self.step, self.kept.run.playbook).feedback if self.kept.mode == "practice" else ""

    @property
    def red_lines(self) -> list[str]:
        return [name for name in sorted(self.step.verdict.breaks) if self.kept.run.playbook.rule[name].red_line]


def steps_taken(runs: Iterable[Kept], *, pseudonym: Callable[[str], str], names: dict[str, str]) -> Iterator[Taken]:
    """Every step of the runs, in their order; `names` are display names by person, empty to leave them out."""
    runs = list(runs)
    first, digest = firsts.first_finished(runs), Digests()
    for kept in runs:
        run = kept.run
        made = score(run) if run.is_over else None
        of_run = partial(Taken, person=pseudonym(kept.person), name=names.get(kept.person, ""), is_first=kept.id in first, score=made,
                         scenario_hash=digest(run.scenario), playbook_hash=digest(run.playbook))
        for step in run.steps:
            yield of_run(kept, step)


class Digests:
    """Content hashes, each worked out once: many runs share the same content."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Model, str]] = {}

    def __call__(self, content: Model) -> str:
        if id(content) not in self._known:
            self._known[id(content)] = content, content_hash(content)
        return self._known[id(content)][1]


def pseudonym(person: str, *, secret: bytes) -> str:
    """The same 20 hexadecimal digits for a person each time; nobody without the secret can tell whose they are."""
    return hmac.new(secret, person.encode(), "sha256").hexdigest()[:20]


def named_uuid(*words: object) -> str:
    """A version 5 UUID: the same for the same words, today and in a later export."""
    return str(uuid.uuid5(NAMES, " ".join(map(str, words))))


def seconds(kept: Kept, number: int) -> float:
    """Seconds from when the scene could be read (start, or the feedback before it was left) to the pick; never below 0."""
    at = datetime.fromisoformat(kept.picked_at[number - 1])
    before = [kept.started_at] if number == 1 else [kept.picked_at[number - 2], *kept.read_at[number - 2:number - 1]]
    begin = max((time for time in map(datetime.fromisoformat, before) if time <= at), default=at)   # read in another tab after the pick: not counted
    return round((at - begin).total_seconds(), 3)


def _read_at(taken: Taken) -> str | None:
    read = taken.kept.read_at
    return read[taken.step.number - 1] if len(read) >= taken.step.number else None


def _ending(taken: Taken) -> str | None:
    ending = taken.kept.run.ending
    return ending.id if ending else None


COLUMNS = (
    Column("run", "text", "", "The run: a version 5 UUID, the same in every export and the `registration` in xAPI.", lambda t: named_uuid(t.kept.id)),
    Column("person", "text", "", "Who took it: a pseudonym, the same in every export from this data folder.", lambda t: t.person),
    Column("name", "text", "", "The display name, if the export was asked for names (`--names`) and the person gave one; else empty.", lambda t: t.name),
    Column("scenario", "text", "", "The scenario's id.", lambda t: t.kept.run.scenario.id),
    Column("scenario_hash", "text", "", "SHA-256 of the scenario as it was played. Pool only rows in which it is the same.", lambda t: t.scenario_hash),
    Column("playbook_hash", "text", "", "SHA-256 of the playbook by which it was scored then.", lambda t: t.playbook_hash),
    Column("mode", "text", "", "`practice` (feedback after each answer) or `assessment` (feedback at the end).", lambda t: t.kept.mode),
    Column("started_at", "time", "UTC", "When the run was started.", lambda t: t.kept.started_at),
    Column("finished", "yes or no", "", "Whether the run was played to its end. What was not has no score, and no ending.", lambda t: t.score is not None),
    Column("first", "yes or no", "", "Whether it is the person's first finished run of this scenario. Later ones are practice: do not pool them.", lambda t: t.is_first),
    Column("step", "whole number", "", "Which step of the run, from 1.", lambda t: t.step.number),
    Column("scene", "text", "", "The scene's id.", lambda t: t.step.scene.id),
    Column("phase", "text", "", "The scene's phase: `decide`, `tell`, `close` or `after`; empty where a draft names none.", lambda t: t.step.scene.phase),
    Column("ask", "text", "", "What the scene asks: `choose`, `best_and_worst`, `compose`, `order` or `write`.", lambda t: t.step.scene.ask),
    Column("shown", "list", "", "Its options, blocks or steps in the order shown. Empty for `write`.", lambda t: t.step.shown),
    Column("answer", "list", "", "The answer: the option; best and worst; the blocks chosen, in order; all steps, in order. Empty for `write`.",
           lambda t: t.step.answer if t.is_scored else ()),
    Column("words", "text", "", "The answer as it reads, one line a part; for `write` what the person wrote.", lambda t: "\n".join(in_words(t.step.scene, t.step.answer))),
    Column("picked_at", "time", "UTC", "When the answer was given.", lambda t: t.kept.picked_at[t.step.number - 1]),
    Column("read_at", "time", "UTC", "When the person went on from the reply to it; empty if not yet.", _read_at),
    Column("seconds", "number", "seconds", "From the start of the run, or from when the person went on (not known: from the answer before), to the answer. "
           "Pauses are in it.", lambda t: t.seconds),
    Column("kept", "list", "", "Rules that the answer kept.", lambda t: sorted(t.step.verdict.keeps)),
    Column("missed", "list", "", "Rules that the best answer keeps and this one neither kept nor broke.", lambda t: sorted(t.step.verdict.misses)),
    Column("broken", "list", "", "Rules that the answer broke.", lambda t: sorted(t.step.verdict.breaks)),
    Column("red_lines", "list", "", "Those of the broken rules that are red lines.", lambda t: t.red_lines),
    Column("value", "number", "weight of rules", "What the answer was worth; below 0 when more was broken than kept. Empty for `write`, which is not scored.",
           lambda t: t.step.verdict.value if t.is_scored else None),
    Column("stake", "number", "weight of rules", "What was there to keep: the value of the best answer. Empty for `write`.",
           lambda t: t.step.verdict.stake if t.is_scored else None),
    Column("lost", "number", "weight of rules", "`stake` less `value`. Empty for `write`.", lambda t: t.step.verdict.lost if t.is_scored else None),
    Column("trust_before", "whole number", "0 to 10", "The client's trust before the answer.", lambda t: t.step.trust_before),
    Column("trust", "whole number", "0 to 10", "The client's trust after it.", lambda t: t.step.trust),
    Column("reply", "text", "", "How the client took it.", lambda t: t.step.outcome.reply or ""),
    Column("feedback_shown", "text", "", "The feedback that was shown before the next scene. Empty in an assessment, which shows none, and for `write`, "
           "which shows the rules and a model.", lambda t: t.feedback),
    Column("ending", "text", "", "The ending that the run came to; empty until it is finished.", _ending),
    Column("score", "number", "0 to 100", "The score of the whole run as it was shown; empty until it is finished.", lambda t: t.score and t.score.value),
    Column("score_low", "number", "0 to 100", "Where the score's 90 % interval begins.", lambda t: t.score and t.score.low),
    Column("score_high", "number", "0 to 100", "Where it ends.", lambda t: t.score and t.score.high),
    Column("band", "text", "", "What the score is called.", lambda t: t.score and t.score.band.title),
)


def rows(taken: Iterable[Taken]) -> Iterator[Row]:
    return (row_of(COLUMNS, step) for step in taken)
