"""What comes back and what is owed for it: returns, reversals of payments, loyalty.

Sums that must never be exceeded are guarded by trigger: what is settled of a payment and of
an invoice, what comes back of what was sold, what is left of points. The API locks before it
looks, so that two at once see each other; the triggers hold for whoever comes another way.
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
    key,
    moment,
    money,
    on_postgres,
    percent,
    reference,
    text,
)
from migrations.refusals import Refusal, append_only, drop_refusal, refuse_when

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None

EXACT = "abs(taxable + cgst + sgst + igst - total) < 0.005"
ROUNDED = "abs(taxable + cgst + sgst + igst + round_off - total) < 0.005"

# Amounts on SQLite are binary floats; half a paisa takes their noise off and no more.
SETTLED_OF_PAYMENT = (
    "(SELECT coalesce(sum(part.amount), 0) FROM payment_allocations AS part"
    " WHERE part.payment_id = NEW.payment_id{but})"
)
SETTLED_OF_INVOICE = (
    "(SELECT coalesce(sum(part.amount), 0) FROM payment_allocations AS part"
    " JOIN payments AS payment ON payment.id = part.payment_id"
    " WHERE part.invoice_id = NEW.invoice_id AND payment.status <> 'bounced'{but})"
)
CREDITED = (
    "(SELECT coalesce(sum(note.total), 0) FROM credit_notes AS note"
    " WHERE note.invoice_id = NEW.invoice_id{but})"
)
PAYMENT = "(SELECT {column} FROM payments AS paid WHERE paid.id = NEW.payment_id)"
INVOICE = "(SELECT {column} FROM invoices AS owed WHERE owed.id = NEW.invoice_id)"
SOLD = "(SELECT {column} FROM invoice_lines AS sold WHERE sold.id = NEW.invoice_line_id)"
BACK = (
    "(SELECT coalesce(sum({column}), 0) FROM {table} AS back"
    " WHERE back.invoice_line_id = NEW.invoice_line_id)"
)
POINTS_OF_ACCOUNT = (
    "(SELECT coalesce(sum(entry.points), 0) FROM loyalty_entries AS entry"
    " WHERE entry.account_id = NEW.id)"
)
LEFT_OF_LOT = (
    "(SELECT coalesce(sum(entry.points), 0) FROM loyalty_entries AS entry"
    " WHERE entry.id = NEW.lot_id OR entry.lot_id = NEW.lot_id)"
)
KIND_OF_CUSTOMER = (
    "(SELECT CAST(customer.kind AS varchar(20)) FROM customers AS customer"
    " WHERE customer.id = NEW.customer_id)"
)


def upgrade() -> None:
    let_notes_be_rounded()
    create_returns()
    create_payment_reversals()
    create_loyalty()
    guard_payments()
    guard_credit_notes()
    guard_returns()
    guard_points()


def let_notes_be_rounded() -> None:
    """Add the rounding of a credit note, which its total then contains.

    SQLite cannot change a CHECK but by its text, and says how:
    https://www.sqlite.org/lang_altertable.html#otheralter. Making the table anew would
    lose the triggers that it has.
    """
    op.add_column(
        "credit_notes",
        money("round_off", default="0", comment="That of the invoice, with its last units"),
    )
    replace_check("credit_notes", "total_adds_up", EXACT, ROUNDED)


def replace_check(table: str, name: str, old: str, new: str) -> None:
    """Put another condition in the place of a CHECK's."""
    if on_postgres():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)
        return
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = replace(sql, :old, :new) WHERE name = :table"),
        {"old": old, "new": new, "table": table},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def create_returns() -> None:
    create_table(
        "returns",
        key(),
        reference("order_id", "orders"),
        reference("invoice_id", "invoices"),
        reference("customer_id", "customers"),
        reference("location_id", "locations", comment="The quarantine they wait in"),
        choice("kind", "return_kind", ["sale", "expiry"], default="sale"),
        choice("status", "return_status", ["received", "inspected"], default="received"),
        day("date"),
        text("reason", 200),
        text("challan_no", 40, nullable=True, comment="Of the customer's, that came with expiries"),
        reference("credit_note_id", "credit_notes", nullable=True, comment="Empty for free units"),
        *created(),
        check("reason_is_given", "length(reason) > 0"),
        comment="Goods that came back; in quarantine until each unit is inspected",
    )
    create_table(
        "return_lines",
        key(),
        reference("return_id", "returns", index=False),
        reference("invoice_line_id", "invoice_lines"),
        reference("batch_id", "batches"),
        count("qty", default=0, comment="Units that were paid for"),
        count("free_qty", default=0, comment="Units that were given under the scheme"),
        count("restocked", default=0, comment="Found good: back on the shelf"),
        count("written_off", default=0, comment="Found bad: destroyed"),
        text("outcome_reason", 200, nullable=True),
        text("inspected_by", 80, nullable=True),
        moment("inspected_at", nullable=True),
        *created(),
        sa.UniqueConstraint("return_id", "invoice_line_id"),
        check("some_units", "qty >= 0 AND free_qty >= 0 AND qty + free_qty > 0"),
        check(
            "inspected_within_returned",
            "restocked >= 0 AND written_off >= 0 AND restocked + written_off <= qty + free_qty",
        ),
        check("written_off_for_a_reason", "written_off = 0 OR outcome_reason IS NOT NULL"),
        comment="What came back, by line of the invoice, and what was found of it",
    )


