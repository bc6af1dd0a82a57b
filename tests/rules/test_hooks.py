"""Rules in Python: checks, what is done before and after, in the transaction of the write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.api.rows import query
from tests.rules import hook_rules
from tests.rules.conftest import bearer
from tests.service import Api, running

SALES = bearer("sales")
ADMIN = bearer("admin")
both = pytest.mark.parametrize("mount", ["/rest/v1", ""])


@pytest.fixture
def hooked(shop_url: str) -> Iterator[Api]:
    """The shop with rules in Python."""
    hook_rules.DONE.clear()
    with running(shop_url, anonymous="read", overrides="tests.rules.hook_rules") as service:
        yield service


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def count(api: Api, table: str) -> int:
    found: int = query(api.url, f"SELECT count(*) FROM {table}")[0][0]
    return found


def old_price(api: Api) -> str:
    """How the price of the first drug is written; SQLite knows no scale."""
    return "1.5" if api.dialect == "sqlite" else "1.50"


@both
class TestChecks:
    def test_all_faults_of_all_rows_are_told_together(self, hooked: Api, mount: str) -> None:
        body = [
            {"name": "fine", "price": 1},
            {"name": "much too long", "price": 100.5},
            {"name": "dear", "price": "250"},
        ]
        answer = hooked.post(f"{mount}/drugs", json=body, headers=SALES)
        assert answer.status_code == 422
        assert answer.json() == {
            "code": "AUTO125",
            "message": "3 faults in what 'drugs' was given",
            "details": [
                {"row": 1, "field": "name", "message": "is too long"},
                {"row": 1, "field": "price", "message": "must be below 100, not 100.5"},
                {"row": 2, "field": "price", "message": "must be below 100, not 250"},
            ],
            "hint": "Nothing was changed",
        }
        assert count(hooked, "drugs") == 4

    def test_a_change_is_seen_with_what_was_there(self, hooked: Api, mount: str) -> None:
        answer = hooked.patch(f"{mount}/drugs?id=lt.3", json={"price": 5}, headers=SALES)
        assert (answer.status_code, answer.json()["details"]) == (
            422,
            [{"row": 0, "field": "price", "message": f"5 is more than twice {old_price(hooked)}"}],
        )
        fine = hooked.patch(f"{mount}/drugs?id=eq.2", json={"price": 5}, headers=SALES)
        assert fine.status_code in (200, 204)

    def test_an_upsert_is_an_insert_of_some_and_an_update_of_others(
        self, hooked: Api, mount: str
    ) -> None:
        headers = {**SALES, "Prefer": "resolution=merge-duplicates"}
        body = [{"id": 50, "name": "New", "price": 50}, {"id": 1, "name": "Old", "price": 50}]
        answer = hooked.post(f"{mount}/drugs", json=body, headers=headers)
        assert (answer.status_code, answer.json()["details"]) == (
            422,
            [{"row": 1, "field": "price", "message": f"50 is more than twice {old_price(hooked)}"}],
        )
        body[1]["price"] = 3
        assert hooked.post(f"{mount}/drugs", json=body, headers=headers).status_code in (200, 201)
        assert [row for row in query(hooked.url, "SELECT body FROM notes") if row[0]][2:] == [
            ("sales:50:New",)
        ]

    def test_a_rule_refuses_in_its_own_words(self, hooked: Api, mount: str) -> None:
        answer = hooked.delete(f"{mount}/drugs?id=eq.1", headers=SALES)
        assert (answer.status_code, answer.json()) == (
            409,
            {
                "code": "ordered",
                "message": "2 lines name it",
                "details": None,
                "hint": "Set it inactive",
            },
        )
        hooked.delete(f"{mount}/drug_tags?drug_id=gt.0", headers=SALES)
        assert hooked.delete(f"{mount}/drugs?id=eq.4", headers=SALES).status_code in (200, 204)
        assert count(hooked, "drugs") == 3

    def test_csv_and_forms_are_checked_too(self, hooked: Api, mount: str) -> None:
        csv = {**SALES, "Content-Type": "text/csv"}
        answer = hooked.post(f"{mount}/drugs", content="name,price\nx,500\n", headers=csv)
        assert answer.status_code == 422
        form = hooked.post(f"{mount}/drugs", data={"name": "x", "price": "500"}, headers=SALES)
        assert form.status_code == 422
        named = hooked.post(
            f"{mount}/drugs?columns=name,price",
            json=[{"name": "x", "price": 500, "z": 1}],
            headers=SALES,
        )
        assert named.status_code == 422

    def test_what_the_database_cannot_read_it_says_itself(self, hooked: Api, mount: str) -> None:
        answer = hooked.post(f"{mount}/drugs", json={"name": "x", "price": "dear"}, headers=SALES)
        assert (answer.status_code, answer.json()["code"]) == (400, "22P02")


@both
class TestBefore:
    def test_rows_are_changed_on_their_way(self, hooked: Api, mount: str) -> None:
        headers = {**SALES, "Prefer": "return=representation"}
        body = [{"name": " a ", "price": 1}, {"name": "b", "price": 2}]
        answer = hooked.post(
            f"{mount}/drugs?select=name,price&order=name", json=body, headers=headers
        )
        assert (answer.status_code, answer.json()) == (
            201,
            [{"name": "a", "price": 1.0}, {"name": "b", "price": 2.0}],
        )
        # The column is hidden from who asks, and the rule may write it all the same.
        assert query(hooked.url, "SELECT color FROM drugs WHERE id > 4") == [
            ("tidied",),
            ("tidied",),
        ]

    def test_what_a_rule_writes_in_one_row_is_the_default_in_others(
        self, hooked: Api, mount: str
    ) -> None:
        asked = f"{mount}/drugs?select=name,active,stock&order=name"
        body = [{"name": "asleep"}, {"name": "awake"}]
        headers = {**ADMIN, "Prefer": "return=representation"}
        made = hooked.post(asked, json=body, headers=headers)
        assert (made.status_code, made.json()) == (
            201,
            [
                {"name": "asleep", "active": False, "stock": 0},
                {"name": "awake", "active": True, "stock": 0},
            ],
        )
        rows = [{"id": 2, "name": "asleep"}, {"id": 3, "name": "c"}, {"id": 90, "name": "d"}]
        headers["Prefer"] = "return=representation,resolution=merge-duplicates"
        merged = hooked.post(f"{asked}&columns=id,name", json=rows, headers=headers)
        assert [row["active"] for row in merged.json()] == [False, False, True]
        lacking = [{"name": "asleep", "price": 3}, {"name": "other"}]
        headers["Prefer"] = "return=representation"
        refused = hooked.post(f"{asked}&columns=name,price", json=lacking, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (400, "23502")  # as without rules

    def test_what_differs_from_row_to_row_is_written_row_by_row(
        self, hooked: Api, mount: str
    ) -> None:
        headers = {**ADMIN, "Prefer": "return=representation"}
        answer = hooked.patch(
            f"{mount}/makers?id=lt.3&select=id,name,country&order=id",
            json={"country": "Z"},
            headers=headers,
        )
        assert answer.status_code == 200, answer.text
        assert query(hooked.url, "SELECT id, country FROM makers ORDER BY id") == [
            (1, "C1"),
            (2, "C2"),
            (3, None),
        ]


@both
class TestAfter:
    def test_it_sees_what_was_written_and_writes_with_it(self, hooked: Api, mount: str) -> None:
        made = hooked.post(f"{mount}/drugs", json={"name": "x"}, headers=SALES)
        assert made.status_code == 201
        (identity,) = query(hooked.url, "SELECT max(id) FROM drugs")[0]
        assert (f"sales:{identity}:x",) in query(hooked.url, "SELECT body FROM notes")
        until(lambda: hook_rules.DONE == ["x"])

    def test_one_that_fails_undoes_all_and_tells_nothing(self, hooked: Api, mount: str) -> None:
        notes, drugs = count(hooked, "notes"), count(hooked, "drugs")
        answer = hooked.post(f"{mount}/drugs", json={"name": "explode"}, headers=SALES)
        assert answer.status_code == 500
        assert answer.json() == {
            "code": "AUTO126",
            "message": "The rule 'tests.rules.hook_rules.each_drug_has_a_note' failed",
            "details": None,
            "hint": "Nothing was changed; the log says why",
        }
        assert (count(hooked, "notes"), count(hooked, "drugs")) == (notes, drugs)
        time.sleep(0.05)
        assert hook_rules.DONE == []

    def test_old_and_new_stand_side_by_side(self, hooked: Api, mount: str) -> None:
        changed = hooked.patch(f"{mount}/orders?id=gt.0", json={"status": "paid"}, headers=SALES)
        assert changed.status_code in (200, 204)
        until(lambda: hook_rules.DONE == ["paid 1"])


def test_a_rule_sees_which_relations_come_in_the_same_body(hooked: Api) -> None:
    for body, told in (
        ({"buyer_id": 1, "lines": [{"position": 1, "qty": 2}]}, "with lines"),
        ({"buyer_id": 1}, "with nothing"),
    ):
        hook_rules.DONE.clear()
        assert hooked.post("/orders", json=body, headers=SALES).status_code == 201
        until(lambda told=told: [told] == hook_rules.DONE)  # type: ignore[misc]
