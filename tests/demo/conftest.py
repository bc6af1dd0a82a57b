"""Databases of the demo: migrated, and filled with its smallest size."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

import migrations
from overrides.demo import SIZES, fill
from tests.conftest import cloned, database_url, run_sql


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


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "demo.db"
    with opened(f"sqlite:///{path}") as engine, engine.begin() as connection:
        migrations.upgrade(connection)
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_server_url: str) -> Iterator[str]:
    """The name of a migrated database, to be cloned, for each test on PostgreSQL."""
    name = f"migrated_template_{os.getpid()}"
    run_sql(postgres_server_url, f'CREATE DATABASE "{name}"')
    with opened(database_url(postgres_server_url, name)) as engine, engine.begin() as connection:
        migrations.upgrade(connection)
    yield name
    run_sql(postgres_server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of one's own without rows; each test runs once on either."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "demo.db")
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server_url")
    with cloned(server, request.getfixturevalue("migrated_template")) as url:
        yield url


@pytest.fixture
def connection(migrated_url: str) -> Iterator[sa.Connection]:
    """Such a database, in a transaction that is rolled back."""
    with opened(migrated_url) as engine, engine.connect() as made:
        yield made


@pytest.fixture
def filled(connection: sa.Connection) -> sa.Connection:
    """The small demo, in the same transaction."""
    fill(connection, SIZES["small"], no_progress)
    return connection
