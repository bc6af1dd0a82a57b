"""How stock comes in and goes about: purchases with their batches, transfers between locations.

What the rules of ``overrides/`` say of states and quantities holds here for everybody else
too: states go one way, and nothing is received that was not sent.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    key,
    moment,
    money,
    on_postgres,
    reference,
    text,
)
from migrations.refusals import Refusal, drop_refusal, refuse_when

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


PURCHASES = {"ordered": ("received", "cancelled")}
TRANSFERS = {
    "draft": ("dispatched", "cancelled"),
    "dispatched": ("received", "short"),
    "short": ("received",),
}


def upgrade() -> None:
    create_purchases()
    create_transfers()
    refuse_other_states("purchases", PURCHASES)
    refuse_other_states("transfers", TRANSFERS)
    refuse_when(
        "transfer_lines",
        "transfer_lines_over_receipt",
        "INSERT OR UPDATE" if on_postgres() else "UPDATE",
        "NEW.qty_received + NEW.qty_written_off > NEW.qty_sent",
        Refusal("over_receipt", 409, "No more can be received than was sent"),
    )


def refuse_other_states(table: str, steps: Mapping[str, tuple[str, ...]]) -> None:
    """Let states go their one way, whoever writes them (domain rule 6)."""
    allowed = " OR ".join(
        f"(OLD.status = '{was}' AND NEW.status IN ({', '.join(map(repr, then))}))"
        for was, then in steps.items()
    )
    refuse_when(
        table,
        f"{table}_states_follow",
        "UPDATE OF status",
        f"OLD.status <> NEW.status AND NOT ({allowed})",
        Refusal(
            "bad_transition",
            409,
            f"{table} cannot take this step",
            numbers=(("from", "OLD.status"), ("to", "NEW.status")),
        ),
    )


def downgrade() -> None:
    for name in ("transfer_lines_over_receipt", "transfers_states_follow"):
        drop_refusal(name)
    drop_refusal("purchases_states_follow")
    drop_tables(
        "transfer_lines",
        "transfers",
        "purchase_lines",
        "purchases",
        kinds=["transfer_status", "purchase_status"],
    )


def create_purchases() -> None:
    create_table(
        "purchases",
        key(),
        text("no", 20, unique=True, comment="Made up of the location's code if none is given"),
        text("supplier", 160),
        text("supplier_invoice", 40, nullable=True, comment="Number of the supplier's bill"),
        reference("location_id", "locations", comment="Where the goods are received"),
        choice(
            "status", "purchase_status", ["ordered", "received", "cancelled"], default="ordered"
        ),
        day("date", comment="Day of the order"),
        moment("received_at", nullable=True),
        *created(),
        sa.UniqueConstraint("supplier", "supplier_invoice"),
        comment="Goods ordered from suppliers; receiving one puts its batches in stock",
    )
    create_table(
        "purchase_lines",
        key(),
        reference("purchase_id", "purchases"),
        reference("product_id", "products"),
        reference("batch_id", "batches", nullable=True, comment="Found or made at the receipt"),
        text("batch_no", 20, comment="As printed by the maker"),
        day("mfg_date"),
        day("expiry_date", comment="Printed as a month; this is its last day"),
        count("qty", comment="Units bought"),
        count("free_qty", default=0, comment="Units the supplier gives with them"),
        money("mrp", comment="Maximum retail price, tax included"),
        money("cost", comment="What a unit costs us, before tax"),
        price("ptr", "Price to retailer; worked out of the MRP if none is given"),
        price("pts", "Price to stockist; worked out of the PTR if none is given"),
        *created(),
        check("batch_no_length", "length(batch_no) BETWEEN 1 AND 20"),
        check("made_before_expiry", "mfg_date < expiry_date"),
        check("qty_positive", "qty > 0 AND free_qty >= 0"),
        check("cost_not_negative", "cost >= 0"),
        check("mrp_positive", "mrp > 0"),
        comment="One batch of one product in a purchase",
    )


def price(name: str, comment: str) -> sa.Column[object]:
    """An amount in rupees, or nothing."""
    return sa.Column(name, sa.Numeric(14, 2), nullable=True, comment=comment)


def create_transfers() -> None:
    create_table(
        "transfers",
        key(),
        text("no", 20, unique=True, comment="Made up of the location's code if none is given"),
        reference("from_location_id", "locations"),
        reference("to_location_id", "locations"),
        reference(
            "transit_location_id",
            "locations",
            nullable=True,
            comment="Where the goods are while they are under way",
        ),
        choice(
            "status",
            "transfer_status",
            ["draft", "dispatched", "short", "received", "cancelled"],
            default="draft",
        ),
        money("value", default="0", comment="Units times cost, when the goods left"),
        text("invoice_no", 16, nullable=True, comment="Tax invoice, between two registrations"),
        text("eway_no", 12, nullable=True, comment="E-way bill, above 50,000 rupees"),
        moment("dispatched_at", nullable=True),
        moment("received_at", nullable=True),
        *created(),
        check("two_places", "from_location_id <> to_location_id"),
        check("value_not_negative", "value >= 0"),
        comment="Stock on its way between two locations; short while some of it is missing",
    )
    create_table(
        "transfer_lines",
        key(),
        reference("transfer_id", "transfers", index=False),
        reference("batch_id", "batches"),
        count("qty_sent"),
        count("qty_received", default=0),
        count("qty_written_off", default=0, comment="Never arrived; written off with a reason"),
        *created(),
        sa.UniqueConstraint("transfer_id", "batch_id"),
        check("qty_sent_positive", "qty_sent > 0"),
        check("not_negative", "qty_received >= 0 AND qty_written_off >= 0"),
        check("received_within_sent", "qty_received + qty_written_off <= qty_sent"),
        comment="Units of one batch in a transfer",
    )
    op.create_index("ix_transfers_status", "transfers", ["status"])
