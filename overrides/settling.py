"""Which debts a payment settles: the oldest due first (domain rule 23). Whole paise.

Used by the service and by the generator of the demo alike; neither knows a database here.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["released_latest_first", "settled_oldest_first"]


def settled_oldest_first(debts: Iterable[tuple[int, int]], amount: int) -> list[tuple[int, int]]:
    """Share an amount out over debts, given as (invoice, left to pay) with the oldest due ahead.

    What it does not reach, and what has nothing left, is not among the parts.

    >>> settled_oldest_first([(7, 300), (8, 0), (9, 500)], 450)
    [(7, 300), (9, 150)]
    """
    parts = []
    for invoice, left in debts:
        part = min(left, amount)
        if part > 0:
            parts.append((invoice, part))
            amount -= part
    return parts


def released_latest_first(parts: Iterable[tuple[int, int]], excess: int) -> list[tuple[int, int]]:
    """What each part, given as (id, amount) with the latest ahead, keeps once ``excess`` is freed.

    Only parts that change are told; one that keeps nothing is told with 0.

    >>> released_latest_first([(2, 100), (1, 300)], 150)
    [(2, 0), (1, 250)]
    """
    kept = []
    for identity, amount in parts:
        freed = min(amount, excess)
        if freed > 0:
            kept.append((identity, amount - freed))
            excess -= freed
    return kept
