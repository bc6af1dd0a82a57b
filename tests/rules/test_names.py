"""Columns and tables by other names than the database's, on every way to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.rows import execute, query
from tests.rules import name_rules
from tests.rules.conftest import bearer
from tests.service import Api, running

PARTNER = bearer("partner", person=1)
ADMIN = bearer("admin")
FULL = {"Prefer": "return=representation"}
ALPHA = {
    "nr": 1,
    "name": "Alpha",
    "cost": 1.5,
    "color": 100,
    "active": True,
    "made_by": 1,
    "added": "2026-01-05",
    "more": {"form": "tablet", "sizes": [1, 2], "deep": {"a": {"b": 7}}},
    "value": 150,
}
STORED = ("price", "maker_id", "stock", "extra", "drugs", "id=")
both = pytest.mark.parametrize("mount", ["/rest/v1", ""])


@pytest.fixture
def named(shop_url: str) -> Iterator[Api]:
    """The shop under other names; strangers may read."""
    name_rules.SEEN.clear()
    with running(
        shop_url, anonymous="read", overrides="tests.rules.name_rules", db_aggregates_enabled=True
    ) as service:
        yield service


def answered(answer: httpx.Response, status: int = 200) -> Any:
    """The body of an answer with this status."""
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal, which tells no name of the database's."""
    words = re.sub(r'constraint \\"[^"]*"', "", answer.text)  # whose own name is one
    assert not [name for name in ("price", "maker_id", "stock", "drugs") if name in words], words
    return answer.status_code, answer.json()["code"]


@both
class TestReading:
    def test_rows_have_the_new_names(self, named: Api, mount: str) -> None:
        (row,) = answered(named.get(f"{mount}/medicines?nr=eq.1", headers=PARTNER))
        del row["seen"]
        assert row == ALPHA
        chosen = "select=n:nr,cost::text,form:more->>form&order=cost.desc,nr"
        rows = answered(named.get(f"{mount}/medicines?{chosen}", headers=PARTNER))
        assert rows[-1] == {"n": 1, "cost": rows[-1]["cost"], "form": "tablet"}
        assert [row["n"] for row in rows] == [4, 2, 1]  # what is dear is out of scope

    def test_filters_and_orders_take_them(self, named: Api, mount: str) -> None:
        for given, found in (
            ("cost=gt.2&order=nr", [2, 4]),
            ("made_by=is.null", [4]),
            ("or=(cost.lt.2,and(color.eq.3,made_by.is.null))&order=nr", [1, 4]),
            ("more->>form=eq.syrup", [2]),
            ("value=gte.100", [1]),
            ("order=color.desc&limit=1", [1]),
        ):
            answer = named.get(f"{mount}/medicines?select=nr&{given}", headers=PARTNER)
            assert [row["nr"] for row in answered(answer)] == found, given

    def test_the_database_s_names_do_not_exist(self, named: Api, mount: str) -> None:
        for given in (
            "select=price",
            "select=x:price",
            "select=id",
            "price=gt.1",
            "order=maker_id",
            "or=(stock.eq.1,nr.eq.1)",
            "select=nr,extra->form",
            "select=extra",
            "select=seen,price::text",
        ):
            answer = named.get(f"{mount}/medicines?{given}", headers=PARTNER)
            assert (answer.status_code, answer.json()["code"]) == (400, "42703"), given
        gone = named.get(f"{mount}/drugs", headers=PARTNER)
        assert (gone.status_code, gone.json()["code"]) == (404, "PGRST205")
        assert "medicines" not in gone.json()["message"]
        near = named.get(f"{mount}/medicines?select=csot", headers=PARTNER)
        assert "price" not in near.text

    def test_others_know_the_database_s_names(self, named: Api, mount: str) -> None:
        (row,) = answered(named.get(f"{mount}/drugs?id=eq.1", headers=ADMIN))
        assert (row["id"], row["price"], row["color"]) == (1, 1.5, "red")
        assert named.get(f"{mount}/medicines", headers=ADMIN).status_code == 404
        (stranger,) = answered(named.get(f"{mount}/drugs?id=eq.1"))
        assert stranger["price"] == 1.5
        assert "color" not in stranger

    def test_relations_are_found_by_them(self, named: Api, mount: str) -> None:
        asked = f"{mount}/makers?select=id,medicines(nr,cost,tags(label))&id=eq.1"
        (maker,) = answered(named.get(f"{asked}&medicines.order=cost.desc", headers=PARTNER))
        assert [each["nr"] for each in maker["medicines"]] == [2, 1]
        assert {each["label"] for each in maker["medicines"][1]["tags"]} == {"cold", "rx"}
        for relation, found in (
            ("makers(name)", {"makers": {"name": "Sahyadri Lifecare"}}),
            ("made_by(name)", {"made_by": {"name": "Sahyadri Lifecare"}}),
            ("makers!made_by(name)", {"makers": {"name": "Sahyadri Lifecare"}}),
            ("...makers(maker:name)", {"maker": "Sahyadri Lifecare"}),
        ):
            answer = named.get(f"{mount}/medicines?nr=eq.1&select={relation}", headers=PARTNER)
            assert answered(answer) == [found], relation
        inner = f"{mount}/makers?select=id,medicines!inner()&medicines.cost=gt.3"
        assert answered(named.get(inner, headers=PARTNER))[0]["id"] == 1
        for relation in ("drugs(id)", "drugs(nr)"):
            answer = named.get(f"{mount}/makers?select={relation}", headers=PARTNER)
            assert (answer.status_code, answer.json()["code"]) == (400, "PGRST200")

    def test_counts_aggregates_and_formats(self, named: Api, mount: str) -> None:
        asked = "select=made_by,cost.sum(),nr.count()&order=made_by"
        rows = answered(named.get(f"{mount}/medicines?{asked}", headers=PARTNER))
        assert rows == [
            {"made_by": 1, "sum": 5.5, "count": 2},
            {"made_by": None, "sum": 7.25, "count": 1},
        ]
        counted = named.get(
            f"{mount}/medicines?select=nr&cost=lt.5",
            headers={**PARTNER, "Prefer": "count=exact"},
        )
        assert counted.headers["content-range"] == "0-1/2"
        table = named.get(
            f"{mount}/medicines?select=nr,cost,color&nr=eq.1",
            headers={**PARTNER, "Accept": "text/csv"},
        )
        assert table.text.splitlines()[:1] == ["nr,cost,color"]

    def test_one_name_may_take_the_place_of_another(self, named: Api, mount: str) -> None:
        asked = f"{mount}/orders?select=id,buyer_id,seller_id&order=id"
        assert answered(named.get(asked, headers=ADMIN))[:2] == [
            {"id": 1, "buyer_id": 2, "seller_id": 1},
            {"id": 2, "buyer_id": 3, "seller_id": 2},
        ]
        assert [row["id"] for row in answered(named.get(asked, headers=PARTNER))] == [1, 3]
        filtered = named.get(f"{mount}/orders?select=id&seller_id=eq.2", headers=ADMIN)
        assert answered(filtered) == [{"id": 2}]
        people = named.get(f"{mount}/persons?select=name&id=eq.1")
        assert answered(people) == [{"name": "Asha"}]
        assert named.get(f"{mount}/people").status_code == 404
        assert "password_hash" not in answered(named.get(f"{mount}/persons?id=eq.1"))[0]


