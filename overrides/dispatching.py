"""Dispatching: all is looked at again, the goods leave, and the invoice goes with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from autoapi import Change, Refused
from generated.models import Batches, Orders, Products, StockMoves
from overrides.authorship import author
from overrides.calendar import today
from overrides.confirming import buyer_of, products_of, require_buyer
from overrides.invoices import write_invoice
from overrides.order_allocation import allocations_of
from overrides.registers import write_registers
from overrides.shelves import days_needed, require_fit, reserve

__all__ = ["dispatch"]


async def dispatch(change: Change[Orders], order: Orders, given: Mapping[str, Any]) -> Any:
    """Let an allocated order leave, and give the row of its invoice.

    Batches are locked so that a recall comes before or after; licences, expiry and status are
    looked at again (domain rules 4, 5, 12 to 19). Raises their refusals.
    """
    database, day = change.database, today()
    customer = await buyer_of(database, order, locked=True)
    await require_buyer(database, order, customer)
    await require_second_approver(change, order)
    parts = await allocations_of(database, order.id)
    await require_batches(change, customer, parts)
    invoice = await write_invoice(change, (order, customer), parts, day, given)
    await move_out(change, order, parts)
    await write_registers(change, order.id, invoice.id)
    return invoice


async def require_batches(change: Change[Orders], customer: Any, parts: Sequence[Any]) -> None:
    """Lock the batches that leave, and see that each may (domain rules 4 and 5)."""
    found = await change.database.fetch(
        sa.select(Batches, Products.min_shelf_days)
        .join(Products, Products.id == Batches.product_id)
        .where(Batches.id.in_(sorted({part.batch_id for part in parts})))
        .order_by(Batches.id)
        .with_for_update(read=True, of=Batches)
    )
    for batch in found:
        require_fit(batch, today(), days_needed(batch, customer))


async def require_second_approver(change: Change[Orders], order: Orders) -> None:
    """Schedule X and narcotics leave on the word of two people (domain rule 19)."""
    products = await products_of(change.database, order)
    needing = [product.id for product in products if product.schedule in ("X", "NDPS")]
    if needing and order.approved_by in (None, author(change.caller)):
        raise Refused(
            "second_approver",
            "Schedule X and narcotics need the approval of a second person",
            {"order_id": order.id, "products": needing, "approved_by": order.approved_by},
            "POST /orders/{id}/approve, by somebody else than who dispatches",
            status=403,
        )


async def move_out(change: Change[Orders], order: Orders, parts: Sequence[Any]) -> None:
    """Move what was set aside out of stock, in the order in which stock is locked."""
    who = author(change.caller)
    for part in parts:
        units = part.qty + part.free_qty
        await reserve(change.database, part.location_id, part.batch_id, -units)
        await change.database.execute(
            sa.insert(StockMoves).values(
                location_id=part.location_id,
                batch_id=part.batch_id,
                qty=-units,
                kind="sale",
                ref_table="orders",
                ref_id=order.id,
                actor=who,
                idempotency_key=f"sale-{order.id}-{part.id}",
                created_by=who,
            )
        )
