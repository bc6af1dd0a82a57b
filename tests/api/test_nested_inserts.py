"""Parents with their children in one POST on the friendly mount, all of them or none."""

from __future__ import annotations

from typing import Any

from tests.service import Api


def counts(api: Api) -> dict[str, int]:
    """How many rows the tables have."""
    return {
        table: len(api.get(f"/{table}").json())
        for table in ("makers", "drugs", "orders", "lines", "people", "badges", "tags", "drug_tags")
    }


def test_a_parent_and_its_children_are_made_together(api: Api) -> None:
    answer = api.post(
        "/orders",
        json={"buyer_id": 1, "lines": [{"position": 1, "qty": 2}, {"position": 2, "drug_id": 3}]},
    )
    order = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/orders/{order['id']}"
    assert order == {
        "id": order["id"],
        "buyer_id": 1,
        "seller_id": None,
        "status": "open",
        "lines": [
            {"order_id": order["id"], "position": 1, "drug_id": None, "qty": 2},
            {"order_id": order["id"], "position": 2, "drug_id": 3, "qty": 1},
        ],
    }
    assert api.get(answer.headers["location"]).headers["etag"].strip('"') in answer.headers["etag"]


def test_select_says_what_is_shown_and_prefer_whether(api: Api) -> None:
    body = {"buyer_id": 1, "lines": [{"position": 1, "qty": 2}]}
    shown = api.post("/orders?select=status,lines(qty)", json=body)
    assert shown.json() == {"status": "open", "lines": [{"qty": 2}]}
    silent = api.post("/orders", json=body, headers={"Prefer": "return=minimal"})
    assert (silent.status_code, silent.content) == (201, b"")
    assert api.get(f"{silent.headers['location']}?select=lines(qty)").json() == {
        "lines": [{"qty": 2}]
    }


def test_what_a_row_refers_to_is_made_before_it(api: Api) -> None:
    answer = api.post(
        "/drugs?select=name,price,makers(name,country)",
        json={"name": "Delta", "price": 12.30, "makers": {"name": "New", "country": "NP"}},
    )
    assert answer.json() == {
        "name": "Delta",
        "price": 12.3,
        "makers": {"name": "New", "country": "NP"},
    }
    without = api.post("/drugs?select=maker_id", json={"name": "E", "makers": None, "maker_id": 2})
    assert without.status_code == 400


def test_rows_nest_several_levels_in_both_directions(api: Api) -> None:
    answer = api.post(
        "/makers?select=name,drugs(name,lines(qty,orders(status)))",
        json={
            "name": "Deep",
            "drugs": [
                {
                    "name": "One",
                    "lines": [
                        {"position": 1, "qty": 3, "orders": {"buyer_id": 2, "status": "paid"}},
                        {"position": 1, "qty": 4, "orders": {"buyer_id": 3, "status": "sent"}},
                    ],
                },
                {"name": "Two", "lines": []},
            ],
        },
    )
    assert answer.status_code == 201, answer.text
    assert answer.json() == {
        "name": "Deep",
        "drugs": [
            {
                "name": "One",
                "lines": [
                    {"qty": 3, "orders": {"status": "paid"}},
                    {"qty": 4, "orders": {"status": "sent"}},
                ],
            },
            {"name": "Two", "lines": []},
        ],
    }


def test_rows_of_a_third_table_join_both_sides(api: Api) -> None:
    answer = api.post(
        "/drugs?select=name,tags(label)",
        json={"name": "Tagged", "tags": [{"label": "new"}, {"label": "newer"}]},
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == "Tagged"
    assert sorted(each["label"] for each in answer.json()["tags"]) == ["new", "newer"]


def test_one_to_one_rows_are_objects_and_hints_tell_relations_apart(api: Api) -> None:
    person = api.post(
        "/people?select=name,badges(code)", json={"name": "D", "badges": {"code": "X"}}
    )
    assert person.json() == {"name": "D", "badges": {"code": "X"}}
    order = api.post(
        "/orders?select=status,buyer:people!orders_buyer_fkey(name)",
        json={"people!orders_buyer_fkey": {"name": "Eve"}},
    )
    assert order.json() == {"status": "open", "buyer": {"name": "Eve"}}
    ambiguous = api.post("/orders", json={"people": {"name": "Eve"}})
    assert (ambiguous.status_code, ambiguous.json()["code"]) == (300, "PGRST201")


def test_lists_of_parents_keep_their_children_apart(api: Api) -> None:
    body: list[dict[str, Any]] = [
        {"name": f"M{n}", "drugs": [{"name": f"M{n}-{m}"} for m in range(n)]} for n in range(5)
    ]
    body.append({"name": "Alone", "country": "IN"})
    answer = api.post("/makers?select=name,drugs(name)&drugs.order=id", json=body)
    assert answer.status_code == 201, answer.text
    found = {row["name"]: [each["name"] for each in row["drugs"]] for row in answer.json()}
    expected = {f"M{n}": [f"M{n}-{m}" for m in range(n)] for n in range(5)} | {"Alone": []}
    assert found == expected


def test_nothing_is_made_when_anything_is_refused(api: Api) -> None:
    before = counts(api)
    refused: list[tuple[str, Any, int, str]] = [
        ("/orders", {"buyer_id": 1, "lines": [{"position": 1, "drug_id": 999}]}, 409, "23503"),
        ("/orders", {"buyer_id": 1, "lines": [{"position": 1, "colour": 1}]}, 400, "PGRST204"),
        ("/orders", {"buyer_id": 1, "lines": [{"qty": "x", "position": 1}]}, 400, "22P02"),
        ("/orders", {"buyer_id": 1, "lines": {"position": 1}}, 400, "PGRST102"),
        ("/orders", {"buyer_id": 1, "lines": [{"position": 1, "order_id": 2}]}, 400, "PGRST102"),
        ("/orders", {"buyer_id": 1, "nothing": [{"position": 1}]}, 400, "PGRST200"),
        ("/orders", {"buyer_id": 1, "lines": [{"position": 1}], "colour": 1}, 400, "PGRST204"),
        (
            "/makers",
            {"name": "A", "drugs": [{"name": "x"}, {"name": "y", "price": -1}]},
            400,
            "23514",
        ),
    ]
    for path, body, status, code in refused:
        answer = api.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert counts(api) == before


def test_nesting_is_bounded(api: Api) -> None:
    body: dict[str, Any] = {"name": "leaf"}
    for _ in range(10):
        body = {"name": "parent", "boss_id": None, "people": [body]}
    answer = api.post("/people", json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("AUTO108", "PGRST102")


def test_the_strict_mount_and_plain_rows_are_as_they_were(api: Api) -> None:
    strict = api.post("/rest/v1/orders", json={"buyer_id": 1, "lines": [{"position": 1}]})
    assert strict.status_code == 400
    misspelt = api.post("/orders", json={"buyerid": 1})
    assert (misspelt.status_code, misspelt.json()["code"]) == (400, "PGRST204")
    merged = api.post(
        "/orders",
        json={"buyer_id": 1, "lines": []},
        headers={"Prefer": "resolution=merge-duplicates"},
    )
    assert (merged.status_code, merged.json()["code"]) == (400, "PGRST102")
