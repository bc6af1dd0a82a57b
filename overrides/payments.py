"""Payments: taken in, allocated to invoices, cleared or bounced (domain rule 23).

``POST /payments`` settles the oldest due invoices unless the body says which, by the nested
``payment_allocations``; what is left over stays with the payment as credit, to be allocated
later. A payment itself is never changed: it clears or bounces, by an action or by a PATCH of
its status, which mean the same. A bounce writes a contra row, and what the payment settled is
owed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from autoapi import Change, Refused, Transaction, action, after, before, check
from generated.models import PaymentAllocations, PaymentReversals, Payments
from overrides import loyalty_ledger
from overrides.allocating import Part, allocate, check_parts, written_parts
from overrides.authorship import author
from overrides.calendar import today
from overrides.debts import lock_debts, lock_payments
from overrides.money import amount, paise
from overrides.permissions import MAY

__all__ = ["PaymentTold"]

AFTER: Final = {"received": ("cleared", "bounced"), "cleared": (), "bounced": ()}
KEPT: Final = ("customer_id", "date", "amount", "mode", "ref")


class Share(BaseModel):
    """What an invoice is to be given."""

    model_config = ConfigDict(extra="forbid")

    invoice_id: int = Field(ge=1, lt=2**31)
    amount: Decimal = Field(gt=0, max_digits=14, decimal_places=2)


class Allocation(BaseModel):
    """Which invoices a payment settles; without ``allocations`` the oldest due ones."""

    model_config = ConfigDict(extra="forbid")

    allocations: list[Share] | None = Field(None, min_length=1, max_length=500)


class Bounce(BaseModel):
    """Why a payment came back, and when the bank said so."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=200)
    on: date | None = Field(None, description="The day; today if it is not given.")


class ShareTold(BaseModel):
    """What an invoice was given."""

    invoice_id: int
    amount: float


class PaymentTold(BaseModel):
    """A payment after an action, with all that it settles."""

    id: int
    status: str
    amount: float
    allocations: list[ShareTold]
    unallocated: float = Field(description="What is left of it; credit of the customer.")


@check(Payments, on="insert")
def amounts_are_whole_paise(change: Change[Payments]) -> None:
    for row in change.rows:
        told = row.amount
        if isinstance(told, Decimal) and told != amount(paise(told)):
            change.fault(row, Payments.amount, "is in whole paise: two places at most")


@before(Payments, on="insert")
def payments_begin(change: Change[Payments]) -> None:
    """Cash and transfers are there at once, a cheque when the bank says so."""
    for row in change.rows:
        if not change.given(row, Payments.status) or row.status is None:
            row.status = "received" if row.mode == "cheque" else "cleared"
        if row.status == "bounced":
            raise bad_transition(row.id, None, "bounced", ("received", "cleared"))
        if not change.given(row, Payments.date) or row.date is None:
            row.date = today()


@after(Payments, on="insert")
async def the_oldest_due_are_settled(change: Change[Payments]) -> None:
    if "payment_allocations" in change.request.nested:
        return
    for row in sorted(change.rows, key=lambda each: each.id):
        await allocate(change.database, row.id, None, author(change.caller))


@before(Payments, on="update")
def payments_stand(change: Change[Payments]) -> None:
    for row, old in zip(change.rows, change.old, strict=True):
        for name in KEPT:
            if getattr(row, name) != getattr(old, name):
                raise Refused(
                    "payment_immutable",
                    "A payment is not changed",
                    {"payment_id": old.id, "column": name},
                    hint="Have it bounce, and take it in again",
                    status=409,
                )
        check_transition(old, row.status)


@after(Payments, on="update")
async def a_status_means_what_its_action_does(change: Change[Payments]) -> None:
    by = author(change.caller)
    for row, old in zip(change.rows, change.old, strict=True):
        if row.status == old.status:
            continue
        if row.status == "cleared":
            await has_cleared(change.database, row.id, by)
        else:
            await has_bounced(change.database, row, Bounce(reason="bounced", on=None), by)


@before(PaymentAllocations, on="insert")
async def allocations_fit(change: Change[PaymentAllocations]) -> None:
    rows = change.rows
    for row in rows:
        if not isinstance(row.amount, Decimal) or row.amount <= 0:
            continue  # the table's own constraints say what is wrong
        row.amount = amount(paise(row.amount))
    parts = parts_of(rows)
    await check_parts(change.database, parts)


@after(PaymentAllocations, on="insert")
async def what_is_paid_earns(change: Change[PaymentAllocations]) -> None:
    await written_parts(change.database, parts_of(change.rows), author(change.caller))


