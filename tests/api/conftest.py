"""One service for a whole module of tests, its rows as new for each of them.

A service of one's own takes 0.4 s to start and stop, refilling the shop takes 0.02 s.
Tests that change the schema or the settings take ``api`` or ``running`` instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.functions import FUNCTIONS, SCHEMAS
from tests.api.rows import execute, refill
from tests.conftest import database_url, run_sql
from tests.service import Api, running
from tests.shop import make_sqlite


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop_service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """The service over one shop for all tests of a module, once on each database."""
    if request.param == "sqlite":
        with running(make_sqlite(tmp_path_factory.mktemp("shop") / "shop.db")) as service:
            yield service
        return
    server = request.getfixturevalue("postgres_server_url")
    template = request.getfixturevalue("shop_template")
    name = f"shop_of_{request.module.__name__.rpartition('.')[2]}"
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    with running(database_url(server, name)) as service:
        yield service
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def shop(shop_service: Api) -> Api:
    """The module's service, over the shop's rows as they were at first."""
    refill(shop_service.url)
    return shop_service


@pytest.fixture(scope="module")
def calls(request: pytest.FixtureRequest, postgres_server_url: str) -> Iterator[Api]:
    """The service over a database of functions, for all tests of a module; SQLite has none."""
    name = f"functions_of_{request.module.__name__.rpartition('.')[2]}"
    run_sql(postgres_server_url, f'CREATE DATABASE "{name}"')
    url = database_url(postgres_server_url, name)
    execute(url, FUNCTIONS)
    with running(url, db_schemas=SCHEMAS) as service:
        yield service
    run_sql(postgres_server_url, f'DROP DATABASE "{name}" WITH (FORCE)')
