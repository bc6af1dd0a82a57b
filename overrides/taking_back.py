"""Goods that come back: what may, what it is credited with, where it waits (rules 21 and 22).

One function for an action, a PATCH and an expiry return alike. The order's row is locked by
the caller, then the invoice and its lines are, so that two returns of one line see each other.
What comes back waits in quarantine; nothing of it is for sale until it was inspected.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from autoapi import Refused, Transaction
from generated.models import (
    Batches,
    Customers,
    InvoiceLines,
    Invoices,
    Locations,
    Orders,
    ReturnLines,
    Returns,
)
from overrides import loyalty_ledger
from overrides.business_settings import business_settings
from overrides.calendar import today
from overrides.credit_notes import Line, Note, Written, write_note
from overrides.crediting import Amounts, adjustable_until, credit_for, taxless
from overrides.debts import Debt, lock_debts
from overrides.expiry_window import check_window
from overrides.ledger import Move, add_moves, lock_batches
from overrides.money import paise
from overrides.narcotics import buyer, record_by_batch

__all__ = ["Back", "Coming", "Received", "take_back"]

RETURNABLE = ("dispatched", "delivered", "returned")


@dataclass(frozen=True, slots=True)
class Back:
    """Units of a line of the invoice that come back."""

    invoice_line_id: int
    qty: int
    free_qty: int


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes back of an order; ``lines`` None is all that has not yet."""

    kind: str
    reason: str
    lines: Sequence[Back] | None = None
    location_id: int | None = None
    challan_no: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What was made of it; ``note`` is None where only free units came."""

    id: int
    location_id: int
    order_status: str
    note: Written | None


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of the invoice, with the units of it that came back already."""

    id: int
    batch_id: int
    expiry: date
    qty: int
    free_qty: int
    amounts: Amounts
    back: int
    free_back: int


async def take_back(
    database: Transaction, order: Orders, status: str, coming: Coming, by: str
) -> Received:
    """Take goods back: into quarantine, credited, and off what they had earned.

    ``status`` is the order's, which a change of it may have overwritten in its row.

    Raises ``bad_transition``, ``over_return`` (409), ``expiry_window``, ``no_quarantine`` (422).
    """
    if status not in RETURNABLE:
        raise not_returnable(status)
    debt, place = await lock_invoice(database, order, status)
    sold = await lock_lines(database, debt.id)
    lines = wanted_lines(coming, sold)
    day = today()
    if coming.kind == "expiry":
        for back in lines:
            check_window(back.invoice_line_id, sold[back.invoice_line_id].expiry, day)
    quarantine = await find_quarantine(database, place, coming.location_id)
    note = await credit(database, (debt, place), coming, (lines, sold), by)
    identity = await write_return(database, order, debt, coming, (quarantine, note), by)
    await write_lines(database, identity, (lines, sold), by)
    await move_in(database, identity, quarantine, coming, (lines, sold), by)
    if note is not None:
        await loyalty_ledger.reverse(database, debt.id, note.id, by)
    await loyalty_ledger.earn(database, [debt.id], by)
    reached = await close_order(database, (order, status), lines, sold)
    return Received(identity, quarantine, reached, note)


async def lock_invoice(database: Transaction, order: Orders, status: str) -> tuple[Debt, int]:
    """Lock an order's invoice; with it the location it was written at."""
    rows = await database.fetch(
        sa.select(Invoices.id, Invoices.location_id).where(Invoices.order_id == order.id)
    )
    if not rows:
        raise not_returnable(status)
    debts = await lock_debts(database, [rows[0].id])
    return debts[rows[0].id], rows[0].location_id


