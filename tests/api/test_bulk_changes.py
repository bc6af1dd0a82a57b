"""PATCH of a list on the friendly mount: each row gets its own values, all of them or none."""

from __future__ import annotations

from typing import Any

from tests.service import Api


def test_each_row_gets_its_own_values(api: Api) -> None:
    answer = api.patch(
        "/drugs?select=id,price,stock&order=id",
        json=[{"id": 3, "price": 9.5, "stock": 1}, {"id": 1, "price": "2.25", "stock": None}],
    )
    assert answer.status_code == 400  # stock is not null
    assert api.get("/drugs/3?select=stock").json() == {"stock": 7}

    answer = api.patch(
        "/drugs?select=id,price,stock&order=id",
        json=[{"id": 3, "price": 9.5, "stock": 1}, {"id": 1, "price": "2.25", "stock": 4}],
    )
    assert (answer.status_code, answer.headers["content-range"]) == (200, "0-1/*")
    assert answer.json() == [
        {"id": 1, "price": 2.25, "stock": 4},
        {"id": 3, "price": 9.5, "stock": 1},
    ]
    assert api.get("/drugs/2?select=price,stock").json() == {"price": 4, "stock": 0}


def test_rows_are_told_apart_by_all_of_a_composite_key(api: Api) -> None:
    changes = [
        {"order_id": 1, "position": 2, "qty": 12},
        {"order_id": 2, "position": 1, "qty": 21},
    ]
    answer = api.patch("/lines", json=changes, headers={"Prefer": "return=minimal"})
    assert (answer.status_code, answer.content) == (204, b"")
    found = api.get("/lines?select=order_id,position,qty&order=order_id,position").json()
    assert found == [{"order_id": 1, "position": 1, "qty": 5}, *changes]


def test_nothing_is_changed_when_a_row_is_not_there(api: Api) -> None:
    for prefer in ("return=representation", "return=minimal"):
        answer = api.patch(
            "/drugs",
            json=[{"id": 1, "stock": 1}, {"id": 77, "stock": 2}, {"id": 88, "stock": 3}],
            headers={"Prefer": prefer},
        )
        error = answer.json()
        assert (answer.status_code, error["code"]) == (404, "AUTO154")
        assert error["details"].replace(", [", ",[") == "Keys without a row: [[77],[88]]"
        assert api.get("/drugs/1?select=stock").json() == {"stock": 100}


def test_a_key_given_twice_is_refused(api: Api) -> None:
    answer = api.patch("/drugs", json=[{"id": 1, "stock": 1}, {"id": 1, "stock": 2}])
    assert (answer.status_code, answer.json()["code"]) == (400, "AUTO155")
    assert api.get("/drugs/1?select=stock").json() == {"stock": 100}


def test_filters_narrow_which_rows_may_be_changed(api: Api) -> None:
    changes = [{"id": 1, "stock": 1}, {"id": 3, "stock": 2}]
    answer = api.patch("/drugs?active=is.true", json=changes)
    assert (answer.status_code, answer.json()["code"]) == (404, "AUTO154")
    assert "3" in answer.json()["details"]
    assert api.patch("/drugs?price=gt.1", json=changes).status_code == 200


def test_rows_must_have_the_same_keys_the_primary_one_among_them(api: Api) -> None:
    refused = [
        ([{"id": 1, "stock": 1}, {"id": 2, "price": 2}], "PGRST102"),
        ([{"id": 1}, {"id": 2}], "PGRST102"),
        ([{"stock": 1}, {"stock": 2}], "AUTO100"),
        ([{"id": 1, "colour": "red"}], "PGRST204"),
        ([{"id": "x", "stock": 1}], "22P02"),
    ]
    for body, code in refused:
        answer = api.patch("/drugs", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, code), body
    lonely = api.patch("/drugs", json=[{"id": None, "stock": 1}])
    assert (lonely.status_code, lonely.json()["code"]) == (404, "AUTO154")


def test_a_thousand_rows_are_one_request(api: Api) -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1000 + n, "name": f"D{n}", "stock": n} for n in range(1000)
    ]
    minimal = {"Prefer": "return=minimal"}
    assert api.post("/drugs", json=rows, headers=minimal).status_code == 201
    changes = [{"id": row["id"], "stock": row["stock"] + 1} for row in rows]
    assert api.patch("/drugs", json=changes, headers=minimal).status_code == 204
    found = api.get("/drugs?select=id,stock&id=gte.1000&order=id").json()
    assert found == changes


def test_the_strict_mount_takes_the_first_row_as_postgrest_does(api: Api) -> None:
    changes = [{"id": 1, "stock": 55}, {"id": 2, "stock": 66}]
    answer = api.patch("/rest/v1/drugs?id=eq.1", json=changes)
    assert answer.status_code == 204
    found = api.get("/drugs?select=id,stock&id=in.(1,2)&order=id").json()
    assert found == [{"id": 1, "stock": 55}, {"id": 2, "stock": 0}]
