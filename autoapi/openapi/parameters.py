"""Parameters that tables share, those of one table, and those of an item's address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from autoapi.catalogue import Column
from autoapi.openapi.filters import table_filters
from autoapi.openapi.schemas import type_schema
from autoapi.openapi.subjects import Json, Subject, refer

__all__ = [
    "EXPOSED_SCHEMA",
    "Purpose",
    "collection_parameters",
    "item_parameters",
    "profile_parameter",
    "references",
    "schema_names",
    "shared_parameters",
    "table_parameters",
]

Purpose = Literal["list", "count", "create", "update", "delete"]

HANDLING: Final = ("handling=strict", "handling=lenient")
RETURN: Final = ("return=representation", "return=headers-only", "return=minimal")
TRANSACTION: Final = ("tx=commit", "tx=rollback")
MISSING: Final = ("missing=default", "missing=null")
RESOLUTION: Final = ("resolution=merge-duplicates", "resolution=ignore-duplicates")
EXPOSED_SCHEMA: Final = "ExposedSchema"
MAX_AFFECTED: Final = r"max-affected=\d+"


def schema_names(schemas: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """The schema of what may name one of several; a component, lest clients name it per use."""
    if len(schemas) > 1:
        exposed: Json = {"type": "string", "enum": list(schemas), "default": schemas[0]}
        yield EXPOSED_SCHEMA, exposed


def references(*names: str) -> tuple[Json, ...]:
    """References to parameters that tables share; made once, since a document has thousands."""
    return tuple(refer("parameters", name) for name in names)


BEFORE: Final[Mapping[Purpose, Sequence[Json]]] = {
    "list": references("order", "limit", "offset"),
    "count": references("limit", "offset"),
    "create": references("columns", "on_conflict"),
    "update": references("columns"),
    "delete": references(),
}
AFTER: Final[Mapping[Purpose, Sequence[Json]]] = {
    "list": references("and", "or", "prefer_read", "range", "range_unit"),
    "count": references("and", "or", "prefer_read"),
    "create": references("prefer_create"),
    "update": references("and", "or", "prefer_update"),
    "delete": references("and", "or", "prefer_delete"),
}


def shared_parameters(dialect: str, schemas: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """The parameters that mean the same on every table, by component name."""
    yield from query_parameters()
    counts = ["count=exact"]
    if dialect == "postgresql":
        counts += ["count=planned", "count=estimated"]
    shared = (*counts, *HANDLING, *TRANSACTION)
    yield "prefer_read", prefer((*counts, *HANDLING))
    yield "prefer_create", prefer((*RETURN, *RESOLUTION, *MISSING, *shared))
    yield "prefer_replace", prefer((*RETURN, *MISSING, *shared))
    yield "prefer_update", prefer((*RETURN, *MISSING, *shared), MAX_AFFECTED)
    yield "prefer_delete", prefer((*RETURN, *shared), MAX_AFFECTED)
    yield (
        "range",
        header(
            "Range",
            "Which rows, counted from 0, both ends included; `limit` and `offset` go before it",
            {"type": "string", "pattern": r"^(items=)?\d+-\d*$", "examples": ["0-9"]},
        ),
    )
    yield (
        "idempotency_key",
        header(
            "Idempotency-Key",
            "Made up by the caller: sent again with the same key, nothing is done again and the"
            " first answer is given",
            {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        ),
    )
    tags: Json = {"type": "string", "examples": ['"1234"', "*"]}
    yield (
        "if_match",
        header("If-Match", "ETags of the row: only in one of these states is it changed", tags),
    )
    yield (
        "if_none_match",
        header("If-None-Match", "ETags of answers that the caller has; 304 for one of them", tags),
    )
    yield (
        "if_none_match_any",
        header(
            "If-None-Match",
            "`*`: the row is made only if there is none with this key",
            # A pattern, since generators of clients know no constants in headers.
            {"type": "string", "pattern": r"^\*$", "examples": ["*"]},
        ),
    )
    unit: Json = {"type": "string", "pattern": "^items$", "examples": ["items"]}
    yield "range_unit", header("Range-Unit", "The unit of `Range`", unit)
    if len(schemas) > 1:
        exposed = refer("schemas", EXPOSED_SCHEMA)
        yield "accept_profile", header("Accept-Profile", "The schema to read from", exposed)
        yield "content_profile", header("Content-Profile", "The schema to write to", exposed)
    for schema in schemas[1:]:
        for direction in ("Accept", "Content"):
            only: Json = {"type": "string", "enum": [schema]}
            parameter = header(f"{direction}-Profile", "The table's schema", only)
            yield (
                f"{direction.lower()}_profile.{schemas.index(schema)}",
                (parameter | {"required": True}),
            )


def query_parameters() -> Iterator[tuple[str, Json]]:
    """The query parameters that are no filters."""
    names: Json = {"type": "string", "examples": ["id,name"]}
    logic: Json = {
        "type": "string",
        "pattern": r"^\(.*\)$",
        "examples": ["(price.gte.10,not.and(name.like.a*,name.is.null))"],
    }
    whole: Json = {"type": "integer", "format": "int64", "minimum": 0}
    yield (
        "order",
        query(
            "order",
            "How rows are sorted: columns, each with `.asc` or `.desc` and `.nullsfirst` or"
            " `.nullslast`; `relation(column)` for a related row's",
            {"type": "string", "examples": ["name.desc.nullslast,id"]},
        ),
    )
    yield (
        "search",
        query(
            "search",
            "Words, each of which must stand in one of the columns that are searched",
            {"type": "string", "maxLength": 200},
        ),
    )
    yield "limit", query("limit", "The most rows to return; the service may bound it", whole)
    yield "offset", query("offset", "How many rows to skip", whole)
    yield "and", query("and", "Conditions that must all hold; `not.and` negates them", logic)
    yield "or", query("or", "Conditions of which one must hold; `not.or` negates them", logic)
    yield (
        "columns",
        query("columns", "The columns to take from the body, whatever else it holds", names),
    )
    yield (
        "on_conflict",
        query(
            "on_conflict",
            "The columns of the unique key that decides, with `Prefer: resolution=...`,"
            " whether a row exists; the primary key if absent",
            names,
        ),
    )


def query(name: str, description: str, schema: Json) -> Json:
    """A query parameter."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def header(name: str, description: str, schema: Json) -> Json:
    """A request header."""
    return {"name": name, "in": "header", "description": description, "schema": schema}


