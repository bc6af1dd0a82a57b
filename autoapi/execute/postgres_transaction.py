"""A transaction on PostgreSQL: begun with its first statement, in one round trip.

Whatever must hold (role, claims, search path) goes out with BEGIN and the first statement;
savepoints go out with the statement after them; COMMIT takes one round trip more.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Row

from autoapi.compile import Statement
from autoapi.errors import database_lost
from autoapi.execute.expressions import Expressions, Written
from autoapi.execute.pool import Pool, Pooled
from autoapi.execute.postgres_answers import ANSWER_SETTINGS, read_answer, with_settings
from autoapi.execute.postgres_errors import database_error
from autoapi.execute.postgres_opening import DEADLOCK, ROLLBACK, STALE, Opening
from autoapi.execute.postgres_values import OUTPUT, argument, read_rows
from autoapi.execute.transaction import Transaction, rows_of
from autoapi.execute.types import Result, arguments_of
from autoapi.wire import ConnectionLost, ServerError, Step
from autoapi.wire import Row as WireRow

__all__ = ["PostgresTransaction"]

RETRY_AFTER = 1  # seconds


class PostgresTransaction(Transaction):
    """On one connection of the pool, which nobody else has meanwhile."""

    def __init__(
        self, expressions: Expressions, pool: Pool, connection: Pooled, opening: Opening
    ) -> None:
        super().__init__(expressions)
        self.pool = pool
        self.connection = connection
        self.wire = connection.wire
        self.opening = opening
        self.begun = False
        self.waiting: list[Step] = []  # goes out with the next statement

    async def run_statement(self, statement: Statement, values: list[Any]) -> Result:
        """See :class:`Transaction`."""
        steps = [Step(statement.sql, arguments_of(statement, values), True)]
        if statement.estimate is not None:
            other = statement.estimate
            steps.append(Step(other.sql, arguments_of(other, values), True))
        asks = bool(self.opening.session.before)
        found = await self.exchange([*steps, *([ANSWER_SETTINGS] if asks else [])])
        result = read_answer(found, statement)
        return with_settings(result, found[-1][0]) if asks and not found[0] else result

    async def run_expression(self, written: Written) -> tuple[list[Row[Any]], int]:
        """See :class:`Transaction`."""
        arguments = [argument(value) for value in written.values]
        found = await self.exchange([Step(written.sql, arguments, True, True)])
        columns = self.wire.columns
        last = self.wire.done.rpartition(b" ")[2]  # of "INSERT 0 3"
        count = int(last) if last.isdigit() else 0
        if not columns:
            return [], count
        values = read_rows(columns, found[-1], written.types)
        return rows_of([column.name for column in columns], values), count

    async def run_command(self, sql: str, *, at_once: bool = False) -> None:
        """See :class:`Transaction`."""
        if at_once:
            # What waits was for what is now undone, but for the beginning itself.
            await self.exchange([Step(sql)])
        else:
            self.waiting.append(Step(sql))

    async def exchange(self, steps: list[Step]) -> list[list[WireRow]]:
        """Send what waits and these steps; the rows of these. Raises ApiError."""
        before = self.waiting
        if not self.begun:
            before = [self.opening.begin(), *self.opening.settings(OUTPUT), *before]
        self.waiting = []
        try:
            return (await self.send([*before, *steps]))[len(before) :]
        except ConnectionLost as error:
            raise database_lost(RETRY_AFTER) from error
        except ServerError as error:
            refused = database_error(error)
            # All before it is undone with it, since it ends the transaction if nobody minds it.
            refused.untouched = not error.begun or error.sqlstate == DEADLOCK
            raise refused from error
        except asyncio.CancelledError:
            self.pool.cancel(self.connection)
            raise

    async def send(self, steps: list[Step]) -> list[list[WireRow]]:
        """Send steps; the first ones of a transaction anew where their plans no longer hold."""
        first, self.begun = not self.begun, True
        try:
            return await self.wire.run(steps)
        except ServerError as error:
            stale = [step.sql for step in steps if step.sql in self.wire.prepared]
            if error.sqlstate not in STALE or not stale:
                raise
            for sql in stale:
                self.wire.forget(sql)
            if not first:
                raise
        await self.wire.run([ROLLBACK])
        return await self.wire.run(steps)

    def is_alive(self) -> bool:
        """See :class:`Transaction`."""
        return self.begun and self.wire.in_transaction and not self.wire.closed

    async def commit(self) -> None:
        """See :class:`Transaction`; nothing goes out for one that ran nothing."""
        if self.begun:
            await self.exchange(self.opening.ending())

    async def undo(self) -> None:
        """See :class:`Transaction`."""
        if self.is_alive():
            await asyncio.shield(self.wire.run([ROLLBACK]))
