"""Fixtures: a real PostgreSQL for the session, and a fresh database for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg2
import pytest
from rich.console import Console

from autoapi.commands.demo import fill_database
from autoapi.settings import Settings
from tests import pgbouncer
from tests.postgres_server import postgres_server
from tests.scheduling import FilesTogether
from tests.service import Api, running
from tests.shop import make_postgres, make_sqlite

NUMBERS = count()


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """All clients share the certificates that they trust: to read them takes 35 ms of each."""
    usual = httpx.create_ssl_context
    shared = usual()

    def create(verify: Any = True, **given: Any) -> SSLContext:
        return shared if verify is True else usual(verify, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", create)
        yield


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """The superuser's URL of a PostgreSQL server; ``TEST_DATABASE_URL`` wins if set."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with postgres_server() as server:
        yield server.url


@pytest.fixture(scope="session")
def shop_template(postgres_server_url: str) -> Iterator[str]:
    """The name of a database with the shop in it, to be cloned: that takes 40 ms."""
    name = f"shop_template_{os.getpid()}"
    run_sql(postgres_server_url, f'CREATE DATABASE "{name}"')
    make_postgres(database_url(postgres_server_url, name))
    yield name
    run_sql(postgres_server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def shop_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database of one's own with the shop in it; each test runs on both."""
    if request.param == "sqlite":
        yield make_sqlite(tmp_path / "shop.db")
        return
    server = request.getfixturevalue("postgres_server_url")
    with cloned(server, request.getfixturevalue("shop_template")) as url:
        yield url


@contextmanager
def cloned(server: str, template: str) -> Iterator[str]:
    """The URL of a database of one's own on a server, a copy of the one named ``template``."""
    name = f"clone_{os.getpid()}_{next(NUMBERS)}"
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield database_url(server, name)
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def api(shop_url: str) -> Iterator[Api]:
    """The whole service over the shop; anybody may write."""
    with running(shop_url) as service:
        yield service


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept`` writes the answers of documented examples anew."""
    parser.addoption("--accept", action="store_true", help="rewrite documented answers")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether | None:
    """With ``--dist loadfile`` the files that share the full demo are tested by one process."""
    return FilesTogether(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def demo_api(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """The demo database at its full size, filled as ``autoapi demo`` fills it, and served."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('demo')}/demo.db"
        fill_database(Settings(database_url=url), "demo", Console(quiet=True))
        with running(url, anonymous="read", overrides="overrides") as service:
            yield service
        return
    server = request.getfixturevalue("postgres_server_url")
    name = f"demo_{os.getpid()}"
    run_sql(server, f'CREATE DATABASE "{name}"')
    url = database_url(server, name)
    fill_database(Settings(database_url=url), "demo", Console(quiet=True))
    with running(url, anonymous="read", overrides="overrides") as service:
        yield service
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def pooler_url(postgres_server_url: str) -> Iterator[str]:
    """The URL of a PgBouncer in transaction mode in front of that server, where there is one."""
    if pgbouncer.binary() is None:
        pytest.skip(pgbouncer.ABSENT)
    with pgbouncer.running(postgres_server_url) as url:
        yield url


@pytest.fixture(scope="session")
def session_pooler_url(postgres_server_url: str) -> Iterator[str]:
    """The same in session mode."""
    if pgbouncer.binary() is None:
        pytest.skip(pgbouncer.ABSENT)
    with pgbouncer.running(postgres_server_url, mode="session") as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """The URL of a fresh, empty database."""
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    run_sql(postgres_server_url, f'CREATE DATABASE "{name}"')
    yield database_url(postgres_server_url, name)
    run_sql(postgres_server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def database_url(server: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def run_sql(url: str, sql: str) -> None:
    """Run statements outside a transaction."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()
