"""The plan of a statement instead of its result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import run_sql
from tests.service import Api, running
from tests.shop import make_postgres

PLAN = "application/vnd.pgrst.plan"
JSON_PLAN = f'{PLAN}+json; for="application/json"'


@pytest.fixture(scope="module")
def planned(postgres_server_url: str) -> Iterator[Api]:
    """The shop with plans switched on; nothing here changes it but inside a rollback."""
    run_sql(postgres_server_url, "CREATE DATABASE planned")
    url = postgres_server_url.rpartition("/")[0] + "/planned"
    make_postgres(url)
    run_sql(
        url,
        "CREATE FUNCTION tag_list() RETURNS SETOF tags LANGUAGE sql STABLE AS 'SELECT * FROM tags'",
    )
    with running(url, db_plan_enabled=True, db_tx_end="rollback") as service:
        yield service
    run_sql(postgres_server_url, "DROP DATABASE planned WITH (FORCE)")


def plan(api: Api, method: str, path: str, options: str = "", **given: Any) -> dict[str, Any]:
    """The plan in JSON, and a check of everything about the answer but the plan."""
    accept = f"{PLAN}+json" + (f"; options={options}" if options else "")
    headers = {"Accept": accept, **given.pop("headers", {})}
    answer = api.request(method, f"/rest/v1/{path}", headers=headers, **given)
    shown = f"; options={options}" if options else ""
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        f"{JSON_PLAN}{shown}; charset=utf-8",
    )
    assert int(answer.headers["content-length"]) == len(answer.content)
    for absent in ("content-range", "content-location", "preference-applied", "location"):
        assert absent not in answer.headers
    assert answer.text.endswith("\n")
    found: dict[str, Any] = answer.json()[0]
    return found


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "drugs?id=in.(1,2)&select=id,makers(name)", None),
        ("GET", "drugs?id=eq.1", None),
        ("POST", "tags", {"label": "new"}),
        ("PATCH", "tags?id=eq.1", {"label": "other"}),
        ("PUT", "tags?id=eq.1", {"id": 1, "label": "other"}),
        ("DELETE", "drug_tags", None),
        ("GET", "rpc/tag_list", None),
        ("POST", "rpc/tag_list", {}),
    ],
)
def test_every_kind_of_statement_has_a_plan(
    planned: Api, method: str, path: str, body: object
) -> None:
    given: dict[str, Any] = {} if body is None else {"json": body}

    assert plan(planned, method, path, **given)["Plan"]["Total Cost"] > 0


def test_a_plan_is_lines_of_text_unless_json_is_asked_for(planned: Api) -> None:
    answer = planned.get("/rest/v1/drugs?select=id", headers={"Accept": PLAN})

    assert answer.headers["content-type"] == (f'{PLAN}+text; for="application/json"; charset=utf-8')
    assert answer.text.startswith("Aggregate  (cost=")
    assert answer.text.splitlines()[1].startswith("  ->  Seq Scan on drugs  (cost=")
    assert answer.text.endswith("\n")


@pytest.mark.parametrize(
    ("options", "place", "expected"),
    [
        ("analyze", ("Plan", "Actual Rows"), 1),
        ("verbose", ("Plan", "Plans", 0, "Output"), ["tags.id", "tags.label"]),
        ("analyze|wal", ("Plan", "WAL Records"), 0),
        ("buffers", ("Plan", "Shared Read Blocks"), 0),
    ],
)
def test_the_options_are_explains_own(
    planned: Api, options: str, place: tuple[Any, ...], expected: object
) -> None:
    found: Any = plan(planned, "GET", "tags", options)
    for step in place:
        found = found[step]

    assert found == expected


def test_the_plan_is_that_of_the_format_it_is_for(planned: Api) -> None:
    def body_of(media_type: str) -> str:
        accept = f'{PLAN}+json; for="{media_type}"; options=verbose'
        answer = planned.get("/rest/v1/tags?select=id", headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        output: str = answer.json()[0]["Plan"]["Output"][2]
        return output

    assert body_of("application/json") == "COALESCE(json_agg(ROW(tags.id)), '[]'::json)"
    assert "json_strip_nulls" in body_of("application/vnd.pgrst.array;nulls=stripped")
    assert "substr" in body_of("text/csv")


def test_a_plan_that_is_not_analysed_changes_nothing_and_one_object_is_not_asked_for(
    planned: Api,
) -> None:
    accept = f'{PLAN}+json; for="application/vnd.pgrst.object"'
    headers = {"Accept": accept, "Prefer": "tx=commit, return=representation"}
    answer = planned.request("DELETE", "/rest/v1/drug_tags", headers=headers)

    assert answer.status_code == 200
    assert answer.json()[0]["Plan"]["Node Type"] == "Aggregate"
    assert len(planned.get("/rest/v1/drug_tags").json()) > 1


def test_a_head_has_the_headers_of_a_plan(planned: Api) -> None:
    answer = planned.request("HEAD", "/rest/v1/tags", headers={"Accept": PLAN})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith(PLAN)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_plans_are_not_acceptable_unless_they_are_switched_on(shop: Api, method: str) -> None:
    answer = shop.request(method, "/rest/v1/drug_tags", headers={"Accept": PLAN})

    assert answer.status_code == 406
    if method != "HEAD":
        assert answer.json()["message"] == (
            f'None of these media types are available: {PLAN}+text; for="application/json"'
        )


def test_sqlite_has_no_plans_to_show(shop_service: Api) -> None:
    with running(shop_service.url, db_plan_enabled=True) as api:
        answer = api.get("/rest/v1/tags", headers={"Accept": PLAN})

    if api.dialect == "sqlite":
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST127")
    else:
        assert answer.status_code == 200
