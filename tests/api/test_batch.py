"""POST /batch: several operations in one transaction, all of them or none."""

from __future__ import annotations

from typing import Any

import pytest

from autoapi.events import subscribe
from tests.service import Api, running


def batch(api: Api, *operations: dict[str, Any], **arguments: Any) -> Any:
    """Send a batch."""
    return api.post("/batch", json=list(operations), **arguments)


def test_operations_run_in_their_order_and_tell_how_they_went(api: Api) -> None:
    answer = batch(
        api,
        {"method": "POST", "path": "/makers", "body": {"name": "New"}, "id": "maker"},
        {"method": "PATCH", "path": "/drugs/1?select=id,stock", "body": {"stock": 3}},
        {"method": "DELETE", "path": "/drug_tags/1,1?select=note"},
        {"method": "GET", "path": "/drugs?select=id&order=id&limit=2"},
        {
            "method": "GET",
            "path": "/rest/v1/makers?select=name&name=eq.New",
            "headers": {"Accept": "text/csv"},
        },
    )
    assert answer.status_code == 200, answer.text
    made, changed, removed, listed, csv = answer.json()
    number = made["body"]["id"]
    assert made == {
        "status": 201,
        "id": "maker",
        "headers": {"content-range": "*/*", "location": f"/makers/{number}"}
        | {"etag": made["headers"]["etag"]},
        "body": {"id": number, "name": "New", "country": None},
    }
    assert (changed["status"], changed["body"]) == (200, {"id": 1, "stock": 3})
    assert (removed["status"], removed["body"]) == (200, {"note": "fridge"})
    assert listed["body"] == [{"id": 1}, {"id": 2}]
    assert csv["body"].split() == ["name", "New"]
    assert api.get(f"/makers/{number}").headers["etag"] == made["headers"]["etag"]


