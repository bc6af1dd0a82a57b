"""What the rules of selling need: states, series of numbers, prescriptions, what stands.

Whatever must never happen is refused here, by trigger, so that no route, tool or person at a
prompt can do it; the refusals are those that the API answers with.
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
    drop_tables,
    key,
    on_postgres,
    reference,
    text,
)
from migrations.refusals import Refusal, append_only, drop_refusal, refuse_when

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TRANSITIONS = {
    "draft": ("confirmed", "cancelled"),
    "confirmed": ("allocated", "cancelled"),
    "allocated": ("dispatched", "cancelled"),
    "dispatched": ("delivered", "returned"),
    "delivered": ("returned",),
}
ADDED = (
    (
        "orders",
        "back_order_of",
        "INTEGER CONSTRAINT fk_orders_back_order_of_orders"
        " REFERENCES orders (id) ON DELETE RESTRICT",
    ),
    ("orders", "credit_override_by", "VARCHAR(80)"),
    ("orders", "credit_override_reason", "VARCHAR(200)"),
    ("orders", "approved_by", "VARCHAR(80)"),
    ("orders", "cancel_reason", "VARCHAR(200)"),
    (
        "customers",
        "min_shelf_days",
        "INTEGER CONSTRAINT ck_customers_min_shelf_days_not_negative CHECK (min_shelf_days >= 0)",
    ),
)
COMMENTS = {
    "orders.back_order_of": "The order whose missing units this one asks for",
    "orders.credit_override_by": "Who let it pass the credit limit",
    "orders.credit_override_reason": "Why",
    "orders.approved_by": "Second person, for schedule X and narcotics",
    "orders.cancel_reason": "Why it was cancelled",
    "customers.min_shelf_days": "Days of life they want goods to have; empty for the product''s",
}
AFTER_ALLOCATION = "('dispatched', 'delivered', 'returned')"
ORDER_OF_LINE = "(SELECT CAST(status AS varchar(20)) FROM orders WHERE id = OLD.order_id)"
ORDER_OF_ALLOCATION = (
    "(SELECT CAST(orders.status AS varchar(20)) FROM order_lines"
    " JOIN orders ON orders.id = order_lines.order_id WHERE order_lines.id = OLD.line_id)"
)
SHORT_LINE = (
    "EXISTS (SELECT 1 FROM order_lines AS line WHERE line.order_id = NEW.id AND"
    " (line.qty, line.free_qty) <> (SELECT coalesce(sum(part.qty), 0),"
    " coalesce(sum(part.free_qty), 0) FROM line_allocations AS part WHERE part.line_id = line.id))"
)


def upgrade() -> None:
    for table, column, kind in ADDED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    if on_postgres():
        for column, comment in COMMENTS.items():
            op.execute(f"COMMENT ON COLUMN {column} IS '{comment}'")
    op.create_index("ix_orders_back_order_of", "orders", ["back_order_of"])
    create_document_series()
    create_prescriptions()
    create_fefo_skips()
    create_request_settings()
    guard_states()
    guard_documents()
    say_append_only_by_its_code()


def create_document_series() -> None:
    create_table(
        "document_series",
        reference("location_id", "locations", index=False),
        choice("kind", "document_kind", ["invoice", "credit_note"]),
        text("financial_year", 5, comment="April to March: 25-26"),
        count("last", default=0, comment="The number given last"),
        *created(),
        sa.PrimaryKeyConstraint("location_id", "kind", "financial_year"),
        check("last_not_negative", "last >= 0"),
        comment="Numbers without gaps: a row is locked until the document that takes one is there",
    )


def create_prescriptions() -> None:
    create_table(
        "prescriptions",
        key(),
        sa.Column(
            "order_id",
            sa.Integer(),
            sa.ForeignKey("orders.id", ondelete="RESTRICT"),
            nullable=False,
            unique=True,
        ),
        text("prescriber_name", 160),
        text("prescriber_address", 300),
        text("prescriber_registration", 40, nullable=True, comment="Number at the medical council"),
        text("patient_name", 160),
        text("patient_address", 300, nullable=True),
        *created(),
        check("prescriber_is_named", "length(prescriber_name) > 0"),
        check("prescriber_has_an_address", "length(prescriber_address) > 0"),
        check("patient_is_named", "length(patient_name) > 0"),
        comment="On whose word a patient is given what needs a prescription",
    )


def create_fefo_skips() -> None:
    create_table(
        "fefo_skips",
        key(),
        reference("line_id", "order_lines"),
        reference("batch_id", "batches", comment="The batch passed over"),
        text("reason", 200),
        *created(),
        check("reason_is_given", "length(reason) > 0"),
        comment="Why a batch was passed over that expires first",
    )
    append_only("fefo_skips", "fefo_skips takes new rows only")


def create_request_settings() -> None:
    """Where SQLite's triggers learn who asks; on PostgreSQL settings of the transaction tell."""
    if not on_postgres():
        op.create_table(
            "autoapi_request_settings",
            sa.Column("name", sa.String(80), primary_key=True),
            sa.Column("value", sa.Text(), nullable=False),
        )


