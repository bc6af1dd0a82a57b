"""Orders from draft to delivery, by their actions and by the tables' own routes."""

from __future__ import annotations

from datetime import timedelta

from overrides.calendar import today
from tests.business.trade_world import Trade, trade

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
