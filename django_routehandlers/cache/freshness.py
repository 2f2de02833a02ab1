"""Decide what may be done with an entry of some age."""

from dataclasses import dataclass
from enum import Enum

# How long beyond `revalidate` an entry is served stale, unless `expire` says.
STALE_SECONDS = 86_400.0

# By how much the clocks of two machines may differ.
CLOCK_TOLERANCE = 100.0


class Freshness(Enum):
    """What may be done with an entry."""

    FRESH = "fresh"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """
    How long an entry is fresh, and after how long it is never served.

    Both are seconds since the entry was made; None has no end.
    """

    fresh: float | None
    expire: float | None

    def shorten(self, fresh: float | None, *, never_stale: bool = False) -> "Lifetime":
        """
        Return the lifetime that ends its freshness after `fresh` seconds at most.

        >>> Lifetime(60, 600).shorten(5, never_stale=True)
        Lifetime(fresh=5, expire=5)
        """
        shorter = self.fresh
        if fresh is not None and (shorter is None or fresh < shorter):
            shorter = fresh
        ends = [end for end in (shorter, self.expire) if end is not None]
        return Lifetime(
            shorter, min(ends, default=None) if never_stale else self.expire
        )


def get_freshness(age: float, fresh: float | None, expire: float | None) -> Freshness:
    """
    Return what may be done with an entry, all three in seconds.

    An age far below zero is that of an entry from a clock that is wrong, which is
    not trusted for longer than a refresh takes.

    >>> get_freshness(60, 60, 600)
    <Freshness.FRESH: 'fresh'>
    >>> get_freshness(61, 60, 600)
    <Freshness.STALE: 'stale'>
    >>> get_freshness(601, 60, 600)
    <Freshness.EXPIRED: 'expired'>
    """
    if expire is not None and age > expire:
        return Freshness.EXPIRED
    if age >= -CLOCK_TOLERANCE and (fresh is None or age <= fresh):
        return Freshness.FRESH
    is_never_stale = fresh is not None and fresh == expire
    return Freshness.EXPIRED if is_never_stale else Freshness.STALE


def get_lifetime(fresh: float | None, expire: float | None = None) -> Lifetime:
    """
    Return the lifetime of `revalidate` and `expire`, both in seconds.

    `fresh` is None for an entry that only `revalidate_tag` and `revalidate_path`
    end; without `expire` an entry is served stale for a day.

    >>> get_lifetime(60)
    Lifetime(fresh=60, expire=86460.0)
    """
    if expire is None and fresh is not None:
        expire = fresh + STALE_SECONDS
    return Lifetime(fresh, expire)
