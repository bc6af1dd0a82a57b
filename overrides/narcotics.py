"""The register of Schedule X and NDPS: every move of them, signed, with a running balance.

Domain rule 19. What leaves a place needs a second signature, given beforehand by somebody else
who signs in for it: ``POST /transfers/7/approve`` (and so for purchases and batches), good for
one act; of an order it is ``approved_by``. What comes in may have one.
The database itself holds that entries are consecutive, add up, and are never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from autoapi import Change, Refused, Transaction, action, before
from generated.models import (
    Batches,
    NarcoticsRegister,
    Orders,
    Products,
    Purchases,
    SecondApprovals,
    StockBalances,
    Transfers,
)
from overrides.authorship import author
from overrides.ledger import BatchRow, Move

__all__ = ["Approval", "Signed", "buyer", "record_by_batch", "record_controlled", "take_approval"]

Subject = Literal["orders", "purchases", "transfers", "batches"]
LONGEST_PARTY: Final = NarcoticsRegister.party.type.length
SIGNATORIES: Final = ("admin", "manager", "pharmacist")


class Note(BaseModel):
    """What the second signatory has to say."""

    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(None, max_length=200)


class Approved(BaseModel):
    """An approval that was given, to be used by one act of somebody else."""

    subject: Subject
    subject_id: int
    approver: str


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approval must be about, and who the goods come from or go to."""

    subject: Subject
    subject_id: int
    party: str | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """Who acts, and what somebody else must have approved where narcotics move."""

    actor: str
    approval: Approval


async def take_approval(database: Transaction, signed: Signed, *, needed: bool) -> str | None:
    """Use up an approval by another person, and tell whose.

    None where there is none and it is not ``needed``. Raises ``second_approver`` (403).
    """
    approval = signed.approval
    if approval.subject == "orders":
        found = await database.fetch(
            sa.select(Orders.approved_by.label("approver")).where(
                Orders.id == approval.subject_id, Orders.approved_by != signed.actor
            )
        )
    else:
        found = await unused_approval(database, signed)
    if not found and not needed:
        return None
    if not found:
        raise Refused(
            "second_approver",
            "Schedule X and NDPS leave with two signatures, of two persons",
            {"subject": approval.subject, "subject_id": approval.subject_id, "by": signed.actor},
            hint="Somebody else signs first:"
            f" POST /{approval.subject}/{approval.subject_id}/approve",
            status=403,
        )
    approver: str = found[0].approver
    return approver


async def unused_approval(database: Transaction, signed: Signed) -> list[Any]:
    """The oldest approval by somebody else that is not used up; it is, from now on."""
    found = await database.fetch(
        sa.select(SecondApprovals.id, SecondApprovals.approver)
        .where(
            SecondApprovals.subject == signed.approval.subject,
            SecondApprovals.subject_id == signed.approval.subject_id,
            SecondApprovals.used_at.is_(None),
            SecondApprovals.approver != signed.actor,
        )
        .order_by(SecondApprovals.id)
        .limit(1)
        .with_for_update()
    )
    if found:
        await database.execute(
            sa.update(SecondApprovals)
            .where(SecondApprovals.id == found[0].id)
            .values(used_at=sa.func.now())
        )
    return found


async def record_controlled(
    database: Transaction,
    signed: Signed,
    moves: Sequence[Move],
    batches: Mapping[int, BatchRow],
    written: Sequence[Move] = (),
) -> None:
    """Enter those of some moves, just written to the ledger, that are of narcotics.

    ``written`` are all moves of the ledger not yet entered, if there are more. The balances
    must be locked; the products are locked here, last of all, so that entries of one product
    follow each other. Raises ``second_approver`` (403).
    """
    controlled = [move for move in moves if batches[move.batch_id].is_controlled]
    if not controlled:
        return
    leaves = any(move.qty < 0 for move in controlled)
    second = await take_approval(database, signed, needed=leaves)
    pages = {(move.location_id, batches[move.batch_id].product_id) for move in controlled}
    await database.execute(
        sa.select(Products.id)
        .where(Products.id.in_(sorted({product for _, product in pages})))
        .order_by(Products.id)
        .with_for_update(key_share=True)
    )
    last = {page: await last_entry(database, page, written or moves, batches) for page in pages}
    rows: list[dict[str, Any]] = []
    for move in controlled:
        page = move.location_id, batches[move.batch_id].product_id
        entry, balance = last[page]
        last[page] = entry + 1, balance + move.qty
        rows.append(
            {
                "location_id": move.location_id,
                "product_id": page[1],
                "batch_id": move.batch_id,
                "entry_no": entry + 1,
                "qty": move.qty,
                "balance": balance + move.qty,
                "kind": move.kind,
                "party": signed.approval.party and signed.approval.party[:LONGEST_PARTY],
                "ref_table": move.ref_table,
                "ref_id": move.ref_id,
                "first_signatory": signed.actor,
                "second_signatory": second,
            }
        )
    await database.execute(sa.insert(NarcoticsRegister).values(rows))


