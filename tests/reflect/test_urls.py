"""Which URLs reflection takes, and that it leaves no trace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from autoapi.reflect import reflect, reflect_postgres
from tests.reflect.databases import reflect_file, run_postgres


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_way_to_write_a_postgresql_url_is_taken(postgres_url: str, scheme: str) -> None:
    run_postgres(postgres_url, "CREATE TABLE t ()")
    url = f"{scheme}://{postgres_url.partition('://')[2]}"

    assert [table.name for table in reflect(url).tables] == ["t"]


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "q#x.db", "ü 🧪.db", "it's.db", "a&b=c.db"])
def test_a_file_may_have_an_odd_name(tmp_path: Path, name: str) -> None:
    with closing(sqlite3.connect(tmp_path / name)) as connection:
        connection.execute("CREATE TABLE t (a)")
    escaped = name.replace("%", "%25")

    assert [table.name for table in reflect(f"sqlite:///{tmp_path}/{escaped}").tables] == ["t"]


def test_a_relative_path_is_taken_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reflect_file(tmp_path, "CREATE TABLE t (a)", "here.db")
    monkeypatch.chdir(tmp_path)

    assert [table.name for table in reflect("sqlite:///here.db").tables] == ["t"]


def test_a_missing_file_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        reflect(f"sqlite:///{tmp_path}/missing.db")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "nonsense", ""]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///path"):
        reflect(url)


def test_a_refusal_does_not_show_the_password() -> None:
    with pytest.raises(ValueError, match="mysql") as refused:
        reflect("mysql://user:secret@localhost/x")

    assert "secret" not in str(refused.value)


def test_an_unreachable_server_is_an_error() -> None:
    with pytest.raises(psycopg2.OperationalError):
        reflect("postgresql://postgres@127.0.0.1:1/x", connect_timeout=0.1)


def test_an_open_connection_keeps_its_search_path(postgres_url: str) -> None:
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute('SET search_path = one, "Two"; CREATE TABLE pg_temp.t ()')
        reflect_postgres(connection)
        cursor.execute("SHOW search_path")

        assert cursor.fetchone() == ('one, "Two"',)
