"""What transactions are told, read again on a signal: settings of roles and of the application."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.rows import execute
from tests.api.terms import terms_database
from tests.server.process import Serving, serving, until

NAMES = ("statement_timeout", "app.settings.name")


@pytest.fixture
def url(postgres_server_url: str) -> Iterator[str]:
    """A database whose roles have settings."""
    with terms_database(postgres_server_url) as made:
        yield made


def settings_of(server: Serving) -> list[Any]:
    """The two settings within a request, and how many rows a list has at most."""
    with server.client() as client:
        found = [client.get("/rest/v1/rpc/setting", params={"name": name}).json() for name in NAMES]
        return [*found, len(client.get("/rest/v1/things").json())]


def test_they_hold_from_the_next_request_on(tmp_path: Path, url: str) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("AUTOAPI_APP_SETTINGS_NAME=John\nAUTOAPI_DB_ANON_ROLE=terms_anon\n")
    login = url.replace("postgres@", "terms_login@")
    with serving(tmp_path, DATABASE_URL=login) as server:
        assert settings_of(server) == ["5s", "John", 3]

        execute(
            url,
            "ALTER ROLE terms_anon SET statement_timeout = '8s';"
            "ALTER ROLE terms_login SET pgrst.db_max_rows = '2';",
        )
        dotenv.write_text(dotenv.read_text().replace("John", "Jane"))
        assert settings_of(server) == ["5s", "John", 3]

        server.signal(signal.SIGUSR2)
        until(lambda: settings_of(server) == ["8s", "Jane", 2])
