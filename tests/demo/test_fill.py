"""The demo data: the same bytes each time, of the size asked for, in the shape promised."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

import migrations
from overrides.demo import SIZES, NotEmpty, fill
from overrides.demo.journal import COLUMNS
from tests.demo.conftest import no_progress, opened

SCRIPT = """
import hashlib, sqlite3, sys
import sqlalchemy as sa
import migrations
from overrides.demo import SIZES, fill
engine = sa.create_engine("sqlite:///" + sys.argv[1])
with engine.begin() as connection:
    migrations.upgrade(connection)
    fill(connection, SIZES["small"], lambda stage, done, total: None)
engine.dispose()
"""


@pytest.mark.parametrize("seed", ["0", "1"])
def test_two_runs_give_the_same_bytes(tmp_path: Path, seed: str) -> None:
    """In processes of their own, with the hashes of text differing between them."""
    dumps = []
    for number, hash_seed in enumerate(("17", seed)):
        path = tmp_path / f"{number}.db"
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
        subprocess.run([sys.executable, "-c", SCRIPT, str(path)], check=True, env=environment)
        dumps.append(dump(path))

    assert dumps[0] == dumps[1]


def dump(path: Path) -> str:
    database = sqlite3.connect(path)
    text = "\n".join(database.iterdump())
    database.close()
    return hashlib.sha256(text.encode()).hexdigest()


def test_both_databases_hold_the_same_rows(tmp_path: Path, postgres_url: str) -> None:
    contents = []
    for url in (f"sqlite:///{tmp_path}/demo.db", postgres_url):
        with opened(url) as engine, engine.begin() as connection:
            migrations.upgrade(connection)
            fill(connection, SIZES["small"], no_progress)
            contents.append({table: read(connection, table) for table in tables()})

    assert contents[0] == contents[1]


def tables() -> list[str]:
    return [*COLUMNS, "stock_balances"]


def read(connection: sa.Connection, table: str) -> list[tuple[object, ...]]:
    """All rows by key, typed by the catalogue so that they compare between databases."""
    found = sa.Table(table, sa.MetaData(), autoload_with=connection)
    rows = connection.execute(sa.select(found).order_by(*found.primary_key.columns))
    return [tuple(map(comparable, row)) for row in rows]


def comparable(value: object) -> object:
    match value:
        case Decimal():
            return f"{value:.2f}"
        case datetime():
            return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        case _:
            return value


def test_small_has_the_counts_it_promises(filled: sa.Connection) -> None:
    expected = {"products": 40, "batches": 120, "customers": 12, "orders": 60}
    expected["locations"] = 2 + 2  # and a quarantine in each of two states

    assert {table: count(filled, table) for table in expected} == expected


def test_filling_a_second_time_is_refused(filled: sa.Connection) -> None:
    with pytest.raises(NotEmpty):
        fill(filled, SIZES["small"], no_progress)


def test_the_next_row_gets_the_next_number(filled: sa.Connection) -> None:
    filled.execute(sa.text("INSERT INTO manufacturers (name, licence_no) VALUES ('New', 'L')"))

    assert filled.scalar(sa.text("SELECT max(id) FROM manufacturers")) == 9


def test_progress_is_told_step_by_step(connection: sa.Connection) -> None:
    told: list[tuple[str, int, int]] = []

    summary = fill(connection, SIZES["small"], lambda *step: told.append(step))

    assert told[0] == ("Trading in 2025-04", 1, 12)
    assert told[11] == ("Trading in 2026-03", 12, 12)
    assert told[-1][1] == told[-1][2]
    assert dict(summary.tables)["orders"] == 60
    assert summary.rows == sum(count(connection, table) for table in COLUMNS)


def count(connection: sa.Connection, table: str) -> int:
    rows = connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table)))
    assert isinstance(rows, int)
    return rows


def test_the_demo_has_the_shape_it_promises(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/demo.db") as engine, engine.begin() as connection:
        migrations.upgrade(connection)
        summary = dict(fill(connection, SIZES["demo"], no_progress).tables)
        figures = {name: connection.scalar(sa.text(query)) for name, query in SHAPE.items()}

    exact = {"products": 600, "batches": 3_000, "customers": 250, "locations": 3 + 2}
    assert {table: summary[table] for table in exact} == exact
    assert (summary["orders"], summary["order_lines"]) == (9_000, 45_000)
    for name, (least, most) in BOUNDS.items():
        assert least <= figures[name] <= most, (name, figures[name])


VALUE = "(SELECT sum(on_hand * cost) FROM stock_balances JOIN batches ON batches.id = batch_id {})"
ALL = VALUE.format("")
SHAPE = {
    "payments": "SELECT count(*) FROM payments",
    "returns": "SELECT count(*) FROM credit_notes",
    "transfers": "SELECT count(*) FROM stock_moves WHERE kind = 'transfer_in'",
    "recalls": "SELECT count(*) FROM batches WHERE status = 'recalled'",
    "percent near expiry": "SELECT 100.0 * "
    + VALUE.format(
        "WHERE status = 'saleable' AND expiry_date BETWEEN '2026-04-01' AND '2026-06-30'"
    )
    + f" / {ALL}",
    "percent expired": "SELECT 100.0 * " + VALUE.format("WHERE status = 'expired'") + f" / {ALL}",
    "lapsed customers": "SELECT count(DISTINCT customer_id) FROM customer_licences"
    " WHERE valid_to < '2026-03-31'",
    "customers over limit": "SELECT count(*) FROM customers WHERE credit_limit <"
    " (SELECT sum(outstanding) FROM outstanding_invoices WHERE customer_id = customers.id)",
    "batches with two prices": "SELECT count(*) FROM (SELECT 1 FROM batches"
    " GROUP BY product_id, batch_no HAVING count(*) = 2)",
    "months with orders": "SELECT count(DISTINCT substr(placed_at, 1, 7)) FROM orders",
    "tax rates billed": "SELECT count(DISTINCT rate) FROM invoice_lines",
    "states of orders": "SELECT count(DISTINCT status) FROM orders",
    "sold between states": "SELECT count(*) FROM invoices WHERE igst > 0",
    "monsoon over winter": "SELECT 1.0 * sum(substr(placed_at, 6, 2) IN ('07', '08'))"
    " / sum(substr(placed_at, 6, 2) IN ('12', '01')) FROM orders JOIN order_lines"
    " ON order_id = orders.id JOIN products ON products.id = product_id WHERE hsn = '30042019'",
    "sunday over monday": "SELECT 1.0 * sum(strftime('%w', placed_at) = '0')"
    " / sum(strftime('%w', placed_at) = '1') FROM orders",
}
BOUNDS = {
    "payments": (6_200, 6_800),
    "returns": (340, 480),
    "transfers": (120, 120),
    "recalls": (6, 6),
    "percent near expiry": (3, 5),
    "percent expired": (0.6, 1.6),
    "lapsed customers": (5, 5),
    "customers over limit": (8, 8),
    "batches with two prices": (1, 20),
    "months with orders": (12, 12),
    "tax rates billed": (4, 4),
    "states of orders": (7, 7),
    "sold between states": (400, 1_500),
    "monsoon over winter": (1.2, 2.2),
    "sunday over monday": (0.05, 0.3),
}


def test_no_clock_but_the_demo_s_own(filled: sa.Connection) -> None:
    for table in tables():
        latest = filled.scalar(sa.select(sa.func.max(sa.column("created_at"))).select_from(
            sa.table(table)
        ))  # fmt: skip
        if latest is not None:
            moment = latest if isinstance(latest, datetime) else datetime.fromisoformat(latest)
            assert date(2025, 3, 31) <= moment.date() <= date(2026, 3, 31), table