async def lock_lines(database: Transaction, invoice_id: int) -> dict[int, Sold]:
    """Lock the lines of an invoice, and count what came back of each."""
    table = InvoiceLines
    rows = await database.fetch(
        sa.select(table)
        .with_only_columns(
            table.id, table.batch_id, table.expiry_date, table.qty, table.free_qty,
            table.taxable, table.cgst, table.sgst, table.igst,
        )
        .where(table.invoice_id == invoice_id)
        .order_by(table.id)
        .with_for_update()
    )  # fmt: skip
    back = await database.fetch(
        sa.select(
            ReturnLines.invoice_line_id,
            sa.func.sum(ReturnLines.qty).label("qty"),
            sa.func.sum(ReturnLines.free_qty).label("free_qty"),
        )
        .join(table, table.id == ReturnLines.invoice_line_id)
        .where(table.invoice_id == invoice_id)
        .group_by(ReturnLines.invoice_line_id)
    )
    counted = {row.invoice_line_id: (int(row.qty), int(row.free_qty)) for row in back}
    return {
        row.id: Sold(
            row.id,
            row.batch_id,
            row.expiry_date,
            row.qty,
            row.free_qty,
            Amounts(*(paise(each) for each in (row.taxable, row.cgst, row.sgst, row.igst))),
            *counted.get(row.id, (0, 0)),
        )
        for row in rows
    }


def wanted_lines(coming: Coming, sold: dict[int, Sold]) -> list[Back]:
    """What comes back, by line, in the order of the invoice. Raises ``over_return`` (409)."""
    if coming.lines is None:
        rest = [
            Back(line.id, line.qty - line.back, line.free_qty - line.free_back)
            for line in sold.values()
        ]
        found = [back for back in rest if back.qty or back.free_qty]
        if not found:
            raise over_return(None, 1, 0, "All of it came back already")
        return found
    asked: dict[int, Back] = {}
    for back in coming.lines:
        before = asked.get(back.invoice_line_id, Back(back.invoice_line_id, 0, 0))
        asked[back.invoice_line_id] = Back(
            back.invoice_line_id, before.qty + back.qty, before.free_qty + back.free_qty
        )
    for identity, back in asked.items():
        line = sold.get(identity)
        if line is None:
            raise over_return(identity, back.qty, 0, "It is no line of this order's invoice")
        if back.qty > line.qty - line.back:
            raise over_return(identity, back.qty, line.qty - line.back, "More than was sold")
        if back.free_qty > line.free_qty - line.free_back:
            left = line.free_qty - line.free_back
            raise over_return(identity, back.free_qty, left, "More free units than were given")
    return [asked[identity] for identity in sorted(asked)]


async def find_quarantine(database: Transaction, place: int, given: int | None) -> int:
    """The quarantine that goods wait in: the one given, or one in the state they left from.

    Raises ``no_quarantine`` (422).
    """
    home = sa.select(Locations.state_code).where(Locations.id == place).scalar_subquery()
    query = sa.select(Locations.id).where(Locations.kind == "quarantine")
    if given is not None:
        query = query.where(Locations.id == given)
    near = sa.case((Locations.state_code == home, 0), else_=1)
    rows = await database.fetch(query.order_by(near, Locations.id).limit(1))
    if not rows:
        raise Refused(
            "no_quarantine",
            "There is no quarantine for them to wait in"
            if given is None
            else f"Location {given} is no quarantine",
            {"location_id": given},
            hint="What comes back waits in a location of the kind quarantine until inspected",
        )
    found: int = rows[0].id
    return found


async def credit(
    database: Transaction,
    owed: tuple[Debt, int],
    coming: Coming,
    goods: tuple[Sequence[Back], dict[int, Sold]],
    by: str,
) -> Written | None:
    """Write the credit note, with tax or without by the day (section 34(2))."""
    debt, place = owed
    lines, sold = goods
    settings = business_settings()
    limit = adjustable_until(debt.date, settings.tax_back_until_month, settings.tax_back_until_day)
    adjusted = today() <= limit
    credited = []
    for back in lines:
        line = sold[back.invoice_line_id]
        part = credit_for(line.amounts, line.qty, line.back, back.qty)
        if back.qty:
            credited.append(Line(line.id, back.qty, part if adjusted else taxless(part)))
    if not credited:
        return None
    kind = "expiry" if coming.kind == "expiry" else "return"
    if await all_recalled(database, {sold[line.invoice_line_id].batch_id for line in credited}):
        kind = "recall"
    note = Note(debt, place, kind, today(), adjusted, credited)
    return await write_note(database, note, by)


