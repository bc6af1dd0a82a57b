"""The shape of each catalogue query's rows, field by field in the query's own order.

A field added here is added at the same place in ``postgres_queries``: they are
decoded by position.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "CheckRow",
    "ColumnRow",
    "ForeignKeyRow",
    "IndexRow",
    "MediaHandlerRow",
    "RelationRow",
    "RoutineRow",
    "ServerRow",
    "TypeRow",
]


class ServerRow(msgspec.Struct, array_like=True):
    """The server's version, such as ``17.5``, all its roles, and their settings."""

    version: str
    roles: list[str]
    role_settings: list[tuple[str, str, str]]  # role, setting, value
    inherits: bool  # whether the login has the rights of the roles it may assume


class RelationRow(msgspec.Struct, array_like=True):
    """A table or view. ``writable`` has bit 4 for update, 8 for insert, 16 for delete."""

    oid: int
    schema: str
    name: str
    kind: Literal["r", "p", "f", "v", "m"]
    writable: int
    comment: str | None
    rule: str | None  # a view's query, as a node tree
    is_junction: bool  # whether it refers to two of the others, so that it may join them
    versioned: bool  # a plain table without heirs and without grants on single columns


class ColumnRow(msgspec.Struct, array_like=True):
    """A column; ``identity`` is a (always), d (by default) or empty."""

    relation: int
    position: int
    name: str
    type: int
    modifier: int
    not_null: bool
    default: str | None
    identity: str
    generated: str
    comment: str | None


class ForeignKeyRow(msgspec.Struct, array_like=True):
    """A foreign key, its columns by position."""

    relation: int
    name: str
    columns: list[int]
    referred: int
    referred_columns: list[int]


class CheckRow(msgspec.Struct, array_like=True):
    """A check constraint."""

    relation: int
    name: str
    expression: str


class IndexRow(msgspec.Struct, array_like=True):
    """An index; a position of 0 is an expression, those after ``key_length`` are only included.

    ``is_key``: its columns name one row at most, since it is unique without a condition.
    """

    relation: int
    name: str
    columns: list[int]
    key_length: int
    unique: bool
    primary: bool
    is_key: bool
    definition: str
    is_constraint: bool


class RoutineRow(msgspec.Struct, array_like=True):
    """A function or procedure; ``modes`` and ``names`` are empty where all are plain inputs."""

    schema: str
    name: str
    kind: str
    volatility: Literal["i", "s", "v"]
    returns_set: bool
    returns: int
    estimated_rows: float
    names: list[str]
    modes: list[Literal["i", "o", "b", "v", "t"]]
    types: list[int]
    defaults: int  # how many of the last inputs have one
    settings: list[str]
    comment: str | None


class MediaHandlerRow(msgspec.Struct, array_like=True):
    """A function that makes a media type.

    The other type is that of an aggregate's rows, and of a plain function its own.
    """

    media_type: str
    schema: str
    name: str
    aggregate: bool
    type_schema: str
    type_name: str


class TypeRow(msgspec.Struct, array_like=True):
    """A type with a modifier (its length, say; -1 for none); ids are 0 for none."""

    oid: int
    modifier: int
    name: str
    cast: str
    schema: str
    plain_name: str
    sort: str  # typtype: b, c, d, e, m, p, r
    category: str
    not_null: bool
    default: str | None
    base: int
    base_modifier: int
    element: int
    labels: list[str] | None
    fields: list[tuple[str, str]] | None
    row_of: int
    casts: list[tuple[str, str, str, str]] | None  # source, target, function's schema and name