@both
class TestWriting:
    def test_rows_are_written_by_them(self, named: Api, mount: str) -> None:
        body = [{"name": " New ", "cost": 7, "made_by": 2}, {"name": "Other", "cost": 2}]
        asked = f"{mount}/medicines?select=name,cost,color,made_by&columns=name,cost,made_by"
        made = answered(named.post(asked, json=body, headers={**PARTNER, **FULL}), 201)
        assert made == [
            {"name": "New", "cost": 8, "color": 3, "made_by": 2},
            {"name": "Other", "cost": 2, "color": 3, "made_by": None},
        ]
        stored = "SELECT price, stock, color, maker_id FROM drugs WHERE name IN ('New', 'Other')"
        assert [tuple(map(str, row)) for row in query(named.url, f"{stored} ORDER BY name")] == [
            ("8.00" if named.dialect == "postgresql" else "8", "3", "tidied", "2"),
            ("2.00" if named.dialect == "postgresql" else "2", "3", "white", "None"),
        ]
        assert {each for each, _, _ in name_rules.SEEN} == {"drugs insert"}
        assert sorted(float(str(price)) for _, _, price in name_rules.SEEN) == [2, 8]

    def test_changes_upserts_and_deletes(self, named: Api, mount: str) -> None:
        changed = named.patch(
            f"{mount}/medicines?nr=eq.1&select=nr,cost,color",
            json={"cost": 7, "color": 5},
            headers={**PARTNER, **FULL},
        )
        assert answered(changed) == [{"nr": 1, "cost": 8, "color": 5}]
        merged = named.post(
            f"{mount}/medicines?on_conflict=nr&select=nr,name,cost&order=nr",
            json=[{"nr": 1, "name": "A", "cost": 3}, {"nr": 50, "name": "B", "cost": 4}],
            headers={**PARTNER, "Prefer": "resolution=merge-duplicates,return=representation"},
        )
        rows = [{"nr": 1, "name": "A", "cost": 3}, {"nr": 50, "name": "B", "cost": 4}]
        assert merged.json() == rows
        put = named.put(
            f"{mount}/medicines?nr=eq.50&select=nr,name,cost",
            json={"nr": 50, "name": "C", "cost": 5},
            headers={**PARTNER, **FULL},
        )
        shown = put.json()
        assert (shown if isinstance(shown, dict) else shown[0])["name"] == "C"
        gone = named.delete(f"{mount}/medicines?cost=eq.5", headers={**PARTNER, **FULL})
        assert [row["nr"] for row in answered(gone)] == [50]
        assert query(named.url, "SELECT name, stock FROM drugs WHERE id = 1") == [("A", 5)]

    def test_csv_and_lacking_keys(self, named: Api, mount: str) -> None:
        headers = {**PARTNER, "Content-Type": "text/csv", **FULL}
        made = named.post(
            f"{mount}/medicines?select=name,cost", content="name,cost\nX,2\nY,3", headers=headers
        )
        assert [row["cost"] for row in answered(made, 201)] == [2, 3]
        defaults = {**PARTNER, "Prefer": "missing=default,return=representation"}
        body = [{"name": "P", "cost": 1}, {"name": "Q"}]
        asked = f"{mount}/medicines?select=name,cost&columns=name,cost,nr"
        rows = answered(named.post(asked, json=body, headers=defaults), 201)
        assert rows == [{"name": "P", "cost": 1}, {"name": "Q", "cost": 0}]
        asked = f"{mount}/medicines?select=name,color&columns=name,color"
        rows = answered(named.post(asked, json=[{"name": "R"}], headers=defaults), 201)
        assert rows == [{"name": "R", "color": 3}]  # a rule's default before the database's

    def test_the_database_s_names_cannot_be_written(self, named: Api, mount: str) -> None:
        for body in ({"price": 2, "name": "n"}, {"id": 9, "name": "n"}, {"maker_id": 1}):
            for answer in (
                named.post(f"{mount}/medicines", json=body, headers=PARTNER),
                named.patch(f"{mount}/medicines?nr=eq.1", json=body, headers=PARTNER),
            ):
                assert (answer.status_code, answer.json()["code"]) == (400, "PGRST204"), body
        merge = {**PARTNER, "Prefer": "resolution=merge-duplicates"}
        answer = named.post(
            f"{mount}/medicines?on_conflict=id", json={"nr": 1, "name": "x"}, headers=merge
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "42703")
        hidden = named.post(
            f"{mount}/drugs?on_conflict=color",
            json={"id": 1, "name": "x"},
            headers={**bearer("sales"), "Prefer": "resolution=merge-duplicates"},
        )
        assert (hidden.status_code, hidden.json()["code"]) == (400, "42703")

    def test_faults_and_refusals_speak_of_them(self, named: Api, mount: str) -> None:
        two = [{"name": "ok", "cost": 1}, {"name": "dear", "cost": 9.5}]
        refused = named.post(f"{mount}/medicines", json=two, headers=PARTNER)
        assert code(refused) == (422, "AUTO125")
        (fault,) = refused.json()["details"]
        assert (fault["row"], fault["field"]) == (1, "cost")
        locked = named.patch(f"{mount}/medicines?nr=eq.1", json={"active": False}, headers=PARTNER)
        assert code(locked) == (403, "AUTO123")
        for body, refusal in (
            ({"name": "n", "cost": None}, (400, "23502")),
            ({"name": "n", "cost": -1}, (400, "23514")),
            ({"name": "n", "cost": 1, "nr": 1}, (409, "23505")),
            ({"name": "n", "cost": 1, "made_by": 99}, (409, "23503")),
            ({"name": "n", "cost": "much"}, (400, "22P02")),
        ):
            answer = named.post(f"{mount}/medicines", json=body, headers=PARTNER)
            assert code(answer) == refusal, answer.text


