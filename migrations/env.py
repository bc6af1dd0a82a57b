"""What Alembic runs for every command: find the connection, apply the revisions.

The connection comes from ``config.attributes["connection"]`` (see ``upgrade``), or,
for Alembic's own command line, from ``DATABASE_URL``.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import context

from migrations.columns import NAMING


def run(connection: sa.Connection) -> None:
    """Apply the revisions asked for over ``connection``."""
    context.configure(
        connection=connection,
        target_metadata=sa.MetaData(naming_convention=NAMING),
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def psycopg2_url(url: str) -> str:
    """Name the driver: SQLAlchemy 2.1 reads a bare ``postgresql://`` as psycopg 3."""
    scheme, separator, rest = url.partition("://")
    named = "postgresql+psycopg2" if scheme in {"postgres", "postgresql"} else scheme
    return named + separator + rest


given: sa.Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = sa.create_engine(psycopg2_url(os.environ["DATABASE_URL"]))
    with engine.begin() as opened:
        run(opened)
    engine.dispose()