@before(PaymentAllocations, on="update delete")
def allocations_stand(change: Change[PaymentAllocations]) -> None:
    raise Refused(
        "append_only",
        "What a payment settles is not changed",
        {"payment_ids": sorted({row.payment_id for row in change.rows})},
        hint="A payment that bounces, and goods that come back, free it",
        status=403,
    )


def parts_of(rows: Sequence[PaymentAllocations]) -> list[Part]:
    """The parts that rows of the table say."""
    return [
        Part(row.payment_id, row.invoice_id, paise(row.amount))
        for row in rows
        if isinstance(row.amount, Decimal)
    ]


@action(Payments, name="allocate", roles=MAY["settle"])
async def allocate_payment(
    payment: Payments, asked: Allocation | None, change: Change[Payments]
) -> PaymentTold:
    """Settle invoices by what is left of a payment."""
    wanted = None if asked is None else asked.allocations
    shares = None if wanted is None else [(each.invoice_id, paise(each.amount)) for each in wanted]
    await allocate(change.database, payment.id, shares, author(change.caller))
    return await told(change.database, payment.id)


@action(Payments, name="clear", roles=MAY["settle"])
async def clear_payment(payment: Payments, change: Change[Payments]) -> PaymentTold:
    """Note that the bank has honoured a payment; twice is once."""
    if payment.status != "cleared":
        await set_status(change.database, payment, "cleared")
        await has_cleared(change.database, payment.id, author(change.caller))
    return await told(change.database, payment.id)


@action(Payments, name="bounce", roles=MAY["settle"])
async def bounce_payment(payment: Payments, asked: Bounce, change: Change[Payments]) -> PaymentTold:
    """Take a payment back that the bank did not honour; twice is once."""
    if payment.status != "bounced":
        await set_status(change.database, payment, "bounced")
        await has_bounced(change.database, payment, asked, author(change.caller))
    return await told(change.database, payment.id)


async def set_status(database: Transaction, payment: Payments, status: str) -> None:
    """Write a status. Raises ``bad_transition`` (409)."""
    check_transition(payment, status)
    await database.execute(
        sa.update(Payments).where(Payments.id == payment.id).values(status=status)
    )


def check_transition(payment: Payments, status: Any) -> None:
    """Refuse a status that does not follow. Raises ``bad_transition`` (409)."""
    allowed = AFTER[payment.status]
    if status != payment.status and status not in allowed:
        raise bad_transition(payment.id, payment.status, status, allowed)


async def has_cleared(database: Transaction, payment_id: int, by: str) -> None:
    """Let the invoices that are paid now earn points, once whoever else pays them is done."""
    settled = await settled_by(database, payment_id)
    await lock_debts(database, settled)
    await loyalty_ledger.earn(database, settled, by)


async def has_bounced(database: Transaction, payment: Payments, asked: Bounce, by: str) -> None:
    """Write the contra row, with the invoices locked that are owed again."""
    await lock_debts(database, await settled_by(database, payment.id))
    day = asked.on or today()
    if day < payment.date:
        raise Refused(
            "bad_date",
            "A payment bounces after it was taken in",
            {"taken_in": str(payment.date), "bounced": str(day)},
        )
    await database.execute(
        sa.insert(PaymentReversals).values(
            payment_id=payment.id,
            date=day,
            amount=payment.amount,
            reason=asked.reason,
            created_by=by,
        )
    )


async def settled_by(database: Transaction, payment_id: int) -> list[int]:
    """The invoices that a payment settles, whole or in part."""
    rows = await database.fetch(
        sa.select(PaymentAllocations.invoice_id)
        .where(PaymentAllocations.payment_id == payment_id)
        .order_by(PaymentAllocations.invoice_id)
    )
    return [row.invoice_id for row in rows]


async def told(database: Transaction, payment_id: int) -> PaymentTold:
    """A payment as it is now."""
    payment = (await lock_payments(database, [payment_id]))[payment_id]
    rows = await database.fetch(
        sa.select(PaymentAllocations.invoice_id, PaymentAllocations.amount)
        .where(PaymentAllocations.payment_id == payment_id)
        .order_by(PaymentAllocations.invoice_id)
    )
    return PaymentTold(
        id=payment.id,
        status=payment.status,
        amount=float(amount(payment.amount)),
        allocations=[
            ShareTold(invoice_id=row.invoice_id, amount=float(row.amount)) for row in rows
        ],
        unallocated=float(amount(payment.left)),
    )


def bad_transition(
    payment_id: int | None, old: str | None, new: str, allowed: Sequence[str]
) -> Refused:
    """A status that does not follow (domain rule 6's answer)."""
    return Refused(
        "bad_transition",
        f"A payment does not go from {old} to {new}" if old else f"No payment begins as {new}",
        {"payment_id": payment_id, "from": old, "to": new, "allowed": list(allowed)},
        status=409,
    )
