"""What customers owe at the end of a day: open invoices, credit, and the balance of both.

An invoice is open by its total less its credit notes less what payments that did not bounce
settle of it (domain, section 1). Only documents up to the day count, so that the balance of a
past day reads the same whenever it is asked for: a payment counts until the day on which it is
taken back, and never if it bounced and no contra row says when. Which invoices a payment
settles is taken as it is known now.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from pydantic import BaseModel, Field

from generated.models import (
    CreditNotes,
    Customers,
    Invoices,
    PaymentAllocations,
    PaymentReversals,
    Payments,
)
from overrides.amounts import Money, amount

__all__ = [
    "AGES",
    "Ages",
    "ageing_query",
    "ages_of",
    "counts",
    "ledger_sums",
    "open_items",
    "receipts_by_customer",
]

AGES: Final[tuple[tuple[str, int, int | None], ...]] = (
    ("days_1_30", 1, 30),
    ("days_31_60", 31, 60),
    ("days_61_90", 61, 90),
    ("days_over_90", 91, None),
)
"""Ages of debts by days after the due date (domain rule 25)."""

NOTHING: Final = sa.cast(0, sa.Numeric(14, 2))


class Ages(BaseModel):
    """What is owed, by how long it has been due: all ages less ``unallocated`` are the balance."""

    not_due: Money
    days_1_30: Money
    days_31_60: Money
    days_61_90: Money
    days_over_90: Money
    unallocated: Money = Field(description="Payments and credit that settle no invoice yet.")
    balance: Money = Field(description="Invoices less credit notes less payments.")


def open_items(day: date, customer: int | None = None) -> sa.Subquery:
    """Each invoice up to a day with what is open of it; below 0 where too much was credited."""
    note, part = CreditNotes, PaymentAllocations
    credited = (
        sa.select(note.invoice_id, amount(note.total).label("credited"))
        .where(note.date <= day)
        .group_by(note.invoice_id)
        .subquery("credits")
    )
    paid = (
        sa.select(part.invoice_id, amount(part.amount).label("paid"))
        .join(Payments, Payments.id == part.payment_id)
        .where(counts(day))
        .group_by(part.invoice_id)
        .subquery("parts")
    )
    less = sa.func.coalesce(credited.c.credited, NOTHING)
    settled = sa.func.coalesce(paid.c.paid, NOTHING)
    query = (
        sa.select(
            Invoices.id,
            Invoices.no,
            Invoices.customer_id,
            Invoices.date,
            Invoices.due_date,
            Invoices.total,
            less.label("credited"),
            settled.label("paid"),
            sa.type_coerce(Invoices.total - less - settled, sa.Numeric(14, 2)).label("open"),
        )
        .outerjoin(credited, credited.c.invoice_id == Invoices.id)
        .outerjoin(paid, paid.c.invoice_id == Invoices.id)
        .where(Invoices.date <= day)
    )
    if customer is not None:
        query = query.where(Invoices.customer_id == customer)
    return query.subquery("items")


def counts(day: date) -> sa.ColumnElement[bool]:
    """Whether a payment counts at the end of a day."""
    back = PaymentReversals
    later = sa.exists().where(back.payment_id == Payments.id, back.date > day)
    return sa.and_(Payments.date <= day, sa.or_(Payments.status != "bounced", later))


def ageing_query(day: date, customer: int | None = None) -> sa.Select[*tuple[Any, ...]]:
    """A row for each customer: id, code, name, and what ``ages_of`` reads."""
    debts, receipts = debts_by_customer(day, customer), receipts_by_customer(day, customer)
    numbers = [*list(debts.c)[1:], *list(receipts.c)[1:]]
    query = (
        sa.select(
            Customers.id.label("customer_id"),
            Customers.code,
            Customers.name,
            *(sa.func.coalesce(each, NOTHING).label(each.name) for each in numbers),
        )
        .outerjoin(debts, debts.c.customer_id == Customers.id)
        .outerjoin(receipts, receipts.c.customer_id == Customers.id)
        .order_by(Customers.id)
    )
    return query if customer is None else query.where(Customers.id == customer)


def debts_by_customer(day: date, customer: int | None) -> sa.Subquery:
    """What is open of each customer's invoices by age, and what they were about."""
    item = open_items(day, customer).c
    ages = {"not_due": item.due_date >= day}
    for name, least, most in AGES:
        ages[name] = item.due_date <= day - timedelta(days=least)
        if most is not None:
            ages[name] &= item.due_date >= day - timedelta(days=most)
    query = sa.select(
        item.customer_id,
        *(
            amount(sa.case((sa.and_(fits, item.open > 0), item.open), else_=NOTHING)).label(name)
            for name, fits in ages.items()
        ),
        amount(sa.case((item.open < 0, -item.open), else_=NOTHING)).label("over"),
        amount(item.total).label("invoiced"),
        amount(item.credited).label("credited"),
    )
    return query.group_by(item.customer_id).subquery("debts")


def receipts_by_customer(day: date, customer: int | None) -> sa.Subquery:
    """What each customer paid, and how much of it settles invoices up to the day."""
    part = PaymentAllocations
    settled = (
        sa.select(part.payment_id, amount(part.amount).label("settled"))
        .join(Invoices, Invoices.id == part.invoice_id)
        .where(Invoices.date <= day)
        .group_by(part.payment_id)
        .subquery("settled")
    )
    query = (
        sa.select(
            Payments.customer_id,
            amount(Payments.amount).label("received"),
            amount(sa.func.coalesce(settled.c.settled, NOTHING)).label("settled"),
        )
        .outerjoin(settled, settled.c.payment_id == Payments.id)
        .where(counts(day))
        .group_by(Payments.customer_id)
    )
    if customer is not None:
        query = query.where(Payments.customer_id == customer)
    return query.subquery("receipts")


def ages_of(row: Any) -> dict[str, Decimal]:
    """The fields of ``Ages`` of a row of ``ageing_query``."""
    return {
        "not_due": row.not_due,
        **{name: getattr(row, name) for name, _, _ in AGES},
        "unallocated": row.received - row.settled + row.over,
        "balance": row.invoiced - row.credited - row.received,
    }


def ledger_sums(day: date, customer: int | None = None) -> tuple[sa.Label[Any], ...]:
    """What was ``invoiced``, ``credited`` and ``received`` up to a day; the balance is the first
    less the others.
    """
    invoiced = sa.select(amount(Invoices.total)).where(Invoices.date <= day)
    credited = (
        sa.select(amount(CreditNotes.total))
        .join(Invoices, Invoices.id == CreditNotes.invoice_id)
        .where(CreditNotes.date <= day)
    )
    received = sa.select(amount(Payments.amount)).where(counts(day))
    if customer is not None:
        invoiced = invoiced.where(Invoices.customer_id == customer)
        credited = credited.where(Invoices.customer_id == customer)
        received = received.where(Payments.customer_id == customer)
    return (
        invoiced.scalar_subquery().label("invoiced"),
        credited.scalar_subquery().label("credited"),
        received.scalar_subquery().label("received"),
    )
