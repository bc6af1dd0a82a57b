"""A table's row as a schema: types, formats, defaults, and the notes that clients read.

The notes say which columns are keys, in words and as ``<pk/>`` and ``<fk .../>``: from
these PostgREST's clients learn relations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autoapi.catalogue import Catalogue, Column, ForeignKey, Table, TableKey
from autoapi.catalogue.relationships import view_foreign_keys
from autoapi.openapi2.privileges import Callable
from autoapi.openapi2.types import default_of, described_type, items_of, plain_format, type_of
from autoapi.plan.access import visible_columns

__all__ = ["Json", "References", "arguments_schema", "find_references", "table_schema"]

Json = dict[str, object]
"""An object of the document."""

References = Mapping[tuple[TableKey, str], tuple[str, str]]
"""By table and column: the table and column that a foreign key of this one column leads to."""


def table_schema(table: Table, references: References, dialect: str) -> Json:
    """A table's entry among the definitions."""
    columns = visible_columns(table)
    schema: Json = {"type": "object"}
    if table.comment is not None:
        schema["description"] = table.comment
    required = [column.name for column in columns if not column.nullable]
    if required:
        schema["required"] = required
    if columns:
        schema["properties"] = {
            column.name: column_schema(column, table, references, dialect) for column in columns
        }
    return schema


def column_schema(column: Column, table: Table, references: References, dialect: str) -> Json:
    """One property of a table's schema."""
    name = described_type(column.type, dialect)
    schema = typed(name)
    default = default_of(column, name, dialect)
    if default is not None:
        schema["default"] = default
    if column.max_length is not None:
        schema["maxLength"] = column.max_length
    if column.type.labels:
        schema["enum"] = list(column.type.labels)
    notes: list[str] = []
    if column.name in table.primary_key:
        notes.append("This is a Primary Key.<pk/>")
    referred = references.get((table.key, column.name))
    if referred is not None:
        to, at = referred
        notes.append(f"This is a Foreign Key to `{to}.{at}`.<fk table='{to}' column='{at}'/>")
    description = column.comment
    if notes:
        own = "" if description is None else description + "\n\n"
        description = own + "\n".join(["Note:", *notes])
    if description is not None:
        schema["description"] = description
    return schema


def arguments_schema(function: Callable) -> Json:
    """What a POST to a function holds."""
    schema: Json = {"type": "object"}
    if function.comment is not None:
        schema["description"] = function.comment
    required = [each.name for each in function.arguments if each.required]
    if required:
        schema["required"] = required
    if function.arguments:
        schema["properties"] = {each.name: typed(each.type) for each in function.arguments}
    return schema


def typed(name: str) -> Json:
    """Type, format and items of a type's name."""
    schema: Json = {"format": plain_format(name)}
    kind = type_of(name)
    if kind is not None:
        schema["type"] = kind
    items = items_of(name)
    if items is not None:
        schema["items"] = items
    return schema


def find_references(catalogue: Catalogue) -> References:
    """Where the foreign keys of one column lead within a schema, tables before views."""
    tables = catalogue.by_key

    def rank(key: ForeignKey) -> tuple[object, ...]:
        referred = tables.get(key.referred)
        is_view = referred is not None and referred.is_view
        return (is_view, key.referred, key.name, key.referred_columns)

    keys: Iterable[ForeignKey] = (*catalogue.foreign_keys, *view_foreign_keys(catalogue))
    single = [key for key in keys if len(key.columns) == 1 and key.table[0] == key.referred[0]]
    found: dict[tuple[TableKey, str], tuple[str, str]] = {}
    for key in sorted(single, key=rank):
        referred = (key.referred[1], key.referred_columns[0])
        found.setdefault((key.table, key.columns[0]), referred)
    return found
