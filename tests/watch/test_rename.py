"""``batches.mfg_date`` is renamed while in use: nobody is told of a column he did not name."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest

from tests.api.rows import execute
from tests.service import Api, running
from tests.watch.test_reload import await_that, shows

SCHEMA = """
CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE batches (
  id integer PRIMARY KEY,
  product_id integer NOT NULL REFERENCES products (id),
  batch_no text NOT NULL UNIQUE,
  mfg_date date NOT NULL DEFAULT '2026-01-01',
  expiry_date date,
  CHECK (mfg_date < expiry_date)
);
CREATE VIEW young_batches AS SELECT id, product_id, mfg_date FROM batches
  WHERE mfg_date > '2025-01-01';
CREATE VIEW ages AS SELECT id, mfg_date AS made FROM batches;
INSERT INTO products VALUES (1, 'one'), (2, 'two');
INSERT INTO batches (id, product_id, batch_no, expiry_date)
VALUES (1, 1, 'A', '2027-01-01'), (2, 1, 'B', '2027-01-01'), (3, 2, 'C', '2027-01-01');
"""
FUNCTION = """
CREATE FUNCTION batches_of(product integer) RETURNS SETOF batches LANGUAGE sql STABLE
AS 'SELECT * FROM batches WHERE product_id = product';
"""
MERGE = {"Prefer": "resolution=merge-duplicates,return=representation"}
SHOWN = {"Prefer": "return=representation"}
ROW = {"product_id": 2, "expiry_date": "2028-01-01"}
CSV = {"Accept": "text/csv"}

# Method, path, headers, body. None of them names the column.
ANYBODY: list[tuple[str, str, dict[str, str], Any]] = [
    ("GET", "/rest/v1/batches", {}, None),
    ("GET", "/rest/v1/batches?select=*&order=id&limit=2", {"Prefer": "count=exact"}, None),
    ("GET", "/rest/v1/batches?id=eq.1", {"Accept": "application/vnd.pgrst.object+json"}, None),
    ("GET", "/batches", {}, None),
    ("GET", "/batches/1", {}, None),
    ("HEAD", "/batches", {}, None),
    ("GET", "/batches", CSV, None),
    ("GET", "/rest/v1/batches?select=*,products(*)", CSV, None),
    ("GET", "/rest/v1/products?select=*,batches(*)", {}, None),
    ("GET", "/products?select=*,batches(*)", {}, None),
    ("GET", "/products/1?select=*,batches(*)", {}, None),
    ("GET", "/batches?select=*,...products(name)", {}, None),
    ("GET", "/rest/v1/young_batches", {}, None),
    ("GET", "/young_batches?select=*,products(name)", {}, None),
    ("GET", "/ages", {}, None),
    ("GET", "/rest/v1/", {}, None),
    ("GET", "/openapi.json", {}, None),
    ("PATCH", "/batches/1", {}, {"expiry_date": "2027-02-02"}),
    ("PATCH", "/rest/v1/batches?id=eq.2", SHOWN, {"expiry_date": "2027-02-02"}),
    ("POST", "/rest/v1/batches", MERGE, [{"id": 3, "batch_no": "C"} | ROW]),
    ("POST", "/rest/v1/batches?columns=id,batch_no,product_id,expiry_date", MERGE,
     [{"id": 3, "batch_no": "C"} | ROW]),
]  # fmt: skip
CALLS: list[tuple[str, str, dict[str, str], Any]] = [
    ("GET", "/rest/v1/rpc/batches_of?product=1", {}, None),
    ("POST", "/rest/v1/rpc/batches_of?select=*", {}, {"product": 1}),
    ("GET", "/rest/v1/rpc/batches_of?product=1&select=*,products(name)", {}, None),
]
# What names it, once it is called ``mfg_day``.
NAMING: list[tuple[str, str, Any]] = [
    ("GET", "/rest/v1/batches?select=id,mfg_date", None),
    ("GET", "/batches?select=id,mfg_date", None),
    ("GET", "/batches?mfg_date=gt.2020-01-01", None),
    ("GET", "/batches?order=mfg_date", None),
    ("GET", "/products?select=id,batches(mfg_date)", None),
    ("GET", "/products?select=id,batches(id)&batches.mfg_date=gt.2020-01-01", None),
    ("POST", "/batches", {"id": 9, "batch_no": "Z", "mfg_date": "2026-02-02"} | ROW),
    ("PATCH", "/batches/1", {"mfg_date": "2026-02-02"}),
    ("PATCH", "/rest/v1/batches?mfg_date=gt.2020-01-01", {"batch_no": "Q"}),
    ("DELETE", "/rest/v1/batches?mfg_date=gt.2020-01-01", None),
]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with batches in it."""
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "batches.db")) as connection:
            connection.executescript("PRAGMA journal_mode = WAL;" + SCHEMA)
        yield f"sqlite:///{tmp_path}/batches.db"
        return
    url = request.getfixturevalue("postgres_url")
    execute(url, SCHEMA + FUNCTION)
    yield url


