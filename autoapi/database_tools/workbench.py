"""Where the tools do their work: in threads, a few at a time, and not for ever.

What blocks (reading a whole schema, drawing it, comparing) would hold up every request
if it ran beside them.
"""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import psycopg2
import psycopg2.errors

from autoapi.auth import Principal
from autoapi.errors import (
    ApiError,
    database_unreachable,
    internal_error,
    schema_in_motion,
    tool_timed_out,
    tools_busy,
)
from autoapi.events import RequestFailed, report
from autoapi.http import Answer, Http
from autoapi.inspection import Thing
from autoapi.prepare import Address
from autoapi.reflect import inspect_database
from autoapi.service import Service
from autoapi.settings import Settings

__all__ = ["Answering", "Workbench"]

AT_ONCE: Final = 2
LONGEST_WAIT: Final = 5.0  # seconds for a turn
LONGEST_WORK: Final = 60.0  # seconds

Made = TypeVar("Made")
Answering = Callable[[Http, Address, Principal, Service], Awaitable[Answer]]


class Workbench:
    """What the tools share: the service, and the bounds on their work."""

    def __init__(self, service: Service, answer: Answering) -> None:
        """``answer`` answers a request on a table."""
        self.service = service
        self.answer = answer
        self.turns = asyncio.Semaphore(AT_ONCE)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.service.settings

    async def run(self, name: str, work: Callable[[], Made]) -> Made:
        """Do blocking work in a thread and return what it made; ``name`` is for the log.

        A thread cannot be stopped, so one that takes too long keeps its turn until it ends.

        Raises:
            ApiError: what the work raised; 503 when no turn came or the database is away,
                504 when it took too long, 500 for a fault of ours.
        """
        try:
            await asyncio.wait_for(self.turns.acquire(), LONGEST_WAIT)
        except TimeoutError:
            raise tools_busy(AT_ONCE) from None
        done = asyncio.ensure_future(asyncio.to_thread(work))
        done.add_done_callback(self.end_turn)
        try:
            return await asyncio.wait_for(asyncio.shield(done), LONGEST_WORK)
        except ApiError:
            raise
        except TimeoutError:
            raise tool_timed_out(LONGEST_WORK) from None
        except (psycopg2.OperationalError, sqlite3.OperationalError):
            raise database_unreachable(retry_after=1) from None
        except psycopg2.errors.InternalError_:
            raise schema_in_motion() from None
        except Exception as error:
            trace = "".join(traceback.format_tb(error.__traceback__))
            report(RequestFailed("", f"/database-tools/{name}", type(error).__name__, trace))
            raise internal_error() from None

    def end_turn(self, done: asyncio.Future[Any]) -> None:
        """Let the next have its turn; nobody may be left to ask for what was raised."""
        self.turns.release()
        if not done.cancelled():
            done.exception()

    def inspect(self) -> Thing:
        """Everything in the database as it is now; blocks."""
        settings = self.settings
        return inspect_database(
            settings.database_url, settings.db_schemas, settings.db_connect_timeout
        )
