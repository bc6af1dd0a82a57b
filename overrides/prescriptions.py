"""Prescriptions: what patients may be given only on somebody's word (domain rule 17)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from autoapi import Change, Refused, Transaction, before
from generated.models import Orders, Prescriptions

__all__ = ["PRESCRIBED", "require_prescription"]

PRESCRIBED: Final = frozenset({"H", "H1", "X", "NDPS"})  # schedules


async def require_prescription(
    database: Transaction, order: Any, customer: Any, products: Iterable[Any]
) -> None:
    """See that a patient's order has one where its goods need it.

    Raises ``prescription_needed`` (422) with the products that do.
    """
    needing = sorted(product.id for product in products if product.schedule in PRESCRIBED)
    if customer.kind != "patient" or not needing:
        return
    found = await database.fetch(
        sa.select(Prescriptions.id).where(Prescriptions.order_id == order.id)
    )
    if not found:
        raise Refused(
            "prescription_needed",
            "A patient is given these on prescription only",
            {"order_id": order.id, "products": needing},
            "POST /prescriptions with prescriber and patient",
        )


@before(Prescriptions, on="insert update delete")
async def prescriptions_stand_once_goods_are_set_aside(change: Change[Prescriptions]) -> None:
    concerned = {row.order_id for row in (*change.rows, *change.old) if row.order_id is not None}
    orders = await change.database.fetch(
        sa.select(Orders.id, Orders.status)
        .where(Orders.id.in_(sorted(concerned)))
        .order_by(Orders.id)
        .with_for_update()
    )
    for order in orders:
        if order.status not in ("draft", "confirmed"):
            raise Refused(
                "order_frozen",
                f"The order is {order.status}; its prescription stands",
                {"order_id": order.id, "status": order.status},
                status=409,
            )
