"""Where it is: locations, the ledger of stock moves, and the balances kept from it.

The ledger is append-only and the balances follow it, both by trigger, so that no
route, tool or person at a prompt can make them disagree.
"""

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
    key,
    moment,
    on_postgres,
    reference,
    text,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = [
    "receipt",
    "sale",
    "sale_return",
    "expiry_return",
    "transfer_out",
    "transfer_in",
    "adjust",
    "write_off",
    "recall",
]


def upgrade() -> None:
    create_locations()
    create_stock_moves()
    create_stock_balances()
    if on_postgres():
        protect_ledger_on_postgres()
        keep_balances_on_postgres()
        protect_balances_on_postgres()
    else:
        protect_ledger_on_sqlite()
        keep_balances_on_sqlite()
        protect_balances_on_sqlite()


def downgrade() -> None:
    drop_tables(
        "stock_balances",
        "stock_moves",
        "locations",
        kinds=["location_kind", "stock_move_kind"],
    )
    if on_postgres():
        for function in ("refuse_change", "keep_stock_balances"):
            op.execute(f"DROP FUNCTION {function}()")


def create_locations() -> None:
    create_table(
        "locations",
        key(),
        text("code", 10, unique=True, comment="Starts the invoice numbers issued here"),
        text("name", 120),
        choice(
            "kind",
            "location_kind",
            ["warehouse", "branch", "transit", "quarantine"],
            default="warehouse",
        ),
        text("gstin", 15, nullable=True, comment="Tax registration in its state"),
        text("state_code", 2, comment="GST state code, the first two digits of the GSTIN"),
        text("dl_20b", 40, nullable=True, comment="Wholesale drug licence, form 20B"),
        text("dl_21b", 40, nullable=True, comment="Wholesale drug licence, form 21B"),
        day("dl_valid_to", nullable=True, comment="The licences are paid until this day"),
        *created(),
        check("gstin_check_digit", checks.gstin("gstin")),
        check("gstin_of_state", "substr(gstin, 1, 2) = state_code"),
        check("state_code_digits", checks.digits("state_code", 2, 2)),
        comment="Places that hold stock",
    )


