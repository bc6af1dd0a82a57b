"""A scope says which rows exist for a caller, on every way to the table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.rows import query
from tests.rules.conftest import bearer
from tests.service import Api

SALES = bearer("sales", makers=[1], person=1)
ADMIN = bearer("admin")


def names(answer: Any) -> list[str]:
    assert answer.status_code in (200, 206), answer.text
    return [row["name"] for row in answer.json()]


@pytest.mark.parametrize("mount", ["/rest/v1", ""])
class TestReads:
    def test_only_rows_in_scope_are_read(self, ruled: Api, mount: str) -> None:
        assert names(ruled.get(f"{mount}/drugs?order=id", headers=SALES)) == ["Alpha", "Beta"]
        assert len(ruled.get(f"{mount}/drugs", headers=ADMIN).json()) == 4
        assert ruled.get(f"{mount}/drugs").json() == []

    def test_the_claims_of_each_request_decide(self, ruled: Api, mount: str) -> None:
        for makers, wanted in (([2], ["Gamma"]), ([1, 2], ["Alpha", "Beta", "Gamma"]), ([], [])):
            asked = bearer("sales", makers=makers)
            assert names(ruled.get(f"{mount}/drugs?order=id", headers=asked)) == wanted

    def test_a_claim_of_another_kind_is_refused(self, ruled: Api, mount: str) -> None:
        for makers in ("1", ["x"], [True], [1.5], {"a": 1}):
            answer = ruled.get(f"{mount}/drugs", headers=bearer("sales", makers=makers))
            assert (answer.status_code, answer.json()["code"]) == (403, "AUTO124"), makers

    def test_embeds_show_what_is_in_scope(self, ruled: Api, mount: str) -> None:
        makers = ruled.get(f"{mount}/makers?select=id,drugs(name)&order=id", headers=SALES)
        assert makers.json() == [
            {"id": 1, "drugs": [{"name": "Alpha"}, {"name": "Beta"}]},
            {"id": 2, "drugs": []},
            {"id": 3, "drugs": []},
        ]
        lines = ruled.get(
            f"{mount}/lines?select=position,drugs(name)&order=position",
            headers=bearer("sales", makers=[2], person=1),
        )
        assert lines.json() == [{"position": 1, "drugs": None}, {"position": 2, "drugs": None}]
        inner = ruled.get(f"{mount}/makers?select=id,drugs!inner(id)", headers=SALES)
        assert [row["id"] for row in inner.json()] == [1]
        nested = ruled.get(
            f"{mount}/people?select=id,orders!orders_buyer_fkey(id,lines(qty,drugs(id)))&order=id",
            headers=SALES,
        )
        assert nested.json()[1] == {"id": 2, "orders": []}
        spread = ruled.get(f"{mount}/makers?select=id,...drugs(names:name)&order=id", headers=SALES)
        assert spread.json()[1] == {"id": 2, "names": []}

    def test_what_a_junction_leads_to_is_in_scope(self, ruled: Api, mount: str) -> None:
        asked = bearer("clerk", makers=[2])
        answer = ruled.get(f"{mount}/tags?select=id,drugs(name)&order=id", headers=asked)
        assert answer.json() == [{"id": each, "drugs": []} for each in (1, 2, 3)]
        through = ruled.get(f"{mount}/drugs?select=id,tags(label)", headers=asked)
        assert through.json() == [{"id": 3, "tags": []}]

    def test_null_tests_on_embeds_count_what_is_in_scope(self, ruled: Api, mount: str) -> None:
        with_drugs = ruled.get(f"{mount}/makers?select=id,drugs()&drugs=not.is.null", headers=SALES)
        assert [row["id"] for row in with_drugs.json()] == [1]
        without = ruled.get(
            f"{mount}/makers?select=id,drugs()&drugs=is.null&order=id", headers=SALES
        )
        assert [row["id"] for row in without.json()] == [2, 3]

    def test_counts_tell_of_nothing_else(self, ruled: Api, mount: str) -> None:
        answer = ruled.get(f"{mount}/drugs?limit=1", headers={**SALES, "Prefer": "count=exact"})
        assert answer.headers["content-range"] == "0-0/2"

    def test_aggregates_see_what_is_in_scope(self, ruled: Api, mount: str) -> None:
        del mount
        with_aggregates = ruled.get("/drugs?select=count(),stock.sum()", headers=SALES)
        if with_aggregates.status_code == 200:
            assert with_aggregates.json() == [{"count": 2, "sum": 100}]
        assert ruled.get("/drugs?select=count", headers=SALES).json() == [{"count": 2}]

    def test_filters_orders_and_pages_do_not_reach_further(self, ruled: Api, mount: str) -> None:
        for asked in (
            "id=eq.3",
            "or=(id.eq.3,id.gt.2)",
            "not.and=(id.lt.0)&id=gte.3",
            "name=like.G*",
            "offset=2",
            "order=stock.desc&offset=2",
        ):
            answer = ruled.get(f"{mount}/drugs?{asked}", headers=SALES)
            assert answer.json() == [], asked

    def test_csv_and_one_object_and_plans(self, ruled: Api, mount: str) -> None:
        csv = ruled.get(
            f"{mount}/drugs?select=name&order=id", headers={**SALES, "Accept": "text/csv"}
        )
        assert csv.text.split() == ["name", "Alpha", "Beta"]
        one = {**SALES, "Accept": "application/vnd.pgrst.object+json"}
        assert ruled.get(f"{mount}/drugs?id=eq.3", headers=one).status_code == 406


def test_an_item_out_of_scope_is_not_there(ruled: Api) -> None:
    assert ruled.get("/drugs/1", headers=SALES).status_code == 200
    assert (
        ruled.get("/drugs/3", headers=SALES).json()
        == ruled.get("/drugs/3", headers=bearer("sales", makers=[])).json()
    )
    assert ruled.get("/drugs/3", headers=SALES).status_code == 404


@pytest.mark.parametrize("mount", ["/rest/v1", ""])
class TestWrites:
    def test_what_is_out_of_scope_is_neither_changed_nor_removed(
        self, ruled: Api, mount: str
    ) -> None:
        before = query(ruled.url, "SELECT id, name FROM drugs ORDER BY id")
        body = {"name": "Mine"}
        changed = ruled.patch(f"{mount}/drugs?id=gt.2", json=body, headers=SALES)
        assert changed.status_code in (200, 204)
        removed = ruled.delete(f"{mount}/drugs?id=gt.2", headers=SALES)
        assert removed.status_code in (200, 204)
        assert query(ruled.url, "SELECT id, name FROM drugs ORDER BY id") == before

    def test_a_row_cannot_be_moved_out_of_scope(self, ruled: Api, mount: str) -> None:
        answer = ruled.patch(f"{mount}/drugs?id=eq.1", json={"maker_id": 2}, headers=SALES)
        assert (answer.status_code, answer.json()["code"]) == (403, "AUTO120")
        assert query(ruled.url, "SELECT maker_id FROM drugs WHERE id = 1") == [(1,)]
        kept = ruled.patch(f"{mount}/drugs?id=eq.1", json={"name": "A"}, headers=SALES)
        assert kept.status_code in (200, 204)

    def test_a_row_cannot_be_made_out_of_scope(self, ruled: Api, mount: str) -> None:
        for maker in (2, None):
            body = {"name": "New", "maker_id": maker}
            answer = ruled.post(f"{mount}/drugs", json=body, headers=SALES)
            assert (answer.status_code, answer.json()["code"]) == (403, "AUTO120")
        several = [{"name": "A", "maker_id": 1}, {"name": "B", "maker_id": 2}]
        answer = ruled.post(f"{mount}/drugs", json=several, headers=SALES)
        assert answer.status_code == 403
        assert query(ruled.url, "SELECT count(*) FROM drugs") == [(4,)]
        made = ruled.post(f"{mount}/drugs", json={"name": "C", "maker_id": 1}, headers=SALES)
        assert made.status_code == 201
        assert query(ruled.url, "SELECT count(*) FROM drugs") == [(5,)]

    def test_an_upsert_overwrites_nothing_out_of_scope(self, ruled: Api, mount: str) -> None:
        headers = {**SALES, "Prefer": "resolution=merge-duplicates"}
        rows = [{"id": 1, "name": "A", "maker_id": 1}, {"id": 3, "name": "B", "maker_id": 1}]
        answer = ruled.post(f"{mount}/drugs", json=rows, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "AUTO120")
        assert query(ruled.url, "SELECT name FROM drugs WHERE id IN (1, 3) ORDER BY id") == [
            ("Alpha",),
            ("Gamma",),
        ]
        fine = ruled.post(f"{mount}/drugs", json=rows[:1], headers=headers)
        assert fine.status_code in (200, 201)
        assert query(ruled.url, "SELECT name FROM drugs WHERE id = 1") == [("A",)]

    def test_ignored_duplicates_out_of_scope_are_not_shown(self, ruled: Api, mount: str) -> None:
        headers = {**SALES, "Prefer": "resolution=ignore-duplicates,return=representation"}
        rows = [{"id": 3, "name": "B", "maker_id": 1}]
        answer = ruled.post(f"{mount}/drugs?select=id", json=rows, headers=headers)
        assert (answer.status_code, answer.json()) == (201 if mount else 200, [])

    def test_a_put_cannot_take_a_row_over(self, ruled: Api, mount: str) -> None:
        body = {"id": 3, "name": "Mine", "price": 1, "active": True, "maker_id": 1, "added": None}
        path = f"{mount}/drugs?id=eq.3&columns=id,name,price,active,maker_id,added"
        answer = ruled.put(path, json=body, headers=SALES)
        assert answer.status_code in (400, 403), answer.text
        assert query(ruled.url, "SELECT name FROM drugs WHERE id = 3") == [("Gamma",)]

    def test_written_rows_show_embeds_in_scope(self, ruled: Api, mount: str) -> None:
        headers = {**bearer("sales", makers=[2], person=1), "Prefer": "return=representation"}
        body = {"order_id": 1, "position": 3, "drug_id": 1}
        answer = ruled.post(
            f"{mount}/lines?select=position,drugs(name)", json=body, headers=headers
        )
        shown = answer.json()
        shown = shown[0] if isinstance(shown, list) else shown
        assert (answer.status_code, shown) == (201, {"position": 3, "drugs": None})


def test_a_conflict_with_a_row_out_of_scope_tells_only_what_was_sent(ruled: Api) -> None:
    body = {"id": 3, "name": "x", "maker_id": 1}
    answer = ruled.post("/drugs", json=body, headers=SALES)
    assert answer.status_code == 409
    assert "Gamma" not in answer.text
