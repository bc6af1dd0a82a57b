"""Fixtures: a real PostgreSQL for the session, and a fresh database for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest

from tests.postgres_server import postgres_server

NUMBERS = count()


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """The superuser's URL of a PostgreSQL server; ``TEST_DATABASE_URL`` wins if set."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with postgres_server() as server:
        yield server.url


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """The URL of a fresh, empty database."""
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    run_sql(postgres_server_url, f'CREATE DATABASE "{name}"')
    yield urlunsplit(urlsplit(postgres_server_url)._replace(path=f"/{name}"))
    run_sql(postgres_server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def run_sql(url: str, sql: str) -> None:
    """Run statements outside a transaction."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()
