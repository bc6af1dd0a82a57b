"""What people read: stock at hand by product and place, and invoices not yet paid."""

from __future__ import annotations

from alembic import op

from migrations.columns import on_postgres

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# SQLite knows the type of a view's column only where it is a plain column of a table, and
# reads a compound's types off its first part. So on SQLite each view starts with a part
# that has the types and no rows; without it a client could not tell numbers from text.
TYPES_OF_INVENTORY = """
SELECT product.id AS product_id, location.id AS location_id, product.sku,
  product.name AS product, location.code AS location, balance.on_hand AS on_hand,
  balance.reserved AS reserved, balance.on_hand AS available,
  batch.expiry_date AS nearest_expiry, batch.cost AS value_at_cost
FROM products AS product, locations AS location, stock_balances AS balance, batches AS batch
WHERE 0
UNION ALL
"""

TYPES_OF_OUTSTANDING_INVOICES = """
SELECT id, no, customer_id, location_id, date, due_date, total, total AS credited,
  total AS paid, total AS outstanding
FROM invoices
WHERE 0
UNION ALL
"""

INVENTORY = """
CREATE VIEW inventory {options} AS {types}
SELECT
  product.id AS product_id,
  location.id AS location_id,
  product.sku,
  product.name AS product,
  location.code AS location,
  CAST(sum(balance.on_hand) AS INTEGER) AS on_hand,
  CAST(sum(balance.reserved) AS INTEGER) AS reserved,
  CAST(sum(CASE WHEN batch.status = 'saleable' AND batch.expiry_date >= {today}
    THEN balance.on_hand - balance.reserved ELSE 0 END) AS INTEGER) AS available,
  min(CASE WHEN batch.status = 'saleable' AND balance.on_hand > 0
    THEN batch.expiry_date END) AS nearest_expiry,
  CAST({value} AS NUMERIC(14, 2)) AS value_at_cost
FROM stock_balances AS balance
JOIN batches AS batch ON batch.id = balance.batch_id
JOIN products AS product ON product.id = batch.product_id
JOIN locations AS location ON location.id = balance.location_id
GROUP BY product.id, location.id, product.sku, product.name, location.code
"""

OUTSTANDING_INVOICES = """
CREATE VIEW outstanding_invoices {options} AS {types}
SELECT id, no, customer_id, location_id, date, due_date, total, credited, paid,
  CAST({outstanding} AS NUMERIC(14, 2)) AS outstanding
FROM (
  SELECT invoice.id, invoice.no, invoice.customer_id, invoice.location_id, invoice.date,
    invoice.due_date, invoice.total,
    CAST(coalesce((SELECT sum(note.total) FROM credit_notes AS note
      WHERE note.invoice_id = invoice.id), 0) AS NUMERIC(14, 2)) AS credited,
    CAST(coalesce((SELECT sum(part.amount) FROM payment_allocations AS part
      JOIN payments AS payment ON payment.id = part.payment_id
      WHERE part.invoice_id = invoice.id AND payment.status <> 'bounced'), 0)
      AS NUMERIC(14, 2)) AS paid
  FROM invoices AS invoice
) AS account
WHERE {outstanding} > 0
"""

VALUE = "sum(balance.on_hand * batch.cost)"
OUTSTANDING = "total - credited - paid"

COMMENTS = {
    "VIEW inventory": "Stock by product and location, over all batches",
    "COLUMN inventory.available": "Saleable, not expired, not reserved",
    "COLUMN inventory.nearest_expiry": "Of saleable batches with stock",
    "COLUMN inventory.value_at_cost": "Units on hand times the cost of their batch",
    "VIEW outstanding_invoices": "Invoices with something left to pay",
    "COLUMN outstanding_invoices.credited": "Total of the credit notes",
    "COLUMN outstanding_invoices.paid": "Payments allocated, bounced ones left out",
}


def upgrade() -> None:
    views = (
        (INVENTORY, TYPES_OF_INVENTORY),
        (OUTSTANDING_INVOICES, TYPES_OF_OUTSTANDING_INVOICES),
    )
    for view, types in views:
        op.execute(
            view.format(**(words_on_postgres() if on_postgres() else words_on_sqlite(types)))
        )
    if on_postgres():
        for subject, comment in COMMENTS.items():
            op.execute(f"COMMENT ON {subject} IS '{comment}'")


def words_on_postgres() -> dict[str, str]:
    return {
        "options": "WITH (security_invoker = true)",
        "types": "",
        "today": "CAST(now() AT TIME ZONE 'Asia/Kolkata' AS date)",
        "value": VALUE,
        "outstanding": OUTSTANDING,
    }


def words_on_sqlite(types: str) -> dict[str, str]:
    """SQLite adds amounts up as binary floats; rounding takes the noise off again."""
    return {
        "options": "",
        "types": types,
        "today": "date('now', '+5 hours', '+30 minutes')",
        "value": f"round({VALUE}, 2)",
        "outstanding": f"round({OUTSTANDING}, 2)",
    }


def downgrade() -> None:
    op.execute("DROP VIEW outstanding_invoices")
    op.execute("DROP VIEW inventory")
