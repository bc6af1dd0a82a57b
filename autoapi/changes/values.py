"""Rows as Python's values, by the kind of their columns, and back as a JSON body.

A value that is not of its column's kind stays what it is: the database will say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from autoapi.catalogue import Column, DataType, Kind, Table
from autoapi.compile import own_columns

__all__ = ["encode_rows", "is_odd", "read_rows", "read_values", "value_columns"]

ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
FLOAT: Final = DataType("double precision", "double precision", "number")
KINDS: Final[Mapping[Kind, type[Any]]] = {
    "integer": int,
    "date": date,
    "time": time,
    "timestamp": datetime,
    "timestamptz": datetime,
    "uuid": UUID,
}


def value_columns(table: Table) -> dict[str, Column]:
    """The columns of a table by the database's names, with numbers as rules' models have them."""
    inexact = frozenset() if table.guard is None else table.guard.inexact
    return {
        each.stored_name: replace(each, type=FLOAT) if each.stored_name in inexact else each
        for each in own_columns(table)
    }


def read_rows(text: bytes) -> list[dict[str, Any]]:
    """The objects of a JSON text, which is one or a list of them; none for an empty one."""
    found = DECODER.decode(text) if text else []
    return found if isinstance(found, list) else [found]


def read_values(row: Mapping[str, Any], columns: Mapping[str, Column]) -> dict[str, Any]:
    """A row with its values as Python's; keys that are no columns are left out."""
    return {
        name: read_value(value, columns[name]) for name, value in row.items() if name in columns
    }


def read_value(value: Any, column: Column) -> Any:
    """One value; one that is not of its column's kind stays what it is."""
    try:
        return converted(value, column)
    except (msgspec.ValidationError, ArithmeticError, ValueError):
        return value


def is_odd(value: Any, column: Column) -> bool:
    """Whether a value of a body is none that Python reads as its column's kind."""
    try:
        converted(value, column)
    except (msgspec.ValidationError, ArithmeticError, ValueError):
        return True
    return False


def converted(value: Any, column: Column) -> Any:
    """A value as Python's. Raises ``ValueError`` and its like for one of another kind."""
    kind = column.type.kind
    if value is None:
        return None
    if kind == "number":
        if isinstance(value, bool):
            raise ValueError("a boolean is no number")
        binary = column.type.cast in ("real", "double precision", "float8")
        return float(value) if binary else Decimal(str(value))
    wanted = bool if kind == "boolean" else KINDS.get(kind)
    return value if wanted is None else msgspec.convert(value, wanted, strict=False)


def encode_rows(rows: Sequence[Mapping[str, Any]], *, single: bool) -> bytes:
    """Rows as the JSON body that would have brought them."""
    return ENCODER.encode(rows[0] if single else rows)
