"""Allocating: units of batches are set aside for the lines of an order, first expired first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from autoapi import Change, Transaction
from generated.models import LineAllocations, OrderLines, Orders, Products
from overrides.authorship import author
from overrides.back_orders import put_off
from overrides.calendar import today
from overrides.confirming import buyer_of
from overrides.fefo import divide_units
from overrides.gst import rates_on
from overrides.money import paise
from overrides.order_lines import above_mrp
from overrides.pricing import with_tax
from overrides.shelves import days_needed, lock_shelves, lots, reserve, short

__all__ = ["allocate", "allocations_of", "fitting", "lacking", "release", "set_aside"]


async def allocate(
    change: Change[Orders], order: Orders, *, back_order: bool = False
) -> int | None:
    """Set aside what an order's lines still lack; the id of a back order for what is missing.

    All that may be taken is locked first, so that two orders for A, B and B, A never wait for
    each other in a ring, nor is a batch set aside whose recall is under way (domain rules 2, 3,
    4, 5 and 9). Raises ``stock_short`` (409),
    ``above_mrp`` (422).
    """
    database = change.database
    customer = await buyer_of(database, order, locked=False)
    lines = await lacking(database, order)
    await lock_shelves(database, order.location_id, {line.product_id for line in lines})
    back_id = None
    if back_order:
        shortages = [
            (line, line.qty + line.free_qty - line.lacks + there)
            for line in lines
            if (there := await units_there(database, order, line, customer)) < line.lacks
        ]
        if shortages:
            back_id = await put_off(change, order, shortages, today())
            lines = await lacking(database, order)
    rates = await rates_on(database, {line.product_id for line in lines}, today())
    for line in lines:
        await fill(change, order, line, (customer, rates[line.product_id]))
    return back_id


async def units_there(database: Transaction, order: Any, line: Any, customer: Any) -> int:
    """How many units may be sold for a line; they stay locked."""
    found = await fitting(database, order, line, customer, locked=True)
    return sum(lot.free for lot in found)


async def fill(change: Change[Orders], order: Orders, line: Any, terms: tuple[Any, int]) -> None:
    """Set aside what a line lacks. Raises ``stock_short`` (409), ``above_mrp`` (422)."""
    customer, rate = terms
    found = await fitting(change.database, order, line, customer, locked=True)
    available = sum(lot.free for lot in found)
    if available < line.lacks:
        about = {"order_id": order.id, "line_id": line.id, "product_id": line.product_id}
        raise short(line.lacks, available, about)
    divided = divide_units([lot.free for lot in found], line.lacks_qty, line.lacks_free)
    for lot, (qty, free) in zip(found, divided, strict=False):
        if with_tax(paise(line.unit_price), rate) > paise(lot.mrp) * 10_000:
            about = {"batch_id": lot.id, "product_id": line.product_id}
            raise above_mrp(line.unit_price, rate, paise(lot.mrp), about)
        await set_aside(change, order, line.id, (lot.id, qty, free))


async def lacking(database: Transaction, order: Any) -> list[Any]:
    """The lines of an order that are not filled, by product, with what they lack."""
    given = (
        sa.select(
            LineAllocations.line_id,
            sa.func.sum(LineAllocations.qty).label("qty"),
            sa.func.sum(LineAllocations.free_qty).label("free_qty"),
        )
        .group_by(LineAllocations.line_id)
        .subquery()
    )
    lacks_qty = (OrderLines.qty - sa.func.coalesce(given.c.qty, 0)).label("lacks_qty")
    lacks_free = (OrderLines.free_qty - sa.func.coalesce(given.c.free_qty, 0)).label("lacks_free")
    found = await database.fetch(
        sa.select(
            OrderLines,
            Products.min_shelf_days,
            lacks_qty,
            lacks_free,
            (lacks_qty + lacks_free).label("lacks"),
        )
        .join(Products, Products.id == OrderLines.product_id)
        .outerjoin(given, given.c.line_id == OrderLines.id)
        .where(OrderLines.order_id == order.id)
        .order_by(OrderLines.product_id, OrderLines.id)
    )
    return [line for line in found if line.lacks]


async def fitting(
    database: Transaction, order: Any, line: Any, customer: Any, *, locked: bool
) -> list[Any]:
    """The batches that may be sold for a line today, in the order to sell them."""
    earliest = today() + timedelta(days=days_needed(line, customer))
    found = await lots(database, order.location_id, [line.product_id], locked=locked)
    return [lot for lot in found if lot.status == "saleable" and lot.expiry_date >= earliest]


async def set_aside(
    change: Change[Any], order: Any, line_id: int, part: tuple[int, int, int]
) -> None:
    """Reserve units of a batch for a line: batch, units paid for, and free ones."""
    batch_id, qty, free = part
    await reserve(change.database, order.location_id, batch_id, qty + free)
    mine = sa.and_(
        LineAllocations.line_id == line_id,
        LineAllocations.batch_id == batch_id,
        LineAllocations.location_id == order.location_id,
    )
    added = await change.database.execute(
        sa.update(LineAllocations)
        .where(mine)
        .values(qty=LineAllocations.qty + qty, free_qty=LineAllocations.free_qty + free)
    )
    if not added:
        await change.database.execute(
            sa.insert(LineAllocations).values(
                line_id=line_id,
                batch_id=batch_id,
                location_id=order.location_id,
                qty=qty,
                free_qty=free,
                created_by=author(change.caller),
            )
        )


async def allocations_of(database: Transaction, order_id: int) -> Sequence[Any]:
    """What is set aside for an order, in the order in which stock is locked."""
    return await database.fetch(
        sa.select(LineAllocations)
        .join(OrderLines, OrderLines.id == LineAllocations.line_id)
        .where(OrderLines.order_id == order_id)
        .order_by(LineAllocations.location_id, LineAllocations.batch_id, LineAllocations.id)
    )


async def release(database: Transaction, order_id: int) -> None:
    """Let go what is set aside for an order, exactly (domain rule 7)."""
    parts = await allocations_of(database, order_id)
    for part in parts:
        await reserve(database, part.location_id, part.batch_id, -(part.qty + part.free_qty))
    if parts:
        await database.execute(
            sa.delete(LineAllocations).where(LineAllocations.id.in_([part.id for part in parts]))
        )
