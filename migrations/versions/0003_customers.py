"""Who buys: customers, their drug licences, and the schemes they are offered."""

from __future__ import annotations

import sqlalchemy as sa

from migrations import checks
from migrations.columns import (
    check,
    choice,
    count,
    create_table,
    created,
    day,
    document,
    drop_tables,
    key,
    moment,
    money,
    reference,
    text,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_customers()
    create_customer_licences()
    create_schemes()


def downgrade() -> None:
    drop_tables(
        "schemes",
        "customer_licences",
        "customers",
        kinds=["customer_kind", "price_tier", "customer_status", "licence_form"],
    )


def create_customers() -> None:
    create_table(
        "customers",
        key(),
        text("code", 20, unique=True),
        text("name", 160),
        choice("kind", "customer_kind", ["retailer", "hospital", "stockist", "doctor", "patient"]),
        text("gstin", 15, nullable=True, comment="Tax registration; empty if not registered"),
        text("pan", 10, nullable=True, comment="Income tax number, characters 3 to 12 of a GSTIN"),
        text("state_code", 2, comment="GST state code; with our location's decides CGST or IGST"),
        text("phone", 15, nullable=True),
        document("address", comment="line, city, pin"),
        money("credit_limit", default="0", comment="Most that may be owed at one time"),
        count("credit_days", default=0, comment="Days from invoice to due date"),
        choice("price_tier", "price_tier", ["PTR", "PTS", "MRP"], default="PTR"),
        choice("status", "customer_status", ["active", "hold", "blocked"], default="active"),
        *created(),
        check("gstin_check_digit", checks.gstin("gstin")),
        check("gstin_of_state", "substr(gstin, 1, 2) = state_code"),
        check("gstin_of_pan", "substr(gstin, 3, 10) = pan"),
        check("state_code_digits", checks.digits("state_code", 2, 2)),
        check("credit_limit_not_negative", "credit_limit >= 0"),
        check("credit_days_not_negative", "credit_days >= 0"),
        comment="Chemists, hospitals, stockists, doctors and patients we sell to",
    )


def create_customer_licences() -> None:
    create_table(
        "customer_licences",
        key(),
        reference("customer_id", "customers"),
        choice(
            "form",
            "licence_form",
            ["20", "21", "20B", "21B", "20F", "20G"],
            comment="20 retail, 21 retail of Schedule C; B wholesale; 20F and 20G Schedule X",
        ),
        text("number", 40),
        day("valid_from"),
        day("valid_to", comment="The retention fee is paid until this day"),
        text("document_ref", 200, nullable=True, comment="Where the scanned licence is kept"),
        text("verified_by", 80, nullable=True),
        moment("verified_at", nullable=True),
        *created(),
        sa.UniqueConstraint("form", "number"),
        check("valid_in_order", "valid_from <= valid_to"),
        comment="Drug licences of customers; a sale needs the right form on the invoice date",
    )


def create_schemes() -> None:
    create_table(
        "schemes",
        key(),
        reference("product_id", "products"),
        count("buy", comment="Units to buy"),
        count("free", comment="Units given with them"),
        day("valid_from"),
        day("valid_to"),
        *created(),
        check("buy_positive", "buy > 0"),
        check("free_positive", "free > 0"),
        check("valid_in_order", "valid_from <= valid_to"),
        comment="Offers such as 10 + 1; free units are floor(qty / buy) * free",
    )
