"""What a rater's habits look like in numbers: severity and halo. How far raters agree is in agreement.py and icc.py."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from kit.stats.given import Estimate, Figure, NoNumber, Table, check_level, table
from kit.stats.intervals import known_mean
from kit.stats.moments import correlation, deviation, mean

# --- severity -------------------------------------------------------------------------------------------------

def severity(rows: Iterable[Sequence[float | None]], *, level: float = 0.95) -> tuple[Estimate | NoNumber, ...]:
    """For each rater: the mean of (own rating - mean of the others' ratings of the same performance), with Student's t interval.

    Below 0 is severe, above 0 mild. `rows`: performances; columns: raters; None: missing. A performance counts for a rater who
    rated it if anybody else did; the rest are left out and counted. A shift of the mean is how Saal, Downey & Lahey (1980),
    Psychol. Bull. 88, 413-428, define severity; the others stand for a true score that nobody knows, so it says how a rater
    lies to these colleagues and not who is right.
    """
    check_level(level)
    given = table(rows)
    return tuple(_severity([_from_others(row, j) for row in given], level) for j in range(len(given[0]) if given else 0))


def _severity(apart: list[float | None], level: float) -> Estimate | NoNumber:
    found = known_mean(apart, level=level)
    if isinstance(found, NoNumber):
        return NoNumber("At least two performances are needed that this rater and somebody else rated.")
    return found


def _from_others(row: Sequence[float | None], j: int) -> float | None:
    others = [v for i, v in enumerate(row) if i != j and v is not None]
    return None if row[j] is None or not others else row[j] - mean(others)


# --- halo -----------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Halo:
    """How flat a rater's ratings are across rules, beside a reference's of the same performances.

    `spread` and `reference_spread`: the mean over performances of the standard deviation across rules. `share`: the one by the
    other; below 1 the rater tells rules apart less than the reference. `together` and `reference_together`: the mean
    correlation between two rules over the performances, its n counting pairs of rules; above the reference's, rules move as one.
    `n` performances have two rules or more that both rated; `left_out` have not.
    """

    spread: float
    reference_spread: float
    share: float | NoNumber
    together: Figure | NoNumber
    reference_together: Figure | NoNumber
    n: int
    left_out: int = 0


def halo(rater: Iterable[Sequence[float | None]], reference: Iterable[Sequence[float | None]]) -> Halo | NoNumber:
    """A rater's halo. Both tables: rows are performances, columns rules, of one shape; a cell counts where both have it.

    Both usual measures are given (Saal, Downey & Lahey 1980: the deviation across dimensions, and the correlations
    between them), since each is blind where the other sees: ratings may be flat and move apart, or wide and move as one. Both
    are set beside a reference's, since skills do go together and some performances are even: a low deviation is halo only
    where it is lower than it should be (Pulakos, Schmitt & Ostroff 1986, J. Appl. Psychol. 71, 29-32; Cooper 1981, Psychol.
    Bull. 90, 218-244). Correlations are averaged as they are: Fisher's z has no value for the 1 that a full halo gives.
    """
    given = _both(table(rater), table(reference))
    kept = [(own, other) for own, other in given if sum(v is not None for v in own) > 1]
    if not kept:
        return NoNumber("No performance has two rules or more that both the rater and the reference rated.")
    own, other = zip(*kept, strict=True)
    spread, reference_spread = (mean([deviation([v for v in row if v is not None]) for row in side]) for side in (own, other))
    share = spread / reference_spread if reference_spread else NoNumber("The reference rates all rules of a performance alike: there is no spread to compare with.")
    return Halo(spread, reference_spread, share, _together(own), _together(other), len(kept), len(given) - len(kept))


def _both(rater: Table, reference: Table) -> list[tuple[Sequence[float | None], Sequence[float | None]]]:
    """The two tables row by row, each with only the cells that the other has too. Raises ValueError if their shapes differ."""
    if [len(row) for row in rater] != [len(row) for row in reference]:
        raise ValueError("rater and reference need the same performances and the same rules, in the same order")
    return [(_where(own, other), _where(other, own)) for own, other in zip(rater, reference, strict=True)]


def _where(row: Sequence[float | None], known: Sequence[float | None]) -> list[float | None]:
    return [None if k is None else v for v, k in zip(row, known, strict=True)]


def _together(rows: Sequence[Sequence[float | None]]) -> Figure | NoNumber:
    """The mean correlation of all pairs of rules that have one; pairs without are counted as left out."""
    found = [correlation(a, b) for a, b in combinations(list(zip(*rows, strict=True)), 2)]
    known = [r.value for r in found if isinstance(r, Figure)]
    if not known:
        return NoNumber("No two rules were each rated differently over three performances or more, so none can be seen to move together.")
    return Figure(mean(known), len(known), len(found) - len(known))
