"""Credit: what a customer owes and may owe (domain rule 24)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from autoapi import Refused, Transaction
from generated.models import OrderLines, Orders, OutstandingInvoices
from overrides.business_settings import business_settings
from overrides.gst import rates_on
from overrides.invoice_arithmetic import add_up, discount_of, divide_line
from overrides.money import amount, basis_points, paise

__all__ = ["credit_fault", "order_value", "pays_at_once"]

NOT_INVOICED: Final = ("confirmed", "allocated")


def pays_at_once(customer: Any) -> bool:
    """Whether somebody has no credit by nature: a patient pays over the counter."""
    return bool(customer.kind == "patient")


def order_value(lines: Iterable[Any], rates: dict[int, int]) -> int:
    """What lines come to with tax and rounding, in paise, as their invoice would."""
    portions = []
    for line in lines:
        price = paise(line.unit_price)
        discount = discount_of(line.qty, price, basis_points(line.discount_pct))
        rate = rates[line.product_id]
        portions += divide_line(price, discount, [line.qty], rate, same_state=True)
    return add_up(portions).total


async def credit_fault(
    database: Transaction, customer: Any, order: Any, day: date
) -> Refused | None:
    """What stands against an order on credit; None if nothing does.

    Used is what is owed on invoices and the value of orders confirmed and not yet invoiced. The
    customer's row must be locked, or two orders that each fit alone would pass together.
    """
    if pays_at_once(customer):
        return None
    owed = await database.fetch(
        sa.select(OutstandingInvoices.outstanding, OutstandingInvoices.due_date).where(
            OutstandingInvoices.customer_id == customer.id
        )
    )
    late_before = day - timedelta(days=business_settings().grace_days)
    overdue = [invoice for invoice in owed if invoice.due_date < late_before]
    if overdue:
        return Refused(
            "overdue",
            f"{len(overdue)} invoices are past due",
            {
                "overdue": float(sum(invoice.outstanding for invoice in overdue)),
                "oldest_due": min(invoice.due_date for invoice in overdue).isoformat(),
            },
            "Collect first, or let a manager override it",
        )
    lines = await database.fetch(
        sa.select(
            OrderLines.order_id,
            OrderLines.product_id,
            OrderLines.qty,
            OrderLines.unit_price,
            OrderLines.discount_pct,
        )
        .join(Orders, Orders.id == OrderLines.order_id)
        .where(
            Orders.customer_id == customer.id,
            sa.or_(Orders.id == order.id, Orders.status.in_(NOT_INVOICED)),
        )
    )
    rates = await rates_on(database, {line.product_id for line in lines}, day)
    mine = order_value([line for line in lines if line.order_id == order.id], rates)
    others = {line.order_id for line in lines} - {order.id}
    open_value = sum(
        order_value([line for line in lines if line.order_id == other], rates) for other in others
    )
    used = sum((invoice.outstanding for invoice in owed), Decimal(0)) + amount(open_value)
    if used + amount(mine) <= customer.credit_limit:
        return None
    return Refused(
        "credit_limit",
        "The order goes over the customer's credit limit",
        {"limit": float(customer.credit_limit), "used": float(used), "asked": float(amount(mine))},
        "Collect first, raise the limit, or let a manager override it",
    )
