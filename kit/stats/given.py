"""What every statistic takes and gives: checked tables of ratings in, a figure or the reason why there is none out. Works out nothing."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real

LARGEST = 1e50   # beyond it squares of squares leave the range of a float; no rating comes near

Cell = float | None
Row = tuple[float, ...]
Table = list[tuple[Cell, ...]]


@dataclass(frozen=True)
class NoNumber:
    """There is no number. `why` is a whole sentence that a screen can show."""

    why: str


@dataclass(frozen=True)
class Figure:
    """A number, how many observations it rests on, and how many were left out as incomplete."""

    value: float
    n: int
    left_out: int = 0


@dataclass(frozen=True)
class Estimate:
    """A number with its interval: `low` to `high` hold `value`. `low` is -inf where the data set no lower limit."""

    value: float
    low: float
    high: float
    n: int
    left_out: int = 0


def table(rows: Iterable[Sequence[float | None]]) -> Table:
    """The rows as floats, None where a cell is missing. Raises ValueError for ragged rows and for what is no number."""
    cells = _even(rows)
    return [tuple(None if cell is None else _number(cell, f"row {i}, column {j}") for j, cell in enumerate(row, 1))
            for i, row in enumerate(cells, 1)]


def column(values: Iterable[float | None]) -> list[Cell]:
    """One column as floats, None where a value is missing. Raises ValueError for what is no number."""
    return [None if value is None else _number(value, f"row {i}") for i, value in enumerate(values, 1)]


def labels(rows: Iterable[Sequence[Hashable]]) -> list[tuple[Hashable, ...]]:
    """The rows as they are (words or numbers, None where missing). Raises ValueError for ragged rows, NaN and infinity."""
    cells = _even(rows)
    for i, row in enumerate(cells, 1):
        for j, cell in enumerate(row, 1):
            if isinstance(cell, Real):
                _number(cell, f"row {i}, column {j}")
    return cells


def pairs(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[Hashable, Hashable]]:
    """Two columns side by side. Raises ValueError if one is longer."""
    if len(first) != len(second):
        raise ValueError(f"two columns of one length are needed, these have {len(first)} and {len(second)} values")
    return list(zip(first, second, strict=True))


def complete(rows: Table) -> list[Row]:
    """The rows without a missing cell."""
    return [row for row in rows if None not in row]


def are(count: int) -> str:
    """'are none', 'is one', 'are 3'."""
    return "is one" if count == 1 else f"are {count or 'none'}"


def check_level(level: float) -> None:
    """Raises ValueError if no interval of this level is meant: below a half it need not hold its own estimate."""
    if not 0.5 <= level < 1:
        raise ValueError(f"level is the interval's confidence, at least 0.5 and below 1; it says {level}")


def _even(rows: Iterable[Sequence[Hashable]]) -> list[tuple[Hashable, ...]]:
    cells = [tuple(row) for row in rows]
    for i, row in enumerate(cells, 1):
        if len(row) != len(cells[0]):
            raise ValueError(f"all rows need one length: row {i} has {len(row)} cells, row 1 has {len(cells[0])} (a missing one is None)")
    return cells


def _number(cell: object, where: str) -> float:
    # A comparison, not float(), first: an integer may be too large to become a float at all.
    if not isinstance(cell, Real) or not -LARGEST <= cell <= LARGEST:
        raise ValueError(f"{where}: wanted a finite number or None, found {cell!r}")
    return float(cell)
