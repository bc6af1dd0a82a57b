"""What is lost because it expired before it was sold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from generated.models import Batches, Products, StockMoves
from overrides.amounts import Money, Percent, amount, percent_of
from overrides.analytics.asking import Asks, Located, Only, router
from overrides.analytics.grouping import (
    By,
    Layout,
    Periodical,
    Subject,
    gather,
    grouped,
    total_of,
)
from overrides.analytics.sold import sold
from overrides.business_day import business_day, start_of
from overrides.spans import Span

__all__ = ["expiry_loss"]

LossBy = Literal["period", "product", "manufacturer", "location", "schedule"]


class LossAsked(Periodical, Located):
    """Parameters of what was lost; stock is no customer's, so there is none."""

    by: LossBy = Field("period", description="What the rows are of.")


class Lost(BaseModel):
    """Expired stock that left, at cost, against net sales."""

    written_off_qty: int = Field(description="Units written off on or after their last day.")
    written_off: Money
    sent_back_qty: int = Field(description="Expired units that went back to their maker.")
    sent_back: Money
    loss: Money = Field(description="Both together, at the cost of their batches.")
    net: Money = Field(description="Net sales, without tax.")
    loss_pct: Percent | None = Field(description="Loss in percent of net; null where that is 0.")


class LossRow(Lost, Subject):
    """One row of the breakdown."""


class ExpiryLoss(BaseModel):
    """What was lost, broken down; the rows add up to the total."""

    first_day: date
    last_day: date
    by: LossBy
    rows: list[LossRow]
    total: Lost


UNITS: Final = ("written_off_qty", "sent_back_qty")
AMOUNTS: Final = ("written_off", "sent_back", "net")
MEASURES: Final = (*UNITS, *AMOUNTS)
MONEY: Final = sa.Numeric(14, 2)


@router.get("/expiry-loss", response_model=ExpiryLoss)
async def expiry_loss(asked: Annotated[LossAsked, Query()], asks: Asks) -> Any:
    """Expired stock that was written off or sent back, at cost, and in percent of net sales."""
    span = asked.span
    base = sa.union_all(left(asked.only, span, asked.by), earned(asked.only, span, asked.by))
    rows_of_both = base.subquery("both")
    measures = {
        **{name: sa.func.sum(rows_of_both.c[name]) for name in UNITS},
        **{name: amount(rows_of_both.c[name]) for name in AMOUNTS},
    }
    query = grouped(rows_of_both, asked.by, measures)
    layout = Layout(asked.by, asked.granularity, span)
    rows = await gather(asks.database, query, layout, MEASURES)
    found = [LossRow(**with_loss(row)) for row in rows]
    report = ExpiryLoss(
        first_day=span.first,
        last_day=span.last,
        by=asked.by,
        rows=found,
        total=Lost(**with_loss(total_of(rows, MEASURES))),
    )
    return asks.answer(report, found, LossRow)


def left(only: Only, span: Span, by: By) -> sa.Select[Any]:
    """Moves by which expired stock left."""
    move = StockMoves
    subjects: Mapping[By, Any] = {
        "period": business_day(move.at),
        "product": Batches.product_id,
        "location": move.location_id,
        "manufacturer": Products.manufacturer_id,
        "schedule": Products.schedule,
    }
    off = sa.and_(move.kind == "write_off", business_day(move.at) >= Batches.expiry_date)
    back = move.kind == "expiry_return"
    cost = -move.qty * Batches.cost
    nothing = sa.cast(0, MONEY)
    after = span.last + timedelta(days=1)
    query = (
        sa.select(
            subjects[by].label("subject"),
            sa.case((off, -move.qty), else_=0).label("written_off_qty"),
            sa.case((back, -move.qty), else_=0).label("sent_back_qty"),
            sa.type_coerce(sa.case((off, cost), else_=nothing), MONEY).label("written_off"),
            sa.type_coerce(sa.case((back, cost), else_=nothing), MONEY).label("sent_back"),
            nothing.label("net"),
        )
        .join(Batches, Batches.id == move.batch_id)
        .where(
            move.at >= start_of(sa.literal(span.first, sa.Date)),
            move.at < start_of(sa.literal(after, sa.Date)),
            move.qty < 0,
            sa.or_(off, back),
        )
    )
    if by in ("manufacturer", "schedule"):
        query = query.join(Products, Products.id == Batches.product_id)
    if only.location is not None:
        query = query.where(move.location_id == only.location)
    if only.product is not None:
        query = query.where(Batches.product_id == only.product)
    return query


def earned(only: Only, span: Span, by: By) -> sa.Select[Any]:
    """Net sales of the same days, in the columns of ``left``."""
    base = sold(only, span, by)
    zero, nothing = sa.cast(0, sa.Integer), sa.cast(0, MONEY)
    return sa.select(base.c.subject, zero, zero, nothing, nothing, base.c.net)


def with_loss(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same with both losses together, and their percentage."""
    loss = row["written_off"] + row["sent_back"]
    return {**row, "loss": loss, "loss_pct": percent_of(loss, row["net"])}
