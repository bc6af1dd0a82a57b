"""Who applied which revision and when: a table beside Alembic's own.

Written in the transaction of the revision itself, so it tells of all that were applied by
``autoapi migrate`` and of none that was rolled back. The API never shows it.
"""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext, MigrationInfo

__all__ = ["Applied", "read_record", "record", "record_step"]

RECORD = sa.Table(
    "autoapi_migrations",
    sa.MetaData(),
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),  # up, down, stamp, fix
    sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("applied_by", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Applied:
    """One revision that was applied, taken back or marked."""

    revision: str
    direction: str
    at: datetime  # with its zone, UTC
    by: str


def record_step(
    ctx: MigrationContext, step: MigrationInfo, heads: object, run_args: object
) -> None:  # Alembic gives them by these names
    """Remember one step, where a connection runs it."""
    del heads, run_args
    if ctx.as_sql or ctx.connection is None:
        return
    direction = "stamp" if step.is_stamp else "up" if step.is_upgrade else "down"
    for revision in step.up_revision_ids:
        record(ctx.connection, revision, direction)


def record(connection: sa.Connection, revision: str, direction: str) -> None:
    """Remember that something was applied, in the transaction that applies it."""
    RECORD.create(connection, checkfirst=True)
    connection.execute(
        RECORD.insert().values(
            revision=revision,
            direction=direction,
            applied_at=datetime.now(UTC).replace(microsecond=0),
            applied_by=person(connection),
        )
    )


def person(connection: sa.Connection) -> str:
    """The user of this machine, and the login where the database has logins."""
    try:
        here = f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):  # a container's user may have no name
        here = socket.gethostname()
    if connection.dialect.name == "sqlite":
        return here
    return f"{here} as {connection.scalar(sa.text('SELECT session_user'))}"


def read_record(connection: sa.Connection) -> tuple[Applied, ...]:
    """Everything recorded, oldest first; empty where nothing ever was."""
    if not sa.inspect(connection).has_table(RECORD.name):
        return ()
    rows = connection.execute(sa.select(RECORD).order_by(RECORD.c.id))
    return tuple(
        Applied(row.revision, row.direction, as_utc(row.applied_at), row.applied_by) for row in rows
    )


def as_utc(moment: datetime) -> datetime:
    """A moment in UTC; SQLite keeps no zone."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
