"""What requests of a role may cost: embeds, rows, seconds, and what PostgreSQL plans."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from autoapi.budgets import Budget, read_budgets
from autoapi.errors import SettingsError
from autoapi.settings import Settings
from tests.api.rows import execute, query
from tests.rules.conftest import bearer
from tests.service import Api, running

SALES, OTHER = bearer("sales"), bearer("other")
BUDGETS = "anonymous: depth=1 rows=2; sales: rows=3; *: depth=2"
BOTH = pytest.mark.parametrize("mount", ["", "/rest/v1"])
SLOW = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "


@pytest.fixture(scope="module")
def bounded(shop_service: Api) -> Iterator[Api]:
    with running(shop_service.url, budgets=BUDGETS) as service:
        yield service


@BOTH
def test_embeds_go_as_deep_as_the_role_may(bounded: Api, mount: str) -> None:
    flat, deep = "drugs?select=id,makers(id)", "lines?select=orders(lines(drugs(id)))"

    assert bounded.get(f"{mount}/{flat}").status_code == 200
    refused = bounded.get(f"{mount}/{deep}")
    assert (refused.status_code, refused.json()["code"]) == (400, "AUTO108")
    assert refused.json()["message"] == "select is nested deeper than 1 levels"
    assert bounded.get(f"{mount}/{deep}", headers=OTHER).json()["message"].endswith("2 levels")
    assert bounded.get(f"{mount}/{deep}", headers=SALES).status_code == 200


@BOTH
def test_lists_are_as_long_as_the_role_may(bounded: Api, mount: str) -> None:
    def rows(path: str, headers: dict[str, str] | None = None) -> int:
        return len(bounded.get(f"{mount}/{path}", headers=headers).json())

    whole = rows("drugs", OTHER)

    assert whole > 3
    assert rows("drugs") == rows("drugs?limit=100") == 2
    assert rows("drugs", SALES) == 3
    embedded = bounded.get(f"{mount}/makers?select=id,drugs(id)").json()
    assert max(len(each["drugs"]) for each in embedded) <= 2


def test_a_budget_only_narrows(shop_service: Api) -> None:
    budgets = "anonymous: rows=100000"
    with running(shop_service.url, budgets=budgets, db_max_rows=1) as service:
        assert len(service.get("/rest/v1/drugs").json()) == 1


def test_a_statement_runs_as_long_as_the_role_may(shop_url: str) -> None:
    slow_view = "CREATE VIEW slow AS " + SLOW.format(10_000_000) + "SELECT max(i) AS i FROM n"
    execute(shop_url, slow_view)
    with running(shop_url, budgets="anonymous: seconds=0.2; sales: seconds=0.1") as service:
        for headers in ({}, SALES):
            for mount in ("", "/rest/v1"):
                answer = service.get(f"{mount}/slow", headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (500, "57014")
        assert service.get("/drugs?limit=1").status_code == 200


def make_slow(url: str) -> None:
    """Let each new maker take far longer to write than anybody waits."""
    view = "CREATE VIEW slow AS " + SLOW.format(10**9) + "SELECT max(i) AS i FROM n"
    execute(url, view)
    if url.startswith("sqlite"):
        execute(url, "CREATE TRIGGER t AFTER INSERT ON makers BEGIN SELECT max(i) FROM slow; END")
        return
    execute(
        url,
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM max(i) FROM slow; RETURN NULL; END'",
    )
    execute(url, "CREATE TRIGGER t AFTER INSERT ON makers FOR EACH ROW EXECUTE FUNCTION f()")


def test_a_write_runs_as_long_as_the_role_may_and_is_undone(shop_url: str) -> None:
    make_slow(shop_url)
    makers = query(shop_url, "SELECT count(*) FROM makers")
    body = {"name": "Slow Labs"}
    keyed = {**SALES, "Idempotency-Key": "slow-1"}
    drug = {"method": "PATCH", "path": "/drugs/1", "body": {"name": "changed"}}
    batch = [drug, {"method": "POST", "path": "/makers", "body": body}]
    limits = {"budgets": "sales: seconds=0.2", "db_statement_timeout": 30}
    with running(shop_url, **limits) as service:
        started = time.monotonic()
        answers = [
            service.post("/makers", json=body, headers=SALES),
            service.post("/rest/v1/makers", json=body, headers=SALES),
            service.post("/makers", json=body, headers=keyed),
            service.post("/batch", json=batch, headers=SALES),
        ]
        seconds = time.monotonic() - started
        after = service.patch("/drugs/1", json={"name": "after"}, headers=SALES)

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (500, "57014"), answer.text
    assert seconds < 30  # so that it is the role's budget that ended them
    assert query(shop_url, "SELECT count(*) FROM makers") == makers
    assert (after.status_code, after.json()["name"]) == (200, "after")


def test_what_is_planned_too_dear_is_not_run(postgres_url: str) -> None:
    execute(postgres_url, "CREATE TABLE many (id integer PRIMARY KEY, text text)")
    execute(postgres_url, "INSERT INTO many SELECT i, 'x' FROM generate_series(1, 20000) AS i")
    execute(postgres_url, "ANALYZE many")
    with running(postgres_url, budgets="anonymous: cost=100", db_plan_enabled=True) as service:
        cheap = service.get("/rest/v1/many?id=eq.7").json()
        for path in ("/many", "/rest/v1/many", "/rest/v1/many?id=eq.7&limit=1&select=id,text"):
            dear = service.get(path, headers={"Prefer": "count=exact"})
            if "id=eq" in path:
                assert dear.status_code == 200
                continue
            assert (dear.status_code, dear.json()["code"]) == (403, "AUTO170"), path
        explained = "application/vnd.pgrst.plan+json; options=analyze"
        analysed = service.get("/rest/v1/many", headers={"Accept": explained})
        emptied = service.delete("/rest/v1/many")
        trusted = service.get("/rest/v1/many", headers=SALES)
        left = query(postgres_url, "SELECT count(*) FROM many")

    assert cheap == [{"id": 7, "text": "x"}]
    assert analysed.json()["code"] == "AUTO170"
    assert (emptied.status_code, emptied.json()["code"]) == (403, "AUTO170")
    assert len(trusted.json()) == 20_000
    assert left == [(20_000,)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("web", "'web' is not of the form"),
        ("web:", "'web:' is not of the form"),
        (": rows=1", "is not of the form"),
        ("web: row=1", "'row' of 'web' is no limit; did you mean 'rows'?"),
        ("web: rows=0", "'rows=0' of 'web' must be a number above 0"),
        ("web: rows=1.5", "must be a number above 0"),
        ("web: seconds=nan", "must be a number above 0"),
        ("web: rows", "must be a number above 0"),
        ("web: rows=1; web: rows=2", "has 'web' twice"),
    ],
)
def test_a_budget_that_cannot_be_meant_is_refused(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(budgets=text).check()

    assert said in str(caught.value)


def test_budgets_are_read_by_role() -> None:
    found = read_budgets(" a.b:c : depth=2, rows=10 ;; *: seconds=.5 cost=1e6; ")

    assert dict(found) == {
        "a.b:c": Budget(depth=2, rows=10),
        "*": Budget(seconds=0.5, cost=1_000_000.0),
    }


def test_sqlite_has_no_costs_to_bound() -> None:
    with pytest.raises(SettingsError, match="SQLite plans without costs"):
        Settings(budgets="*: cost=5").check()
