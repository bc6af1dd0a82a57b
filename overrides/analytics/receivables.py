"""What customers owe, by age, and how many days of sales that is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from overrides.amounts import Money, Percent, amount, to_paise
from overrides.analytics.asking import Asks, Only, router
from overrides.analytics.sold import sold
from overrides.owed import Ages, ageing_query, ages_of, ledger_sums
from overrides.spans import Dated, Id, Ranged

__all__ = ["days_sales_outstanding", "receivables_ageing"]


class AgeingAsked(Dated):
    """Parameters of the ages of debts."""

    customer: Id | None = Field(None, description="Of one customer, by its id.")


class Debtor(BaseModel):
    """A customer who owes something."""

    customer_id: int
    code: str
    name: str


class AgeingRow(Ages, Debtor):
    """What a customer owes."""


class Ageing(BaseModel):
    """What customers owe; the rows add up to the total."""

    as_of: date
    rows: list[AgeingRow]
    total: Ages


@router.get("/receivables-ageing", response_model=Ageing)
async def receivables_ageing(asked: Annotated[AgeingAsked, Query()], asks: Asks) -> Any:
    """What customers owe by how long it has been due, unallocated credit apart.

    Due is an invoice after the credit days agreed when it was made. Customers who owe nothing
    and have nothing to their credit are left out.
    """
    found = await asks.database.fetch(ageing_query(asked.day, asked.customer))
    rows = [
        AgeingRow(**ages, customer_id=row.customer_id, code=row.code, name=row.name)
        for row in found
        if any((ages := ages_of(row)).values())
    ]
    total = Ages(
        **{
            name: sum((getattr(row, name) for row in rows), Decimal(0))
            for name in Ages.model_fields
        }
    )
    return asks.answer(Ageing(as_of=asked.day, rows=rows, total=total), rows, AgeingRow)


class DsoAsked(Ranged):
    """Parameters of the days of sales outstanding."""

    customer: Id | None = Field(None, description="Of one customer, by its id.")


class Dso(BaseModel):
    """How many days of sales customers owe."""

    first_day: date
    last_day: date
    days: int
    receivables: Money = Field(description="Balance of all customers at the end of the last day.")
    net: Money = Field(description="Net sales of these days, without tax.")
    dso: Percent | None = Field(description="receivables / net x days; null where net is 0.")


@router.get("/dso", response_model=Dso)
async def days_sales_outstanding(asked: Annotated[DsoAsked, Query()], asks: Asks) -> Any:
    """Days sales outstanding: what is owed at the end, in days of the net sales of the range."""
    span = asked.span
    net = sold(Only(customer=asked.customer), span, "customer")
    query = sa.select(
        *ledger_sums(span.last, asked.customer),
        sa.select(amount(net.c.net)).scalar_subquery().label("net"),
    )
    (row,) = await asks.database.fetch(query)
    receivables = row.invoiced - row.credited - row.received
    report = Dso(
        first_day=span.first,
        last_day=span.last,
        days=span.days,
        receivables=receivables,
        net=row.net,
        dso=to_paise(receivables / row.net * span.days) if row.net else None,
    )
    return asks.answer(report, [report], Dso)
