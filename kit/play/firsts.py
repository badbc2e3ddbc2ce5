"""Which runs count: each person's first finished run of each scenario. Later ones are practice."""

from collections.abc import Callable, Hashable, Iterable
from typing import Protocol, TypeVar

from kit.play.run import Run

Thing = TypeVar("Thing")


class Kept(Protocol):
    """A run as kept: whose it is."""

    @property
    def id(self) -> str: ...

    @property
    def person(self) -> str: ...

    @property
    def run(self) -> Run: ...


def first_finished(runs: Iterable[Kept]) -> frozenset[str]:
    """The ids of the runs that count; the runs come oldest first."""
    over = (kept for kept in runs if kept.run.is_over)
    return frozenset(kept.id for kept in first_of_each(over, lambda kept: (kept.person, kept.run.scenario.id)))


def first_of_each(things: Iterable[Thing], kind: Callable[[Thing], Hashable]) -> list[Thing]:
    """The first thing of each kind, in order."""
    firsts: dict[Hashable, Thing] = {}
    for thing in things:
        firsts.setdefault(kind(thing), thing)
    return list(firsts.values())
