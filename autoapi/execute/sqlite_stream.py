"""A long read on SQLite, some rows at a time, on a connection and in a thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from autoapi.compile import Statement
from autoapi.errors import pool_exhausted, timed_out
from autoapi.execute.sqlite_errors import sqlite_error
from autoapi.execute.types import FIRST_PORTION, arguments_of, next_portion

__all__ = ["Exports"]

STEPS = 10_000  # between two looks at the clock


class Exports:
    """The long reads of one file; ``most`` may be under way at a time."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], most: int) -> None:
        self.connect = connect
        self.slots = asyncio.Semaphore(most)
        self.threads = ThreadPoolExecutor(most, thread_name_prefix="sqlite-export")

    async def lines(
        self, statement: Statement, values: list[object], limits: tuple[float, float]
    ) -> AsyncGenerator[list[bytes]]:
        """See ``stream`` of :class:`autoapi.execute.types.Database`.

        ``limits`` are the seconds to wait for a turn, and those of each portion, 0 for none.
        """
        arguments = arguments_of(statement, values)
        patience, timeout = limits
        try:
            async with asyncio.timeout(patience):
                await self.slots.acquire()
        except TimeoutError:
            raise pool_exhausted() from None
        reading = Reading(self.connect, timeout)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self.threads, reading.begin, statement.sql, arguments
            )
            while found:
                yield found
                found = await loop.run_in_executor(self.threads, reading.fetch, next_portion(found))
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                raise timed_out() from error
            raise sqlite_error(error) from error
        finally:
            reading.given_up = True
            self.threads.submit(reading.close)
            self.slots.release()

    def close(self) -> None:
        """End the threads."""
        self.threads.shutdown(wait=False, cancel_futures=True)


class Reading:
    """One read under way; its methods but the flag are its thread's."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], timeout: float) -> None:
        self.connect = connect
        self.timeout = timeout
        self.given_up = False
        self.deadline = 0.0
        self.connection: sqlite3.Connection | None = None
        self.cursor: sqlite3.Cursor | None = None

    def begin(self, sql: str, arguments: list[object]) -> list[bytes]:
        """Run it, and read its first lines."""
        self.connection = self.connect()
        self.connection.set_progress_handler(self.stops, STEPS)
        self.deadline = time.monotonic() + (self.timeout or 1e9)
        self.cursor = self.connection.execute(sql, arguments)
        return self.fetch(FIRST_PORTION)

    def fetch(self, rows: int) -> list[bytes]:
        """Read some lines more, none at the end."""
        if self.cursor is None:
            return []
        self.deadline = time.monotonic() + (self.timeout or 1e9)
        found = self.cursor.fetchmany(rows)
        return [row[0] if isinstance(row[0], bytes) else str(row[0]).encode() for row in found]

    def stops(self) -> int:
        """1 when it is not to go on."""
        return int(self.given_up or time.monotonic() > self.deadline)

    def close(self) -> None:
        """Give the connection back."""
        if self.connection is not None:
            with suppress(sqlite3.Error):
                self.connection.close()
