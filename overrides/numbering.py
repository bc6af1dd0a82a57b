"""Numbers of purchases and transfers, consecutive for each location: ``MUM-P000007``.

These are for reading, and begin as drafts, so they have no counter: a draft that is deleted
leaves its number to the next. The numbers of invoices and credit notes, which the law wants
without a gap, are counted (``number_in_series`` of ``invoices.py``).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from autoapi import Transaction
from generated.models import Locations, Purchases, Transfers

__all__ = ["number_after_last"]


async def number_after_last(
    database: Transaction,
    table: type[Purchases] | type[Transfers],
    location_id: int,
    taken: dict[int, int],
) -> str:
    """The number after the highest of a location; ``taken`` counts those of this request.

    The location stays locked until the transaction ends, so whoever numbers there next sees this
    one. Empty where there is no such location: the foreign key will say so.
    """
    found = await database.fetch(
        sa.select(Locations.code).where(Locations.id == location_id).with_for_update(key_share=True)
    )
    if not found:
        return ""
    prefix = f"{found[0].code}-{'P' if table is Purchases else 'T'}"
    number: Any = table.no
    (last,) = await database.fetch(
        sa.select(sa.func.max(number).label("no")).where(
            number.like(f"{prefix}______"), sa.func.length(number) == len(prefix) + 6
        )
    )
    known = last.no.removeprefix(prefix) if last.no else "0"
    taken[location_id] = taken.get(location_id, int(known) if known.isdigit() else 0) + 1
    return f"{prefix}{taken[location_id]:06d}"
