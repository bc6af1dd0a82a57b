"""Keeping the catalogue that is served the newest there is.

What the watch, a signal or a failed request tells of a change has the catalogue read again;
the one read last serves meanwhile. How it is read and put in place is the service's affair
(``service.py``), how a change is noticed the watch's (``watch/``).
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from typing import Protocol

from autoapi.prepare import Snapshot
from autoapi.settings import Settings
from autoapi.watch import Cause, News, open_watch

__all__ = ["FIRST_RETRY", "Freshness", "Served"]

FIRST_RETRY = 0.5  # seconds
LONGEST_RETRY = 1.5  # so that a database is served within two seconds of its return
TOGETHER = 0.1  # seconds in which several changes are one
BETWEEN_LOOKS = 0.05  # seconds between two looks because of requests that failed
LONGEST_CATCHING_UP = 5.0


class Served(Protocol):
    """The service, as far as this needs it."""

    @property
    def snapshot(self) -> Snapshot | None:
        """What is served now."""

    async def load(self) -> bool:
        """Read the catalogue and put it in place; whether that worked."""

    def begin_reload(self) -> None:
        """Have the settings read again in the background."""


class Freshness:
    """When the catalogue of one service is read again."""

    def __init__(self, settings: Settings, served: Served) -> None:
        self.served = served
        self.watch = open_watch(settings, self.heard)
        self.watching: asyncio.Task[None] | None = None
        self.loading: asyncio.Task[None] | None = None  # until the first reading works
        self.catching_up: asyncio.Task[None] | None = None
        self.is_stale = False
        self.cause: Cause = "start"  # of the last reading, or the one to come
        self.replaced = asyncio.Event()  # set when another snapshot takes this one's place
        self.awaited = asyncio.Event()  # set when a request waits for that
        self.looked_at = float("-inf")
        self.next_look: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read the catalogue once, go on trying if that failed, and watch from then on."""
        if not await self.served.load():
            self.loading = asyncio.create_task(self.load_until_done())
        self.watching = asyncio.create_task(self.watch.run())

    async def stop(self) -> None:
        """Read and watch no more."""
        for task in (self.loading, self.watching, self.catching_up):
            await end(task)
        self.watch.close()

    async def watch_anew(self, settings: Settings) -> None:
        """Watch by these settings."""
        await end(self.watching)
        self.watch.close()
        self.watch = open_watch(settings, self.heard)
        if self.watching is not None:
            self.watching = asyncio.create_task(self.watch.run())

    def heard(self, news: News, cause: Cause) -> None:
        """Follow what the watch or a signal tells."""
        self.cause = cause
        if news in ("config", "both"):
            self.served.begin_reload()
        if news != "config":
            self.is_stale = True
            if self.catching_up is None or self.catching_up.done():
                self.catching_up = asyncio.create_task(self.catch_up())

    async def catch_up(self) -> None:
        """Read the schema anew until nothing more has changed; the last one serves meanwhile.

        Several changes in a row are read as one, unless a request waits for the first.
        """
        while self.is_stale and (self.loading is None or self.loading.done()):
            self.is_stale = False
            self.awaited.clear()
            if await self.served.load():
                with suppress(TimeoutError):
                    async with asyncio.timeout(TOGETHER):
                        await self.awaited.wait()
            else:
                self.is_stale = True
                await asyncio.sleep(FIRST_RETRY)

    async def load_until_done(self) -> None:
        """Try to read the catalogue, at growing and uneven intervals."""
        pause = FIRST_RETRY
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - only jitter
            if await self.served.load():
                return
            pause = min(pause * 2, LONGEST_RETRY)

    async def is_newer(self, snapshot: Snapshot) -> bool:
        """Whether there is a newer catalogue than a snapshot's, having looked for one."""
        if self.served.snapshot is snapshot:
            if self.next_look is None:
                self.next_look = asyncio.create_task(self.look_again())
            await asyncio.shield(self.next_look)
        if self.served.snapshot is snapshot and self.catching_up is not None:
            self.awaited.set()
            replaced = asyncio.ensure_future(self.replaced.wait())
            await asyncio.wait(
                [self.catching_up, replaced],
                timeout=LONGEST_CATCHING_UP,
                return_when=asyncio.FIRST_COMPLETED,
            )
            replaced.cancel()
        return self.served.snapshot is not snapshot

    async def look_again(self) -> None:
        """Look once for all whose requests failed before the look began, not too often."""
        await asyncio.sleep(max(0.0, self.looked_at + BETWEEN_LOOKS - time.monotonic()))
        self.next_look = None
        self.looked_at = time.monotonic()
        with suppress(Exception):  # the watch itself will tell what is wrong
            await self.watch.look("request")

    def was_replaced(self) -> None:
        """Let those go on who wait for another snapshot: it is in place."""
        self.replaced.set()
        self.replaced = asyncio.Event()


async def end(task: asyncio.Task[None] | None) -> None:
    """Cancel a task, if there is one, and wait until it is over."""
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
