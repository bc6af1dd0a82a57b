"""Transfers: stock that goes from one location to another, by way of transit.

Dispatch moves it from here to transit, receipt from transit to there, so that the company's
stock is the same all along (domain rule 26). What does not arrive leaves the transfer short
until it is written off with a reason. Between two tax registrations it is a supply, with an
invoice (domain rule 27). A PATCH of the status, or of what a line received, is the act itself.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from autoapi import Change, Refused, Transaction, action, before, readonly
from generated.models import TransferLines, Transfers
from overrides.authorship import author
from overrides.calendar import now
from overrides.ledger import Move, lock_batches
from overrides.movements import move_stock
from overrides.narcotics import Approval, Signed
from overrides.numbering import number_after_last
from overrides.purchases import refuse_transition
from overrides.transit import NEXT, lock_lines, missing, refuse_over_receipt, send, take_in

STAFF: Final = ("admin", "manager", "pharmacist")

readonly(
    Transfers.value,
    Transfers.transit_location_id,
    Transfers.dispatched_at,
    Transfers.received_at,
    TransferLines.qty_written_off,
)


class Dispatch(BaseModel):
    """The papers that go with the goods."""

    model_config = ConfigDict(extra="forbid")

    invoice_no: str | None = Field(None, min_length=1, max_length=16)
    eway_no: str | None = Field(None, min_length=1, max_length=12)


class Arrived(BaseModel):
    """Units of one line that came in."""

    model_config = ConfigDict(extra="forbid")

    line_id: int
    qty: int = Field(ge=0)


class Receipt(BaseModel):
    """What came in; without lines all that is under way."""

    model_config = ConfigDict(extra="forbid")

    lines: list[Arrived] | None = None


class Loss(BaseModel):
    """Why goods that were sent are not going to arrive."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, max_length=180)


class LineState(BaseModel):
    """Units of one batch in a transfer; missing are those neither received nor written off."""

    line_id: int
    batch_id: int
    qty_sent: int
    qty_received: int
    qty_written_off: int
    missing: int


class TransferState(BaseModel):
    """A transfer after a step."""

    id: int
    no: str
    status: str
    transit_location_id: int
    value: float
    lines: list[LineState]


@action(Transfers, roles=STAFF)
async def dispatch(
    transfer: Transfers, papers: Dispatch | None, change: Change[Transfers]
) -> TransferState:
    """Let the goods of a transfer leave: from their location to transit."""
    refuse_step(transfer.status, "dispatched")
    invoice = (papers and papers.invoice_no) or transfer.invoice_no
    eway = (papers and papers.eway_no) or transfer.eway_no
    database = change.database
    done = await send(database, author(change.caller), transfer, (invoice, eway))
    await database.execute(
        sa.update(Transfers)
        .where(Transfers.id == transfer.id)
        .values(
            status="dispatched",
            dispatched_at=sa.func.now(),
            invoice_no=invoice,
            eway_no=eway,
            **done,
        )
    )
    return await state_of(database, transfer.id)


@action(Transfers, roles=STAFF)
async def receive(
    transfer: Transfers, receipt: Receipt | None, change: Change[Transfers]
) -> TransferState:
    """Take in what arrived; what did not leaves the transfer short."""
    refuse_step(transfer.status, "received")
    arrived = None
    if receipt is not None and receipt.lines is not None:
        arrived = {line.line_id: line.qty for line in receipt.lines}
    database = change.database
    status = await take_in(database, author(change.caller), transfer, arrived)
    await keep_status(database, transfer.id, status)
    return await state_of(database, transfer.id)


@action(Transfers, roles=STAFF)
async def write_off(
    transfer: Transfers, loss: Loss | None, change: Change[Transfers]
) -> TransferState:
    """Write off what of a short transfer will not arrive, with the reason."""
    if transfer.status != "short":
        raise refuse_transition("transfers", transfer.status, "received", NEXT[transfer.status])
    reason = ((loss and loss.reason) or "").strip()
    if not reason:
        raise Refused(
            "reason_needed",
            "A write-off says why",
            {"transfer_id": transfer.id},
            hint='Add "reason": what became of the goods.',
        )
    database = change.database
    lines = await lock_lines(database, transfer.id)
    lost = [line for line in lines if missing(line)]
    batches = await lock_batches(database, (line.batch_id for line in lost))
    moves = [
        Move(
            transfer.transit_location_id or 0,
            line.batch_id,
            -missing(line),
            "write_off",
            "transfers",
            transfer.id,
            f"transfer {transfer.no}: {reason}"[:200],
            f"transfer-line-{line.id}-lost",
        )
        for line in lost
    ]
    approval = Approval("transfers", transfer.id, f"lost on the way: {transfer.no}")
    await move_stock(database, Signed(author(change.caller), approval), moves, batches)
    for line in lost:
        await database.execute(
            sa.update(TransferLines)
            .where(TransferLines.id == line.id)
            .values(qty_written_off=line.qty_written_off + missing(line))
        )
    await keep_status(database, transfer.id, "received")
    return await state_of(database, transfer.id)


