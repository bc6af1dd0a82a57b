"""How SQLite's values are shown and cast.

A column holds whatever was put in it, whatever it was declared as: infinities, bytes in a
text column, words in a boolean one. Each must become JSON all the same, since one row that
cannot be shown would hide all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Integer, Numeric, Text, case, cast, func, literal_column

from autoapi.catalogue import DataType
from autoapi.dialects.types import Expression, Output
from autoapi.errors import no_cast, not_implemented

__all__ = ["cast_value", "csv_field", "hex_text", "json_object", "json_value", "unsupported"]

TEXT = DataType("text", "TEXT", "text")
DATE = DataType("date", "TEXT", "date")
TIMESTAMP = DataType("timestamp", "TEXT", "timestamp")
BOOLEAN = DataType("boolean", "INTEGER", "boolean")
JSON = DataType("json", "TEXT", "json")

# json_object takes 127 arguments; wider rows are made of several.
KEYS_PER_OBJECT = 60

COMMA: Expression = literal_column("','")
DATE_KINDS = frozenset({"date", "timestamp", "timestamptz"})
NUMBER_KINDS = frozenset({"integer", "number", "boolean"})
TEXT_KINDS = frozenset({"text", "enum", "other"})

Cast = Literal["text", "integer", "number", "boolean", "json", "moment"]

# What a caller may cast to -> what that is, and the name by which PostgreSQL knows it.
CASTS: dict[str, tuple[Cast, str]] = {
    **dict.fromkeys(("text", "varchar", "character varying", "char"), ("text", "text")),
    **dict.fromkeys(("int", "integer", "int4"), ("integer", "integer")),
    **dict.fromkeys(("bigint", "int8"), ("integer", "bigint")),
    **dict.fromkeys(("smallint", "int2"), ("integer", "smallint")),
    **dict.fromkeys(("numeric", "decimal"), ("number", "numeric")),
    **dict.fromkeys(("real", "float4"), ("number", "real")),
    **dict.fromkeys(("double precision", "float", "float8"), ("number", "double precision")),
    **dict.fromkeys(("boolean", "bool"), ("boolean", "boolean")),
    **dict.fromkeys(("json", "jsonb"), ("json", "json")),
    "date": ("moment", "date"),
    "timestamp": ("moment", "timestamp"),
}


def json_value(output: Output) -> Expression:
    """A value as JSON shows it: booleans as such, JSON unpacked, bytes in PostgreSQL's hex."""
    value = output.expression
    if output.is_json:
        return func.json(value)
    match output.type.kind if output.type else "other":
        case "boolean":
            true, false = func.json(word("'true'")), func.json(word("'false'"))
            return boolean(value, true, false, held_value(value))
        case "json":
            return case((func.json_valid(value), func.json(value)), else_=held_value(value))
        case "timestamp" | "timestamptz":
            return held_value(value, func.replace(value, word("' '"), word("'T'")))
        case _ if output.type is TEXT:
            return value
        case _:
            return held_value(value)


def held_value(value: Expression, text: Expression | None = None) -> Expression:
    """A value by what it is, not by what its column was declared as; ``text`` where it is text.

    SQLite's own JSON shows a real number with 15 digits, which may be another number, and
    an infinite one as ``Inf``, which is not JSON; it refuses bytes.
    """
    shortened = cast(cast(value, Text), Numeric)
    exact = case((value == shortened, value), else_=func.json(func.real_json(value)))
    kinds: dict[Any, Any] = {word("'real'"): exact, word("'blob'"): hex_text(value)}
    if text is not None:
        kinds[word("'text'")] = text
    return case(kinds, value=func.typeof(value), else_=value)


def boolean(
    value: Expression, true: Expression, false: Expression, other: Expression
) -> Expression:
    """What stands for a boolean, which SQLite stores as 1 or 0, or for what is neither."""
    return case((value == word("1"), true), (value == word("0"), false), else_=other)


def csv_field(output: Output) -> Expression:
    """A value as a CSV field shows it; ``csv_row`` does the rest."""
    value = output.expression
    if output.type is not None and output.type.kind == "boolean":
        return boolean(value, word("'t'"), word("'f'"), value)
    return value


def cast_value(
    value: Expression, type_: DataType | None, type_name: str
) -> tuple[Expression, DataType | None]:
    """The casts that mean the same on both databases; others are refused.

    Raises 42846 (400) for one that PostgreSQL does not have.
    """
    kind = type_.kind if type_ else None
    cast_to, named = CASTS.get(type_name.lower(), (None, ""))
    name: Expression = literal_column(f"'{named}'")
    match cast_to:
        case "text" if kind == "boolean":
            return boolean(value, word("'true'"), word("'false'"), value), TEXT
        case "text":
            return cast(value, Text), None
        case "integer" | "number":
            return cast_number(value, type_, cast_to, name)
        case "boolean" | "json" if kind == cast_to:
            return value, type_
        case "boolean" if kind == "integer":
            return value != word("0"), BOOLEAN
        case "boolean" | "json" if kind in TEXT_KINDS:
            return func.read_as(value, name), BOOLEAN if cast_to == "boolean" else JSON
        case "boolean" | "json" if type_ is not None:
            raise no_cast(type_.name, type_name)
        case "moment" if kind in DATE_KINDS:
            if named == "date":
                return func.date(func.substr(value, 1, 10)), DATE
            return func.datetime(value), TIMESTAMP
    raise unsupported(f"a cast to {type_name}")


def cast_number(
    value: Expression, type_: DataType | None, cast_to: Cast, name: Expression
) -> tuple[Expression, DataType | None]:
    """A value as a number, whole or not; texts are read by PostgreSQL's rules."""
    kind = type_.kind if type_ else None
    if cast_to == "integer" and kind == "integer":
        return value, type_
    if kind in NUMBER_KINDS or kind is None:
        whole = cast_to == "integer" and kind != "boolean"
        return cast(func.round(value), Integer) if whole else cast(value, Numeric), None
    return func.read_as(value, name), None


def hex_text(value: Expression) -> Expression:
    r"""Bytes as PostgreSQL writes them: ``\x0aff``."""
    return word("'\\x'").op("||")(func.lower(func.hex(value)))


def json_object(pairs: Sequence[tuple[Expression, Expression]]) -> Expression:
    """``json_object``; one that is too wide for SQLite is sewn together from several."""
    if len(pairs) <= KEYS_PER_OBJECT:
        return func.json_object(*(part for pair in pairs for part in pair))
    head = json_object(pairs[:KEYS_PER_OBJECT])
    tail = json_object(pairs[KEYS_PER_OBJECT:])
    open_end = func.substr(head, 1, func.length(head) - 1)
    return func.json(open_end.op("||")(COMMA).op("||")(func.substr(tail, 2)))


def word(text: str) -> Expression:
    """A constant of the SQL."""
    return literal_column(text)


def unsupported(what: str) -> Exception:
    """SQLite cannot; the answer says so (PGRST127, 400)."""
    return not_implemented(
        f"SQLite does not support {what}", "See docs/sqlite.md for what differs from PostgreSQL"
    )
