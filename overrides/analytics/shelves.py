"""What is on hand: now, by the balances that are kept; on an earlier day, by the ledger."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from generated.models import StockBalances, StockMoves
from overrides.business_day import start_of
from overrides.calendar import today

__all__ = ["on_hand"]


def on_hand(day: date, location: int | None) -> sa.Subquery:
    """Units of each batch at each location at the end of a day, where there are any.

    Columns ``location_id``, ``batch_id``, ``qty``. The ledger takes no change, so that a past
    day reads the same for ever; a balance is the sum of its moves at all times (domain rule 2).
    """
    if day >= today():
        balance = StockBalances
        kept = sa.select(balance.location_id, balance.batch_id, balance.on_hand.label("qty"))
        kept = kept.where(balance.on_hand != 0)
        if location is not None:
            kept = kept.where(balance.location_id == location)
        return kept.subquery("on_hand")
    move = StockMoves
    qty = sa.func.sum(move.qty)
    moved = sa.select(move.location_id, move.batch_id, qty.label("qty"))
    moved = moved.where(move.at < start_of(sa.literal(day + timedelta(days=1), sa.Date)))
    if location is not None:
        moved = moved.where(move.location_id == location)
    moved = moved.group_by(move.location_id, move.batch_id).having(qty != 0)
    return moved.subquery("on_hand")
