"""First expired first out: what may be set aside, by action and by writing the rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from overrides.calendar import today
from tests.business.trade_world import DOORS, Trade, refused, trade

__all__ = ["trade"]

WAYS = ("action", *DOORS)


def confirmed(trade: Trade, product: int, qty: int, **customer: Any) -> tuple[int, int]:
    """A confirmed order of one line; its id and the line's."""
    order = trade.order(trade.customer(**customer), (product, qty))
    return order, trade.step(order, "confirm")["lines"][0]["id"]


def name_batch(
    trade: Trade, way: str, order: tuple[int, int], batch: int, qty: int
) -> httpx.Response:
    """Ask for a batch by its id, one way or another."""
    number, line = order
    if way == "action":
        body = {"batches": [{"line_id": line, "batch_id": batch, "qty": qty}]}
        return trade.ask("POST", f"/orders/{number}/allocate", body)
    row = {"line_id": line, "batch_id": batch, "location_id": trade.home, "qty": qty}
    return trade.ask("POST", f"{way}/line_allocations", row)


@pytest.mark.parametrize("way", WAYS)
def test_rule_3_a_later_batch_is_not_named(trade: Trade, way: str) -> None:
    product = trade.product()
    early, late = trade.batch(product, 5, 300), trade.batch(product, 5, 600)
    answer = name_batch(trade, way, confirmed(trade, product, 2), late, 2)

    assert refused(answer) == (422, "fefo_violation")
    assert answer.json()["details"]["first"]["batch_id"] == early
    assert (trade.stock(early), trade.stock(late)) == ((5, 0), (5, 0))


@pytest.mark.parametrize("way", WAYS)
def test_rule_3_the_first_batch_may_be_named(trade: Trade, way: str) -> None:
    product = trade.product()
    early, late = trade.batch(product, 5, 300), trade.batch(product, 5, 600)
    answer = name_batch(trade, way, confirmed(trade, product, 2), early, 2)

    assert answer.status_code in (200, 201), answer.text
    assert (trade.stock(early), trade.stock(late)) == ((5, 2), (5, 0))


def test_rule_3_passing_over_needs_a_reason_and_a_role(trade: Trade) -> None:
    product = trade.product()
    early, late = trade.batch(product, 5, 300), trade.batch(product, 5, 600)
    order, line = confirmed(trade, product, 2)
    named = {"line_id": line, "batch_id": late, "qty": 2, "skip_reason": "damaged cartons"}
    path, body = f"/orders/{order}/allocate", {"batches": [named]}

    assert refused(trade.ask("POST", path, body, "sales")) == (403, "not_allowed")
    assert trade.ask("POST", path, body, "pharmacist").status_code == 200
    assert trade.stock(late) == (5, 2)
    (skip,) = trade.rows(
        "SELECT batch_id, reason, created_by FROM fefo_skips WHERE line_id = :line", line=line
    )
    assert tuple(skip) == (early, "damaged cartons", "ravi")


def test_rule_3_ties_go_to_the_lower_batch(trade: Trade) -> None:
    product = trade.product()
    first, second = trade.batch(product, 5, 300), trade.batch(product, 5, 300)
    trade.allocated(trade.customer(), (product, 6))
    assert (trade.stock(first), trade.stock(second)) == ((5, 5), (5, 1))


@pytest.mark.parametrize(
    ("days", "expected"), [(-1, "batch_expired"), (0, "near_expiry"), (89, "near_expiry")]
)
@pytest.mark.parametrize("way", WAYS)
def test_rule_4_old_batches_are_not_named(trade: Trade, way: str, days: int, expected: str) -> None:
    product = trade.product()
    old = trade.batch(product, 5, days)
    trade.batch(product, 5, 300)
    answer = name_batch(trade, way, confirmed(trade, product, 2), old, 2)
    assert refused(answer) == (422, expected)


def test_rule_4_old_batches_are_passed_over(trade: Trade) -> None:
    product = trade.product()
    batches = [trade.batch(product, 5, days) for days in (-1, 0, 89, 90)]
    trade.allocated(trade.customer(), (product, 3))
    assert [trade.stock(batch)[1] for batch in batches] == [0, 0, 0, 3]


