"""Records what has changed after each reading of the catalogue, beside the requests.

It never holds up a reading: the database is read once more, in a thread, after the new
catalogue is in place. Whatever fails here is told in the log and harms nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import suppress
from functools import partial
from typing import Final

from autoapi.errors import no_history
from autoapi.events import HistoryUnavailable, SchemaChanged, report
from autoapi.history.store import OFF, Store, database_name, open_store
from autoapi.history.types import History
from autoapi.reflect import Moment, read_moment
from autoapi.settings import Settings

__all__ = ["Recorder"]

BETWEEN: Final = 1.0  # seconds before a recording: changes in a row become one
RETRY: Final = 10.0  # seconds after one that failed


class Recorder:
    """The recording of one service."""

    def __init__(self) -> None:
        self.store: Store | None = None
        self.opening = threading.Lock()
        self.asked: tuple[Settings, str, float] | None = None
        self.recording: asyncio.Task[None] | None = None

    def note(self, settings: Settings, cause: str) -> None:
        """Record soon; ``cause`` is what had the catalogue read."""
        if settings.schema_history == OFF:
            return
        first = cause if self.asked is None else self.asked[1]
        self.asked = (settings, first, time.time())
        if self.recording is None or self.recording.done():
            self.recording = asyncio.create_task(self.record_what_was_asked())

    async def record_what_was_asked(self) -> None:
        """Record until nobody has asked since, not too often; what failed is tried again."""
        failed = ""
        while self.asked is not None:
            await asyncio.sleep(RETRY if failed else BETWEEN)
            settings, cause, noticed = self.asked
            self.asked = None
            try:
                await asyncio.to_thread(self.record, settings, cause, noticed)
                failed = ""
            except Exception as error:
                reason = type(error).__name__
                if reason != failed:
                    report(HistoryUnavailable(settings.schema_history, reason))
                failed = reason
                self.asked = self.asked or (settings, cause, noticed)

    def record(self, settings: Settings, cause: str, noticed: float) -> None:
        """Read the database and record what has changed; blocks."""
        store = self.store_for(settings)
        change = store.record(cause, noticed, partial(read_now, settings))
        if change is not None:
            report(SchemaChanged(change.number, change.count, cause))

    def store_for(self, settings: Settings) -> Store:
        """The store of a database and its schemas; in memory where the file cannot be written."""
        name = database_name(settings)
        with self.opening:
            if self.store is not None and self.store.database != name:
                self.store.close(still_so=False)
                self.store = None
            if self.store is None:
                self.store = open_or_remember(settings)
            return self.store

    def changes(self, settings: Settings, limit: int, before: int | None = None) -> History:
        """The newest changes; blocks. Raises AUTO119 where none are kept."""
        if settings.schema_history == OFF:
            raise no_history()
        return self.store_for(settings).changes(limit, before)

    async def stop(self, *, still_so: bool) -> None:
        """Stop; ``still_so``: the schema was watched until now and did not change."""
        if self.recording is not None:
            self.recording.cancel()
            with suppress(asyncio.CancelledError):
                await self.recording
        if self.store is not None:
            with suppress(sqlite3.Error):
                await asyncio.to_thread(self.store.close, still_so=still_so and self.asked is None)


def open_or_remember(settings: Settings) -> Store:
    """The store of the settings; one in memory where its file cannot be written."""
    try:
        return open_store(settings)
    except (OSError, sqlite3.Error) as error:
        reason = f"{type(error).__name__}, so it is kept in memory"
        report(HistoryUnavailable(settings.schema_history, reason))
        return Store(database_name(settings), None)


def read_now(settings: Settings, after: int) -> Moment:
    """The database as it is, and the commands after a number."""
    return read_moment(
        settings.database_url, settings.db_schemas, settings.db_connect_timeout, after
    )
