"""The check of the rules finds what breaks them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from overrides.demo import InvariantBroken, assert_invariants
from overrides.demo.invariants import check_rules, wrong_gstins

# A part of the rule's name, and a statement after which it is broken.
TAMPERED = {
    "rule 3": "INSERT INTO stock_moves (at, location_id, batch_id, qty, kind)"
    " SELECT '2026-03-31 12:00:00', late.location_id, late.batch_id, -1, 'sale'"
    " FROM stock_balances AS late JOIN batches AS new ON new.id = late.batch_id"
    " JOIN batches AS old ON old.product_id = new.product_id AND old.expiry_date < new.expiry_date"
    " JOIN stock_balances AS early ON early.batch_id = old.id"
    " AND early.location_id = late.location_id WHERE early.on_hand > 0 AND late.on_hand > 1"
    " AND old.status = 'saleable' AND old.expiry_date > '2026-08-01' AND new.status = 'saleable'"
    " ORDER BY late.batch_id LIMIT 1",
    "rule 26": "INSERT INTO stock_moves (location_id, batch_id, qty, kind)"
    " VALUES (1, 1, 1, 'transfer_in')",
    "rule 2)": "UPDATE stock_balances SET reserved = 0",
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
    "contra row": "UPDATE payments SET status = 'bounced' WHERE id = 1",
    "free ones too": "UPDATE return_lines SET free_qty = free_qty + 1",
    "what was credited of it": "DELETE FROM return_lines",
    "to the paisa": "UPDATE credit_note_lines SET qty = (SELECT sold.qty FROM invoice_lines AS sold"
    " WHERE sold.id = credit_note_lines.invoice_line_id)",
    "in quarantine": "UPDATE return_lines SET written_off = 0",
    "balance of points": "UPDATE loyalty_accounts SET balance = balance + 1",
    "of a lot": "INSERT INTO loyalty_entries (account_id, date, kind, points, lot_id)"
    " SELECT account_id, date, 'burn', -points - 1, id FROM loyalty_entries WHERE kind = 'earn'",
    "no prescriber": "UPDATE customers SET kind = 'doctor'",
    "customer who paid": "UPDATE payments SET customer_id = customer_id % 12 + 1",
}


def lower_guards(connection: sa.Connection) -> None:
    """Let what the database refuses happen, to see that the check would find it."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        return
    for (name,) in connection.execute(
        sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    ).all():
        connection.execute(sa.text(f'DROP TRIGGER "{name}"'))


def test_the_data_keeps_every_rule(filled: sa.Connection) -> None:
    assert_invariants(filled)


def test_each_rule_finds_a_row_that_breaks_it(filled: sa.Connection) -> None:
    """In one database, because filling it takes longer than all the checks."""
    lower_guards(filled)
    unnoticed = []
    for rule, statement in TAMPERED.items():
        savepoint = filled.begin_nested()
        changed = filled.execute(sa.text(statement)).rowcount
        broken = [name for name, rows in check_rules(filled) if rows]
        savepoint.rollback()
        if not changed or not any(rule in name for name in broken):
            unnoticed.append((rule, changed, broken))

    assert unnoticed == []


def test_the_message_quotes_the_rule_and_the_rows(filled: sa.Connection) -> None:
    lower_guards(filled)
    filled.execute(sa.text("UPDATE invoices SET no = 'MUM/25-26/900000' WHERE id = 1"))

    with pytest.raises(InvariantBroken, match=r"rule 14\): .*MUM/25-26.*900000"):
        assert_invariants(filled)


def test_a_balance_changed_behind_the_ledger_is_found(filled: sa.Connection) -> None:
    lower_guards(filled)
    filled.execute(sa.text("UPDATE stock_balances SET on_hand = on_hand + 1"))

    with pytest.raises(InvariantBroken, match="on_hand is the sum of the moves"):
        assert_invariants(filled)


@pytest.mark.parametrize("text", ["27ZZZCD0001A1ZA", "nonsense"])
def test_a_wrong_gstin_is_found_where_no_check_refused_it(text: str) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        for table in ("locations", "customers"):
            connection.execute(sa.text(f"CREATE TABLE {table} (code TEXT, gstin TEXT)"))
        connection.execute(sa.text("INSERT INTO customers VALUES ('C1', :gstin)"), {"gstin": text})

        assert list(wrong_gstins(connection)) == [("customers", "C1", text)]
    engine.dispose()
