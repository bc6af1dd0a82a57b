"""The nasty databases on both kinds of server, generated once for all tests here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conftest import database_url, run_sql
from tests.generate.databases import Generated, generate_into
from tests.reflect.databases import NASTY, run_postgres

DATABASE = "generate_nasty"
SCHEMAS = ("public", "Odd Schema")


@pytest.fixture(scope="package")
def nasty_postgres(
    postgres_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Generated]:
    """The nasty database on PostgreSQL."""
    run_sql(postgres_server_url, f'CREATE DATABASE "{DATABASE}"')
    url = database_url(postgres_server_url, DATABASE)
    try:
        run_postgres(url, (NASTY / "postgres.sql").read_text())
        yield generate_into(tmp_path_factory.mktemp("postgres"), url, SCHEMAS)
    finally:
        run_sql(postgres_server_url, f'DROP DATABASE "{DATABASE}" WITH (FORCE)')


@pytest.fixture(scope="package")
def nasty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """The nasty database on SQLite."""
    path = tmp_path_factory.mktemp("database") / "nasty.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((NASTY / "sqlite.sql").read_text())
    return generate_into(tmp_path_factory.mktemp("sqlite"), f"sqlite:///{path}", ("main",))


@pytest.fixture(params=["sqlite", "postgres"])
def nasty(request: pytest.FixtureRequest) -> Generated:
    """Each of the two."""
    generated = request.getfixturevalue(f"nasty_{request.param}")
    assert isinstance(generated, Generated)
    return generated
