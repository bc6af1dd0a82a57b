"""Answers and bodies: those all tables share, and each table's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from autoapi.formats import CSV, JSON, LISTED, Format
from autoapi.openapi.subjects import Json, Subject, refer

__all__ = [
    "ERRORS",
    "HEADERS",
    "error_references",
    "shared_responses",
    "table_bodies",
    "table_responses",
]

PLAIN: Final = tuple(each for each in LISTED if not each.stripped)


@cache
def media_type(format_: Format) -> str:
    """A format's media type without its character set."""
    return format_.content_type.replace("; charset=utf-8", "")


PLAIN_JSON: Final = media_type(JSON)
CSV_ROWS: Final = refer("schemas", "CsvRows")
STRIPPED_ROW: Final = refer("schemas", "StrippedRow")

HEADERS: Final[Json] = {
    "Content-Range": {
        "description": "Which rows, and of how many: `0-9/*`, or `0-9/25` with `count=exact`",
        "schema": {"type": "string", "examples": ["0-9/*"]},
    },
    "Preference-Applied": {
        "description": "The preferences that were heeded",
        "schema": {"type": "string", "examples": ["return=representation"]},
    },
    "Location": {
        "description": "Where the new row is",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "ETag": {
        "description": "The state of the row, for `If-Match` and `If-None-Match`",
        "schema": {"type": "string", "examples": ['"1234"']},
    },
    "Link": {
        "description": 'Where a list that was cut off goes on, `rel="next"`',
        "schema": {"type": "string"},
    },
    "X-Truncated": {
        "description": "That a list was cut off, and at how many rows",
        "schema": {"type": "string", "examples": ["max-rows=1000"]},
    },
    "Retry-After": {
        "description": "Seconds to wait",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": {
        "description": "How to identify oneself",
        "schema": {"type": "string", "examples": ["Bearer"]},
    },
}

# Status -> component, and what its description says.
ERRORS: Final[Mapping[str, tuple[str, str]]] = {
    "400": ("BadRequest", "The request cannot be read, or names what the table does not have."),
    "401": ("Unauthorized", "A token is needed, or the one sent does not hold."),
    "403": ("Forbidden", "Who asks may not do this."),
    "404": ("NotFound", "There is no such table or row."),
    "406": (
        "NotAcceptable",
        "No media type asked for can be produced, one object was asked for and the rows are"
        " not one, or the schema is not exposed.",
    ),
    "409": ("Conflict", "A row with this key exists, or another row refers to this one."),
    "412": (
        "PreconditionFailed",
        "`If-Match` or `If-None-Match` does not hold: the row is in another state.",
    ),
    "413": ("ContentTooLarge", "The body is larger than the service reads."),
    "415": ("UnsupportedMediaType", "The body is neither JSON, CSV nor a form."),
    "416": ("RangeNotSatisfiable", "There are no rows at this offset."),
    "503": ("ServiceUnavailable", "The database cannot be reached."),
    "default": ("Failure", "Any other answer that is not a success."),
}
ERROR_HEADERS: Final[Mapping[str, str]] = {
    "401": "WWW-Authenticate",
    "416": "Content-Range",
    "503": "Retry-After",
}


def error_references(*statuses: str) -> Json:
    """References to the errors of an operation; any may also fail as ``default`` says."""
    return {
        status: refer("responses", name)
        for status, (name, _) in ERRORS.items()
        if status in statuses or status == "default"
    }


def headers(*names: str) -> Json:
    """References to headers."""
    return {name: refer("headers", name) for name in names}


LIST_HEADERS: Final = headers("Content-Range", "Preference-Applied", "Link", "X-Truncated")
ITEM_HEADERS: Final = headers("ETag", "Preference-Applied")
WRITTEN_HEADERS: Final = headers("Location", "ETag", "Content-Range", "Preference-Applied")


def shared_responses() -> Iterator[tuple[str, Json]]:
    """Answers that hold no table's rows."""
    error = {PLAIN_JSON: {"schema": refer("schemas", "Error")}}
    for status, (name, description) in ERRORS.items():
        response: Json = {"description": description, "content": error}
        if status in ERROR_HEADERS:
            response["headers"] = headers(ERROR_HEADERS[status])
        yield name, response
    yield (
        "Counted",
        {
            "description": "The headers of the same GET, without its body.",
            "headers": headers("Content-Range", "Preference-Applied"),
        },
    )
    yield (
        "NotModified",
        {
            "description": "The caller has this very answer already, by `If-None-Match`.",
            "headers": headers("ETag"),
        },
    )
    yield (
        "Done",
        {
            "description": "Done; no body, `Prefer: return=representation` asks for one.",
            "headers": headers("Content-Range", "Preference-Applied"),
        },
    )


def rows_content(row: Json, formats: Iterable[Format] = PLAIN) -> Json:
    """A list of rows in each format."""
    return {media_type(each): {"schema": rows_schema(each, row)} for each in formats}


def rows_schema(format_: Format, row: Json) -> Json:
    """What a list looks like in a format."""
    if format_.shape == "csv":
        return CSV_ROWS
    item = STRIPPED_ROW if format_.stripped else row
    return {"type": "array", "items": item} if format_.shape == "array" else item


def one_or_many(row: Json) -> Json:
    """A row or a list of rows. The title tells them apart on ReDoc's page."""
    return {"oneOf": [row, {"title": "List", "type": "array", "items": row}]}


def table_responses(subject: Subject) -> Iterator[tuple[str, Json]]:
    """A list, one row, and rows just written."""
    row = refer("schemas", subject.name)
    table = subject.table
    yield (
        subject.name + "List",
        {
            "description": f"Rows of `{table.name}`.",
            "headers": LIST_HEADERS,
            "content": rows_content(row, LISTED),
        },
    )
    if subject.key:
        yield (
            subject.name + "Item",
            {
                "description": f"One row of `{table.name}`.",
                "headers": ITEM_HEADERS,
                "content": rows_content(row) | {PLAIN_JSON: {"schema": row}},
            },
        )
    if table.insertable:
        either = one_or_many(row)
        yield (
            subject.name + "Written",
            {
                "description": "The new row, or a list of them if a list was sent.",
                "headers": WRITTEN_HEADERS,
                "content": rows_content(row) | {PLAIN_JSON: {"schema": either}},
            },
        )
        yield (
            subject.name + "Created",
            {
                "description": "Done. The body is empty unless `return=representation`.",
                "headers": WRITTEN_HEADERS,
                "content": rows_content(row),
            },
        )


def table_bodies(subject: Subject) -> Iterator[tuple[str, Json]]:
    """What is sent to insert, replace and change rows."""
    table = subject.table
    if table.insertable:
        row = refer("schemas", subject.name + "Insert")
        yield subject.name + "Insert", body("One row, or a list of rows.", one_or_many(row))
    if subject.replaceable:
        suffix = "Replace" if subject.key_must_be_given else "Insert"
        row = refer("schemas", subject.name + suffix)
        yield subject.name + "Replace", body("The whole row.", row)
    if table.updatable:
        row = refer("schemas", subject.name + "Update")
        yield subject.name + "Update", body("The columns to change.", row)
        if subject.key:
            text = "The columns to change, or a list of rows with their keys and new values."
            yield subject.name + "Changes", body(text, one_or_many(row))


def body(description: str, schema: Json) -> Json:
    """A body as JSON or CSV.

    Forms are taken, too, and not told: openapi-python-client would send every body as one,
    since it chooses by the class of the body.
    """
    return {
        "description": description,
        "required": True,
        "content": {
            PLAIN_JSON: {"schema": schema},
            media_type(CSV): {"schema": CSV_ROWS},
        },
    }
