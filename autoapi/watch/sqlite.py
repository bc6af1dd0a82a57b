"""SQLite counts the changes of its schema itself: ``PRAGMA schema_version``."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from urllib.parse import quote

from autoapi.execute import sqlite_path
from autoapi.settings import Settings
from autoapi.watch.pace import pause_after
from autoapi.watch.types import CHANGED, Cause, Heard

__all__ = ["SqliteWatch"]

# Seconds to wait for a change that is being written; a look that saw nothing would have a
# request believe that there is none.
BUSY = 5.0


class SqliteWatch:
    """Watches a file over a connection of its own, in threads, one look at a time."""

    def __init__(self, settings: Settings, heard: Heard) -> None:
        self.path = sqlite_path(settings.database_url)
        self.interval = settings.db_schema_poll_interval
        self.heard = heard
        self.connection: sqlite3.Connection | None = None
        self.asking = asyncio.Lock()
        self.marked: int | None = None

    async def mark(self) -> None:
        """See :class:`autoapi.watch.types.Watch`."""
        async with self.asking:
            self.marked = await asyncio.to_thread(self.version)

    async def look(self, cause: Cause) -> bool:
        """See :class:`autoapi.watch.types.Watch`."""
        async with self.asking:
            found = await asyncio.to_thread(self.version)
        changed = found is not None and found != self.marked
        if changed:
            self.heard(CHANGED, cause)
        return changed

    async def run(self) -> None:
        """See :class:`autoapi.watch.types.Watch`."""
        look = 0.0
        while self.interval:
            await asyncio.sleep(pause_after(look, self.interval))
            started = time.monotonic()
            await self.look("poll")
            look = time.monotonic() - started

    def version(self) -> int | None:
        """The version of the schema; None while it cannot be read."""
        try:
            if self.connection is None:
                address = f"file:{quote(str(self.path))}?mode=ro"
                self.connection = sqlite3.connect(
                    address, uri=True, timeout=BUSY, check_same_thread=False
                )
            return int(self.connection.execute("PRAGMA schema_version").fetchone()[0])
        except sqlite3.Error:
            return None

    def close(self) -> None:
        """See :class:`autoapi.watch.types.Watch`."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
