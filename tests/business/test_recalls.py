"""Recalls: a batch is blocked, what was set aside is freed, every unit is traced (rules 5, 20)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.business.warehouse import DOORS, Warehouse, refusal


def recall(warehouse: Warehouse, batch: int, door: str | None, kind: str = "I") -> Any:
    """Call a batch back by its action, or by the table of recalls through a door."""
    notice = {"class": kind, "notice_no": f"N-{batch}"}
    if door is None:
        return warehouse.asha.ask("POST", f"/batches/{batch}/recall", notice)
    return warehouse.asha.ask(
        "POST",
        f"{door}/recalls",
        notice | {"batch_id": batch},
        Prefer="return=representation",
    )


def number_of(answer: Any) -> int:
    """The id of a recall that was made."""
    made = answer.json()
    return int((made[0] if isinstance(made, list) else made)["id"])


@pytest.mark.parametrize("door", [None, *DOORS])
def test_rule_5_a_recall_blocks_the_batch_and_frees_what_is_set_aside(
    warehouse: Warehouse, door: str | None
) -> None:
    batch, other = warehouse.batch(100), warehouse.batch(100)
    order, _ = warehouse.order(batch, 30, warehouse.customer())
    kept, _ = warehouse.order(other, 30, warehouse.customer())

    answer = recall(warehouse, batch, door)

    assert answer.status_code in (200, 201), answer.text
    if door is None:
        assert answer.json()["orders_freed"] == [order]
    assert warehouse.rows(f"SELECT status FROM batches WHERE id = {batch}") == [("recalled",)]
    assert (warehouse.held(batch), warehouse.held(other)) == ((100, 0), (100, 30))
    assert warehouse.rows(
        f"SELECT status FROM orders WHERE id IN ({order}, {kept}) ORDER BY id"
    ) == [("confirmed",), ("allocated",)]


@pytest.mark.parametrize("door", [None, *DOORS])
def test_rule_5_a_batch_is_recalled_once(warehouse: Warehouse, door: str | None) -> None:
    batch = warehouse.batch(10)
    assert recall(warehouse, batch, None).status_code == 200

    answer = recall(warehouse, batch, door)

    assert refusal(answer) == (409, "bad_transition")
    assert len(warehouse.asha.get(f"/recalls?batch_id=eq.{batch}")) == 1


@pytest.mark.parametrize("door", DOORS)
def test_rule_5_a_status_alone_is_no_recall_and_takes_none_back(
    warehouse: Warehouse, door: str
) -> None:
    batch = warehouse.batch(10)
    path = f"{door}/batches?id=eq.{batch}"

    by_hand = warehouse.chief.ask("PATCH", path, {"status": "recalled"})
    recall(warehouse, batch, None)
    back = warehouse.chief.ask("PATCH", path, {"status": "saleable"})

    assert refusal(by_hand) == (422, "recall_needed")
    assert refusal(back) == (409, "bad_transition")


@pytest.mark.parametrize("door", DOORS)
def test_rule_5_a_recalled_batch_is_not_sold_by_hand(warehouse: Warehouse, door: str) -> None:
    batch = warehouse.batch(10)
    recall(warehouse, batch, None)

    answer = warehouse.chief.ask(
        "POST", f"{door}/stock_moves", warehouse.move_row(batch, -1, "sale")
    )

    assert refusal(answer) == (423, "batch_recalled")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_recall_stands(warehouse: Warehouse, door: str, method: str) -> None:
    number = number_of(recall(warehouse, warehouse.batch(10), None))

    answer = warehouse.chief.ask(method, f"{door}/recalls?id=eq.{number}", {"notice_no": "other"})

    assert refusal(answer) == (403, "append_only")


def test_a_recall_sent_again_with_its_key_is_answered_the_same(warehouse: Warehouse) -> None:
    batch = warehouse.batch(10)
    path, notice = f"/batches/{batch}/recall", {"class": "I", "notice_no": "N-again"}

    def send(**others: str) -> Any:
        key = f"recall-{batch}"
        return warehouse.asha.ask("POST", path, notice | others, Idempotency_Key=key)

    first, again, other = send(), send(), send(reason="leaks")

    assert first.status_code == 200, first.text
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert refusal(other) == (422, "AUTO159")
    assert len(warehouse.asha.get(f"/recalls?batch_id=eq.{batch}")) == 1


def test_there_is_no_recall_of_no_batch(warehouse: Warehouse) -> None:
    assert refusal(recall(warehouse, 999_999, None)) == (404, "AUTO104")


def test_a_recall_is_of_a_class_by_a_notice(warehouse: Warehouse) -> None:
    batch = warehouse.batch(10)

    for notice in ({"class": "IV", "notice_no": "N"}, {"class": "I", "notice_no": ""}, {}):
        answer = warehouse.asha.ask("POST", f"/batches/{batch}/recall", notice)
        assert answer.status_code == 400, answer.text
    clerk = type(warehouse.asha)(warehouse.api, "kiran", "sales")
    notice = {"class": "I", "notice_no": "N"}
    assert refusal(clerk.ask("POST", f"/batches/{batch}/recall", notice)) == (403, "AUTO121")
    assert warehouse.api.post(f"/batches/{batch}/recall", json=notice).status_code == 401


def test_rule_20_every_unit_of_a_recalled_batch_is_traced(warehouse: Warehouse) -> None:
    batch = warehouse.batch(200)
    near, far = warehouse.customer(), warehouse.customer("hospital")
    first, first_line = warehouse.invoice(batch, 40, near)
    second, _ = warehouse.invoice(batch, 25, far)
    give_back(warehouse, first, first_line, 15)
    body = {"from_location_id": 1, "to_location_id": 2}
    sent = warehouse.asha.make("/transfers", body)["id"]
    line = warehouse.asha.make(
        "/transfer_lines", {"transfer_id": sent, "batch_id": batch, "qty_sent": 50}
    )["id"]
    warehouse.asha.make(f"/transfers/{sent}/dispatch")
    warehouse.asha.make(f"/transfers/{sent}/receive", {"lines": [{"line_id": line, "qty": 20}]})
    broken = warehouse.move_row(batch, -3, "write_off") | {"reason": "broken"}
    warehouse.asha.make("/stock_moves", broken)
    number = number_of(recall(warehouse, batch, None))
    deed = {"kind": "destroyed", "location_id": 2, "qty": 5}
    warehouse.asha.make(f"/recalls/{number}/actions", deed)
    warehouse.asha.make(f"/recalls/{number}/actions", {"kind": "notified", "customer_id": far})

    trace = warehouse.asha.get(f"/recalls/{number}/trace")

    assert (trace["class"], trace["received"], trace["accounted"]) == ("I", 200, 200)
    assert trace["balanced"]
    assert [
        (each["customer_id"], each["invoice_id"], each["qty"], each["returned"], each["notified"])
        for each in trace["supplies"]
    ] == [(near, first, 40, 15, False), (far, second, 25, 0, True)]
    assert (trace["with_customers"], trace["in_transit"]) == (50, 30)
    assert trace["still_here"] == 200 - 40 - 25 + 15 - 30 - 3 - 5
    assert trace["gone"] == {"write_off": 8}
    assert (trace["overdue"], trace["word_overdue"]) == (False, False)
    shelves = {each["location"]: each["on_hand"] for each in trace["locations"]}
    assert (shelves["MUM"], shelves["PNQ"]) == (97, 15)


def give_back(warehouse: Warehouse, invoice: int, line: int, qty: int) -> None:
    """A credit note by which goods of an invoice's line came back to Mumbai."""
    warehouse.sql(
        "INSERT INTO credit_notes (no, invoice_id, kind, date, taxable, total)"
        f" VALUES ('CN{invoice}', {invoice}, 'return', CURRENT_DATE, {80 * qty}, {80 * qty})"
    )
    warehouse.sql(
        "INSERT INTO credit_note_lines (credit_note_id, invoice_line_id, qty, taxable, total)"
        f" SELECT id, {line}, {qty}, {80 * qty}, {80 * qty} FROM credit_notes"
        f" WHERE no = 'CN{invoice}'"
    )
    (batch,) = warehouse.rows(f"SELECT batch_id FROM invoice_lines WHERE id = {line}")[0]
    warehouse.sql(
        "INSERT INTO stock_moves (location_id, batch_id, qty, kind)"
        f" VALUES (1, {batch}, {qty}, 'sale_return')"
    )