class TestFriendly:
    def test_items_their_tags_and_lists_of_changes(self, named: Api) -> None:
        item = named.get("/medicines/1?select=nr,cost", headers=PARTNER)
        assert answered(item) == {"nr": 1, "cost": 1.5}
        tag = item.headers["etag"]
        known = {**PARTNER, "If-None-Match": tag}
        assert named.get("/medicines/1?select=nr,cost", headers=known).status_code == 304
        held = {**PARTNER, "If-Match": tag}
        changed = named.patch("/medicines/1?select=nr,cost", json={"cost": 2}, headers=held)
        assert answered(changed) == {"nr": 1, "cost": 2}
        assert named.patch("/medicines/1", json={"cost": 3}, headers=held).status_code == 412
        listed = named.patch(
            "/medicines?select=nr,cost&order=nr",
            json=[{"nr": 1, "cost": 4}, {"nr": 2, "cost": 7}],
            headers=PARTNER,
        )
        assert answered(listed) == [{"nr": 1, "cost": 4}, {"nr": 2, "cost": 8}]
        missing = named.patch("/medicines", json=[{"nr": 99, "cost": 4}], headers=PARTNER)
        assert missing.json()["details"][0] == {"nr": 99} or "99" in missing.text
        made = named.put(
            "/medicines/60?select=nr,cost", json={"name": "P", "cost": 1}, headers=PARTNER
        )
        assert answered(made, 201) == {"nr": 60, "cost": 1}
        posted = named.post("/medicines", json={"name": "L", "cost": 1}, headers=PARTNER)
        assert posted.headers["location"] == f"/medicines/{posted.json()['nr']}"
        assert named.delete("/medicines/60", headers=PARTNER).status_code == 200
        assert named.get("/drugs/1", headers=PARTNER).status_code == 404

    def test_batches_and_nested_rows(self, named: Api) -> None:
        nested = {"name": "M", "medicines": [{"name": "one", "cost": 2}, {"name": "two"}]}
        made = named.post("/makers?select=name,medicines(name,cost)", json=nested, headers=PARTNER)
        found = answered(made, 201)
        assert sorted(each["name"] for each in found["medicines"]) == ["one", "two"]
        operations = [
            {"method": "POST", "path": "/medicines", "id": "m", "body": {"name": "b", "cost": 3}},
            {
                "method": "PATCH",
                "path": "/medicines/{m.nr}",
                "body": {"cost": 4},
                "headers": {"Prefer": "return=minimal"},
            },
        ]
        told = answered(named.post("/batch", json=operations, headers=PARTNER))
        assert [each["status"] for each in told] == [201, 204]
        assert query(named.url, "SELECT count(*) FROM drugs WHERE price = 4 AND name = 'b'") == [
            (1,)
        ]

    def test_an_action_is_below_the_name_that_the_caller_knows(self, named: Api) -> None:
        done = named.post("/medicines/1/restock", headers=PARTNER)
        assert answered(done) == {"table": "drugs", "stock": 101}
        assert answered(named.post("/drugs/1/restock", headers=ADMIN))["stock"] == 102
        assert named.post("/drugs/1/restock", headers=PARTNER).status_code == 404
        assert named.post("/medicines/1/restock", headers=ADMIN).status_code == 404
        dear = named.post("/medicines/3/restock", headers=PARTNER)
        assert code(dear) == (404, "AUTO104")


