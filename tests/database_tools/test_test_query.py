"""Whether a table can be served: read through the engine as requests read it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from tests.conftest import run_sql
from tests.database_tools.conftest import ask
from tests.rules.conftest import bearer
from tests.service import Api, running


def test_a_table_that_can_be_served_is_told_with_its_rows(shop: Api) -> None:
    answer = ask(shop, "schema/test-query/people?limit=2")

    told = answer.json()
    assert answer.status_code == 200
    assert told["rows"] == [
        {"id": 1, "name": "Asha", "boss_id": None},
        {"id": 2, "name": "Bela", "boss_id": 1},
    ]
    assert (told["table"], told["count"], told["error"]) == ("people", 2, None)
    assert [column["name"] for column in told["columns"]] == ["id", "name", "boss_id"]
    assert "people" in told["sql"]
    assert told["milliseconds"] > 0


def test_five_rows_are_read_unless_told_otherwise(shop: Api) -> None:
    assert ask(shop, "schema/test-query/drugs").json()["count"] == 4
    assert ask(shop, "schema/test-query/drugs?limit=1").json()["count"] == 1


@pytest.mark.parametrize("limit", ["0", "101", "many", "-1", ""])
def test_a_limit_out_of_bounds_is_refused(shop: Api, limit: str) -> None:
    answer = ask(shop, f"schema/test-query/drugs?limit={limit}")

    assert (answer.status_code, answer.json()["code"]) == (400, "AUTO112")
    assert answer.json()["message"].startswith("'limit' cannot be used: Input should be")
    assert answer.json()["details"] == "query"


def test_an_unknown_table_is_answered_404_with_the_nearest(shop: Api) -> None:
    answer = ask(shop, "schema/test-query/drugz")

    assert (answer.status_code, answer.json()["code"]) == (404, "PGRST205")
    assert "drugs" in answer.json()["hint"]


def test_an_odd_name_is_found(shop: Api) -> None:
    told = ask(shop, "schema/test-query/odd%20name").json()

    assert told["rows"] == [{"a column": 1, "select": "from", "Größe": "groß"}]


def test_what_the_database_refuses_is_told_as_requests_are_told(shop: Api) -> None:
    if shop.dialect == "postgresql":
        run_sql(shop.url, "CREATE VIEW broken AS SELECT 1 / (id - 1) AS x FROM drugs")
        wanted = (400, "22012", "division by zero")
    else:
        with closing(sqlite3.connect(shop.url.removeprefix("sqlite:///"))) as connection:
            connection.execute("CREATE VIEW broken AS SELECT json(name) AS x FROM drugs")
        wanted = (500, "XX000", "the database could not run the statement")
    deadline = time.monotonic() + 30
    answer = ask(shop, "schema/test-query/broken")
    while answer.status_code == 404 and time.monotonic() < deadline:
        time.sleep(0.05)
        answer = ask(shop, "schema/test-query/broken")

    told = answer.json()
    error = told["error"]
    assert answer.status_code == 200
    assert (error["status"], error["code"], error["message"]) == wanted
    assert (told["rows"], told["count"]) == (None, None)
    assert "broken" in told["sql"]


def test_the_rules_of_overrides_hold_here_too(shop_url: str) -> None:
    rules = "tests.rules.shop_rules"
    with running(shop_url, admin_role="sales", overrides=rules) as service:
        headers = bearer("sales", makers=[2])
        told = service.get("/database-tools/schema/test-query/drugs", headers=headers).json()
        hidden = service.get("/database-tools/schema/test-query/tags", headers=headers)

    assert [row["name"] for row in told["rows"]] == ["Gamma"]
    assert "color" not in told["rows"][0]
    names = [column["name"] for column in told["columns"]]
    assert "color" not in names
    assert "value" in names
    assert (hidden.status_code, hidden.json()["code"]) == (404, "PGRST205")
