"""A database that is read again and again: over one connection, while that serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from autoapi.reflect import Reflector, reflect
from tests.api.rows import execute, query
from tests.shop import make_sqlite

SCHEMAS = (("public",), ("public",))


@pytest.fixture
def reflector(postgres_url: str) -> Iterator[Reflector]:
    """One over an empty database."""
    found = Reflector(postgres_url, 5)
    yield found
    found.close()


def server_process(reflector: Reflector) -> int:
    """The server's process behind the connection that is kept."""
    return int(reflector.connection.info.backend_pid)


def test_every_reading_sees_the_newest_schema_over_one_connection(reflector: Reflector) -> None:
    reflector.read(*SCHEMAS)
    first = server_process(reflector)
    execute(reflector.url, "CREATE TABLE drugs (id int PRIMARY KEY)")
    found = reflector.read(*SCHEMAS)
    execute(reflector.url, "ALTER TABLE drugs RENAME COLUMN id TO number")

    assert [table.name for table in found.tables] == ["drugs"]
    assert reflector.read(*SCHEMAS) == reflect(reflector.url)
    assert server_process(reflector) == first


def test_a_connection_that_was_ended_is_made_anew(reflector: Reflector) -> None:
    reflector.read(*SCHEMAS)
    first = server_process(reflector)
    execute(reflector.url, f"SELECT pg_terminate_backend({first})")
    execute(reflector.url, "CREATE TABLE drugs (id int PRIMARY KEY)")

    assert [table.name for table in reflector.read(*SCHEMAS).tables] == ["drugs"]
    assert server_process(reflector) != first


def test_nothing_is_held_between_readings_and_nothing_after(reflector: Reflector) -> None:
    execute(reflector.url, "CREATE TABLE drugs (id int PRIMARY KEY)")
    reflector.read(*SCHEMAS)
    ours = (
        f"SELECT state FROM pg_stat_activity WHERE pid = {server_process(reflector)}"
        " AND backend_type = 'client backend'"
    )
    assert query(reflector.url, ours) == [("idle",)]
    execute(reflector.url, "DROP TABLE drugs")  # waits for no lock of ours

    reflector.close()

    assert reflector.connection is None


def test_on_sqlite_each_reading_opens_the_file(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "shop.db")
    reflector = Reflector(url, 5)

    assert reflector.read(*SCHEMAS) == reflect(url)
    assert reflector.connection is None
    reflector.close()
