"""How many orders come on which day, and how many lines each has.

Weekends are quiet, month ends busy, the rains a little busier; the totals are exact.
"""

from __future__ import annotations

from datetime import date
from random import Random

from overrides.demo.names import pick
from overrides.demo.receipts import DAYS, FIRST, LAST
from overrides.demo.selling import MONSOON
from overrides.demo.sizes import Size

WEEKDAYS = (1.05, 1.0, 1.0, 1.0, 1.05, 0.7, 0.15)  # from Monday
LINES = (1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 8, 9, 12)
MOST_LINES = 15


def orders_by_day(rng: Random, size: Size) -> list[int]:
    """Share the orders out over the days of the run; the last day has four or more."""
    weights = [day_weight(day) * (0.9 + 0.2 * rng.random()) for day in range(FIRST, LAST + 1)]
    least = min(size.orders, max(4, size.orders // 500))
    total = sum(weights)
    exact = [(size.orders - least) * weight / total for weight in weights]
    counts = [int(part) for part in exact]
    order = sorted(range(DAYS), key=lambda place: (counts[place] - exact[place], place))
    for place in order[: size.orders - least - sum(counts)]:
        counts[place] += 1
    counts[-1] += least
    return counts


def day_weight(day: int) -> float:
    """How busy a day is, an ordinary one being 1."""
    given = date.fromordinal(day)
    weight = WEEKDAYS[given.weekday()]
    if date.fromordinal(day + 3).month != given.month:
        weight *= 1.5
    return weight * (1.1 if f"{given.month:02d}" in MONSOON else 1.0)


def lines_by_order(rng: Random, size: Size) -> list[int]:
    """Draw the lines of each order, then even them out to the exact total."""
    counts = [pick(rng, LINES) for _ in range(size.orders)]
    left = size.lines - sum(counts)
    while left:
        place = int(rng.random() * len(counts))
        step = 1 if left > 0 else -1
        if 1 <= counts[place] + step <= MOST_LINES:
            counts[place] += step
            left -= step
    return counts


def order_status(rng: Random, day: int, place: int, count: int) -> str:
    """Give the state an order has reached on the last day: old ones are delivered.

    Those of the last day stand in every state, the earliest furthest on.
    """
    if day < LAST:
        if rng.random() < 0.03:
            return "cancelled"
        return "delivered" if day < LAST - 1 else "dispatched"
    part = place / count
    if part < 0.4:
        return "dispatched"
    if part < 0.7:
        return "allocated"
    return "confirmed" if part < 0.9 else "draft"
