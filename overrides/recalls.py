"""Recalls: a batch is called back, blocked at once, and what was done about it is kept.

``POST /batches/7/recall`` and ``POST /recalls`` are the same act (domain rule 5): the batch is
recalled, and what orders have set aside of it is freed. Where all its units are is told by
``trace.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from autoapi import Change, InTransaction, Refused, Transaction, WhoAsks, action, before, route
from generated.models import Batches, RecallActions, Recalls
from overrides.admission import admit
from overrides.authorship import author
from overrides.blocking import block_batches
from overrides.ledger import BatchRow, Move, lock_batches
from overrides.movements import move_stock
from overrides.narcotics import Approval, Signed

__all__ = ["recall_batch"]

STAFF: Final = ("admin", "manager", "pharmacist")
DISPOSALS: Final = {"destroyed": "write_off", "returned_to_maker": "recall"}
"""What is done with goods that are still here, and the kind of move that it is."""

ActionKind = Literal["notified", "reported", "collected", "returned_to_maker", "destroyed", "note"]
ItemId = Annotated[int, Path(ge=1, lt=2**31)]

router = APIRouter(
    tags=["recalls"],
    dependencies=[Security(HTTPBearer(scheme_name="bearer", auto_error=False))],
)


class Notice(BaseModel):
    """The notice by which a batch is called back; class I is the gravest."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    class_: Literal["I", "II", "III"] = Field(alias="class")
    notice_no: str = Field(min_length=1, max_length=40)
    reason: str | None = Field(None, max_length=200)


class Recalled(BaseModel):
    """A recall that was made; these orders had set some of it aside and must be allocated anew."""

    id: int
    batch_id: int
    status: Literal["recalled"] = "recalled"
    orders_freed: list[int]


class Deed(BaseModel):
    """What was done about a recall; goods that are disposed of say where they were."""

    model_config = ConfigDict(extra="forbid")

    kind: ActionKind
    customer_id: int | None = None
    location_id: int | None = None
    qty: int | None = Field(None, gt=0)
    note: str | None = Field(None, max_length=400)


class Done(BaseModel):
    """An entry about a recall."""

    id: int
    recall_id: int
    kind: ActionKind


async def recall_batch(database: Transaction, batch_id: int) -> list[int]:
    """Block a batch and free what orders have set aside of it; gives these orders.

    Raises ``bad_transition`` (409) for one that is recalled or destroyed already, AUTO104 (404).
    """

    def judge(batch: BatchRow) -> bool:
        if batch.status in ("recalled", "destroyed"):
            raise Refused(
                "bad_transition",
                f"Batch {batch.batch_no} is {batch.status} already",
                {"from": batch.status, "to": "recalled", "allowed": []},
                status=409,
            )
        return True

    blocked, orders = await block_batches(database, [batch_id], "recalled", judge)
    if not blocked:
        raise Refused("AUTO104", f"There is no batch {batch_id}", status=404)
    return orders


@router.post("/batches/{batch_id:int}/recall")
async def recall(
    batch_id: ItemId, notice: Notice, who: WhoAsks, database: InTransaction
) -> Recalled:
    """Call a batch back: it is blocked at once, for whatever is not yet dispatched."""
    admit(who, *STAFF)
    orders = await recall_batch(database, batch_id)
    row = {
        "batch_id": batch_id,
        "class_": notice.class_,
        "notice_no": notice.notice_no,
        "reason": notice.reason,
        "created_by": author(who),
    }
    (made,) = await database.fetch(sa.insert(Recalls).values(**row).returning(Recalls.id))
    return Recalled(id=made.id, batch_id=batch_id, orders_freed=orders)


@before(Recalls, on="insert")
async def a_recall_blocks_its_batch(change: Change[Recalls]) -> None:
    for row in sorted(change.rows, key=lambda each: str(each.batch_id)):
        if isinstance(row.batch_id, int):
            await recall_batch(change.database, row.batch_id)


