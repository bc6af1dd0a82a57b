"""The database as TypeScript types, in the form that supabase-js's ``createClient`` takes.

The form is that of ``supabase gen types typescript``: a type ``Database`` with the rows,
inserts and updates of every table and view, foreign keys as ``Relationships``, functions,
enums and composite types, by schema. What follows the database (``Tables<"orders">`` and
its kin) is in ``typescript_shorthands``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, TypeVar

from autoapi.catalogue import (
    Catalogue,
    Column,
    Relationship,
    Relationships,
    Routine,
    Table,
    TableKey,
)
from autoapi.generate.typescript_shorthands import JSON_TYPE, SHORTHANDS
from autoapi.generate.typescript_types import TypeWriter, array_of, key, quoted, union
from autoapi.openapi.subjects import Subject

__all__ = ["write_typescript"]

Value = TypeVar("Value")

POSTGREST: Final = "14"
"""The version whose grammar clients may use: their types depend on it."""


def write_typescript(
    catalogue: Catalogue, subjects: Sequence[Subject], relationships: Relationships
) -> str:
    """The module; the same for the same catalogue."""
    sections = {
        subject.table.key: "Views" if subject.table.is_view else "Tables" for subject in subjects
    }
    types = TypeWriter(catalogue.schemas, sections)
    schemas = [
        SchemaWriter(schema, catalogue, types, relationships).write(
            [subject for subject in subjects if subject.table.schema == schema]
        )
        for schema in catalogue.schemas
    ]
    # Last, since writing the tables and functions is what finds them.
    closed = [
        [*lines, *enum_lines(schema, types), *composite_lines(schema, types), "  }"]
        for schema, lines in zip(catalogue.schemas, schemas, strict=True)
    ]
    database = "\n".join(line for lines in closed for line in lines)
    internal = f'  __InternalSupabase: {{\n    PostgrestVersion: "{POSTGREST}"\n  }}'
    default = quoted(catalogue.schemas[0]) if catalogue.schemas else "never"
    return (
        f"{JSON_TYPE}\nexport type Database = {{\n{internal}\n{database}\n}}\n"
        f"{SHORTHANDS.replace('DEFAULT_SCHEMA', default)}\n{constants(catalogue, types)}"
    )


class SchemaWriter:
    """Writes one schema: its tables, views and functions."""

    def __init__(
        self,
        schema: str,
        catalogue: Catalogue,
        types: TypeWriter,
        relationships: Relationships,
    ) -> None:
        self.schema = schema
        self.catalogue = catalogue
        self.types = types
        self.relationships = relationships

    def write(self, subjects: Sequence[Subject]) -> list[str]:
        """The schema's lines, without its enums, its composites and its end."""
        tables = [each for each in subjects if not each.table.is_view]
        views = [each for each in subjects if each.table.is_view]
        return [
            f"  {key(self.schema)}: {{",
            *section("Tables", (line for each in tables for line in self.table(each))),
            *section("Views", (line for each in views for line in self.table(each))),
            *section("Functions", self.functions()),
        ]

    def table(self, subject: Subject) -> Iterator[str]:
        """A table or view."""
        table = subject.table
        yield f"      {key(table.name)}: {{"
        yield from self.record("Row", [*self.row(subject.columns), *self.computed(table)])
        if table.insertable or table.updatable or not table.is_view:
            yield from self.record("Insert", map(self.inserted, subject.columns))
            yield from self.record("Update", map(self.updated, subject.columns))
        yield from self.references(table)
        if table.computed:
            names = union([each.name for each in table.computed])
            yield f"        ComputedFields: {names}"
        yield "      }"

    def record(self, name: str, lines: Iterable[str]) -> Iterator[str]:
        """An object type of a table."""
        yield f"        {name}: {{"
        yield from (f"          {line}" for line in lines)
        yield "        }"

    def row(self, columns: Iterable[Column]) -> Iterator[str]:
        """The columns as they are read."""
        for column in columns:
            yield f"{key(column.name)}: {self.value(column)}"

    def computed(self, table: Table) -> Iterator[str]:
        """The functions that read like columns."""
        for computed in table.computed:
            yield f"{key(computed.name)}: {nullable(self.types.write(computed.type))}"

    def inserted(self, column: Column) -> str:
        """A column as a new row has it."""
        if not column.writable:
            return f"{key(column.name)}?: never"
        mark = "?" if column.filled_by_database else ""
        return f"{key(column.name)}{mark}: {self.value(column)}"

    def updated(self, column: Column) -> str:
        """A column as a change has it."""
        value = self.value(column) if column.writable else "never"
        return f"{key(column.name)}?: {value}"

    def value(self, column: Column) -> str:
        """What a column holds."""
        written = self.types.write(column.type)
        return nullable(written) if column.nullable else written

    def references(self, table: Table) -> Iterator[str]:
        """The foreign keys that leave a table, and what views make of them."""
        found = [
            each
            for each in self.relationships.get(table.key, ())
            if self.leads(each) and each.target in self.types.tables
        ]
        if not found:
            yield "        Relationships: []"
            return
        yield "        Relationships: ["
        for each in sorted(found, key=lambda one: (one.name, one.target, one.columns)):
            alone = "true" if each.cardinality == "one-to-one" else "false"
            yield "          {"
            yield f"            foreignKeyName: {quoted(each.name)}"
            yield f"            columns: [{listed(own for own, _ in each.columns)}]"
            yield f"            isOneToOne: {alone}"
            yield f"            referencedRelation: {quoted(each.target[1])}"
            yield f"            referencedColumns: [{listed(other for _, other in each.columns)}]"
            yield "          },"
        yield "        ]"

    def leads(self, relationship: Relationship) -> bool:
        """Whether it is a foreign key of the source's, within the schema."""
        if relationship.target[0] != self.schema or relationship.routine is not None:
            return False
        if relationship.cardinality == "many-to-one":
            return True
        return relationship.cardinality == "one-to-one" and self.holds(relationship)

    def holds(self, relationship: Relationship) -> bool:
        """Whether the source has the key: both sides of one-to-one lead to one row."""
        source = self.catalogue.by_key[relationship.source]
        below = {each.column: (each.table, each.table_column) for each in source.sources}
        own = {below.get(column, (source.key, column)) for column, _ in relationship.columns}
        return any(
            {(foreign.table, column) for column in foreign.columns} == own
            for foreign in self.catalogue.foreign_keys
            if foreign.name == relationship.name
        )

    def functions(self) -> Iterator[str]:
        """The functions that callers may call; several of one name are a union."""
        found = [
            each for each in self.catalogue.routines if each.schema == self.schema and each.callable
        ]
        found.sort(key=lambda each: (each.name, [one.type.name for one in each.inputs]))
        for name, overloads in groupby(found, key=lambda each: each.name):
            written = [list(self.function(each)) for each in overloads]
            if len(written) == 1:
                yield f"      {key(name)}: {{"
                yield from (f"        {line}" for line in written[0])
                yield "      }"
                continue
            yield f"      {key(name)}:"
            for lines in written:
                yield f"        | {{ {'; '.join(lines)} }}"

    def function(self, routine: Routine) -> Iterator[str]:
        """What one function takes and returns."""
        taken = [
            f"{key(each.name)}{'?' if each.has_default else ''}: {self.types.write(each.type)}"
            for each in routine.inputs
        ]
        yield f"Args: {{ {'; '.join(taken)} }}" if taken else "Args: never"
        yield f"Returns: {self.returned(routine)}"
        target = routine.returns.row_of
        if target is not None and target in self.types.tables:
            one, many = ("false", "true") if routine.returns_set else ("true", "false")
            to = quoted(target[1])
            yield (
                f'SetofOptions: {{ from: "*"; to: {to}; isOneToOne: {one}; isSetofReturn: {many} }}'
            )

    def returned(self, routine: Routine) -> str:
        """What a function returns."""
        out = [each for each in routine.parameters if each.mode in ("out", "inout", "table")]
        if routine.returns_rows and out:
            fields = [f"{key(each.name)}: {self.types.write(each.type)}" for each in out]
            written = f"{{ {'; '.join(fields)} }}"
        else:
            written = self.types.write(routine.returns)
        return array_of(written) if routine.returns_set else written


