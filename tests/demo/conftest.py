"""Databases of the demo: migrated, and filled with its smallest size."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

import migrations
from overrides.demo import SIZES, fill


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    """An engine on ``url``, with foreign keys enforced on SQLite too."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", enforce_foreign_keys)
    try:
        yield engine
    finally:
        engine.dispose()


def enforce_foreign_keys(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")


def no_progress(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An empty database; each test runs once on either."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/demo.db"
    else:
        url = request.getfixturevalue("postgres_url")
    with opened(url) as made:
        yield made


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A migrated database without rows, in a transaction that is rolled back."""
    with engine.begin() as migrated:
        migrations.upgrade(migrated)
    with engine.connect() as made:
        yield made


@pytest.fixture
def filled(connection: sa.Connection) -> sa.Connection:
    """The small demo, in the same transaction."""
    fill(connection, SIZES["small"], no_progress)
    return connection
