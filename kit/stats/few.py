"""How much so many answers can bear: counts, a share with its interval, or a share. The one place for these two limits."""

from dataclasses import dataclass

from kit.stats.intervals import wilson

FEW, ENOUGH = 30, 60   # answers below which there is no share, and from which it stands without its interval


@dataclass(frozen=True)
class Share:
    """A share (0-1) of n answers, as far as n carries it: None below FEW; with its 90 % interval below ENOUGH."""

    n: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


def share_of(share: float, n: int, *, effective: float | None = None) -> Share:
    """`effective` is how many equal answers the n amount to when they weigh differently."""
    if n < FEW:
        return Share(n)
    return Share(n, share, *wilson(share, effective or n)) if n < ENOUGH else Share(n, share)
