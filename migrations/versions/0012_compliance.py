"""What an inspector asks for: recalls, the registers of prescriptions and narcotics, the audit.

All but the recalls are append-only, by trigger. The triggers that write the audit are in
``migrations/auditing.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from migrations.auditing import Audited, audit_table, create_audit_function
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
    on_postgres,
    reference,
    text,
)
from migrations.refusals import Refusal, append_only, drop_refusal, refuse_when

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


APPEND_ONLY = ("recall_actions", "h1_register", "narcotics_register", "audit_log")
REFUSALS = ("h1_register_complete", "narcotics_two_signatories", "narcotics_adds_up")

ORDER_STATES = "orders_states_in_order"  # of revision 0008
ORDERS = {
    "draft": ("confirmed", "cancelled"),
    "confirmed": ("allocated", "cancelled"),
    "allocated": ("dispatched", "cancelled"),
    "dispatched": ("delivered", "returned"),
    "delivered": ("returned",),
}

AUDITED = (
    *map(
        Audited,
        (
            *("manufacturers", "products", "gst_rates", "batches", "locations", "stock_moves"),
            *("customers", "customer_licences", "schemes"),
            *("orders", "order_lines", "line_allocations", "invoices", "invoice_lines"),
            *("credit_notes", "credit_note_lines", "payments", "payment_allocations"),
            *("purchases", "purchase_lines", "transfers", "transfer_lines"),
            *("recalls", "recall_actions", "h1_register", "narcotics_register"),
            *("second_approvals", "prescriptions", "fefo_skips"),
            *("returns", "return_lines", "payment_reversals", "loyalty_tiers", "loyalty_entries"),
        ),
    ),
    Audited("loyalty_accounts", quiet=("balance",)),  # the entries' own
    Audited("document_series", key=("location_id", "kind", "financial_year"), quiet=("last",)),
    Audited("users", secrets=("password_hash",), quiet=("last_login_at",)),
    Audited("api_keys", secrets=("key_hash",), quiet=("last_used_at",)),
)
BALANCES = Audited("stock_balances", key=("location_id", "batch_id"), quiet=("on_hand",))
"""on_hand is the ledger's, which is told of itself; what is reserved is told here."""


def upgrade() -> None:
    create_recalls()
    create_h1_register()
    create_narcotics_register()
    create_approvals()
    create_audit_log()
    for table in APPEND_ONLY:
        append_only(table, f"{table} takes new rows only")
    guard_registers()
    guard_blocked_batches()
    drop_refusal(ORDER_STATES)
    guard_order_states({**ORDERS, "allocated": ("dispatched", "cancelled", "confirmed")})
    create_audit_function()
    for audited in AUDITED:
        audit_table(audited)
    audit_table(BALANCES, ("UPDATE", "DELETE"))


def downgrade() -> None:
    drop_refusal("batches_blocked_stay")
    drop_refusal(ORDER_STATES)
    guard_order_states(ORDERS)
    drop_audit_triggers()
    for name in REFUSALS:
        drop_refusal(name)
    drop_tables(
        "audit_log",
        "second_approvals",
        "narcotics_register",
        "h1_register",
        "recall_actions",
        "recalls",
        kinds=["audit_verb", "approval_subject", "recall_action_kind", "recall_class"],
    )
    if on_postgres():
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")


def drop_audit_triggers() -> None:
    """Take all of them away; on PostgreSQL they go with their function."""
    if on_postgres():
        op.execute("DROP FUNCTION write_audit() CASCADE")
        return
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'audit_*'"
    for name in op.get_bind().execute(sa.text(query)).scalars().all():
        op.execute(f"DROP TRIGGER {name}")


