"""Whether the schema has changed since it was read, without reading it.

A look costs a millisecond or so and is taken every second, or more often; on PostgreSQL a
notification on ``AUTOAPI_DB_CHANNEL`` is heard at once besides. What follows from a change
is the service's affair. https://docs.postgrest.org/en/stable/references/listener.html
"""

from __future__ import annotations

from autoapi.settings import Settings
from autoapi.watch.postgres import PostgresWatch
from autoapi.watch.sqlite import SqliteWatch
from autoapi.watch.trigger import NoRight, Trigger, install_trigger, read_trigger, remove_trigger
from autoapi.watch.types import Cause, Heard, News, Watch

__all__ = [
    "Cause",
    "Heard",
    "News",
    "NoRight",
    "Trigger",
    "Watch",
    "install_trigger",
    "open_watch",
    "read_trigger",
    "remove_trigger",
]


def open_watch(settings: Settings, heard: Heard) -> Watch:
    """A watch over the settings' database; ``heard`` is told what it notices."""
    if settings.dialect == "postgresql":
        return PostgresWatch(settings, heard)
    return SqliteWatch(settings, heard)
