"""A database as who is inside a transaction sees it: whatever runs there is part of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from autoapi.compile import Statement
from autoapi.execute.breaker import BreakerFigures
from autoapi.execute.transaction import Transaction
from autoapi.execute.types import Check, Database, PoolFigures, Result, Session

__all__ = ["JoinedDatabase"]


class JoinedDatabase:
    """One open transaction behind the interface of a database; its session holds for all."""

    def __init__(self, database: Database, transaction: Transaction) -> None:
        self.database = database
        self.opened = transaction

    async def run(
        self,
        statement: Statement,
        values: list[Any],
        session: Session | None = None,
        check: Check | None = None,
    ) -> Result:
        """Run a statement in the transaction, which fails when the statement does."""
        del session
        return await self.opened.run(statement, values, check)

    def stream(
        self, statement: Statement, values: list[Any], session: Session | None = None
    ) -> AsyncGenerator[list[bytes]]:
        """Nothing that others share a transaction with is streamed."""
        del statement, values, session
        raise AssertionError("what is part of a transaction is answered whole")

    @asynccontextmanager
    async def transaction(
        self, session: Session | None = None, *, reads_only: bool = False
    ) -> AsyncIterator[Transaction]:
        """A part of the transaction that can be undone by itself."""
        del session, reads_only
        async with self.opened.savepoint():
            yield self.opened

    def expose(self, schemas: Sequence[str]) -> None:
        """See :class:`autoapi.execute.types.Database`."""
        self.database.expose(schemas)

    async def ping(self) -> float:
        """See :class:`autoapi.execute.types.Database`."""
        return await self.database.ping()

    def pool_figures(self) -> PoolFigures | None:
        """See :class:`autoapi.execute.types.Database`."""
        return self.database.pool_figures()

    def breaker_figures(self) -> BreakerFigures | None:
        """See :class:`autoapi.execute.types.Database`."""
        return self.database.breaker_figures()

    async def close(self) -> None:
        """Nothing: whoever opened the transaction ends it."""