def test_the_documents_know_what_everybody_does(named: Api) -> None:
    paths = named.get("/openapi.json").json()["paths"]
    assert "/persons" in paths
    assert "/people" not in paths
    assert "/drugs" in paths
    own = answered(named.get("/rest/v1/", headers=PARTNER))
    assert "cost" in own["definitions"]["medicines"]["properties"]
    assert "drugs" not in own["definitions"]
    assert not {"price", "maker_id"} & own["definitions"]["medicines"]["properties"].keys()
    assert own["definitions"]["drug_tags"]["properties"]["drug_id"]["description"].endswith(
        "<fk table='medicines' column='nr'/>"
    )


def test_a_column_that_is_gone_closes_its_table(named: Api) -> None:
    execute(named.url, "ALTER TABLE orders RENAME COLUMN seller_id TO sold_by")
    named.application.service.put_in_place(named.application.service.read_catalogue())
    for mount in ("", "/rest/v1"):
        for answer in (
            named.get(f"{mount}/orders", headers=ADMIN),
            named.post(f"{mount}/orders", json={"id": 9}, headers=ADMIN),
            named.get(f"{mount}/lines?select=orders(id)", headers=ADMIN),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "AUTO122")
        assert named.get(f"{mount}/makers", headers=ADMIN).status_code == 200
