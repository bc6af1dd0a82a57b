"""What SQLite would take without a word: values checked against the column, as PostgreSQL does.

SQLite stores 'abc' in an integer column and ten characters in ``varchar(3)``. Both
databases must refuse the same bad input, so values are read here by the column's type,
with PostgreSQL's codes and texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from autoapi.catalogue import Column, DataType
from autoapi.dialects.types import Converter
from autoapi.errors import ApiError, bad_body, bad_value

__all__ = ["check_bodies", "hex_form", "integer_reader", "read_bytes", "read_text", "read_texts"]

TRUE = frozenset({"t", "true", "y", "yes", "on", "1"})
FALSE = frozenset({"f", "false", "n", "no", "off", "0"})
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
INTEGER = re.compile(r"[+-]?\d+")
MOMENT = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:$|[ T])|\d{1,2}:\d{1,2}")
PRECISION = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")  # of numeric(10,2)


def read_text(type_: DataType) -> Converter:
    """What turns a filter's text into a value of the type."""
    return lambda text: read_value(type_, text)


def read_texts(type_: DataType) -> Converter:
    """The same for a list, which travels as one JSON text."""
    if type_.kind == "bytes":  # compared in their hex form
        return lambda texts: msgspec.json.encode([hex_form(read_bytes(t)) for t in texts]).decode()
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
        case "bytes":
            return read_bytes(text)
        case "json":
            return read_json(text)
        case _:  # an enumeration is a CHECK, which the database itself holds
            return text


def read_json(text: str) -> str:
    """A JSON value, as it was written."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        raise bad_value("json", text) from error
    return text


def read_integer(trimmed: str, text: str) -> int:
    """A whole number of 64 bits."""
    if not INTEGER.fullmatch(trimmed) or len(trimmed) > 40:
        raise bad_value("integer", text)
    return within(int(trimmed), trimmed, "bigint", 8)


def within(number: int, text: str, type_name: str, octets: int) -> int:
    """A whole number, if it is one of so many octets. Raises 22003 (400)."""
    limit = 2 ** (8 * octets - 1)
    if -limit <= number < limit:
        return number
    raise ApiError("22003", 400, f'value "{text}" is out of range for type {type_name}')


def integer_reader(name: str, octets: int) -> Converter:
    """What reads whole numbers of so many octets, which a type's name tells."""

    def convert(text: str) -> int:
        trimmed = text.strip()
        if not INTEGER.fullmatch(trimmed) or len(trimmed) > 40:
            raise bad_value(name, text)
        return within(int(trimmed), text, name, octets)

    return convert


def read_number(type_: DataType, trimmed: str) -> int | float:
    """A number; whole ones stay whole."""
    if not NUMBER.fullmatch(trimmed):
        raise bad_value(type_.name.partition("(")[0].strip().lower(), trimmed)
    if INTEGER.fullmatch(trimmed) and len(trimmed) < 19:
        return int(trimmed)
    number = float(trimmed)
    if math.isinf(number):
        raise ApiError("22003", 400, f'"{trimmed[:40]}" is out of range for type {type_.name}')
    return number


@lru_cache(maxsize=1_000)
def precision_of(type_name: str) -> tuple[int, int] | None:
    """All digits, and those after the point, of a declared ``numeric(10,2)``; else None.

    >>> precision_of("numeric(10,2)"), precision_of("real")
    ((10, 2), None)
    """
    found = PRECISION.search(type_name)
    return (int(found[1]), int(found[2] or 0)) if found else None


def fit_precision(number: int | float, text: str, digits: int, scale: int) -> int | float:
    """A number rounded to its column's scale, as PostgreSQL does. Raises 22003 (400)."""
    if abs(number) < 10 ** (digits - scale):
        rounded = Decimal(text.strip()).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        if abs(rounded) < 10 ** (digits - scale):
            return int(rounded) if rounded == int(rounded) else float(rounded)
    raise ApiError(
        "22003",
        400,
        "numeric field overflow",
        details=f"A field with precision {digits}, scale {scale} must round to an absolute"
        f" value less than 10^{digits - scale}.",
    )


def read_bytes(text: str) -> bytes:
    r"""PostgreSQL's ``\x0aff``, or else the text's own bytes."""
    if not text.startswith("\\x"):
        return text.encode()
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise bad_value("bytea", text) from None


def hex_form(raw: bytes) -> str:
    """The way back."""
    return f"\\x{raw.hex()}"


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
            case "timestamptz":
                moment = datetime.fromisoformat(trimmed)
                utc = moment.astimezone(UTC) if moment.tzinfo else moment
                return utc.isoformat(sep=" ")
            case _:
                return datetime.fromisoformat(trimmed).replace(tzinfo=None).isoformat(sep=" ")
    except ValueError:
        raise bad_moment(type_, text) from None


def bad_moment(type_: DataType, text: str) -> ApiError:
    """A text that is no date, time or UUID, or one of the right form that the calendar lacks."""
    if type_.kind == "uuid":
        return bad_value("uuid", text)
    if MOMENT.match(text.strip()):
        return ApiError("22008", 400, f'date/time field value out of range: "{text[:200]}"')
    name = {"timestamptz": "timestamp with time zone"}.get(type_.kind, type_.kind)
    return ApiError("22007", 400, f'invalid input syntax for type {name}: "{text[:200]}"')


def check_bodies(columns: Sequence[Column], *, keep_missing: bool) -> Converter:
    """What turns a JSON body into the JSON text that SQLite unpacks.

    It is a list with, for each row, a list of its values in the order of ``columns``;
    with ``keep_missing`` an object of them keyed by position, without those it lacks.
    """

    def convert(body: bytes) -> str:
        try:
            decoded = msgspec.json.decode(body)
        except msgspec.DecodeError as error:  # a value that was not looked at before
            raise bad_body("Empty or invalid json", str(error)) from error
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
        return without_nul(msgspec.json.encode(value).decode(), "\\u0000")
    if each.type.kind == "array" or isinstance(value, dict | list):
        if each.type.kind in ("text", "other"):
            return msgspec.json.encode(value).decode()
        raise bad_value(each.type.name, msgspec.json.encode(value).decode(), each.name)
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        text = str(int(value)) if each.type.kind == "number" else repr(value)
    else:
        text = str(value)
    without_nul(text, "\x00")
    if each.max_length is not None and len(text) > each.max_length:
        raise ApiError("22001", 400, f"value too long for type {each.type.name}")
    if each.type.kind == "other":
        return value
    if each.type.kind == "number" and (precision := precision_of(each.type.name)):
        return fit_precision(read_number(each.type, text.strip()), text, *precision)
    if each.type.kind == "bytes":  # JSON has none; ``body_select`` turns them back
        return hex_form(read_bytes(text))
    return read_value(each.type, text)


def without_nul(text: str, nul: str) -> str:
    """The text, if it has no U+0000, which PostgreSQL can store in neither text nor jsonb."""
    if nul in text:
        details = "\\u0000 cannot be converted to text."
        raise ApiError("22P05", 400, "unsupported Unicode escape sequence", details=details)
    return text
