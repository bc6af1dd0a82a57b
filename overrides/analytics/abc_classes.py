"""Which products most of the value comes from: classes A, B and C."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel

from overrides.amounts import Money, Percent, amount, percent_of
from overrides.analytics.asking import Asks, Narrowed, router
from overrides.analytics.grouping import grouped
from overrides.analytics.sold import sold
from overrides.spans import Dated, Span, year_until

__all__ = ["abc"]

A_UNTIL, B_UNTIL = Decimal(80), Decimal(95)  # percent of all value; domain, section 5
Class = Literal["A", "B", "C"]
CLASSES: Final[tuple[Class, ...]] = ("A", "B", "C")


class AbcAsked(Dated, Narrowed):
    """Parameters of the classes."""


class AbcRow(BaseModel):
    """A product, its part of all value, and that of all up to it."""

    rank: int
    product_id: int
    sku: str
    name: str
    net: Money
    share_pct: Percent | None
    cumulative_pct: Percent | None
    abc: Class


class AbcClass(BaseModel):
    """All products of one class."""

    abc: Class
    products: int
    net: Money


class Abc(BaseModel):
    """Products by the value of twelve months, the most first."""

    first_day: date
    last_day: date
    classes: list[AbcClass]
    rows: list[AbcRow]


@router.get("/abc", response_model=Abc)
async def abc(asked: Annotated[AbcAsked, Query()], asks: Asks) -> Any:
    """Products by their net value of twelve months: up to 80 % of all of it A, up to 95 % B.

    A product belongs where the value of all up to and including it leads; of equals the one
    with the lower id comes first.
    """
    span = Span(year_until(asked.day), asked.day)
    base = sold(asked.only, span, "product")
    query = grouped(base, "product", {"net": amount(base.c.net)})
    ranked = query.order_by(None).order_by(sa.desc("net"), "key")
    rows = classified(await asks.database.fetch(ranked))
    classes = [
        AbcClass(
            abc=each,
            products=sum(row.abc == each for row in rows),
            net=sum((row.net for row in rows if row.abc == each), Decimal(0)),
        )
        for each in CLASSES
    ]
    report = Abc(first_day=span.first, last_day=span.last, classes=classes, rows=rows)
    return asks.answer(report, rows, AbcRow)


def classified(products: list[Any]) -> list[AbcRow]:
    """Products of descending value with their classes."""
    whole = sum((each.net for each in products), Decimal(0))
    until = Decimal(0)
    rows = []
    for rank, each in enumerate(products, start=1):
        until += each.net
        rows.append(
            AbcRow(
                rank=rank,
                product_id=each.key,
                sku=each.code,
                name=each.name,
                net=each.net,
                share_pct=percent_of(each.net, whole),
                cumulative_pct=percent_of(until, whole),
                abc=class_of(until, whole, each.net),
            )
        )
    return rows


def class_of(until: Decimal, whole: Decimal, net: Decimal) -> Class:
    """The class of a product; one that brought nothing in is a C."""
    if net <= 0 or until * 100 > B_UNTIL * whole:
        return "C"
    return "A" if until * 100 <= A_UNTIL * whole else "B"
