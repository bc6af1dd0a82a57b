"""What the database itself refuses, whichever way a row comes."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_moves SET qty = 5 WHERE id = 1",
        "DELETE FROM stock_moves WHERE id = 1",
        "UPDATE stock_balances SET on_hand = on_hand + 1",
        "DELETE FROM stock_balances WHERE on_hand > 0",
        "INSERT INTO stock_balances (location_id, batch_id, on_hand) VALUES (2, 1, 9)",
    ],
)
def test_the_ledger_and_its_balances_are_append_only(
    stocked: sa.Connection, statement: str
) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused, stocked.begin_nested():
        stocked.execute(sa.text(statement))

    said = json.loads(str(refused.value.orig).partition("\n")[0])
    assert said["code"] == "append_only"


def test_the_ledger_cannot_be_truncated(postgres_url: str) -> None:
    import migrations
    from tests.demo.conftest import opened

    with opened(postgres_url) as engine, engine.begin() as connection:
        migrations.upgrade(connection)
        with pytest.raises(sa.exc.DBAPIError, match="append_only"):
            connection.execute(sa.text("TRUNCATE stock_moves"))


def test_balances_follow_the_moves(stocked: sa.Connection) -> None:
    stocked.execute(
        sa.text(
            "INSERT INTO stock_moves (location_id, batch_id, qty, kind)"
            " VALUES (1, 1, -3, 'sale'), (1, 1, -4, 'sale'), (2, 1, 4, 'transfer_in')"
        )
    )

    rows = stocked.execute(sa.text("SELECT location_id, on_hand FROM stock_balances ORDER BY 1"))
    assert [tuple(row) for row in rows] == [(1, 3), (2, 4)]


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (
            "INSERT INTO stock_moves (location_id, batch_id, qty, kind) VALUES (1, 1, -11, 'sale')",
            "ck_stock_balances_on_hand_not_negative",
        ),
        (
            "INSERT INTO stock_moves (location_id, batch_id, qty, kind) VALUES (1, 1, 0, 'sale')",
            "ck_stock_moves_qty_not_zero",
        ),
        (
            "UPDATE stock_balances SET reserved = 11",
            "ck_stock_balances_reserved_within_on_hand",
        ),
        (
            "UPDATE locations SET gstin = '27ZZZCD0001A1ZA' WHERE id = 1",
            "ck_locations_gstin_check_digit",
        ),
        ("UPDATE locations SET state_code = '24' WHERE id = 1", "ck_locations_gstin_of_state"),
        ("UPDATE products SET gtin = '04006381333932'", "ck_products_gtin_check_digit"),
        ("UPDATE products SET gtin = '0400638133393x'", "ck_products_gtin_check_digit"),
        ("UPDATE products SET hsn = '30x4'", "ck_products_hsn_digits"),
        ("UPDATE batches SET expiry_date = mfg_date", "ck_batches_made_before_expiry"),
        ("UPDATE batches SET ptr = mrp + 1", "ck_batches_prices_in_order"),
    ],
)
def test_a_row_that_breaks_a_check_is_refused_by_name(
    stocked: sa.Connection, statement: str, constraint: str
) -> None:
    with pytest.raises(sa.exc.IntegrityError, match=constraint), stocked.begin_nested():
        stocked.execute(sa.text(statement))


def test_an_unknown_label_is_refused(stocked: sa.Connection) -> None:
    with pytest.raises(sa.exc.DBAPIError), stocked.begin_nested():
        stocked.execute(sa.text("UPDATE products SET schedule = 'Z'"))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO gst_rates (hsn, rate, valid_from) VALUES ('3004', 5, '2025-09-23')",
        "INSERT INTO gst_rates (hsn, rate, valid_from, valid_to)"
        " VALUES ('3004', 5, '2017-01-01', '2017-07-01')",
        "UPDATE gst_rates SET valid_from = '2025-09-21' WHERE valid_to IS NULL",
        "INSERT INTO gst_rates (product_id, rate, valid_from) VALUES (1, 0, '2026-01-01')",
    ],
)
def test_two_rates_on_one_day_are_refused(stocked: sa.Connection, statement: str) -> None:
    with pytest.raises(sa.exc.IntegrityError), stocked.begin_nested():
        stocked.execute(sa.text(statement))


def test_a_batch_that_has_moved_cannot_be_deleted(stocked: sa.Connection) -> None:
    with pytest.raises(sa.exc.IntegrityError), stocked.begin_nested():
        stocked.execute(sa.text("DELETE FROM batches"))


@pytest.fixture
def stocked(connection: sa.Connection) -> sa.Connection:
    """One product with its rates, of which ten units stand at the first of two locations."""
    for statement in (
        "INSERT INTO manufacturers (name, licence_no) VALUES ('Sahyadri Lifecare', 'DEMO-1')",
        "INSERT INTO products (sku, gtin, name, composition, dosage_form, strength,"
        " manufacturer_id, pack_size, uom, hsn, default_mrp) VALUES ('S1', '04006381333931',"
        " 'Vyoqoza', 'Paracetamol', 'tablet', '500 mg', 1, '10 tablets', 'strip', '3004', 20)",
        "INSERT INTO gst_rates (hsn, rate, valid_from, valid_to)"
        " VALUES ('3004', 12, '2017-07-01', '2025-09-21')",
        "INSERT INTO gst_rates (hsn, rate, valid_from) VALUES ('3004', 5, '2025-09-22')",
        "INSERT INTO gst_rates (product_id, rate, valid_from) VALUES (1, 0, '2025-09-22')",
        "INSERT INTO batches (product_id, batch_no, mfg_date, expiry_date, mrp, ptr, pts, cost)"
        " VALUES (1, 'B1', '2025-01-01', '2027-01-31', 20, 15, 13, 12)",
        "INSERT INTO locations (code, name, gstin, state_code)"
        " VALUES ('MUM', 'Mumbai', '27AAPFU0939F1ZV', '27'), ('PNQ', 'Pune', NULL, '27')",
        "INSERT INTO stock_moves (location_id, batch_id, qty, kind) VALUES (1, 1, 10, 'receipt')",
    ):
        connection.execute(sa.text(statement))
    return connection
