"""The operations: one path a table, one a function, and the document's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from autoapi.catalogue import Table
from autoapi.openapi2.definitions import Json, arguments_schema
from autoapi.openapi2.parameters import argument_parameter, filter_key, refer
from autoapi.openapi2.privileges import Callable
from autoapi.plan.access import visible_columns

__all__ = ["MEDIA_TYPES", "ROOT", "function_path", "split_comment", "table_path"]

OBJECTS: Final = (
    "application/json",
    "application/vnd.pgrst.object+json;nulls=stripped",
    "application/vnd.pgrst.object+json",
)
MEDIA_TYPES: Final = (*OBJECTS, "text/csv")

ROOT: Final[Json] = {
    "get": {
        "tags": ["Introspection"],
        "summary": "OpenAPI description (this document)",
        "produces": ["application/openapi+json", "application/json"],
        "responses": {"200": {"description": "OK"}},
    }
}


def split_comment(comment: str | None) -> tuple[str | None, str | None]:
    """A comment's first line, and what follows it after any empty lines.

    >>> split_comment("Stock"), split_comment("Stock\\n\\nCounted each night")
    (('Stock', None), ('Stock', 'Counted each night'))
    """
    if comment is None:
        return None, None
    first, _, rest = comment.partition("\n")
    return first, rest.lstrip("\n") or None


def table_path(table: Table) -> Json:
    """What may be done with a table; one that can be written in any way shows all ways."""
    body = f"body.{table.name}"
    filters = [filter_key(table, column) for column in visible_columns(table)]
    rows: Json = {"type": "array", "items": {"$ref": f"#/definitions/{table.name}"}}
    paging = ("select", "order", "range", "rangeUnit", "offset", "limit", "preferCount")
    answers: Json = {
        "200": {"description": "OK", "schema": rows},
        "206": {"description": "Partial Content"},
    }
    common = described([table.name], table.comment)
    path: Json = {"get": operation(common, [*filters, *paging], answers)}
    if table.insertable or table.updatable or table.deletable:
        created: Json = {"201": {"description": "Created"}}
        done: Json = {"204": {"description": "No Content"}}
        path["post"] = operation(common, [body, "select", "preferPost"], created)
        path["delete"] = operation(common, [*filters, "preferReturn"], done)
        path["patch"] = operation(common, [*filters, body, "preferReturn"], done)
    return path


def operation(common: Json, parameters: Iterable[str], answers: Json) -> Json:
    """One operation of a table."""
    return common | {"parameters": refer(parameters), "responses": answers}


def described(tags: list[str], comment: str | None) -> Json:
    """What the operations of one path share."""
    found: Json = {"tags": tags}
    summary, description = split_comment(comment)
    if summary is not None:
        found["summary"] = summary
    if description is not None:
        found["description"] = description
    return found


def function_path(function: Callable) -> Json:
    """How a function is called; one that may write is only POSTed to."""
    common = described([f"(rpc) {function.name}"], function.comment)
    common |= {"produces": list(OBJECTS), "responses": {"200": {"description": "OK"}}}
    arguments: Json = {
        "name": "args",
        "required": True,
        "in": "body",
        "schema": arguments_schema(function),
    }
    path: Json = {"post": common | {"parameters": [arguments, *refer(["preferParams"])]}}
    if not function.writes:
        given = [argument_parameter(each) for each in function.arguments]
        path["get"] = common | ({"parameters": given} if given else {})
    return path
