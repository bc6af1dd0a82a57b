"""Migrations: Alembic without an ini file, its revisions in a folder of the user's.

``folder`` finds and numbers the files, ``running`` applies them, ``record`` remembers who
did, ``scratch`` tells what they make. The folder needs nothing but ``versions/*.py``; where
it has an ``env.py`` of its own, that one is run. Commands: ``commands/migrate.py``.
"""

from autoapi.migrate.folder import configuration
from autoapi.migrate.new import new_revision
from autoapi.migrate.record import Applied
from autoapi.migrate.running import migrate_down, migrate_up, write_sql
from autoapi.migrate.status import Pending, Status, read_status

__all__ = [
    "Applied",
    "Pending",
    "Status",
    "configuration",
    "migrate_down",
    "migrate_up",
    "new_revision",
    "read_status",
    "write_sql",
]
