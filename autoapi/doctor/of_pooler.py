"""Whether a pooler stands before the server, in which mode, and whether settings fit it.

A server tells a client at login the number of its process, for cancelling. A pooler makes
one up, so what a statement says of its process is another. In transaction mode two clients
that are both connected may be served by one process; in session mode never.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any, Final

import psycopg2

from autoapi.doctor.findings import Finding, advice, fault, fine
from autoapi.settings import Settings

__all__ = ["connect", "pooler"]

CLIENTS: Final = 4  # that ask for the same process, one after the other
DIRECT: Final = "set AUTOAPI_DB_DIRECT_URL to the database's own address (at Supabase port 5432)"


def connect(url: str, settings: Settings) -> Any:
    """A connection each of whose statements is a transaction. Raises psycopg2.Error."""
    seconds = max(1, math.ceil(settings.db_connect_timeout))
    address = "postgresql://" + url.partition("://")[2]
    connection = psycopg2.connect(address, connect_timeout=seconds, client_encoding="UTF8")
    connection.autocommit = True
    return connection


def process_of(connection: Any) -> int:
    """The number of the server's process that runs a statement now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_catalog.pg_backend_pid()")
        return int(cursor.fetchone()[0])


def is_pooled(connection: Any) -> bool:
    """Whether somebody stands between us and the server."""
    return bool(connection.info.backend_pid != process_of(connection))


def shares(settings: Settings) -> bool:
    """Whether clients that are all connected are served by the same process."""
    seen: set[int] = set()
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            client = stack.enter_context(closing(connect(settings.database_url, settings)))
            process = process_of(client)
            if process in seen:
                return True
            seen.add(process)
    return False


def pooler(settings: Settings) -> Iterator[Finding]:
    """Whether settings fit what stands before the server. Raises psycopg2.Error."""
    with closing(connect(settings.database_url, settings)) as connection:
        pooled = is_pooled(connection)
    if not pooled:
        yield fine("pooler", "none: the connection is the server's own")
        if not settings.db_prepared_statements:
            todo = "unset AUTOAPI_DB_PREPARED_STATEMENTS: each request costs a third more without"
            yield advice("pooler", "nothing is prepared, though sessions are ours alone", todo)
        return
    if not shares(settings):
        yield fine("pooler", "one in session mode, or one that is not busy")
    elif settings.db_prepared_statements:
        told = "one in transaction mode, in which prepared statements and session state are lost"
        todo = "set AUTOAPI_DB_PREPARED_STATEMENTS=false, or use the session mode's address"
        yield fault("pooler", told, todo)
    else:
        yield fine("pooler", "one in transaction mode, and nothing is kept in a session")
    yield from way_past(settings)


def way_past(settings: Settings) -> Iterator[Finding]:
    """Whether notifications are heard behind a pooler."""
    if not settings.db_direct_url:
        told = "behind a pooler no notifications are heard: changes are found by looking"
        yield advice("direct URL", told, DIRECT)
        return
    try:
        with closing(connect(settings.db_direct_url, settings)) as connection:
            pooled = is_pooled(connection)
    except psycopg2.OperationalError as error:
        told = f"AUTOAPI_DB_DIRECT_URL cannot be reached: {str(error).strip().splitlines()[0]}"
        yield fault("direct URL", told, "correct it; at Supabase it may need IPv6")
        return
    if pooled:
        yield fault("direct URL", "AUTOAPI_DB_DIRECT_URL leads to a pooler, too", DIRECT)
    else:
        yield fine("direct URL", "it leads past the pooler")
