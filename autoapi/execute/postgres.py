"""Statements on PostgreSQL, over asyncpg.

A read is one round trip on a connection whose sessions are read only, so that a GET can
never write, whatever a view calls. A write without a check is one round trip too.
Roles, claims and checks need a transaction around the statement.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg
import msgspec

from autoapi.compile import Statement
from autoapi.errors import ApiError, database_lost, database_unreachable
from autoapi.execute.pool import Connection, Pool
from autoapi.execute.sqlstate import status_of
from autoapi.execute.types import Check, Result, Session, arguments_of
from autoapi.settings import Settings

__all__ = ["PostgresDatabase", "dsn"]

RETRY_AFTER = 1  # seconds
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)


def dsn(url: str) -> str:
    """The URL as asyncpg takes it: ``postgresql://``, without a driver's name."""
    scheme, _, rest = url.partition("://")
    return f"postgresql://{rest}" if scheme.startswith("postgres") else url


class PostgresDatabase:
    """One database behind a bounded pool."""

    def __init__(self, settings: Settings) -> None:
        self.pool = Pool(dsn(settings.database_url), settings)
        # Behind a pooler a session cannot hold the limit, so each transaction sets it.
        milliseconds = int(settings.db_statement_timeout * 1000)
        limited = milliseconds and not settings.db_prepared_statements
        self.limit = f"; SET LOCAL statement_timeout = {milliseconds}" if limited else ""

    async def run(
        self,
        statement: Statement,
        values: list[Any],
        session: Session | None = None,
        check: Check | None = None,
    ) -> Result:
        """See :class:`autoapi.execute.types.Database`."""
        arguments = arguments_of(statement, values)
        reads_only = not statement.writes
        connection = self.pool.take_free(reads_only)
        if connection is None:
            connection = await self.pool.acquire(reads_only=reads_only)
        try:
            if session is None and check is None and self.pool.holds_state:
                prepared = connection.prepared.get(statement.sql)
                if prepared is None:
                    prepared = await connection.prepare(statement.sql)
                return read_result(await prepared.fetchrow(*arguments), statement)
            await connection.driver.execute(begin(statement, session) + self.limit)
            return await run_in_transaction(connection, statement, arguments, session, check)
        except LOST as error:  # some of them are PostgresErrors too, with a code of the driver's
            raise database_lost(RETRY_AFTER) from error
        except asyncpg.PostgresError as error:
            raise database_error(error) from error
        except asyncio.CancelledError:
            # Between preparing and running, a statement's locks are held until the next
            # message: a connection left there would block whoever changes the table.
            connection.driver.terminate()
            raise
        finally:
            self.pool.release(connection)

    async def ping(self) -> float:
        """See :class:`autoapi.execute.types.Database`."""
        started = time.perf_counter()
        connection = await self.pool.acquire(reads_only=True)
        try:
            await connection.fetch_row("SELECT 1", [])
        except (asyncpg.PostgresError, *LOST) as error:
            raise database_unreachable(RETRY_AFTER) from error
        finally:
            self.pool.release(connection)
        return time.perf_counter() - started

    async def close(self) -> None:
        """See :class:`autoapi.execute.types.Database`."""
        await self.pool.close()


LEVELS = frozenset({"read uncommitted", "read committed", "repeatable read", "serializable"})


def begin(statement: Statement, session: Session | None) -> str:
    """How the transaction starts."""
    level = session.isolation.lower() if session is not None else ""
    isolation = f" ISOLATION LEVEL {level}" if level in LEVELS else ""
    return f"BEGIN{isolation}" + ("" if statement.writes else " READ ONLY")


async def run_in_transaction(
    connection: Connection,
    statement: Statement,
    arguments: list[Any],
    session: Session | None,
    check: Check | None,
) -> Result:
    """In a transaction begun: set what holds for it, run, check, commit."""
    driver = connection.driver
    try:
        if session is not None:
            names = [name for name, _ in session.settings]
            values = [value for _, value in session.settings]
            await connection.fetch_row(SET_LOCAL, [names, values])
            if session.before:
                await connection.fetch_row(session.before, [])
        result = read_result(await connection.fetch_row(statement.sql, arguments), statement)
        if check is not None:
            check(result)
    except BaseException:
        if not driver.is_closed():
            await asyncio.shield(driver.execute("ROLLBACK"))
        raise
    if session is not None and session.rolls_back:
        try:
            await driver.execute("SET CONSTRAINTS ALL IMMEDIATE")
        finally:
            await driver.execute("ROLLBACK")
    else:
        await driver.execute("COMMIT")
    return result


SET_LOCAL = """
SELECT count(set_config(each.name, each.value, true))
FROM unnest(CAST($1 AS text[]), CAST($2 AS text[])) AS each (name, value)
"""


NO_ROWS = Result(b"", 0)
BODY_AND_ROWS = ("body", "rows", "headers", "status")


def read_result(record: Any, statement: Statement) -> Result:
    """The one row of a statement, by the meaning of its columns."""
    if record is None:
        return NO_ROWS
    layout = statement.layout
    if layout == BODY_AND_ROWS:
        body, rows, headers, status = record
        return Result(b"" if body is None else body.encode(), rows, headers=headers, status=status)
    found = dict(zip(layout, record, strict=True))
    body = found.get("body")
    location = found.get("location")
    return Result(
        body.encode() if body is not None else b"",
        found["rows"],
        found.get("total"),
        found.get("more") or False,
        found.get("inserted"),
        tuple(msgspec.json.decode(location, type=list[str])) if location is not None else None,
        found.get("headers"),
        found.get("status"),
    )


def database_error(error: asyncpg.PostgresError) -> ApiError:
    """What the database refused, with its own code, message, details and hint."""
    code = error.sqlstate or "XX000"
    message = str(error.args[0]) if error.args else ""
    status = status_of(code, message)
    headers = (("Retry-After", str(RETRY_AFTER)),) if status == 503 else ()
    details = getattr(error, "detail", None)
    hint = getattr(error, "hint", None)
    return ApiError(code, status, message, details=details, hint=hint, headers=headers)
