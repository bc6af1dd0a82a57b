"""Inspection of goods that came back: good ones go on the shelf, others are destroyed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from autoapi import Refused, Transaction
from generated.models import (
    Batches,
    InvoiceLines,
    Locations,
    Orders,
    ReturnLines,
    Returns,
)
from overrides.calendar import today
from overrides.ledger import Move, add_moves, lock_batches
from overrides.narcotics import record_by_batch

__all__ = ["Finding", "Inspected", "inspect_lines", "moved_out"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Units of a line of a return that were found good, and bad."""

    line_id: int
    restock: int
    write_off: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Inspected:
    """All units of a return after an inspection."""

    status: str
    restocked: int
    written_off: int
    waiting: int


async def inspect_lines(
    database: Transaction,
    return_id: int,
    findings: Sequence[Finding],
    location_id: int | None,
    by: str,
) -> Inspected:
    """Move what was found out of quarantine, and note it on the lines.

    Raises ``over_return`` (409), ``reason_needed``, ``batch_expired`` (422), ``batch_recalled``
    (423), ``second_approver`` (403).
    """
    (goods,) = await database.fetch(
        sa.select(Returns.location_id, Orders.location_id.label("sold_from"))
        .join(Orders, Orders.id == Returns.order_id)
        .where(Returns.id == return_id)
        .with_for_update(of=Returns)
    )
    shelf = goods.sold_from if location_id is None else location_id
    lines = await lock_lines(database, return_id)
    if any(finding.restock for finding in findings):
        await check_shelf(database, shelf)
    for finding in findings:
        line = lines.get(finding.line_id)
        if line is None:
            raise over_inspected(finding, 0, "It is no line of this return")
        check_finding(finding, line)
    await move_out(database, (return_id, goods.location_id, shelf), findings, lines, by)
    for finding in findings:
        await note_finding(database, finding, by)
    return await close_return(database, return_id)


async def lock_lines(database: Transaction, return_id: int) -> dict[int, Any]:
    """Lock the lines of a return and the batches they are of."""
    rows = await database.fetch(
        sa.select(
            ReturnLines.id,
            ReturnLines.batch_id,
            ReturnLines.qty,
            ReturnLines.free_qty,
            ReturnLines.restocked,
            ReturnLines.written_off,
        )
        .where(ReturnLines.return_id == return_id)
        .order_by(ReturnLines.id)
        .with_for_update()
    )
    batches = await database.fetch(
        sa.select(Batches.id, Batches.status, Batches.expiry_date)
        .where(Batches.id.in_(sorted({row.batch_id for row in rows})))
        .order_by(Batches.id)
        .with_for_update(read=True)
    )
    by_id = {batch.id: batch for batch in batches}
    return {row.id: (row, by_id[row.batch_id]) for row in rows}


async def check_shelf(database: Transaction, location_id: int) -> None:
    """Refuse to put goods for sale where nothing is sold. Raises ``not_a_shelf`` (422)."""
    rows = await database.fetch(sa.select(Locations.kind).where(Locations.id == location_id))
    if not rows or rows[0].kind not in ("warehouse", "branch"):
        raise Refused(
            "not_a_shelf",
            f"Nothing is sold from location {location_id}",
            {"location_id": location_id, "kind": rows[0].kind if rows else None},
        )


def check_finding(finding: Finding, found: tuple[Any, Any]) -> None:
    """Refuse a finding of too many units, or of units that must not be sold again."""
    line, batch = found
    waiting = line.qty + line.free_qty - line.restocked - line.written_off
    if finding.restock + finding.write_off > waiting:
        raise over_inspected(finding, waiting, "Fewer units wait to be inspected")
    if finding.write_off and not finding.reason:
        raise Refused(
            "reason_needed",
            "Units are written off for a reason",
            {"return_line_id": finding.line_id, "write_off": finding.write_off},
        )
    if not finding.restock:
        return
    if batch.status != "saleable":
        raise Refused(
            "batch_recalled" if batch.status == "recalled" else "batch_blocked",
            f"The batch is {batch.status}; nothing of it is sold",
            {"batch_id": batch.id, "status": batch.status},
            status=423,
        )
    if batch.expiry_date < today():
        raise Refused(
            "batch_expired",
            f"The batch expired on {batch.expiry_date}",
            {"batch_id": batch.id, "expiry": str(batch.expiry_date)},
        )


async def move_out(
    database: Transaction,
    places: tuple[int, int, int],
    findings: Sequence[Finding],
    lines: dict[int, tuple[Any, Any]],
    by: str,
) -> None:
    """Write the moves out of quarantine: onto the shelf, or out of the world.

    Raises ``second_approver`` (403) where they are of narcotics, and nobody else has signed.
    """
    return_id, quarantine, shelf = places
    moves: list[Move] = []

    def add(place: int, qty: int, kind: str, finding: Finding) -> None:
        batch = lines[finding.line_id][0].batch_id
        reason = finding.reason or "inspected, found good"
        moves.append(Move(place, batch, qty, kind, "returns", return_id, reason))

    for finding in findings:
        if finding.restock:
            add(quarantine, -finding.restock, "transfer_out", finding)
            add(shelf, finding.restock, "transfer_in", finding)
        if finding.write_off:
            add(quarantine, -finding.write_off, "write_off", finding)
    batches = await lock_batches(database, (move.batch_id for move in moves))
    await add_moves(database, by, moves)
    await record_by_batch(database, by, moves, batches)


async def note_finding(database: Transaction, finding: Finding, by: str) -> None:
    """Note on its line what was found."""
    table = ReturnLines
    values: dict[str, Any] = {
        "restocked": table.restocked + finding.restock,
        "written_off": table.written_off + finding.write_off,
        "inspected_by": by,
        "inspected_at": datetime.now(UTC),
    }
    if finding.reason is not None:
        values["outcome_reason"] = finding.reason
    await database.execute(sa.update(table).where(table.id == finding.line_id).values(**values))


async def close_return(database: Transaction, return_id: int) -> Inspected:
    """Count the units of a return, which is inspected once none waits."""
    table = ReturnLines
    (row,) = await database.fetch(
        sa.select(
            sa.func.sum(table.qty + table.free_qty).label("all"),
            sa.func.sum(table.restocked).label("restocked"),
            sa.func.sum(table.written_off).label("written_off"),
        ).where(table.return_id == return_id)
    )
    restocked, written_off = int(row.restocked), int(row.written_off)
    waiting = int(row.all) - restocked - written_off
    status = "received" if waiting else "inspected"
    await database.execute(sa.update(Returns).where(Returns.id == return_id).values(status=status))
    return Inspected(status, restocked, written_off, waiting)


async def moved_out(database: Transaction, invoice_line_id: int | None) -> int | None:
    """The units of a line of an invoice that have not come back; None for no such line."""
    back = (
        sa.select(sa.func.coalesce(sa.func.sum(ReturnLines.qty), 0))
        .where(ReturnLines.invoice_line_id == InvoiceLines.id)
        .scalar_subquery()
    )
    rows = await database.fetch(
        sa.select(InvoiceLines.qty, back.label("back")).where(InvoiceLines.id == invoice_line_id)
    )
    return int(rows[0].qty) - int(rows[0].back) if rows else None


def over_inspected(finding: Finding, waiting: int, why: str) -> Refused:
    """More units were found than wait."""
    return Refused(
        "over_return",
        why,
        {
            "return_line_id": finding.line_id,
            "asked": finding.restock + finding.write_off,
            "available": waiting,
        },
        status=409,
    )
