"""What Alembic runs for every command, where the folder of migrations has no ``env.py``.

The connection and everything else come in ``config.attributes``; see ``migrate/running.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from autoapi.errors import migration_failed
from autoapi.migrate.folder import NAMING
from autoapi.migrate.record import record_step

given = context.config.attributes


def run_online(connection: sa.Connection) -> None:
    """Apply the revisions asked for, all or none."""
    context.configure(
        connection=connection,
        target_metadata=given.get("target_metadata", sa.MetaData(naming_convention=NAMING)),
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_server_default=True,
        include_object=given.get("include_object"),
        on_version_apply=record_step if given.get("recorded") else None,
    )
    with context.begin_transaction():
        before = broken_references(connection)
        context.run_migrations()
        broken = broken_references(connection) - before
        if broken:
            tables = ", ".join(sorted({str(row[0]) for row in broken}))
            raise migration_failed("The migration", f"rows of {tables} refer to nothing")


def broken_references(connection: sa.Connection) -> set[tuple[object, ...]]:
    """The rows that refer to nothing, on SQLite, which does not look while it migrates."""
    if connection.dialect.name != "sqlite":
        return set()
    return {tuple(row)[:3] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}


def run_offline() -> None:
    """Write the statements instead of running them."""
    context.configure(
        dialect_name=given["dialect"],
        target_metadata=sa.MetaData(naming_convention=NAMING),
        transactional_ddl=True,
        literal_binds=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online(given["connection"])
