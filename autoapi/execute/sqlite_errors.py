"""SQLite's errors with PostgreSQL's codes, so that clients need to know one set."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from autoapi.errors import ApiError, database_unreachable
from autoapi.execute.sqlite_functions import RAISED

__all__ = ["SecondWrite", "is_unreachable", "sqlite_error"]

UNREACHABLE = frozenset(
    {"SQLITE_CANTOPEN", "SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_IOERR", "SQLITE_FULL"}
)
TOO_DEEP = frozenset({"parser stack overflow", "Expression tree is too large (maximum depth 1000)"})
NO_COLUMN = "no such column: "
NO_COLUMN_NAMED = " has no column named "  # of what an INSERT lists
BUSY = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})


class SecondWrite(RuntimeError):
    """An override opens a transaction that writes while its request has one.

    SQLite has one writer at a time, so it would wait for itself.
    """

    def __init__(self) -> None:
        super().__init__(
            "this request writes in a transaction already, and SQLite has one writer at a time:"
            " write in that one, or open another with reads_only=True"
        )


def sqlite_error(error: sqlite3.Error) -> ApiError:
    """The answer for an error of SQLite; its text holds names, never values."""
    name = str(getattr(error, "sqlite_errorname", ""))
    text = str(error)
    kind = kind_of(error)
    if kind in BUSY:
        return ApiError(
            "55P03",
            503,
            "the database is locked by another writer",
            headers=(("Retry-After", "1"),),
        )
    if is_unreachable(error):
        return database_unreachable(1)
    if kind == "SQLITE_READONLY":
        return ApiError("25006", 405, "cannot write: the database is read only")
    if kind == "SQLITE_CONSTRAINT":
        return constraint_error(name, text)
    if kind == "SQLITE_MISMATCH" or "datatype mismatch" in text:
        return ApiError("22P02", 400, "invalid input: a value does not fit its column's type")
    if kind == "SQLITE_TOOBIG":
        return ApiError("54000", 413, "a text or row is too big")
    if text == "user-defined function raised exception":
        form = ApiError("22P02", 400, "a value does not have the form that was asked for")
        said, RAISED.error = RAISED.error or form, None
        return said
    if "generated column" in text:
        return ApiError("428C9", 400, text)
    if text.startswith("ON CONFLICT clause does not match"):
        return ApiError(
            "42P10",
            400,
            "there is no unique or exclusion constraint matching the ON CONFLICT specification",
        )
    if text in TOO_DEEP:
        return ApiError("AUTO108", 400, "The request is nested deeper than SQLite can read")
    if isinstance(error, sqlite3.OperationalError) and text.startswith("no such"):
        return missing_name(text)
    table, found, column = text.removeprefix("table ").partition(NO_COLUMN_NAMED)
    if found:
        return ApiError("42703", 400, f'column "{column}" of relation "{table}" does not exist')
    return ApiError("XX000", 500, "the database could not run the statement")


def kind_of(error: sqlite3.Error) -> str:
    """The name of an error without what tells it from others of its kind."""
    return "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])


def is_unreachable(error: sqlite3.Error) -> bool:
    """Whether the file cannot be used; what a connection remembers of it is of no use either."""
    return kind_of(error) in UNREACHABLE


def missing_name(text: str) -> ApiError:
    """Something that a statement names is not there: a column, a table, a function."""
    if text.startswith(NO_COLUMN):
        column = text.removeprefix(NO_COLUMN)
        shown = column if "." in column else f'"{column}"'
        return ApiError("42703", 400, f"column {shown} does not exist")
    return ApiError("42P01", 404, text)


def constraint_error(name: str, text: str) -> ApiError:
    """A broken constraint: unique, foreign key, not null, check, or a trigger's RAISE."""
    subject = text.partition(": ")[2]
    table, _, column = subject.partition(", ")[0].rpartition(".")
    match name:
        case "SQLITE_CONSTRAINT_UNIQUE" | "SQLITE_CONSTRAINT_PRIMARYKEY":
            columns = ", ".join(part.rpartition(".")[2] for part in subject.split(", "))
            message = f"duplicate key value violates unique constraint on {table}"
            return ApiError("23505", 409, message, details=f"Key ({columns}) already exists.")
        case "SQLITE_CONSTRAINT_FOREIGNKEY":
            message = "insert, update or delete violates a foreign key constraint"
            return ApiError("23503", 409, message)
        case "SQLITE_CONSTRAINT_NOTNULL":
            message = (
                f'null value in column "{column}" of relation "{table}" violates'
                " not-null constraint"
            )
            return ApiError("23502", 400, message)
        case "SQLITE_CONSTRAINT_CHECK":
            return ApiError("23514", 400, f'new row violates check constraint "{subject}"')
        case "SQLITE_CONSTRAINT_TRIGGER":
            return raised(text)
        case _:
            return ApiError("23000", 400, text)


class RaisedError(msgspec.Struct, forbid_unknown_fields=True):
    """What a trigger may say in place of a text: an answer of its own."""

    code: str
    message: str
    status: int = 400
    details: Any = None
    hint: str | None = None


def raised(text: str) -> ApiError:
    """A trigger's ``RAISE(ABORT, text)``: P0001 (400), or the answer that it gives as JSON.

    >>> error = raised('{"code": "stock_short", "message": "Too few", "status": 409}')
    >>> error.code, error.status, error.message
    ('stock_short', 409, 'Too few')
    """
    try:
        said = msgspec.json.decode(text, type=RaisedError)
    except msgspec.DecodeError:
        return ApiError("P0001", 400, text)
    status = said.status if 400 <= said.status < 600 else 500
    return ApiError(said.code, status, said.message, details=said.details, hint=said.hint)
