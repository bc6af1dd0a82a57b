"""How a transaction on SQLite begins and ends, and what holds in it.

SQLite has no settings of a transaction, so triggers learn who asks from the table
``autoapi_request_settings (name, value)`` of the database, if it has one: its rows are there
from the beginning of a write to its end, and never committed.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from autoapi.execute.types import Session

__all__ = ["Terms", "terms_of"]

SET = "INSERT OR REPLACE INTO autoapi_request_settings (name, value) VALUES (?, ?)"
UNSET = "DELETE FROM autoapi_request_settings"


@dataclass(frozen=True, slots=True)
class Terms:
    """The statements around a transaction; ``settings`` are pairs of a name and a value."""

    begins: str = "BEGIN IMMEDIATE"
    ends: str = "COMMIT"
    settings: tuple[tuple[str, str], ...] = ()

    def begin(self, connection: sqlite3.Connection) -> None:
        """Begin. Raises sqlite3.Error, and then nothing is begun."""
        connection.execute(self.begins)
        if self.settings:
            try:
                connection.executemany(SET, self.settings)
            except sqlite3.Error:
                connection.execute("ROLLBACK")
                raise

    def end(self, connection: sqlite3.Connection) -> None:
        """Commit, or undo what was only tried. Raises sqlite3.Error."""
        if self.settings:
            connection.execute(UNSET)
        connection.execute(self.ends)


def terms_of(session: Session | None) -> Terms:
    """The terms of a transaction that writes."""
    if session is None:
        return Terms()
    ends = "ROLLBACK" if session.rolls_back else "COMMIT"
    return Terms(ends=ends, settings=tuple(zip(session.names, session.values, strict=True)))
