"""What is owed and paid: invoices, credit notes, payments and what they settle.

An invoice line copies batch number, expiry, MRP, heading and rate: the document
must read the same after any of them changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
    percent,
    reference,
    text,
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_invoices()
    create_invoice_lines()
    create_credit_notes()
    create_payments()


def downgrade() -> None:
    drop_tables(
        "payment_allocations",
        "payments",
        "credit_note_lines",
        "credit_notes",
        "invoice_lines",
        "invoices",
        kinds=["payment_mode", "payment_status", "credit_note_kind"],
    )


def taxes() -> tuple[sa.schema.SchemaItem, ...]:
    """Taxable value and tax: halves to centre and state, or whole across states."""
    return (
        money("taxable", comment="Value the tax is worked out on"),
        money("cgst", default="0", comment="Central tax, within a state"),
        money("sgst", default="0", comment="State tax, within a state"),
        money("igst", default="0", comment="Integrated tax, between states"),
        check("tax_not_negative", "taxable >= 0 AND cgst >= 0 AND igst >= 0"),
        check("one_regime", "cgst = sgst AND (igst = 0 OR cgst = 0)"),
    )


def create_invoices() -> None:
    create_table(
        "invoices",
        key(),
        text("no", 16, unique=True, comment="Consecutive in its location and financial year"),
        reference("order_id", "orders"),
        reference("customer_id", "customers", index=False),
        reference("location_id", "locations"),
        day("date"),
        day("due_date", comment="Date plus the credit days agreed then"),
        text("place_of_supply", 2, comment="GST state code of the buyer"),
        *taxes(),
        money("round_off", default="0", comment="Brings the total to the nearest rupee"),
        money("total"),
        text("irn", 64, nullable=True, comment="Reference number of the e-invoice"),
        text("eway_no", 12, nullable=True, comment="E-way bill, above 50,000 rupees"),
        *created(),
        check("no_length", "length(no) BETWEEN 1 AND 16"),
        check("due_after_date", "due_date >= date"),
        check("round_off_within_half", "round_off BETWEEN -0.5 AND 0.5"),
        check("total_adds_up", "abs(taxable + cgst + sgst + igst + round_off - total) < 0.005"),
        comment="Tax invoices; never changed, corrected by a credit note",
    )
    op.create_index("ix_invoices_customer_id_due_date", "invoices", ["customer_id", "due_date"])
    op.create_index("ix_invoices_date", "invoices", ["date"])


def create_invoice_lines() -> None:
    create_table(
        "invoice_lines",
        key(),
        reference("invoice_id", "invoices"),
        reference("order_line_id", "order_lines"),
        reference("product_id", "products"),
        reference("batch_id", "batches"),
        text("batch_no", 20),
        day("expiry_date"),
        money("mrp"),
        text("hsn", 8),
        count("qty", comment="Units paid for"),
        count("free_qty", default=0, comment="Units given under the scheme"),
        money("unit_price", comment="Before tax"),
        money("discount", default="0"),
        percent("rate", comment="Tax rate on the invoice date"),
        *taxes(),
        money("total", comment="Taxable value and tax"),
        *created(),
        check("some_units", "qty >= 0 AND free_qty >= 0 AND qty + free_qty > 0"),
        check("total_adds_up", "abs(taxable + cgst + sgst + igst - total) < 0.005"),
        comment="One batch of one product on an invoice, copied as it was on that day",
    )


def create_credit_notes() -> None:
    create_table(
        "credit_notes",
        key(),
        text("no", 16, unique=True),
        reference("invoice_id", "invoices"),
        choice("kind", "credit_note_kind", ["return", "expiry", "price", "recall"]),
        day("date"),
        *taxes(),
        money("total"),
        flag("tax_adjusted", default=True, comment="No: a commercial note, the tax stands"),
        *created(),
        check("total_adds_up", "abs(taxable + cgst + sgst + igst - total) < 0.005"),
        comment="Corrections of invoices in the customer's favour",
    )
    create_table(
        "credit_note_lines",
        key(),
        reference("credit_note_id", "credit_notes"),
        reference("invoice_line_id", "invoice_lines"),
        count("qty"),
        *taxes(),
        money("total"),
        *created(),
        check("qty_positive", "qty > 0"),
        check("total_adds_up", "abs(taxable + cgst + sgst + igst - total) < 0.005"),
        comment="What a credit note takes back, by line of the invoice",
    )


def create_payments() -> None:
    create_table(
        "payments",
        key(),
        reference("customer_id", "customers"),
        day("date", comment="Day of receipt"),
        money("amount"),
        choice("mode", "payment_mode", ["cash", "cheque", "upi", "neft", "rtgs", "card"]),
        text("ref", 40, comment="Number given by the bank or on the cheque"),
        choice("status", "payment_status", ["received", "cleared", "bounced"], default="received"),
        *created(),
        sa.UniqueConstraint("mode", "ref"),
        check("amount_positive", "amount > 0"),
        comment="Money received from customers",
    )
    create_table(
        "payment_allocations",
        key(),
        reference("payment_id", "payments", index=False),
        reference("invoice_id", "invoices"),
        money("amount"),
        *created(),
        sa.UniqueConstraint("payment_id", "invoice_id"),
        check("amount_positive", "amount > 0"),
        comment="Which invoices a payment settles; those of a bounced payment do not count",
    )
