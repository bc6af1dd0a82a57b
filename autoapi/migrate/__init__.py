"""Migrations: Alembic without an ini file, its revisions in a folder of the user's.

``folder`` finds and numbers the files, ``running`` applies them, ``record`` remembers who
did, ``scratch`` tells what they make. The folder needs nothing but ``versions/*.py``; where
it has an ``env.py`` of its own, that one is run. Commands: ``commands/migrate.py``.
"""

from autoapi.migrate.check import Check, check_migrations, describe, mark_applied
from autoapi.migrate.connections import connected
from autoapi.migrate.folder import configuration, open_scripts
from autoapi.migrate.new import new_revision
from autoapi.migrate.record import Applied
from autoapi.migrate.running import (
    migrate_down,
    migrate_up,
    run_recorded,
    without_parameters,
    write_sql,
)
from autoapi.migrate.scratch import (
    BOOKKEEPING,
    live_thing,
    migrated_thing,
    scratch_database,
    without_bookkeeping,
)
from autoapi.migrate.status import Pending, Status, read_status

__all__ = [
    "BOOKKEEPING",
    "Applied",
    "Check",
    "Pending",
    "Status",
    "check_migrations",
    "configuration",
    "connected",
    "describe",
    "live_thing",
    "mark_applied",
    "migrate_down",
    "migrate_up",
    "migrated_thing",
    "new_revision",
    "open_scripts",
    "read_status",
    "run_recorded",
    "scratch_database",
    "without_bookkeeping",
    "without_parameters",
    "write_sql",
]
