"""Invoices: tax, rounding, numbers, papers, and who may be sold what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from overrides.business_settings import BusinessSettings
from overrides.calendar import financial_year, today
from overrides.check_digits import make_gstin, make_pan
from tests.business.trade_world import DOORS, Trade, refused, trade

__all__ = ["trade"]

WAYS = ("action", *DOORS)


def sold(trade: Trade, order: int, body: Any = None) -> dict[str, Any]:
    """The invoice of an order that leaves."""
    found: dict[str, Any] = trade.step(order, "dispatch", body)["invoice"]
    return found


def to_confirm(trade: Trade, way: str, order: int) -> httpx.Response:
    """Confirm an order, one way or another."""
    if way == "action":
        return trade.ask("POST", f"/orders/{order}/confirm")
    return trade.ask("PATCH", f"{way}/orders?id=eq.{order}", {"status": "confirmed"})


def to_dispatch(trade: Trade, way: str, order: int) -> httpx.Response:
    """Dispatch an order, one way or another."""
    if way == "action":
        return trade.ask("POST", f"/orders/{order}/dispatch")
    return trade.ask("PATCH", f"{way}/orders?id=eq.{order}", {"status": "dispatched"})


@pytest.mark.parametrize(("state", "taxes"), [("27", (20, 20, 0)), ("24", (0, 0, 40))])
def test_rule_12_the_place_of_supply_decides_the_tax(
    trade: Trade, state: str, taxes: tuple[int, int, int]
) -> None:
    product = trade.product()
    trade.batch(product, 10)
    invoice = sold(trade, trade.allocated(trade.customer(state_code=state), (product, 10)))

    assert (invoice["cgst"], invoice["sgst"], invoice["igst"]) == taxes
    assert (invoice["place_of_supply"], invoice["total"]) == (state, 840)


def test_rule_12_other_figures_are_refused(trade: Trade) -> None:
    product = trade.product()
    trade.batch(product, 10)
    order = trade.allocated(trade.customer(), (product, 10))
    answer = trade.ask("POST", f"/orders/{order}/dispatch", {"cgst": 21, "total": 840})

    assert refused(answer) == (422, "tax_mismatch")
    assert answer.json()["details"] == {"cgst": {"sent": 21, "right": 20}}
    assert sold(trade, order, {"cgst": "20.00", "total": 840})["total"] == 840


def test_rule_12_a_rate_of_the_products_own_goes_first(trade: Trade) -> None:
    product = trade.product()
    trade.make("/gst_rates", {"product_id": product, "rate": 0, "valid_from": str(today())})
    trade.batch(product, 10)
    assert sold(trade, trade.allocated(trade.customer(), (product, 10)))["cgst"] == 0


def test_rule_12_without_a_rate_nothing_is_sold(trade: Trade) -> None:
    product = trade.product(hsn="9999")
    order = trade.order(trade.customer())
    line = {"order_id": order, "product_id": product, "qty": 1}
    assert refused(trade.ask("POST", "/order_lines", line)) == (422, "gst_rate_missing")


def test_rule_13_an_odd_paisa_is_not_split_and_the_total_is_round(trade: Trade) -> None:
    product = trade.product()
    trade.batch(product, 10)
    order = trade.order(trade.customer())
    line = {"order_id": order, "product_id": product, "qty": 1, "unit_price": 10.10}
    trade.make("/order_lines", line)
    trade.step(order, "confirm")
    trade.step(order, "allocate")
    invoice = sold(trade, order)

    # 2.5 % of 10.10 is 25.25 paise: 0.25 each; 10.60 in all.
    assert (invoice["taxable"], invoice["cgst"], invoice["sgst"]) == (10.10, 0.25, 0.25)
    assert (invoice["round_off"], invoice["total"]) == (0.40, 11)


@pytest.mark.parametrize("way", ["action", "raw"])
def test_rule_14_numbers_follow_each_other(trade: Trade, way: str) -> None:
    product = trade.product()
    trade.batch(product, 100)
    numbers = []
    for _ in range(3):
        order = trade.allocated(trade.customer(), (product, 1))
        assert to_dispatch(trade, "action" if way == "action" else "", order).status_code == 200
        (row,) = trade.rows("SELECT no FROM invoices WHERE order_id = :id", id=order)
        numbers.append(row[0])

    prefix = f"MUM/{financial_year(today())}/"
    assert all(number.startswith(prefix) and len(number) == 16 for number in numbers)
    last = [int(number.removeprefix(prefix)) for number in numbers]
    assert last == list(range(last[0], last[0] + 3))


def test_rule_14_a_dispatch_that_fails_takes_no_number(trade: Trade) -> None:
    product = trade.product()
    trade.batch(product, 100)
    orders = [trade.allocated(trade.customer(), (product, 1)) for _ in range(2)]
    before = int(sold(trade, orders[0])["no"][-6:])
    assert trade.ask("POST", f"/orders/{orders[1]}/dispatch", {"total": 1}).status_code == 422
    assert int(sold(trade, orders[1])["no"][-6:]) == before + 1


@pytest.mark.parametrize("door", DOORS)
def test_rule_14_an_invoice_is_never_changed(trade: Trade, door: str) -> None:
    product = trade.product()
    trade.batch(product, 10)
    invoice = sold(trade, trade.allocated(trade.customer(), (product, 1)))["id"]
    path = f"{door}/invoices?id=eq.{invoice}"
    lines = f"{door}/invoice_lines?invoice_id=eq.{invoice}"

    for answer in (
        trade.ask("PATCH", path, {"place_of_supply": "24"}, "admin"),
        trade.ask("PATCH", lines, {"qty": 5}, "admin"),
        trade.ask("DELETE", lines, role="admin"),
    ):
        assert refused(answer) == (409, "invoice_immutable"), answer.text
    assert refused(trade.ask("DELETE", path, role="admin")) == (409, "retained")
    for table, row in (("invoices", {"no": "X"}), ("invoice_lines", {"qty": 1})):
        answer = trade.ask("POST", f"{door}/{table}", row, "admin")
        assert refused(answer) == (409, "invoice_by_dispatch")
    given = trade.ask("PATCH", path, {"irn": "a" * 64}, "admin")
    assert (given.status_code, given.json()[0]["irn"]) == (200, "a" * 64)
    again = trade.ask("PATCH", path, {"irn": "b" * 64}, "admin")
    assert refused(again) == (409, "invoice_immutable")


@pytest.fixture
def papers_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody makes up e-way bills and references; they must be sent."""
    monkeypatch.setattr(
        "overrides.invoices.business_settings",
        lambda: BusinessSettings(eway_bills="given", e_invoicing="given"),
    )


