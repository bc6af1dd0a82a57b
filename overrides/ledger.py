"""The ledger of stock: moves are written here, under locks, and nowhere short of stock.

Every document that moves goods (purchases, transfers, recalls, counts) calls ``move_stock``.
Locks are taken in one order everywhere: batches by id, then balances by (location, batch),
so that A,B against B,A waits and does not deadlock (domain, section 4). What requests may
write to the ledger by themselves is in ``stock.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from autoapi import Refused, Transaction
from generated.models import Batches, Products, StockBalances, StockMoves

__all__ = [
    "BatchRow",
    "Held",
    "Move",
    "add_moves",
    "first_shortage",
    "lock_balances",
    "lock_batches",
    "refuse_short",
    "refuse_unsaleable",
]

Place = tuple[int, int]
"""Location and batch: the key of a balance."""


@dataclass(frozen=True, slots=True)
class Move:
    """Units in (positive) or out (negative); ``idempotency_key`` makes a second one impossible."""

    location_id: int
    batch_id: int
    qty: int
    kind: str
    ref_table: str | None = None
    ref_id: int | None = None
    reason: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What moves need to know of a batch."""

    id: int
    batch_no: str
    status: str
    expiry_date: date
    product_id: int
    schedule: str

    @property
    def is_controlled(self) -> bool:
        """Whether each move goes into the register of narcotics (domain rule 19)."""
        return self.schedule in ("X", "NDPS")


@dataclass(frozen=True, slots=True)
class Held:
    """A balance: units there, and of these promised to orders."""

    on_hand: int = 0
    reserved: int = 0


async def lock_batches(
    database: Transaction, ids: Iterable[int], *, alone: bool = False
) -> dict[int, BatchRow]:
    """The batches of these ids that there are, locked in the order of their ids.

    They are locked so that their status stands (FOR SHARE), ``alone`` to change it: whoever
    moves a batch waits for a recall that is under way, and a recall for the moves.
    """
    query = (
        sa.select(
            Batches.id,
            Batches.batch_no,
            Batches.status,
            Batches.expiry_date,
            Batches.product_id,
            Products.schedule,
        )
        .join(Products, Products.id == Batches.product_id)
        .where(Batches.id.in_(sorted(set(ids))))
        .order_by(Batches.id)
        .with_for_update(read=not alone, of=Batches)
    )
    return {row.id: BatchRow(*tuple(row)) for row in await database.fetch(query)}


async def lock_balances(database: Transaction, places: Iterable[Place]) -> dict[Place, Held]:
    """The balances of these places, made where there are none, locked in the order of their keys.

    They are made beforehand, in the same order, because a balance that two make at once
    would be waited for out of order.
    """
    keys = sorted(set(places))
    if not keys:
        return {}
    rows = [{"location_id": location, "batch_id": batch} for location, batch in keys]
    await database.execute(insert(StockBalances).values(rows).on_conflict_do_nothing())
    key = sa.tuple_(StockBalances.location_id, StockBalances.batch_id)
    query = (
        sa.select(
            StockBalances.location_id,
            StockBalances.batch_id,
            StockBalances.on_hand,
            StockBalances.reserved,
        )
        .where(key.in_(keys))
        .order_by(StockBalances.location_id, StockBalances.batch_id)
        .with_for_update()
    )
    found = await database.fetch(query)
    return {(row.location_id, row.batch_id): Held(row.on_hand, row.reserved) for row in found}


def first_shortage(
    moves: Iterable[Move], held: Mapping[Place, Held]
) -> tuple[Place, int, int] | None:
    """The first place that moves would take more from than is there and not promised.

    Gives the place, the units asked for and those available (domain rule 2).

    >>> first_shortage([Move(1, 7, -4, "sale")], {(1, 7): Held(on_hand=5, reserved=2)})
    ((1, 7), 4, 3)
    >>> first_shortage([Move(1, 7, -4, "sale"), Move(1, 7, 1, "adjust")], {(1, 7): Held(3)})
    """
    sums: dict[Place, int] = {}
    for move in moves:
        place = move.location_id, move.batch_id
        sums[place] = sums.get(place, 0) + move.qty
    for place, qty in sorted(sums.items()):
        there = held.get(place, Held())
        available = there.on_hand - there.reserved
        if qty < 0 and available + qty < 0:
            return place, -qty, available
    return None


def refuse_short(
    moves: Sequence[Move], held: Mapping[Place, Held], batches: Mapping[int, BatchRow]
) -> None:
    """Refuse moves that take more than is there. Raises ``stock_short`` (409)."""
    shortage = first_shortage(moves, held)
    if shortage is None:
        return
    (location, batch), asked, available = shortage
    named = batches[batch].batch_no if batch in batches else str(batch)
    raise Refused(
        "stock_short",
        f"Batch {named} has {available} units to take at location {location}, not {asked}",
        {
            "asked": asked,
            "available": available,
            "batch_id": batch,
            "batch_no": named,
            "location_id": location,
        },
        hint="What is reserved for orders does not count as available.",
        status=409,
    )


def refuse_unsaleable(batch: BatchRow, today: date) -> None:
    """Refuse what must not be sold or sent on (domain rules 4 and 5).

    A batch may be used up to its expiry date, that day included. Raises ``batch_recalled``
    (423), ``batch_expired`` (422), ``batch_blocked`` (423) for other states but saleable.
    """
    details = {
        "batch_id": batch.id,
        "batch_no": batch.batch_no,
        "status": batch.status,
        "expiry_date": batch.expiry_date.isoformat(),
    }
    if batch.status == "recalled":
        raise Refused("batch_recalled", f"Batch {batch.batch_no} is recalled", details, status=423)
    if batch.status == "expired" or batch.expiry_date < today:
        raise Refused("batch_expired", f"Batch {batch.batch_no} has expired", details)
    if batch.status != "saleable":
        raise Refused(
            "batch_blocked", f"Batch {batch.batch_no} is {batch.status}", details, status=423
        )


async def add_moves(database: Transaction, actor: str, moves: Sequence[Move]) -> None:
    """Write moves to the ledger in one statement; the balances follow by its trigger.

    The balances must be locked and found sufficient; the database's CHECK is the backstop.
    """
    if moves:
        rows: list[dict[str, Any]] = [
            asdict(move) | {"actor": actor, "created_by": actor} for move in moves
        ]
        await database.execute(sa.insert(StockMoves).values(rows))
