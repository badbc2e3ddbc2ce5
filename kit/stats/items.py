"""How items (scenes, rules) of a form do their work: internal consistency, difficulty, discrimination. Knows nothing of raters."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain

from kit.stats.given import Estimate, Figure, NoNumber, are, check_level, complete, table
from kit.stats.intervals import f_quantile
from kit.stats.moments import mean, pearson, squares


def cronbach(rows: Iterable[Sequence[float | None]], *, level: float = 0.95) -> Estimate | NoNumber:
    """Cronbach's alpha: how far the items of a form measure one thing together. `rows`: people; columns: items; None: missing.

    Only people with all items count; `left_out` says how many had not. Cronbach (1951), Psychometrika 16, 297-334, p. 299.
    Interval: Feldt (1965), Psychometrika 30, 357-370. An item that all got the same still counts as an item.
    """
    check_level(level)
    given = table(rows)
    kept = complete(given)
    if len(kept) < 2:
        return NoNumber(f"At least two people who answered every item are needed; of {len(given)} there {are(len(kept))}.")
    n, k = len(kept), len(kept[0])
    if k < 2:
        return NoNumber("At least two items are needed to see whether they go together.")
    whole = squares([math.fsum(row) for row in kept], list(chain.from_iterable(kept)))
    if not whole:
        return NoNumber("Everybody has the same total, so there are no differences that the items could measure together.")
    value = k / (k - 1) * (1 - math.fsum(squares(item) for item in zip(*kept, strict=True)) / whole)
    df = n - 1, (n - 1) * (k - 1)
    low, high = 1 - (1 - value) * f_quantile(0.5 + level / 2, *df), 1 - (1 - value) / f_quantile(0.5 + level / 2, *reversed(df))
    return Estimate(value, min(low, value), max(high, value), n, len(given) - n)


def difficulty(rows: Iterable[Sequence[float | None]]) -> tuple[Figure | NoNumber, ...]:
    """For each item: the mean share of what was there that people got (1: everybody all of it), over those who answered it.

    `rows`: people; columns: items, as shares; None: missing. The higher, the easier: Crocker & Algina (1986), Introduction to
    Classical and Modern Test Theory, chapter 14.
    """
    return tuple(_share(column) for column in zip(*table(rows), strict=True))


def _share(column: Sequence[float | None]) -> Figure | NoNumber:
    known = [v for v in column if v is not None]
    if not known:
        return NoNumber("Nobody answered this item.")
    return Figure(mean(known), len(known), len(column) - len(known))


def discrimination(rows: Iterable[Sequence[float | None]]) -> tuple[Figure | NoNumber, ...]:
    """For each item: Pearson's correlation of the item with the sum of the others, over people with all items.

    The item itself is left out of the sum, or it would correlate with itself: Henrysson (1963), Psychometrika 28, 211-218.
    """
    given = table(rows)
    kept = complete(given)
    return tuple(_discrimination(kept, j, len(given) - len(kept)) for j in range(len(given[0]) if given else 0))


def _discrimination(rows: list[tuple[float, ...]], j: int, left_out: int) -> Figure | NoNumber:
    if len(rows) < 3:
        return NoNumber(f"At least three people who answered every item are needed; there {are(len(rows))}.")
    if len(rows[0]) < 2:
        return NoNumber("The form has no other item to compare with.")
    item, rest = [row[j] for row in rows], [math.fsum(row[:j] + row[j + 1:]) for row in rows]
    if not squares(item):
        return NoNumber("Everybody got the same on this item, so it tells nobody apart.")
    if not squares(rest):
        return NoNumber("Everybody got the same on the other items together, so there is nothing to compare with.")
    return pearson(list(zip(item, rest, strict=True)), left_out=left_out)
