"""Confirming an order: buyer, licences, prescription, schemes and credit are looked at."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from autoapi import Change, Refused, Transaction
from generated.models import Customers, Locations, OrderLines, Orders, Products
from overrides.authorship import author
from overrides.calendar import today
from overrides.credit import credit_fault
from overrides.licences import require_licences, require_our_licences
from overrides.order_lines import scheme_of
from overrides.permissions import OVERRIDERS
from overrides.prescriptions import require_prescription
from overrides.pricing import free_units

__all__ = ["buyer_of", "confirm", "products_of", "require_buyer"]


async def confirm(change: Change[Orders], order: Orders) -> None:
    """What must hold before an order is confirmed (domain rules 10, 16, 17 and 24).

    The customer's row is locked first, so that of two orders at the edge of the credit limit
    one is refused. Raises their refusals.
    """
    database = change.database
    customer = await buyer_of(database, order, locked=True)
    await require_buyer(database, order, customer)
    await copy_schemes(database, order)
    fault = await credit_fault(database, customer, order, today())
    if fault is None:
        return
    if not (order.credit_override_reason or "").strip():
        raise fault
    if not change.caller.is_in(*OVERRIDERS):
        raise Refused(
            "credit_override",
            f"The role '{change.caller.role}' may not override the credit limit",
            fault.details,
            f"One of: {', '.join(OVERRIDERS)}",
            status=403,
        )
    order.credit_override_by = author(change.caller)


async def buyer_of(database: Transaction, order: Any, *, locked: bool) -> Any:
    """The customer of an order."""
    query = sa.select(Customers).where(Customers.id == order.customer_id)
    return (await database.fetch(query.with_for_update() if locked else query))[0]


async def products_of(database: Transaction, order: Any) -> list[Any]:
    """The products of an order's lines. Raises ``no_lines`` (422) where there is none."""
    found = await database.fetch(
        sa.select(Products)
        .where(
            Products.id.in_(sa.select(OrderLines.product_id).where(OrderLines.order_id == order.id))
        )
        .order_by(Products.id)
    )
    if not found:
        raise Refused("no_lines", "The order asks for nothing", {"order_id": order.id})
    return found


async def require_buyer(database: Transaction, order: Any, customer: Any) -> None:
    """See that a customer may have what an order asks for, today.

    Raises ``customer_blocked`` (423), ``licence_missing``, ``licence_expired`` and
    ``prescription_needed`` (422).
    """
    if customer.status != "active":
        raise Refused(
            "customer_blocked",
            f"The customer is {'blocked' if customer.status == 'blocked' else 'on hold'}",
            {"customer_id": customer.id, "status": customer.status},
            status=423,
        )
    products = await products_of(database, order)
    day = today()
    await require_licences(database, customer, products, day)
    (location,) = await database.fetch(
        sa.select(Locations).where(Locations.id == order.location_id)
    )
    require_our_licences(location, products, day)
    await require_prescription(database, order, customer, products)


async def copy_schemes(database: Transaction, order: Any) -> None:
    """Let each line have the scheme that is in force now, which it keeps (domain rule 10)."""
    lines = await database.fetch(
        sa.select(OrderLines).where(OrderLines.order_id == order.id).order_by(OrderLines.id)
    )
    for line in lines:
        scheme = await scheme_of(database, line.product_id)
        free = 0 if scheme is None else free_units(line.qty, scheme.buy, scheme.free)
        scheme_id = scheme.id if scheme is not None and free else None
        if (free, scheme_id) != (line.free_qty, line.scheme_id):
            await database.execute(
                sa.update(OrderLines)
                .where(OrderLines.id == line.id)
                .values(free_qty=free, scheme_id=scheme_id)
            )
