"""The migrated database served with the shipped overrides: one for each file of tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

import migrations
from tests.business.warehouse import Warehouse
from tests.conftest import database_url, run_sql
from tests.service import running

NUMBERS = count()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def business_template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a migrated database, to be cloned."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('business')}/template.db"
        migrate(url)
        yield url
        return
    server = request.getfixturevalue("postgres_server_url")
    name = f"business_template_{os.getpid()}_{next(NUMBERS)}"
    run_sql(server, f'CREATE DATABASE "{name}"')
    url = database_url(server, name)
    migrate(url.replace("postgresql://", "postgresql+psycopg2://"))
    yield url
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def migrate(url: str) -> None:
    """Bring a database to the newest revision."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        migrations.upgrade(connection)
    engine.dispose()


@contextmanager
def cloned(template: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """A database of one's own."""
    if template.startswith("sqlite"):
        path = folder / f"business_{next(NUMBERS)}.db"
        shutil.copy(template.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server_url")
    name = f"business_{os.getpid()}_{next(NUMBERS)}"
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template.rpartition("/")[2]}"')
    yield database_url(server, name)
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def warehouse(
    business_template: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A wholesaler with three locations in two states and no stock yet."""
    folder = tmp_path_factory.mktemp("warehouse")
    with (
        cloned(business_template, request, folder) as url,
        running(url, anonymous="none", overrides="overrides") as api,
    ):
        yield Warehouse(api).opened()
