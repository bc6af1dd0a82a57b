"""What is asked for: orders, their lines, and the batches set aside for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.columns import (
    check,
    choice,
    count,
    create_table,
    created,
    drop_tables,
    key,
    moment,
    money,
    percent,
    reference,
    text,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = ["draft", "confirmed", "allocated", "dispatched", "delivered", "cancelled", "returned"]


def upgrade() -> None:
    create_orders()
    create_order_lines()
    create_line_allocations()


def downgrade() -> None:
    drop_tables("line_allocations", "order_lines", "orders", kinds=["order_status"])


def create_orders() -> None:
    create_table(
        "orders",
        key(),
        text("no", 20, unique=True, comment="Order number"),
        reference("customer_id", "customers", index=False),
        reference("location_id", "locations", comment="Where the goods leave from"),
        choice("status", "order_status", STATES, default="draft"),
        count("version", default=1, comment="Counts changes; a stale one is refused"),
        text("idempotency_key", 80, nullable=True),
        moment("placed_at", server_default=sa.func.now()),
        money("gross", default="0", comment="Quantities times prices, before tax"),
        money("discount", default="0"),
        money("net", default="0", comment="Gross less discount, before tax"),
        *created(),
        sa.UniqueConstraint("customer_id", "idempotency_key"),
        check("version_positive", "version > 0"),
        check("amounts_not_negative", "gross >= 0 AND discount >= 0 AND net >= 0"),
        check("net_adds_up", "abs(gross - discount - net) < 0.005"),
        comment="Sales orders",
    )
    op.create_index("ix_orders_placed_at", "orders", ["placed_at"])
    op.create_index("ix_orders_status", "orders", ["status"])


def create_order_lines() -> None:
    create_table(
        "order_lines",
        key(),
        reference("order_id", "orders"),
        reference("product_id", "products"),
        count("qty", comment="Units paid for"),
        count("free_qty", default=0, comment="Units given under the scheme"),
        money("unit_price", comment="Price of a unit, before tax"),
        percent("discount_pct", default="0"),
        reference("scheme_id", "schemes", nullable=True, comment="As it stood at confirmation"),
        *created(),
        check("qty_positive", "qty > 0"),
        check("free_qty_not_negative", "free_qty >= 0"),
        check("unit_price_not_negative", "unit_price >= 0"),
        check("discount_is_percent", "discount_pct BETWEEN 0 AND 100"),
        comment="What an order asks for, one product a line",
    )


def create_line_allocations() -> None:
    create_table(
        "line_allocations",
        key(),
        reference("line_id", "order_lines", index=False),
        reference("batch_id", "batches"),
        reference("location_id", "locations"),
        count("qty", default=0, comment="Units paid for"),
        count("free_qty", default=0, comment="Units given under the scheme"),
        *created(),
        sa.UniqueConstraint("line_id", "batch_id", "location_id"),
        check("some_units", "qty >= 0 AND free_qty >= 0 AND qty + free_qty > 0"),
        comment="Batches set aside for an order line, the one that expires first ahead",
    )
