"""What came back, against what was sold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from overrides.amounts import Money, Percent, amount, percent_of
from overrides.analytics.asking import Asks, router
from overrides.analytics.grouping import By, Grouped, Subject, gather, grouped, total_of
from overrides.analytics.sold import sold

__all__ = ["returns"]


class CameBack(BaseModel):
    """Sales and credit notes, each on its own day."""

    qty: int = Field(description="Units invoiced, free ones included.")
    returned_qty: int = Field(description="Units that came back; none by credits for a price.")
    returned_qty_pct: Percent | None = Field(description="In percent of units; null where 0.")
    sold: Money = Field(description="Taxable value of invoices.")
    credited: Money = Field(description="Taxable value of credit notes of every kind.")
    credited_pct: Percent | None = Field(description="In percent of what was sold; null where 0.")


class ReturnsRow(CameBack, Subject):
    """One row of the breakdown."""


class Returns(BaseModel):
    """Returns, broken down; the rows add up to the total."""

    first_day: date
    last_day: date
    by: By
    rows: list[ReturnsRow]
    total: CameBack


MEASURES: Final = ("qty", "returned_qty", "sold", "credited")


@router.get("/returns", response_model=Returns)
async def returns(asked: Annotated[Grouped, Query()], asks: Asks) -> Any:
    """What came back, in units and in value, and in percent of what was sold."""
    span = asked.span
    base = sold(asked.only, span, asked.by)
    measures = {
        "qty": sa.func.sum(base.c.qty + base.c.free_qty),
        "returned_qty": sa.func.sum(base.c.returned_qty),
        "sold": amount(base.c.net + base.c.credited),
        "credited": amount(base.c.credited),
    }
    rows = await gather(asks.database, grouped(base, asked.by, measures), asked.layout, MEASURES)
    found = [ReturnsRow(**in_percent(row)) for row in rows]
    total = CameBack(**in_percent(total_of(rows, MEASURES)))
    report = Returns(first_day=span.first, last_day=span.last, by=asked.by, rows=found, total=total)
    return asks.answer(report, found, ReturnsRow)


def in_percent(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its percentages."""
    return {
        **row,
        "returned_qty_pct": percent_of(row["returned_qty"], row["qty"]),
        "credited_pct": percent_of(row["credited"], row["sold"]),
    }
