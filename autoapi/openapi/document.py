"""The whole document, from the catalogue and what the service says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, Literal

from autoapi.catalogue import Catalogue, Relationships
from autoapi.openapi.batch import batch_path_item
from autoapi.openapi.filters import filter_schemas, filtered_columns, reserved_schemas
from autoapi.openapi.operations import Operations
from autoapi.openapi.others import described_routes
from autoapi.openapi.parameters import (
    EXPOSED_SCHEMA,
    schema_names,
    select,
    shared_parameters,
    table_parameters,
)
from autoapi.openapi.responses import HEADERS, shared_responses, table_bodies, table_responses
from autoapi.openapi.schemas import SHARED_SCHEMAS, table_schemas
from autoapi.openapi.subjects import Json, Subject, make_subjects, refer

__all__ = ["Information", "build_document", "documented"]

VERSION: Final = "3.1.0"

INTRODUCTION: Final = """\
Every table and view of the database, as it is now.

Filters are query parameters named as columns: `price=gte.10&name=ilike.*acid*`. `select`
chooses columns and brings related rows along: `select=id,name,manufacturers(name)`. Lists
are answered as JSON, as CSV (`Accept: text/csv`), or as one object
(`Accept: application/vnd.pgrst.object+json`).
"""


@dataclass(frozen=True, slots=True)
class Information:
    """What the document says besides the tables.

    ``rest_prefix`` is where the strict mount is; empty means that it is at the root and
    there is no friendly one. ``secured``: bearer tokens are understood; ``anonymous`` is
    what callers may do without. ``server_url`` None: wherever the document came from.
    ``taken``: friendly paths that are not tables', such as ``/docs``. ``others`` is the
    document of the routes that are no table's, as FastAPI makes it: their paths and
    schemas stand in this one. ``batch_path``: where so many operations are one request.
    """

    title: str
    version: str
    description: str
    rest_prefix: str
    secured: bool = True
    server_url: str | None = None
    anonymous: Literal["none", "read", "write"] = "none"
    taken: frozenset[str] = frozenset()
    others: Json = field(default_factory=dict)
    batch_path: str = ""
    batch_operations: int = 0


def build_document(
    catalogue: Catalogue, relationships: Relationships, information: Information
) -> Json:
    """The OpenAPI 3.1 document of every table that callers may name.

    Tables of other schemas than the default one are on the strict mount alone, where a
    header names the schema. Deterministic: equal catalogues make equal documents.
    """
    other_paths, other_schemas = described_routes(information.others)
    subjects = documented(catalogue, relationships, other_schemas)
    document: Json = {
        "openapi": VERSION,
        "info": {
            "title": information.title,
            "version": information.version,
            "description": information.description or INTRODUCTION,
        },
        "servers": [{"url": information.server_url or "./"}],
        "tags": make_tags(subjects),
        "paths": make_paths(subjects, catalogue.schemas, information) | other_paths,
        "components": make_components(
            subjects, catalogue, other_schemas, secured=information.secured
        ),
    }
    if information.secured:
        bearer: Json = {"bearer": []}
        document["security"] = [bearer, {}] if information.anonymous == "write" else [bearer]
    return document


def documented(
    catalogue: Catalogue, relationships: Relationships, others: Iterable[str] = ()
) -> tuple[Subject, ...]:
    """What is documented, under its names; ``others`` are names of schemas besides."""
    reserved = [*SHARED_SCHEMAS, EXPOSED_SCHEMA, *reserved_schemas(), *others]
    return make_subjects(catalogue, relationships, reserved)


def make_tags(subjects: Iterable[Subject]) -> list[Json]:
    """A tag for each table, described by the table's comment."""
    tags: dict[str, Json] = {}
    for subject in subjects:
        tags.setdefault(subject.tag, {"name": subject.tag, "description": tag_text(subject)})
    return list(tags.values())


def tag_text(subject: Subject) -> str:
    """What stands beside a table's name."""
    table = subject.table
    writable = table.insertable or table.updatable or table.deletable
    kind = table.kind.capitalize() + ("" if writable else ", read only")
    return table.comment or kind


def make_paths(
    subjects: Sequence[Subject], schemas: Sequence[str], information: Information
) -> Json:
    """Every address: the friendly mount's first, then the strict one's."""
    open_to_read = information.secured and information.anonymous == "read"
    prefix = information.rest_prefix.rstrip("/")
    friendly: Json = {}
    strict: Json = {}
    namesakes = find_namesakes(subjects)
    for subject in subjects:
        path = f"{prefix}/{subject.segment}"
        if path in strict:
            continue
        filters = [
            refer("parameters", f"{subject.slug}.{subject.column_slugs[column.name]}")
            for column in filtered_columns(subject)
        ]
        note = namesake_note(subject, namesakes[subject.table.name])
        operations = Operations(subject, filters, schemas, open_to_read, note)
        strict[path] = operations.strict()
        own = f"/{subject.segment}"
        if prefix and subject.is_default and own not in information.taken:
            friendly[own] = operations.friendly()
            if subject.key:
                friendly[item_path(subject)] = operations.item()
    if prefix and information.batch_path:
        friendly[information.batch_path] = batch_path_item(information.batch_operations)
    return friendly | strict


def item_path(subject: Subject) -> str:
    """The template of an item's address: ``/order_items/{order_id},{line}``."""
    key = ",".join(f"{{{subject.column_slugs[column.name]}}}" for column in subject.key)
    return f"/{subject.segment}/{key}"


def find_namesakes(subjects: Iterable[Subject]) -> dict[str, list[str]]:
    """The schemas in which each table's name occurs."""
    found: dict[str, list[str]] = {}
    for subject in subjects:
        found.setdefault(subject.table.name, []).append(subject.table.schema)
    return found


def namesake_note(subject: Subject, schemas: Sequence[str]) -> str:
    """What is said where one path means several tables, told apart by a header."""
    others = [f"`{schema}`" for schema in schemas if schema != subject.table.schema]
    if not others:
        return ""
    return (
        f"This describes the table of schema `{subject.table.schema}`. Send `Accept-Profile`"
        f" (to write, `Content-Profile`) for the table of this name in {', '.join(others)}."
    )


def make_components(
    subjects: Sequence[Subject], catalogue: Catalogue, others: Json, *, secured: bool
) -> Json:
    """Everything that is referred to."""
    dialect = catalogue.dialect
    kinds = {column.type.kind for subject in subjects for column in subject.columns}
    components: Json = {
        "schemas": collect(
            SHARED_SCHEMAS.items(),
            others.items(),
            schema_names(catalogue.schemas),
            filter_schemas(kinds, dialect),
            *(table_schemas(subject) for subject in subjects),
        ),
        "parameters": collect(
            [("select", select())],
            shared_parameters(dialect, catalogue.schemas),
            *(table_parameters(subject, dialect) for subject in subjects),
        ),
        "headers": HEADERS,
        "responses": collect(
            shared_responses(), *(table_responses(subject) for subject in subjects)
        ),
        "requestBodies": collect(*(table_bodies(subject) for subject in subjects)),
    }
    if secured:
        components["securitySchemes"] = {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "`Authorization: Bearer TOKEN`",
            }
        }
    return components


def collect(*parts: Iterable[tuple[str, object]]) -> Json:
    """Named components as one object; a name that came twice would hide the first."""
    found: Json = {}
    for name, component in chain.from_iterable(parts):
        assert name not in found, name
        found[name] = component
    return found
