"""On SQLite a table tells triggers who asks, and their refusals are answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import Api, running

SCHEMA = """
CREATE TABLE autoapi_request_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE trail (id INTEGER PRIMARY KEY, who TEXT, how TEXT, headers TEXT);
CREATE TRIGGER things_are_told AFTER INSERT ON things BEGIN
  INSERT INTO trail (who, how, headers) VALUES (
    (SELECT json_extract(value, '$.sub') FROM autoapi_request_settings
      WHERE name = 'request.jwt.claims'),
    (SELECT value FROM autoapi_request_settings WHERE name = 'request.method'),
    (SELECT value FROM autoapi_request_settings WHERE name = 'request.headers'));
END;
CREATE TRIGGER things_last BEFORE DELETE ON things BEGIN
  SELECT RAISE(ABORT, '{"code": "kept", "message": "It stays", "hint": "Why?", "status": 423}');
END;
"""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    path = tmp_path / "settings.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
    connection.close()
    with running(f"sqlite:///{path}") as api:
        yield api


def test_a_trigger_learns_who_asks_and_nothing_of_it_stays(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}", "X-Request-Id": "r-1", "Cookie": "a=b"}
    assert api.post("/rest/v1/things", json={"name": "a"}, headers=headers).status_code == 201
    (row,) = api.get("/rest/v1/trail").json()

    assert row["how"] == "POST"
    assert '"x-request-id":"r-1"' in row["headers"]
    assert api.token not in row["headers"]
    assert "cookie" not in row["headers"]
    assert api.get("/rest/v1/autoapi_request_settings").status_code == 404
    with sqlite3.connect(api.url.removeprefix("sqlite:///")) as connection:
        left = connection.execute("SELECT count(*) FROM autoapi_request_settings").fetchone()
    connection.close()
    assert left == (0,)


def test_a_write_behind_the_service_is_nobodys(api: Api) -> None:
    api.post("/rest/v1/things", json={"name": "a"}, headers={"X-Request-Id": "r-1"})
    with sqlite3.connect(api.url.removeprefix("sqlite:///")) as connection:
        connection.execute("INSERT INTO things (name) VALUES ('b')")
    connection.close()

    assert [row["how"] for row in api.get("/rest/v1/trail?order=id").json()] == ["POST", None]


def test_a_trigger_refuses_by_a_code_and_status_of_its_own(api: Api) -> None:
    api.post("/rest/v1/things", json={"id": 1})
    refused = api.delete("/rest/v1/things?id=eq.1")

    assert refused.status_code == 423
    assert refused.json() == {
        "code": "kept",
        "message": "It stays",
        "details": None,
        "hint": "Why?",
    }
