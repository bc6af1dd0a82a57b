"""Reading the same database again and again, as its schema changes.

A new connection of PostgreSQL's has to find all the system's tables out anew: over one that
is kept, the same questions take a quarter of the time (measured: 19 ms against 68). So one is
kept for a while after each reading, since changes seldom come alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg2

from autoapi.catalogue import Catalogue
from autoapi.reflect.connections import (
    PAUSE,
    TRIES,
    UNSETTLED,
    connect_postgres,
    is_postgres,
    reflect,
)
from autoapi.reflect.postgres import reflect_postgres

__all__ = ["Reflector"]

KEPT = 30.0  # seconds


class Reflector:
    """Reads one database. May be called from any thread, which then waits."""

    def __init__(self, url: str, connect_timeout: float) -> None:
        """``connect_timeout``: seconds to wait for a connection, per address."""
        self.url = url
        self.connect_timeout = connect_timeout
        self.connection: Any = None
        self.turn = threading.Lock()
        self.closing: threading.Timer | None = None

    def read(self, schemas: Sequence[str], extra_schemas: Sequence[str]) -> Catalogue:
        """The catalogue as it is now. Takes and raises what ``reflect`` does."""
        if not is_postgres(self.url):
            return reflect(self.url, schemas, self.connect_timeout, extra_schemas)
        with self.turn:
            if self.closing is not None:
                self.closing.cancel()
            found = self.read_on(schemas, extra_schemas)
            self.closing = threading.Timer(KEPT, self.close)
            self.closing.daemon = True
            self.closing.start()
            return found

    def read_on(self, schemas: Sequence[str], extra_schemas: Sequence[str]) -> Catalogue:
        """The same over the connection that was kept, if it still serves, or a new one."""
        for attempt in range(1, TRIES + 1):
            is_kept = self.connection is not None
            if not is_kept:
                self.connection = connect_postgres(self.url, self.connect_timeout)
            try:
                with self.connection:  # a transaction
                    return reflect_postgres(self.connection, schemas, extra_schemas)
            except UNSETTLED:
                if attempt == TRIES:
                    raise
                time.sleep(attempt * PAUSE)
            except psycopg2.Error:
                self.give_back()
                if not is_kept:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Give the connection back."""
        with self.turn:
            if self.closing is not None:
                self.closing.cancel()
            self.give_back()

    def give_back(self) -> None:
        """The same, by who has the turn."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None
