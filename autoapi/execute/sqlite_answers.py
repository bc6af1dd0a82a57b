"""What an engine's statement gives on SQLite: its one row read, a write run and shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from autoapi.compile import Statement
from autoapi.execute.types import Result, arguments_of

__all__ = ["read_result", "write_and_show"]


def write_and_show(
    connection: sqlite3.Connection, statement: Statement, values: list[Any]
) -> Result:
    """Run a write and what shows it, in the order the statement says."""
    write = statement.write
    if write is None:
        raise AssertionError("a write on SQLite carries its write apart")
    existing = 0
    if write.write is not None:
        counted = connection.execute(write.write.sql, arguments_of(write.write, values)).fetchone()
        existing = int(counted[0])
    shown = None
    if statement.sql and statement.show_first:
        shown = connection.execute(statement.sql, arguments_of(statement, values)).fetchone()
    cursor = connection.execute(write.sql, arguments_of(write, values))
    keys = cursor.fetchall()
    texts = [[part.decode() if isinstance(part, bytes) else part for part in key] for key in keys]
    listed = msgspec.json.encode(texts).decode()
    outside = None
    if write.outside is not None:
        arguments = arguments_of(write.outside, [*values, listed])
        outside = connection.execute(write.outside.sql, arguments).fetchone()[0]
    written = None
    if write.written is not None:
        arguments = arguments_of(write.written, [*values, listed])
        written = connection.execute(write.written.sql, arguments).fetchone()[0]
    if statement.sql and not statement.show_first:
        arguments = arguments_of(statement, [*values, listed])
        shown = connection.execute(statement.sql, arguments).fetchone()
    names = [column[0] for column in cursor.description]
    location = key_of(names, texts[0]) if len(texts) == 1 else None
    body, rows, *more = shown if shown is not None else (b"", len(keys))
    missed = False
    if not keys and statement.missed is not None:
        arguments = arguments_of(statement.missed, values)
        missed = bool(connection.execute(statement.missed.sql, arguments).fetchone()[0])
    meant, absent = None, b""
    if write.found is not None:
        arguments = arguments_of(write.found, values)
        meant, absent = connection.execute(write.found.sql, arguments).fetchone()
    return Result(
        utf8(body or b""),
        rows,
        None,
        False,
        len(keys) - existing,
        location,
        outside=outside,
        written=written,
        version=more[0] if more else None,
        missed=missed,
        meant=meant,
        absent=absent.decode(),
    )


def key_of(names: Sequence[str], key: Sequence[Any]) -> tuple[tuple[str, str | None], ...]:
    """A written row's key: names, and values as texts."""
    return tuple(
        (name, None if part is None else str(part)) for name, part in zip(names, key, strict=True)
    )


def read_result(row: tuple[Any, ...] | None, statement: Statement) -> Result:
    """The one row of a statement, by the meaning of its columns; none is an empty page."""
    if row is None:
        return Result(b"", 0)
    found = dict(zip(statement.layout, row, strict=True))
    body = utf8(found.get("body") or b"")
    return Result(
        body,
        found["rows"],
        found.get("total"),
        bool(found.get("more")),
        version=found.get("version"),
    )


def utf8(body: bytes) -> bytes:
    """The body as it is, or mended: SQLite takes any bytes for a text."""
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            return body.decode(errors="replace").encode()
    return body
