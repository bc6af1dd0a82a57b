"""What is earned: net sales less what the batches that were sold cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, Field

from overrides.amounts import Money, Percent, amount, percent_of
from overrides.analytics.asking import Asks, router
from overrides.analytics.grouping import By, Grouped, Subject, gather, grouped, total_of
from overrides.analytics.sold import sold

__all__ = ["margin"]


class Earned(BaseModel):
    """Net sales, cost and what is between them."""

    net: Money
    cost: Money = Field(
        description="What the batches cost that were sold, free units included, less units that"
        " came back."
    )
    margin: Money
    margin_pct: Percent | None = Field(description="Margin in percent of net; null where that is 0")


class MarginRow(Earned, Subject):
    """One row of the breakdown."""


class Margin(BaseModel):
    """Margin, broken down; the rows add up to the total."""

    first_day: date
    last_day: date
    by: By
    rows: list[MarginRow]
    total: Earned


MEASURES: Final = ("net", "cost")


@router.get("/margin", response_model=Margin)
async def margin(asked: Annotated[Grouped, Query()], asks: Asks) -> Any:
    """Net sales less the cost of the very batches that were sold, free units included."""
    span = asked.span
    base = sold(asked.only, span, asked.by, costs=True)
    query = grouped(base, asked.by, {name: amount(base.c[name]) for name in MEASURES})
    rows = await gather(asks.database, query, asked.layout, MEASURES)
    total = earned(total_of(rows, MEASURES))
    found = [MarginRow(**earned(row)) for row in rows]
    report = Margin(
        first_day=span.first, last_day=span.last, by=asked.by, rows=found, total=Earned(**total)
    )
    return asks.answer(report, found, MarginRow)


def earned(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its margin."""
    difference = row["net"] - row["cost"]
    return {**row, "margin": difference, "margin_pct": percent_of(difference, row["net"])}
