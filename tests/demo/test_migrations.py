"""The schema is the same on both databases, whole or not there at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

import migrations
from tests.demo.conftest import opened

NEWEST = "0012"
TABLES = {
    "api_keys",
    "audit_log",
    "batches",
    "credit_note_lines",
    "credit_notes",
    "customer_licences",
    "customers",
    "document_series",
    "fefo_skips",
    "gst_rates",
    "h1_register",
    "invoice_lines",
    "invoices",
    "line_allocations",
    "locations",
    "login_failures",
    "login_sessions",
    "loyalty_accounts",
    "loyalty_entries",
    "loyalty_tiers",
    "manufacturers",
    "narcotics_register",
    "order_lines",
    "orders",
    "payment_allocations",
    "payment_reversals",
    "payments",
    "prescriptions",
    "products",
    "purchase_lines",
    "purchases",
    "recall_actions",
    "recalls",
    "refresh_tokens",
    "return_lines",
    "returns",
    "schemes",
    "second_approvals",
    "stock_balances",
    "stock_moves",
    "transfer_lines",
    "transfers",
    "users",
}


def all_tables(engine: sa.Engine) -> set[str]:
    """What is there in the end; SQLite has a table where PostgreSQL has settings."""
    here = {"autoapi_request_settings"} if engine.dialect.name == "sqlite" else set()
    return TABLES | {"alembic_version"} | here


def test_upgrade_makes_every_table_and_view(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        assert migrations.current(connection) is None
        migrations.upgrade(connection)
        assert migrations.current(connection) == NEWEST

    found = sa.inspect(engine)
    assert set(found.get_table_names()) == all_tables(engine)
    assert set(found.get_view_names()) == {"inventory", "outstanding_invoices"}


def test_upgrade_commits_when_no_transaction_is_open(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        migrations.upgrade(connection)

    with engine.connect() as connection:
        assert migrations.current(connection) == NEWEST


def test_upgrading_twice_changes_nothing(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        migrations.upgrade(connection)
        migrations.upgrade(connection)
        assert migrations.current(connection) == NEWEST


def test_downgrade_leaves_nothing_and_can_be_undone(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        migrations.upgrade(connection)
        migrations.downgrade(connection, "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]

    with engine.begin() as connection:
        migrations.upgrade(connection)
    assert set(sa.inspect(engine).get_table_names()) == all_tables(engine)


def test_a_revision_that_fails_leaves_nothing(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE invoices (in_the_way integer)"))

    with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
        migrations.upgrade(connection)

    assert sa.inspect(engine).get_table_names() == ["invoices"]


def test_every_foreign_key_restricts_has_a_name_and_an_index(connection: sa.Connection) -> None:
    found, on_sqlite = sa.inspect(connection), connection.dialect.name == "sqlite"
    for table in sorted(TABLES):
        indexed: list[Sequence[str | None]] = [
            index["column_names"] for index in found.get_indexes(table)
        ]
        indexed += [unique["column_names"] for unique in found.get_unique_constraints(table)]
        indexed.append(found.get_pk_constraint(table)["constrained_columns"])
        for key in found.get_foreign_keys(table):
            columns = key["constrained_columns"]
            # SQLAlchemy reads neither off a column that was added to SQLite's table later.
            if not (on_sqlite and columns == ["back_order_of"]):
                assert key["name"] == f"fk_{table}_{columns[0]}_{key['referred_table']}"
                assert key["options"]["ondelete"] == "RESTRICT"
            assert any(names[: len(columns)] == columns for names in indexed), (table, columns)


def test_a_balance_is_the_junction_of_location_and_batch(connection: sa.Connection) -> None:
    found = sa.inspect(connection)
    key = found.get_pk_constraint("stock_balances")["constrained_columns"]
    references = {key["referred_table"] for key in found.get_foreign_keys("stock_balances")}

    assert (key, references) == (["location_id", "batch_id"], {"locations", "batches"})


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        ("batches", "mrp", "NUMERIC(14, 2)"),
        ("gst_rates", "rate", "NUMERIC(5, 2)"),
        ("batches", "expiry_date", "DATE"),
        ("products", "sku", "VARCHAR(40)"),
        ("products", "active", "BOOLEAN"),
        ("inventory", "available", "INTEGER"),
        ("inventory", "nearest_expiry", "DATE"),
        ("inventory", "value_at_cost", "NUMERIC(14, 2)"),
        ("outstanding_invoices", "outstanding", "NUMERIC(14, 2)"),
    ],
)
def test_types_can_be_read_back(
    connection: sa.Connection, table: str, column: str, kind: str
) -> None:
    columns = {found["name"]: found for found in sa.inspect(connection).get_columns(table)}

    assert str(columns[column]["type"]) == kind


def test_postgres_has_enum_types_and_comments(postgres_url: str) -> None:
    with opened(postgres_url) as engine, engine.connect() as connection:
        migrations.upgrade(connection)
        found = sa.inspect(connection)
        enums = {enum["name"]: enum["labels"] for enum in found.get_enums()}  # type: ignore[attr-defined]
        silent = [table for table in sorted(TABLES) if not found.get_table_comment(table)["text"]]

    assert enums["price_tier"] == ["PTR", "PTS", "MRP"]
    assert silent == []
