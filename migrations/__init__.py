"""The schema of the demo business, as Alembic revisions, and the calls that apply them.

``upgrade(connection)`` brings a SQLite or PostgreSQL database to the newest
revision, inside the caller's transaction if there is one; ``autoapi migrate`` does the
same from the command line. The tables themselves are in ``versions/``, one subject a
file; the words those files are written in are in ``columns.py`` and ``checks.py``.

To change the schema: add a revision (``autoapi migrate new``); never edit one that has
been released.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.runtime.migration import MigrationContext

from autoapi.migrate import configuration

__all__ = ["current", "downgrade", "upgrade"]

FOLDER = Path(__file__).parent


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Apply every revision up to ``revision``; all of them or none."""
    with transaction(connection):
        command.upgrade(configuration(FOLDER, connection=connection), revision)


def downgrade(connection: sa.Connection, revision: str) -> None:
    """Take back every revision after ``revision`` (``base`` for all of them)."""
    with transaction(connection):
        command.downgrade(configuration(FOLDER, connection=connection), revision)


def current(connection: sa.Connection) -> str | None:
    """Name the revision the database is at, None for a database never migrated."""
    with transaction(connection):
        return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def transaction(connection: sa.Connection) -> Iterator[None]:
    """Join the caller's transaction, or open one and commit it.

    Python's sqlite3 opens a transaction before INSERT but not before CREATE, so
    on SQLite it is opened by hand: a revision that fails must leave nothing.
    """
    if not connection.in_transaction():
        with connection.begin(), transaction(connection):
            yield
        return
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        if raw is not None and not raw.in_transaction:
            connection.exec_driver_sql("BEGIN")
    yield
