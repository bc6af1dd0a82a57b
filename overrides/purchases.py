"""Purchases: what is ordered from suppliers, and its receipt into stock.

Receiving finds or makes each line's batch and moves its units in, all of it or nothing.
``POST /purchases/7/receive`` and a PATCH of the status to ``received`` are the same act.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import insert

from autoapi import Change, Refused, Transaction, action, before, readonly
from generated.models import Batches, PurchaseLines, Purchases
from overrides.authorship import author
from overrides.calendar import now, today
from overrides.gst import rates_on
from overrides.ledger import Move, lock_batches, refuse_unsaleable
from overrides.money import amount, paise
from overrides.movements import move_stock
from overrides.narcotics import Approval, Signed
from overrides.numbering import number_after_last
from overrides.pricing import prices_from_mrp

__all__ = ["receive_purchase"]

NEXT: Final = {"ordered": ("received", "cancelled"), "received": (), "cancelled": ()}
"""The states of a purchase, and what may follow each."""

FROZEN: Final = ("no", "supplier", "location_id", "date")
"""What stands once a purchase is received; the number of the bill may come later."""

readonly(Purchases.received_at, PurchaseLines.batch_id)


class ReceivedLine(BaseModel):
    """What became of one line: its batch, and the units that are now in stock."""

    line_id: int
    batch_id: int
    batch_no: str
    qty: int


class Received(BaseModel):
    """A purchase that has been received."""

    id: int
    status: str
    location_id: int
    lines: list[ReceivedLine]


def refuse_transition(table: str, was: str | None, to: str, allowed: Sequence[str]) -> Refused:
    """What is said of a step that a document cannot take: ``bad_transition`` (409)."""
    return Refused(
        "bad_transition",
        f"{table} cannot go from {was} to {to}" if was else f"{table} do not begin as {to}",
        {"from": was, "to": to, "allowed": list(allowed)},
        status=409,
    )


@action(Purchases, roles=("admin", "manager", "pharmacist"))
async def receive(purchase: Purchases, change: Change[Purchases]) -> Received:
    """Take the goods of a purchase into stock."""
    if "received" not in NEXT[purchase.status]:
        allowed = NEXT[purchase.status]
        raise refuse_transition("purchases", purchase.status, "received", allowed)
    lines = await receive_purchase(change.database, author(change.caller), purchase)
    await change.database.execute(
        sa.update(Purchases)
        .where(Purchases.id == purchase.id)
        .values(status="received", received_at=sa.func.now())
    )
    return Received(
        id=purchase.id, status="received", location_id=purchase.location_id, lines=lines
    )


async def receive_purchase(
    database: Transaction, actor: str, purchase: Purchases
) -> list[ReceivedLine]:
    """Move the goods of a purchase in, whose row is locked and still ``ordered``.

    Raises ``no_lines``, ``batch_expired`` (422), ``batch_recalled`` (423), ``batch_mismatch``
    (409), ``second_approver`` (403).
    """
    lines = await database.fetch(
        sa.select(PurchaseLines.__table__)
        .where(PurchaseLines.purchase_id == purchase.id)
        .order_by(
            PurchaseLines.product_id, PurchaseLines.batch_no, PurchaseLines.mrp, PurchaseLines.id
        )
        .with_for_update()
    )
    if not lines:
        raise Refused("no_lines", f"Purchase {purchase.no} has no lines", {"id": purchase.id})
    day = today()
    found = await find_or_make_batches(database, actor, lines, day)
    batches = await lock_batches(database, found.values())
    for batch in batches.values():
        if batch.status != "quarantine":
            refuse_unsaleable(batch, day)
    moves = []
    for line in lines:
        batch_id = found[batch_key(line)]
        await database.execute(
            sa.update(PurchaseLines).where(PurchaseLines.id == line.id).values(batch_id=batch_id)
        )
        moves.append(
            Move(
                purchase.location_id,
                batch_id,
                line.qty + line.free_qty,
                "receipt",
                "purchases",
                purchase.id,
                f"purchase {purchase.no}",
                f"purchase-line-{line.id}",
            )
        )
    approval = Approval("purchases", purchase.id, purchase.supplier)
    await move_stock(database, Signed(actor, approval), moves, batches)
    return [
        ReceivedLine(
            line_id=line.id,
            batch_id=move.batch_id,
            batch_no=batches[move.batch_id].batch_no,
            qty=move.qty,
        )
        for line, move in zip(lines, moves, strict=True)
    ]


def batch_key(line: Any) -> tuple[int, str, Decimal]:
    """What tells batches apart: one number may carry two prices (domain, section 1)."""
    return line.product_id, line.batch_no, Decimal(line.mrp)


async def find_or_make_batches(
    database: Transaction, actor: str, lines: Sequence[Any], day: date
) -> dict[tuple[int, str, Decimal], int]:
    """The batches of lines, made where there are none, in the order of their keys.

    Raises ``batch_mismatch`` (409) for one that is there with another date of expiry.
    """
    rates = await rates_on(database, {line.product_id for line in lines}, day)
    found: dict[tuple[int, str, Decimal], int] = {}
    for line in lines:
        prices = prices_from_mrp(paise(line.mrp), rates[line.product_id])
        ptr, pts = (amount(price) for price in prices)
        row = {
            "product_id": line.product_id,
            "batch_no": line.batch_no,
            "mfg_date": line.mfg_date,
            "expiry_date": line.expiry_date,
            "mrp": line.mrp,
            "ptr": ptr if line.ptr is None else line.ptr,
            "pts": pts if line.pts is None else line.pts,
            "cost": line.cost,
            "created_by": actor,
        }
        await database.execute(insert(Batches).values(row).on_conflict_do_nothing())
        (batch,) = await database.fetch(
            sa.select(Batches.id, Batches.mfg_date, Batches.expiry_date).where(
                Batches.product_id == line.product_id,
                Batches.batch_no == line.batch_no,
                Batches.mrp == line.mrp,
            )
        )
        if batch.expiry_date != line.expiry_date:
            raise Refused(
                "batch_mismatch",
                f"Batch {line.batch_no} is here with another date of expiry",
                {
                    "line_id": line.id,
                    "batch_id": batch.id,
                    "expiry_date": line.expiry_date.isoformat(),
                    "known_expiry_date": batch.expiry_date.isoformat(),
                },
                hint="Read the pack again: one of the two is wrong.",
                status=409,
            )
        found[batch_key(line)] = batch.id
    return found


@before(Purchases, on="insert")
async def purchases_begin_as_ordered(change: Change[Purchases]) -> None:
    """A new purchase is dated today and numbered, unless it says otherwise."""
    taken: dict[int, int] = {}
    for row in change.rows:
        if row.status not in (None, "ordered"):
            raise refuse_transition("purchases", None, row.status, ("ordered",))
        if not change.given(row, "date"):
            row.date = today()
        if not change.given(row, "no") and change.given(row, "location_id"):
            row.no = await number_after_last(change.database, Purchases, row.location_id, taken)


@before(Purchases, on="update")
async def states_of_purchases_follow(change: Change[Purchases]) -> None:
    """A PATCH of the status is the act itself; what was received is changed no more."""
    for row, old in zip(change.rows, change.old, strict=True):
        if row.status != old.status or (change.given(row, "status") and old.status != "ordered"):
            if row.status not in NEXT[old.status]:
                raise refuse_transition("purchases", old.status, row.status, NEXT[old.status])
            if row.status == "received":
                await receive_purchase(change.database, author(change.caller), row)
                row.received_at = now()
        elif old.status != "ordered" and any(
            getattr(row, name) != getattr(old, name) for name in FROZEN
        ):
            raise refuse_transition("purchases", old.status, "ordered", ())


@before(PurchaseLines)
async def lines_are_frozen_once_received(change: Change[PurchaseLines]) -> None:
    ids = {row.purchase_id for row in (*change.rows, *change.old) if row.purchase_id is not None}
    purchases = await change.database.fetch(
        sa.select(Purchases.id, Purchases.no, Purchases.status)
        .where(Purchases.id.in_(sorted(ids)))
        .order_by(Purchases.id)
        .with_for_update(read=True)
    )
    for purchase in purchases:
        if purchase.status != "ordered":
            raise refuse_transition("lines of purchases", purchase.status, "ordered", ())