def guard_registers() -> None:
    """Hold what the registers promise, whoever writes them (domain rules 18 and 19)."""
    empty = " OR ".join(
        f"coalesce(trim(NEW.{name}), '') = ''"
        for name in ("patient_name", "prescriber_name", "prescriber_address")
    )
    refuse_when(
        "h1_register",
        "h1_register_complete",
        "INSERT",
        empty,
        Refusal("h1_incomplete", 422, "The register names patient and prescriber, with address"),
    )
    refuse_when(
        "narcotics_register",
        "narcotics_two_signatories",
        "INSERT",
        "coalesce(NEW.second_signatory = NEW.first_signatory, NEW.qty < 0)",
        Refusal("second_approver", 403, "Two different persons sign for Schedule X and NDPS"),
    )
    page = (
        "FROM narcotics_register AS entry"
        " WHERE entry.location_id = NEW.location_id AND entry.product_id = NEW.product_id"
    )
    refuse_when(
        "narcotics_register",
        "narcotics_adds_up",
        "INSERT",
        f"NEW.entry_no <> 1 + coalesce((SELECT max(entry.entry_no) {page}), 0)"
        f" OR NEW.balance <> NEW.qty + coalesce((SELECT entry.balance {page}"
        " ORDER BY entry.entry_no DESC LIMIT 1), NEW.balance - NEW.qty)",
        Refusal("wrong_balance", 409, "Entries are consecutive, and each balance follows the last"),
    )


def guard_blocked_batches() -> None:
    """A recalled or expired batch is destroyed or stays; what is destroyed stays so."""
    refuse_when(
        "batches",
        "batches_blocked_stay",
        "UPDATE OF status",
        "OLD.status <> NEW.status AND (OLD.status = 'destroyed'"
        " OR (OLD.status = 'recalled' AND NEW.status <> 'destroyed')"
        " OR (OLD.status = 'expired' AND NEW.status NOT IN ('recalled', 'destroyed')))",
        Refusal(
            "bad_transition",
            409,
            "A batch that is recalled or expired is not sold again",
            numbers=(("from", "OLD.status"), ("to", "NEW.status")),
        ),
    )


def guard_order_states(steps: Mapping[str, tuple[str, ...]]) -> None:
    """Revision 0008's guard of the states of orders again, with other steps.

    An order whose batch is recalled or expires is to be allocated anew: it goes back to
    confirmed, once nothing is set aside for it.
    """
    old, new = (f"CAST({row}.status AS varchar(20))" for row in ("OLD", "NEW"))
    allowed = " OR ".join(
        f"({old} = '{was}' AND {new} IN ({', '.join(map(repr, then))}))"
        for was, then in steps.items()
    )
    set_aside = (
        "EXISTS (SELECT 1 FROM order_lines AS line JOIN line_allocations AS part"
        " ON part.line_id = line.id WHERE line.order_id = NEW.id)"
    )
    told = " ".join(f"WHEN '{was}' THEN '{json.dumps(then)}'" for was, then in ORDERS.items())
    numbers = (
        ("from", old),
        ("to", new),
        ("allowed", f"CAST(CASE {old} {told} ELSE '[]' END AS jsonb)"),
    )
    refuse_when(
        "orders",
        ORDER_STATES,
        "UPDATE OF status",
        f"{old} <> {new} AND (NOT ({allowed})"
        f" OR ({old} = 'allocated' AND {new} = 'confirmed' AND {set_aside}))",
        Refusal("bad_transition", 409, "An order does not go from its state to that", "", numbers),
    )


def create_recalls() -> None:
    create_table(
        "recalls",
        key(),
        reference("batch_id", "batches", index=False),
        choice("class", "recall_class", ["I", "II", "III"], comment="I is the gravest: 72 hours"),
        text("notice_no", 40, comment="Of the maker's or the authority's notice"),
        text("reason", 200, nullable=True),
        moment("at", server_default=sa.func.now()),
        *created(),
        sa.UniqueConstraint("batch_id", "notice_no"),
        check("notice_given", "length(notice_no) > 0"),
        comment="Batches called back; making one blocks the batch and frees what was set aside",
    )
    create_table(
        "recall_actions",
        key(),
        reference("recall_id", "recalls"),
        choice(
            "kind",
            "recall_action_kind",
            ["notified", "reported", "collected", "returned_to_maker", "destroyed", "note"],
        ),
        reference("customer_id", "customers", nullable=True),
        reference("location_id", "locations", nullable=True),
        sa.Column("qty", sa.Integer(), nullable=True, comment="Units it is about"),
        text("note", 400, nullable=True),
        moment("at", server_default=sa.func.now()),
        text("actor", 80, nullable=True),
        *created(),
        check("qty_positive", "qty > 0"),
        comment="What was done about a recall, append-only",
    )


