"""What the stock is worth, today or on any past day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from generated.models import Batches, LocationKind, Locations
from overrides.amounts import Money, amount
from overrides.analytics.asking import Asks, Located, router
from overrides.analytics.shelves import on_hand
from overrides.spans import Dated

__all__ = ["valuation"]


class ValuationAsked(Dated, Located):
    """Parameters of the valuation."""


class Value(BaseModel):
    """Stock and what it is worth."""

    batches: int
    qty: int
    value_at_cost: Money = Field(description="Units times the cost of their own batch.")
    value_at_mrp: Money


class Place(BaseModel):
    """A location."""

    location_id: int
    code: str
    name: str
    kind: LocationKind = Field(description="What is in `transit` is ours and on no shelf.")


class ValuationRow(Value, Place):
    """The stock of a location."""


class Valuation(BaseModel):
    """What the stock is worth; the rows add up to the total, of which a part is in transit."""

    as_of: date
    rows: list[ValuationRow]
    total: Value
    in_transit: Money


@router.get("/valuation", response_model=Valuation)
async def valuation(asked: Annotated[ValuationAsked, Query()], asks: Asks) -> Any:
    """What the stock is worth at cost: the ledger up to a day, each unit at its batch's cost."""
    stock = on_hand(asked.day, asked.location)
    sums = (
        sa.select(
            stock.c.location_id,
            sa.func.count().label("batches"),
            sa.func.sum(stock.c.qty).label("qty"),
            amount(stock.c.qty * Batches.cost).label("value_at_cost"),
            amount(stock.c.qty * Batches.mrp).label("value_at_mrp"),
        )
        .select_from(stock)
        .join(Batches, Batches.id == stock.c.batch_id)
        .group_by(stock.c.location_id)
    )
    if asked.product is not None:
        sums = sums.where(Batches.product_id == asked.product)
    summed = sums.subquery("sums")
    query = (
        sa.select(Locations.code, Locations.name, Locations.kind, *summed.c)
        .join(summed, summed.c.location_id == Locations.id)
        .order_by(Locations.id)
    )
    rows = [ValuationRow(**row._mapping) for row in await asks.database.fetch(query)]
    nothing = Decimal(0)
    report = Valuation(
        as_of=asked.day,
        rows=rows,
        total=Value(
            batches=sum(row.batches for row in rows),
            qty=sum(row.qty for row in rows),
            value_at_cost=sum((row.value_at_cost for row in rows), nothing),
            value_at_mrp=sum((row.value_at_mrp for row in rows), nothing),
        ),
        in_transit=sum((row.value_at_cost for row in rows if row.kind == "transit"), nothing),
    )
    return asks.answer(report, rows, ValuationRow)
