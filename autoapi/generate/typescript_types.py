"""A column's or parameter's type as TypeScript writes it, for values as JSON holds them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from autoapi.catalogue import DataType, Kind, TableKey
from autoapi.generate.column_types import sql_names

__all__ = ["TypeWriter", "key", "quoted", "union"]

IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")

KINDS: Final[Mapping[Kind, str]] = {
    "boolean": "boolean",
    "integer": "number",
    "number": "number",
    "text": "string",
    "date": "string",
    "time": "string",
    "timestamp": "string",
    "timestamptz": "string",
    "interval": "string",
    "uuid": "string",
    "json": "Json",
    "bytes": "string",
    "range": "string",
    "network": "string",
    "text search": "string",
    "xml": "string",
    "enum": "string",  # where its labels are not known
    "array": "unknown[]",
    "composite": "Record<string, unknown>",
}
NAMES: Final[Mapping[str, str]] = {
    "void": "undefined",
    "money": "string",
    '"bit"': "string",
    "bit varying": "string",
}
"""Types of no kind, by what the database casts to."""

# A composite's fields are known by their types' SQL alone: the words that begin it.
SQL_WORDS: Final[tuple[tuple[str, str], ...]] = (
    ("boolean", "boolean"),
    ("smallint", "number"),
    ("integer", "number"),
    ("bigint", "number"),
    ("numeric", "number"),
    ("real", "number"),
    ("double precision", "number"),
    ("json", "Json"),
    ("text", "string"),
    ("character", "string"),
    ("date", "string"),
    ("time", "string"),
    ("interval", "string"),
    ("uuid", "string"),
    ("bytea", "string"),
)


@dataclass(slots=True)
class TypeWriter:
    """Writes types, and remembers the enums and composites of ``schemas`` that it met.

    ``tables`` are those that the result has, whose rows may be types too.
    """

    schemas: Collection[str]
    tables: Mapping[TableKey, str]  # "Tables" or "Views"
    enums: dict[TableKey, tuple[str, ...]] = field(default_factory=dict)
    composites: dict[TableKey, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def write(self, type_: DataType) -> str:
        """The type, null aside."""
        if type_.kind == "array" and type_.element is not None:
            return array_of(self.write(type_.element))
        if type_.row_of is not None and type_.row_of in self.tables:
            schema, name = type_.row_of
            return f'{member(schema, self.tables[type_.row_of], name)}["Row"]'
        if type_.labels:
            return self.enum(type_)
        if type_.kind == "composite" and type_.fields and type_.row_of is None:
            return self.composite(type_)
        return NAMES.get(type_.cast) or KINDS.get(type_.kind, "unknown")

    def enum(self, type_: DataType) -> str:
        """An enum by its name, or by its labels where it is in no schema that is served."""
        named = self.named(type_)
        if named is None:
            return union(type_.labels)
        self.enums[named] = type_.labels
        return member(named[0], "Enums", named[1])

    def composite(self, type_: DataType) -> str:
        """A composite by its name, or field by field."""
        named = self.named(type_)
        if named is None:
            return braced(self.fields(type_.fields))
        self.composites[named] = type_.fields
        return member(named[0], "CompositeTypes", named[1])

    def named(self, type_: DataType) -> TableKey | None:
        """Schema and name of a type of the schemas that are served."""
        parts = sql_names(type_.cast)
        return (parts[0], parts[1]) if len(parts) == 2 and parts[0] in self.schemas else None

    def fields(self, fields: Collection[tuple[str, str]]) -> list[str]:
        """The fields of a composite, any of which may be null."""
        return [f"{key(name)}: {self.by_sql(sql)} | null" for name, sql in fields]

    def by_sql(self, sql: str) -> str:
        """A type that only its SQL tells of."""
        if sql.endswith("[]"):
            return array_of(self.by_sql(sql.removesuffix("[]")))
        parts = sql_names(sql)
        named = (parts[0], parts[1]) if len(parts) == 2 else None
        if named in self.enums:
            return member(named[0], "Enums", named[1])
        return next((found for word, found in SQL_WORDS if sql.startswith(word)), "unknown")


def array_of(element: str) -> str:
    """An array of these."""
    return f"({element})[]" if "|" in element else f"{element}[]"


def member(schema: str, section: str, name: str) -> str:
    """What the database's own type calls something in it."""
    return f'Database[{quoted(schema)}]["{section}"][{quoted(name)}]'


def braced(parts: Collection[str]) -> str:
    """An object type on one line."""
    return f"{{ {'; '.join(parts)} }}" if parts else "Record<PropertyKey, never>"


def union(labels: Collection[str]) -> str:
    """One of these texts."""
    return " | ".join(quoted(label) for label in labels) or "never"


def quoted(text: str) -> str:
    """A text as a literal; JSON's are TypeScript's."""
    return msgspec.json.encode(text).decode()


def key(name: str) -> str:
    """A property's name, quoted where it must be."""
    return name if IDENTIFIER.fullmatch(name) else quoted(name)
