"""Functions that SQLite lacks and our SQL uses."""

from __future__ import annotations

import csv
import io
import sqlite3
from typing import Any

import msgspec

__all__ = ["register_functions"]


def register_functions(connection: sqlite3.Connection) -> None:
    """Make them known to one connection."""
    connection.create_function("unicode_lower", 1, unicode_lower, deterministic=True)
    connection.create_function("csv_row", -1, csv_row, deterministic=True)
    connection.create_function("strip_nulls", 1, strip_nulls, deterministic=True)


def unicode_lower(text: Any) -> Any:
    """Lower case for all alphabets; SQLite's own knows only ASCII."""
    return text.lower() if isinstance(text, str) else text


def csv_row(*fields: Any) -> str:
    """One line of CSV; null is empty, an empty text is quoted, as PostgreSQL writes them."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="")
    first = True
    for field in fields:
        if not first:
            line.write(",")
        first = False
        if field == "":
            line.write('""')
        elif field is not None:
            writer.writerow([field])
    return line.getvalue()


def strip_nulls(text: str) -> str:
    """An object without the keys whose value is null, at any depth."""
    return msgspec.json.encode(without_nulls(msgspec.json.decode(text))).decode()


def without_nulls(value: Any) -> Any:
    """A JSON value without null members of objects."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