def prefer(choices: Sequence[str], pattern: str | None = None) -> Json:
    """The ``Prefer`` header: a list, joined by commas.

    Its schema is a text with a pattern, since makers of clients know no lists in headers.
    """
    described = ", ".join(f"`{each}`" for each in choices)
    description = f"Preferences, joined by commas: {described}"
    wanted = list(choices)
    if pattern is not None:
        description += ", and `max-affected=N`, which `handling=strict` must accompany"
        wanted.append(pattern)
    one = f"(?:{'|'.join(wanted)})"
    return header("Prefer", description, {"type": "string", "pattern": f"^{one}(?:, ?{one})*$"})


def table_parameters(subject: Subject, dialect: str) -> Iterator[tuple[str, Json]]:
    """A table's filters, and ``select`` with the relations that it may embed.

    A hyphen cannot occur in a slug, so the name of ``select`` is no column's.
    """
    yield from table_filters(subject, dialect)
    if subject.related:
        listed = "\n".join(f"- {each}" for each in subject.related)
        text = f"{SELECT}. Related rows, `relation(column,...)`:\n\n{listed}"
        yield f"{subject.slug}-select", select(text)


SELECT: Final = (
    "What each row of the answer has, all columns if absent: `column`, `alias:column`,"
    " `column::type`, `column->>key`"
)


def select(description: str = SELECT) -> Json:
    """The parameter ``select``."""
    return query("select", description, {"type": "string"})


def collection_parameters(
    subject: Subject, purpose: Purpose, filters: Sequence[Json]
) -> list[Json]:
    """The parameters of an operation on a table, in the order that reads best.

    ``filters`` are the references to the table's own.
    """
    found = [select_reference(subject)]
    found += BEFORE[purpose]
    if purpose != "create":
        found += filters
    found += AFTER[purpose]
    return found


def select_reference(subject: Subject) -> Json:
    """Where ``select`` of this table is described."""
    return refer("parameters", f"{subject.slug}-select" if subject.related else "select")


def profile_parameter(subject: Subject, schemas: Sequence[str], *, writes: bool) -> list[Json]:
    """The header that names the schema, where there are several."""
    if len(schemas) < 2:
        return []
    direction = "content" if writes else "accept"
    position = schemas.index(subject.table.schema)
    number = f".{position}" if position else ""
    return [refer("parameters", f"{direction}_profile{number}")]


def item_parameters(subject: Subject) -> list[Json]:
    """The values of the key in an item's address."""
    return [item_parameter(subject, column) for column in subject.key]


def item_parameter(subject: Subject, column: Column) -> Json:
    """One value of the key; its name in the template is the column's slug."""
    description = f"`{column.name}`"
    if column.comment:
        description += f": {column.comment}"
    if len(subject.key) > 1 and column.type.kind not in ("integer", "number", "boolean"):
        description += '; in double quotes where it holds a comma: `"a,b"`'
    schema = type_schema(column.type)
    if "type" not in schema or schema["type"] in ("array", "object"):
        schema = {"type": "string"}
    return {
        "name": subject.column_slugs[column.name],
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
    }
