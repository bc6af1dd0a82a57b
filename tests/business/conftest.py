"""The migrated database served with the shipped overrides: one for each file of tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest

from tests.business.warehouse import Warehouse
from tests.conftest import database_url, run_sql
from tests.service import running
from tests.sign_in.conftest import cloned, migrate

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
