"""Days of the business in addresses and in SQL; what day it is, is in ``calendar``.

The time zone is the business's own (``BUSINESS_TIME_ZONE``). SQLite knows no zones: there its
distance from UTC is taken as fixed, as that of India is.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

import sqlalchemy as sa
from pydantic import BeforeValidator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from overrides.calendar import zone

__all__ = ["Day", "business_day", "start_of"]

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
ANY_DAY: Final = datetime(2026, 1, 1)


def read_day(given: Any) -> Any:
    """A day as it is written in an address, ``2026-03-31`` and no other way.

    pydantic would read ``20260331`` as seconds since 1970. Raises ValueError.
    """
    if isinstance(given, str):
        if len(given) != 10:
            raise ValueError("write a day as 2026-03-31")
        given = date.fromisoformat(given)
    if isinstance(given, date) and not FIRST <= given <= LAST:
        raise ValueError(f"a day must lie between {FIRST} and {LAST}")
    return given


Day = Annotated[date, BeforeValidator(read_day)]
"""A parameter that is a day."""


class business_day(FunctionElement[date]):  # noqa: N801 - reads as a function of SQL
    """The day of a moment."""

    inherit_cache = True
    name = "business_day"
    type = sa.Date()


class start_of(FunctionElement[datetime]):  # noqa: N801 - reads as a function of SQL
    """The moment at which a day begins."""

    inherit_cache = True
    name = "start_of"
    type = sa.DateTime(timezone=True)


@compiles(business_day, "postgresql")
def day_on_postgres(element: business_day, compiler: SQLCompiler, **words: Any) -> str:
    """See :class:`business_day`."""
    moment = compiler.process(element.clauses, **words)
    return f"CAST(timezone({zone_name(compiler)}, {moment}) AS DATE)"


@compiles(business_day, "sqlite")
def day_on_sqlite(element: business_day, compiler: SQLCompiler, **words: Any) -> str:
    """See :class:`business_day`."""
    return f"date({compiler.process(element.clauses, **words)}, '{minutes_from_utc():+d} minutes')"


@compiles(start_of, "postgresql")
def start_on_postgres(element: start_of, compiler: SQLCompiler, **words: Any) -> str:
    """See :class:`start_of`."""
    day = compiler.process(element.clauses, **words)
    return f"timezone({zone_name(compiler)}, CAST({day} AS TIMESTAMP))"


@compiles(start_of, "sqlite")
def start_on_sqlite(element: start_of, compiler: SQLCompiler, **words: Any) -> str:
    """See :class:`start_of`; moments are kept as text in UTC, so that they compare as text."""
    day = compiler.process(element.clauses, **words)
    return f"datetime({day}, '{-minutes_from_utc():+d} minutes')"


def zone_name(compiler: SQLCompiler) -> str:
    """The time zone as a literal: the settings are read once, so that it is part of the SQL."""
    return compiler.render_literal_value(zone().key, sa.Text())


def minutes_from_utc() -> int:
    """How far the zone is ahead of UTC."""
    distance = zone().utcoffset(ANY_DAY)
    return int(distance.total_seconds() // 60) if distance is not None else 0
