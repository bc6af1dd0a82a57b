"""Orders from draft to delivery, by their actions and by the tables' own routes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from overrides.calendar import today
from tests.business.trade_world import DOORS, Trade, refused, trade

__all__ = ["trade"]


def test_an_order_goes_from_draft_to_delivery(trade: Trade) -> None:
    product = trade.product()
    late, early = trade.batch(product, 50, 800), trade.batch(product, 7, 400)
    order = trade.order(trade.customer(), (product, 10))

    (draft,) = trade.ask("GET", f"/orders?id=eq.{order}").json()
    assert (draft["status"], draft["gross"], draft["net"]) == ("draft", 800, 800)

    confirmed = trade.step(order, "confirm", role="sales")
    assert (confirmed["status"], confirmed["version"]) == ("confirmed", 2)
    allocated = trade.step(order, "allocate")
    (line,) = allocated["lines"]
    assert [(part["batch_id"], part["qty"]) for part in line["allocations"]] == [
        (early, 7),
        (late, 3),
    ]
    assert (trade.stock(early), trade.stock(late)) == ((7, 7), (50, 3))

    dispatched = trade.step(order, "dispatch")
    invoice = dispatched["invoice"]
    assert (invoice["taxable"], invoice["cgst"], invoice["sgst"], invoice["igst"]) == (
        800, 20, 20, 0,
    )  # fmt: skip
    assert (invoice["total"], invoice["date"]) == (840, str(today()))
    assert invoice["due_date"] == str(today() + timedelta(days=30))
    assert (trade.stock(early), trade.stock(late)) == ((0, 0), (47, 0))
    assert trade.step(order, "deliver")["status"] == "delivered"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("state", ["allocated", "dispatched", "delivered", "returned"])
def test_rule_6_no_state_is_skipped_by_the_tables_route(
    trade: Trade, door: str, state: str
) -> None:
    product = trade.product()
    trade.batch(product, 5)
    order = trade.order(trade.customer(), (product, 1))
    answer = trade.ask("PATCH", f"{door}/orders?id=eq.{order}", {"status": state})

    assert refused(answer) == (409, "bad_transition")
    assert answer.json()["details"] == {
        "from": "draft",
        "to": state,
        "allowed": ["confirmed", "cancelled"],
    }


def test_rule_6_no_state_is_skipped_by_an_action(trade: Trade) -> None:
    product = trade.product()
    order = trade.order(trade.customer(), (product, 1))
    for name in ("allocate", "dispatch", "deliver"):
        assert refused(trade.ask("POST", f"/orders/{order}/{name}")) == (409, "bad_transition")


def test_rule_6_nor_behind_the_service(trade: Trade) -> None:
    order = trade.order(trade.customer(), (trade.product(), 1))
    with pytest.raises(sa.exc.DBAPIError, match="bad_transition"):
        trade.sql("UPDATE orders SET status = 'delivered' WHERE id = :id", id=order)


@pytest.mark.parametrize("door", DOORS)
def test_rule_6_writing_a_state_does_what_its_action_does(trade: Trade, door: str) -> None:
    product = trade.product()
    batch = trade.batch(product, 5)
    order = trade.order(trade.customer(), (product, 2))
    for state in ("confirmed", "allocated", "dispatched", "delivered"):
        answer = trade.ask("PATCH", f"{door}/orders?id=eq.{order}", {"status": state})
        assert answer.status_code == 200, answer.text
        assert answer.json()[0]["status"] == state

    assert trade.stock(batch) == (3, 0)
    assert len(trade.rows("SELECT id FROM invoices WHERE order_id = :id", id=order)) == 1


@pytest.mark.parametrize("door", DOORS)
def test_rule_6_an_order_begins_as_a_draft(trade: Trade, door: str) -> None:
    body = {"customer_id": trade.customer(), "location_id": trade.home, "status": "delivered"}
    assert refused(trade.ask("POST", f"{door}/orders", body)) == (409, "bad_transition")


def test_rule_6_who_knows_an_old_version_is_told(trade: Trade) -> None:
    order = trade.order(trade.customer(), (trade.product(), 1))
    trade.step(order, "confirm", {"version": 1})

    answer = trade.ask("POST", f"/orders/{order}/cancel", {"version": 1})
    assert refused(answer) == (412, "stale_version")
    patched = trade.ask("PATCH", f"/orders?id=eq.{order}", {"version": 1, "status": "cancelled"})
    assert refused(patched) == (412, "stale_version")


@pytest.mark.parametrize("door", DOORS)
def test_rule_6_lines_stand_from_confirmation_on(trade: Trade, door: str) -> None:
    product = trade.product()
    order = trade.order(trade.customer(), (product, 1))
    (line,) = trade.step(order, "confirm")["lines"]
    new = {"order_id": order, "product_id": product, "qty": 1}
    path = f"{door}/order_lines"

    assert refused(trade.ask("POST", path, new)) == (409, "lines_frozen")
    changed = trade.ask("PATCH", f"{path}?id=eq.{line['id']}", {"qty": 9})
    assert refused(changed) == (409, "lines_frozen")
    assert refused(trade.ask("DELETE", f"{path}?id=eq.{line['id']}")) == (409, "lines_frozen")
    moved = trade.ask("PATCH", f"{door}/orders?id=eq.{order}", {"location_id": trade.abroad})
    assert refused(moved) == (409, "order_frozen")


@pytest.mark.parametrize("door", ["action", *DOORS])
def test_rule_7_cancelling_frees_what_was_set_aside_and_twice_is_once(
    trade: Trade, door: str
) -> None:
    product = trade.product()
    batch = trade.batch(product, 10)
    order = trade.allocated(trade.customer(), (product, 4))
    assert trade.stock(batch) == (10, 4)

    if door == "action":
        first = trade.step(order, "cancel", {"reason": "by telephone"})
        assert (first["status"], first["cancel_reason"]) == ("cancelled", "by telephone")
        assert trade.step(order, "cancel") == first
    else:
        for _ in range(2):
            path = f"{door}/orders?id=eq.{order}"
            assert trade.ask("PATCH", path, {"status": "cancelled"}).status_code == 200
    assert trade.stock(batch) == (10, 0)
    assert refused(trade.ask("POST", f"/orders/{order}/confirm")) == (409, "bad_transition")


def test_rule_7_what_has_left_is_not_cancelled(trade: Trade) -> None:
    product = trade.product()
    trade.batch(product, 10)
    order = trade.allocated(trade.customer(), (product, 4))
    trade.step(order, "dispatch")
    assert refused(trade.ask("POST", f"/orders/{order}/cancel")) == (409, "bad_transition")


def test_rule_8_the_same_key_makes_one_order(trade: Trade) -> None:
    body = {"customer_id": trade.customer(), "location_id": trade.home}
    headers = trade.headers("sales", "s") | {"Idempotency-Key": "k-1"}
    first = trade.api.post("/orders", json=body, headers=headers)
    again = trade.api.post("/orders", json=body, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.text == again.text
    found = trade.rows("SELECT id FROM orders WHERE idempotency_key = 'k-1'")
    assert len(found) == 1
    other = trade.api.post("/orders", json=body | {"location_id": 2}, headers=headers)
    assert other.status_code == 422


@pytest.mark.parametrize("door", DOORS)
def test_rule_9_too_little_is_refused_and_nothing_is_set_aside(trade: Trade, door: str) -> None:
    plenty, few = trade.product(), trade.product()
    there, scarce = trade.batch(plenty, 10), trade.batch(few, 3)
    order = trade.order(trade.customer(), (plenty, 5), (few, 4))
    trade.step(order, "confirm")

    answer = trade.ask("POST", f"/orders/{order}/allocate")
    assert refused(answer) == (409, "stock_short")
    assert (answer.json()["details"]["asked"], answer.json()["details"]["available"]) == (4, 3)
    raw = trade.ask("PATCH", f"{door}/orders?id=eq.{order}", {"status": "allocated"})
    assert refused(raw) == (409, "stock_short")
    assert (trade.stock(there), trade.stock(scarce)) == ((10, 0), (3, 0))


def test_rule_9_a_back_order_asks_for_the_rest(trade: Trade) -> None:
    product, other = trade.product(), trade.product()
    trade.batch(product, 3)
    order = trade.order(trade.customer(), (product, 5), (other, 2))
    trade.step(order, "confirm")
    split = trade.step(order, "allocate", {"back_order": True})

    assert [(line["product_id"], line["qty"]) for line in split["lines"]] == [(product, 3)]
    assert (split["status"], split["gross"]) == ("allocated", 240)
    (back,) = trade.ask("GET", f"/orders?id=eq.{split['back_order_id']}").json()
    assert (back["status"], back["back_order_of"], back["gross"]) == ("confirmed", order, 320)
    lines = trade.ask("GET", f"/order_lines?order_id=eq.{back['id']}&order=product_id").json()
    assert [(line["product_id"], line["qty"]) for line in lines] == [(product, 2), (other, 2)]


def test_rule_9_nothing_there_is_no_back_order(trade: Trade) -> None:
    order = trade.order(trade.customer(), (trade.product(), 5))
    trade.step(order, "confirm")
    answer = trade.ask("POST", f"/orders/{order}/allocate", {"back_order": True})
    assert refused(answer) == (409, "stock_short")


def scheme(trade: Trade, product: int, first: int = -10, last: int = 10) -> None:
    """10 + 1 on a product, from and to so many days from today."""
    day = today()
    body = {
        "product_id": product, "buy": 10, "free": 1,
        "valid_from": str(day + timedelta(days=first)), "valid_to": str(day + timedelta(days=last)),
    }  # fmt: skip
    trade.make("/schemes", body)


def test_rule_10_ten_and_one_gives_two_with_twenty_five(trade: Trade) -> None:
    product = trade.product()
    batch = trade.batch(product, 100)
    scheme(trade, product)
    order = trade.allocated(trade.customer(), (product, 25))
    invoice = trade.step(order, "dispatch")["invoice"]

    (line,) = trade.ask("GET", f"/invoice_lines?invoice_id=eq.{invoice['id']}").json()
    assert (line["qty"], line["free_qty"], line["taxable"]) == (25, 2, 2000)
    assert trade.stock(batch) == (73, 0)


@pytest.mark.parametrize("door", DOORS)
def test_rule_10_other_free_units_are_refused(trade: Trade, door: str) -> None:
    product = trade.product()
    scheme(trade, product)
    order = trade.order(trade.customer())
    line = {"order_id": order, "product_id": product, "qty": 25, "free_qty": 5}
    answer = trade.ask("POST", f"{door}/order_lines", line)

    assert refused(answer) == (422, "scheme_mismatch")
    assert answer.json()["details"]["expected"] == 2
    assert trade.ask("POST", f"{door}/order_lines", line | {"free_qty": 2}).status_code == 201


def test_rule_10_the_scheme_at_confirmation_is_kept(trade: Trade) -> None:
    product = trade.product()
    order = trade.order(trade.customer(), (product, 20))
    scheme(trade, product)
    assert trade.step(order, "confirm")["lines"][0]["free_qty"] == 2


@pytest.mark.parametrize("door", DOORS)
def test_rule_11_no_price_with_tax_is_above_the_mrp(trade: Trade, door: str) -> None:
    product = trade.product()
    trade.batch(product, 10)
    order = trade.order(trade.customer())
    line = {"order_id": order, "product_id": product, "qty": 1, "unit_price": 100.01}
    answer = trade.ask("POST", f"{door}/order_lines", line)

    assert refused(answer) == (422, "above_mrp")
    assert answer.json()["details"] == {
        "unit_price": 100.01, "rate": 5, "mrp": 105, "highest": 100, "product_id": product,
    }  # fmt: skip
    assert trade.ask("POST", f"{door}/order_lines", line | {"unit_price": 100}).status_code == 201
    path = f"{door}/order_lines?order_id=eq.{order}"
    assert refused(trade.ask("PATCH", path, {"unit_price": 101})) == (422, "above_mrp")


def test_rule_11_each_tier_has_its_price(trade: Trade) -> None:
    product = trade.product()
    trade.batch(product, 10)
    prices = {}
    for tier in ("PTR", "PTS", "MRP"):
        order = trade.order(trade.customer(price_tier=tier), (product, 1))
        (line,) = trade.ask("GET", f"/order_lines?order_id=eq.{order}").json()
        prices[tier] = line["unit_price"]
    assert prices == {"PTR": 80, "PTS": 72, "MRP": 100}


@pytest.mark.parametrize("door", ["action", *DOORS])
def test_rule_24_an_order_over_the_limit_is_refused(trade: Trade, door: str) -> None:
    product = trade.product()
    customer = trade.customer(credit_limit=1000)
    first, second = (trade.order(customer, (product, 7)) for _ in range(2))
    assert trade.step(first, "confirm")["status"] == "confirmed"  # 588 with tax

    if door == "action":
        answer = trade.ask("POST", f"/orders/{second}/confirm")
    else:
        answer = trade.ask("PATCH", f"{door}/orders?id=eq.{second}", {"status": "confirmed"})
    assert refused(answer) == (422, "credit_limit")
    assert answer.json()["details"] == {"limit": 1000, "used": 588, "asked": 588}


def test_rule_24_a_manager_may_override_with_a_reason_and_sales_may_not(trade: Trade) -> None:
    product, customer = trade.product(), trade.customer(credit_limit=1)
    order = trade.order(customer, (product, 7))
    body = {"override_reason": "an old friend"}

    by_sales = trade.ask("POST", f"/orders/{order}/confirm", body, "sales")
    assert refused(by_sales) == (403, "credit_override")
    trade.step(order, "confirm", body)
    (row,) = trade.rows(
        "SELECT credit_override_by, credit_override_reason FROM orders WHERE id = :id", id=order
    )
    assert tuple(row) == ("ravi", "an old friend")


def test_rule_24_who_is_overdue_gets_nothing_more(trade: Trade) -> None:
    product, customer = trade.product(), trade.customer(credit_days=0)
    trade.batch(product, 10)
    order = trade.allocated(customer, (product, 1))
    trade.step(order, "dispatch")
    moved = "UPDATE invoices SET date = :day, due_date = :day WHERE order_id = :id"
    behind_guards(trade, moved, day=str(today() - timedelta(days=1)), id=order)

    answer = trade.ask("POST", f"/orders/{trade.order(customer, (product, 1))}/confirm")
    assert refused(answer) == (422, "overdue")


def behind_guards(trade: Trade, statement: str, **values: object) -> None:
    """Change what stands, as no one can over the API."""
    with trade.engine.begin() as connection:
        if trade.engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(sa.text("DROP TRIGGER invoices_stand_update"))
        connection.execute(sa.text(statement), values)


@pytest.mark.parametrize("door", ["action", *DOORS])
def test_who_is_blocked_buys_nothing(trade: Trade, door: str) -> None:
    customer, product = trade.customer(), trade.product()
    order = trade.order(customer, (product, 1))
    trade.sql("UPDATE customers SET status = 'blocked' WHERE id = :id", id=customer)
    if door == "action":
        answer = trade.ask("POST", f"/orders/{order}/confirm")
    else:
        body = {"customer_id": customer, "location_id": 1}
        answer = trade.ask("POST", f"{door}/orders", body)
    assert refused(answer) == (423, "customer_blocked")


@pytest.mark.parametrize("door", DOORS)
def test_rule_30_only_drafts_are_removed(trade: Trade, door: str) -> None:
    order = trade.order(trade.customer(), (trade.product(), 1))
    trade.step(order, "confirm")
    assert refused(trade.ask("DELETE", f"{door}/orders?id=eq.{order}")) == (409, "retained")


def test_roles_take_their_own_steps(trade: Trade) -> None:
    product = trade.product()
    trade.batch(product, 5)
    order = trade.order(trade.customer(), (product, 1))
    assert refused(trade.ask("POST", f"/orders/{order}/confirm", role="accountant"))[0] == 403
    path = f"/orders?id=eq.{order}"
    raw = trade.ask("PATCH", path, {"status": "confirmed"}, "pharmacist")
    assert refused(raw) == (403, "not_allowed")
    trade.step(order, "confirm", role="sales")
    trade.step(order, "allocate", role="sales")
    assert refused(trade.ask("POST", f"/orders/{order}/dispatch", role="sales")) == (403, "AUTO121")
    trade.step(order, "dispatch", role="pharmacist")
    (row,) = trade.rows("SELECT created_by FROM invoices WHERE order_id = :id", id=order)
    assert row[0] == "ravi"


def test_a_cancelled_order_leaves_every_report_as_it_was(trade: Trade) -> None:
    product, customer = trade.product(), trade.customer()
    trade.batch(product, 50)
    sold = trade.allocated(customer, (product, 4))
    trade.step(sold, "dispatch", {})
    day = str(today())
    of = f"from={day}&to={day}&customer={customer}"
    paths = (
        f"sales?by=product&{of}", f"margin?by=product&{of}", f"top-products?{of}",
        f"fill-rate?by=product&{of}", f"dso?{of}", f"receivables-ageing?customer={customer}",
        f"abc?customer={customer}", "movers",
    )  # fmt: skip

    def reports() -> dict[str, Any]:
        answers = {path: trade.ask("GET", f"/analytics/{path}") for path in paths}
        assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
            paths, 200
        )
        return {path: answer.json() for path, answer in answers.items()}

    before = reports()
    order = trade.allocated(customer, (product, 7))
    meanwhile = reports()
    trade.step(order, "cancel", {"reason": "no money"})

    assert [row["ordered_qty"] for row in before[paths[3]]["rows"]] == [4]
    assert meanwhile != before, "an open order counts as ordered"
    assert reports() == before
