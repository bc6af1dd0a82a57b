"""The ledger of stock, what may be written to it by hand, purchases, and the nightly expiry."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from autoapi.settings import Settings
from overrides.calendar import today
from overrides.jobs.expire import run_tonight
from tests.business.warehouse import DOORS, Warehouse, refusal


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_rule_1_a_move_is_neither_changed_nor_removed(
    warehouse: Warehouse, door: str, method: str
) -> None:
    batch = warehouse.batch(10)
    path = f"{door}/stock_moves?batch_id=eq.{batch}"

    answer = warehouse.chief.ask(method, path, {"qty": 99} if method == "PATCH" else None)

    assert refusal(answer) == (403, "append_only")
    assert warehouse.held(batch) == (10, 0)


def test_rule_1_an_upsert_does_not_change_a_move(warehouse: Warehouse) -> None:
    batch = warehouse.batch(10)
    (number,) = warehouse.rows(f"SELECT id FROM stock_moves WHERE batch_id = {batch}")[0]
    row = {"id": number, "location_id": 1, "batch_id": batch, "qty": 99, "kind": "receipt"}

    answer = warehouse.chief.ask(
        "POST", "/rest/v1/stock_moves", [row], Prefer="resolution=merge-duplicates"
    )

    assert refusal(answer) == (403, "append_only")
    assert warehouse.held(batch) == (10, 0)


@pytest.mark.parametrize("door", DOORS)
def test_rule_2_more_than_is_there_cannot_be_taken_by_hand(warehouse: Warehouse, door: str) -> None:
    batch = warehouse.batch(10)
    row = warehouse.move_row(batch, -11, "write_off") | {"reason": "broken"}

    answer = warehouse.asha.ask("POST", f"{door}/stock_moves", row)

    assert refusal(answer) == (409, "stock_short")
    details = answer.json()["details"]
    assert (details["asked"], details["available"], details["batch_id"]) == (11, 10, batch)
    assert warehouse.held(batch) == (10, 0)


def test_rule_2_moves_of_one_request_are_added_up_and_refused_together(
    warehouse: Warehouse,
) -> None:
    one, other = warehouse.batch(10), warehouse.batch(10)
    rows = [
        warehouse.move_row(batch, qty, "write_off") | {"reason": "broken"}
        for batch, qty in ((one, -1), (other, -6), (other, -5))
    ]

    answer = warehouse.asha.ask("POST", "/stock_moves", rows)

    assert refusal(answer) == (409, "stock_short")
    assert (warehouse.held(one), warehouse.held(other)) == ((10, 0), (10, 0))


def test_rule_2_what_is_set_aside_for_an_order_cannot_be_taken(warehouse: Warehouse) -> None:
    batch = warehouse.batch(10)
    warehouse.order(batch, 8, warehouse.customer())
    row = warehouse.move_row(batch, -3, "adjust") | {"reason": "count"}

    answer = warehouse.asha.ask("POST", "/stock_moves", row)

    assert refusal(answer) == (409, "stock_short")
    assert answer.json()["details"]["available"] == 2


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("change", [{"on_hand": 99}, {"reserved": 1}])
def test_rule_2_balances_follow_the_ledger_and_nobody_else(
    warehouse: Warehouse, door: str, change: dict[str, int]
) -> None:
    batch = warehouse.batch(10)
    path = f"{door}/stock_balances?location_id=eq.1&batch_id=eq.{batch}"

    changed = warehouse.chief.ask("PATCH", path, change)
    removed = warehouse.chief.ask("DELETE", path)
    added = warehouse.chief.ask(
        "POST", f"{door}/stock_balances", {"location_id": 2, "batch_id": batch} | change
    )

    for answer in (changed, removed, added):
        assert refusal(answer) == (403, "AUTO121")
    assert warehouse.held(batch) == (10, 0)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", ["adjust", "write_off"])
@pytest.mark.parametrize("reason", [None, "  "])
def test_a_count_or_write_off_says_why(
    warehouse: Warehouse, door: str, kind: str, reason: str | None
) -> None:
    batch = warehouse.batch(10)
    row = warehouse.move_row(batch, -1, kind) | {"reason": reason}

    answer = warehouse.asha.ask("POST", f"{door}/stock_moves", row)

    assert refusal(answer) == (422, "reason_needed")


def test_a_move_by_hand_changes_the_balance_and_says_who(warehouse: Warehouse) -> None:
    batch = warehouse.batch(10)
    row = warehouse.move_row(batch, -2, "write_off") | {"reason": "broken", "actor": "somebody"}

    made = warehouse.asha.make("/stock_moves", row)

    assert (made["actor"], made["qty"]) == ("asha", -2)
    assert warehouse.held(batch) == (8, 0)
    warehouse.assert_balanced()


@pytest.mark.parametrize("kind", ["sale", "sale_return", "transfer_out", "transfer_in"])
def test_what_a_document_moves_is_not_moved_by_hand(warehouse: Warehouse, kind: str) -> None:
    batch = warehouse.batch(10)

    answer = warehouse.chief.ask("POST", "/stock_moves", warehouse.move_row(batch, -1, kind))

    assert refusal(answer) == (422, "document_needed")


def test_rule_4_an_expired_batch_is_not_sold_by_hand(warehouse: Warehouse) -> None:
    batch = warehouse.batch(10, expiry_date=str(today() - timedelta(days=1)))

    answer = warehouse.chief.ask("POST", "/stock_moves", warehouse.move_row(batch, -1, "sale"))

    assert refusal(answer) == (422, "batch_expired")


def test_a_receipt_adds_and_a_write_off_takes(warehouse: Warehouse) -> None:
    batch = warehouse.batch(10)
    wrong = warehouse.move_row(batch, 5, "write_off") | {"reason": "found again"}

    for row in (wrong, warehouse.move_row(batch, -5)):
        assert refusal(warehouse.asha.ask("POST", "/stock_moves", row)) == (422, "wrong_sign")


def test_sales_staff_may_not_move_stock(warehouse: Warehouse) -> None:
    batch = warehouse.batch(10)
    clerk = type(warehouse.asha)(warehouse.api, "kiran", "sales")

    answer = clerk.ask("POST", "/stock_moves", warehouse.move_row(batch, 1))

    assert refusal(answer) == (403, "AUTO121")


def purchase(warehouse: Warehouse, *lines: dict[str, Any]) -> int:
    """The id of a purchase for Mumbai with lines."""
    made = warehouse.asha.make("/purchases", {"supplier": "Sahyadri", "location_id": 1})
    for line in lines:
        warehouse.asha.make("/purchase_lines", line | {"purchase_id": made["id"]})
    return int(made["id"])


def line(number: str, **given: Any) -> dict[str, Any]:
    """A line of a purchase: 50 units and 5 free ones of a new batch."""
    return {
        "product_id": 1, "batch_no": number, "mfg_date": "2025-01-01",
        "expiry_date": str(date.today() + timedelta(days=800)), "qty": 50, "free_qty": 5,
        "mrp": 105, "cost": 60,
    } | given  # fmt: skip


def test_receiving_a_purchase_makes_its_batches_and_moves_them_in(warehouse: Warehouse) -> None:
    number = purchase(warehouse, line("R1"), line("R2", qty=7, free_qty=0, ptr=70, pts=60))

    received = warehouse.asha.make(f"/purchases/{number}/receive")

    first, second = (each["batch_id"] for each in received["lines"])
    assert [each["qty"] for each in received["lines"]] == [55, 7]
    assert (warehouse.held(first), warehouse.held(second)) == ((55, 0), (7, 0))
    batches = warehouse.asha.get(f"/batches?id=in.({first},{second})&select=ptr,pts&order=id")
    assert batches == [{"ptr": 80, "pts": 72}, {"ptr": 70, "pts": 60}]
    moves = warehouse.asha.get(
        f"/stock_moves?batch_id=eq.{first}&select=kind,ref_table,ref_id,actor"
    )
    assert moves == [
        {"kind": "receipt", "ref_table": "purchases", "ref_id": number, "actor": "asha"}
    ]


def test_the_same_batch_bought_again_is_found_again(warehouse: Warehouse) -> None:
    first = warehouse.asha.make(f"/purchases/{purchase(warehouse, line('AG1'))}/receive")
    second = warehouse.asha.make(f"/purchases/{purchase(warehouse, line('AG1'))}/receive")

    batch = first["lines"][0]["batch_id"]
    assert second["lines"][0]["batch_id"] == batch
    assert warehouse.held(batch) == (110, 0)


@pytest.mark.parametrize("by_action", [True, False])
def test_a_purchase_is_received_once(warehouse: Warehouse, by_action: bool) -> None:
    number = purchase(warehouse, line(f"ONCE{by_action}"))

    def receive() -> Any:
        if by_action:
            return warehouse.asha.ask("POST", f"/purchases/{number}/receive")
        return warehouse.asha.ask("PATCH", f"/purchases/{number}", {"status": "received"})

    first, second = receive(), receive()

    assert first.status_code == 200, first.text
    assert refusal(second) == (409, "bad_transition")
    (line_made,) = warehouse.asha.get(f"/purchase_lines?purchase_id=eq.{number}")
    assert warehouse.held(line_made["batch_id"]) == (55, 0)


def test_what_was_received_stands(warehouse: Warehouse) -> None:
    number = purchase(warehouse, line("STANDS"))
    warehouse.asha.make(f"/purchases/{number}/receive")

    for method, path, body in (
        ("PATCH", f"/purchases/{number}", {"status": "ordered"}),
        ("PATCH", f"/purchases/{number}", {"location_id": 2}),
        ("PATCH", f"/rest/v1/purchase_lines?purchase_id=eq.{number}", {"qty": 5}),
        ("DELETE", f"/rest/v1/purchase_lines?purchase_id=eq.{number}", None),
        ("POST", "/purchase_lines", line("STANDS2") | {"purchase_id": number}),
    ):
        answer = warehouse.chief.ask(method, path, body)
        assert refusal(answer) == (409, "bad_transition"), (method, path, answer.text)


def test_a_purchase_that_cannot_be_received_whole_is_not_received_at_all(
    warehouse: Warehouse,
) -> None:
    recalled = warehouse.batch(0, batch_no="RC1", status="recalled")
    assert recalled
    for bad, expected in (
        (line("OLD", expiry_date=str(today() - timedelta(days=1))), (422, "batch_expired")),
        (line("RC1", expiry_date=str(date.today() + timedelta(days=900))), (423, "batch_recalled")),
    ):
        number = purchase(warehouse, line(f"GOOD{expected[0]}"), bad)

        answer = warehouse.asha.ask("POST", f"/purchases/{number}/receive")

        assert refusal(answer) == expected
        assert warehouse.rows(f"SELECT id FROM batches WHERE batch_no = 'GOOD{expected[0]}'") == []
        assert warehouse.asha.get(f"/purchases/{number}")["status"] == "ordered"


def test_a_batch_with_another_expiry_is_not_taken_for_the_same(warehouse: Warehouse) -> None:
    warehouse.asha.make(f"/purchases/{purchase(warehouse, line('TWO'))}/receive")
    number = purchase(warehouse, line("TWO", expiry_date=str(date.today() + timedelta(days=30))))

    answer = warehouse.asha.ask("POST", f"/purchases/{number}/receive")

    assert refusal(answer) == (409, "batch_mismatch")


def test_an_empty_purchase_is_not_received(warehouse: Warehouse) -> None:
    answer = warehouse.asha.ask("POST", f"/purchases/{purchase(warehouse)}/receive")

    assert refusal(answer) == (422, "no_lines")


def test_rule_4_the_nightly_job_takes_out_what_expired_and_frees_orders(
    warehouse: Warehouse,
) -> None:
    day = today()
    gone = warehouse.batch(20, expiry_date=str(day - timedelta(days=1)))
    last_day = warehouse.batch(20, expiry_date=str(day))
    recalled = warehouse.batch(0, expiry_date=str(day - timedelta(days=9)), status="recalled")
    order, _ = warehouse.order(gone, 5, warehouse.customer())

    done = warehouse.asha.make("/stock/expire")

    assert gone in done["batches"]
    assert not {last_day, recalled} & set(done["batches"])
    assert done["orders"] == [order]
    statuses = warehouse.rows(
        f"SELECT status FROM batches WHERE id IN ({gone}, {last_day}, {recalled}) ORDER BY id"
    )
    assert statuses == [("expired",), ("saleable",), ("recalled",)]
    assert warehouse.held(gone) == (20, 0)
    assert warehouse.rows(f"SELECT status, version FROM orders WHERE id = {order}") == [
        ("confirmed", 2)
    ]
    assert warehouse.asha.make("/stock/expire")["batches"] == []


def test_rule_4_a_timer_runs_the_nightly_job_too(warehouse: Warehouse) -> None:
    gone = warehouse.batch(20, expiry_date=str(today() - timedelta(days=1)))

    done = asyncio.run(run_tonight(Settings(database_url=warehouse.api.url), today()))

    assert gone in done.batches


@pytest.mark.parametrize("door", DOORS)
def test_rule_4_an_expired_batch_is_not_made_saleable_again(
    warehouse: Warehouse, door: str
) -> None:
    batch = warehouse.batch(0, status="expired")

    answer = warehouse.chief.ask("PATCH", f"{door}/batches?id=eq.{batch}", {"status": "saleable"})

    assert refusal(answer) == (409, "bad_transition")


def test_tomorrow_has_not_expired_anything(warehouse: Warehouse) -> None:
    body = {"as_of": str(today() + timedelta(days=1))}

    assert refusal(warehouse.asha.ask("POST", "/stock/expire", body)) == (422, "not_yet")


def test_strangers_and_sales_do_not_run_the_job(warehouse: Warehouse) -> None:
    clerk = type(warehouse.asha)(warehouse.api, "kiran", "sales")

    assert warehouse.api.post("/stock/expire").status_code == 401
    assert refusal(clerk.ask("POST", "/stock/expire")) == (403, "AUTO121")
