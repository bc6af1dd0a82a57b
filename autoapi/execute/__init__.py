"""The only room that talks to the database at a request: pools, transactions, error codes."""

from __future__ import annotations

from autoapi.execute.breaker import BREAKER_STATES, BreakerFigures
from autoapi.execute.explaining import explain
from autoapi.execute.joined import JoinedDatabase
from autoapi.execute.postgres import PostgresDatabase
from autoapi.execute.sqlite import SqliteDatabase, sqlite_path
from autoapi.execute.transaction import Transaction
from autoapi.execute.types import WHOLE, Check, Database, PoolFigures, Result, Session
from autoapi.settings import Settings

__all__ = [
    "BREAKER_STATES",
    "WHOLE",
    "BreakerFigures",
    "Check",
    "Database",
    "JoinedDatabase",
    "PoolFigures",
    "Result",
    "Session",
    "Transaction",
    "explain",
    "open_database",
    "sqlite_path",
]


def open_database(settings: Settings) -> Database:
    """The database of the settings; no connection is made yet."""
    if settings.dialect == "postgresql":
        return PostgresDatabase(settings)
    return SqliteDatabase(settings)
