"""The statements that tools propose, with every identifier quoted by SQLAlchemy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["Writer", "index_made", "index_name"]

NAME: Final = r'(?:"(?:[^"]|"")+"|[^\s".]+)'
INDEX: Final = re.compile(
    rf"CREATE INDEX (?:CONCURRENTLY )?(?P<name>{NAME}) ON (?:(?P<schema>{NAME})\.)?{NAME} "
)
LONGEST_NAME: Final = 63  # bytes of a PostgreSQL identifier


class Writer:
    """Writes statements for one kind of database. Statements have no semicolon at their end."""

    def __init__(self, dialect: str) -> None:
        self.is_postgres = dialect == "postgresql"
        known: Dialect = (postgresql if self.is_postgres else sqlite).dialect()
        self.dialect = known
        self.preparer = known.identifier_preparer

    def name(self, name: str) -> str:
        """One identifier."""
        # Doubled for drivers that take parameters; nothing here has any.
        return self.preparer.quote(name).replace("%%", "%")

    def names(self, names: Iterable[str]) -> str:
        """Several, by comma."""
        return ", ".join(map(self.name, names))

    def within(self, schema: str, name: str) -> str:
        """Something in a schema; SQLite's ``main`` is left out."""
        return f"{self.name(schema)}.{self.name(name)}" if self.is_postgres else self.name(name)

    def create_index(
        self, table: str, columns: Sequence[str], name: str, *, concurrently: bool
    ) -> str:
        """``table`` is quoted already. Concurrently: outside a transaction, blocking nobody."""
        how = "CONCURRENTLY " if concurrently and self.is_postgres else ""
        return f"CREATE INDEX {how}{self.name(name)} ON {table} ({self.names(columns)})"

    def drop_index(self, schema: str, name: str) -> str:
        """Without blocking those who write, where the database can."""
        how = "CONCURRENTLY " if self.is_postgres else ""
        return f"DROP INDEX {how}{self.within(schema, name)}"

    def alter_column_type(self, table: str, column: str, kind: str, using: str = "") -> str:
        """``using``: how to make the new value of the old one, as SQL."""
        tail = f" USING {using}" if using else ""
        return f"ALTER TABLE {table} ALTER COLUMN {self.name(column)} TYPE {kind}{tail}"

    def enable_row_security(self, table: str) -> str:
        """From then on policies decide, and without any nobody but the owner sees a row."""
        return f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"

    def validate_constraint(self, table: str, name: str) -> str:
        """Reads the whole table, and lets others read and write it meanwhile."""
        return f"ALTER TABLE {table} VALIDATE CONSTRAINT {self.name(name)}"


def index_name(table: str, columns: Sequence[str], taken: Iterable[str]) -> str:
    """A name that is free, of 63 bytes at most: ``ix_orders_customer_id``.

    >>> index_name("orders", ["customer_id"], {"ix_orders_customer_id"})
    'ix_orders_customer_id_2'
    """
    used = set(taken)
    whole = "_".join(("ix", table, *columns))
    number = 1
    while True:
        tail = f"_{number}" if number > 1 else ""
        room = LONGEST_NAME - len(tail)
        name = whole.encode()[:room].decode(errors="ignore") + tail
        if name not in used:
            return name
        number += 1


def index_made(statement: str, dialect: str) -> str | None:
    """What to call the index that a statement of ours makes, to drop it; None for no index.

    >>> index_made('CREATE INDEX CONCURRENTLY "ix a" ON shop.orders (a)', "postgresql")
    'shop."ix a"'
    """
    found = INDEX.match(statement)
    if found is None:
        return None
    schema = f"{found['schema']}." if found["schema"] and dialect == "postgresql" else ""
    return f"{schema}{found['name']}"
