"""Columns that are hidden, read only, computed or filled in, and who may do what."""

from __future__ import annotations

import pytest

from tests.api.rows import query
from tests.rules.conftest import bearer
from tests.service import Api

SALES = bearer("sales", makers=[1], person=1)
ADMIN = bearer("admin", person=2)

both = pytest.mark.parametrize("mount", ["/rest/v1", ""])


@both
class TestHidden:
    def test_a_hidden_column_is_not_shown(self, ruled: Api, mount: str) -> None:
        assert "color" not in ruled.get(f"{mount}/drugs?limit=1", headers=SALES).json()[0]
        assert "color" in ruled.get(f"{mount}/drugs?limit=1", headers=ADMIN).json()[0]
        csv = ruled.get(f"{mount}/drugs", headers={**SALES, "Accept": "text/csv"})
        assert "color" not in csv.text.splitlines()[0]
        embedded = ruled.get(f"{mount}/makers?select=drugs(*)", headers=SALES)
        assert "color" not in embedded.text

    @pytest.mark.parametrize(
        "asked",
        [
            "select=color",
            "select=c:color",
            "select=color::text",
            "select=max:color.max()",
            "color=eq.red",
            "color=is.null",
            "or=(color.eq.red,id.eq.1)",
            "order=color",
            "select=drugs:maker_id,color",
        ],
    )
    def test_it_cannot_be_asked_for(self, ruled: Api, mount: str, asked: str) -> None:
        answer = ruled.get(f"{mount}/drugs?{asked}", headers=SALES)
        told = answer.json()
        assert answer.status_code in (400, 403), asked
        assert told["code"] in ("42703", "PGRST123"), asked
        assert "red" not in answer.text.replace("eq.red", "")

    def test_it_cannot_be_asked_for_in_an_embed(self, ruled: Api, mount: str) -> None:
        for asked in (
            "select=id,drugs(color)",
            "select=id,drugs(id)&drugs.color=eq.red",
            "select=id,drugs(id)&drugs.order=color",
            "select=id,...drugs(color)",
        ):
            answer = ruled.get(f"{mount}/makers?{asked}", headers=SALES)
            assert (answer.status_code, answer.json()["code"]) == (400, "42703"), asked

    def test_it_cannot_be_written(self, ruled: Api, mount: str) -> None:
        changed = ruled.patch(f"{mount}/drugs?id=eq.1", json={"color": "x"}, headers=SALES)
        assert (changed.status_code, changed.json()["code"]) == (400, "PGRST204")
        body = {"name": "x", "maker_id": 1, "color": "x"}
        made = ruled.post(f"{mount}/drugs", json=body, headers=SALES)
        assert (made.status_code, made.json()["code"]) == (400, "PGRST204")
        named = ruled.post(f"{mount}/drugs?columns=name,color", json=body, headers=SALES)
        assert named.status_code == 400
        upsert = {**SALES, "Prefer": "resolution=merge-duplicates"}
        by_it = ruled.post(f"{mount}/drugs?on_conflict=color", json={"name": "x"}, headers=upsert)
        assert by_it.status_code == 400

    def test_what_is_hidden_in_a_table_is_hidden_in_its_views(self, ruled: Api, mount: str) -> None:
        # Its rows come from a table with a scope, so the view has to have one of its own.
        answer = ruled.get(f"{mount}/cheap_drugs", headers=SALES)
        assert (answer.status_code, answer.json()["code"]) == (503, "AUTO122")

    def test_relations_over_it_are_not_there(self, ruled: Api, mount: str) -> None:
        answer = ruled.get(f"{mount}/people?select=id,boss:people(name)", headers=SALES)
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST200")


def test_no_document_tells_of_what_is_hidden_from_all(ruled: Api) -> None:
    document = ruled.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    people = schemas["People"]["properties"]
    assert "boss_id" not in people
    assert "name" in people
    assert "value" in schemas["Drugs"]["properties"]
    root = ruled.get("/rest/v1/", headers=SALES).json()["definitions"]
    assert "tags" not in root
    assert "boss_id" not in root["people"]["properties"]
    assert "color" not in root["drugs"]["properties"]


def test_an_error_of_the_database_shows_no_hidden_column(ruled: Api) -> None:
    answer = ruled.patch("/rest/v1/drugs?id=eq.1", json={"price": -1}, headers=SALES)
    assert answer.status_code == 400
    assert "red" not in answer.text


@both
class TestLocked:
    def test_a_locked_column_is_seen_and_not_written(self, ruled: Api, mount: str) -> None:
        assert ruled.get(f"{mount}/drugs?id=eq.1", headers=SALES).json()[0]["stock"] == 100
        for body in ({"stock": 5}, {"name": "x", "stock": 100}):
            answer = ruled.patch(f"{mount}/drugs?id=eq.1", json=body, headers=SALES)
            assert (answer.status_code, answer.json()["code"]) == (403, "AUTO123")
        made = ruled.post(
            f"{mount}/drugs", json={"name": "x", "maker_id": 1, "stock": 9}, headers=SALES
        )
        assert made.status_code == 403
        asked = {**ADMIN, "Prefer": "return=minimal"}
        by_admin = ruled.patch(f"{mount}/drugs?id=eq.1", json={"stock": 5}, headers=asked)
        assert by_admin.status_code == 204


