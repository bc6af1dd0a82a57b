"""Opening a database by its URL for one reflection or inspection, to read only."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import psycopg2
import psycopg2.errors
from sqlalchemy.engine import make_url

from autoapi.catalogue import Catalogue
from autoapi.inspection import Thing, Usage
from autoapi.reflect.inspection_postgres import inspect_postgres
from autoapi.reflect.inspection_sqlite import inspect_sqlite
from autoapi.reflect.postgres import reflect_postgres
from autoapi.reflect.sqlite import reflect_sqlite
from autoapi.reflect.usage import postgres_usage, sqlite_usage

__all__ = [
    "PAUSE",
    "TRIES",
    "UNSETTLED",
    "connect_postgres",
    "inspect_database",
    "is_postgres",
    "open_postgres",
    "open_sqlite",
    "read_usage",
    "reflect",
    "settled",
]

Found = TypeVar("Found")

TRIES: Final = 6
PAUSE: Final = 0.05  # seconds, longer with each attempt
UNSETTLED: Final = (psycopg2.errors.InternalError_, msgspec.ValidationError)
POSTGRES_SCHEMES: Final = frozenset({"postgres", "postgresql", "postgresql+psycopg2"})


def reflect(
    url: str,
    schemas: Sequence[str] = ("public",),
    connect_timeout: float = 10,
    extra_schemas: Sequence[str] = (),
) -> Catalogue:
    """Read the whole catalogue of the database at ``url``.

    Args:
        url: ``sqlite:///path``, or ``postgresql://`` (also ``postgres://`` and
            ``postgresql+psycopg2://``) with whatever libpq takes.
        schemas: those to read on PostgreSQL, the default one first. One that does not
            exist is empty; SQLite has ``main`` alone.
        connect_timeout: seconds to wait for a connection, per address.
        extra_schemas: those of PostgreSQL's search path besides; their views are followed
            and their functions of rows are computed fields.

    Raises:
        ValueError: a URL of another kind, or of a SQLite database in memory.
        psycopg2.Error, sqlite3.Error: the database cannot be reached or read.
    """
    if is_postgres(url):
        return settled(
            url,
            connect_timeout,
            lambda connection: reflect_postgres(connection, schemas, extra_schemas),
        )
    with closing(open_sqlite(url, connect_timeout)) as connection:
        return reflect_sqlite(connection)


def inspect_database(
    url: str, schemas: Sequence[str] = ("public",), connect_timeout: float = 10
) -> Thing:
    """Read everything that there is in the database at ``url``, as a tree.

    Takes and raises what :func:`reflect` does; schemas that do not exist are left out.
    """
    if is_postgres(url):
        return settled(
            url, connect_timeout, lambda connection: inspect_postgres(connection, schemas)
        )
    with closing(open_sqlite(url, connect_timeout)) as connection:
        return inspect_sqlite(connection)


def settled(url: str, connect_timeout: float, read: Callable[[Any], Found]) -> Found:
    """What is read of a PostgreSQL database, once nothing in it was dropped meanwhile.

    PostgreSQL's own functions do not look at the snapshot: of what was dropped since, they
    tell nothing, or fail. Raises that where something is dropped again and again.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with open_postgres(url, connect_timeout) as connection:
                return read(connection)
        except UNSETTLED:
            if attempt == TRIES:
                raise
            time.sleep(attempt * PAUSE)
    raise AssertionError("the last attempt returns or raises")


def read_usage(
    url: str, schemas: Sequence[str] = ("public",), connect_timeout: float = 10
) -> Usage:
    """Read how the database at ``url`` has been used.

    Takes and raises what :func:`reflect` does.
    """
    if is_postgres(url):
        with open_postgres(url, connect_timeout) as connection:
            return postgres_usage(connection, schemas)
    with closing(open_sqlite(url, connect_timeout)) as connection:
        return sqlite_usage(connection)


def is_postgres(url: str) -> bool:
    """Whether a URL is PostgreSQL's and not SQLite's. Raises ``ValueError`` for another's."""
    scheme, found, _ = url.partition("://")
    if found and scheme in POSTGRES_SCHEMES:
        return True
    if found and scheme == "sqlite":
        return False
    kinds = "sqlite:///path or postgresql://user@host/name"
    raise ValueError(f"cannot read a database at {scheme}{found}...: give {kinds}")


@contextmanager
def open_postgres(url: str, connect_timeout: float) -> Iterator[Any]:
    """Open a connection whose one transaction reads one snapshot, and close it after."""
    with closing(connect_postgres(url, connect_timeout)) as connection:
        yield connection


def connect_postgres(url: str, connect_timeout: float) -> Any:
    """A connection each of whose transactions reads one snapshot.

    libpq waits whole seconds, and takes 0 for no limit.
    """
    seconds = max(1, math.ceil(connect_timeout))
    address = "postgresql://" + url.partition("://")[2]
    connection = psycopg2.connect(address, connect_timeout=seconds, client_encoding="UTF8")
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    except BaseException:
        connection.close()
        raise
    return connection


def open_sqlite(url: str, timeout: float) -> sqlite3.Connection:
    """Open a database file to read only; one that does not exist is not made.

    ``timeout``: seconds to wait for another's lock.
    """
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("a SQLite database in memory is new and empty: give sqlite:///path")
    # A file: URI is the only way to say "read only", and as_uri escapes ? # % in a path.
    uri = path if path.startswith("file:") else Path(path).absolute().as_uri()
    return sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=timeout)
