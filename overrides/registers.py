"""The registers that a supply writes, in its own transaction: Schedule H1, and narcotics.

Domain rules 18 and 19. ``write_registers`` is called by the dispatch of an order once its moves
and invoice are written. Nothing else writes them: rows have no PATCH, no DELETE, and no POST.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from autoapi import Change, Refused, Transaction, before
from generated.models import (
    AuditLog,
    Customers,
    H1Register,
    InvoiceLines,
    Invoices,
    NarcoticsRegister,
    Prescriptions,
    Products,
    RecallActions,
)
from overrides.authorship import author
from overrides.ledger import Move, lock_batches
from overrides.narcotics import Approval, Signed, buyer, record_controlled

__all__ = ["write_registers"]


async def write_registers(change: Change[Any], order_id: int, invoice_id: int) -> None:
    """Enter an invoice's lines of Schedule H1, X and NDPS, whose moves are in the ledger.

    A sale to a patient is retail: each H1 line has its row, with what the prescription says.
    X and NDPS are entered whoever buys. Raises ``h1_incomplete`` (422) and ``second_approver``
    (403).
    """
    database, actor = change.database, author(change.caller)
    (invoice,) = await database.fetch(
        sa.select(Invoices.id, Invoices.no, Invoices.location_id, Customers.kind, Customers.name)
        .join(Customers, Customers.id == Invoices.customer_id)
        .where(Invoices.id == invoice_id)
    )
    lines = await database.fetch(
        sa.select(InvoiceLines.__table__, Products.name, Products.strength, Products.schedule)
        .join(Products, Products.id == InvoiceLines.product_id)
        .where(InvoiceLines.invoice_id == invoice_id, Products.schedule.in_(("H1", "X", "NDPS")))
        .order_by(InvoiceLines.id)
    )
    retail = [line for line in lines if line.schedule == "H1" and invoice.kind == "patient"]
    if retail:
        await write_h1(database, actor, order_id, retail)
    controlled = [line for line in lines if line.schedule in ("X", "NDPS")]
    if controlled:
        moves = [
            Move(
                invoice.location_id,
                line.batch_id,
                -(line.qty + line.free_qty),
                "sale",
                "invoices",
                invoice.id,
            )
            for line in controlled
        ]
        batches = await lock_batches(database, (move.batch_id for move in moves))
        signed = Signed(actor, Approval("orders", order_id, buyer(invoice.name, invoice.no)))
        await record_controlled(database, signed, moves, batches)


async def write_h1(database: Transaction, actor: str, order_id: int, lines: Sequence[Any]) -> None:
    """One row for each line, of what the order's prescription says. Raises ``h1_incomplete``."""
    found = await database.fetch(
        sa.select(Prescriptions.__table__).where(Prescriptions.order_id == order_id)
    )
    named = {
        name: str(getattr(found[0], name) or "").strip() if found else ""
        for name in ("patient_name", "prescriber_name", "prescriber_address")
    }
    refuse_incomplete(named, order_id)
    rows = [
        named
        | {
            "invoice_id": line.invoice_id,
            "invoice_line_id": line.id,
            "product_id": line.product_id,
            "batch_id": line.batch_id,
            "drug": f"{line.name} {line.strength}"[:160],
            "batch_no": line.batch_no,
            "expiry_date": line.expiry_date,
            "qty": line.qty + line.free_qty,
            "actor": actor,
            "created_by": actor,
        }
        for line in lines
    ]
    await database.execute(sa.insert(H1Register).values(rows))


def refuse_incomplete(named: dict[str, str], order_id: int | None = None) -> None:
    """Refuse a row that does not name patient and prescriber. Raises ``h1_incomplete`` (422)."""
    missing = [name for name, text in named.items() if not text]
    if missing:
        raise Refused(
            "h1_incomplete",
            "The register of Schedule H1 names patient and prescriber, with address",
            {"order_id": order_id, "missing": missing},
            hint=f"POST /prescriptions for the order: {', '.join(missing)}",
        )


@before(H1Register, on="insert")
def the_register_is_written_by_the_supply(change: Change[H1Register]) -> None:
    for row in change.rows:
        names = ("patient_name", "prescriber_name", "prescriber_address")
        refuse_incomplete({name: str(getattr(row, name) or "").strip() for name in names})
    raise by_its_act("The register of Schedule H1", "POST /orders/{id}/dispatch")


@before(NarcoticsRegister, on="insert")
def narcotics_are_entered_by_their_moves(change: Change[NarcoticsRegister]) -> None:
    for row in change.rows:
        outward = isinstance(row.qty, int) and row.qty < 0
        if row.second_signatory == row.first_signatory or (outward and not row.second_signatory):
            raise Refused(
                "second_approver",
                "Schedule X and NDPS leave with two signatures, of two persons",
                {"first": row.first_signatory, "second": row.second_signatory},
                status=403,
            )
    raise by_its_act("The register of narcotics", "the document that moves the goods")


def by_its_act(what: str, hint: str) -> Refused:
    """What is said to who writes a register by hand: ``document_needed`` (422)."""
    return Refused("document_needed", f"{what} is written by what it tells of", hint=f"Use {hint}")


@before(AuditLog, on="insert")
def the_audit_writes_itself(change: Change[AuditLog]) -> None:
    del change
    raise Refused("append_only", "The database writes the audit itself", status=403)


for table in (H1Register, NarcoticsRegister, RecallActions, AuditLog):

    @before(table, on="update delete")
    def registers_stand(change: Change[Any]) -> None:
        """Refuse to change or remove what is only added to. Raises ``append_only`` (403)."""
        if change.rows:
            raise Refused("append_only", f"{change.table} takes new rows only", status=403)
