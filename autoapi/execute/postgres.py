"""Statements on PostgreSQL: one round trip, whatever must hold for the transaction.

A read runs on a session that is read only, so that a GET can never write, whatever a view
calls. Role, claims and settings, the operator's function, the statement and the commit go
out together. Only what must be looked at before it is committed takes a second trip.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from autoapi.compile import Statement
from autoapi.dialects import postgres_expressions
from autoapi.errors import database_lost, database_unreachable
from autoapi.execute.breaker import BreakerFigures
from autoapi.execute.expressions import Expressions
from autoapi.execute.pool import CONNECT_ERRORS, Pool
from autoapi.execute.postgres_answers import ANSWER_SETTINGS, read_answer, with_settings
from autoapi.execute.postgres_errors import database_error
from autoapi.execute.postgres_opening import DEADLOCK, ROLLBACK, STALE, Opening
from autoapi.execute.postgres_stream import Exports
from autoapi.execute.postgres_transaction import PostgresTransaction
from autoapi.execute.transaction import Transaction
from autoapi.execute.types import Check, PoolFigures, Result, Session, arguments_of
from autoapi.settings import Settings
from autoapi.wire import Connection, ConnectionLost, Row, ServerError, Step, read_address

__all__ = ["PostgresDatabase"]

RETRY_AFTER = 1  # seconds
PING = Step("SELECT 1")
NO_SESSION = Session()


class PostgresDatabase:
    """One database behind a bounded pool."""

    def __init__(self, settings: Settings) -> None:
        self.pool = Pool(read_address(settings.database_url), settings)
        self.exports = Exports(self.pool, settings.exports)
        self.expressions = Expressions(postgres_expressions(), settings.db_schemas[0])
        # Behind a pooler a session cannot hold these, so each transaction sets them.
        self.limits: tuple[tuple[str, str], ...] = ()
        if not settings.db_prepared_statements and settings.db_statement_timeout:
            milliseconds = int(settings.db_statement_timeout * 1000)
            self.limits = (("statement_timeout", str(milliseconds)),)

    async def run(
        self,
        statement: Statement,
        values: list[Any],
        session: Session | None = None,
        check: Check | None = None,
    ) -> Result:
        """See :class:`autoapi.execute.types.Database`."""
        steps = [Step(statement.sql, arguments_of(statement, values), True)]
        if statement.estimate is not None:
            other = statement.estimate
            steps.append(Step(other.sql, arguments_of(other, values), True))
        reads_only = not statement.writes
        connection = self.pool.take_free(reads_only)
        if connection is None:
            connection = await self.pool.acquire(reads_only=reads_only)
        try:
            if session is None and check is None and self.pool.holds_state:
                try:
                    found = await connection.wire.run(steps)
                except ServerError as error:
                    found = await run_anew(connection.wire, steps, error, reads_only)
                return read_answer(found, statement)
            opening = Opening(session or NO_SESSION, reads_only, self.pool.holds_state, self.limits)
            return await run_one(connection.wire, opening, steps, statement, check)
        except ConnectionLost as error:
            raise database_lost(RETRY_AFTER) from error
        except ServerError as error:
            refused = database_error(error)
            refused.untouched = not error.begun or error.sqlstate == DEADLOCK
            raise refused from error
        except asyncio.CancelledError:
            self.pool.cancel(connection)
            raise
        finally:
            self.pool.release(connection)

    def stream(
        self, statement: Statement, values: list[Any], session: Session | None = None
    ) -> AsyncGenerator[list[bytes]]:
        """See :class:`autoapi.execute.types.Database`."""
        opening = Opening(session or NO_SESSION, True, self.pool.holds_state, self.limits)
        return self.exports.lines(statement, values, opening)

    @asynccontextmanager
    async def transaction(
        self, session: Session | None = None, *, reads_only: bool = False
    ) -> AsyncIterator[Transaction]:
        """See :class:`autoapi.execute.types.Database`."""
        opening = Opening(session or NO_SESSION, reads_only, self.pool.holds_state, self.limits)
        connection = self.pool.take_free(reads_only)
        if connection is None:
            connection = await self.pool.acquire(reads_only=reads_only)
        found = PostgresTransaction(self.expressions, self.pool, connection, opening)
        try:
            async with found.ending():
                yield found
        finally:
            self.pool.release(connection)

    def expose(self, schemas: Sequence[str]) -> None:
        """See :class:`autoapi.execute.types.Database`."""
        self.expressions.schema = schemas[0]

    async def ping(self) -> float:
        """See :class:`autoapi.execute.types.Database`."""
        started = time.perf_counter()
        connection = await self.pool.acquire(reads_only=True)
        try:
            await connection.wire.run([PING])
        except CONNECT_ERRORS as error:
            raise database_unreachable(RETRY_AFTER) from error
        finally:
            self.pool.release(connection)
        return time.perf_counter() - started

    def pool_figures(self) -> PoolFigures:
        """See :class:`autoapi.execute.types.Database`."""
        pool = self.pool
        available = sum(len(stack) for stack in pool.free.values())
        most = pool.settings.db_pool
        return PoolFigures(available, len(pool.waiting), most, pool.timeouts, pool.opened)

    def breaker_figures(self) -> BreakerFigures:
        """See :class:`autoapi.execute.types.Database`."""
        return self.pool.breaker.figures()

    async def close(self) -> None:
        """See :class:`autoapi.execute.types.Database`."""
        await self.pool.close()


async def run_one(
    wire: Connection,
    opening: Opening,
    main: list[Step],
    statement: Statement,
    check: Check | None,
) -> Result:
    """Run a statement's steps under what holds for the transaction, check, and end it.

    Without a check or a level of isolation there is no BEGIN: what goes out together is
    one transaction already, which ends with it.
    """
    session = opening.session
    before = opening.settings()
    after = [ANSWER_SETTINGS] if session.before else []
    explicit = bool(check or session.rolls_back or session.isolation)
    if explicit:
        before.insert(0, opening.begin())
    if explicit and check is None:
        after += opening.ending()
    try:
        steps = (*before, *main, *after)
        try:
            found = await wire.run(steps)
        except ServerError as error:
            found = await run_anew(wire, steps, error, opening.reads_only)
        result = read_answer(found[len(before) :], statement)
        if session.before and not found[len(before)]:
            result = with_settings(result, found[len(before) + len(main)][0])
        if check is not None:
            check(result)
            await wire.run(opening.ending())
    except BaseException:
        if wire.in_transaction and not wire.closed:
            await asyncio.shield(wire.run([ROLLBACK]))
        raise
    return result


async def run_anew(
    wire: Connection, steps: Sequence[Step], error: ServerError, reads_only: bool
) -> list[list[Row]]:
    """Run a read whose prepared statements no longer held, prepared anew.

    So is a write of which nothing was run yet. Raises ``error`` where that is not why it failed.
    """
    if error.sqlstate not in STALE or not any(step.sql in wire.prepared for step in steps):
        raise error
    for step in steps:
        wire.forget(step.sql)
    if wire.in_transaction or (error.begun and not reads_only):
        raise error
    return await wire.run(steps)
