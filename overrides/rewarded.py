"""What points are given for: invoices that are paid, and the value in them that is rewarded.

Net taxable value, in paise: no tax, nothing for units that were free, nothing of Schedule X
and narcotics [J], and nothing for prescribers (domain rule 28).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa

from autoapi import Transaction
from generated.models import (
    CreditNoteLines,
    CreditNotes,
    Customers,
    InvoiceLines,
    Invoices,
    LoyaltyEntries,
    PaymentAllocations,
    Payments,
    Products,
)
from overrides.debts import total_of
from overrides.money import paise

__all__ = ["UNREWARDED", "credited_value", "line_value", "paid_unearned", "rewarded_value"]

UNREWARDED: Final = ("X", "NDPS")  # schedules
HALF_PAISA: Final = sa.literal(0.005, sa.Float())  # SQLite adds amounts up as binary floats


async def paid_unearned(database: Transaction, invoices: Collection[int]) -> Sequence[Any]:
    """Those of some invoices that are paid, earned nothing yet, and whose buyer may earn."""
    credited = (
        sa.select(total_of(CreditNotes.total))
        .where(CreditNotes.invoice_id == Invoices.id)
        .scalar_subquery()
    )
    cleared = (
        sa.select(total_of(PaymentAllocations.amount))
        .join(Payments, Payments.id == PaymentAllocations.payment_id)
        .where(PaymentAllocations.invoice_id == Invoices.id, Payments.status == "cleared")
        .scalar_subquery()
    )
    earned = sa.exists().where(
        LoyaltyEntries.invoice_id == Invoices.id, LoyaltyEntries.kind == "earn"
    )
    return await database.fetch(
        sa.select(Invoices.id, Invoices.customer_id)
        .join(Customers, Customers.id == Invoices.customer_id)
        .where(
            Invoices.id.in_(sorted(invoices)),
            Customers.kind != "doctor",
            Invoices.total - credited - cleared < HALF_PAISA,
            ~earned,
        )
        .order_by(Invoices.customer_id, Invoices.id)
    )


async def rewarded_value(database: Transaction, invoice_id: int) -> int:
    """The net taxable value, in paise, that an invoice is rewarded for."""
    before, now = await credited_value(database, invoice_id, None)
    return max(0, await line_value(database, invoice_id) - before - now)


async def line_value(database: Transaction, invoice_id: int) -> int:
    """The taxable value of an invoice's lines that are rewarded."""
    rows = await database.fetch(
        sa.select(total_of(InvoiceLines.taxable))
        .join(Products, Products.id == InvoiceLines.product_id)
        .where(InvoiceLines.invoice_id == invoice_id, Products.schedule.not_in(UNREWARDED))
    )
    return paise(rows[0][0])


async def credited_value(
    database: Transaction, invoice_id: int, note_id: int | None
) -> tuple[int, int]:
    """What notes took back of those lines: all but one, and that one."""
    this = sa.case((CreditNotes.id == (note_id or 0), 1), else_=0)
    rows = await database.fetch(
        sa.select(this.label("this"), total_of(CreditNoteLines.taxable).label("value"))
        .join(CreditNotes, CreditNotes.id == CreditNoteLines.credit_note_id)
        .join(InvoiceLines, InvoiceLines.id == CreditNoteLines.invoice_line_id)
        .join(Products, Products.id == InvoiceLines.product_id)
        .where(CreditNotes.invoice_id == invoice_id, Products.schedule.not_in(UNREWARDED))
        .group_by(this)
    )
    found = {row.this: paise(row.value) for row in rows}
    return found.get(0, 0), found.get(1, 0)
