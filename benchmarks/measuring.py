"""What many visitors met, as figures and tables. Opens and visits nothing: join.py and race.py do."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from visitors import Visit

QUANTILES = {"p50": 0.5, "p95": 0.95, "max": 1.0}
Figures = dict[str, float | None]
Result = dict[str, Any]   # one run of one load: its visits, and what it took by name


@dataclass(frozen=True)
class Load:
    """So many visitors, evenly over so many seconds; all of it so many times, one after the other."""

    people: int
    seconds: float = 0
    times: int = 1
    is_real: bool = False   # in Chromium

    @property
    def visits(self) -> int:
        return self.people * self.times


class Visits(Protocol):
    async def visit(self) -> Visit: ...


async def all_visits(visitors: Sequence[Visits], seconds: float) -> list[Visit]:
    """Everybody comes, evenly over so many seconds, and does what they came for."""
    async def arrive(number: int) -> Visit:
        await asyncio.sleep(number * seconds / len(visitors))
        return await visitors[number].visit()

    return await asyncio.gather(*map(arrive, range(len(visitors))))


# --- figures ----------------------------------------------------------------------------------------------------

def visits_of(results: list[Result]) -> list[dict[str, Any]]:
    return [visit for result in results for visit in result["visits"]]


def got_in(visits: list[dict[str, Any]]) -> str:
    hung = sum(visit["trouble"] == "hung" for visit in visits)
    others = sorted({visit["trouble"] for visit in visits} - {"", "hung"})
    return f"{sum(not visit['trouble'] for visit in visits)}/{len(visits)}" + (f", {hung} hung" if hung else "") + (f" ({'; '.join(others)})" if others else "")


def quantile(numbers: list[float], share: float) -> float | None:
    """The smallest number that at least this share do not exceed."""
    return sorted(numbers)[math.ceil(share * len(numbers)) - 1] if numbers else None


def mean(numbers: list[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def figures(results: list[Result], *, steps: Sequence[str], uses: Sequence[str]) -> Figures:
    """Quantiles over all visits that got so far; the rest a mean per person, of the results that have it."""
    visits = visits_of(results)
    reached = {step: [visit[step] for visit in visits if visit[step] is not None] for step in steps}
    times = {f"{step} {word}": quantile(reached[step], share) for step in steps for word, share in QUANTILES.items()}
    kilobytes = mean([visit["bytes"] / 1000 for visit in visits])
    return {**times, "requests": mean([visit["requests"] for visit in visits]), "kB": kilobytes or None,
            **{use: mean([result[use] for result in results if result[use] is not None]) for use in uses}}


def ratios_to(other: Figures, row: Figures) -> Figures:
    return {figure: number / base if number is not None and (base := other[figure]) else None for figure, number in row.items()}


# --- tables -----------------------------------------------------------------------------------------------------

def table(rows: list[tuple[str, str, str, Figures]], *, steps: Sequence[str], uses: Sequence[str]) -> str:
    """Rows of (load, peer, who got in, figures): times as p50 / p95 / max; no figure is a dash."""
    peers, wide = (max((len(row[place]) for row in rows), default=0) + 2 for place in (1, 2))
    columns = ("requests", "kB", *uses)
    lines = [f"{'load':12}{'peer':{peers}}{'in':{wide}}" + "".join(f"{step:>24}" for step in steps) + "".join(f"{use:>10}" for use in columns)]
    for load, peer, came, row in rows:
        times = [" / ".join(shown(row[f"{step} {word}"]) for word in QUANTILES) for step in steps]
        lines.append(f"{load:12}{peer:{peers}}{came:{wide}}" + "".join(f"{cell:>24}" for cell in times) + "".join(f"{shown(row[use]):>10}" for use in columns))
    return "\n".join(lines)


def shown(number: float | None) -> str:
    return "-" if number is None else f"{number:.0f}" if number >= 100 else f"{number:.2f}" if number >= 1 else f"{number:.3f}"