def refuse_step(was: str, to: str) -> None:
    """Refuse a step that does not follow. Raises ``bad_transition`` (409)."""
    if to not in NEXT[was]:
        raise refuse_transition("transfers", was, to, NEXT[was])


async def keep_status(database: Transaction, transfer_id: int, status: str) -> None:
    """Write the status that a receipt leads to."""
    await database.execute(
        sa.update(Transfers)
        .where(Transfers.id == transfer_id)
        .values(status=status, received_at=sa.func.now())
    )


async def state_of(database: Transaction, transfer_id: int) -> TransferState:
    """A transfer as it is now."""
    (row,) = await database.fetch(sa.select(Transfers.__table__).where(Transfers.id == transfer_id))
    lines = await lock_lines(database, transfer_id)
    return TransferState(
        id=row.id,
        no=row.no,
        status=row.status,
        transit_location_id=row.transit_location_id,
        value=float(row.value),
        lines=[
            LineState(
                line_id=line.id,
                batch_id=line.batch_id,
                qty_sent=line.qty_sent,
                qty_received=line.qty_received,
                qty_written_off=line.qty_written_off,
                missing=missing(line),
            )
            for line in lines
        ],
    )


@before(Transfers, on="insert")
async def transfers_begin_as_drafts(change: Change[Transfers]) -> None:
    """A new transfer is numbered, unless it says otherwise."""
    taken: dict[int, int] = {}
    for row in change.rows:
        if row.status not in (None, "draft"):
            raise refuse_transition("transfers", None, row.status, ("draft",))
        if not change.given(row, "no") and change.given(row, "from_location_id"):
            row.no = await number_after_last(
                change.database, Transfers, row.from_location_id, taken
            )


@before(Transfers, on="update")
async def states_of_transfers_follow(change: Change[Transfers]) -> None:
    """A PATCH of the status is the act itself; what has left is changed no more."""
    database, actor = change.database, author(change.caller)
    for row, old in zip(change.rows, change.old, strict=True):
        if row.status != old.status or (change.given(row, "status") and old.status != "draft"):
            refuse_step(old.status, row.status)
            if row.status == "dispatched":
                done = await send(database, actor, row, (row.invoice_no, row.eway_no))
                for name, value in done.items():
                    setattr(row, name, value)
                row.dispatched_at = now()
            elif row.status in ("received", "short"):
                setattr(row, "status", await take_in_as_told(database, actor, row))  # noqa: B010
                row.received_at = now()
        elif old.status != "draft" and any(
            getattr(row, name) != getattr(old, name)
            for name in ("no", "from_location_id", "to_location_id", "invoice_no", "eway_no")
        ):
            raise refuse_transition("transfers", old.status, "draft", ())


async def take_in_as_told(database: Transaction, actor: str, transfer: Transfers) -> str:
    """Receive all that is missing, or for ``short`` nothing more."""
    arrived: dict[int, int] | None = {} if transfer.status == "short" else None
    return await take_in(database, actor, transfer, arrived)


@before(TransferLines)
async def lines_are_frozen_once_sent(change: Change[TransferLines]) -> None:
    """Lines are written while the transfer is a draft; after that a PATCH receives goods."""
    ids = {row.transfer_id for row in (*change.rows, *change.old) if row.transfer_id is not None}
    transfers = {
        row.id: row
        for row in await change.database.fetch(
            sa.select(Transfers.__table__)
            .where(Transfers.id.in_(sorted(ids)))
            .order_by(Transfers.id)
            .with_for_update()
        )
    }
    arrived: dict[int, dict[int, int]] = {}
    olds = change.old if change.verb == "update" else [None] * len(change.rows)
    for row, old in zip(change.rows, olds, strict=True):
        transfer = transfers.get(row.transfer_id)
        if transfer is None:
            continue
        received = row.qty_received or 0
        if change.verb != "delete" and isinstance(row.qty_sent, int):
            refuse_over_receipt(row, received)
        before_it = 0 if old is None else old.qty_received
        if transfer.status == "draft" and (change.verb == "delete" or received == 0):
            continue
        refuse_frozen_line(transfer, row, old)
        arrived.setdefault(transfer.id, {})[row.id] = received - before_it
    for number, units in arrived.items():
        transfer = transfers[number]
        status = await take_in(change.database, author(change.caller), transfer, units)
        await keep_status(change.database, number, status)


def refuse_frozen_line(transfer: Any, row: Any, old: Any) -> None:
    """Refuse a change of what has left but for units that arrived. Raises ``bad_transition``."""
    fixed = ("transfer_id", "batch_id", "qty_sent")
    arrives = (
        old is not None
        and transfer.status in ("dispatched", "short")
        and all(getattr(row, name) == getattr(old, name) for name in fixed)
        and row.qty_received >= old.qty_received
    )
    if not arrives:
        allowed = NEXT[transfer.status]
        raise refuse_transition("lines of transfers", transfer.status, "draft", allowed)