def section(name: str, lines: Iterable[str]) -> list[str]:
    """A part of a schema, which says so when nothing is in it."""
    return [f"    {name}: {{", *(list(lines) or ["      [_ in never]: never"]), "    }"]


def enum_lines(schema: str, types: TypeWriter) -> list[str]:
    """The enums of a schema."""
    return section(
        "Enums",
        (f"      {key(name)}: {union(labels)}" for name, labels in own(schema, types.enums)),
    )


def own(schema: str, found: Mapping[TableKey, Value]) -> list[tuple[str, Value]]:
    """What is of one schema, by name."""
    named = [(name, value) for (of, name), value in found.items() if of == schema]
    return sorted(named, key=lambda each: each[0])


def composite_lines(schema: str, types: TypeWriter) -> list[str]:
    """The composite types of a schema."""

    def lines() -> Iterator[str]:
        for name, fields in own(schema, types.composites):
            yield f"      {key(name)}: {{"
            yield from (f"        {field}" for field in types.fields(fields))
            yield "      }"

    return section("CompositeTypes", lines())


def constants(catalogue: Catalogue, types: TypeWriter) -> str:
    """The labels of every enum as values."""
    lines = ["export const Constants = {"]
    for schema in catalogue.schemas:
        lines += [f"  {key(schema)}: {{", "    Enums: {"]
        lines += [
            f"      {key(name)}: [{listed(labels)}]," for name, labels in own(schema, types.enums)
        ]
        lines += ["    },", "  },"]
    return "\n".join([*lines, "} as const\n"])


def nullable(written: str) -> str:
    """The same or null."""
    return written if written == "unknown" else f"{written} | null"


def listed(names: Iterable[str]) -> str:
    """Texts in a row."""
    return ", ".join(quoted(name) for name in names)
