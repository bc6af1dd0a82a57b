"""How the service is: what is known at once, and what the database has to be asked for.

``state`` and ``ready`` are for anybody, ``Condition`` for administrators. What takes long (how
the schema differs from the generated files, which revisions are pending) is found out in a
thread, and again only when the schema has changed or half a minute has passed.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg2
from sqlalchemy import Select, case, func, literal, select

from autoapi.errors import ApiError, database_lost
from autoapi.migrate import read_status
from autoapi.references import KEPT, read_sides
from autoapi.schema_tools.compare import compare
from autoapi.service import Service
from autoapi.settings import Settings

__all__ = ["Condition", "ready", "state"]

KEPT_FOR: Final = 30.0  # seconds
PATIENCE: Final = 10.0  # seconds for what is found out in a thread
ANSWERS_WITHIN: Final = 5.0  # seconds; one that is paused keeps its connections and says nothing
STARTED: Final = time.time()
WORKERS: Final = "WEB_CONCURRENCY"  # how many processes there are, as ``serve`` tells each
ASKED: Final[dict[str, Select[Any]]] = {
    "sqlite": select(func.sqlite_version().label("version"), literal("file").label("role")),
    "postgresql": select(
        func.current_setting("server_version").label("version"),
        case((func.pg_is_in_recovery(), "replica"), else_="primary").label("role"),
    ),
}
FAILURES: Final = (ApiError, psycopg2.Error, sqlite3.Error, OSError, ValueError)

Found = dict[str, Any]


def state(service: Service) -> dict[str, object]:
    """What is known without asking the database: how it was when somebody last wanted it."""
    snapshot, breaker = service.snapshot, service.database.breaker_figures()
    away = breaker is not None and breaker.state != "closed"
    reached = snapshot is not None and not away
    return {
        "status": "ok" if reached else "degraded",
        "database": "reachable" if reached else "unreachable",
        "reason": service.unavailable or ("no connection can be made" if away else None),
        "tables": len(snapshot.catalogue.tables) if snapshot is not None else None,
        "schema": snapshot.fingerprint if snapshot is not None else None,
        "broken_rules": len(snapshot.broken) if snapshot is not None else None,
    }


async def ready(service: Service) -> float:
    """Seconds that the database takes to answer.

    Raises PGRST002 (503) where its schema was never read, PGRST000 (503) and PGRST003 (504)
    where there is no connection, and PGRST001 (503) where it said nothing for some seconds.
    """
    service.current()
    try:
        async with asyncio.timeout(ANSWERS_WITHIN):
            return await service.database.ping()
    except TimeoutError:
        raise database_lost(1) from None


@dataclass(slots=True)
class Condition:
    """What operators look at, of one process."""

    service: Service
    kept: Found = field(default_factory=dict)
    kept_of: tuple[str, float] = ("", float("-inf"))  # the schema's fingerprint, and when

    async def read(self) -> Found:
        """All of it. Never raises for a database that is away: that is what it tells."""
        service = self.service
        figures, breaker = service.database.pool_figures(), service.database.breaker_figures()
        return {
            **state(service),
            "process": process(),
            "server": await self.server(),
            "pool": None if figures is None else figures._asdict(),
            "breaker": None if breaker is None else breaker._asdict(),
            "catalogue": self.catalogue(),
            "rules": self.rules(),
            **await self.compared(),
        }

    async def server(self) -> Found:
        """The database: its version, how far it is, and whether it is a replica."""
        service = self.service
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                seconds = await service.database.ping()
                async with service.database.transaction(reads_only=True) as transaction:
                    [row] = await transaction.fetch(ASKED[service.settings.dialect])
        except (TimeoutError, ApiError) as error:
            told = error if isinstance(error, ApiError) else database_lost(1)
            return {"reachable": False, "code": told.code, "message": told.message}
        dialect = service.settings.dialect
        milliseconds = round(seconds * 1e3, 3)
        return {
            "reachable": True,
            "dialect": dialect,
            "version": row.version,
            "replication": row.role,
            "latency_milliseconds": milliseconds,
        }

    def catalogue(self) -> Found:
        """The schema that is served: which, since when it is known to be so, how often read."""
        service, snapshot = self.service, self.service.snapshot
        age = None if snapshot is None else round(time.monotonic() - snapshot.read_at, 1)
        return {
            "fingerprint": None if snapshot is None else snapshot.fingerprint,
            "age_seconds": age,
            "loads": service.loads,
            "failed_loads": service.failed_loads,
            "load_seconds": round(service.load_seconds, 3),
        }

    def rules(self) -> Found:
        """The rules of overrides, and those that do not fit."""
        snapshot = self.service.snapshot
        broken = () if snapshot is None else snapshot.broken
        return {
            "loaded": len(self.service.rules),
            "broken": [
                {
                    "rule": each.origin,
                    "table": ".".join(each.table),
                    "closes": sorted(each.verbs),
                    "reason": each.reason,
                    "hint": each.hint,
                }
                for each in broken
            ],
        }

    async def compared(self) -> Found:
        """How the schema is to its migrations and generated files; kept for a while."""
        snapshot = self.service.snapshot
        fingerprint = "" if snapshot is None else snapshot.fingerprint
        if self.kept_of[0] != fingerprint or time.monotonic() - self.kept_of[1] > KEPT_FOR:
            reading = asyncio.to_thread(compared_by, self.service.settings)
            try:
                self.kept = await asyncio.wait_for(reading, PATIENCE)
            except TimeoutError:
                return {"migrations": {"unknown": "it took too long"}, "generated": None}
            self.kept_of = (fingerprint, time.monotonic())
        return self.kept


def process() -> Found:
    """This process, and how many there are."""
    return {
        "id": os.getpid(),
        "workers": int(os.environ.get(WORKERS) or 1),
        "uptime_seconds": round(time.time() - STARTED, 1),
    }


def compared_by(settings: Settings) -> Found:
    """What the migrations and the generated files say; blocks."""
    return {
        "migrations": unless_it_fails(migrations, settings),
        "generated": unless_it_fails(generated, settings),
    }


def unless_it_fails(read: Callable[[Settings], Found | None], settings: Settings) -> Found | None:
    """What is read, or that it could not be; texts of databases are not repeated."""
    try:
        return read(settings)
    except FAILURES as error:
        return {"unknown": error.code if isinstance(error, ApiError) else type(error).__name__}


def migrations(settings: Settings) -> Found | None:
    """Where the database is among its revisions; None where there are none."""
    if not Path(settings.migrations).is_dir():
        return None
    found = read_status(settings)
    return {
        "current": found.current,
        "pending": [each.revision for each in found.pending],
    }


def generated(settings: Settings) -> Found | None:
    """How many differences there are from the generated files; None where there are none."""
    if not (Path(settings.generated) / KEPT).is_file():
        return None
    sides = read_sides("generated", settings)
    return {"differences": len(compare(sides.before, sides.live))}