def guard_states() -> None:
    """Domain rules 6 and 9, and what an order says from its confirmation on."""
    pairs = ", ".join(f"('{old}', '{new}')" for old, all_ in TRANSITIONS.items() for new in all_)
    old, new = (f"CAST({row}.status AS varchar(20))" for row in ("OLD", "NEW"))
    allowed = " ".join(
        f"WHEN '{state}' THEN '{json_list(after)}'" for state, after in TRANSITIONS.items()
    )
    numbers = (
        ("from", old),
        ("to", new),
        ("allowed", f"CAST(CASE {old} {allowed} ELSE '[]' END AS jsonb)"),
    )
    refuse_when(
        "orders",
        "orders_states_in_order",
        "UPDATE OF status",
        f"{old} <> {new} AND ({old}, {new}) NOT IN {values_of(pairs)}",
        Refusal("bad_transition", 409, "An order does not go from its state to that", "", numbers),
    )
    refuse_when(
        "orders",
        "orders_allocated_in_full",
        "UPDATE OF status",
        f"{new} = 'allocated' AND {old} <> 'allocated' AND {SHORT_LINE}",
        Refusal("stock_short", 409, "The batches set aside do not add up to the lines"),
    )
    same = " OR ".join(
        f"NEW.{column} IS DISTINCT FROM OLD.{column}"
        for column in ("no", "customer_id", "location_id", "placed_at", "gross", "discount", "net")
    )
    refuse_when(
        "orders",
        "orders_stand_once_allocated",
        "UPDATE",
        f"{old} NOT IN ('draft', 'confirmed') AND ({same})",
        Refusal("order_frozen", 409, "An order that is allocated stands as it is"),
    )
    for event in ("UPDATE", "DELETE"):
        refuse_when(
            "order_lines",
            f"order_lines_stand_{event.lower()}",
            event,
            f"{ORDER_OF_LINE} NOT IN ('draft', 'confirmed')",
            Refusal("lines_frozen", 409, "The lines of an order stand from its confirmation on"),
        )
        refuse_when(
            "line_allocations",
            f"line_allocations_stand_{event.lower()}",
            event,
            f"{ORDER_OF_ALLOCATION} IN {AFTER_ALLOCATION}",
            Refusal("lines_frozen", 409, "What has left is what was set aside"),
        )


def json_list(names: tuple[str, ...]) -> str:
    """Names as JSON."""
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def values_of(pairs: str) -> str:
    """A list of rows to look in; SQLite wants the word, PostgreSQL must not have it."""
    return f"({pairs})" if on_postgres() else f"(VALUES {pairs})"


def guard_documents() -> None:
    """Domain rule 14: an invoice is never changed, but for the numbers it is given later."""
    kept = [
        "no", "order_id", "customer_id", "location_id", "date", "due_date", "place_of_supply",
        "taxable", "cgst", "sgst", "igst", "round_off", "total",
    ]  # fmt: skip
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in kept)
    given = " OR ".join(
        f"(OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column})"
        for column in ("irn", "eway_no")
    )
    refusal = Refusal(
        "invoice_immutable", 409, "An invoice is not changed", "Correct it by a credit note."
    )
    refuse_when("invoices", "invoices_stand_update", "UPDATE", f"{changed} OR {given}", refusal)
    for table, event in (
        ("invoices", "DELETE"),
        ("invoice_lines", "UPDATE"),
        ("invoice_lines", "DELETE"),
    ):
        refuse_when(table, f"{table}_stand_{event.lower()}", event, "1 = 1", refusal)


def say_append_only_by_its_code() -> None:
    """Domain rule 1: the guards of revision 0002 again, refusing by a code of their own."""
    why = "on_hand is written by stock_moves only"
    if on_postgres():
        op.execute("DROP TRIGGER stock_moves_append_only ON stock_moves")
        op.execute("""
            CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RAISE SQLSTATE 'PGRST' USING
                MESSAGE = jsonb_build_object('code', 'append_only', 'message', TG_ARGV[0],
                  'hint', 'Add a stock move that puts it right.')::text,
                DETAIL = '{"status": 403, "headers": {}}';
            END $$
        """)
    else:
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER stock_moves_append_only_{event}")
        guard_balances_on_sqlite(Refusal("append_only", 403, why))
    append_only("stock_moves", "stock_moves takes new rows only", "Add a move that puts it right.")


def guard_balances_on_sqlite(refusal: Refusal) -> None:
    """SQLite does not tell a trigger who fired it, so the sum itself is compared."""
    total = (
        "(SELECT coalesce(sum(qty), 0) FROM stock_moves"
        " WHERE batch_id = {row}.batch_id AND location_id = {row}.location_id)"
    )
    for event, row, expected in (
        ("INSERT", "NEW", "0"),
        ("UPDATE OF location_id, batch_id, on_hand", "NEW", total.format(row="NEW")),
        ("DELETE", "OLD", "0"),
    ):
        name = f"stock_balances_follow_moves_{event.split()[0].lower()}"
        op.execute(f"DROP TRIGGER {name}")
        refuse_when("stock_balances", name, event, f"{row}.on_hand <> {expected}", refusal)


def downgrade() -> None:
    for name in (
        "orders_states_in_order",
        "orders_allocated_in_full",
        "orders_stand_once_allocated",
        "order_lines_stand_update",
        "order_lines_stand_delete",
        "line_allocations_stand_update",
        "line_allocations_stand_delete",
        "invoices_stand_update",
        "invoices_stand_delete",
        "invoice_lines_stand_update",
        "invoice_lines_stand_delete",
    ):
        drop_refusal(name)
    drop_tables("fefo_skips", "prescriptions", "document_series", kinds=["document_kind"])
    if on_postgres():
        op.execute("DROP FUNCTION fefo_skips_append_only(), stock_moves_append_only() CASCADE")
        op.execute(
            "CREATE TRIGGER stock_moves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON stock_moves FOR EACH STATEMENT"
            " EXECUTE FUNCTION refuse_change('stock_moves takes new rows only')"
        )
    else:
        op.drop_table("autoapi_request_settings")
    op.drop_index("ix_orders_back_order_of", "orders")
    for table, column, _ in reversed(ADDED):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
