"""First expired, first out: which batches a line is filled from (domain rule 3)."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["divide_units"]


def divide_units(available: Sequence[int], qty: int, free: int) -> list[tuple[int, int]]:
    """Take units from batches in their order: paid for first, then those given free.

    ``available`` are the units of each batch, the one that expires first ahead. The pairs
    stand beside them as far as they are needed; a shortage shows in their sum.

    >>> divide_units([3, 5], 4, 1)
    [(3, 0), (1, 1)]
    >>> divide_units([2, 2], 9, 0)
    [(2, 0), (2, 0)]
    """
    taken = []
    for units in available:
        if qty + free == 0:
            break
        paid = min(units, qty)
        given = min(units - paid, free)
        taken.append((paid, given))
        qty -= paid
        free -= given
    return taken
