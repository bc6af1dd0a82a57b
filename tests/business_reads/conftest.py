"""A small business, on both databases, and the service over it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import migrations
from tests.business_reads.rows import Books, fill_small, opened
from tests.conftest import database_url, run_sql
from tests.service import running


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def books(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Books]:
    """The business; strangers may read."""
    name = "small_business"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('books')}/books.db"
    else:
        server = request.getfixturevalue("postgres_server_url")
        run_sql(server, f'CREATE DATABASE "{name}"')
        url = database_url(server, name)
    with opened(url) as engine, engine.begin() as connection:
        migrations.upgrade(connection)
    fill_small(url)
    with running(url, anonymous="read", overrides="overrides") as api:
        yield Books(api)
    if request.param == "postgres":
        run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')
