"""Counts beyond the page: exact, planned and estimated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import run_sql
from tests.service import Api, running

SCHEMA = """
CREATE TABLE things (id int PRIMARY KEY, even boolean);
INSERT INTO things SELECT n, n % 2 = 0 FROM generate_series(1, 100) AS n;
CREATE TABLE parts (id int PRIMARY KEY, thing_id int REFERENCES things (id));
INSERT INTO parts SELECT n, n FROM generate_series(1, 10) AS n;
ANALYZE things, parts;
CREATE FUNCTION few() RETURNS SETOF int LANGUAGE plpgsql ROWS 700
  AS 'BEGIN RETURN QUERY SELECT generate_series(1, 4); END';
CREATE VIEW guessed AS SELECT * FROM few() AS n;
CREATE FUNCTION some_things() RETURNS SETOF things LANGUAGE sql STABLE ROWS 50
  AS 'SELECT * FROM things WHERE id <= 3';
"""


@pytest.fixture(scope="module")
def things(postgres_server_url: str) -> Iterator[str]:
    """The URL of a database whose planner knows how many rows there are."""
    run_sql(postgres_server_url, "CREATE DATABASE things")
    url = postgres_server_url.rpartition("/")[0] + "/things"
    run_sql(url, SCHEMA)
    yield url
    run_sql(postgres_server_url, "DROP DATABASE things WITH (FORCE)")


@pytest.fixture(scope="module")
def counted(things: str) -> Iterator[Api]:
    with running(things) as service:
        yield service


@pytest.fixture(scope="module")
def capped(things: str) -> Iterator[Api]:
    with running(things, db_max_rows=20) as service:
        yield service


def span(api: Api, path: str, count: str, method: str = "HEAD") -> tuple[int, str]:
    headers = {"Prefer": f"count={count}"}
    answer = api.request(method, f"/rest/v1/{path}", headers=headers)
    assert answer.headers["preference-applied"] == f"count={count}"
    return answer.status_code, answer.headers["content-range"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("things", (200, "0-99/100")),
        ("things?limit=7&offset=3", (206, "3-9/100")),
        ("things?even=is.true", (200, "0-49/50")),
        ("things?id=eq.5", (200, "0-0/1")),
        ("things?select=id,parts!inner(id)", (200, "0-9/10")),
        ("guessed", (206, "0-3/700")),
        ("things?offset=101", (416, "*/100")),
        ("rpc/some_things", (200, "0-2/*")),  # of a function's rows nobody plans a number
    ],
)
def test_a_planned_count_is_the_planners(
    counted: Api, path: str, expected: tuple[int, str]
) -> None:
    assert span(counted, path, "planned") == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("things", (206, "0-19/100")),
        ("things?id=lte.20", (200, "0-19/20")),
        ("things?id=lte.5", (200, "0-4/5")),
        ("things?id=lte.5&limit=2", (206, "0-1/5")),
        ("rpc/some_things", (200, "0-2/3")),
    ],
)
def test_an_estimated_count_is_exact_up_to_the_bound(
    capped: Api, path: str, expected: tuple[int, str]
) -> None:
    assert span(capped, path, "estimated") == expected


def test_without_a_bound_an_estimated_count_is_the_greater_of_both(counted: Api) -> None:
    assert span(counted, "things?id=lte.5", "estimated") == (200, "0-4/5")
    assert span(counted, "guessed", "estimated") == (206, "0-3/700")


def test_an_exact_count_looks_beyond_the_bound(capped: Api) -> None:
    assert span(capped, "things", "exact") == (206, "0-19/100")
    assert span(capped, "rpc/some_things?limit=1", "exact") == (206, "0-0/3")


def test_a_get_with_a_role_and_a_plan_takes_one_transaction(things: str) -> None:
    with running(things, db_anon_role="postgres") as api:
        assert span(api, "things?limit=2", "planned", "GET") == (206, "0-1/100")
        assert span(api, "things?limit=2", "estimated", "GET") == (206, "0-1/100")


@pytest.mark.parametrize("count", ["planned", "estimated"])
def test_sqlite_has_no_planner_to_ask(shop: Api, count: str) -> None:
    answer = shop.get("/rest/v1/makers", headers={"Prefer": f"count={count}"})

    if shop.dialect == "sqlite":
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST127")
        assert "counts" in answer.json()["details"]
    else:
        assert answer.status_code in (200, 206)
