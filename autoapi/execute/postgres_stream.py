"""A long read on PostgreSQL, some rows at a time: a portal inside a transaction that only reads.

A connection whose read turns out to be long leaves the pool for good, so that callers who
read slowly take none from others; how many may be so at a time is bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from autoapi.compile import Statement
from autoapi.errors import database_lost, pool_exhausted
from autoapi.execute.pool import Pool, Pooled
from autoapi.execute.postgres_errors import database_error
from autoapi.execute.postgres_opening import ROLLBACK, STALE, Opening
from autoapi.execute.types import FIRST_PORTION, WHOLE, arguments_of, next_portion
from autoapi.wire import Connection, ConnectionLost, Row, ServerError, Step

__all__ = ["Exports"]

RETRY_AFTER = 1  # seconds
COMMIT = Step("COMMIT")


class Exports:
    """The long reads of one pool; ``most`` may be under way at a time."""

    def __init__(self, pool: Pool, most: int) -> None:
        self.pool = pool
        self.slots = asyncio.Semaphore(most)

    async def lines(
        self, statement: Statement, values: list[object], opening: Opening
    ) -> AsyncGenerator[list[bytes]]:
        """See ``stream`` of :class:`autoapi.execute.types.Database`."""
        first = Step(statement.sql, arguments_of(statement, values), True, at_most=FIRST_PORTION)
        before = [opening.begin(), *opening.settings()]
        connection = await self.pool.acquire(reads_only=True)
        wire, size, is_long = connection.wire, 0, False
        try:
            found = texts(await begun(wire, [*before, first]))
            while True:
                size += sum(map(len, found))
                if wire.suspended and size > WHOLE and not is_long:
                    await self.lend(connection)
                    is_long = True
                yield found
                if not wire.suspended:
                    break
                found = texts(await wire.more(next_portion(found)))
            await wire.run([COMMIT])
        except ConnectionLost as error:
            raise database_lost(RETRY_AFTER) from error
        except ServerError as error:
            raise database_error(error) from error
        except (asyncio.CancelledError, GeneratorExit):
            self.pool.cancel(connection)
            raise
        finally:
            if is_long:
                wire.goodbye()
                self.slots.release()
            else:
                self.pool.release(connection)

    async def lend(self, connection: Pooled) -> None:
        """Take a connection out of the pool. Raises PGRST003 (504) while too many are out."""
        try:
            async with asyncio.timeout(self.pool.settings.db_pool_acquisition_timeout):
                await self.slots.acquire()
        except TimeoutError:
            self.pool.cancel(connection)
            raise pool_exhausted() from None
        self.pool.lend()


async def begun(wire: Connection, steps: list[Step]) -> list[Row]:
    """The first rows; a plan that no longer holds is made anew."""
    try:
        return (await wire.run(steps))[-1]
    except ServerError as error:
        stale = [step.sql for step in steps if step.sql in wire.prepared]
        if error.sqlstate not in STALE or not stale:
            if wire.in_transaction and not wire.closed:
                await asyncio.shield(wire.run([ROLLBACK]))
            raise
    for sql in stale:
        wire.forget(sql)
    await wire.run([ROLLBACK])
    return (await wire.run(steps))[-1]


def texts(rows: list[Row]) -> list[bytes]:
    """The one column of rows."""
    return [row[0] or b"" for row in rows]
