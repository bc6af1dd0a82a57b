"""PostgreSQL's types as ``DataType``: names, kinds, domains resolved to their base.

To give a type a kind of its own: a row in ``KINDS``, or in ``EXTENSION_KINDS`` when
an extension brings it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from autoapi.catalogue import DataType, Kind, Representation, TableKey
from autoapi.reflect.postgres_rows import TypeRow

__all__ = ["TypeTable"]

KINDS: Final[Mapping[str, Kind]] = {
    "bool": "boolean",
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "oid": "integer",
    "numeric": "number",
    "float4": "number",
    "float8": "number",
    "text": "text",
    "varchar": "text",
    "bpchar": "text",
    "char": "text",
    "name": "text",
    "date": "date",
    "time": "time",
    "timetz": "time",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "interval": "interval",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "json",
    "bytea": "bytes",
    "inet": "network",
    "cidr": "network",
    "macaddr": "network",
    "macaddr8": "network",
    "tsvector": "text search",
    "tsquery": "text search",
    "xml": "xml",
    "record": "composite",
}
"""Types of ``pg_catalog``; ``money`` is not a number, since it is written ``$1.00``."""

EXTENSION_KINDS: Final[Mapping[str, Kind]] = {
    "citext": "text",
    "geometry": "geometry",
    "geography": "geometry",
}
"""Types of extensions, whichever schema they were put in."""

SORT_KINDS: Final[Mapping[str, Kind]] = {
    "c": "composite",
    "e": "enum",
    "r": "range",
    "m": "range",
}

LENGTH_OFFSETS: Final = {"varchar": 4, "bpchar": 4, "bit": 0, "varbit": 0}
"""Types with a length, and what its modifier counts besides: a stored text's header."""


def kind_of(row: TypeRow) -> Kind:
    """What sort of value the type holds, a domain aside."""
    if row.element:
        return "array"
    if row.sort in SORT_KINDS:
        return SORT_KINDS[row.sort]
    known = KINDS if row.schema == "pg_catalog" else EXTENSION_KINDS
    return known.get(row.plain_name, "other")


def representation_of(row: TypeRow) -> Representation | None:
    """How a domain is shown and read, if its casts say so; those of its base do not count."""
    functions: dict[str, TableKey] = {}
    for source, target, schema, name in row.casts or ():
        if source == row.plain_name:
            functions[f"to_{target}"] = (schema, name)
        else:
            functions[f"from_{source}"] = (schema, name)
    return Representation(**functions) if functions else None


@dataclass(frozen=True, slots=True)
class Described:
    """A column's type with what a domain adds to the column."""

    type: DataType
    not_null: bool
    default: str | None
    max_length: int | None


class TypeTable:
    """The types of one reflection by object id and modifier, each made once."""

    def __init__(self, rows: Iterable[TypeRow], relations: Mapping[int, TableKey]) -> None:
        self.rows = {(row.oid, row.modifier): row for row in rows}
        self.relations = relations
        self.made: dict[tuple[int, int], Described] = {}

    def get(self, oid: int, modifier: int = -1) -> DataType:
        """The type alone."""
        return self.describe(oid, modifier).type

    def bottom(self, oid: int) -> TypeRow:
        """The type itself, or what a domain is made of."""
        row = self.rows[oid, -1]
        while row.sort == "d":
            row = self.rows[row.base, row.base_modifier]
        return row

    def describe(self, oid: int, modifier: int) -> Described:
        """The type, and the length, default and not-null that come with it."""
        found = self.made.get((oid, modifier))
        if found is None:
            row = self.rows[oid, modifier]
            found = self.domain(row) if row.sort == "d" else self.plain(row)
            self.made[oid, modifier] = found
        return found

    def domain(self, row: TypeRow) -> Described:
        """A domain reads as its base type under the domain's name.

        Its cast is the base's too: a filter on a value that the domain would refuse
        finds nothing, where a cast to the domain would fail.
        """
        base = self.describe(row.base, row.base_modifier)
        return Described(
            replace(base.type, domain=row.name, representation=representation_of(row)),
            row.not_null or base.not_null,
            row.default,
            base.max_length,
        )

    def plain(self, row: TypeRow) -> Described:
        """Any type that is not a domain."""
        made = DataType(
            name=row.name,
            cast=row.cast,
            kind=kind_of(row),
            labels=tuple(row.labels or ()),
            element=self.get(row.element, row.modifier) if row.element else None,
            fields=tuple(row.fields or ()),
            row_of=self.relations.get(row.row_of),
        )
        offset = LENGTH_OFFSETS.get(row.plain_name) if row.schema == "pg_catalog" else None
        length = row.modifier - offset if offset is not None and row.modifier >= 0 else None
        return Described(made, False, row.default, length)
