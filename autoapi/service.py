"""The running service: its settings, its database, and the catalogue as last read.

The database may be away at start: the service starts all the same, answers 503, and
tries again until it has read the catalogue. When that is read again is said in
``freshness.py``, when the settings are in ``reloading.py``; both are put in place here.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from re import Pattern
from typing import Any

import msgspec

from autoapi.auth import TokenVerifier
from autoapi.catalogue import Catalogue
from autoapi.changes import (
    Afterwards,
    Hooks,
    OwnRights,
    hooks_of,
    judge_of,
    run_afterwards,
)
from autoapi.errors import no_catalogue
from autoapi.events import (
    CatalogueLoaded,
    CatalogueUnavailable,
    DatabaseState,
    Event,
    RuleBroken,
    RulesLoaded,
    SettingsChanged,
    report,
    subscribe,
)
from autoapi.execute import Database, open_database
from autoapi.freshness import FIRST_RETRY, Freshness
from autoapi.history import Recorder
from autoapi.openapi import Information, build_document
from autoapi.prepare import Snapshot
from autoapi.reflect import Reflector
from autoapi.reloading import Reloading
from autoapi.rules import load_rules
from autoapi.session import Sessions
from autoapi.settings import RELOADABLE, Settings
from autoapi.slow_queries import SlowQueries
from autoapi.traffic import Traffic

__all__ = ["Service"]

WATCHED = ("db_channel", "db_channel_enabled", "db_prepared_statements")


class Service:
    """What the requests share. One per process and event loop."""

    def __init__(self, settings: Settings, source: Callable[[], Settings] | None = None) -> None:
        """``source`` reads the settings again; without it they stay as they are."""
        self.settings = settings
        self.reloading = Reloading(settings, source, self)
        self.freshness = Freshness(settings, self)
        self.database: Database = open_database(settings)
        self.verifier = TokenVerifier(settings)
        self.taken: frozenset[str] = frozenset()
        self.literal_routes: Callable[[], dict[str, Any]] = dict  # the document of what is no table
        self.patterns: dict[str, tuple[Pattern[str], ...]] = {}  # of literal routes, by segment
        self.rules = load_rules(settings.overrides)
        self.own = OwnRights(lambda: self.database, lambda: self.verifier)
        self.verifier.judge = judge_of(self.rules, self.own)
        self.hooks: Hooks = {}
        self.afterwards: set[asyncio.Task[None]] = set()
        self.snapshot: Snapshot | None = None
        self.unavailable = ""  # why the catalogue could not be read, while it cannot
        self.made: tuple[Snapshot, Sessions] | None = None
        self.document: tuple[Snapshot, bytes] | None = None  # and whose it is
        self.has_ledger = False  # whether there is a table to keep answers in
        self.history = Recorder()
        self.reading = asyncio.Lock()
        self.reflector = Reflector(settings.database_url, settings.db_connect_timeout)
        self.unsubscribe: Callable[[], None] = lambda: None
        self.loads = 0
        self.shapes_before = 0  # worked out by catalogues that are served no more
        self.traffic = Traffic()
        self.slow = SlowQueries()
        self.failed_loads = 0
        self.load_seconds = 0.0

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
        if self.reloading.source is not None:
            loop = asyncio.get_running_loop()
            heard = self.freshness.heard
            loop.add_signal_handler(signal.SIGUSR1, heard, "schema", "signal")
            loop.add_signal_handler(signal.SIGUSR2, heard, "config", "signal")
        self.verifier.start()
        if self.settings.overrides:
            report(RulesLoaded(self.settings.overrides, len(self.rules)))
        self.unsubscribe = subscribe(self.end_where_nothing_recovers)
        await self.freshness.start()

    async def stop(self) -> None:
        """Stop trying, and give every connection back."""
        self.unsubscribe()
        if self.afterwards:
            await asyncio.wait(self.afterwards, timeout=self.settings.rules_timeout or None)
        await self.reloading.stop()
        await self.freshness.stop()
        await asyncio.to_thread(self.reflector.close)
        is_watched = self.settings.db_schema_poll_interval > 0 and not self.unavailable
        await self.history.stop(still_so=is_watched and not self.freshness.is_stale)
        await self.verifier.stop()
        await self.slow.stop()
        await self.database.close()

    def end_where_nothing_recovers(self, event: Event) -> None:
        """End the process when the database is lost, where the operator will not have it wait."""
        lost = isinstance(event, DatabaseState) and not event.reachable
        if (lost or isinstance(event, CatalogueUnavailable)) and (
            not self.settings.db_pool_automatic_recovery
        ):
            signal.raise_signal(signal.SIGTERM)

    async def load(self) -> bool:
        """Read settings and catalogue and put them in place; whether that worked.

        One reading at a time, so that an older one never takes the place of a newer one.
        """
        async with self.reading:
            return await self.load_now()

    async def load_now(self) -> bool:
        """The same, in a thread, with nobody else reading."""
        started, began = time.perf_counter(), time.monotonic()
        try:
            await self.apply(await self.reloading.with_database())
            await self.freshness.watch.mark()
            catalogue, snapshot = await asyncio.to_thread(self.read_anew)
        except Exception as error:
            self.failed_loads += 1
            self.unavailable = type(error).__name__
            report(CatalogueUnavailable(type(error).__name__, FIRST_RETRY))
            return False
        if snapshot is not None:
            if snapshot.settings is not self.settings:  # read again meanwhile
                snapshot = self.derive(catalogue)
            self.replace_snapshot(snapshot)
        self.current().read_at = began
        self.unavailable = ""
        seconds = time.perf_counter() - started
        self.loads += 1
        self.load_seconds = seconds
        tables, keys = len(catalogue.tables), len(catalogue.foreign_keys)
        report(
            CatalogueLoaded(tables, keys, self.current().fingerprint, seconds, self.freshness.cause)
        )
        self.history.note(self.settings, self.freshness.cause)
        return True

    async def apply(self, settings: Settings) -> None:
        """Let these settings be in force from now on; requests under way keep the last."""
        before, self.settings = self.settings, settings
        verifier = TokenVerifier(settings)
        if verifier.basis != self.verifier.basis:
            verifier.judge = self.verifier.judge
            await self.verifier.stop()
            self.verifier = verifier
            verifier.start()
        if settings.db_prepared_statements != before.db_prepared_statements:
            database, self.database = self.database, open_database(settings)
            await database.close()
        self.database.expose(settings.db_schemas)
        if any(getattr(settings, name) != getattr(before, name) for name in WATCHED):
            await self.freshness.watch_anew(settings)
        names = sorted(RELOADABLE)
        changed = tuple(name for name in names if getattr(before, name) != getattr(settings, name))
        if changed:
            report(SettingsChanged(changed))
        if changed and self.snapshot is not None:
            self.put_in_place(self.snapshot.catalogue)

    def begin_reload(self) -> None:
        """Have the settings read again in the background."""
        self.reloading.begin()

    async def is_newer(self, snapshot: Snapshot) -> bool:
        """Whether there is a newer catalogue than a snapshot's, having looked for one."""
        return await self.freshness.is_newer(snapshot)

    def read_catalogue(self) -> Catalogue:
        """Reflect the database; takes a while and blocks."""
        settings = self.settings
        return self.reflector.read(settings.db_schemas, settings.db_extra_search_path)

    def read_anew(self) -> tuple[Catalogue, Snapshot | None]:
        """The catalogue, and what follows from it unless it is the same as before; blocks."""
        catalogue = self.read_catalogue()
        if self.snapshot is not None and catalogue == self.snapshot.catalogue:
            return catalogue, None
        return catalogue, self.derive(catalogue)

    def derive(self, catalogue: Catalogue) -> Snapshot:
        """What follows from a catalogue; a thousand tables take half a second."""
        return Snapshot.of(catalogue, self.settings, self.taken, self.rules)

    def put_in_place(self, catalogue: Catalogue) -> None:
        """Serve this catalogue from now on."""
        self.replace_snapshot(self.derive(catalogue))

    def replace_snapshot(self, snapshot: Snapshot) -> None:
        """Serve by this snapshot from now on; requests under way finish on the old one."""
        if self.snapshot is not None:
            self.shapes_before += self.snapshot.met.shapes
        self.snapshot = snapshot
        self.hooks = hooks_of(self.rules, snapshot.catalogue)
        for fault in self.snapshot.broken:
            table, verbs = ".".join(fault.table), tuple(sorted(fault.verbs))
            report(RuleBroken(fault.origin, table, verbs, fault.reason))
        self.freshness.was_replaced()

    def do_afterwards(self, functions: Sequence[Afterwards]) -> None:
        """Run what rules want done once their transaction is committed, in the background."""
        if functions:
            task = asyncio.create_task(run_afterwards(functions))
            self.afterwards.add(task)
            task.add_done_callback(self.afterwards.discard)

    def openapi(self) -> bytes:
        """The OpenAPI document, made when it is first asked for. Raises PGRST002 (503).

        It is made in any thread, so the catalogue may be replaced meanwhile: the document is
        kept with the snapshot that it was made of, and serves no other.
        """
        current, made = self.current(), self.document
        if made is None or made[0] is not current:
            made = self.document = (current, self.describe(current.seen_by(None)))
        return made[1]

    def describe(self, snapshot: Snapshot) -> bytes:
        """The OpenAPI document of a snapshot."""
        information = Information(
            title=self.settings.app_name,
            version=self.settings.app_version,
            description="",
            rest_prefix=self.settings.rest_prefix,
            anonymous=self.settings.anonymous,
            taken=self.taken,
            others=self.literal_routes(),
            batch_path=self.settings.batch_path,
            batch_operations=self.settings.batch_operations,
        )
        document = build_document(snapshot.catalogue, snapshot.schema.relationships, information)
        return msgspec.json.encode(document)
