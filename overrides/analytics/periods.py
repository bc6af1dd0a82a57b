"""Days gathered into weeks, months and financial years, none of them left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from autoapi import Refused
from overrides.spans import Span

__all__ = ["Granularity", "Period", "key_of", "periods"]

Granularity = Literal["day", "week", "month", "fy"]

MOST: Final = 4_000  # periods of one answer: ten years of days
NEW_YEAR: Final = 4  # the financial year of India begins in April


@dataclass(frozen=True, slots=True)
class Period:
    """Some days in a row; the first and last period of a span end with it."""

    key: str
    first: date
    last: date


def key_of(day: date, granularity: Granularity) -> str:
    """What the period of a day is called.

    >>> [key_of(date(2026, 1, 1), each) for each in ("day", "week", "month", "fy")]
    ['2026-01-01', '2026-W01', '2026-01', '2025-26']
    """
    match granularity:
        case "day":
            return day.isoformat()
        case "week":  # ISO 8601: Monday to Sunday, of the year in which its Thursday lies
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        case "month":
            return f"{day.year}-{day.month:02d}"
        case "fy":
            year = day.year if day.month >= NEW_YEAR else day.year - 1
            return f"{year}-{(year + 1) % 100:02d}"


def following(day: date, granularity: Granularity) -> date:
    """The first day of the period after that of a day."""
    match granularity:
        case "day":
            return day + timedelta(days=1)
        case "week":
            return day + timedelta(days=7 - day.weekday())
        case "month":
            return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        case "fy":
            year = day.year + 1 if day.month >= NEW_YEAR else day.year
            return date(year, NEW_YEAR, 1)


def each_period(span: Span, granularity: Granularity) -> Iterator[Period]:
    """The periods of a span, in order."""
    first = span.first
    while first <= span.last:
        after = following(first, granularity)
        yield Period(key_of(first, granularity), first, min(span.last, after - timedelta(days=1)))
        first = after


def periods(span: Span, granularity: Granularity) -> list[Period]:
    """The same as a list. Raises ``too_many_periods`` (400)."""
    found: list[Period] = []
    for each in each_period(span, granularity):
        if len(found) == MOST:
            raise Refused(
                "too_many_periods",
                f"From {span.first} to {span.last} there are more than {MOST} of '{granularity}'",
                hint="Ask for fewer days, or for a coarser granularity",
                status=400,
            )
        found.append(each)
    return found
