"""Batches that somebody names for a line, in an action or by writing ``line_allocations``.

First expired first holds for them too: a batch that expires earlier and has units left is
passed over only with a reason, by a role that may, and that is recorded (domain rule 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from autoapi import Change, Refused, Transaction, before
from generated.models import (
    Batches,
    FefoSkips,
    LineAllocations,
    OrderLines,
    Orders,
)
from overrides.authorship import author
from overrides.calendar import today
from overrides.confirming import buyer_of
from overrides.gst import rates_on
from overrides.money import paise
from overrides.order_allocation import fitting, lacking, set_aside
from overrides.order_lines import above_mrp
from overrides.permissions import MAY, require
from overrides.pricing import with_tax
from overrides.shelves import days_needed, require_fit, reserve

__all__ = ["Named", "set_named_aside"]


@dataclass(frozen=True, slots=True)
class Named:
    """Units of a batch for a line, and why earlier ones are passed over."""

    line_id: int
    batch_id: int
    qty: int
    free_qty: int
    reason: str | None = None


async def set_named_aside(change: Change[Any], order: Any, named: Named) -> None:
    """Set units of a named batch aside. Raises what :func:`look_at_named` raises."""
    await look_at_named(change, order, named)
    await set_aside(change, order, named.line_id, (named.batch_id, named.qty, named.free_qty))


async def look_at_named(change: Change[Any], order: Any, named: Named) -> None:
    """See that units of a named batch may be set aside; what is passed over is recorded.

    Raises ``batch_recalled`` (423), ``batch_expired``, ``near_expiry``, ``fefo_violation`` and
    ``above_mrp`` (422), ``stock_short`` (409), ``bad_allocation`` (422) for a batch of another
    product or more units than the line lacks.
    """
    database = change.database
    line = next((each for each in await lacking(database, order) if each.id == named.line_id), None)
    batch = await batch_of(database, named.batch_id)
    require_match(line, batch, named)
    assert line is not None
    customer = await buyer_of(database, order, locked=False)
    require_fit(batch, today(), days_needed(line, customer))
    rate = (await rates_on(database, [line.product_id], today()))[line.product_id]
    if with_tax(paise(line.unit_price), rate) > paise(batch.mrp) * 10_000:
        raise above_mrp(line.unit_price, rate, paise(batch.mrp), {"batch_id": batch.id})
    mine = batch.expiry_date, batch.id
    found = await fitting(database, order, line, customer, locked=True)
    earlier = [lot for lot in found if (lot.expiry_date, lot.id) < mine]
    if earlier:
        await record_skips(change, named, earlier)


async def batch_of(database: Transaction, batch_id: int) -> Any:
    """A batch by its id; None if there is none. It stays locked against a recall."""
    found = await database.fetch(
        sa.select(Batches).where(Batches.id == batch_id).with_for_update(read=True)
    )
    return found[0] if found else None


def require_match(line: Any, batch: Any, named: Named) -> None:
    """See that a line lacks such units. Raises ``bad_allocation`` (422)."""
    fault = None
    if line is None:
        fault = "The line is not of this order, or lacks nothing"
    elif batch is None or batch.product_id != line.product_id:
        fault = "The batch is not of the line's product"
    elif named.qty > line.lacks_qty or named.free_qty > line.lacks_free:
        fault = f"The line lacks {line.lacks_qty} units and {line.lacks_free} free ones"
    elif named.qty + named.free_qty == 0:
        fault = "No units are named"
    if fault:
        about = {"line_id": named.line_id, "batch_id": named.batch_id}
        raise Refused("bad_allocation", fault, about)


async def record_skips(change: Change[Any], named: Named, earlier: list[Any]) -> None:
    """Write down which batches are passed over. Raises ``fefo_violation`` (422)."""
    if not named.reason:
        first = earlier[0]
        raise Refused(
            "fefo_violation",
            f"Batch {first.batch_no} expires first, on {first.expiry_date}",
            {
                "batch_id": named.batch_id,
                "first": {"batch_id": first.id, "batch_no": first.batch_no, "free": first.free},
            },
            "Name that one, or say skip_reason",
        )
    require(change.caller, MAY["skip"], "pass over a batch that expires first")
    for lot in earlier:
        await change.database.execute(
            sa.insert(FefoSkips).values(
                line_id=named.line_id,
                batch_id=lot.id,
                reason=named.reason,
                created_by=author(change.caller),
            )
        )


@before(LineAllocations, on="insert")
async def allocations_are_set_aside(change: Change[LineAllocations]) -> None:
    for row in change.rows:
        order = await order_of(change.database, row.line_id)
        if order is None:
            continue  # the foreign key refuses it
        if order.status != "confirmed":
            raise frozen(order)
        require(change.caller, MAY["allocate"], "allocate")
        if row.location_id != order.location_id:
            raise Refused(
                "bad_allocation",
                "The order leaves from another location",
                {"location_id": order.location_id, "sent": row.location_id},
            )
        named = Named(row.line_id, row.batch_id, row.qty or 0, row.free_qty or 0)
        await look_at_named(change, order, named)
        await reserve(change.database, row.location_id, row.batch_id, named.qty + named.free_qty)


@before(LineAllocations, on="update")
async def allocations_are_not_changed(_: Change[LineAllocations]) -> None:
    raise Refused(
        "lines_frozen",
        "What is set aside is not changed",
        hint="Remove it and set aside anew",
        status=409,
    )


@before(LineAllocations, on="delete")
async def what_is_removed_is_free_again(change: Change[LineAllocations]) -> None:
    for row in sorted(change.rows, key=lambda row: (row.location_id, row.batch_id, row.id)):
        order = await order_of(change.database, row.line_id)
        if order.status != "confirmed":
            raise frozen(order)
        require(change.caller, MAY["allocate"], "allocate")
        await reserve(change.database, row.location_id, row.batch_id, -(row.qty + row.free_qty))


async def order_of(database: Transaction, line_id: int | None) -> Any:
    """The order of a line, locked; None if there is no such line."""
    found = await database.fetch(
        sa.select(Orders)
        .join(OrderLines, OrderLines.order_id == Orders.id)
        .where(OrderLines.id == line_id)
        .with_for_update(of=Orders)
    )
    return found[0] if found else None


def frozen(order: Any) -> Refused:
    """The answer where an order's stock is set aside already, or not yet."""
    return Refused(
        "lines_frozen",
        f"The order is {order.status}; batches are set aside while it is confirmed",
        {"order_id": order.id, "status": order.status},
        status=409,
    )