async def all_recalled(database: Transaction, batches: Collection[int]) -> bool:
    """Whether goods come back since their makers call them back."""
    rows = await database.fetch(
        sa.select(sa.func.count()).where(
            Batches.id.in_(sorted(batches)), Batches.status == "recalled"
        )
    )
    return bool(rows[0][0] == len(batches))


async def write_return(
    database: Transaction,
    order: Orders,
    debt: Debt,
    coming: Coming,
    made: tuple[int, Written | None],
    by: str,
) -> int:
    """Write the document of the return."""
    quarantine, note = made
    (row,) = await database.fetch(
        sa.insert(Returns)
        .values(
            order_id=order.id,
            invoice_id=debt.id,
            customer_id=debt.customer_id,
            location_id=quarantine,
            kind=coming.kind,
            status="received",
            date=today(),
            reason=coming.reason,
            challan_no=coming.challan_no,
            credit_note_id=None if note is None else note.id,
            created_by=by,
        )
        .returning(Returns.id)
    )
    found: int = row.id
    return found


async def write_lines(
    database: Transaction, identity: int, goods: tuple[Sequence[Back], dict[int, Sold]], by: str
) -> None:
    """Write the lines of the return."""
    lines, sold = goods
    rows: list[dict[str, Any]] = [
        {
            "return_id": identity,
            "invoice_line_id": back.invoice_line_id,
            "batch_id": sold[back.invoice_line_id].batch_id,
            "qty": back.qty,
            "free_qty": back.free_qty,
            "created_by": by,
        }
        for back in lines
    ]
    await database.execute(sa.insert(ReturnLines).values(rows))


async def move_in(
    database: Transaction,
    identity: int,
    quarantine: int,
    coming: Coming,
    goods: tuple[Sequence[Back], dict[int, Sold]],
    by: str,
) -> None:
    """Book the goods into quarantine, and narcotics into their register (domain rule 19)."""
    lines, sold = goods
    batches = await lock_batches(database, (sold[back.invoice_line_id].batch_id for back in lines))
    moves = [
        Move(
            quarantine,
            sold[back.invoice_line_id].batch_id,
            back.qty + back.free_qty,
            "sale_return",  # an expiry return, in the ledger, goes out to the maker
            "returns",
            identity,
            coming.reason,
            f"return-{identity}-{back.invoice_line_id}",
        )
        for back in sorted(lines, key=lambda back: sold[back.invoice_line_id].batch_id)
    ]
    await add_moves(database, by, moves)
    await record_by_batch(database, by, moves, batches, await customer_of(database, identity))


async def customer_of(database: Transaction, identity: int) -> str:
    """Who a return comes from, as the register of narcotics names it."""
    (row,) = await database.fetch(
        sa.select(Customers.name, Invoices.no)
        .select_from(Returns)
        .join(Customers, Customers.id == Returns.customer_id)
        .join(Invoices, Invoices.id == Returns.invoice_id)
        .where(Returns.id == identity)
    )
    return buyer(row.name, row.no)


async def close_order(
    database: Transaction,
    at: tuple[Orders, str],
    lines: Sequence[Back],
    sold: dict[int, Sold],
) -> str:
    """Let the order be returned once all of it is back; its status now."""
    order, status = at
    here = {back.invoice_line_id: back for back in lines}
    nothing = Back(0, 0, 0)
    whole = all(
        line.back + here.get(line.id, nothing).qty == line.qty
        and line.free_back + here.get(line.id, nothing).free_qty == line.free_qty
        for line in sold.values()
    )
    if not whole or status == "returned":
        return status
    await database.execute(
        sa.update(Orders)
        .where(Orders.id == order.id)
        .values(status="returned", version=Orders.version + 1)
    )
    return "returned"


def not_returnable(status: str) -> Refused:
    """An order of which nothing has left."""
    return Refused(
        "bad_transition",
        "Only goods that have left can come back",
        {"from": status, "to": "returned", "allowed": list(RETURNABLE[:2])},
        status=409,
    )


def over_return(line: int | None, asked: int, available: int, why: str) -> Refused:
    """More comes back than left (domain rule 21)."""
    return Refused(
        "over_return",
        why,
        {"invoice_line_id": line, "asked": asked, "available": available},
        status=409,
    )
