"""Hearing a channel of PostgreSQL's: on the watch's connection, or on one past a pooler.

A pooler in transaction mode hands on no notifications. Where ``AUTOAPI_DB_DIRECT_URL`` leads
past it, a connection of its own listens there; while it is lost, the looks serve alone.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

from autoapi.dialects import quoted_name
from autoapi.events import ListenerLost, report
from autoapi.settings import Settings
from autoapi.watch.types import BOTH, Heard, News
from autoapi.wire import (
    Connection,
    ConnectionLost,
    LoginError,
    ServerError,
    Step,
    connect,
    read_address,
)

__all__ = ["FIRST_RETRY", "LONGEST_RETRY", "LOST", "Listener", "listen"]

LOST = (OSError, ServerError, LoginError, ConnectionLost)
FIRST_RETRY = 0.5  # seconds
LONGEST_RETRY = 10.0
PAYLOADS: dict[str, News] = {"reload schema": "schema", "reload config": "config", "": "both"}


async def listen(connection: Connection, settings: Settings, heard: Heard) -> None:
    """Tell ``heard`` of the channel's notifications for as long as the connection lasts.

    One whose text means nothing to us is not for us. Raises ServerError where the server
    cannot listen, as a replica.
    """

    def notified(channel: str, payload: str) -> None:
        news = PAYLOADS.get(payload)
        if channel == settings.db_channel and news is not None:
            heard(news, "notification")

    connection.notified = notified
    await connection.run([Step(f"LISTEN {quoted_name(settings.db_channel)}")])


class Listener:
    """Listens past a pooler, and takes it up again when the connection is lost."""

    def __init__(self, settings: Settings, heard: Heard) -> None:
        self.settings = settings
        self.heard = heard
        self.address = read_address(settings.db_direct_url)
        self.connection: Connection | None = None

    async def run(self) -> None:
        """Listen until cancelled. What may have been missed meanwhile is read again."""
        pause, again = FIRST_RETRY, False
        while True:
            reason = ConnectionLost.__name__
            try:
                connection = await self.connect()
                await listen(connection, self.settings, self.heard)
                if again:
                    self.heard(BOTH, "notification")
                pause, again = FIRST_RETRY, True
                await connection.gone.wait()
            except LOST as error:
                reason = type(error).__name__
            self.close()
            report(ListenerLost(reason, pause))
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - only jitter
            pause = min(pause * 2, LONGEST_RETRY)

    async def connect(self) -> Connection:
        """A session that says what it is for."""
        parameters = {"application_name": f"{self.settings.app_name}: listener"}
        async with asyncio.timeout(self.settings.db_connect_timeout or None):
            self.connection = await connect(self.address, parameters)
        return self.connection

    def close(self) -> None:
        """Give the connection back."""
        if self.connection is not None:
            with suppress(OSError):
                self.connection.goodbye()
            self.connection = None
