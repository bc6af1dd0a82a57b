"""Connections to migrate over: one migration at a time, and no long wait for a lock."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg2
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from autoapi.errors import another_migration_runs, database_not_reached
from autoapi.settings import Settings

__all__ = ["connected", "is_there", "postgres_dsn"]

LOCK: Final = (0x6175746F, 0x6D696772)  # "auto", "migr" as PostgreSQL's advisory lock
BETWEEN_TRIES: Final = 0.2  # seconds


def postgres_dsn(url: str) -> str:
    """A URL of PostgreSQL as libpq takes it, whichever driver it names."""
    return f"postgresql://{url.partition('://')[2]}"


def sqlite_file(url: str) -> str:
    """The file that a SQLite URL names."""
    return sa.make_url(url).database or ":memory:"


def is_there(settings: Settings) -> bool:
    """Whether there is a database to ask; a SQLite file may not have been made yet."""
    return settings.dialect != "sqlite" or Path(sqlite_file(settings.database_url)).exists()


@contextmanager
def connected(settings: Settings, *, alone: bool = False) -> Iterator[sa.Connection]:
    """A connection with no transaction open.

    ``alone``: to migrate over, while nobody else does. On SQLite the transaction itself
    sees to that. Raises AUTO133 when another migration does not end in time, PGRST000 when
    the database cannot be reached.
    """
    engine = make_engine(settings)
    try:
        with reached(engine) as connection:
            if alone and connection.dialect.name == "postgresql":
                wait_for_turn(connection, settings.migrations_wait)
            yield connection
    finally:
        engine.dispose()  # ends the session, and so its lock


@contextmanager
def reached(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection of the engine. Raises PGRST000."""
    try:
        connection = engine.connect()
    except sa.exc.DBAPIError as error:
        raise database_not_reached(str(error.orig).strip()) from error
    with connection:
        yield connection


def make_engine(settings: Settings) -> sa.Engine:
    """An engine whose connections wait no longer than the settings say."""
    if settings.dialect == "sqlite":
        path = sqlite_file(settings.database_url)
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        # The driver begins no transaction before CREATE; SQLAlchemy is told to begin it.
        wait = settings.migrations_wait
        open_file = partial(sqlite3.connect, path, timeout=wait, isolation_level=None)
        engine = sa.create_engine("sqlite://", creator=open_file, poolclass=NullPool)
        sa.event.listen(engine, "begin", begin_alone)
        return engine
    return sa.create_engine(
        "postgresql+psycopg2://", creator=partial(open_postgres, settings), poolclass=NullPool
    )


def begin_alone(connection: sa.Connection) -> None:
    """Begin as the only one who writes, so that nobody migrates meanwhile."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def open_postgres(settings: Settings) -> Any:
    """A session that may take its time, but not while it makes others wait for a lock."""
    connection = psycopg2.connect(
        postgres_dsn(settings.database_url),
        connect_timeout=max(1, math.ceil(settings.db_connect_timeout)),
        application_name=f"{settings.app_name} migrations",
        client_encoding="UTF8",
    )
    limits = {
        "lock_timeout": f"{settings.migrations_lock_timeout * 1000:.0f}",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
    }
    with connection, connection.cursor() as cursor:
        for name, value in limits.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
    return connection


def wait_for_turn(connection: sa.Connection, patience: float) -> None:
    """Take the lock of those who migrate; it is held until the session ends.

    Asked for again and again, since a session that waits inside a statement would in turn
    be waited for by CREATE INDEX CONCURRENTLY. Raises AUTO133 after ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    ask = sa.select(sa.func.pg_try_advisory_lock(*LOCK))
    while True:
        given = connection.scalar(ask)
        connection.rollback()
        if given:
            return
        if time.monotonic() > deadline:
            raise another_migration_runs(patience)
        time.sleep(BETWEEN_TRIES)