def create_stock_moves() -> None:
    create_table(
        "stock_moves",
        key(big=True),
        moment("at", server_default=sa.func.now(), comment="When the goods moved"),
        reference("location_id", "locations"),
        reference("batch_id", "batches", index=False),
        count("qty", comment="Units in (positive) or out (negative)"),
        choice("kind", "stock_move_kind", KINDS),
        text("ref_table", 40, nullable=True, comment="Table of the document behind the move"),
        sa.Column("ref_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
        text("reason", 200, nullable=True),
        text("actor", 80, nullable=True, comment="Who moved the goods"),
        text("idempotency_key", 80, nullable=True, unique=True),
        *created(),
        check("qty_not_zero", "qty <> 0"),
        comment="Ledger of stock, append-only: a mistake is corrected by a further move",
    )
    op.create_index(
        "ix_stock_moves_batch_id_location_id", "stock_moves", ["batch_id", "location_id"]
    )
    op.create_index("ix_stock_moves_ref_id_ref_table", "stock_moves", ["ref_id", "ref_table"])


def create_stock_balances() -> None:
    create_table(
        "stock_balances",
        reference("location_id", "locations", index=False),
        reference("batch_id", "batches"),
        count("on_hand", default=0, comment="Sum of the moves; kept by the ledger, read-only"),
        count("reserved", default=0, comment="Promised to orders not yet dispatched"),
        *created(),
        sa.PrimaryKeyConstraint("location_id", "batch_id"),
        check("on_hand_not_negative", "on_hand >= 0"),
        check("reserved_within_on_hand", "reserved BETWEEN 0 AND on_hand"),
        comment="Stock of each batch at each location",
    )


def protect_ledger_on_postgres() -> None:
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'append_only: %', TG_ARGV[0]
            USING ERRCODE = '42501', HINT = 'Add a stock move that puts it right.';
        END $$
    """)
    op.execute(
        "CREATE TRIGGER stock_moves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON stock_moves FOR EACH STATEMENT"
        " EXECUTE FUNCTION refuse_change('stock_moves takes new rows only')"
    )


def protect_ledger_on_sqlite() -> None:
    for event in ("UPDATE", "DELETE"):
        op.execute(f"""
            CREATE TRIGGER stock_moves_append_only_{event.lower()} BEFORE {event} ON stock_moves
            BEGIN SELECT RAISE(ABORT, 'append_only: stock_moves takes new rows only'); END
        """)


def keep_balances_on_postgres() -> None:
    """Add each statement's moves to the balances, at once.

    By statement and not by row, so that a bulk load pays once. The balances are
    locked in the order of their key, the order every writer uses. The row must
    exist before the update: an upsert would check on_hand >= 0 on the bare move.
    """
    op.execute("""
        CREATE FUNCTION keep_stock_balances() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER AS $$
        BEGIN
          INSERT INTO stock_balances (location_id, batch_id, created_at)
            SELECT location_id, batch_id, min(created_at) FROM moved
            GROUP BY location_id, batch_id ORDER BY location_id, batch_id
            ON CONFLICT DO NOTHING;
          PERFORM 1 FROM stock_balances
            WHERE (location_id, batch_id) IN (SELECT location_id, batch_id FROM moved)
            ORDER BY location_id, batch_id FOR UPDATE;
          UPDATE stock_balances AS balance SET on_hand = balance.on_hand + change.qty
            FROM (SELECT location_id, batch_id, sum(qty) AS qty FROM moved
                  GROUP BY location_id, batch_id) AS change
            WHERE balance.location_id = change.location_id AND balance.batch_id = change.batch_id;
          RETURN NULL;
        END $$
    """)
    # It runs with its owner's rights, so its caller may not choose where names lead.
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(f"ALTER FUNCTION keep_stock_balances() SET search_path = {schema}, pg_temp")
    op.execute(
        "CREATE TRIGGER stock_moves_keep_balances AFTER INSERT ON stock_moves"
        " REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION keep_stock_balances()"
    )


def keep_balances_on_sqlite() -> None:
    op.execute("""
        CREATE TRIGGER stock_moves_keep_balances AFTER INSERT ON stock_moves
        BEGIN
          INSERT INTO stock_balances (location_id, batch_id, created_at)
            SELECT NEW.location_id, NEW.batch_id, NEW.created_at
            WHERE NOT EXISTS (SELECT 1 FROM stock_balances
              WHERE location_id = NEW.location_id AND batch_id = NEW.batch_id);
          UPDATE stock_balances SET on_hand = on_hand + NEW.qty
            WHERE location_id = NEW.location_id AND batch_id = NEW.batch_id;
        END
    """)


def protect_balances_on_postgres() -> None:
    """Refuse a write to on_hand that does not come out of another trigger."""
    key_and_sum = "(NEW.location_id, NEW.batch_id, NEW.on_hand)"
    for event, changed in (
        ("INSERT", "NEW.on_hand <> 0"),
        ("UPDATE", f"{key_and_sum} IS DISTINCT FROM {key_and_sum.replace('NEW', 'OLD')}"),
        ("DELETE", "OLD.on_hand <> 0"),
    ):
        op.execute(
            f"CREATE TRIGGER stock_balances_follow_moves_{event.lower()}"
            f" BEFORE {event} ON stock_balances FOR EACH ROW"
            f" WHEN (pg_trigger_depth() = 0 AND {changed})"
            " EXECUTE FUNCTION refuse_change('on_hand is written by stock_moves only')"
        )


def protect_balances_on_sqlite() -> None:
    """Refuse a write after which on_hand is not the sum of the moves.

    SQLite does not tell a trigger who fired it, so the sum itself is compared;
    it runs on the index of (batch_id, location_id).
    """
    total = (
        "(SELECT coalesce(sum(qty), 0) FROM stock_moves"
        " WHERE batch_id = {row}.batch_id AND location_id = {row}.location_id)"
    )
    for event, row, expected in (
        ("INSERT", "NEW", "0"),
        ("UPDATE OF location_id, batch_id, on_hand", "NEW", total.format(row="NEW")),
        ("DELETE", "OLD", "0"),
    ):
        op.execute(f"""
            CREATE TRIGGER stock_balances_follow_moves_{event.split()[0].lower()}
            BEFORE {event} ON stock_balances WHEN {row}.on_hand <> {expected}
            BEGIN SELECT RAISE(ABORT, 'append_only: on_hand is written by stock_moves only'); END
        """)
