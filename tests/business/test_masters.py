"""Products, batches and customers: faults told field by field, and what follows from the rest."""

from __future__ import annotations

from typing import Any

import pytest

from overrides.check_digits import make_gstin, make_pan
from tests.business.trade_world import DOORS, Trade, trade

__all__ = ["trade"]

PRODUCT = {
    "sku": "M-1", "name": "Vyoqoza", "composition": "Paracetamol", "dosage_form": "tablet",
    "strength": "500 mg", "manufacturer_id": 1, "pack_size": "10", "uom": "strip",
    "hsn": "3004", "default_mrp": 105,
}  # fmt: skip
BATCH = {
    "product_id": 1, "batch_no": "B-1", "mfg_date": "2026-01-31", "expiry_date": "2027-12-31",
    "mrp": 105, "cost": 60,
}  # fmt: skip
CUSTOMER = {"code": "M-1", "name": "Chemist", "kind": "retailer", "state_code": "27"}


@pytest.mark.parametrize(
    ("table", "row", "field"),
    [
        ("products", PRODUCT | {"gtin": "00400000000016"}, "gtin"),
        ("products", PRODUCT | {"hsn": "30x4"}, "hsn"),
        ("products", PRODUCT | {"default_mrp": 0}, "default_mrp"),
        ("batches", BATCH | {"expiry_date": "2026-01-31"}, "expiry_date"),
        ("batches", BATCH | {"ptr": 105.01, "pts": 1}, "ptr"),
        ("batches", BATCH | {"ptr": 80, "pts": 80.01}, "pts"),
        ("batches", BATCH | {"batch_no": " "}, "batch_no"),
        ("customers", CUSTOMER | {"gstin": "27ZZZCD0001A1ZA"}, "gstin"),
        ("customers", CUSTOMER | {"gstin": "27AAPFU0939F1ZV", "state_code": "24"}, "state_code"),
        ("customers", CUSTOMER | {"credit_limit": -1}, "credit_limit"),
        ("gst_rates", {"rate": 5, "valid_from": "2026-01-01"}, "hsn"),
    ],
)
@pytest.mark.parametrize("door", DOORS)
def test_a_fault_is_told_by_its_field(
    trade: Trade, door: str, table: str, row: dict[str, Any], field: str
) -> None:
    answer = trade.ask("POST", f"{door}/{table}", [row], "admin")
    assert (answer.status_code, answer.json()["code"]) == (422, "AUTO125")
    assert [fault["field"] for fault in answer.json()["details"]] == [field]


@pytest.mark.parametrize(
    ("given", "prices"),
    [
        ({}, (80, 72)),
        ({"price_convention": "mark_up"}, (83.33, 75.75)),
        ({"ptr": 70, "pts": 60}, (70, 60)),
    ],
)
def test_rule_11_prices_of_a_batch_follow_from_its_mrp(
    trade: Trade, given: dict[str, Any], prices: tuple[float, float]
) -> None:
    row = BATCH | {"product_id": trade.product(), "batch_no": "B"} | given
    made = trade.make("/batches", row)
    assert (made["ptr"], made["pts"]) == prices


def test_a_gstin_says_state_and_pan(trade: Trade) -> None:
    pan = make_pan(99, "C", "G")
    row = {name: value for name, value in CUSTOMER.items() if name != "state_code"}
    made = trade.make("/customers", row | {"code": "G-1", "gstin": make_gstin("24", pan)})
    assert (made["state_code"], made["pan"]) == ("24", pan)