@pytest.mark.parametrize(
    ("kind", "within", "beyond"),
    [
        ("I", timedelta(hours=71), timedelta(hours=73)),
        ("II", timedelta(days=9), timedelta(days=11)),
        ("III", timedelta(days=29), timedelta(days=31)),
    ],
)
def test_rule_20_a_recall_is_overdue_by_its_class(
    warehouse: Warehouse, kind: str, within: timedelta, beyond: timedelta
) -> None:
    batch = warehouse.batch(10)
    warehouse.invoice(batch, 4, warehouse.customer())
    number = number_of(recall(warehouse, batch, None, kind))
    path = f"/recalls/{number}/trace"
    at = datetime.fromisoformat(warehouse.asha.get(path)["at"])

    told = []
    for ago in (within, beyond):
        moment = (at - ago).strftime("%Y-%m-%d %H:%M:%S")
        zone = "" if warehouse.api.dialect == "sqlite" else "+00"
        warehouse.sql(f"UPDATE recalls SET at = '{moment}{zone}' WHERE id = {number}")
        told.append(warehouse.asha.get(path)["overdue"])

    assert told == [False, True]
    assert warehouse.asha.get(path)["word_overdue"] == (kind == "I")


@pytest.mark.parametrize("door", [None, *DOORS])
def test_rule_20_what_is_destroyed_leaves_the_stock(warehouse: Warehouse, door: str | None) -> None:
    batch = warehouse.batch(10)
    number = number_of(recall(warehouse, batch, None))

    def act(deed: dict[str, Any]) -> Any:
        if door is None:
            return warehouse.asha.ask("POST", f"/recalls/{number}/actions", deed)
        row = deed | {"recall_id": number}
        return warehouse.asha.ask("POST", f"{door}/recall_actions", row)

    given_back = act({"kind": "returned_to_maker", "location_id": 1, "qty": 4})
    too_many = act({"kind": "destroyed", "location_id": 1, "qty": 7})
    nowhere = act({"kind": "destroyed", "qty": 1})
    noted = act({"kind": "note", "note": "the maker was told"})

    assert given_back.status_code in (200, 201), given_back.text
    assert refusal(too_many) == (409, "stock_short")
    assert refusal(nowhere) == (422, "location_needed")
    assert noted.status_code in (200, 201), noted.text
    assert warehouse.held(batch) == (6, 0)
    assert warehouse.rows(
        f"SELECT kind, actor FROM recall_actions WHERE recall_id = {number} ORDER BY id"
    ) == [("returned_to_maker", "asha"), ("note", "asha")]


@pytest.mark.parametrize("door", DOORS)
def test_what_was_done_about_a_recall_stands(warehouse: Warehouse, door: str) -> None:
    number = number_of(recall(warehouse, warehouse.batch(10), None))
    made = warehouse.asha.make(f"/recalls/{number}/actions", {"kind": "reported"})

    for method in ("PATCH", "DELETE"):
        path = f"{door}/recall_actions?id=eq.{made['id']}"
        answer = warehouse.chief.ask(method, path, {"note": "never"})
        assert refusal(answer) == (403, "append_only")


def test_there_is_no_trace_of_no_recall(warehouse: Warehouse) -> None:
    assert refusal(warehouse.asha.ask("GET", "/recalls/999999/trace")) == (404, "AUTO104")
