"""What a payment settles (domain rule 23): one function for every way to say it.

A sum of parts is never more than the payment, nor than what is left to pay on an invoice; the
triggers of revision 0010 say the same to whoever comes another way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from autoapi import Refused, Transaction
from generated.models import PaymentAllocations, Payments
from overrides import loyalty_ledger
from overrides.debts import Debt, Money, lock_debts, lock_payments, open_invoices
from overrides.money import amount, paise
from overrides.settling import released_latest_first, settled_oldest_first

__all__ = ["Part", "allocate", "check_parts", "release", "written_parts"]


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a payment for an invoice, in paise."""

    payment_id: int
    invoice_id: int
    amount: int


async def check_parts(database: Transaction, parts: Sequence[Part]) -> None:
    """Lock what parts are of, and refuse those that are too much.

    Raises ``over_allocated`` (409), ``other_customer`` (422). What is not there at all is left
    to the foreign keys.
    """
    payments = await lock_payments(database, {part.payment_id for part in parts})
    debts = await lock_debts(database, {part.invoice_id for part in parts})
    of_payment: defaultdict[int, int] = defaultdict(int)
    of_invoice: defaultdict[int, int] = defaultdict(int)
    for part in parts:
        payment, debt = payments.get(part.payment_id), debts.get(part.invoice_id)
        if payment is None or debt is None:
            continue
        if payment.customer_id != debt.customer_id:
            raise other_customer(payment, debt)
        of_payment[payment.id] += part.amount
        of_invoice[debt.id] += part.amount
        if of_payment[payment.id] > payment.left:
            raise over_payment(payment, of_payment[payment.id])
        if of_invoice[debt.id] > debt.outstanding:
            raise over_invoice(debt, of_invoice[debt.id])


async def allocate(
    database: Transaction,
    payment_id: int,
    wanted: Sequence[tuple[int, int]] | None,
    by: str,
) -> list[Part]:
    """Settle invoices by what is left of a payment, and give its parts.

    ``wanted`` are (invoice, paise); None settles the oldest due first, as far as it goes.
    Raises ``over_allocated`` (409), ``other_customer`` and ``no_such_invoice`` (422).
    """
    payment = (await lock_payments(database, [payment_id]))[payment_id]
    if wanted is None:
        debts = await open_invoices(database, payment.customer_id)
        owed = ((debt.id, debt.outstanding) for debt in debts)
        parts = [Part(payment_id, *each) for each in settled_oldest_first(owed, payment.left)]
    else:
        parts = [Part(payment_id, *each) for each in wanted]
        await check_known(database, [part.invoice_id for part in parts])
        await check_parts(database, parts)
    for part in parts:
        await write_part(database, part, by)
    await written_parts(database, parts, by)
    return parts


async def check_known(database: Transaction, invoices: Sequence[int]) -> None:
    """Refuse invoices that are not there. Raises ``no_such_invoice`` (422)."""
    known = await lock_debts(database, invoices)
    missing = sorted(set(invoices) - known.keys())
    if missing:
        raise Refused(
            "no_such_invoice", f"There is no invoice {missing[0]}", {"invoice_ids": missing}
        )


async def write_part(database: Transaction, part: Part, by: str) -> None:
    """Write a part, or add it to what the payment settles of the invoice already."""
    table = PaymentAllocations
    changed = await database.execute(
        sa.update(table)
        .where(table.payment_id == part.payment_id, table.invoice_id == part.invoice_id)
        .values(amount=table.amount + amount(part.amount))
    )
    if not changed:
        await database.execute(
            sa.insert(table).values(
                payment_id=part.payment_id,
                invoice_id=part.invoice_id,
                amount=amount(part.amount),
                created_by=by,
            )
        )


async def written_parts(database: Transaction, parts: Sequence[Part], by: str) -> None:
    """Do what follows once parts are written: invoices that are paid now earn points."""
    await loyalty_ledger.earn(database, {part.invoice_id for part in parts}, by)


async def release(database: Transaction, invoice_id: int, excess: int) -> None:
    """Free ``excess`` paise of what payments settle of an invoice, the latest first.

    The caller has locked the invoice, and takes as much off what is owed on it. What is freed
    stays with its payment, to be allocated again.
    """
    if excess <= 0:
        return
    table = PaymentAllocations
    rows = await database.fetch(
        sa.select(table.id, table.amount)
        .join(Payments, Payments.id == table.payment_id)
        .where(table.invoice_id == invoice_id, Payments.status != "bounced")
        .order_by(table.id.desc())
    )
    parts = [(row.id, paise(row.amount)) for row in rows]
    for identity, kept in released_latest_first(parts, excess):
        if kept:
            await database.execute(
                sa.update(table).where(table.id == identity).values(amount=amount(kept))
            )
        else:
            await database.execute(sa.delete(table).where(table.id == identity))


def over_payment(payment: Money, asked: int) -> Refused:
    """More than is left of the payment."""
    return Refused(
        "over_allocated",
        f"More is allocated than is left of payment {payment.id}",
        {
            "payment_id": payment.id,
            "status": payment.status,
            "amount": float(amount(payment.amount)),
            "available": float(amount(payment.left)),
            "asked": float(amount(asked)),
        },
        status=409,
    )


def over_invoice(debt: Debt, asked: int) -> Refused:
    """More than is left to pay."""
    return Refused(
        "over_allocated",
        f"More is allocated than is left to pay on invoice {debt.id}",
        {
            "invoice_id": debt.id,
            "available": float(amount(debt.outstanding)),
            "asked": float(amount(asked)),
        },
        hint="What is left of a payment may stay with it",
        status=409,
    )


def other_customer(payment: Money, debt: Debt) -> Refused:
    """An invoice that somebody else owes."""
    return Refused(
        "other_customer",
        "A payment settles invoices of the customer who paid",
        {
            "payment_id": payment.id,
            "paid_by": payment.customer_id,
            "invoice_id": debt.id,
            "owed_by": debt.customer_id,
        },
    )
