"""Goods between two locations: out to transit, in from it, and the papers that go with them.

The rows of a transfer are locked by whoever calls; what a request may do is in ``transfers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from autoapi import Refused, Transaction
from generated.models import Batches, Locations, TransferLines
from overrides.business_settings import business_settings
from overrides.calendar import today
from overrides.ledger import Move, lock_batches, refuse_unsaleable
from overrides.movements import move_stock
from overrides.narcotics import Approval, Signed

__all__ = ["NEXT", "lock_lines", "missing", "refuse_over_receipt", "send", "take_in"]

NEXT: Final = {
    "draft": ("dispatched", "cancelled"),
    "dispatched": ("received", "short"),
    "short": ("received",),
    "received": (),
    "cancelled": (),
}
"""The states of a transfer, and what may follow each."""


def missing(line: Any) -> int:
    """Units sent and neither received nor written off."""
    return int(line.qty_sent - line.qty_received - line.qty_written_off)


async def lock_lines(database: Transaction, transfer_id: int) -> list[Any]:
    """The lines of a transfer, locked, in the order of their batches."""
    return list(
        await database.fetch(
            sa.select(TransferLines.__table__)
            .where(TransferLines.transfer_id == transfer_id)
            .order_by(TransferLines.batch_id)
            .with_for_update()
        )
    )


async def send(
    database: Transaction, actor: str, transfer: Any, papers: tuple[str | None, str | None]
) -> dict[str, Any]:
    """Move the goods of a draft, whose row is locked, to transit; gives what to keep of it.

    ``papers`` are the numbers of invoice and e-way bill. Raises ``no_lines``, ``transfer_tax``,
    ``eway_missing``, ``batch_expired`` (422), ``batch_recalled`` (423), ``stock_short`` (409).
    """
    lines = await lock_lines(database, transfer.id)
    if not lines:
        raise Refused("no_lines", f"Transfer {transfer.no} has no lines", {"id": transfer.id})
    places = await database.fetch(
        sa.select(Locations.__table__).where(
            Locations.id.in_([transfer.from_location_id, transfer.to_location_id])
        )
    )
    by_id = {place.id: place for place in places}
    source, target = by_id[transfer.from_location_id], by_id[transfer.to_location_id]
    batches = await lock_batches(database, (line.batch_id for line in lines))
    if target.kind != "quarantine":
        for batch in batches.values():
            refuse_unsaleable(batch, today())
    value = await value_of(database, lines)
    refuse_without_papers(source, target, value, papers)
    transit = await transit_of(database, source)
    moves = []
    for line in lines:
        for place, qty, kind in (
            (source.id, -line.qty_sent, "transfer_out"),
            (transit, line.qty_sent, "transfer_in"),
        ):
            key = f"transfer-line-{line.id}-sent-{kind}"
            move = Move(place, line.batch_id, qty, kind, "transfers", transfer.id, None, key)
            moves.append(move)
    approval = Approval("transfers", transfer.id, f"{source.code} to {target.code}")
    await move_stock(database, Signed(actor, approval), moves, batches)
    return {
        "value": value,
        "transit_location_id": transit,
    }


async def value_of(database: Transaction, lines: list[Any]) -> Decimal:
    """Units times cost, before tax."""
    costs = {
        row.id: Decimal(row.cost)
        for row in await database.fetch(
            sa.select(Batches.id, Batches.cost).where(
                Batches.id.in_([line.batch_id for line in lines])
            )
        )
    }
    return sum((line.qty_sent * costs[line.batch_id] for line in lines), Decimal(0))


def refuse_without_papers(
    source: Any, target: Any, value: Decimal, papers: tuple[str | None, str | None]
) -> None:
    """Refuse goods on the road without the papers they need.

    Raises ``transfer_tax`` where they go to another tax registration without an invoice
    (domain rule 27), ``eway_missing`` above 50,000 rupees (rule 15); both 422.
    """
    invoice, eway = papers
    registrations = [place.gstin or place.state_code for place in (source, target)]
    crosses = source.state_code != target.state_code or (
        source.gstin is not None and target.gstin is not None and len(set(registrations)) > 1
    )
    if crosses and not invoice:
        raise Refused(
            "transfer_tax",
            "Between two tax registrations a transfer is a supply and needs an invoice",
            {
                "from": registrations[0],
                "to": registrations[1],
                "from_state": source.state_code,
                "to_state": target.state_code,
            },
            hint='Give "invoice_no".',
        )
    above = business_settings().eway_above
    if value > above and not eway:
        raise Refused(
            "eway_missing",
            f"Goods above {above} rupees need an e-way bill before they leave",
            {"value": float(value), "above": float(above)},
            hint='Give "eway_no".',
        )


async def transit_of(database: Transaction, source: Any) -> int:
    """The location for goods on the road from a state, made the first time."""
    code = f"TRANSIT-{source.state_code}"
    row = {
        "code": code,
        "name": f"On the road from state {source.state_code}",
        "kind": "transit",
        "state_code": source.state_code,
    }
    await database.execute(insert(Locations).values(row).on_conflict_do_nothing())
    (found,) = await database.fetch(sa.select(Locations.id).where(Locations.code == code))
    return int(found.id)


async def take_in(
    database: Transaction, actor: str, transfer: Any, arrived: Mapping[int, int] | None
) -> str:
    """Move what arrived from transit to its location; gives the status that follows.

    ``arrived`` is units by line, None for all that is missing; the transfer's row is locked.
    Raises ``over_receipt`` (409) for more than was sent, ``no_such_line`` (422).
    """
    lines = await lock_lines(database, transfer.id)
    units = {line.id: missing(line) for line in lines} if arrived is None else dict(arrived)
    strange = sorted(units.keys() - {line.id for line in lines})
    if strange:
        raise Refused(
            "no_such_line",
            f"Transfer {transfer.no} has no line {strange[0]}",
            {"lines": [line.id for line in lines]},
        )
    batches = await lock_batches(database, (line.batch_id for line in lines))
    moves = []
    left = 0
    for line in lines:
        qty = units.get(line.id, 0)
        refuse_over_receipt(line, line.qty_received + qty)
        left += missing(line) - qty
        if not qty:
            continue
        for place, sign, kind in (
            (transfer.transit_location_id or 0, -1, "transfer_out"),
            (transfer.to_location_id, 1, "transfer_in"),
        ):
            key = f"transfer-line-{line.id}-had-{line.qty_received}-{kind}"
            moves.append(
                Move(
                    place, line.batch_id, sign * qty, kind, "transfers", transfer.id, None, key
                )
            )  # fmt: skip
        await database.execute(
            sa.update(TransferLines)
            .where(TransferLines.id == line.id)
            .values(qty_received=line.qty_received + qty)
        )
    if moves:
        approval = Approval("transfers", transfer.id, f"receipt of {transfer.no}")
        await move_stock(database, Signed(actor, approval), moves, batches)
    return "short" if left else "received"


def refuse_over_receipt(line: Any, received: int) -> None:
    """Refuse more than was sent, what is written off included. Raises ``over_receipt`` (409)."""
    most = line.qty_sent - (line.qty_written_off or 0)
    if received > most:
        raise Refused(
            "over_receipt",
            f"{line.qty_sent} units were sent, {received} cannot have arrived",
            {
                "line_id": line.id,
                "sent": line.qty_sent,
                "written_off": line.qty_written_off or 0,
                "received": received,
            },
            status=409,
        )
