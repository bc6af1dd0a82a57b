"""Credit notes: what corrects an invoice, once and for all (domain rules 14, 21 and 22).

They are written by returns and by nothing else; the tables' own routes read them. A note takes
back the lines' own tax in proportion while section 34(2) lets it, and after that leaves the
tax as it is. What an invoice had been paid beyond what is owed then goes back to its payments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from autoapi import Change, Refused, Transaction, before
from generated.models import (
    CreditNoteLines,
    CreditNotes,
    InvoiceLines,
    Locations,
)
from overrides.allocating import release
from overrides.crediting import Amounts, rounding_left, sum_of
from overrides.debts import Debt
from overrides.invoices import number_in_series
from overrides.money import amount

__all__ = ["Line", "Note", "Written", "write_note"]


@dataclass(frozen=True, slots=True)
class Line:
    """What a note takes back of a line of the invoice; amounts in paise."""

    invoice_line_id: int
    qty: int
    credit: Amounts


@dataclass(frozen=True, slots=True)
class Note:
    """A note to be written: ``debt`` is its invoice, locked."""

    debt: Debt
    location_id: int
    kind: str
    day: date
    tax_adjusted: bool
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Written:
    """A note as it was written; ``total`` and ``round_off`` in paise."""

    id: int
    no: str
    credit: Amounts
    round_off: int
    total: int


async def write_note(database: Transaction, note: Note, by: str) -> Written:
    """Write a note with its number, and free what the invoice had been paid too much."""
    head = sum_of(line.credit for line in note.lines)
    debt = note.debt
    round_off = rounding_left(debt.total, debt.round_off, debt.credited, head.total)
    total = head.total + round_off
    await release(database, debt.id, total - debt.outstanding)
    (place,) = await database.fetch(
        sa.select(Locations.id, Locations.code).where(Locations.id == note.location_id)
    )
    no = await number_in_series(database, place, "credit_note", note.day, by)
    (made,) = await database.fetch(
        sa.insert(CreditNotes)
        .values(
            no=no,
            invoice_id=debt.id,
            kind=note.kind,
            date=note.day,
            **amounts_of(head),
            round_off=amount(round_off),
            total=amount(total),
            tax_adjusted=note.tax_adjusted,
            created_by=by,
        )
        .returning(CreditNotes.id)
    )
    await database.execute(
        sa.insert(CreditNoteLines).values(
            [
                {
                    "credit_note_id": made.id,
                    "invoice_line_id": line.invoice_line_id,
                    "qty": line.qty,
                    **amounts_of(line.credit),
                    "total": amount(line.credit.total),
                    "created_by": by,
                }
                for line in note.lines
            ]
        )
    )
    return Written(made.id, no, head, round_off, total)


def amounts_of(credit: Amounts) -> dict[str, Any]:
    """Value and taxes as columns."""
    return {
        "taxable": amount(credit.taxable),
        "cgst": amount(credit.cgst),
        "sgst": amount(credit.sgst),
        "igst": amount(credit.igst),
    }


@before(CreditNotes, on="insert")
def notes_are_written_by_returns(change: Change[CreditNotes]) -> None:
    raise Refused(
        "made_by_action",
        "A credit note is written by what it credits",
        {"rows": len(change.rows)},
        hint="POST /orders/{id}/return, or /orders/{id}/expiry_return",
        status=409,
    )


@before(CreditNoteLines, on="insert")
async def lines_are_written_with_their_note(change: Change[CreditNoteLines]) -> None:
    """Tell of what is too much ahead of telling that it is not done this way (rule 21)."""
    wanted = sorted({row.invoice_line_id for row in change.rows if row.invoice_line_id})
    credited = (
        sa.select(sa.func.coalesce(sa.func.sum(CreditNoteLines.qty), 0))
        .where(CreditNoteLines.invoice_line_id == InvoiceLines.id)
        .scalar_subquery()
    )
    found = await change.database.fetch(
        sa.select(InvoiceLines.id, InvoiceLines.qty, credited.label("credited")).where(
            InvoiceLines.id.in_(wanted)
        )
    )
    left = {row.id: row.qty - int(row.credited) for row in found}
    for row in change.rows:
        available = left.get(row.invoice_line_id)
        if available is not None and isinstance(row.qty, int) and row.qty > available:
            raise Refused(
                "over_return",
                "More is credited than was sold",
                {
                    "invoice_line_id": row.invoice_line_id,
                    "asked": row.qty,
                    "available": available,
                },
                status=409,
            )
    raise Refused(
        "made_by_action",
        "Lines of a credit note are written with it",
        hint="POST /orders/{id}/return, or /orders/{id}/expiry_return",
        status=409,
    )
