"""Columns and tables as JSON Schema (2020-12): a row read, inserted, updated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from autoapi.catalogue import Column, DataType, Kind
from autoapi.openapi.literals import NO_LITERAL, literal_default
from autoapi.openapi.subjects import Json, Subject

__all__ = ["ERROR", "SHARED_SCHEMAS", "table_schemas"]

# Formats: https://spec.openapis.org/registry/format/. ``date-time`` wants an offset, which
# a timestamp without time zone lacks; ``byte`` is base64, while bytes are hexadecimal here.
SCHEMAS: Final[Mapping[Kind, Mapping[str, object]]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time-local", "examples": ["12:00:00"]},
    "timestamp": {
        "type": "string",
        "format": "date-time-local",
        "examples": ["2026-01-31T12:00:00"],
    },
    "timestamptz": {"type": "string", "format": "date-time"},
    "interval": {"type": "string", "examples": ["1 day 02:00:00"]},
    "uuid": {"type": "string", "format": "uuid"},
    "json": {},
    "bytes": {"type": "string", "examples": ["\\x00ff"]},
    "enum": {"type": "string"},
    "array": {"type": "array"},
    "range": {"type": "string"},
    "composite": {"type": "object"},
    "network": {"type": "string"},
    "text search": {"type": "string"},
    "geometry": {},
    "xml": {"type": "string"},
    "other": {},
}

# By what the database casts to, without length.
INTEGER_SIZES: Final[Mapping[str, Mapping[str, object]]] = {
    "smallint": {"format": "int32", "minimum": -(2**15), "maximum": 2**15 - 1},
    "integer": {"format": "int32"},
    "bigint": {"format": "int64"},
    "INTEGER": {"format": "int64"},  # SQLite's have 64 bits, whatever they are called
}
NUMBER_SIZES: Final[Mapping[str, str]] = {
    "real": "float",
    "double precision": "double",
    "REAL": "double",
}

# What the JSON type alone does not say, so that the database's own name is shown.
SELF_EVIDENT: Final[frozenset[Kind]] = frozenset(
    {"boolean", "integer", "text", "date", "timestamptz", "uuid", "enum"}
)
ANYTHING: Final[frozenset[Kind]] = frozenset({"json", "geometry", "other"})

ERROR: Final[Json] = {
    "type": "object",
    "description": "What every answer that is not a success holds.",
    "required": ["code", "message"],
    "properties": {
        "code": {
            "type": "string",
            "description": "PostgREST's (`PGRST...`), the database's SQLSTATE, or `AUTO...`",
            "examples": ["PGRST205", "23505", "AUTO104"],
        },
        "message": {"type": "string", "description": "What is wrong"},
        "details": {"description": "What was looked at: text, null, or a list of candidates"},
        "hint": {"type": ["string", "null"], "description": "What to do next"},
    },
}

SHARED_SCHEMAS: Final[Json] = {
    "Error": ERROR,
    "StrippedRow": {
        "type": "object",
        "description": "A row without the keys whose value is null.",
    },
    "CsvRows": {
        "type": "string",
        "description": "A head with the columns' names, then one line a row.",
    },
}


def type_schema(type_: DataType) -> Json:
    """The schema of a type's values, null aside."""
    schema = dict(SCHEMAS[type_.kind])
    match type_.kind:
        case "integer":
            schema |= INTEGER_SIZES.get(type_.cast, {"format": "int64"})
        case "number" if type_.cast in NUMBER_SIZES:
            schema["format"] = NUMBER_SIZES[type_.cast]
        case "enum" if type_.labels:
            schema["enum"] = list(type_.labels)
        case "time" if "with time zone" in type_.name.lower():
            schema["format"] = "time"
        case "array" if type_.element is not None:
            schema["items"] = nullable(type_schema(type_.element))
        case "composite" if type_.fields and type_.row_of is None:
            schema["properties"] = {name: {"description": sql} for name, sql in type_.fields}
        case _:
            pass
    return schema


def nullable(schema: Json) -> Json:
    """The same schema, null allowed."""
    if "type" not in schema:
        return schema
    allowed = schema | {"type": [schema["type"], "null"]}
    labels = schema.get("enum")
    if isinstance(labels, list):
        allowed["enum"] = [*labels, None]
    return allowed


def column_schema(column: Column, subject: Subject) -> Json:
    """The schema of a column's values, with what is to be said about them."""
    schema = type_schema(column.type)
    if column.max_length is not None and column.type.kind == "text":
        schema["maxLength"] = column.max_length
    if column.nullable and column.name not in subject.table.primary_key:
        schema = nullable(schema)
    description = "; ".join(column_notes(column, subject))
    if description:
        schema["description"] = description
    if not column.writable:
        schema["readOnly"] = True
    return schema


def column_notes(column: Column, subject: Subject) -> Iterator[str]:
    """What a column's description says."""
    if column.comment:
        yield column.comment
    if column.name in subject.table.primary_key:
        yield "primary key" if len(subject.table.primary_key) == 1 else "part of the primary key"
    yield from subject.references.get(column.name, ())
    type_ = column.type
    if type_.domain is not None:
        yield f"domain `{type_.domain}`"
    if type_.kind not in SELF_EVIDENT and type_.name:
        anything = ", any JSON" if type_.kind in ANYTHING else ""
        yield f"`{type_.name}`{anything}"
    if column.generated:
        yield "computed by the database"
    elif column.identity is not None:
        yield "numbered by the database"
    elif column.default is not None and literal_default(column) is NO_LITERAL:
        yield f"by default `{column.default[:200]}`"


def table_schemas(subject: Subject) -> Iterator[tuple[str, Json]]:
    """The schemas of a table's rows: as read and, where it can be written, as written."""
    table = subject.table
    row = {column.name: column_schema(column, subject) for column in subject.columns}
    title = f"{table.comment}\n\n" if table.comment else ""
    yield (
        subject.name,
        object_schema(
            f"{title}A row of `{table.name}`. With `select` it has what that names.",
            row,
            list(row),
        ),
    )
    writable = [column for column in subject.columns if column.writable]
    if table.insertable:
        inserted = {column.name: with_default(column, row[column.name]) for column in writable}
        required = [column.name for column in writable if not column.filled_by_database]
        yield (
            subject.name + "Insert",
            object_schema(f"A new row of `{table.name}`.", inserted, required),
        )
        if subject.replaceable and subject.key_must_be_given:
            outside = [name for name in required if name not in table.primary_key]
            description = f"A row of `{table.name}` whose key the address holds."
            yield subject.name + "Replace", object_schema(description, inserted, outside)
    if table.updatable:
        updated = {column.name: row[column.name] for column in writable}
        description = f"Columns of `{table.name}` to change; the others stay."
        yield subject.name + "Update", object_schema(description, updated, ())


def object_schema(
    description: str, properties: Mapping[str, Json], required: Iterable[str]
) -> Json:
    """An object with these properties."""
    schema: Json = {"type": "object", "description": description, "properties": dict(properties)}
    names = list(required)
    if names:
        schema["required"] = names
    return schema


def with_default(column: Column, schema: Json) -> Json:
    """The schema with the value that a row without this column gets, if that is a literal."""
    default = literal_default(column)
    return schema if default is NO_LITERAL else schema | {"default": default}
