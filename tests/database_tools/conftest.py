"""The shop, served for the tests of one module, with tokens of several roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from autoapi.auth import make_token
from tests.conftest import database_url, run_sql
from tests.service import SECRET, Api, running
from tests.shop import make_sqlite


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The service over a shop of this module's own, which it may leave in any state."""
    if request.param == "sqlite":
        url = make_sqlite(tmp_path_factory.mktemp("tools") / "shop.db")
        with running(url, anonymous="none") as service:
            yield service
        return
    server = request.getfixturevalue("postgres_server_url")
    template = request.getfixturevalue("shop_template")
    name = f"tools_{request.module.__name__.rpartition('.')[2]}"
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    with running(database_url(server, name), anonymous="none") as service:
        yield service
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def ask(api: Api, path: str, role: str = "admin", **arguments: Any) -> httpx.Response:
    """GET a tool with a token of a role."""
    token = make_token(SECRET, role, 3600)
    headers = {"Authorization": f"Bearer {token}"}
    return api.get(f"/database-tools/{path}", headers=headers, **arguments)
