"""Functions that SQLite lacks and our SQL uses."""

from __future__ import annotations

import math
import re
import sqlite3
import threading
from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec

from autoapi.catalogue import DataType
from autoapi.dialects.json_values import check_json, json_contains, json_order
from autoapi.dialects.patterns import pattern_matches
from autoapi.dialects.sqlite_values import integer_reader, read_text
from autoapi.errors import ApiError

__all__ = ["RAISED", "register_functions"]

# What PostgreSQL leaves unquoted in the text of a row.
CSV_PLAIN = re.compile(r'[^",()\\\s]+')
NULL = b"null"
OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
LIST = msgspec.json.Decoder(list[msgspec.Raw])


def register_functions(connection: sqlite3.Connection) -> None:
    """Make them known to one connection."""
    connection.create_function("unicode_lower", 1, unicode_lower, deterministic=True)
    connection.create_function("csv_row", -1, csv_row, deterministic=True)
    connection.create_function("record_row", -1, record_row, deterministic=True)
    connection.create_function("strip_nulls", 1, strip_nulls, deterministic=True)
    connection.create_function("bytes_of", 1, bytes_of, deterministic=True)
    connection.create_function("real_json", 1, real_json, deterministic=True)
    connection.create_function("read_as", 2, read_as, deterministic=True)
    connection.create_function("row_version", -1, row_version, deterministic=True)
    connection.create_function("json_order", 1, json_order, deterministic=True)
    connection.create_function("json_contains", 2, json_contains, deterministic=True)
    connection.create_function("pattern_matches", 3, pattern_matches, deterministic=True)


def unicode_lower(text: Any) -> Any:
    """Lower case for all alphabets; SQLite's own knows only ASCII."""
    return text.lower() if isinstance(text, str) else text


def csv_row(*fields: Any) -> str:
    """One line of CSV, quoted where PostgreSQL quotes: null is empty, an empty text is quoted."""
    return ",".join(csv_text(field) for field in fields)


def record_row(*fields: Any) -> str:
    """The same as PostgreSQL writes a record: backslashes are doubled."""
    return ",".join(csv_text(field).replace("\\", "\\\\") for field in fields)


def csv_text(field: Any) -> str:
    """One field; bytes in PostgreSQL's hex."""
    if field is None:
        return ""
    if isinstance(field, bytes):
        return rf"\x{field.hex()}"
    if isinstance(field, float) and not math.isfinite(field):
        return infinity(field)
    text = str(field)
    return text if CSV_PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"'


def real_json(number: Any) -> str:
    """A real number as JSON with every digit it has; what is infinite as a text.

    >>> real_json(0.1 + 0.2), real_json(float("-inf"))
    ('0.30000000000000004', '"-Infinity"')
    """
    return repr(number) if math.isfinite(number) else f'"{infinity(number)}"'


def infinity(number: float) -> str:
    """The name that PostgreSQL gives it."""
    return "Infinity" if number > 0 else "-Infinity"


def read_as(value: Any, type_name: str) -> Any:
    """A text as a value of a type.

    Raises ApiError, which SQLite reports as an error of ours; ``RAISED`` keeps which.
    """
    if value is None:
        return None
    try:
        return READERS[type_name](str(value))
    except ApiError as error:
        RAISED.error = error
        raise


class Raised(threading.local):
    """What a function of ours raised last, on the thread that ran it."""

    error: ApiError | None = None


RAISED = Raised()


READERS: dict[str, Callable[[str], Any]] = {
    "integer": integer_reader("integer", 4),
    "bigint": integer_reader("bigint", 8),
    "smallint": integer_reader("smallint", 2),
    **{
        name: read_text(DataType(name, name, "number"))
        for name in ("numeric", "real", "double precision")
    },
    "boolean": read_text(DataType("boolean", "boolean", "boolean")),
    "json": check_json,
}


def bytes_of(text: Any) -> bytes | None:
    """PostgreSQL's hex form as bytes."""
    return bytes.fromhex(text[2:]) if isinstance(text, str) else None


def row_version(*fields: bytes | str | None) -> str:
    """A digest of a row's values, each as its bytes.

    >>> row_version(b"1", None) == row_version(b"1", b"")
    False
    """
    return blake2b(repr(fields).encode(), digest_size=8).hexdigest()


def strip_nulls(text: str) -> str:
    """An object without the keys whose value is null, at any depth.

    >>> strip_nulls('{"a": null, "b": [{"c": null}], "d": 1.10}')
    '{"b":[{}],"d":1.10}'
    """
    return bytes(without_nulls(msgspec.Raw(text.encode()))).decode()


def without_nulls(value: msgspec.Raw) -> msgspec.Raw:
    """A JSON value without null members of objects; numbers keep every digit."""
    if NULL not in bytes(value):
        return value
    match bytes(value).lstrip()[:1]:
        case b"{":
            members = OBJECT.decode(value)
            kept = {key: item for key, item in members.items() if bytes(item) != NULL}
            found: Any = {key: without_nulls(item) for key, item in kept.items()}
        case b"[":
            found = [without_nulls(item) for item in LIST.decode(value)]
        case _:
            return value
    return msgspec.Raw(msgspec.json.encode(found))
