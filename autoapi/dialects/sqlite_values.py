"""What SQLite would take without a word: values checked against the column, as PostgreSQL does.

SQLite stores 'abc' in an integer column and ten characters in ``varchar(3)``. Both
databases must refuse the same bad input, so values are read here by the column's type,
with PostgreSQL's codes and texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import msgspec

from autoapi.catalogue import Column, DataType
from autoapi.dialects.types import Converter
from autoapi.errors import ApiError, bad_value

__all__ = ["check_bodies", "read_text", "read_texts"]

TRUE = frozenset({"t", "true", "y", "yes", "on", "1"})
FALSE = frozenset({"f", "false", "n", "no", "off", "0"})
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
INTEGER = re.compile(r"[+-]?\d+")
SMALLEST, LARGEST = -(2**63), 2**63 - 1


def read_text(type_: DataType) -> Converter:
    """What turns a filter's text into a value of the type."""
    return lambda text: read_value(type_, text)


def read_texts(type_: DataType) -> Converter:
    """The same for a list, which travels as one JSON text."""
    return lambda texts: msgspec.json.encode([read_value(type_, text) for text in texts]).decode()


def read_value(type_: DataType, text: str) -> Any:
    """A text as SQLite stores it. Raises 22P02 (400), or 22003 (400) out of range."""
    trimmed = text.strip()
    match type_.kind:
        case "integer":
            return read_integer(trimmed, text)
        case "number":
            return read_number(type_, trimmed)
        case "boolean":
            return read_boolean(trimmed.lower(), text)
        case "date" | "time" | "timestamp" | "timestamptz" | "uuid":
            return read_moment(type_, trimmed, text)
        case "enum":
            if type_.labels and text not in type_.labels:
                raise bad_value(type_.name, text)
            return text
        case _:
            return text


def read_integer(trimmed: str, text: str) -> int:
    """A whole number of 64 bits."""
    if not INTEGER.fullmatch(trimmed) or len(trimmed) > 40:
        raise bad_value("integer", text)
    number = int(trimmed)
    if not SMALLEST <= number <= LARGEST:
        raise ApiError("22003", 400, f'value "{trimmed}" is out of range for type bigint')
    return number


def read_number(type_: DataType, trimmed: str) -> int | float:
    """A number; whole ones stay whole."""
    if not NUMBER.fullmatch(trimmed):
        raise bad_value(type_.name, trimmed)
    if INTEGER.fullmatch(trimmed) and len(trimmed) < 19:
        return int(trimmed)
    number = float(trimmed)
    if math.isinf(number):
        raise ApiError("22003", 400, f'"{trimmed[:40]}" is out of range for type {type_.name}')
    return number


def read_boolean(trimmed: str, text: str) -> int:
    """1 or 0 for any of PostgreSQL's spellings."""
    if trimmed in TRUE:
        return 1
    if trimmed in FALSE:
        return 0
    raise bad_value("boolean", text)


def read_moment(type_: DataType, trimmed: str, text: str) -> str:
    """A date, time or UUID in the form that SQLite compares rightly: blank, not T, between."""
    try:
        match type_.kind:
            case "date":
                return (
                    date.fromisoformat(trimmed)
                    if len(trimmed) == 10
                    else datetime.fromisoformat(trimmed).date()
                ).isoformat()
            case "time":
                return time.fromisoformat(trimmed).isoformat()
            case "uuid":
                return str(UUID(trimmed))
            case _:
                return datetime.fromisoformat(trimmed).isoformat(sep=" ")
    except ValueError:
        name = {"timestamptz": "timestamp with time zone"}.get(type_.kind, type_.kind)
        raise ApiError("22007", 400, f'invalid input syntax for type {name}: "{text}"') from None


def check_bodies(columns: Sequence[Column], *, keep_missing: bool) -> Converter:
    """What turns a JSON body into the JSON text that SQLite unpacks.

    It is a list with, for each row, a list of its values in the order of ``columns``;
    with ``keep_missing`` an object of them keyed by position, without those it lacks.
    """

    def convert(body: bytes) -> str:
        decoded = msgspec.json.decode(body)
        rows = decoded if isinstance(decoded, list) else [decoded]
        check = check_given if keep_missing else check_row
        return msgspec.json.encode([check(row, columns) for row in rows]).decode()

    return convert


def check_row(row: dict[str, Any], columns: Sequence[Column]) -> list[Any]:
    """One row's values in the order of the columns."""
    return [check_value(each, row.get(each.name)) for each in columns]


def check_given(row: dict[str, Any], columns: Sequence[Column]) -> dict[str, Any]:
    """One row's values by the position of their column, only those it has."""
    return {
        str(position): check_value(each, row[each.name])
        for position, each in enumerate(columns)
        if each.name in row
    }


def check_value(each: Column, value: Any) -> Any:
    """One JSON value as SQLite stores it. Raises 22P02, 22001, 22003, 22007 (400)."""
    if value is None:
        return None
    if each.type.kind == "json":
        return msgspec.json.encode(value).decode()
    if each.type.kind == "array" or isinstance(value, dict | list):
        if each.type.kind in ("text", "other"):
            return msgspec.json.encode(value).decode()
        raise bad_value(each.type.name, msgspec.json.encode(value).decode(), each.name)
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        text = str(int(value)) if each.type.kind in ("integer", "number") else repr(value)
    else:
        text = str(value)
    if "\x00" in text:
        raise ApiError("22021", 400, 'invalid byte sequence for encoding "UTF8": 0x00')
    if each.max_length is not None and len(text) > each.max_length:
        raise ApiError("22001", 400, f"value too long for type {each.type.name}")
    if each.type.kind == "other":
        return value
    return read_value(each.type, text)
