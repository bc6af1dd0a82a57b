"""Rows gathered by a subject: a product, a customer, a place, a period and so on.

Whatever they are gathered by, the same rows are added up, so that every breakdown has one
total. Periods are gathered from days here, since databases differ in weeks and years; those
in which nothing happened are rows of zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa
from pydantic import BaseModel, Field

from autoapi import Transaction
from generated.models import Customers, Locations, Manufacturers, Products, ProductSchedule
from overrides.analytics.asking import Narrowed
from overrides.analytics.periods import Granularity, key_of, periods
from overrides.spans import Ranged, Span

__all__ = ["By", "Grouped", "Layout", "Periodical", "Subject", "gather", "grouped", "total_of"]

By = Literal["period", "product", "customer", "manufacturer", "location", "schedule"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What rows are of, and of which days."""

    by: By
    granularity: Granularity
    span: Span


class Periodical(Ranged):
    """Parameters of a report of which each row may be a period."""

    granularity: Granularity = Field(
        "month", description="Of periods: `fy` is the financial year, April to March."
    )


class Grouped(Periodical, Narrowed):
    """Parameters of a report that is broken down."""

    by: By = Field("period", description="What the rows are of.")

    @property
    def layout(self) -> Layout:
        """What rows are of, and of which days. Raises ``bad_range`` (400)."""
        return Layout(self.by, self.granularity, self.span)


class Subject(BaseModel):
    """What a row is of."""

    key: int | str = Field(description="Its id; the schedule; the period, such as `2025-04`.")
    code: str | None = Field(description="A SKU, or the code of a customer or location.")
    name: str = Field(description="What it is called.")
    first_day: date | None = Field(description="Of a period, within the days asked for.")
    last_day: date | None = Field(description="Of a period, within the days asked for.")


@dataclass(frozen=True, slots=True)
class Named:
    """A table whose rows things are of, and what they are called there."""

    model: Any
    code: Any
    name: Any


NAMED: Final[Mapping[str, Named]] = {
    "product": Named(Products, Products.sku, Products.name),
    "customer": Named(Customers, Customers.code, Customers.name),
    "location": Named(Locations, Locations.code, Locations.name),
    "manufacturer": Named(Manufacturers, sa.null(), Manufacturers.name),
}
OF_LINES: Final = frozenset({"product", "manufacturer", "schedule"})
"""Of these one invoice may have several."""

Measures = Mapping[str, sa.ColumnElement[Any]]


def grouped(
    base: sa.FromClause, by: By, measures: Measures, counts: sa.Subquery | None = None
) -> sa.Select[Any]:
    """Rows of ``base`` gathered by its ``subject``: key, code, name, then the measures.

    ``counts`` has further numbers by the same key. Periods come as days, for ``gather``; all
    is in the order of its key.
    """
    labelled = [measure.label(name) for name, measure in measures.items()]
    of = base.c.subject
    sums = sa.select(of.label("key"), *labelled).group_by(of).subquery("sums")
    query = sa.select(*sums.c).order_by(sums.c.key)
    if by in NAMED:
        named = NAMED[by]
        query = query.add_columns(
            sa.cast(named.code, sa.Text).label("code"), named.name.label("name")
        )
        query = query.join_from(sums, named.model, named.model.id == sums.c.key)
    if counts is not None:
        more = [column for column in counts.c if column.name != "key"]
        query = query.add_columns(*(sa.func.coalesce(each, 0).label(each.name) for each in more))
        query = query.outerjoin(counts, counts.c.key == sums.c.key)
    return query


async def gather(
    database: Transaction, query: sa.Select[Any], layout: Layout, names: Sequence[str]
) -> list[dict[str, Any]]:
    """The rows of a query of ``grouped``, with what each is of; ``names`` are its measures."""
    calendar = periods(layout.span, layout.granularity) if layout.by == "period" else []
    rows = [dict(row._mapping) for row in await database.fetch(query)]
    if layout.by != "period":
        if layout.by == "schedule":  # databases sort labels in different ways
            rows.sort(key=lambda row: SCHEDULES.index(row["key"]))
        return [{"code": None, "name": str(row["key"]), **PERIODLESS, **row} for row in rows]
    sums: dict[str, dict[str, Any]] = {}
    for row in rows:
        into = sums.setdefault(key_of(row["key"], layout.granularity), {})
        for name in names:
            into[name] = into.get(name, 0) + row[name]
    nothing = dict.fromkeys(names, 0)
    return [
        {
            "key": period.key,
            "code": None,
            "name": period.key,
            "first_day": period.first,
            "last_day": period.last,
            **sums.get(period.key, nothing),
        }
        for period in calendar
    ]


SCHEDULES: Final = get_args(ProductSchedule)
PERIODLESS: Final = {"first_day": None, "last_day": None}


def total_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[str, Any]:
    """The measures of all rows together."""
    return {name: sum((row[name] for row in rows), Decimal(0)) for name in names}
