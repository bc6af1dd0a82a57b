"""One customer's account: its ledger, a statement to send, and what is due of it.

What counts and what is open is in ``owed``; all customers together are a report,
``analytics/receivables``. Each answer is one statement, so that its figures agree.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Path, Query, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from autoapi import Refused, route
from generated.models import CreditNotes, Customers, Invoices, PaymentReversals, Payments
from overrides.amounts import Money, amount
from overrides.owed import AGES, Ages, ledger_sums, open_items, receipts_by_customer
from overrides.permissions import readers_of
from overrides.reading import CSV_TOO, Reading, reading_by
from overrides.spans import Dated, Ranged

__all__ = ["router"]

BEARER: Final = HTTPBearer(scheme_name="bearer", auto_error=False)
NO_CUSTOMER: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "There is no such customer."}
}
MONEY: Final = sa.Numeric(14, 2)

router = APIRouter(
    prefix="/customers",
    tags=["customers"],
    dependencies=[Security(BEARER)],
    responses={**CSV_TOO, **NO_CUSTOMER},
)
Asks = Annotated[
    Reading, Depends(reading_by(readers_of(Invoices) & readers_of(Payments), "accounts"))
]
CustomerId = Annotated[int, Path(ge=1, lt=2**31)]


class Account(BaseModel):
    """Whose account it is."""

    customer_id: int
    code: str
    name: str


class Entry(BaseModel):
    """A document in the ledger: what it adds to the debt, or takes off."""

    date: datetime.date
    kind: Literal["invoice", "credit_note", "payment", "bounce"]
    id: int
    no: str = Field(description="Number of the document; of a payment, the bank's reference.")
    debit: Money
    credit: Money
    balance: Money = Field(description="What is owed once it is entered.")


class Ledger(Account):
    """All documents of some days; opening balance + debits - credits = closing balance."""

    first_day: datetime.date
    last_day: datetime.date
    opening: Money
    rows: list[Entry]
    closing: Money


@router.get("/{customer_id:int}/ledger", response_model=Ledger)
async def ledger(customer_id: CustomerId, asked: Annotated[Ranged, Query()], asks: Asks) -> Any:
    """Every invoice, credit note and payment of some days, with the balance after each.

    A payment that bounced is taken back on the day of the bank's notice; one of which that
    day is not known is left out.
    """
    span = asked.span
    found = await asks.database.fetch(ledger_query(customer_id, span.first, span.last))
    first = known(found, customer_id)
    balance = first.invoiced - first.credited - first.received
    rows, opening = [], balance
    for row in found:
        if row.kind is not None:
            balance += row.debit - row.credit
            rows.append(Entry(balance=balance, **{name: getattr(row, name) for name in ENTRY}))
    report = Ledger(
        customer_id=customer_id,
        code=first.code,
        name=first.name,
        first_day=span.first,
        last_day=span.last,
        opening=opening,
        rows=rows,
        closing=balance,
    )
    return asks.answer(report, rows, Entry)


ENTRY: Final = ("date", "kind", "id", "no", "debit", "credit")


def ledger_query(
    customer: int, first: datetime.date, last: datetime.date
) -> sa.Select[*tuple[Any, ...]]:
    """The customer with each document of some days, or none, and the sums before them."""
    nothing = sa.cast(0, MONEY)
    invoices = sa.select(
        Invoices.date.label("date"),
        sa.literal(1).label("place"),
        sa.literal("invoice", sa.Text).label("kind"),
        Invoices.id.label("id"),
        sa.cast(Invoices.no, sa.Text).label("no"),
        Invoices.total.label("debit"),
        nothing.label("credit"),
    ).where(Invoices.customer_id == customer, Invoices.date.between(first, last))
    notes = (
        sa.select(
            CreditNotes.date, sa.literal(2), sa.literal("credit_note", sa.Text), CreditNotes.id,
            sa.cast(CreditNotes.no, sa.Text), nothing, CreditNotes.total,
        )
        .join(Invoices, Invoices.id == CreditNotes.invoice_id)
        .where(Invoices.customer_id == customer, CreditNotes.date.between(first, last))
    )  # fmt: skip
    back = PaymentReversals
    noted = sa.exists().where(back.payment_id == Payments.id)
    payments = sa.select(
        Payments.date, sa.literal(3), sa.literal("payment", sa.Text), Payments.id,
        sa.cast(Payments.ref, sa.Text), nothing, Payments.amount,
    ).where(
        Payments.customer_id == customer, Payments.date.between(first, last),
        sa.or_(Payments.status != "bounced", noted),
    )  # fmt: skip
    bounces = (
        sa.select(
            back.date, sa.literal(4), sa.literal("bounce", sa.Text), Payments.id,
            sa.cast(Payments.ref, sa.Text), back.amount, nothing,
        )
        .join(Payments, Payments.id == back.payment_id)
        .where(Payments.customer_id == customer, back.date.between(first, last))
    )  # fmt: skip
    entries = sa.union_all(invoices, notes, payments, bounces).subquery("entries")
    return (
        sa.select(
            Customers.code,
            Customers.name,
            *ledger_sums(first - datetime.timedelta(days=1), customer),
            *(entries.c[name] for name in ENTRY),
        )
        .select_from(Customers)
        .outerjoin(entries, sa.true())
        .where(Customers.id == customer)
        .order_by(entries.c.date, entries.c.place, entries.c.id)
    )


class OpenInvoice(BaseModel):
    """An invoice with something left to pay, or with more credited than it was about."""

    id: int
    no: str
    date: datetime.date
    due_date: datetime.date
    days_overdue: int = Field(description="0 until it is due.")
    total: Money
    credited: Money
    paid: Money
    open: Money


class AccountAgeing(Account):
    """What a customer owes by how long it has been due, and the invoices it is made of."""

    as_of: datetime.date
    ages: Ages
    rows: list[OpenInvoice]


@router.get("/{customer_id:int}/ageing", response_model=AccountAgeing)
async def ageing(customer_id: CustomerId, asked: Annotated[Dated, Query()], asks: Asks) -> Any:
    """What the customer owes by how long it has been due, unallocated credit apart."""
    found = await asks.database.fetch(open_query(customer_id, asked.day))
    first = known(found, customer_id)
    report = AccountAgeing(
        customer_id=customer_id,
        code=first.code,
        name=first.name,
        as_of=asked.day,
        ages=ages_from(found, asked.day),
        rows=open_invoices(found, asked.day),
    )
    return asks.answer(report, report.rows, OpenInvoice)


def open_query(customer: int, day: datetime.date) -> sa.Select[*tuple[Any, ...]]:
    """The customer with each open invoice, or none, and the sums of the ledger."""
    items, receipts = open_items(day, customer), receipts_by_customer(day, customer)
    # An open amount of less than a paisa is SQLite's, of subtracting binary fractions.
    is_open = sa.func.abs(items.c.open) >= sa.cast(Decimal("0.01"), MONEY) / 2
    settled = sa.select(amount(receipts.c.settled)).scalar_subquery()
    return (
        sa.select(
            Customers.code,
            Customers.name,
            Customers.gstin,
            Customers.address,
            *ledger_sums(day, customer),
            settled.label("settled"),
            *(items.c[name] for name in ("id", "no", "date", "due_date", "total")),
            items.c.credited.label("of_credits"),
            items.c.paid,
            items.c.open,
        )
        .select_from(Customers)
        .outerjoin(items, sa.and_(items.c.customer_id == Customers.id, is_open))
        .where(Customers.id == customer)
        .order_by(items.c.due_date, items.c.id)
    )


def open_invoices(found: Iterable[Any], day: datetime.date) -> list[OpenInvoice]:
    """The invoices of rows of ``open_query``."""
    return [
        OpenInvoice(
            id=row.id,
            no=row.no,
            date=row.date,
            due_date=row.due_date,
            days_overdue=max(0, (day - row.due_date).days),
            total=row.total,
            credited=row.of_credits,
            paid=row.paid,
            open=row.open,
        )
        for row in found
        if row.id is not None
    ]


def ages_from(found: Any, day: datetime.date) -> Ages:
    """What is due, of rows of ``open_query`` (domain rule 25)."""
    invoices, first = open_invoices(found, day), found[0]
    ages = dict.fromkeys(("not_due", *(name for name, _, _ in AGES)), Decimal(0))
    for invoice in invoices:
        if invoice.open > 0:
            ages[age_of(invoice.days_overdue)] += invoice.open
    over = sum((-invoice.open for invoice in invoices if invoice.open < 0), Decimal(0))
    return Ages(
        **ages,
        unallocated=first.received - first.settled + over,
        balance=first.invoiced - first.credited - first.received,
    )


def age_of(days: int) -> str:
    """Which age a debt has that has been due for so many days.

    >>> [age_of(days) for days in (0, 1, 30, 31, 90, 91)]
    ['not_due', 'days_1_30', 'days_1_30', 'days_31_60', 'days_61_90', 'days_over_90']
    """
    found = [name for name, least, _ in AGES if days >= least]
    return found[-1] if found else "not_due"


class Statement(Account):
    """What is sent to a customer: how the balance came about, and what it is made of."""

    gstin: str | None
    address: dict[str, Any] | None
    first_day: datetime.date
    last_day: datetime.date
    opening: Money
    invoiced: Money
    credited: Money
    received: Money = Field(description="Payments less those that bounced.")
    closing: Money = Field(description="opening + invoiced - credited - received.")
    ages: Ages
    rows: list[OpenInvoice]


@router.get("/{customer_id:int}/statement", response_model=Statement)
async def statement(customer_id: CustomerId, asked: Annotated[Ranged, Query()], asks: Asks) -> Any:
    """The balance before some days, what came to it, the balance after, and what is open then."""
    span = asked.span
    before = ledger_sums(span.first - datetime.timedelta(days=1), customer_id)
    query = open_query(customer_id, span.last).add_columns(
        *(each.element.label(f"{each.name}_before") for each in before)
    )
    found = await asks.database.fetch(query)
    first = known(found, customer_id)
    ages = ages_from(found, span.last)
    report = Statement(
        customer_id=customer_id,
        code=first.code,
        name=first.name,
        gstin=first.gstin,
        address=first.address,
        first_day=span.first,
        last_day=span.last,
        opening=first.invoiced_before - first.credited_before - first.received_before,
        invoiced=first.invoiced - first.invoiced_before,
        credited=first.credited - first.credited_before,
        received=first.received - first.received_before,
        closing=ages.balance,
        ages=ages,
        rows=open_invoices(found, span.last),
    )
    return asks.answer(report, report.rows, OpenInvoice)


def known(found: Any, customer: int) -> Any:
    """The first row. Raises ``no_such_customer`` (404) where there is none."""
    if not found:
        raise Refused("no_such_customer", f"There is no customer {customer}", status=404)
    return found[0]


route(router)
