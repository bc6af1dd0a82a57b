"""What is left to pay on invoices, and of payments: read once they are locked.

Payments are locked ahead of invoices, both in the order of their ids, so that no two wait for
each other. Amounts are whole paise.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from autoapi import Transaction
from generated.models import CreditNotes, Invoices, PaymentAllocations, Payments
from overrides.money import paise

__all__ = ["Debt", "Money", "lock_debts", "lock_payments", "open_invoices", "total_of"]


@dataclass(frozen=True, slots=True)
class Debt:
    """An invoice: ``credited`` by notes, ``paid`` by payments that have not bounced."""

    id: int
    customer_id: int
    date: date
    total: int
    round_off: int
    credited: int
    paid: int

    @property
    def outstanding(self) -> int:
        """What is left to pay."""
        return self.total - self.credited - self.paid


@dataclass(frozen=True, slots=True)
class Money:
    """A payment: ``left`` is what settles no invoice, nothing once it has bounced."""

    id: int
    customer_id: int
    status: str
    amount: int
    left: int


def total_of(column: Any) -> sa.ColumnElement[Decimal]:
    """The sum of amounts, 0 for none; ``paise`` takes off the noise of SQLite's floats."""
    return sa.func.coalesce(sa.func.sum(column), 0, type_=sa.Numeric(14, 2))


async def lock_debts(database: Transaction, ids: Collection[int]) -> dict[int, Debt]:
    """Lock invoices and tell what is left to pay on each; unknown ones are left out."""
    wanted = sorted(set(ids))
    rows = await database.fetch(
        sa.select(
            Invoices.id, Invoices.customer_id, Invoices.date, Invoices.total, Invoices.round_off
        )
        .where(Invoices.id.in_(wanted))
        .order_by(Invoices.id)
        .with_for_update()
    )
    credited = await database.fetch(
        sa.select(CreditNotes.invoice_id, total_of(CreditNotes.total).label("sum"))
        .where(CreditNotes.invoice_id.in_(wanted))
        .group_by(CreditNotes.invoice_id)
    )
    paid = await database.fetch(
        sa.select(PaymentAllocations.invoice_id, total_of(PaymentAllocations.amount).label("sum"))
        .join(Payments, Payments.id == PaymentAllocations.payment_id)
        .where(PaymentAllocations.invoice_id.in_(wanted), Payments.status != "bounced")
        .group_by(PaymentAllocations.invoice_id)
    )
    credit = {row.invoice_id: paise(row.sum) for row in credited}
    payment = {row.invoice_id: paise(row.sum) for row in paid}
    return {
        row.id: Debt(
            row.id,
            row.customer_id,
            row.date,
            paise(row.total),
            paise(row.round_off),
            credit.get(row.id, 0),
            payment.get(row.id, 0),
        )
        for row in rows
    }


async def lock_payments(database: Transaction, ids: Collection[int]) -> dict[int, Money]:
    """Lock payments and tell what is left of each; unknown ones are left out."""
    wanted = sorted(set(ids))
    rows = await database.fetch(
        sa.select(Payments.id, Payments.customer_id, Payments.status, Payments.amount)
        .where(Payments.id.in_(wanted))
        .order_by(Payments.id)
        .with_for_update()
    )
    used = await database.fetch(
        sa.select(PaymentAllocations.payment_id, total_of(PaymentAllocations.amount).label("sum"))
        .where(PaymentAllocations.payment_id.in_(wanted))
        .group_by(PaymentAllocations.payment_id)
    )
    settled = {row.payment_id: paise(row.sum) for row in used}
    found = {}
    for row in rows:
        whole = paise(row.amount)
        left = 0 if row.status == "bounced" else whole - settled.get(row.id, 0)
        found[row.id] = Money(row.id, row.customer_id, row.status, whole, left)
    return found


async def open_invoices(database: Transaction, customer_id: int) -> list[Debt]:
    """Lock a customer's unpaid invoices; the oldest due comes first."""
    credited = (
        sa.select(total_of(CreditNotes.total))
        .where(CreditNotes.invoice_id == Invoices.id)
        .scalar_subquery()
    )
    paid = (
        sa.select(total_of(PaymentAllocations.amount))
        .join(Payments, Payments.id == PaymentAllocations.payment_id)
        .where(PaymentAllocations.invoice_id == Invoices.id, Payments.status != "bounced")
        .scalar_subquery()
    )
    rows = await database.fetch(
        sa.select(Invoices.id)
        .where(Invoices.customer_id == customer_id, Invoices.total - credited - paid > HALF_PAISA)
        .order_by(Invoices.due_date, Invoices.id)
    )
    debts = await lock_debts(database, [row.id for row in rows])
    return [debts[row.id] for row in rows]


HALF_PAISA = sa.literal(0.005, sa.Numeric(14, 3, asdecimal=False))
"""SQLite adds amounts up as binary floats."""
