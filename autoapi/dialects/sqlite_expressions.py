"""How SQLAlchemy writes the expressions of rules for SQLite: with the names quoted, no more."""

from __future__ import annotations

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from autoapi.dialects.quoting import quoting

__all__ = ["sqlite_expressions"]


def sqlite_expressions() -> SQLiteDialect_pysqlite:
    """The dialect of Python's own driver."""
    return quoting(SQLiteDialect_pysqlite(paramstyle="qmark"))