@both
class TestComputed:
    def test_a_computed_column_is_read_like_any(self, ruled: Api, mount: str) -> None:
        answer = ruled.get(
            f"{mount}/drugs?select=id,value&value=gt.0&order=value.desc", headers=ADMIN
        )
        assert answer.json() == [
            {"id": 1, "value": 150.0},
            {"id": 3, "value": 140.0},
            {"id": 4, "value": 21.75},
        ]
        assert ruled.get(f"{mount}/drugs?id=eq.1", headers=ADMIN).json()[0]["value"] == 150
        embedded = ruled.get(f"{mount}/makers?select=drugs(value)&id=eq.2", headers=ADMIN)
        assert embedded.json() == [{"drugs": [{"value": 140.0}]}]

    def test_one_with_a_query_counts_all_rows(self, ruled: Api, mount: str) -> None:
        answer = ruled.get(f"{mount}/orders?select=id,line_count&order=id", headers=ADMIN)
        assert [row["line_count"] for row in answer.json()] == [2, 1, 0]

    def test_it_is_shown_with_written_rows_and_filters_them(self, ruled: Api, mount: str) -> None:
        asked = {**ADMIN, "Prefer": "return=representation"}
        answer = ruled.patch(
            f"{mount}/drugs?value=eq.140&select=id,value", json={"stock": 8}, headers=asked
        )
        assert answer.json() == [{"id": 3, "value": 160.0}]
        refused = ruled.patch(f"{mount}/drugs?id=eq.1", json={"value": 1}, headers=ADMIN)
        assert refused.status_code in (400, 403)


@both
class TestDefaults:
    def test_a_column_that_is_left_out_is_filled(self, ruled: Api, mount: str) -> None:
        asked = {**bearer("sales", person=1), "Prefer": "return=representation"}
        answer = ruled.post(
            f"{mount}/orders?select=status,seller_id", json={"buyer_id": 1}, headers=asked
        )
        shown = answer.json() if isinstance(answer.json(), list) else [answer.json()]
        assert (answer.status_code, shown) == (201, [{"status": "sent", "seller_id": 1}])
        several = [{"buyer_id": 1, "status": "paid"}, {"buyer_id": 1, "status": "open"}]
        answer = ruled.post(f"{mount}/orders?select=status,seller_id", json=several, headers=asked)
        assert answer.json() == [
            {"status": "paid", "seller_id": 1},
            {"status": "open", "seller_id": 1},
        ]

    def test_one_that_is_always_given_cannot_be_named(self, ruled: Api, mount: str) -> None:
        body = {"buyer_id": 1, "seller_id": 3}
        answer = ruled.post(f"{mount}/orders", json=body, headers=bearer("sales", person=1))
        assert (answer.status_code, answer.json()["code"]) == (403, "AUTO123")

    def test_it_is_given_at_each_change(self, ruled: Api, mount: str) -> None:
        changed = ruled.patch(f"{mount}/orders?id=eq.3", json={"status": "paid"}, headers=ADMIN)
        assert changed.status_code in (200, 204)
        assert query(ruled.url, "SELECT seller_id FROM orders WHERE id = 3") == [(2,)]


@both
class TestRights:
    def test_a_role_does_what_it_may(self, ruled: Api, mount: str) -> None:
        clerk = {**bearer("clerk"), "Prefer": "return=minimal"}
        assert ruled.get(f"{mount}/makers", headers=SALES).status_code == 200
        made = ruled.post(f"{mount}/makers", json={"name": "New"}, headers=clerk)
        assert made.status_code == 201
        for answer in (
            ruled.post(f"{mount}/makers", json={"name": "Other"}, headers=SALES),
            ruled.patch(f"{mount}/makers?id=eq.1", json={"name": "Other"}, headers=SALES),
            ruled.delete(f"{mount}/makers?id=eq.3", headers=SALES),
            ruled.get(f"{mount}/makers", headers=clerk),
            ruled.get(f"{mount}/drugs?select=id,makers(name)", headers=clerk),
            ruled.post(
                f"{mount}/makers",
                json={"id": 1, "name": "Other"},
                headers={**clerk, "Prefer": "resolution=merge-duplicates"},
            ),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "AUTO121"), answer.text
        stranger = ruled.get(f"{mount}/makers")
        assert (stranger.status_code, stranger.json()) == (
            401,
            {
                "code": "AUTO121",
                "message": "A stranger may not read 'makers'",
                "details": None,
                "hint": None,
            },
        )
        assert stranger.headers["www-authenticate"] == "Bearer"
        assert query(ruled.url, "SELECT count(*) FROM makers") == [(4,)]

    def test_a_concealed_table_is_not_there(self, ruled: Api, mount: str) -> None:
        gone = ruled.get(f"{mount}/tags", headers=SALES)
        assert (gone.status_code, gone.json()["code"]) == (404, "PGRST205")
        embedded = ruled.get(f"{mount}/drugs?select=id,tags(label)", headers=SALES)
        assert (embedded.status_code, embedded.json()["code"]) == (400, "PGRST200")
        assert ruled.get(f"{mount}/tags", headers=ADMIN).status_code == 200
