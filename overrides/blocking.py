"""Taking batches out of sale: what was set aside of them is freed, then their status changes.

A recall and the nightly expiry both come here. Orders are locked before batches, as everywhere:
whoever dispatches holds the order and waits for the batch, so the other way round would
deadlock. Orders that were set aside in between are found by looking again, and all is redone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

import sqlalchemy as sa

from autoapi import Refused, Transaction
from generated.models import Batches, LineAllocations, OrderLines, Orders, StockBalances
from overrides.ledger import BatchRow, lock_balances, lock_batches

__all__ = ["block_batches"]

ATTEMPTS: Final = 5

Judge = Callable[[BatchRow], bool]
"""Whether a batch, now that it is locked, is to be blocked; it may refuse instead."""


class SetAsideMeanwhile(Exception):
    """Orders were allocated between the look and the lock."""


async def block_batches(
    database: Transaction, ids: Collection[int], status: str, judge: Judge
) -> tuple[list[BatchRow], list[int]]:
    """Give batches a status that is not sold, and free what orders have set aside of them.

    Such an order goes back to ``confirmed`` with nothing set aside, to be allocated anew. Gives
    the batches blocked, as they were, and the ids of these orders. Raises what ``judge`` does,
    and ``try_again`` (503) where orders keep being set aside.
    """
    for _ in range(ATTEMPTS):
        try:
            async with database.savepoint():
                return await block_once(database, ids, status, judge)
        except SetAsideMeanwhile:
            continue
    raise Refused("try_again", "Orders keep being allocated from these batches", status=503)


async def block_once(
    database: Transaction, ids: Collection[int], status: str, judge: Judge
) -> tuple[list[BatchRow], list[int]]:
    """The same, once. Raises SetAsideMeanwhile."""
    orders = await orders_with(database, ids)
    await database.execute(
        sa.select(Orders.id).where(Orders.id.in_(orders)).order_by(Orders.id).with_for_update()
    )
    locked = await lock_batches(database, ids, alone=True)
    await lock_shelves(database, ids)
    blocked = [batch for batch in locked.values() if judge(batch)]
    chosen = [batch.id for batch in blocked]
    waiting = await orders_with(database, chosen)
    if not set(waiting) <= set(orders):
        raise SetAsideMeanwhile
    await free_orders(database, waiting)
    await database.execute(sa.update(Batches).where(Batches.id.in_(chosen)).values(status=status))
    return blocked, waiting


async def lock_shelves(database: Transaction, batches: Collection[int]) -> None:
    """Lock all balances of batches: whoever is setting some of it aside is waited for."""
    await database.execute(
        sa.select(StockBalances.location_id)
        .where(StockBalances.batch_id.in_(list(batches)))
        .order_by(StockBalances.location_id, StockBalances.batch_id)
        .with_for_update()
    )


async def orders_with(database: Transaction, batches: Iterable[int]) -> list[int]:
    """The orders that have some of these batches set aside and not yet dispatched, by id."""
    query = (
        sa.select(Orders.id)
        .distinct()
        .join(OrderLines, OrderLines.order_id == Orders.id)
        .join(LineAllocations, LineAllocations.line_id == OrderLines.id)
        .where(Orders.status == "allocated", LineAllocations.batch_id.in_(list(batches)))
        .order_by(Orders.id)
    )
    return [row.id for row in await database.fetch(query)]


async def free_orders(database: Transaction, orders: Collection[int]) -> None:
    """Free all that these orders, locked, have set aside, and take them back to confirmed."""
    if not orders:
        return
    parts = await database.fetch(
        sa.select(
            LineAllocations.location_id,
            LineAllocations.batch_id,
            sa.func.sum(LineAllocations.qty + LineAllocations.free_qty).label("units"),
        )
        .join(OrderLines, OrderLines.id == LineAllocations.line_id)
        .where(OrderLines.order_id.in_(list(orders)))
        .group_by(LineAllocations.location_id, LineAllocations.batch_id)
        .order_by(LineAllocations.location_id, LineAllocations.batch_id)
    )
    await lock_balances(database, [(part.location_id, part.batch_id) for part in parts])
    for part in parts:
        await database.execute(
            sa.update(StockBalances)
            .where(
                StockBalances.location_id == part.location_id,
                StockBalances.batch_id == part.batch_id,
            )
            .values(reserved=StockBalances.reserved - int(part.units))
        )
    lines = sa.select(OrderLines.id).where(OrderLines.order_id.in_(list(orders)))
    await database.execute(sa.delete(LineAllocations).where(LineAllocations.line_id.in_(lines)))
    await database.execute(
        sa.update(Orders)
        .where(Orders.id.in_(list(orders)))
        .values(status="confirmed", version=Orders.version + 1)
    )
