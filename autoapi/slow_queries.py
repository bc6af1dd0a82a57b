"""Statements that take longer than ``AUTOAPI_LOG_SLOW_QUERY``: told, some with their plan.

Each is told. A plan is asked for in the background, on a connection of its own, one at a time,
not within ten seconds of the last, and of each statement once in ten minutes: a database that
is slow already is not asked for more.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import Final

import psycopg2

from autoapi.compile import Statement
from autoapi.events import SlowQuery, report
from autoapi.execute import Session, explain
from autoapi.settings import Settings

__all__ = ["SlowQueries"]

PAUSE: Final = 10.0  # seconds between two plans
KNOWN_FOR: Final = 600.0  # seconds for which the plan of a statement is not asked for again
MOST_KNOWN: Final = 200


class SlowQueries:
    """What one process has told of slow statements."""

    def __init__(self, pause: float = PAUSE) -> None:
        self.pause = pause
        self.explained: dict[str, float] = {}  # when, by statement
        self.last = float("-inf")
        self.task: asyncio.Task[None] | None = None
        self.count = 0

    def note(
        self, event: SlowQuery, statement: Statement, session: Session | None, settings: Settings
    ) -> None:
        """Tell of a slow statement, with its plan where it is its turn."""
        self.count += 1
        now = time.monotonic()
        known = now - self.explained.get(event.sql, float("-inf")) < KNOWN_FOR
        busy = self.task is not None and not self.task.done()
        if known or busy or now - self.last < self.pause:
            report(event)
            return
        self.last = now
        if len(self.explained) >= MOST_KNOWN:
            del self.explained[next(iter(self.explained))]
        self.explained[event.sql] = now
        self.task = asyncio.create_task(tell_with_plan(event, statement, session, settings))

    async def stop(self) -> None:
        """Let the plan that is being asked for be told."""
        if self.task is not None:
            await asyncio.wait([self.task], timeout=5)


async def tell_with_plan(
    event: SlowQuery, statement: Statement, session: Session | None, settings: Settings
) -> None:
    """Ask for the plan, and tell of it or of why there is none."""
    run = statement if statement.write is None else statement.write
    plan, reason = "", ""
    try:
        plan = await asyncio.to_thread(explain, settings, run.sql, len(run.binds), session)
    except (psycopg2.Error, sqlite3.Error) as error:
        reason = type(error).__name__
    told = SlowQuery(event.request, event.table, event.role, event.seconds, event.sql, plan, reason)
    report(told)
