"""What a type is called in the document, and which of Swagger's types it is.

Clients' generators read ``format`` as PostgreSQL's own name of the type, without its
length; SQLite's types go by the PostgreSQL name that is nearest.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from autoapi.catalogue import Column, DataType, Kind

__all__ = ["default_of", "described_type", "items_of", "parameter_type", "plain_format", "type_of"]

TYPES: Final[dict[str, str | None]] = {
    "boolean": "boolean",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "number",
    "real": "number",
    "double precision": "number",
    "json": None,  # any value at all
    "jsonb": None,
}
FORMATS: Final[dict[str, str]] = {"smallint": "int32", "integer": "int32", "bigint": "int64"}

# What casting writes where the plain name is another: "bpchar" takes any length in a cast.
PLAIN_NAMES: Final[dict[str, str]] = {
    "bpchar": "character",
    "bpchar[]": "character[]",
    '"bit"': "bit",
    '"bit"[]': "bit[]",
}

SQLITE_NAMES: Final[dict[Kind, str]] = {
    "boolean": "boolean",
    "integer": "bigint",
    "number": "numeric",
    "text": "text",
    "date": "date",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "uuid": "uuid",
    "json": "json",
    "bytes": "bytea",
}
QUOTE: Final = "'"
TEXT_LITERAL: Final = re.compile(r"'[^']*'")


def type_of(name: str) -> str | None:
    """Swagger's type for a type's name; None for one that holds any value.

    >>> type_of("integer"), type_of("integer[]"), type_of("date"), type_of("jsonb")
    ('integer', 'array', 'string', None)
    """
    return TYPES.get(name, "array" if name.endswith("[]") else "string")


def plain_format(name: str) -> str:
    """The ``format`` of a type's name.

    >>> plain_format("bigint"), plain_format("text[]")
    ('int64', 'text[]')
    """
    return FORMATS.get(name, name)


def items_of(name: str) -> dict[str, str] | None:
    """What an array holds; None for a type that is no array."""
    if type_of(name) != "array":
        return None
    inner = type_of(name.removesuffix("[]"))
    return {} if inner is None else {"type": inner}


def described_type(type_: DataType, dialect: str) -> str:
    """A column's type as the document names it: a domain over a plain type goes by that."""
    if dialect == "sqlite":
        return SQLITE_NAMES.get(type_.kind, type_.name.lower())
    if is_of_system(type_.cast):
        return PLAIN_NAMES.get(type_.cast, type_.cast)
    return type_.domain or type_.name


def parameter_type(type_: DataType) -> str:
    """A function's parameter's type as the document names it: a domain by its own name."""
    return type_.domain or PLAIN_NAMES.get(type_.cast, type_.cast)


def is_of_system(name: str) -> bool:
    """Whether a name is of a type that comes with PostgreSQL; all others have a schema."""
    return "." not in name


def default_of(column: Column, name: str, dialect: str) -> msgspec.Raw | None:
    """A column's default as JSON; None where it has none, or one that JSON cannot show.

    A text literal is shown without its quotes and its cast. Any other expression is shown
    as it is where Swagger takes the column for a string, and elsewhere if it is JSON.
    """
    default = column.default
    if default is None:
        return None
    if type_of(name) == "string":
        literal = default.removesuffix(f"::{name}")
        plain = literal != default or (dialect == "sqlite" and TEXT_LITERAL.fullmatch(literal))
        default = f'"{literal.strip(QUOTE) if plain else default}"'
    try:
        return msgspec.Raw(msgspec.json.encode(msgspec.json.decode(default)))
    except msgspec.DecodeError:
        return None
