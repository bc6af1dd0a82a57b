"""A bounded stack of asyncpg connections, reset only where something was touched.

asyncpg's own pool spends a round trip on resetting every connection it hands back
(measured: 95 against 130 us for a row by key). Nothing here leaves state behind: sessions
are read only or not for good, and everything else is set for one transaction.

A connection is one of two kinds. When the kind wanted is not free but the other is, it
is turned round, which costs a round trip; under a steady mix each kind finds its share.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from itertools import count
from typing import Any

import asyncpg

from autoapi.errors import database_unreachable, pool_exhausted
from autoapi.events import DatabaseState, report
from autoapi.settings import Settings

__all__ = ["Connection", "Pool"]

NUMBERS = count()
MAX_STATEMENTS = 500  # prepared on one connection; each costs the server some kilobytes
PAUSE_AFTER_FAILURE = 1.0  # seconds in which a dead database is not tried again
CONNECT_ERRORS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class Connection:
    """One connection, with the statements prepared on it."""

    __slots__ = ("driver", "prepared", "reads_only", "reuses")

    def __init__(self, driver: Any, *, reads_only: bool, reuses: bool) -> None:
        self.driver = driver
        self.reads_only = reads_only
        self.reuses = reuses
        self.prepared: dict[str, Any] = {}

    async def fetch_row(self, sql: str, arguments: list[Any]) -> Any:
        """The one row of a statement, prepared once on this connection."""
        statement = self.prepared.get(sql)
        if statement is None:
            statement = await self.prepare(sql)
        return await statement.fetchrow(*arguments)

    async def prepare(self, sql: str) -> Any:
        """Prepare a statement; the one prepared first makes room when there are many."""
        if not self.reuses:
            return await self.driver.prepare(sql, name="")
        # Without a name asyncpg sends the whole text again at every run.
        name = f"autoapi_{next(NUMBERS)}"
        if len(self.prepared) >= MAX_STATEMENTS:
            del self.prepared[next(iter(self.prepared))]
        statement = await self.driver.prepare(sql, name=name)
        self.prepared[sql] = statement
        return statement


class Pool:
    """At most ``settings.db_pool`` connections; who finds none free waits in line."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url = url
        self.settings = settings
        # A pooler in transaction mode hands a session to somebody else at any moment.
        self.holds_state = settings.db_prepared_statements
        self.free: dict[bool, list[Connection]] = {True: [], False: []}
        self.opened = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.failed_at = float("-inf")
        self.closing = False

    def take_free(self, reads_only: bool) -> Connection | None:
        """A connection of the kind wanted if one is free now: the common case, no waiting."""
        stack = self.free[reads_only and self.holds_state]
        if stack and not self.waiting:
            connection = stack.pop()
            if not connection.driver.is_closed():
                return connection
            self.opened -= 1
        return None

    async def acquire(self, *, reads_only: bool) -> Connection:
        """A connection of one's own, given back with :meth:`release`.

        Raises PGRST003 (504) after ``db_pool_acquisition_timeout`` seconds, PGRST000 (503)
        when the database cannot be reached.
        """
        reads_only = reads_only and self.holds_state
        deadline: float | None = None
        while True:
            found = self.take(reads_only)
            if found is None and self.opened < self.settings.db_pool:
                return await self.open(reads_only)
            if found is not None:
                if found.reads_only != reads_only:
                    await self.turn(found, reads_only)
                return found
            if deadline is None:
                deadline = time.monotonic() + self.settings.db_pool_acquisition_timeout
            await self.wait(deadline)

    def take(self, reads_only: bool) -> Connection | None:
        """A free connection, of the kind wanted if there is one."""
        for kind in (reads_only, not reads_only):
            stack = self.free[kind]
            if kind != reads_only and self.opened < self.settings.db_pool:
                return None
            while stack:
                connection = stack.pop()
                if not connection.driver.is_closed():
                    return connection
                self.opened -= 1
        return None

    def release(self, connection: Connection) -> None:
        """Give a connection back; a broken one is dropped."""
        if connection.driver.is_closed() or self.closing:
            self.opened -= 1
            if not connection.driver.is_closed():
                connection.driver.terminate()
        else:
            self.free[connection.reads_only].append(connection)
        if self.waiting:
            self.wake_next()

    async def wait(self, deadline: float) -> None:
        """Wait in line until a connection may be free. Raises PGRST003 (504) when too long."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(waiter)
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                await waiter
        except TimeoutError:
            with suppress(ValueError):
                self.waiting.remove(waiter)
            raise pool_exhausted(self.settings.db_pool_acquisition_timeout) from None
        except asyncio.CancelledError:
            # The connection this one was woken for must not sleep with it.
            if waiter.done() and not waiter.cancelled():
                self.wake_next()
            raise

    def wake_next(self) -> None:
        """Let the next in line try."""
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    async def open(self, reads_only: bool) -> Connection:
        """Open a connection. A database that just failed is not tried again at once."""
        if time.monotonic() - self.failed_at < PAUSE_AFTER_FAILURE:
            raise database_unreachable(1)
        self.opened += 1
        try:
            driver = await self.connect(reads_only)
        except BaseException as error:
            self.opened -= 1
            self.wake_next()
            if isinstance(error, CONNECT_ERRORS):
                self.failed_at = time.monotonic()
                report(DatabaseState(False, type(error).__name__))
                raise database_unreachable(1) from error
            raise
        return Connection(driver, reads_only=reads_only, reuses=self.holds_state)

    async def connect(self, reads_only: bool) -> Any:
        """One asyncpg connection with its session's limits."""
        settings: dict[str, str] = {}
        if self.holds_state:
            settings["application_name"] = self.settings.app_name
            settings["default_transaction_read_only"] = "on" if reads_only else "off"
            if self.settings.db_statement_timeout:
                milliseconds = int(self.settings.db_statement_timeout * 1000)
                settings["statement_timeout"] = str(milliseconds)
        return await asyncpg.connect(
            self.url,
            timeout=self.settings.db_connect_timeout,
            statement_cache_size=0,
            server_settings=settings,
        )

    async def turn(self, connection: Connection, reads_only: bool) -> None:
        """Make a connection of the other kind."""
        value = "on" if reads_only else "off"
        try:
            await connection.driver.execute(f"SET default_transaction_read_only = {value}")
        except BaseException as error:
            connection.driver.terminate()
            self.release(connection)
            if isinstance(error, CONNECT_ERRORS):
                raise database_unreachable(1) from error
            raise
        connection.reads_only = reads_only

    async def close(self) -> None:
        """Close what is free now and the rest as it comes back."""
        self.closing = True
        for stack in self.free.values():
            while stack:
                connection = stack.pop()
                self.opened -= 1
                with suppress(*CONNECT_ERRORS):
                    await connection.driver.close(timeout=2)
