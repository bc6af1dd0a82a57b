"""Rows into a database, in bulk: COPY on PostgreSQL, executemany on SQLite."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from overrides.demo.journal import COLUMNS, Row, Value
from overrides.demo.simulate import Closing
from overrides.money import rupees

# A number is the location's code, the financial year and six digits (domain rule 14).
NUMBERS_GIVEN = """
SELECT location_id, substr(no, length(no) - 11, 5) AS year,
  max(CAST(substr(no, length(no) - 5) AS integer)) AS last, max(created_at) AS at
FROM invoices GROUP BY location_id, substr(no, length(no) - 11, 5) ORDER BY 1, 2
"""
NOTES_GIVEN = """
SELECT invoice.location_id, substr(note.no, length(note.no) - 11, 5) AS year,
  max(CAST(substr(note.no, length(note.no) - 4) AS integer)) AS last, max(note.created_at) AS at
FROM credit_notes AS note JOIN invoices AS invoice ON invoice.id = note.invoice_id
GROUP BY invoice.location_id, substr(note.no, length(note.no) - 11, 5) ORDER BY 1, 2
"""
CONTINUE_SERIES = """
INSERT INTO document_series (location_id, kind, financial_year, last, created_at, created_by)
VALUES (:location_id, :kind, :year, :last, :at, 'demo')
"""


class NotEmpty(Exception):
    """The database already holds business data; it is left as it is."""


def require_empty(connection: sa.Connection) -> None:
    """Raise NotEmpty if any table to be filled has a row."""
    for table in COLUMNS:
        if connection.scalar(sa.select(sa.literal(1)).select_from(sa.table(table)).limit(1)):
            raise NotEmpty(f"table {table} is not empty")


def load_rows(connection: sa.Connection, rows: dict[str, list[Row]]) -> None:
    """Add rows to their tables, those referred to first."""
    for table, columns in COLUMNS.items():
        if not rows[table]:
            continue
        if connection.dialect.name == "postgresql":
            copy_rows(connection, table, columns, rows[table])
        else:
            names = ", ".join(columns)
            places = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - our names
            raw_cursor(connection).executemany(statement, rows[table])


def copy_rows(
    connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Row]
) -> None:
    r"""Stream rows through COPY's text format.

    Nothing the simulation writes holds a tab, a newline or a backslash, so no
    value needs escaping; an empty value is ``\N``.
    """
    text = "".join("\t".join(map(copy_text, row)) + "\n" for row in rows)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    raw_cursor(connection).copy_expert(statement, io.StringIO(text))


def copy_text(value: Value) -> str:
    """Write one value for COPY."""
    return r"\N" if value is None else str(value)


def raw_cursor(connection: sa.Connection) -> Any:
    """Open a cursor of the driver, inside SQLAlchemy's transaction."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.cursor()


def load_closing(connection: sa.Connection, closing: Closing) -> None:
    """Write what is only known at the end over the rows already there."""
    statements = (
        (
            "UPDATE customers SET credit_limit = :amount WHERE id = :id",
            [
                {"id": customer, "amount": rupees(limit)}
                for customer, limit in closing.credit_limits
            ],
        ),
        (
            "UPDATE orders SET status = 'returned', version = version + 1 WHERE id = :id",
            [{"id": order} for order in closing.returned_orders],
        ),
        (
            "UPDATE stock_balances SET reserved = :qty"
            " WHERE location_id = :location AND batch_id = :batch",
            [
                {"location": location, "batch": batch, "qty": qty}
                for location, batch, qty in closing.reservations
            ],
        ),
    )
    for statement, values in statements:
        if values:
            connection.execute(sa.text(statement), values)
    for kind, query in (("invoice", NUMBERS_GIVEN), ("credit_note", NOTES_GIVEN)):
        rows = connection.execute(sa.text(query)).mappings()
        series = [{**row, "kind": kind} for row in rows]
        if series:
            connection.execute(sa.text(CONTINUE_SERIES), series)


def continue_numbering(connection: sa.Connection) -> None:
    """Let the next id of every table follow the ids loaded; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in COLUMNS:
        numbers = sa.table(table, sa.column("id", sa.Integer())).c.id
        following = sa.func.coalesce(sa.func.max(numbers), 0) + 1
        sequence = sa.func.pg_get_serial_sequence(table, "id")
        connection.execute(sa.select(sa.func.setval(sequence, following, sa.false())))


def refresh_statistics(connection: sa.Connection) -> None:
    """Tell the planner what is there now; autovacuum would, but only minutes later."""
    connection.execute(sa.text("ANALYZE"))
