"""``POST /orders/7/confirm`` and its like: the steps of an order, each one transaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from autoapi import Change, Refused, Transaction, action
from generated.models import Batches, Invoices, LineAllocations, OrderLines, Orders
from overrides.amounts import Money, Percent
from overrides.named_batches import Named, set_named_aside
from overrides.orders import approver, move_on, stale
from overrides.permissions import MAY

__all__ = ["OrderAnswer", "Step", "answer_of", "require_version"]


Day = date  # which a field of that name would hide


class Step(BaseModel):
    """What any step may be sent."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(None, description="Refuse (412) if the order has another")


class Confirmation(Step):
    """Why the credit limit is to be passed over, if it is."""

    override_reason: str | None = Field(None, min_length=1, max_length=200)


class NamedBatch(BaseModel):
    """Units of a batch that somebody names for a line."""

    model_config = ConfigDict(extra="forbid")

    line_id: int
    batch_id: int
    qty: int = Field(0, ge=0)
    free_qty: int = Field(0, ge=0)
    skip_reason: str | None = Field(
        None, min_length=1, max_length=200, description="Why batches that expire first are passed"
    )


class Allocation(Step):
    """How stock is set aside; nothing said, first expired first."""

    back_order: bool = Field(False, description="Let what is missing go on as another order")
    batches: list[NamedBatch] = Field(default_factory=list, max_length=500)


class Dispatch(Step):
    """The numbers of the papers, and figures if they are to be checked."""

    eway_no: str | None = Field(None, min_length=1, max_length=12)
    irn: str | None = Field(None, min_length=1, max_length=64)
    taxable: Decimal | None = None
    cgst: Decimal | None = None
    sgst: Decimal | None = None
    igst: Decimal | None = None
    total: Decimal | None = None


class Cancellation(Step):
    """Why."""

    reason: str | None = Field(None, max_length=200)


class AllocationAnswer(BaseModel):
    """What is set aside of a batch."""

    id: int
    batch_id: int
    batch_no: str
    expiry_date: date
    qty: int
    free_qty: int


class LineAnswer(BaseModel):
    """A line of an order."""

    id: int
    product_id: int
    qty: int
    free_qty: int
    unit_price: Money
    discount_pct: Percent
    scheme_id: int | None
    allocations: list[AllocationAnswer]


class InvoiceAnswer(BaseModel):
    """An invoice's head."""

    id: int
    no: str
    date: Day
    due_date: Day
    place_of_supply: str
    taxable: Money
    cgst: Money
    sgst: Money
    igst: Money
    round_off: Money
    total: Money
    irn: str | None
    eway_no: str | None


class OrderAnswer(BaseModel):
    """An order as it is now, with its lines and what is set aside for them."""

    id: int
    no: str
    customer_id: int
    location_id: int
    status: str
    version: int
    placed_at: datetime
    gross: Money
    discount: Money
    net: Money
    approved_by: str | None
    cancel_reason: str | None
    lines: list[LineAnswer]
    invoice: InvoiceAnswer | None
    back_order_id: int | None


@action(Orders, name="confirm", roles=MAY["confirm"])
async def confirm_order(
    order: Orders, said: Confirmation | None, change: Change[Orders]
) -> OrderAnswer:
    """Confirm an order: its lines stand, and the customer's credit is used."""
    if said is not None:
        order.credit_override_reason = said.override_reason
    return await step(change, order, "confirmed", said)


@action(Orders, name="allocate", roles=MAY["allocate"])
async def allocate_order(
    order: Orders, said: Allocation | None, change: Change[Orders]
) -> OrderAnswer:
    """Set batches aside for every line, the one that expires first ahead."""
    if said is not None and said.batches and order.status == "confirmed":
        for batch in said.batches:
            named = Named(
                batch.line_id, batch.batch_id, batch.qty, batch.free_qty, batch.skip_reason
            )
            await set_named_aside(change, order, named)
    return await step(change, order, "allocated", said)


