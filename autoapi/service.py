"""The running service: its settings, its database, and the catalogue as last read.

The database may be away at start: the service starts all the same, answers 503, and
tries again until it has read the catalogue.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress

import msgspec

from autoapi.auth import TokenVerifier
from autoapi.catalogue import Catalogue
from autoapi.errors import no_catalogue
from autoapi.events import CatalogueLoaded, CatalogueUnavailable, report
from autoapi.execute import Database, open_database
from autoapi.openapi import Information, build_document
from autoapi.prepare import Snapshot
from autoapi.reflect import reflect
from autoapi.session import Sessions
from autoapi.settings import Settings

__all__ = ["Service"]

FIRST_RETRY = 0.5  # seconds
LONGEST_RETRY = 10.0


class Service:
    """What the requests share. One per process and event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database: Database = open_database(settings)
        self.verifier = TokenVerifier(settings)
        self.taken: frozenset[str] = frozenset()
        self.snapshot: Snapshot | None = None
        self.unavailable = ""  # why the catalogue could not be read, while it cannot
        self.made: tuple[Snapshot, Sessions] | None = None
        self.document: bytes | None = None
        self.loading: asyncio.Task[None] | None = None

    def sessions(self, snapshot: Snapshot) -> Sessions:
        """What makes the sessions of a snapshot's requests."""
        if self.made is None or self.made[0] is not snapshot:
            self.made = (snapshot, Sessions(snapshot))
        return self.made[1]

    def current(self) -> Snapshot:
        """The catalogue's snapshot. Raises PGRST002 (503) before there is one."""
        if self.snapshot is None:
            raise no_catalogue(retry_after=1)
        return self.snapshot

    async def start(self) -> None:
        """Read the catalogue once, then go on trying in the background if that failed."""
        self.verifier.start()
        if not await self.load():
            self.loading = asyncio.create_task(self.load_until_done())

    async def stop(self) -> None:
        """Stop trying, and give every connection back."""
        if self.loading is not None:
            self.loading.cancel()
            with suppress(asyncio.CancelledError):
                await self.loading
        await self.verifier.stop()
        await self.database.close()

    async def load_until_done(self) -> None:
        """Try to read the catalogue, at growing and uneven intervals."""
        pause = FIRST_RETRY
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - only jitter
            if await self.load():
                return
            pause = min(pause * 2, LONGEST_RETRY)

    async def load(self) -> bool:
        """Read the catalogue in a thread and put it in place; whether that worked."""
        started = time.perf_counter()
        try:
            catalogue = await asyncio.to_thread(self.read_catalogue)
        except Exception as error:
            self.unavailable = type(error).__name__
            report(CatalogueUnavailable(type(error).__name__, FIRST_RETRY))
            return False
        self.put_in_place(catalogue)
        seconds = time.perf_counter() - started
        tables, keys = len(catalogue.tables), len(catalogue.foreign_keys)
        report(CatalogueLoaded(tables, keys, self.current().fingerprint, seconds))
        return True

    def read_catalogue(self) -> Catalogue:
        """Reflect the database; takes a while and blocks."""
        settings = self.settings
        return reflect(settings.database_url, settings.db_schemas, settings.db_connect_timeout)

    def put_in_place(self, catalogue: Catalogue) -> None:
        """Serve this catalogue from now on; requests under way finish on the old one."""
        self.snapshot = Snapshot.of(catalogue, self.settings, self.taken)
        self.document = None
        self.unavailable = ""

    def openapi(self) -> bytes:
        """The OpenAPI document, made when it is first asked for. Raises PGRST002 (503)."""
        if self.document is None:
            snapshot = self.current()
            information = Information(
                title=self.settings.app_name,
                version=self.settings.app_version,
                description="",
                rest_prefix=self.settings.rest_prefix,
                anonymous=self.settings.anonymous,
                taken=self.taken,
            )
            document = build_document(
                snapshot.catalogue, snapshot.schema.relationships, information
            )
            self.document = msgspec.json.encode(document)
        return self.document