@pytest.mark.parametrize(
    ("given", "wanted"), [({"min_shelf_days": 30}, 10), ({"min_shelf_days": 10}, 120)]
)
def test_rule_4_product_and_customer_may_want_more_days(
    trade: Trade, given: dict[str, int], wanted: int
) -> None:
    product = trade.product(**given)
    near, far = trade.batch(product, 5, 40), trade.batch(product, 5, 200)
    order = trade.order(trade.customer(min_shelf_days=wanted), (product, 1))
    trade.step(order, "confirm")
    trade.step(order, "allocate")
    assert [trade.stock(batch)[1] for batch in (near, far)] == ([1, 0] if wanted == 10 else [0, 1])


@pytest.mark.parametrize("way", WAYS)
def test_rule_4_expiry_is_looked_at_again_at_dispatch(trade: Trade, way: str) -> None:
    product = trade.product()
    batch = trade.batch(product, 5, 300)
    order = trade.allocated(trade.customer(), (product, 1))
    trade.sql(
        "UPDATE batches SET expiry_date = :day WHERE id = :id",
        day=str(today() + timedelta(days=1)),
        id=batch,
    )
    assert refused(leave(trade, way, order)) == (422, "near_expiry")
    assert trade.stock(batch) == (5, 1)


def leave(trade: Trade, way: str, order: int) -> httpx.Response:
    """Dispatch an order, one way or another."""
    if way == "action":
        return trade.ask("POST", f"/orders/{order}/dispatch")
    return trade.ask("PATCH", f"{way}/orders?id=eq.{order}", {"status": "dispatched"})


@pytest.mark.parametrize("status", ["recalled", "quarantine"])
@pytest.mark.parametrize("way", WAYS)
def test_rule_5_what_is_not_saleable_is_neither_set_aside_nor_sent(
    trade: Trade, way: str, status: str
) -> None:
    product = trade.product()
    batch = trade.batch(product, 5, 300)
    order = trade.allocated(trade.customer(), (product, 1))
    trade.sql(f"UPDATE batches SET status = '{status}' WHERE id = :id", id=batch)

    assert refused(leave(trade, way, order)) == (423, "batch_recalled")
    answer = name_batch(trade, way, confirmed(trade, product, 1), batch, 1)
    assert refused(answer) == (423, "batch_recalled")


@pytest.mark.parametrize("door", DOORS)
def test_rule_2_reservations_are_nobodys_to_write(trade: Trade, door: str) -> None:
    batch = trade.batch(trade.product(), 5)
    path = f"{door}/stock_balances?batch_id=eq.{batch}"
    assert refused(trade.ask("PATCH", path, {"reserved": 0}, "admin")) == (403, "AUTO121")
    assert refused(trade.ask("DELETE", path, role="admin")) == (403, "AUTO121")


@pytest.mark.parametrize("door", DOORS)
def test_what_is_set_aside_is_let_go_by_removing_the_row(trade: Trade, door: str) -> None:
    product = trade.product()
    batch = trade.batch(product, 5)
    order, line = confirmed(trade, product, 3)
    assert name_batch(trade, door, (order, line), batch, 2).status_code == 201
    path = f"{door}/line_allocations?line_id=eq.{line}"

    assert refused(trade.ask("PATCH", path, {"qty": 1})) == (409, "lines_frozen")
    assert trade.ask("DELETE", path).status_code == 200
    assert trade.stock(batch) == (5, 0)
    trade.step(order, "allocate")
    assert refused(trade.ask("DELETE", path)) == (409, "lines_frozen")
    assert trade.stock(batch) == (5, 3)


@pytest.mark.parametrize("way", WAYS)
def test_what_does_not_match_the_line_is_not_set_aside(trade: Trade, way: str) -> None:
    product = trade.product()
    batch, other = trade.batch(product, 5), trade.batch(trade.product(), 5)
    order = confirmed(trade, product, 2)
    for number, qty in ((other, 1), (batch, 3)):
        assert refused(name_batch(trade, way, order, number, qty)) == (422, "bad_allocation")
    assert (trade.stock(batch), trade.stock(other)) == ((5, 0), (5, 0))
