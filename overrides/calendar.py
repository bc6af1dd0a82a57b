"""Days of the business: in its own time zone, and in financial years from April to March."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from overrides.business_settings import business_settings

__all__ = ["day_of", "financial_year", "instants", "now", "today", "zone"]


def zone() -> ZoneInfo:
    """Where the business keeps its calendar."""
    return ZoneInfo(business_settings().time_zone)


def today() -> date:
    """The day it is, taken once in a request (domain, heading)."""
    return business_settings().today or datetime.now(zone()).date()


def now() -> datetime:
    """This moment, to the second, as rows of both databases keep it."""
    return datetime.now(UTC).replace(microsecond=0)


def day_of(moment: datetime) -> date:
    """The day that a moment falls on; one without a zone is in UTC, as SQLite keeps them."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(zone()).date()


def instants(first: date, last: date) -> tuple[datetime, datetime]:
    """The moments from the beginning of one day to the end of another, the second excluded."""
    begin = datetime.combine(first, time(), zone())
    return begin, datetime.combine(last + timedelta(days=1), time(), zone())


def financial_year(day: date) -> str:
    """The years from April to March that a day is in (domain rule 14).

    >>> financial_year(date(2026, 3, 31)), financial_year(date(2026, 4, 1))
    ('25-26', '26-27')
    """
    first = day.year if day.month >= 4 else day.year - 1
    return f"{first % 100:02d}-{(first + 1) % 100:02d}"