def create_h1_register() -> None:
    create_table(
        "h1_register",
        key(big=True),
        moment("at", server_default=sa.func.now(), comment="Time of supply"),
        reference("invoice_id", "invoices"),
        reference("invoice_line_id", "invoice_lines", index=False),
        reference("product_id", "products"),
        reference("batch_id", "batches"),
        text("drug", 160, comment="Name and strength, as supplied"),
        text("batch_no", 20),
        day("expiry_date"),
        count("qty", comment="Units supplied"),
        text("patient_name", 160),
        text("prescriber_name", 160),
        text("prescriber_address", 300),
        text("actor", 80, comment="Who supplied it"),
        *created(),
        sa.UniqueConstraint("invoice_line_id"),
        check("qty_positive", "qty > 0"),
        check(
            "complete",
            "length(trim(patient_name)) > 0 AND length(trim(prescriber_name)) > 0"
            " AND length(trim(prescriber_address)) > 0",
        ),
        comment="Retail supplies of Schedule H1 drugs, append-only; kept three years",
    )


def create_narcotics_register() -> None:
    create_table(
        "narcotics_register",
        key(big=True),
        moment("at", server_default=sa.func.now()),
        reference("location_id", "locations", index=False),
        reference("product_id", "products"),
        reference("batch_id", "batches"),
        count("entry_no", comment="Consecutive for a location and product"),
        count("qty", comment="Units in (positive) or out (negative)"),
        count("balance", comment="Units of the product there after this entry"),
        text("kind", 20, comment="Kind of the stock move"),
        text("party", 160, nullable=True, comment="From whom, or to whom"),
        text("ref_table", 40, nullable=True),
        sa.Column("ref_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        text("first_signatory", 80, comment="Who did it"),
        text(
            "second_signatory",
            80,
            nullable=True,
            comment="Who approved it; what goes out needs one",
        ),
        *created(),
        sa.UniqueConstraint("location_id", "product_id", "entry_no"),
        check("qty_not_zero", "qty <> 0"),
        check("balance_not_negative", "balance >= 0"),
        check("two_signatories", "first_signatory <> second_signatory"),
        check("two_for_what_goes_out", "qty > 0 OR second_signatory IS NOT NULL"),
        comment="Schedule X and NDPS, in and out with a running balance; append-only",
    )


def create_approvals() -> None:
    create_table(
        "second_approvals",
        key(),
        choice(
            "subject",
            "approval_subject",
            ["purchases", "transfers", "batches"],
            comment="Table of what is approved",
        ),
        count("subject_id"),
        text("approver", 80, comment="Another person than the one who then acts"),
        text("note", 200, nullable=True),
        moment("at", server_default=sa.func.now()),
        moment("used_at", nullable=True, comment="An approval is good for one time"),
        *created(),
        comment="Second signatures for Schedule X and NDPS, given beforehand",
    )
    op.create_index(
        "ix_second_approvals_subject_id_subject", "second_approvals", ["subject_id", "subject"]
    )


def create_audit_log() -> None:
    create_table(
        "audit_log",
        key(big=True),
        moment("at", server_default=sa.func.now()),
        text("actor", 80, comment="Claim sub of the token, else the database's own user"),
        text("role", 80, nullable=True),
        text("request_id", 200, nullable=True, comment="Header X-Request-Id"),
        text("table_name", 63),
        choice("verb", "audit_verb", ["insert", "update", "delete", "bulk"]),
        text("row_key", 200, comment="Values of the primary key, with commas"),
        document("old", comment="The row as it was; secrets are left out"),
        document("new", comment="The row as it is since"),
        comment="Every write: who, when, what; append-only, kept eight years",
    )
    op.create_index("ix_audit_log_table_name_row_key", "audit_log", ["table_name", "row_key"])
