"""Values on their way to SQLite and back, in the forms that the API stores itself.

SQLite tells no types, so what is read is decided by the type that the expression knows of
each column; without one a value stays as SQLite has it. What does not fit its type stays so
too, since SQLite takes anything into any column.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from autoapi.errors import number_too_large

__all__ = ["argument", "read_rows"]

Reader = Callable[[Any], Any]
LONGEST_INTEGER = 2**63


def argument(value: Any) -> Any:
    """A value as SQLite stores it: moments in UTC, a blank between date and time.

    Raises 22003 (400) for a whole number beyond 64 bits, which PostgreSQL refuses too.

    >>> argument(Decimal("1.50")), argument(datetime(2026, 1, 5, 10, tzinfo=UTC))
    (1.5, '2026-01-05 10:00:00+00:00')
    """
    match value:
        case Enum():
            return argument(value.value)
        case int() if not -LONGEST_INTEGER <= value < LONGEST_INTEGER:
            raise number_too_large(str(value))
        case None | str() | int() | float() | bytes():
            return value
        case Decimal():
            whole = value == value.to_integral_value() and abs(value) < LONGEST_INTEGER
            return int(value) if whole else float(value)
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value
            return moment.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Mapping() | list() | tuple():
            return json.dumps(value)
        case bytearray() | memoryview():
            return bytes(value)
        case _:
            return str(value)


def read_moment(value: Any) -> datetime:
    """A moment as it was stored."""
    return datetime.fromisoformat(value)


def read_aware(value: Any) -> datetime:
    """A moment with a zone: UTC, where none was stored."""
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def reader_of(type_: TypeEngine[Any]) -> Reader | None:
    """What reads a column of this type, None where SQLite's own value is right."""
    match type_:
        case sa.TypeDecorator():
            return reader_of(type_.impl_instance)
        case sa.Boolean():
            return bool
        case sa.Numeric() | sa.Float() if type_.asdecimal:
            return lambda value: Decimal(str(value))
        case sa.DateTime():
            return read_aware if type_.timezone else read_moment
        case sa.Date():
            return date.fromisoformat
        case sa.Time():
            return time.fromisoformat
        case sa.JSON():
            return json.loads
        case sa.Uuid():
            return UUID
        case sa.Interval():
            return lambda value: timedelta(seconds=value)
        case _:
            return None


def read_rows(
    rows: Sequence[tuple[Any, ...]], width: int, types: Sequence[TypeEngine[Any]]
) -> list[tuple[Any, ...]]:
    """Rows as SQLite gives them, with the values that the types say."""
    if len(types) != width:
        return list(rows)
    readers = [reader_of(type_) for type_ in types]
    if not any(readers):
        return list(rows)
    return [
        tuple(
            value if read is None or value is None else read_value(read, value)
            for read, value in zip(readers, row, strict=True)
        )
        for row in rows
    ]


def read_value(read: Reader, value: Any) -> Any:
    """One value, or SQLite's own where it does not fit."""
    try:
        return read(value)
    except (ValueError, TypeError, InvalidOperation):
        return value
