"""A transaction on SQLite: one that writes has the writer's thread, and nobody else writes.

It begins with its first statement, by BEGIN IMMEDIATE, so it cannot find later that somebody
else wrote meanwhile. One that only reads has a connection of its own and sees the database
as it was at its first statement.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

from sqlalchemy import Row

from autoapi.compile import Statement
from autoapi.errors import timed_out
from autoapi.execute.expressions import Expressions, Written
from autoapi.execute.sqlite_answers import read_result, write_and_show
from autoapi.execute.sqlite_errors import sqlite_error
from autoapi.execute.sqlite_terms import Terms
from autoapi.execute.sqlite_values import argument, read_rows
from autoapi.execute.transaction import Transaction, rows_of
from autoapi.execute.types import Result, arguments_of

__all__ = ["SqliteTransaction"]

STEPS = 10_000  # between two looks at the clock
Found = TypeVar("Found")


class SqliteTransaction(Transaction):
    """On one connection, which nobody else has meanwhile; its work is done in a thread."""

    def __init__(
        self,
        expressions: Expressions,
        executor: Executor,
        connect: Callable[[], sqlite3.Connection],
        terms: Terms,
        timeout: float,
    ) -> None:
        super().__init__(expressions)
        self.executor = executor
        self.connect = connect  # called in the thread, whose own the connection may be
        self.connection: sqlite3.Connection | None = None
        self.terms = terms
        self.timeout = timeout  # seconds of one statement, 0 for no limit

    async def run_statement(self, statement: Statement, values: list[Any]) -> Result:
        """See :class:`Transaction`."""

        def work(connection: sqlite3.Connection) -> Result:
            if statement.writes:
                return write_and_show(connection, statement, values)
            arguments = arguments_of(statement, values)
            return read_result(connection.execute(statement.sql, arguments).fetchone(), statement)

        return await self.in_thread(work)

    async def run_expression(self, written: Written) -> tuple[list[Row[Any]], int]:
        """See :class:`Transaction`."""

        def work(connection: sqlite3.Connection) -> tuple[list[Row[Any]], int]:
            connection.text_factory = decoded
            try:
                cursor = connection.execute(written.sql, [argument(v) for v in written.values])
                rows = cursor.fetchall()
            finally:
                connection.text_factory = bytes
            names = [column[0] for column in cursor.description or ()]
            values = read_rows(rows, len(names), written.types)
            count = len(rows) if names else max(cursor.rowcount, 0)
            return (rows_of(names, values) if names else []), count

        return await self.in_thread(work)

    async def run_command(self, sql: str, *, at_once: bool = False) -> None:
        """See :class:`Transaction`."""
        del at_once
        await self.in_thread(lambda connection: connection.execute(sql))

    async def in_thread(self, work: Callable[[sqlite3.Connection], Found]) -> Found:
        """Do some work with the connection, begun before if need be. Raises ApiError.

        Who is cancelled has the statement stopped, and waits until it has: the connection
        must be still when the transaction is undone.
        """
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self.executor, self.work, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if self.connection is not None:
                self.connection.interrupt()
            await asyncio.wait([running])
            running.exception()  # nobody else asks for it
            raise

    def work(self, work: Callable[[sqlite3.Connection], Found]) -> Found:
        """The same, in the thread."""
        try:
            if self.connection is None:
                connection = self.connect()
                self.terms.begin(connection)
                self.connection = connection
            deadline = time.monotonic() + (self.timeout or 1e9)
            self.connection.set_progress_handler(lambda: int(time.monotonic() > deadline), STEPS)
            return work(self.connection)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                raise timed_out() from error
            refused = sqlite_error(error)
            refused.untouched = True  # all of it is undone, unless somebody minds it
            raise refused from error
        finally:
            if self.connection is not None:
                self.connection.set_progress_handler(None, 0)

    def is_alive(self) -> bool:
        """See :class:`Transaction`; some faults of SQLite end the transaction themselves."""
        return self.connection is not None and self.connection.in_transaction

    async def commit(self) -> None:
        """See :class:`Transaction`; nothing is done for one that ran nothing."""
        if self.connection is not None:
            await self.in_thread(self.terms.end)

    async def undo(self) -> None:
        """See :class:`Transaction`."""
        if self.is_alive():
            await asyncio.shield(self.in_thread(lambda connection: connection.execute("ROLLBACK")))


def decoded(text: bytes) -> str:
    """A text, which SQLite lets hold any bytes."""
    return text.decode(errors="replace")