@pytest.mark.usefixtures("papers_are_given")
@pytest.mark.parametrize("way", WAYS)
def test_rule_15_large_consignments_need_an_eway_bill(trade: Trade, way: str) -> None:
    product = trade.product()
    trade.batch(product, 1000)
    order = trade.allocated(trade.customer(), (product, 596))  # 50,064
    answer = to_dispatch(trade, way, order)
    assert refused(answer) == (422, "eway_missing")
    assert sold(trade, order, {"eway_no": "123456789012"})["eway_no"] == "123456789012"


@pytest.mark.usefixtures("papers_are_given")
@pytest.mark.parametrize("way", WAYS)
def test_rule_15_registered_firms_need_a_reference(trade: Trade, way: str) -> None:
    product = trade.product()
    trade.batch(product, 10)
    pan = make_pan(77, "C", "T")
    buyer = trade.customer(gstin=make_gstin("27", pan), pan=pan)
    order = trade.allocated(buyer, (product, 1))
    assert refused(to_dispatch(trade, way, order)) == (422, "irn_missing")
    assert sold(trade, order, {"irn": "c" * 64})["irn"] == "c" * 64


@pytest.mark.parametrize(
    ("product", "forms"),
    [
        ({}, ("20", "20B")),
        ({"is_schedule_c": True}, ("21", "21B")),
        ({"schedule": "X"}, ("20F", "20G")),
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_rule_16_the_buyer_holds_the_right_licence(
    trade: Trade, way: str, product: dict[str, Any], forms: tuple[str, ...]
) -> None:
    number = trade.product(**product)
    others = {"20", "21", "20B", "21B", "20F", "20G"} - set(forms)
    buyer = trade.customer(forms=tuple(sorted(others)))
    order = trade.order(buyer, (number, 1))
    answer = to_confirm(trade, way, order)
    assert refused(answer) == (422, "licence_missing")
    assert answer.json()["details"]["form"] == list(forms)

    trade.licence(buyer, forms[0], today() - timedelta(days=1))
    lapsed = to_confirm(trade, way, order)
    assert refused(lapsed) == (422, "licence_expired")
    assert lapsed.json()["details"]["valid_to"] == str(today() - timedelta(days=1))

    trade.licence(buyer, forms[1], today())
    assert to_confirm(trade, way, order).status_code == 200


@pytest.mark.parametrize("way", WAYS)
def test_rule_16_the_licence_is_looked_at_again_at_dispatch(trade: Trade, way: str) -> None:
    product, buyer = trade.product(), trade.customer()
    trade.batch(product, 5)
    order = trade.allocated(buyer, (product, 1))
    trade.sql(
        "UPDATE customer_licences SET valid_to = :day WHERE customer_id = :id",
        day=str(today() - timedelta(days=1)),
        id=buyer,
    )
    assert refused(to_dispatch(trade, way, order)) == (422, "licence_expired")


def test_rule_16_our_own_licence_counts_too(trade: Trade) -> None:
    place = trade.make("/locations", {"code": f"L{today():%d}", "name": "New", "state_code": "27"})
    order = trade.order(trade.customer(), (trade.product(), 1), location=place["id"])
    answer = to_confirm(trade, "action", order)
    assert refused(answer) == (422, "licence_missing")
    assert answer.json()["details"]["location_id"] == place["id"]


@pytest.mark.parametrize("schedule", ["H", "H1"])
@pytest.mark.parametrize("way", WAYS)
def test_rule_17_patients_need_a_prescription(trade: Trade, way: str, schedule: str) -> None:
    product = trade.product(schedule=schedule)
    trade.batch(product, 5)
    order = trade.order(
        trade.customer(kind="patient", forms=(), price_tier="MRP", credit_days=0), (product, 1)
    )
    answer = to_confirm(trade, way, order)
    assert refused(answer) == (422, "prescription_needed")
    assert answer.json()["details"]["products"] == [product]

    word = {
        "order_id": order, "prescriber_name": "Dr. A. Rao", "prescriber_address": "Dadar, Mumbai",
        "patient_name": "B. Shah",
    }  # fmt: skip
    trade.make("/prescriptions", word)
    assert to_confirm(trade, way, order).status_code == 200


def test_rule_17_others_need_none(trade: Trade) -> None:
    order = trade.order(trade.customer(kind="hospital"), (trade.product(schedule="H1"), 1))
    assert to_confirm(trade, "action", order).status_code == 200


@pytest.mark.parametrize("way", WAYS)
def test_rule_19_schedule_x_leaves_on_the_word_of_two(trade: Trade, way: str) -> None:
    product = trade.product(schedule="X")
    trade.batch(product, 5)
    buyer = trade.customer(forms=("20G",))
    order = trade.allocated(buyer, (product, 1))
    assert refused(to_dispatch(trade, way, order)) == (403, "second_approver")
    own = trade.ask("POST", f"/orders/{order}/approve")  # by ravi, who wrote it
    assert refused(own) == (403, "second_approver")
    raw = trade.ask("PATCH", f"/orders?id=eq.{order}", {"approved_by": "asha"})
    assert refused(raw) == (403, "AUTO123")

    approved = trade.ask("POST", f"/orders/{order}/approve", None, "pharmacist", "asha")
    assert approved.json()["approved_by"] == "asha"
    assert to_dispatch(trade, way, order).status_code == 200


def test_rule_13_totals_are_checked_by_the_database(trade: Trade) -> None:
    with pytest.raises(sa.exc.DBAPIError):
        trade.sql(
            "INSERT INTO invoices (no, order_id, customer_id, location_id, date, due_date,"
            " place_of_supply, taxable, cgst, sgst, total)"
            " SELECT 'X', id, customer_id, location_id, '2026-01-01', '2026-01-01', '27',"
            " 100, 2, 3, 105 FROM orders LIMIT 1"
        )