@action(Orders, name="dispatch", roles=MAY["dispatch"])
async def dispatch_order(
    order: Orders, said: Dispatch | None, change: Change[Orders]
) -> OrderAnswer:
    """Let the goods leave, with their invoice."""
    return await step(change, order, "dispatched", said)


@action(Orders, name="deliver", roles=MAY["deliver"])
async def deliver_order(order: Orders, said: Step | None, change: Change[Orders]) -> OrderAnswer:
    """Record that the goods arrived."""
    return await step(change, order, "delivered", said)


@action(Orders, name="cancel", roles=MAY["cancel"])
async def cancel_order(
    order: Orders, said: Cancellation | None, change: Change[Orders]
) -> OrderAnswer:
    """Cancel an order that has not left; what was set aside is free again. Twice is once."""
    if order.status == "cancelled":
        return await answer_of(change.database, order.id)
    if said is not None and said.reason is not None:
        order.cancel_reason = said.reason
    return await step(change, order, "cancelled", said)


@action(Orders, name="approve", roles=MAY["approve"])
async def approve_order(order: Orders, said: Step | None, change: Change[Orders]) -> OrderAnswer:
    """Approve, as a second person, an order of schedule X or narcotics (domain rule 19)."""
    require_version(order, said)
    if order.status not in ("draft", "confirmed", "allocated"):
        raise Refused(
            "order_frozen",
            f"The order is {order.status}",
            {"order_id": order.id, "status": order.status},
            status=409,
        )
    order.approved_by = approver(change, order)
    return await keep(change, order)


async def step(
    change: Change[Orders], order: Orders, status: str, said: Step | None
) -> OrderAnswer:
    """Go to a state, keep it, and show the order."""
    require_version(order, said)
    old, order.status = order.status, status  # type: ignore[assignment]
    await move_on(change, order, old, {} if said is None else said.model_dump())
    return await keep(change, order)


def require_version(order: Orders, said: Step | None) -> None:
    """See that the order is as the caller knows it. Raises ``stale_version`` (412)."""
    if said is not None and said.version is not None and said.version != order.version:
        raise stale(order.version, said.version)


async def keep(change: Change[Orders], order: Orders) -> OrderAnswer:
    """Write what a step decided of an order."""
    await change.database.execute(
        sa.update(Orders)
        .where(Orders.id == order.id)
        .values(
            status=order.status,
            version=order.version + 1,
            credit_override_by=order.credit_override_by,
            credit_override_reason=order.credit_override_reason,
            approved_by=order.approved_by,
            cancel_reason=order.cancel_reason,
        )
    )
    return await answer_of(change.database, order.id)


async def answer_of(database: Transaction, order_id: int) -> OrderAnswer:
    """An order as it stands in the transaction."""
    (order,) = await database.fetch(sa.select(Orders).where(Orders.id == order_id))
    lines = await database.fetch(
        sa.select(OrderLines).where(OrderLines.order_id == order_id).order_by(OrderLines.id)
    )
    parts = await database.fetch(
        sa.select(LineAllocations, Batches.batch_no, Batches.expiry_date)
        .join(Batches, Batches.id == LineAllocations.batch_id)
        .where(LineAllocations.line_id.in_([line.id for line in lines]))
        .order_by(Batches.expiry_date, Batches.id)
    )
    invoices = await database.fetch(sa.select(Invoices).where(Invoices.order_id == order_id))
    backs = await database.fetch(
        sa.select(sa.func.max(Orders.id)).where(Orders.back_order_of == order_id)
    )
    return OrderAnswer(
        **shown(OrderAnswer, order),
        lines=[
            LineAnswer(
                **shown(LineAnswer, line),
                allocations=[
                    AllocationAnswer(**shown(AllocationAnswer, part))
                    for part in parts
                    if part.line_id == line.id
                ],
            )
            for line in lines
        ],
        invoice=InvoiceAnswer(**shown(InvoiceAnswer, invoices[0])) if invoices else None,
        back_order_id=backs[0][0],
    )


def shown(model: type[BaseModel], row: Any) -> dict[str, Any]:
    """The columns of a row that a model shows."""
    return {name: row._mapping[name] for name in model.model_fields if name in row._mapping}
