"""Where a soak takes place: the database, what lies before it, and the service's processes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

import psycopg2
import psycopg2.errors

from autoapi.settings import Settings
from autoapi.watch import install_trigger
from bench.database import new_database
from tests import pgbouncer
from tests.conftest import database_url
from tests.postgres_server import postgres_server
from tests.server.process import Serving, serving

__all__ = ["MODES", "Mode", "Stage", "change_schema", "set_up"]

Mode = Literal["trigger", "poll", "pgbouncer", "sqlite"]
MODES: tuple[Mode, ...] = get_args(Mode)
WORKERS = 2
TRIES = 20  # of a statement that the database gave up because of a lock
BUSY = (psycopg2.errors.DeadlockDetected, psycopg2.errors.LockNotAvailable)


@dataclass(frozen=True, slots=True)
class Stage:
    """``url`` leads to the database itself, whatever the service goes through."""

    mode: Mode
    url: str
    server: Serving

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.url.startswith("sqlite")


@contextmanager
def set_up(mode: Mode, folder: Path, server_url: str) -> Iterator[Stage]:
    """Make an empty database, and serve it in two processes.

    ``server_url`` is a PostgreSQL to make it in; empty: one is started.
    """
    settings = {"AUTOAPI_ANONYMOUS": "write", "AUTOAPI_DB_POOL": "6"}
    with ExitStack() as stack:
        if mode == "sqlite":
            url = f"sqlite:///{folder}/soak.db"
            with closing(sqlite3.connect(folder / "soak.db")) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
            settings["DATABASE_URL"] = url
        else:
            server = server_url or stack.enter_context(postgres_server()).url
            url = stack.enter_context(new_database(server))
            settings["DATABASE_URL"] = url
        if mode == "trigger":
            install_trigger(Settings(database_url=url))
        if mode == "pgbouncer":
            pooler = stack.enter_context(pgbouncer.running(url))
            settings["DATABASE_URL"] = database_url(pooler, urlsplit(url).path.strip("/"))
            settings["AUTOAPI_DB_PREPARED_STATEMENTS"] = "false"
        running = serving(folder, "--workers", str(WORKERS), **settings)
        yield Stage(mode, url, stack.enter_context(running))


def change_schema(stage: Stage, sql: tuple[str, ...]) -> float:
    """Run statements in one transaction; the moment before its commit, in monotonic seconds.

    What the database gives up for a lock is run again.
    """
    if stage.sqlite:
        path = stage.url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for statement in sql:
                connection.execute(statement)
            moment = time.monotonic()
            connection.execute("COMMIT")
            return moment
    for _ in range(TRIES):
        try:
            return change_postgres(stage.url, sql)
        except BUSY:
            time.sleep(0.05)
    return change_postgres(stage.url, sql)


def change_postgres(url: str, sql: tuple[str, ...]) -> float:
    """The same on PostgreSQL, once."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        for statement in sql:
            cursor.execute(statement)
        moment = time.monotonic()
        connection.commit()
        return moment
