"""Sales by period, product, customer, manufacturer, location or schedule; what sells best."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from overrides.amounts import Money, amount
from overrides.analytics.asking import Asks, Narrowed, router
from overrides.analytics.grouping import OF_LINES, By, Grouped, Subject, gather, grouped, total_of
from overrides.analytics.sold import count_invoices, invoices_by, sold
from overrides.spans import Ranged

__all__ = ["SALES"]


class Sums(BaseModel):
    """What was sold and credited; net = gross - discount - credited, tax is apart."""

    qty: int = Field(description="Units invoiced, without free ones.")
    free_qty: int = Field(description="Units given under schemes.")
    returned_qty: int = Field(description="Units that came back, by credit notes.")
    gross: Money = Field(description="Quantities times prices.")
    discount: Money
    credited: Money = Field(description="Taxable value of credit notes, on their own day.")
    net: Money
    tax: Money = Field(description="CGST, SGST and IGST, less what credit notes took back.")
    invoices: int = Field(
        description="Different invoices. By product, manufacturer or schedule one invoice is"
        " counted in several rows, and once in the total."
    )


class SalesRow(Sums, Subject):
    """One row of the breakdown."""


class Sales(BaseModel):
    """Sales, broken down; the rows add up to the total."""

    first_day: date
    last_day: date
    by: By
    rows: list[SalesRow]
    total: Sums


UNITS: Final = ("qty", "free_qty", "returned_qty")
AMOUNTS: Final = ("gross", "discount", "credited", "net", "tax")


def sums_of(base: sa.FromClause) -> dict[str, sa.ColumnElement[Any]]:
    """The measures over rows of ``sold``."""
    return {
        **{name: sa.func.sum(base.c[name]) for name in UNITS},
        **{name: amount(base.c[name]) for name in AMOUNTS},
    }


SALES: Final = tuple(Sums.model_fields)


@router.get("/sales", response_model=Sales)
async def sales(asked: Annotated[Grouped, Query()], asks: Asks) -> Any:
    """What was sold: invoices less credit notes, tax apart, cancelled orders never counted."""
    span = asked.span
    base = sold(asked.only, span, asked.by)
    query = grouped(base, asked.by, sums_of(base), invoices_by(asked.only, span, asked.by))
    if asked.by in OF_LINES:
        query = query.add_columns(count_invoices(asked.only, span).label("all_invoices"))
    rows = await gather(asks.database, query, asked.layout, SALES)
    total = total_of(rows, SALES)
    if asked.by in OF_LINES:
        total["invoices"] = rows[0]["all_invoices"] if rows else 0
    found = [SalesRow(**row) for row in rows]
    report = Sales(
        first_day=span.first, last_day=span.last, by=asked.by, rows=found, total=Sums(**total)
    )
    return asks.answer(report, found, SalesRow)


class TopAsked(Ranged, Narrowed):
    """Parameters of the best products."""

    metric: Literal["net", "qty", "margin"] = Field("net", description="What they are ranked by.")
    limit: int = Field(10, ge=1, le=1_000, description="How many.")


class TopRow(BaseModel):
    """A product and its rank, 1 the best."""

    rank: int
    product_id: int
    sku: str
    name: str
    net: Money
    qty: int = Field(description="Units invoiced less units that came back.")
    margin: Money = Field(description="Net less what the units cost, free ones included.")


class TopProducts(BaseModel):
    """The products that sell best."""

    first_day: date
    last_day: date
    metric: str
    rows: list[TopRow]


@router.get("/top-products", response_model=TopProducts)
async def top_products(asked: Annotated[TopAsked, Query()], asks: Asks) -> Any:
    """The products that sell best, by value, units or margin; of equals the lower id first."""
    span = asked.span
    base = sold(asked.only, span, "product", costs=True)
    measures = {
        "net": amount(base.c.net),
        "qty": sa.func.sum(base.c.qty) - sa.func.sum(base.c.returned_qty),
        "margin": amount(base.c.net - base.c.cost),
    }
    query = grouped(base, "product", measures)
    ranked = query.order_by(None).order_by(sa.desc(asked.metric), "key").limit(asked.limit)
    rows = [
        TopRow(rank=rank, product_id=row.key, sku=row.code, name=row.name, net=row.net,
               qty=row.qty, margin=row.margin)
        for rank, row in enumerate(await asks.database.fetch(ranked), start=1)
    ]  # fmt: skip
    report = TopProducts(first_day=span.first, last_day=span.last, metric=asked.metric, rows=rows)
    return asks.answer(report, rows, TopRow)
