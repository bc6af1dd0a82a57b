"""What moves and what lies: days since the last sale, velocity, and how long stock lasts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from generated.models import Batches, InvoiceLines, Invoices, Orders, Products
from overrides.amounts import Money, Percent, amount, to_paise
from overrides.analytics.asking import Asks, router
from overrides.analytics.shelves import on_hand
from overrides.spans import Dated, Id

__all__ = ["movers"]

WINDOW: Final = 90  # days over which the velocity is taken; domain, section 5
Pace = Literal["fast", "slow", "non-moving"]


class MoversAsked(Dated):
    """Parameters of what moves."""

    location: Id | None = Field(None, description="Of one location, by its id.")
    pace: Pace | None = Field(None, alias="class", description="Of one class.")
    fast_days: int = Field(
        60, ge=1, le=3_650, description="Stock that lasts no longer than this is fast."
    )


class MoversRow(BaseModel):
    """A product that is on hand, or was sold of late."""

    product_id: int
    sku: str
    name: str
    on_hand: int = Field(description="Units of every batch, blocked ones too.")
    value_at_cost: Money
    last_sale: date | None
    days_since_last_sale: int | None
    sold_90_days: int = Field(description="Units that went out, free ones included.")
    velocity: Percent = Field(description="Units a day.")
    cover_days: Percent | None = Field(description="How long what is on hand lasts at that pace.")
    pace: Pace | None = Field(
        serialization_alias="class",
        description="`non-moving`: on hand and not sold in 90 days; null: sold out.",
    )


class Movers(BaseModel):
    """Products by how fast they move."""

    as_of: date
    rows: list[MoversRow]


@router.get("/movers", response_model=Movers)
async def movers(asked: Annotated[MoversAsked, Query()], asks: Asks) -> Any:
    """Days since the last sale, 90-day velocity and cover of each product, slowest first."""
    stock, sales = stock_of(asked), sales_of(asked)
    query = (
        sa.select(
            Products.id.label("product_id"),
            Products.sku,
            Products.name,
            sa.func.coalesce(stock.c.qty, 0).label("on_hand"),
            sa.func.coalesce(stock.c.value, NOTHING).label("value_at_cost"),
            sales.c.last_sale,
            sa.func.coalesce(sales.c.qty, 0).label("sold_90_days"),
        )
        .outerjoin(stock, stock.c.product_id == Products.id)
        .outerjoin(sales, sales.c.product_id == Products.id)
        .where(sa.or_(stock.c.qty > 0, sales.c.qty > 0))
        .order_by(Products.id)
    )
    rows = [mover(row._mapping, asked) for row in await asks.database.fetch(query)]
    if asked.pace is not None:
        rows = [row for row in rows if row.pace == asked.pace]
    rows.sort(key=slowest_first)
    return asks.answer(Movers(as_of=asked.day, rows=rows), rows, MoversRow)


NOTHING: Final = sa.cast(0, sa.Numeric(14, 2))


def stock_of(asked: MoversAsked) -> sa.Subquery:
    """Units and value of each product on hand."""
    stock = on_hand(asked.day, asked.location)
    query = sa.select(
        Batches.product_id,
        sa.func.sum(stock.c.qty).label("qty"),
        amount(stock.c.qty * Batches.cost).label("value"),
    )
    query = query.select_from(stock).join(Batches, Batches.id == stock.c.batch_id)
    return query.group_by(Batches.product_id).subquery("stock")


def sales_of(asked: MoversAsked) -> sa.Subquery:
    """The last sale of each product, and the units sold in the window that ends with the day."""
    since = asked.day - timedelta(days=WINDOW - 1)
    units = InvoiceLines.qty + InvoiceLines.free_qty
    query = (
        sa.select(
            InvoiceLines.product_id,
            sa.func.max(Invoices.date).label("last_sale"),
            sa.func.sum(sa.case((Invoices.date >= since, units), else_=0)).label("qty"),
        )
        .join(Invoices, Invoices.id == InvoiceLines.invoice_id)
        .join(Orders, Orders.id == Invoices.order_id)
        .where(Invoices.date <= asked.day, Orders.status != "cancelled")
        .group_by(InvoiceLines.product_id)
    )
    if asked.location is not None:
        query = query.where(Invoices.location_id == asked.location)
    return query.subquery("sales")


def mover(row: Any, asked: MoversAsked) -> MoversRow:
    """A product with what follows from its figures."""
    sold, units, last = row["sold_90_days"], row["on_hand"], row["last_sale"]
    cover = Decimal(units * WINDOW) / sold if sold else None
    pace: Pace | None = None
    if units > 0:
        pace = "non-moving" if cover is None else "fast" if cover <= asked.fast_days else "slow"
    return MoversRow(
        **row,
        days_since_last_sale=None if last is None else (asked.day - last).days,
        velocity=to_paise(Decimal(sold) / WINDOW),
        cover_days=cover,
        pace=pace,
    )


def slowest_first(row: MoversRow) -> tuple[int, Decimal, int]:
    """In which order products are shown: what does not move ahead, what is sold out last."""
    rank = {"non-moving": 0, "slow": 1, "fast": 1, None: 2}[row.pace]
    return rank, -(row.cover_days or Decimal(0)), row.product_id
