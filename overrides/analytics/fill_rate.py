"""How much of what was ordered was delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from generated.models import InvoiceLines, OrderLines, Orders, Products
from overrides.amounts import Percent, percent_of
from overrides.analytics.asking import Asks, Only, router
from overrides.analytics.grouping import By, Grouped, Subject, gather, grouped, total_of
from overrides.business_day import business_day, start_of
from overrides.spans import Span

__all__ = ["fill_rate"]

OPEN: Final = ("confirmed", "allocated")
NEVER: Final = ("draft", "cancelled")


class Filled(BaseModel):
    """What was ordered, and what of it was invoiced; free units are not asked for."""

    lines: int = Field(description="Lines of orders that are neither drafts nor cancelled.")
    open_lines: int = Field(description="Of those, lines of orders that have not left yet.")
    filled_lines: int = Field(description="Of those, lines delivered in full.")
    ordered_qty: int
    open_qty: int = Field(description="Units of orders that have not left yet.")
    filled_qty: int = Field(description="Units invoiced.")
    fill_rate_pct: Percent | None = Field(
        description="Units invoiced in percent of those ordered, open orders apart."
    )
    line_fill_rate_pct: Percent | None = Field(
        description="Lines delivered in full in percent of all, open orders apart."
    )


class FillRow(Filled, Subject):
    """One row of the breakdown."""


class FillRate(BaseModel):
    """The rate of fulfilment, broken down by when and by whom it was ordered."""

    first_day: date
    last_day: date
    by: By
    rows: list[FillRow]
    total: Filled


MEASURES: Final = (
    "lines", "open_lines", "filled_lines", "ordered_qty", "open_qty", "filled_qty",
)  # fmt: skip


@router.get("/fill-rate", response_model=FillRate)
async def fill_rate(asked: Annotated[Grouped, Query()], asks: Asks) -> Any:
    """How much of what was ordered on these days was delivered, in units and in lines."""
    span = asked.span
    base = ordered(asked.only, span, asked.by)
    row = base.c
    count = sa.func.count()
    measures = {
        "lines": count,
        "open_lines": sa.func.sum(sa.case((row.open, 1), else_=0)),
        "filled_lines": sa.func.sum(sa.case((row.filled >= row.qty, 1), else_=0)),
        "ordered_qty": sa.func.sum(row.qty),
        "open_qty": sa.func.sum(sa.case((row.open, row.qty), else_=0)),
        "filled_qty": sa.func.sum(row.filled),
    }
    query = grouped(base, asked.by, measures)
    rows = await gather(asks.database, query, asked.layout, MEASURES)
    found = [FillRow(**with_rates(row)) for row in rows]
    total = Filled(**with_rates(total_of(rows, MEASURES)))
    report = FillRate(
        first_day=span.first, last_day=span.last, by=asked.by, rows=found, total=total
    )
    return asks.answer(report, found, FillRow)


def ordered(only: Only, span: Span, by: By) -> sa.Subquery:
    """Lines of orders placed on some days, with what was invoiced of each."""
    invoiced = (
        sa.select(InvoiceLines.order_line_id, sa.func.sum(InvoiceLines.qty).label("qty"))
        .group_by(InvoiceLines.order_line_id)
        .subquery("invoiced")
    )
    subjects: Mapping[By, Any] = {
        "period": business_day(Orders.placed_at),
        "product": OrderLines.product_id,
        "customer": Orders.customer_id,
        "location": Orders.location_id,
        "manufacturer": Products.manufacturer_id,
        "schedule": Products.schedule,
    }
    after = span.last + timedelta(days=1)
    query = (
        sa.select(
            subjects[by].label("subject"),
            OrderLines.qty,
            sa.func.coalesce(invoiced.c.qty, 0).label("filled"),
            Orders.status.in_(OPEN).label("open"),
        )
        .join(Orders, Orders.id == OrderLines.order_id)
        .outerjoin(invoiced, invoiced.c.order_line_id == OrderLines.id)
        .where(
            Orders.placed_at >= start_of(sa.literal(span.first, sa.Date)),
            Orders.placed_at < start_of(sa.literal(after, sa.Date)),
            Orders.status.not_in(NEVER),
        )
    )
    if by in ("manufacturer", "schedule"):
        query = query.join(Products, Products.id == OrderLines.product_id)
    for column, wanted in (
        (Orders.location_id, only.location),
        (Orders.customer_id, only.customer),
        (OrderLines.product_id, only.product),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return query.subquery("ordered")


def with_rates(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its percentages."""
    return {
        **row,
        "fill_rate_pct": percent_of(row["filled_qty"], row["ordered_qty"] - row["open_qty"]),
        "line_fill_rate_pct": percent_of(row["filled_lines"], row["lines"] - row["open_lines"]),
    }