def create_payment_reversals() -> None:
    create_table(
        "payment_reversals",
        key(),
        sa.Column(
            "payment_id",
            sa.Integer(),
            sa.ForeignKey("payments.id", ondelete="RESTRICT"),
            nullable=False,
            unique=True,
        ),
        day("date", comment="Day of the bank's notice"),
        money("amount"),
        text("reason", 200),
        *created(),
        check("amount_positive", "amount > 0"),
        comment="Contra rows: payments that bounced, taken back from the customer's account",
    )
    append_only("payment_reversals", "payment_reversals takes new rows only")


def create_loyalty() -> None:
    create_table(
        "loyalty_tiers",
        key(),
        text("name", 40, unique=True),
        money("net_purchases", comment="Of twelve months, from which on it is reached"),
        percent("points_per_100", comment="Points for 100 rupees of taxable value"),
        *created(),
        sa.UniqueConstraint("net_purchases"),
        check("net_purchases_not_negative", "net_purchases >= 0"),
        check("points_not_negative", "points_per_100 >= 0"),
        comment="What customers earn by what they buy",
    )
    create_table(
        "loyalty_accounts",
        key(),
        sa.Column(
            "customer_id",
            sa.Integer(),
            sa.ForeignKey("customers.id", ondelete="RESTRICT"),
            nullable=False,
            unique=True,
        ),
        reference("tier_id", "loyalty_tiers"),
        day("tier_until", comment="Not lowered before this day is over"),
        count("balance", default=0, comment="Sum of the entries; kept by them, read-only"),
        count("shortfall", default=0, comment="Taken back yet burned already; earned off first"),
        *created(),
        check("balance_not_negative", "balance >= 0"),
        check("shortfall_not_negative", "shortfall >= 0"),
        comment="Points of customers; never of prescribers",
    )
    create_table(
        "loyalty_entries",
        key(),
        reference("account_id", "loyalty_accounts"),
        day("date"),
        choice("kind", "loyalty_kind", ["earn", "burn", "reversal", "expiry"]),
        count("points", comment="Earned (positive) or used up (negative)"),
        day("expires_on", nullable=True, comment="Last day of what is earned"),
        reference("lot_id", "loyalty_entries", nullable=True, comment="The entry that is used up"),
        reference("invoice_id", "invoices", nullable=True, comment="That is paid"),
        reference(
            "credit_note_id", "credit_notes", nullable=True, comment="That takes points back"
        ),
        money("base", default="0", comment="Taxable value that points were earned on"),
        text("reason", 200, nullable=True),
        *created(),
        check("earned_or_used_up", "points <> 0 AND (kind = 'earn') = (points > 0)"),
        check("earned_until_a_day", "(kind = 'earn') = (expires_on IS NOT NULL)"),
        check("used_up_of_a_lot", "(kind = 'earn') = (lot_id IS NULL)"),
        check("earned_by_an_invoice", "kind <> 'earn' OR invoice_id IS NOT NULL"),
        comment="Ledger of points, append-only: each earning is a lot that later entries use up",
    )
    for name, columns, kind in (
        ("uq_loyalty_entries_earned_once", ["invoice_id"], "earn"),
        ("uq_loyalty_entries_reversed_once", ["credit_note_id", "lot_id"], "reversal"),
    ):
        condition = sa.text(f"kind = '{kind}'")
        op.create_index(
            name,
            "loyalty_entries",
            columns,
            unique=True,
            postgresql_where=condition,
            sqlite_where=condition,
        )


