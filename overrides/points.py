"""Points of loyalty: how many are earned, kept, used up, and until when (domain rule 28).

Pure arithmetic, in whole points and whole paise; used by the service and by the generator of
the demo alike.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

__all__ = [
    "Lot",
    "Tier",
    "expires_on",
    "period_end",
    "points_earned",
    "points_kept",
    "tier_after",
    "tier_for",
    "used_oldest_first",
]


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of the points of one earning."""

    id: int
    expires_on: date
    left: int


@dataclass(frozen=True, slots=True)
class Tier:
    """``net_purchases`` in paise, from which on it is reached; ``rate`` in hundredths of a point
    for 100 rupees.
    """

    id: int
    net_purchases: int
    rate: int


def points_earned(taxable: int, rate: int) -> int:
    """Points for a taxable value; parts of a point are not given.

    >>> points_earned(1_234_99, 150)
    18
    """
    return taxable * rate // 1_000_000


def points_kept(earned: int, base: int, credited: int) -> int:
    """What is left of the points earned on ``base`` once ``credited`` of it came back.

    By the sum of what came back, so that several returns take as much as one.

    >>> points_kept(100, 1000, 250), points_kept(100, 1000, 1000)
    (75, 0)
    """
    return earned * max(0, base - credited) // base if base else 0


def expires_on(earned: date, months: int) -> date:
    """The last day of points: the end of the month so many months on.

    >>> expires_on(date(2025, 11, 30), 12), expires_on(date(2023, 12, 5), 2)
    (datetime.date(2026, 11, 30), datetime.date(2024, 2, 29))
    """
    year, month = divmod(earned.year * 12 + earned.month - 1 + months, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])


def used_oldest_first(lots: Iterable[Lot], points: int) -> list[tuple[int, int]]:
    """Take points of lots, the one that expires first ahead; (lot, points) as far as they go.

    >>> lots = [Lot(1, date(2026, 5, 31), 30), Lot(2, date(2026, 4, 30), 20)]
    >>> used_oldest_first(lots, 40)
    [(2, 20), (1, 20)]
    """
    parts = []
    for lot in sorted(lots, key=lambda each: (each.expires_on, each.id)):
        taken = min(lot.left, points)
        if taken > 0:
            parts.append((lot.id, taken))
            points -= taken
    return parts


def tier_for(tiers: Sequence[Tier], purchases: int) -> Tier:
    """The highest tier that purchases reach, or the lowest there is."""
    reached = [tier for tier in tiers if tier.net_purchases <= purchases]
    lowest = min(tiers, key=lambda tier: tier.net_purchases)
    return max(reached, key=lambda tier: tier.net_purchases, default=lowest)


def period_end(day: date) -> date:
    """The last day of the financial year, until which a tier is not lowered.

    >>> period_end(date(2026, 3, 31)), period_end(date(2026, 4, 1))
    (datetime.date(2026, 3, 31), datetime.date(2027, 3, 31))
    """
    return date(day.year + (day.month > 3), 3, 31)


def tier_after(current: Tier, reached: Tier, until: date, today: date) -> Tier:
    """The tier after a rating: up at once, down only when the period is over."""
    if reached.net_purchases >= current.net_purchases or today > until:
        return reached
    return current
