"""Values on their way to PostgreSQL and back, both as the texts that the server writes itself.

What is read is decided by the number of a column's type, which the server tells; types that
nothing here reads, enumerations among them, stay texts. A value that Python has no form for
(the year 10000, an infinite date) stays a text as well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY
from sqlalchemy.types import TypeEngine

from autoapi.wire import Column
from autoapi.wire import Row as WireRow

__all__ = ["OUTPUT", "argument", "read_rows"]

# How the server must write for us to read it, whatever the login's own settings are.
OUTPUT = (("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("bytea_output", "hex"))

Reader = Callable[[str], Any]
DAYS = {"year": 365, "mon": 30, "day": 1}  # as psycopg counts them
SPAN = re.compile(r"([+-]?\d+) (year|mon|day)s?|([+-]?)(\d+):(\d+):(\d+(?:\.\d+)?)")
ITEM = re.compile(r'([{},])|"((?:[^"\\]|\\.)*)"|([^{},"]+)', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_interval(text: str) -> timedelta:
    """A span of time; a year has 365 days and a month 30.

    >>> read_interval("1 mon -2 days 00:00:01.5")
    datetime.timedelta(days=28, seconds=1, microseconds=500000)
    """
    found = timedelta()
    for count, unit, sign, hours, minutes, seconds in SPAN.findall(text):
        if unit:
            found += timedelta(days=int(count) * DAYS[unit])
            continue
        part = timedelta(
            hours=int(hours), minutes=int(minutes), microseconds=int(Decimal(seconds) * 1_000_000)
        )
        found += -part if sign == "-" else part
    return found


def read_array(read: Reader) -> Reader:
    r"""What reads an array of such items, of any depth.

    >>> read_array(int)("{{1,2},{3,NULL}}"), read_array(str)('{"a,\\"b",NULL}')
    ([[1, 2], [3, None]], ['a,"b', None])
    """

    def reader(text: str) -> list[Any]:
        outer: list[Any] = []
        nested = [outer]
        # An array whose bounds do not start at 1 says so first: [0:1]={1,2}
        for mark, quoted, bare in ITEM.findall(text, text.index("{")):
            if mark == "{":
                nested[-1].append([])
                nested.append(nested[-1][-1])
            elif mark == "}":
                nested.pop()
            elif not mark:
                null = bare == "NULL"
                nested[-1].append(None if null else read(bare or ESCAPED.sub(r"\1", quoted)))
        found: list[Any] = outer[0]
        return found

    return reader


SCALARS: dict[int, tuple[int, Reader]] = {  # type: its array's type, and what reads it
    16: (1000, "t".__eq__),  # boolean
    17: (1001, lambda text: bytes.fromhex(text[2:])),  # bytea
    20: (1016, int),  # bigint
    21: (1005, int),  # smallint
    23: (1007, int),  # integer
    26: (1028, int),  # oid
    114: (199, json.loads),  # json
    700: (1021, float),  # real
    701: (1022, float),  # double precision
    1082: (1182, date.fromisoformat),
    1083: (1183, time.fromisoformat),
    1114: (1115, datetime.fromisoformat),  # timestamp
    1184: (1185, datetime.fromisoformat),  # timestamptz
    1186: (1187, read_interval),
    1266: (1270, time.fromisoformat),  # timetz
    1700: (1231, Decimal),  # numeric
    2950: (2951, UUID),
    3802: (3807, json.loads),  # jsonb
    25: (1009, str),  # text
    1042: (1014, str),  # character
    1043: (1015, str),  # varchar
    19: (1003, str),  # name
}
READERS: dict[int, Reader] = {kind: read for kind, (_, read) in SCALARS.items()} | {
    array: read_array(read) for array, read in SCALARS.values()
}
TEXTS = read_array(str)


def read_rows(
    columns: Sequence[Column], rows: Sequence[WireRow], types: Sequence[TypeEngine[Any]]
) -> list[tuple[Any, ...]]:
    """Rows of texts as rows of values; ``types`` are what the expression knew of its columns."""
    known = types if len(types) == len(columns) else (None,) * len(columns)
    readers = [
        READERS.get(column.type) or (TEXTS if isinstance(type_, ARRAY) else str)
        for column, type_ in zip(columns, known, strict=True)
    ]
    return [
        tuple(
            None if field is None else read_value(read, field.decode())
            for read, field in zip(readers, row, strict=True)
        )
        for row in rows
    ]


def read_value(read: Reader, text: str) -> Any:
    """One value, or its text where Python has none."""
    try:
        return read(text)
    except ValueError:
        return text


def argument(value: Any) -> str | None:
    r"""A value as the text that the server reads.

    >>> argument([1, None, 'a"b']), argument(b"\x0a"), argument({"a": [True]})
    ('{"1",NULL,"a\\"b"}', '\\x0a', '{"a": [true]}')
    """
    match value:
        case None:
            return None
        case Enum():
            return argument(value.value)
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case bytes() | bytearray() | memoryview():
            return f"\\x{value.hex()}"
        case timedelta():
            return f"{value.days} days {value.seconds}.{value.microseconds:06} seconds"
        case Mapping():
            return json.dumps(value)
        case list() | tuple() | set() | frozenset():
            return "{" + ",".join(map(array_item, value)) + "}"
        case _:
            return str(value)


def array_item(item: Any) -> str:
    """One item of an array's text, quoted unless it is null or a list itself."""
    if item is None:
        return "NULL"
    text = argument(item) or ""
    if isinstance(item, list | tuple):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