def guard_payments() -> None:
    """Domain rule 23: a payment stands; it settles no more than it is, nor than is owed."""
    kept = " OR ".join(
        f"NEW.{column} IS DISTINCT FROM OLD.{column}"
        for column in ("customer_id", "date", "amount", "mode", "ref")
    )
    old, new = (f"CAST({row}.status AS varchar(20))" for row in ("OLD", "NEW"))
    stands = Refusal("payment_immutable", 409, "A payment is not changed", "Have it bounce.")
    refuse_when("payments", "payments_stand_update", "UPDATE", kept, stands)
    refuse_when("payments", "payments_stand_delete", "DELETE", "1 = 1", stands)
    refuse_when(
        "payments",
        "payments_states_in_order",
        "UPDATE OF status",
        f"{old} <> {new} AND {old} <> 'received'",
        Refusal(
            "bad_transition",
            409,
            "Only a payment that is received clears or bounces",
            "",
            (("from", old), ("to", new), ("allowed", "CAST('[]' AS jsonb)")),
        ),
    )
    amount, owner = (PAYMENT.format(column=f"paid.{name}") for name in ("amount", "customer_id"))
    total, debtor = (INVOICE.format(column=f"owed.{name}") for name in ("total", "customer_id"))
    credited = CREDITED.format(but="")
    alive = PAYMENT.format(column="CAST(paid.status AS varchar(20))") + " <> 'bounced'"
    for event, but in (("INSERT", ""), ("UPDATE", " AND part.id <> OLD.id")):
        of_payment, of_invoice = (
            sum_.format(but=but) for sum_ in (SETTLED_OF_PAYMENT, SETTLED_OF_INVOICE)
        )
        over = (
            f"NEW.amount + {of_payment} > {amount} + 0.005 OR "
            f"({alive} AND NEW.amount + {of_invoice} + {credited} > {total} + 0.005)"
        )
        name = f"payment_allocations_within_{event.lower()}"
        refusal = Refusal(
            "over_allocated", 409, "More than is left of the payment or owed on the invoice"
        )
        refuse_when("payment_allocations", name, event, over, refusal)
    refuse_when(
        "payment_allocations",
        "payment_allocations_of_one_customer",
        "INSERT",
        f"{owner} <> {debtor}",
        Refusal("other_customer", 422, "A payment settles invoices of the customer who paid"),
    )
    refuse_when(
        "payment_allocations",
        "payment_allocations_stand",
        "UPDATE",
        "NEW.payment_id <> OLD.payment_id OR NEW.invoice_id <> OLD.invoice_id",
        Refusal("append_only", 403, "An allocation stays with its payment and its invoice"),
    )


def guard_credit_notes() -> None:
    """Domain rules 14 and 21: a credit note stands, and takes back no more than there was."""
    stands = Refusal("credit_note_immutable", 409, "A credit note is not changed")
    for table in ("credit_notes", "credit_note_lines"):
        for event in ("UPDATE", "DELETE"):
            refuse_when(table, f"{table}_stand_{event.lower()}", event, "1 = 1", stands)
    total = INVOICE.format(column="owed.total")
    refuse_when(
        "credit_notes",
        "credit_notes_within_invoice",
        "INSERT",
        f"NEW.total + {CREDITED.format(but='')} > {total} + 0.005",
        Refusal("over_return", 409, "More is credited than the invoice's total"),
    )
    back = BACK.format(column="back.qty", table="credit_note_lines")
    refuse_when(
        "credit_note_lines",
        "credit_note_lines_within_sold",
        "INSERT",
        f"NEW.qty + {back} > {SOLD.format(column='sold.qty')}",
        Refusal("over_return", 409, "More is credited than was sold"),
    )


