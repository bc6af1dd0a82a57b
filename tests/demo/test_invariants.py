"""The check of the rules finds what breaks them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from overrides.demo import InvariantBroken, assert_invariants

FIRST_SALE = "(SELECT min(id) FROM stock_moves WHERE kind = 'sale')"

TAMPERED = {
    "rule 2": "UPDATE stock_balances SET reserved = 0",
    "rule 9": "UPDATE order_lines SET qty = qty + 1 WHERE id = 1",
    "what left stock": "INSERT INTO stock_moves (location_id, batch_id, qty, kind)"
    " SELECT location_id, batch_id, -1, 'sale' FROM stock_balances"
    " WHERE on_hand > reserved LIMIT 1",
    "of the line's product": "UPDATE order_lines SET product_id = product_id % 40 + 1 WHERE id = 1",
    "rule 4": "UPDATE invoice_lines SET expiry_date = '2025-04-02' WHERE id = 1",
    "order's amounts": "UPDATE orders SET gross = gross + 1, net = net + 1 WHERE id = 1",
    "rule 10": "UPDATE schemes SET buy = buy + 10000",
    "rule 11": "UPDATE invoice_lines SET mrp = 1 WHERE id = 1",
    "rule 12": "UPDATE gst_rates SET rate = 28",
    "rules 12 and 13": "UPDATE invoices SET place_of_supply = '35' WHERE cgst > 0",
    "taxable value": "UPDATE invoice_lines SET discount = discount + 1 WHERE id = 1",
    "rule 13": "UPDATE invoices SET taxable = taxable + 1, total = total + 1 WHERE id = 1",
    "one invoice": "UPDATE invoices SET order_id = order_id + 1 WHERE id = 1",
    "rule 14": "UPDATE invoices SET no = 'MUM/25-26/900000' WHERE id = 1",
    "rule 15": "UPDATE invoices SET taxable = taxable + 60000, total = total + 60000,"
    " eway_no = NULL WHERE id = 1",
    "rule 16": "UPDATE customer_licences SET valid_to = '2025-04-01'",
    "rule 17": "UPDATE customers SET kind = 'patient'",
    "rule 21": "UPDATE credit_note_lines SET qty = qty + 1000",
    "credit note": "UPDATE credit_notes SET taxable = taxable + 1, total = total + 1",
    "settles no more": "UPDATE payments SET amount = 0.01",
    "credited no more": "UPDATE payment_allocations SET amount = amount * 2",
    "customer who paid": "UPDATE payments SET customer_id = customer_id % 12 + 1",
}


def test_the_data_keeps_every_rule(filled: sa.Connection) -> None:
    assert_invariants(filled)


@pytest.mark.parametrize("rule", TAMPERED)
def test_a_row_tampered_with_is_found(filled: sa.Connection, rule: str) -> None:
    changed = filled.execute(sa.text(TAMPERED[rule])).rowcount

    with pytest.raises(InvariantBroken) as found:
        assert_invariants(filled)

    assert changed > 0
    assert found.value.rows
