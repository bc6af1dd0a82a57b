"""What is about to expire: units and their value, by how many days they have left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from autoapi import Refused
from generated.models import Batches, Locations
from overrides.amounts import Money, amount
from overrides.analytics.asking import Asks, Located, router
from overrides.analytics.shelves import on_hand
from overrides.spans import Dated

__all__ = ["expiring"]

BLOCKED: Final = ("quarantine", "recalled", "destroyed")  # states of a batch that is not sold
MOST_WINDOWS, LONGEST = 12, 3_650  # days


class ExpiringAsked(Dated, Located):
    """Parameters of what expires."""

    windows: str = Field(
        "30,60,90,180", max_length=80, description="Ends of the windows, in days, ascending."
    )

    @property
    def ends(self) -> tuple[int, ...]:
        """The ends of the windows, in days. Raises ``bad_windows`` (400)."""
        texts = [text.strip() for text in self.windows.split(",")]
        ends = tuple(int(text) if text.isascii() and text.isdigit() else 0 for text in texts)
        ascending = all(one < other for one, other in pairwise((0, *ends)))
        if not ascending or len(ends) > MOST_WINDOWS or ends[-1] > LONGEST:
            raise Refused(
                "bad_windows",
                f"'{self.windows}' are no windows",
                hint=f"At most {MOST_WINDOWS} ascending numbers of days up to {LONGEST}, such"
                " as 30,60,90",
                status=400,
            )
        return ends


class ExpiringRow(BaseModel):
    """What is on hand of one window."""

    window: str = Field(
        description="`expired`; `0-30`, `31-60` and so on; `later`; `quarantine` is all that is"
        " blocked, whenever it expires."
    )
    from_day: date | None = Field(description="First day of expiry in the window.")
    to_day: date | None = Field(description="Last day of expiry in the window.")
    batches: int
    qty: int
    value_at_cost: Money
    value_at_mrp: Money


class Expiring(BaseModel):
    """What is on hand, by the days it has left; the windows are disjoint."""

    as_of: date
    rows: list[ExpiringRow]


@router.get("/expiring", response_model=Expiring)
async def expiring(asked: Annotated[ExpiringAsked, Query()], asks: Asks) -> Any:
    """What is on hand by the days it has left; expired goods apart, blocked ones apart.

    Blocked is what is in quarantine or recalled, by its batch or by where it stands, as both
    are now: their past states are in the log of changes.
    """
    ends = asked.ends
    windows = ranges(asked.day, ends)
    stock = on_hand(asked.day, asked.location)
    window = place_of(windows)
    query = (
        sa.select(
            window.label("window"),
            sa.func.count(Batches.id.distinct()).label("batches"),
            sa.func.sum(stock.c.qty).label("qty"),
            amount(stock.c.qty * Batches.cost).label("value_at_cost"),
            amount(stock.c.qty * Batches.mrp).label("value_at_mrp"),
        )
        .select_from(stock)
        .join(Batches, Batches.id == stock.c.batch_id)
        .join(Locations, Locations.id == stock.c.location_id)
        .group_by(window)
    )
    if asked.product is not None:
        query = query.where(Batches.product_id == asked.product)
    found = {row.window: row._mapping for row in await asks.database.fetch(query)}
    nothing = {"batches": 0, "qty": 0, "value_at_cost": 0, "value_at_mrp": 0}
    rows = [
        ExpiringRow(
            **{
                **nothing,
                **found.get(number, {}),
                "window": name,
                "from_day": first,
                "to_day": last,
            }
        )
        for number, (name, first, last) in enumerate(windows)
    ]
    return asks.answer(Expiring(as_of=asked.day, rows=rows), rows, ExpiringRow)


Window = tuple[str, date | None, date | None]


def ranges(day: date, ends: Sequence[int]) -> list[Window]:
    """The windows of a day: what each is called, and the days of expiry it holds."""
    days = [day + timedelta(days=end) for end in ends]
    starts = [day, *(end + timedelta(days=1) for end in days)]
    names = [f"{one + 1 if one >= 0 else 0}-{other}" for one, other in pairwise((-1, *ends))]
    return [
        ("expired", None, day - timedelta(days=1)),
        *zip(names, starts, days, strict=False),
        ("later", starts[-1], None),
        ("quarantine", None, None),
    ]


def place_of(windows: Sequence[Window]) -> sa.ColumnElement[int]:
    """In which of the windows a batch at a location is, counted from 0."""
    blocked = sa.or_(Batches.status.in_(BLOCKED), Locations.kind == "quarantine")
    dated = [
        (Batches.expiry_date <= last, number)
        for number, (_, _, last) in enumerate(windows)
        if last is not None
    ]
    gone = (Batches.status == "expired", 0)
    return sa.case((blocked, len(windows) - 1), gone, *dated, else_=len(windows) - 2)
