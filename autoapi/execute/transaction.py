"""One transaction of the database, open for as long as its block: what rules run on.

Everything in it commits together when the block is left, or is undone when an exception
leaves it. A statement that failed fails the transaction: until a savepoint set before it is
gone back to, further statements raise the same error, and so does leaving the block. The two
databases differ in that; here they do not.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import Row
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql.base import Executable

from autoapi.compile import Statement
from autoapi.errors import ApiError, database_lost
from autoapi.execute.expressions import Expressions, Written
from autoapi.execute.types import Check, Result

__all__ = ["Transaction", "rows_of"]


class Transaction(ABC):
    """What both databases share. Statements of several tasks go one after the other."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.turn = asyncio.Lock()
        self.fault: Exception | None = None  # why it can no longer be committed
        self.over = False
        self.savepoints = 0

    async def run(
        self, statement: Statement, values: list[Any], check: Check | None = None
    ) -> Result:
        """Run a statement of the engine's, as ``Database.run`` does, in this transaction.

        ``check`` may refuse the result, which fails the transaction. Raises ApiError for
        what the database refuses.
        """
        async with self.turn:
            self.look()
            try:
                result = await self.run_statement(statement, values)
                if check is not None:
                    check(result)
            except BaseException as error:
                self.fault = fault_of(error)
                raise
            return result

    async def fetch(
        self, query: Executable, parameters: Mapping[str, Any] | None = None
    ) -> list[Row[Any]]:
        """The rows of any SQLAlchemy expression, their values as Python's.

        A number with a point is a ``Decimal``, a moment with a zone an aware ``datetime``, an
        array a list, an enumeration its label, JSON what it says. A write without
        ``returning`` has no rows. Raises ApiError for what the database refuses.
        """
        rows, _ = await self.query(query, parameters)
        return rows

    async def execute(self, query: Executable, parameters: Mapping[str, Any] | None = None) -> int:
        """Run an expression and tell how many rows it wrote, or read."""
        _, count = await self.query(query, parameters)
        return count

    async def query(
        self, query: Executable, parameters: Mapping[str, Any] | None
    ) -> tuple[list[Row[Any]], int]:
        """The rows of an expression and how many it was about."""
        async with self.turn:
            self.look()
            written = self.expressions.written(query, parameters)
            try:
                return await self.run_expression(written)
            except BaseException as error:
                self.fault = fault_of(error)
                raise

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that can fail by itself: an exception undoes what the block did, no more."""
        self.savepoints += 1
        name = f"autoapi_{self.savepoints}"
        async with self.turn:
            self.look()
            await self.run_command(f"SAVEPOINT {name}")
        try:
            yield
            self.look()
        except BaseException:
            async with self.turn:
                await self.undo_to(name)
            raise
        async with self.turn:
            await self.run_command(f"RELEASE SAVEPOINT {name}")

    async def undo_to(self, name: str) -> None:
        """Undo what was done since a savepoint, if there is still a transaction with it."""
        if self.is_alive():
            with suppress(ApiError):
                await self.run_command(f"ROLLBACK TO SAVEPOINT {name}", at_once=True)
                await self.run_command(f"RELEASE SAVEPOINT {name}")
                self.fault = None

    @asynccontextmanager
    async def ending(self) -> AsyncIterator[None]:
        """Commit what the block did, or undo it when an exception leaves it."""
        try:
            yield
            async with self.turn:
                if self.fault is not None:
                    raise self.fault
                await self.commit()
        except BaseException:
            await self.undo()
            raise
        finally:
            self.over = True

    def look(self) -> None:
        """Refuse to go on with a transaction that failed or is over."""
        if self.fault is not None:
            raise self.fault
        if self.over:
            raise RuntimeError("the transaction is over: its block was left")

    @abstractmethod
    async def run_statement(self, statement: Statement, values: list[Any]) -> Result:
        """One statement of the engine's."""

    @abstractmethod
    async def run_expression(self, written: Written) -> tuple[list[Row[Any]], int]:
        """One expression: its rows and their number, or that of those written."""

    @abstractmethod
    async def run_command(self, sql: str, *, at_once: bool = False) -> None:
        """A command about savepoints, ``at_once`` or before the next statement."""

    @abstractmethod
    def is_alive(self) -> bool:
        """Whether there is a transaction that can be gone back in."""

    @abstractmethod
    async def commit(self) -> None:
        """Make it last, or check and undo it where the session says so."""

    @abstractmethod
    async def undo(self) -> None:
        """Undo all of it."""


def rows_of(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Row[Any]]:
    """Values as SQLAlchemy's own rows: by attribute, by position, and as a mapping."""
    found = IteratorResult[Any](SimpleResultMetaData(names), iter(rows))
    return list(found.all())


def fault_of(error: BaseException) -> Exception:
    """Why a transaction cannot go on; one that was cancelled is cancelled only once."""
    return error if isinstance(error, Exception) else database_lost(1)
