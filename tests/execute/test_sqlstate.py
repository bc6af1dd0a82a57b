"""Database errors to HTTP statuses, and SQLite's to PostgreSQL's."""

from __future__ import annotations

import sqlite3

import pytest

from autoapi.execute.sqlite_errors import sqlite_error
from autoapi.execute.sqlstate import status_of


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *(("23505", 409), ("23503", 409), ("23502", 400), ("23514", 400), ("22P02", 400)),
        *(("42501", 403), ("42P01", 404), ("42883", 404), ("25006", 405), ("25001", 500)),
        *(("08006", 503), ("53300", 503), ("53400", 500), ("57014", 500), ("57P01", 503)),
        *(("40001", 500), ("P0001", 400), ("P0002", 500), ("PT402", 402), ("XX000", 500)),
        *(("PT40A", 500), ("PT999", 500), ("PT100", 500)),
        *(("42P17", 500), ("54001", 500), ("28P01", 403), ("99999", 400)),
    ],
)
def test_a_code_has_its_status(code: str, status: int) -> None:
    assert status_of(code, "") == status


def test_some_codes_depend_on_what_they_say() -> None:
    assert status_of("22023", 'role "x" does not exist') == 401
    assert status_of("22023", "something else") == 400
    assert status_of("21000", "DELETE requires a WHERE clause") == 400
    assert status_of("21000", "more than one row") == 500
    assert status_of("42883", "function xmlagg(record) does not exist") == 406


@pytest.mark.parametrize(
    ("sql", "code", "status"),
    [
        ("INSERT INTO t (id, name) VALUES (1, 'a')", "23505", 409),
        ("INSERT INTO t (name) VALUES ('a')", "23505", 409),
        ("INSERT INTO t (name) VALUES (NULL)", "23502", 400),
        ("INSERT INTO t (name, other) VALUES ('b', 9)", "23503", 409),
        ("INSERT INTO t (name, small) VALUES ('b', 11)", "23514", 400),
        ("INSERT INTO t (name, double) VALUES ('b', 11)", "428C9", 400),
        ("INSERT INTO t (name) VALUES ('b') ON CONFLICT (small) DO NOTHING", "42P10", 400),
        ("SELECT * FROM absent", "42P01", 404),
        ("nonsense", "XX000", 500),
    ],
)
def test_an_error_of_sqlite_has_the_code_that_postgres_would_give(
    sql: str, code: str, status: int
) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(
        "PRAGMA foreign_keys = ON;"
        "CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL UNIQUE,"
        " other integer REFERENCES t (id), small integer CHECK (small < 10),"
        " double integer GENERATED ALWAYS AS (small * 2));"
        "INSERT INTO t (id, name) VALUES (1, 'a');"
    )
    with pytest.raises(sqlite3.Error) as caught:
        connection.execute(sql)
    connection.close()

    error = sqlite_error(caught.value)
    assert (error.code, error.status) == (code, status)
    assert "'a'" not in error.message
