"""One statement's work in a thread: how long it may wait and run, and who gives it up.

SQLite asks every so many steps whether to go on, which is where both are looked at: a
connection is never interrupted from outside, since the next statement on it may be another's.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress

from autoapi.errors import pool_exhausted
from autoapi.execute.types import Result

__all__ = ["Job"]

STEPS = 10_000  # between two looks at the clock


class Job:
    """Work that waits for its thread no longer than it may, and stops when nobody wants it."""

    __slots__ = ("deadline", "given_up", "late", "started", "timeout")

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout  # seconds that it may run, 0 for no limit
        self.deadline = 0.0
        self.started = self.given_up = self.late = False

    async def run(
        self, executor: Executor, patience: float, work: Callable[[Job], Result]
    ) -> Result:
        """Do the work in a thread. Raises PGRST003 (504) when none is free in ``patience``."""
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(executor, work, self)
        waiting = loop.call_later(patience, self.expire, running)
        try:
            return await running
        except asyncio.CancelledError:
            if self.late:
                raise pool_exhausted() from None
            self.given_up = True
            raise
        finally:
            waiting.cancel()

    def expire(self, running: asyncio.Future[Result]) -> None:
        """Its time to wait is over."""
        if not self.started:
            self.late = running.cancel()
            self.given_up = self.late  # it may have been taken up at this very moment

    def begin(self, connection: sqlite3.Connection) -> None:
        """Its thread has taken it up: from now on its time runs."""
        self.started = True
        self.deadline = time.monotonic() + (self.timeout or 1e9)
        connection.set_progress_handler(self.stops, STEPS)

    def stops(self) -> int:
        """1 when it is not to go on."""
        return int(self.given_up or time.monotonic() > self.deadline)

    def end(self, connection: sqlite3.Connection) -> None:
        """Leave the connection as it was."""
        with suppress(sqlite3.Error):
            connection.set_progress_handler(None, 0)