def test_operations_refer_to_what_others_answered(api: Api) -> None:
    answer = batch(
        api,
        {"method": "POST", "path": "/people", "body": {"name": "Dina"}, "id": "person"},
        {
            "method": "POST",
            "path": "/orders",
            "body": {"buyer_id": {"$ref": "person.id"}, "lines": [{"position": 1, "qty": 4}]},
            "id": "order",
        },
        {
            "method": "PATCH",
            "path": "/lines/{order.id},{order.lines.0.position}",
            "body": {"qty": 5},
            "id": "line",
        },
        {
            "method": "GET",
            "path": "/orders/{order.id}"
            "?select=status,buyer:people!orders_buyer_fkey(name),lines(qty)",
        },
        {"method": "GET", "path": "/people?select=name&id=eq.{person.id}", "id": "listed"},
        {"method": "PATCH", "path": "/people/2", "body": {"name": {"$ref": "listed.name"}}},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()[3]["body"] == {
        "status": "open",
        "buyer": {"name": "Dina"},
        "lines": [{"qty": 5}],
    }
    assert answer.json()[5]["body"]["name"] == "Dina"


def test_nothing_is_done_when_an_operation_fails_and_it_is_named(api: Api) -> None:
    refused: list[tuple[dict[str, Any], int, str]] = [
        ({"method": "POST", "path": "/makers", "body": {"name": "Nilgiri Labs"}}, 409, "23505"),
        ({"method": "PATCH", "path": "/drugs/77", "body": {"stock": 1}}, 404, "AUTO104"),
        ({"method": "GET", "path": "/nothing"}, 404, "PGRST205"),
        ({"method": "GET", "path": "/drugs?select=nothing"}, 400, "42703"),
        ({"method": "GET", "path": "/health"}, 404, "PGRST125"),
        ({"method": "GET", "path": "/batch"}, 404, "PGRST125"),
        ({"method": "PATCH", "path": "/drugs", "body": {"stock": 1}}, 400, "AUTO100"),
        ({"method": "POST", "path": "/drugs", "body": {"name": {"$ref": "x.y"}}}, 400, "AUTO157"),
        ({"method": "GET", "path": "/drugs/{first.nothing}"}, 400, "AUTO157"),
        (
            {"method": "DELETE", "path": "/lines/1,1", "headers": {"If-Match": '"1"'}},
            412,
            "AUTO151",
        ),
    ]
    for operation, status, code in refused:
        first = {"method": "POST", "path": "/makers", "body": {"name": "First"}, "id": "first"}
        answer = batch(api, first, operation)
        error = answer.json()
        assert (answer.status_code, error["code"]) == (status, code), (operation, error)
        assert error["operation"] == {
            "index": 1,
            "id": None,
            "method": operation["method"],
            "path": operation["path"],
        }
    assert len(api.get("/makers").json()) == 3


def test_a_batch_that_cannot_be_read_is_refused(api: Api) -> None:
    read = {"method": "GET", "path": "/drugs"}
    refused: list[Any] = [
        {},
        [],
        [{"method": "GET"}],
        [{"method": "OPTIONS", "path": "/drugs"}],
        [read | {"colour": 1}],
        [read | {"path": ""}],
        [read | {"path": "drugs"}],
        [read | {"headers": {"Authorization": "Bearer x"}}],
        [read | {"id": "a"}, read | {"id": "a"}],
        [read | {"id": "a b"}],
        [read] * 101,
    ]
    for body in refused:
        answer = api.post("/batch", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "AUTO156"), body
    deep = b"[" * 100_000 + b"]" * 100_000
    for content in (
        b"nonsense",
        deep,
        b'[{"method": "POST", "path": "/drugs", "body": {"$ref": ' + deep + b"}}]",
        b'[{"method": "POST", "path": "/drugs", "body": {"name": "\xff"}}]',
        b'[{"method": "POST", "path": "/drugs", "body": {"name": "\\ud800"}}]',
        b'[{"method": "GET", "path": "/drugs?\\ud800"}]',
        '[{"method": "GET", "path": "/Größe/ä?ö=eq.ü", "headers": {"prefer": "ß€"}}]'.encode(),
    ):
        answer = api.post("/batch", content=content)
        assert 400 <= answer.status_code < 500, content[:100]
    wrong = api.get("/batch")
    assert (wrong.status_code, wrong.headers["allow"].replace(" ", "")) == (405, "OPTIONS,POST")
    assert api.request("OPTIONS", "/batch").headers["allow"] == "OPTIONS,POST"


def test_numbers_referred_to_keep_every_digit(api: Api) -> None:
    answer = batch(
        api,
        {"method": "PATCH", "path": "/drugs/3", "body": {"price": 12345678.91}, "id": "a"},
        {"method": "PATCH", "path": "/drugs/2", "body": {"price": {"$ref": "a.price"}}},
    )
    assert answer.status_code == 200
    assert b"12345678.91" in api.get("/drugs/2?select=price").content


def test_a_batch_sees_its_own_writes_and_others_see_them_only_when_it_is_done(api: Api) -> None:
    answer = batch(
        api,
        {"method": "POST", "path": "/tags", "body": {"label": "mine"}},
        {"method": "GET", "path": "/tags?select=label&label=eq.mine"},
    )
    assert answer.json()[1]["body"] == [{"label": "mine"}]
    assert api.get("/tags?select=label&label=eq.mine").json() == [{"label": "mine"}]


def test_strangers_may_do_in_a_batch_what_they_may_do_alone(shop_url: str) -> None:
    with running(shop_url, anonymous="read") as api:
        read = {"method": "GET", "path": "/makers?select=id&limit=1"}
        write = {"method": "POST", "path": "/makers", "body": {"name": "New"}}
        assert batch(api, read).status_code == 200
        refused = batch(api, read, write)
        assert (refused.status_code, refused.json()["operation"]["index"]) == (401, 1)
        token = {"Authorization": f"Bearer {api.token}"}
        assert batch(api, read, write, headers=token).status_code == 200


def test_the_operator_says_where_it_is_and_how_much_it_takes(shop_url: str) -> None:
    read = {"method": "GET", "path": "/makers?select=id&limit=1"}
    with running(shop_url, batch_path="/together", batch_operations=1) as api:
        assert api.post("/together", json=[read]).status_code == 200
        assert api.post("/together", json=[read, read]).status_code == 400
        assert api.post("/batch", json=[read]).status_code == 404
    with running(shop_url, batch_path="") as api:
        assert api.post("/batch", json=[read]).status_code == 404


@pytest.mark.parametrize("shop_url", ["postgres"], indirect=True)
def test_functions_run_in_a_batch(api: Api) -> None:
    from tests.conftest import run_sql

    run_sql(
        api.url,
        "CREATE FUNCTION add_maker(name text) RETURNS integer LANGUAGE sql AS"
        " $$ INSERT INTO makers (name) VALUES (name) RETURNING id $$; NOTIFY pgrst",
    )
    call = {"method": "POST", "path": "/rest/v1/rpc/add_maker", "body": {"name": "A"}, "id": "f"}
    duplicate = {"method": "POST", "path": "/makers", "body": {"name": "A"}}
    refused = batch(api, call, duplicate)
    assert (refused.status_code, refused.json()["code"]) == (409, "23505")
    assert batch(api, call).json()[0]["status"] == 200
    assert len(api.get("/makers").json()) == 4


def test_the_log_has_every_statement_of_a_batch(shop_url: str) -> None:
    said: list[str] = []
    unsubscribe = subscribe(lambda event: said.append(str(getattr(event, "sql", ""))))
    try:
        with running(shop_url, log_query=True, log_level="info") as api:
            nested = {"buyer_id": 1, "lines": [{"position": 1}]}
            read = {"method": "GET", "path": "/tags?select=label"}
            assert batch(api, {"method": "POST", "path": "/orders", "body": nested}, read)
    finally:
        unsubscribe()
    told = next(each for each in said if "tags" in each)
    # Orders, lines, the rows shown, tags; of a write on SQLite what shows its rows.
    assert told.count(";\n") == (2 if "sqlite" in shop_url else 3)