@before(Recalls, on="update delete")
def recalls_stand(change: Change[Recalls]) -> None:
    raise Refused(
        "append_only",
        "A recall stands as it was made",
        {"recalls": [row.id for row in change.rows]},
        hint="Add what was done about it: POST /recalls/{id}/actions",
        status=403,
    )


@before(Batches, on="insert update")
async def batches_are_blocked_by_their_acts(change: Change[Batches]) -> None:
    """A status by hand: inspection and destruction; recall and expiry have acts of their own."""
    olds = change.old if change.verb == "update" else [None] * len(change.rows)
    for row, old in zip(change.rows, olds, strict=True):
        was = None if old is None else old.status
        if row.status in (None, was):
            continue
        if row.status == "recalled":
            raise Refused(
                "recall_needed",
                "A batch is recalled by a notice, of a class",
                {"from": was, "to": row.status},
                hint="POST /batches/{id}/recall with class and notice_no",
            )
        allowed = BY_HAND.get(was or "", ())
        if was is not None and row.status not in allowed:
            raise Refused(
                "bad_transition",
                f"A batch does not go from {was} to {row.status}",
                {"from": was, "to": row.status, "allowed": list(allowed)},
                hint="Expiry: POST /stock/expire" if row.status == "expired" else None,
                status=409,
            )


BY_HAND: Final = {
    "saleable": ("quarantine",),
    "quarantine": ("saleable", "destroyed"),
    "recalled": ("destroyed",),
    "expired": ("destroyed",),
}
"""What a PATCH may make of the status of a batch."""


@action(Recalls, name="actions", roles=STAFF)
async def act(recall: Recalls, deed: Deed, change: Change[Recalls]) -> Done:
    """Keep what was done about a recall; goods destroyed or given back leave the stock."""
    actor = author(change.caller)
    row = deed.model_dump() | {"recall_id": recall.id, "actor": actor, "created_by": actor}
    await dispose(change.database, actor, recall.batch_id, row)
    (made,) = await change.database.fetch(
        sa.insert(RecallActions).values(row).returning(RecallActions.id)
    )
    return Done(id=made.id, recall_id=recall.id, kind=deed.kind)


@before(RecallActions, on="insert")
async def deeds_move_their_goods(change: Change[RecallActions]) -> None:
    """The same by the table itself."""
    actor = author(change.caller)
    recalls = {
        row.id: row.batch_id
        for row in await change.database.fetch(
            sa.select(Recalls.id, Recalls.batch_id)
            .where(Recalls.id.in_([row.recall_id for row in change.rows if row.recall_id]))
            .order_by(Recalls.batch_id, Recalls.id)
        )
    }
    for row in change.rows:
        row.actor = actor
        if row.recall_id in recalls:
            given = {name: getattr(row, name) for name in ("recall_id", *Deed.model_fields)}
            await dispose(change.database, actor, recalls[row.recall_id], given)


async def dispose(
    database: Transaction, actor: str, batch_id: int, deed: Mapping[str, Any]
) -> None:
    """Let goods that were destroyed or given back leave the stock; other deeds move nothing.

    Raises ``location_needed`` (422), ``stock_short`` (409), ``second_approver`` (403).
    """
    kind = DISPOSALS.get(deed["kind"] or "")
    if kind is None:
        return
    if deed["location_id"] is None or deed["qty"] is None:
        raise Refused(
            "location_needed",
            f"What is {deed['kind']} was somewhere, and so many units",
            {"location_id": deed["location_id"], "qty": deed["qty"]},
            hint='Give "location_id" and "qty".',
        )
    reason = f"recall {deed['recall_id']}: {deed['kind']}"
    move = Move(
        deed["location_id"],
        batch_id,
        -deed["qty"],
        kind,
        "recalls",
        deed["recall_id"],
        reason,
    )
    batches = await lock_batches(database, [batch_id])
    signed = Signed(actor, Approval("batches", batch_id, reason))
    await move_stock(database, signed, [move], batches)


route(router)
