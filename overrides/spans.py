"""Parameters that are days: from one to another, or the end of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from autoapi import Refused
from overrides.business_day import Day
from overrides.calendar import today
from overrides.reading import Parameters

__all__ = ["Dated", "Id", "Ranged", "Span", "year_until"]

Id = Annotated[int, Field(ge=1, lt=2**31)]
"""A parameter that is the id of a row."""


class Ranged(Parameters):
    """Parameters of a report of some days."""

    from_: Day | None = Field(
        None, alias="from", description="First day; a year before the last one if left out."
    )
    to: Day | None = Field(None, description="Last day; today if left out.")

    @property
    def span(self) -> Span:
        """The days that are meant. Raises ``bad_range`` (400)."""
        last = self.to or today()
        first = self.from_ or year_until(last)
        if first > last:
            raise Refused(
                "bad_range",
                f"'from' is {first} and lies after 'to', which is {last}",
                {"from": first.isoformat(), "to": last.isoformat()},
                status=400,
            )
        return Span(first, last)


class Dated(Parameters):
    """Parameters of a report of how things stood at the end of a day."""

    as_of: Day | None = Field(None, description="At the end of this day; today if left out.")

    @property
    def day(self) -> date:
        """The day that is meant."""
        return self.as_of or today()


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first`` to ``last``, both inclusive."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def holds(self, column: Any) -> sa.ColumnElement[bool]:
        """Whether a column that is a day lies in it."""
        return sa.and_(column >= self.first, column <= self.last)


def year_until(last: date) -> date:
    """The first day of the twelve months that end on a day.

    >>> year_until(date(2026, 3, 31)), year_until(date(2024, 2, 29))
    (datetime.date(2025, 4, 1), datetime.date(2023, 3, 1))
    """
    following = last + timedelta(days=1)
    try:
        return following.replace(year=following.year - 1)
    except ValueError:  # the 29th of February
        return following.replace(year=following.year - 1, day=28)