def buyer(name: str, invoice_no: str) -> str:
    """Who an invoice is to, as the register names the party; a long name is cut, not the number.

    >>> buyer("Sanjeevani", "A/26-27/7")
    'Sanjeevani, A/26-27/7'
    """
    return f"{name[: LONGEST_PARTY - len(invoice_no) - 2]}, {invoice_no}"


async def record_by_batch(
    database: Transaction,
    actor: str,
    moves: Sequence[Move],
    batches: Mapping[int, BatchRow],
    party: str | None = None,
) -> None:
    """Enter the narcotics of a return, whose moves are in the ledger, batch by batch.

    Returns have no approval of their own: what leaves quarantine is approved for its batch, as
    a move by hand is. The batches must be locked. Raises ``second_approver`` (403).
    """
    rest = sorted(
        (move for move in moves if batches[move.batch_id].is_controlled),
        key=lambda move: move.batch_id,
    )
    while rest:
        batch = rest[0].batch_id
        here = [move for move in rest if move.batch_id == batch]
        await record_controlled(
            database, Signed(actor, Approval("batches", batch, party)), here, batches, rest
        )
        rest = rest[len(here) :]


async def last_entry(
    database: Transaction,
    page: tuple[int, int],
    moves: Sequence[Move],
    batches: Mapping[int, BatchRow],
) -> tuple[int, int]:
    """The number and balance of a page's last entry; of a new page what was there before."""
    location, product = page
    found = await database.fetch(
        sa.select(NarcoticsRegister.entry_no, NarcoticsRegister.balance)
        .where(NarcoticsRegister.location_id == location, NarcoticsRegister.product_id == product)
        .order_by(NarcoticsRegister.entry_no.desc())
        .limit(1)
    )
    if found:
        return found[0].entry_no, found[0].balance
    (there,) = await database.fetch(
        sa.select(sa.func.coalesce(sa.func.sum(StockBalances.on_hand), 0).label("units"))
        .join(Batches, Batches.id == StockBalances.batch_id)
        .where(StockBalances.location_id == location, Batches.product_id == product)
    )
    moved = sum(
        move.qty for move in moves if (move.location_id, batches[move.batch_id].product_id) == page
    )
    return 0, int(there.units) - moved


async def approve(
    subject: Subject, number: int, given: Note | None, change: Change[Any]
) -> Approved:
    """Sign for what somebody else is about to do."""
    approver = author(change.caller)
    row = {
        "subject": subject,
        "subject_id": number,
        "approver": approver,
        "note": given.note if given else None,
        "created_by": approver,
    }
    await change.database.execute(sa.insert(SecondApprovals).values(row))
    return Approved(subject=subject, subject_id=number, approver=approver)


@action(Purchases, name="approve", roles=SIGNATORIES)
async def approve_purchase(
    purchase: Purchases, given: Note | None, change: Change[Purchases]
) -> Approved:
    """Sign, as the second person, for a receipt of Schedule X or NDPS."""
    return await approve("purchases", purchase.id, given, change)


@action(Transfers, name="approve", roles=SIGNATORIES)
async def approve_transfer(
    transfer: Transfers, given: Note | None, change: Change[Transfers]
) -> Approved:
    """Sign, as the second person, for the next step of a transfer of Schedule X or NDPS."""
    return await approve("transfers", transfer.id, given, change)


@action(Batches, name="approve", roles=SIGNATORIES)
async def approve_batch(batch: Batches, given: Note | None, change: Change[Batches]) -> Approved:
    """Sign, as the second person, for one move of a batch of Schedule X or NDPS by hand."""
    return await approve("batches", batch.id, given, change)


@before(SecondApprovals)
def approvals_are_given_in_person(change: Change[SecondApprovals]) -> None:
    del change
    raise Refused(
        "second_approver",
        "An approval is given by signing in and approving",
        hint="POST /purchases/7/approve, and so for transfers and batches",
        status=403,
    )