def rename(url: str, before: str, after: str) -> None:
    """Rename the column, as often as the database wants it tried."""
    statement = f"ALTER TABLE batches RENAME COLUMN {before} TO {after}"
    for _ in range(20):
        try:
            execute(url, statement)
        except (psycopg2.errors.DeadlockDetected, sqlite3.OperationalError):
            time.sleep(0.05)
        else:
            return


def ask_on(api: Api, over: threading.Event, wrong: list[str], done: list[int]) -> None:
    """Ask everything that does not name the column, again and again; keep what went wrong."""
    requests = ANYBODY + (CALLS if api.dialect == "postgresql" else [])
    with httpx.Client(base_url=api.client.base_url, timeout=30) as client:
        while not over.is_set():
            for method, path, headers, body in requests:
                answer = client.request(method, path, headers=headers, json=body)
                done.append(answer.status_code)
                if answer.status_code >= 400 or "does not exist" in answer.text:
                    wrong.append(f"{method} {path}: {answer.status_code} {answer.text}")


def test_under_load_everybody_gets_the_new_name_in_time_and_no_error(url: str) -> None:
    over, wrong, done = threading.Event(), [], []  # type: ignore[var-annotated]
    with running(url) as api:
        threads = [threading.Thread(target=ask_on, args=(api, over, wrong, done)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for before, after in [("mfg_date", "mfg_day"), ("mfg_day", "mfg_date")] * 3:
                rename(url, before, after)
                wait_for(api, after, before)
        finally:
            over.set()
            for thread in threads:
                thread.join(60)
    assert wrong == []
    assert len(done) >= 3 * len(ANYBODY)


def wait_for(api: Api, column: str, before: str) -> None:
    """Wait until reads of every kind, and the documents, have the one name and not the other."""
    await_that(lambda: follows(api, column))
    await_that(lambda: document_follows(api, column, before))


def follows(api: Api, column: str) -> bool:
    """Whether reads of every kind show the column by its name."""
    return (
        column in api.get("/rest/v1/batches?limit=1").json()[0]
        and column in api.get("/batches/1").json()
        and column in api.get("/products/1?select=*,batches(*)").json()["batches"][0]
        and column in api.get("/batches", headers=CSV).text.splitlines()[0].split(",")
    )


def document_follows(api: Api, column: str, before: str) -> bool:
    """Whether the document of the strict root has the one name and not the other."""
    listed = api.get("/rest/v1/").json()["definitions"]["batches"]["properties"]
    return column in listed and before not in listed and shows(api, column)


def test_who_names_the_old_name_is_refused_and_told_the_nearest(url: str) -> None:
    with running(url) as api:
        for method, path, body in NAMING[:3]:
            assert api.request(method, path, json=body).status_code == 200
        rename(url, "mfg_date", "mfg_day")
        answers = {
            (method, path): api.request(method, path, json=body) for method, path, body in NAMING
        }
    refused = {asked: (each.status_code, each.json()["hint"]) for asked, each in answers.items()}
    assert {asked: status for asked, (status, _) in refused.items() if status != 400} == {}
    assert {asked: hint for asked, (_, hint) in refused.items() if "mfg_day" not in str(hint)} == {}


def test_columns_given_by_their_old_name_are_refused_as_by_postgrest(url: str) -> None:
    with running(url) as api:
        rename(url, "mfg_date", "mfg_day")
        rows = [{"id": 9, "mfg_date": "2026-02-02"}]
        answer = api.post("/rest/v1/batches?columns=id,mfg_date", json=rows)

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "code": "PGRST204",
            "details": None,
            "hint": None,
            "message": "Could not find the 'mfg_date' column of 'batches' in the schema cache",
        },
    )
