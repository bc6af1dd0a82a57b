"""Rules hold for what functions of the database give, and for views, whatever they compute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.rows import execute
from tests.rules.conftest import bearer
from tests.service import Api, running

SALES = bearer("sales", makers=[1], person=1)
ADMIN = bearer("admin")
SQL = """
CREATE FUNCTION all_orders() RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM orders';
CREATE FUNCTION one_order(number int) RETURNS orders LANGUAGE sql STABLE
  AS 'SELECT * FROM orders WHERE id = number';
CREATE FUNCTION all_drugs() RETURNS SETOF drugs LANGUAGE sql STABLE AS 'SELECT * FROM drugs';
CREATE FUNCTION made_by(makers) RETURNS SETOF drugs LANGUAGE sql STABLE
  AS 'SELECT * FROM drugs WHERE maker_id = $1.id';
CREATE FUNCTION all_tags() RETURNS SETOF tags LANGUAGE sql STABLE AS 'SELECT * FROM tags';
CREATE FUNCTION shout(drugs) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.color || ''!''';
CREATE VIEW totals AS SELECT buyer_id, count(*) AS number FROM orders GROUP BY buyer_id;
CREATE VIEW over_totals AS SELECT sum(number) FROM totals;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS number FROM lines;
"""


@pytest.fixture
def api(postgres_server_url: str, request: pytest.FixtureRequest) -> Iterator[Api]:
    """The shop on PostgreSQL, with functions."""
    from tests.conftest import NUMBERS, database_url, run_sql

    template = request.getfixturevalue("shop_template")
    name = f"ruled_{next(NUMBERS)}"
    run_sql(postgres_server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    url = database_url(postgres_server_url, name)
    execute(url, SQL)
    with running(url, anonymous="read", overrides="tests.rules.shop_rules") as service:
        yield service
    run_sql(postgres_server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def test_rows_of_a_function_are_in_scope(api: Api) -> None:
    answer = api.get("/rest/v1/rpc/all_orders?select=id,lines(qty)&order=id", headers=SALES)
    assert [row["id"] for row in answer.json()] == [1, 3]
    counted = api.get(
        "/rest/v1/rpc/all_orders?select=id", headers={**SALES, "Prefer": "count=exact"}
    )
    assert counted.headers["content-range"] == "0-1/2"
    one = api.get("/rest/v1/rpc/one_order?number=2", headers=SALES)
    assert one.json() in (None, [], {}), one.text
    posted = api.post("/rest/v1/rpc/one_order", json={"number": 2}, headers=SALES)
    assert "paid" not in posted.text
    assert len(api.get("/rest/v1/rpc/all_orders", headers=ADMIN).json()) == 3


def test_they_show_no_hidden_column_and_what_is_computed(api: Api) -> None:
    rows = api.get("/rest/v1/rpc/all_drugs?order=id", headers=SALES).json()
    assert [row["id"] for row in rows] == [1, 2]
    assert "color" not in rows[0]
    assert rows[0]["value"] == 150
    named = api.get("/rest/v1/rpc/all_drugs?select=color", headers=SALES)
    assert named.status_code == 400
    filtered = api.get("/rest/v1/rpc/all_drugs?color=eq.red", headers=SALES)
    assert filtered.status_code == 400


def test_a_relation_by_a_function_is_in_scope(api: Api) -> None:
    answer = api.get("/rest/v1/makers?select=id,made_by(id)&order=id", headers=SALES)
    assert answer.json()[:2] == [
        {"id": 1, "made_by": [{"id": 1}, {"id": 2}]},
        {"id": 2, "made_by": []},
    ]


def test_a_function_of_a_row_with_hidden_columns_is_not_served(api: Api) -> None:
    for asked in ("select=shout", "shout=eq.red!", "order=shout", "select=id,to_jsonb"):
        answer = api.get(f"/rest/v1/drugs?{asked}", headers=SALES)
        assert answer.status_code == 400, asked
        assert "red!" not in answer.text.replace("eq.red!", "")
    assert api.get("/rest/v1/drugs?select=shout&id=eq.1", headers=ADMIN).json() == [
        {"shout": "red!"}
    ]


def test_a_concealed_table_is_not_given_by_a_function(api: Api) -> None:
    assert api.get("/rest/v1/rpc/all_tags", headers=SALES).status_code == 404
    assert len(api.get("/rest/v1/rpc/all_tags", headers=ADMIN).json()) == 3


@pytest.mark.parametrize("view", ["totals", "over_totals", "counted"])
def test_a_view_of_a_scoped_table_is_closed_whatever_it_computes(api: Api, view: str) -> None:
    answer = api.get(f"/rest/v1/{view}", headers=SALES)
    assert (answer.status_code, answer.json()["code"]) == (503, "AUTO122")
    assert answer.json()["hint"] == "Give the view a scope of its own"
    assert api.get(f"/rest/v1/{view}", headers=ADMIN).status_code == 200
