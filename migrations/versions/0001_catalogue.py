"""What is sold: manufacturers, products, their dated tax rates and their batches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import checks
from migrations.columns import (
    check,
    choice,
    count,
    create_table,
    created,
    day,
    drop_tables,
    flag,
    key,
    money,
    on_postgres,
    percent,
    reference,
    text,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


REFUSE_OVERLAP = """
CREATE TRIGGER gst_rates_overlap_on_{event} BEFORE {event} ON gst_rates
WHEN EXISTS (
  SELECT 1 FROM gst_rates AS other
  WHERE other.id IS NOT NEW.id
    AND other.hsn IS NEW.hsn AND other.product_id IS NEW.product_id
    AND (other.valid_to IS NULL OR other.valid_to >= NEW.valid_from)
    AND (NEW.valid_to IS NULL OR NEW.valid_to >= other.valid_from))
BEGIN SELECT RAISE(ABORT, 'rates_overlap: this subject has a rate on those days'); END
"""


def upgrade() -> None:
    create_products()
    create_gst_rates()
    forbid_overlapping_rates()
    create_batches()


def downgrade() -> None:
    drop_tables(
        "batches",
        "gst_rates",
        "products",
        "manufacturers",
        kinds=["batch_status", "price_convention", "product_schedule", "product_storage"],
    )


def create_products() -> None:
    create_table(
        "manufacturers",
        key(),
        text("name", 120, unique=True),
        text("licence_no", 40, comment="Manufacturing licence, printed on every pack"),
        *created(),
        comment="Makers of medicines",
    )
    create_table(
        "products",
        key(),
        text("sku", 40, unique=True, comment="Our own article number"),
        text("gtin", 14, nullable=True, unique=True, comment="GS1 number of the sale pack"),
        text("name", 160),
        text("composition", 200, comment="Active substances by their INN"),
        text("dosage_form", 40),
        text("strength", 40),
        reference("manufacturer_id", "manufacturers"),
        text("pack_size", 40),
        text("uom", 20, comment="Unit of measure: what one unit of stock is"),
        text("hsn", 8, comment="Tariff heading, 4 to 8 digits; finds the tax rate"),
        choice(
            "schedule",
            "product_schedule",
            ["none", "G", "H", "H1", "X", "NDPS"],
            default="none",
            comment="Schedule of the Drugs Rules; decides the licence and register needed",
        ),
        flag("is_schedule_c", default=False, comment="Biologicals: need form 21 or 21B"),
        choice("storage", "product_storage", ["ambient", "cool", "cold"], default="ambient"),
        money("default_mrp", comment="Maximum retail price of the next batch, tax included"),
        count("min_shelf_days", default=90, comment="Not sold with fewer days left than this"),
        flag("active", default=True),
        *created(),
        check("gtin_check_digit", checks.gtin("gtin")),
        check("hsn_digits", checks.digits("hsn", 4, 8)),
        check("default_mrp_positive", "default_mrp > 0"),
        check("min_shelf_days_not_negative", "min_shelf_days >= 0"),
        comment="Medicines and other goods, one row per sale pack",
    )


def create_gst_rates() -> None:
    create_table(
        "gst_rates",
        key(),
        text("hsn", 8, nullable=True, comment="Rate of a whole heading, or empty"),
        reference(
            "product_id",
            "products",
            nullable=True,
            comment="Rate of one product, ahead of its heading's, or empty",
        ),
        percent("rate", comment="Percent, of CGST and SGST together or of IGST"),
        day("valid_from", comment="First day"),
        day("valid_to", nullable=True, comment="Last day, empty while in force"),
        *created(),
        check("one_subject", "(hsn IS NULL) <> (product_id IS NULL)"),
        check("hsn_digits", checks.digits("hsn", 4, 8)),
        check("rate_is_percent", "rate BETWEEN 0 AND 100"),
        check("valid_in_order", "valid_to IS NULL OR valid_to >= valid_from"),
        comment="Goods and services tax by date: most medicines went from 12 to 5 % on 2025-09-22",
    )
    op.create_index("ix_gst_rates_hsn_valid_from", "gst_rates", ["hsn", "valid_from"])


def forbid_overlapping_rates() -> None:
    """One rate a day for each heading and each product.

    PostgreSQL compares ranges natively, so the key is written as a range of one
    number; comparing it as a plain number would need the extension btree_gist,
    which a login may not be allowed to create. The 1 ahead of the heading keeps
    0300 and 300 apart.
    """
    if on_postgres():
        heading = "CAST('1' || hsn AS bigint)"
        for name, number, subject in (
            ("ex_gst_rates_hsn", f"int8range({heading}, {heading}, '[]')", "hsn"),
            ("ex_gst_rates_product", "int4range(product_id, product_id, '[]')", "product_id"),
        ):
            op.execute(
                f"ALTER TABLE gst_rates ADD CONSTRAINT {name} EXCLUDE USING gist ({number} WITH =,"
                f" daterange(valid_from, valid_to, '[]') WITH &&) WHERE ({subject} IS NOT NULL)"
            )
        return
    for event in ("INSERT", "UPDATE"):
        op.execute(REFUSE_OVERLAP.replace("{event}", event))


def create_batches() -> None:
    create_table(
        "batches",
        key(),
        reference("product_id", "products", index=False),
        text("batch_no", 20, comment="As printed by the maker"),
        day("mfg_date"),
        day("expiry_date", comment="Printed as a month; this is its last day"),
        money("mrp", comment="Maximum retail price, tax included"),
        money("ptr", comment="Price to retailer, before tax"),
        money("pts", comment="Price to stockist, before tax"),
        money("cost", comment="What we paid for a unit, before tax"),
        choice(
            "price_convention",
            "price_convention",
            ["margin_on", "mark_up"],
            default="margin_on",
            comment="How ptr and pts were worked out of the MRP; two ways are in use",
        ),
        choice(
            "status",
            "batch_status",
            ["saleable", "quarantine", "recalled", "expired", "destroyed"],
            default="saleable",
        ),
        *created(),
        sa.UniqueConstraint("product_id", "batch_no", "mrp"),
        check("batch_no_length", "length(batch_no) BETWEEN 1 AND 20"),
        check("made_before_expiry", "mfg_date < expiry_date"),
        check("cost_not_negative", "cost >= 0"),
        check("prices_in_order", "0 <= pts AND pts <= ptr AND ptr <= mrp"),
        comment="Batches of products; one batch number may carry two MRPs after a price revision",
    )
    op.create_index("ix_batches_product_id_expiry_date", "batches", ["product_id", "expiry_date"])