def guard_returns() -> None:
    """Domain rule 21: no more comes back than was sold, and what came back stands."""
    parts = [
        f"NEW.{column} + {BACK.format(column=f'back.{column}', table='return_lines')}"
        f" > {SOLD.format(column=f'sold.{column}')}"
        for column in ("qty", "free_qty")
    ]
    refuse_when(
        "return_lines",
        "return_lines_within_sold",
        "INSERT",
        " OR ".join(parts),
        Refusal("over_return", 409, "More comes back than was sold"),
    )
    stands = Refusal("return_immutable", 409, "What came back is not changed")
    kept = {
        "returns": (
            "order_id", "invoice_id", "customer_id", "location_id", "kind", "date", "reason",
            "challan_no",
        ),
        "return_lines": ("return_id", "invoice_line_id", "batch_id", "qty", "free_qty"),
    }  # fmt: skip
    for table, columns in kept.items():
        changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)
        if table == "return_lines":
            changed += " OR NEW.restocked < OLD.restocked OR NEW.written_off < OLD.written_off"
        refuse_when(table, f"{table}_stand_update", "UPDATE", changed, stands)
        refuse_when(table, f"{table}_stand_delete", "DELETE", "1 = 1", stands)


def guard_points() -> None:
    """Domain rule 28: the ledger is append-only, and the balance is its sum."""
    append_only("loyalty_entries", "loyalty_entries takes new rows only")
    refuse_when(
        "loyalty_entries",
        "loyalty_entries_within_lot",
        "INSERT",
        f"NEW.lot_id IS NOT NULL AND {LEFT_OF_LOT} + NEW.points < 0",
        Refusal("points_short", 409, "There are fewer points than that"),
    )
    refuse_when(
        "loyalty_accounts",
        "loyalty_accounts_of_no_prescriber",
        "INSERT",
        f"{KIND_OF_CUSTOMER} = 'doctor'",
        Refusal("no_rewards", 422, "Prescribers are given no rewards"),
    )
    for event in ("INSERT", "UPDATE"):
        refuse_when(
            "loyalty_accounts",
            f"loyalty_accounts_follow_entries_{event.lower()}",
            event,
            f"NEW.balance <> {POINTS_OF_ACCOUNT}",
            Refusal("append_only", 403, "balance is written by loyalty_entries only"),
        )
    keep_balances()


def keep_balances() -> None:
    """Have the balance of an account be the sum of its entries.

    The whole sum, since rows of one statement are all there when the first of them is told.
    """
    change = (
        "UPDATE loyalty_accounts SET balance = (SELECT coalesce(sum(entry.points), 0)"
        " FROM loyalty_entries AS entry WHERE entry.account_id = NEW.account_id)"
        " WHERE id = NEW.account_id"
    )
    if not on_postgres():
        op.execute(
            "CREATE TRIGGER loyalty_entries_keep_balances AFTER INSERT ON loyalty_entries"
            f" BEGIN {change}; END"
        )
        return
    # It runs with its owner's rights, so its caller may not choose where names lead.
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(f"""
        CREATE FUNCTION loyalty_entries_keep_balances() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
        BEGIN
          {change};
          RETURN NULL;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER loyalty_entries_keep_balances AFTER INSERT ON loyalty_entries"
        " FOR EACH ROW EXECUTE FUNCTION loyalty_entries_keep_balances()"
    )


GUARDS = (
    "payments_stand_update",
    "payments_stand_delete",
    "payments_states_in_order",
    "payment_allocations_within_insert",
    "payment_allocations_within_update",
    "payment_allocations_of_one_customer",
    "payment_allocations_stand",
    "credit_notes_stand_update",
    "credit_notes_stand_delete",
    "credit_note_lines_stand_update",
    "credit_note_lines_stand_delete",
    "credit_notes_within_invoice",
    "credit_note_lines_within_sold",
)


def downgrade() -> None:
    drop_tables(
        "loyalty_entries",
        "loyalty_accounts",
        "loyalty_tiers",
        "payment_reversals",
        "return_lines",
        "returns",
        kinds=["loyalty_kind", "return_kind", "return_status"],
    )
    for name in GUARDS:
        drop_refusal(name)
    if on_postgres():
        for function in (
            "loyalty_entries_append_only",
            "loyalty_entries_keep_balances",
            "loyalty_entries_within_lot",
            "loyalty_accounts_of_no_prescriber",
            "loyalty_accounts_follow_entries_insert",
            "loyalty_accounts_follow_entries_update",
            "payment_reversals_append_only",
            "return_lines_within_sold",
            "return_lines_stand_update",
            "return_lines_stand_delete",
            "returns_stand_update",
            "returns_stand_delete",
        ):
            op.execute(f"DROP FUNCTION {function}()")
    replace_check("credit_notes", "total_adds_up", ROUNDED, EXACT)
    op.drop_column("credit_notes", "round_off")
