"""The parameters of requests: those that all tables share, and each table's own."""

from __future__ import annotations

from collections.abc import Iterable

from autoapi.catalogue import Column, Table
from autoapi.openapi2.definitions import Json
from autoapi.openapi2.privileges import Argument
from autoapi.openapi2.types import plain_format, type_of
from autoapi.plan.access import visible_columns

__all__ = ["argument_parameter", "refer", "shared_parameters", "table_parameters"]

PREFERENCES: dict[str, tuple[str, ...]] = {
    "preferParams": (),
    "preferReturn": ("return=representation", "return=minimal", "return=none"),
    "preferCount": ("count=none",),
    "preferPost": (
        "return=representation",
        "return=minimal",
        "return=none",
        "resolution=ignore-duplicates",
        "resolution=merge-duplicates",
    ),
}

# Key of the document -> name, place, description.
PLAIN: dict[str, tuple[str, str, str]] = {
    "select": ("select", "query", "Filtering Columns"),
    "on_conflict": ("on_conflict", "query", "On Conflict"),
    "order": ("order", "query", "Ordering"),
    "range": ("Range", "header", "Limiting and Pagination"),
    "rangeUnit": ("Range-Unit", "header", "Limiting and Pagination"),
    "offset": ("offset", "query", "Limiting and Pagination"),
    "limit": ("limit", "query", "Limiting and Pagination"),
}


def refer(names: Iterable[str]) -> list[Json]:
    """References to parameters of the document."""
    return [{"$ref": f"#/parameters/{name}"} for name in names]


def shared_parameters() -> Json:
    """The parameters that every table has."""
    found: Json = {}
    for key, choices in PREFERENCES.items():
        preference = text_parameter("Prefer", "header", "Preference")
        found[key] = preference | ({"enum": list(choices)} if choices else {})
    for key, plain in PLAIN.items():
        found[key] = text_parameter(*plain)
    found["rangeUnit"] = text_parameter(*PLAIN["rangeUnit"]) | {"default": "items"}
    return found


def text_parameter(name: str, place: str, description: str | None) -> Json:
    """A parameter that may be left out and holds any text."""
    parameter: Json = {"name": name, "required": False, "in": place, "type": "string"}
    if description is not None:
        parameter["description"] = description
    return parameter


def table_parameters(table: Table) -> Json:
    """A table's body and the filter on each of its columns."""
    body: Json = {
        "name": table.name,
        "description": table.name,
        "required": False,
        "in": "body",
        "schema": {"$ref": f"#/definitions/{table.name}"},
    }
    found: Json = {f"body.{table.name}": body}
    for column in visible_columns(table):
        found[filter_key(table, column)] = text_parameter(column.name, "query", column.comment)
    return found


def filter_key(table: Table, column: Column) -> str:
    """The key under which a column's filter stands."""
    return f"rowFilter.{table.name}.{column.name}"


def argument_parameter(argument: Argument) -> Json:
    """An argument as a query string gives it: arrays in braces, a variadic one repeated."""
    parameter: Json = {"name": argument.name, "required": argument.required, "in": "query"}
    kind = type_of(argument.type)
    if not argument.variadic:
        parameter["format"] = plain_format(argument.type)
        parameter["type"] = "string" if kind in (None, "array") else kind
        return parameter
    inner = argument.type.removesuffix("[]")
    held: Json = {"format": plain_format(inner)}
    inner_kind = type_of(inner)
    if inner_kind is not None:
        held["type"] = inner_kind
    return parameter | {"type": kind or "string", "items": held, "collectionFormat": "multi"}
