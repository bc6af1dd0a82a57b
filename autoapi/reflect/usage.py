"""How a database has been used, by its own statistics."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from autoapi.inspection import BrokenReference, IndexUse, SequencePosition, TableSize, Usage

__all__ = ["postgres_usage", "sqlite_usage"]

INDEXES: Final = """
SELECT schemaname, relname, indexrelname, coalesce(idx_scan, 0), pg_relation_size(indexrelid)
FROM pg_stat_user_indexes WHERE schemaname = ANY(%(schemas)s) ORDER BY 1, 2, 3
"""
# Those whose value the login may not see are left out.
SEQUENCES: Final = """
SELECT schemaname, sequencename, last_value FROM pg_sequences
WHERE schemaname = ANY(%(schemas)s) AND last_value IS NOT NULL ORDER BY 1, 2
"""
TABLES: Final = """
SELECT schemaname, relname, pg_table_size(relid)
FROM pg_stat_user_tables WHERE schemaname = ANY(%(schemas)s) ORDER BY 1, 2
"""
# Never reset: they are at least as old as the server's start.
DAYS: Final = """
SELECT extract(epoch FROM now() - coalesce(stats_reset, pg_postmaster_start_time())) / 86400
FROM pg_stat_database WHERE datname = current_database()
"""


def postgres_usage(connection: Any, schemas: Sequence[str]) -> Usage:
    """Read it over an open psycopg2 connection."""
    given = {"schemas": list(schemas)}
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, given)
        indexes = tuple(IndexUse(*row) for row in cursor.fetchall())
        cursor.execute(SEQUENCES, given)
        sequences = tuple(SequencePosition(*row) for row in cursor.fetchall())
        cursor.execute(TABLES, given)
        tables = tuple(TableSize(*row) for row in cursor.fetchall())
        cursor.execute(DAYS)
        found = cursor.fetchone()
    return Usage(indexes, sequences, tables=tables, days=float(found[0]) if found else None)


def sqlite_usage(connection: sqlite3.Connection) -> Usage:
    """Read it over an open connection; every reference is looked at, which takes a while.

    A key to a table or column that is not there, or is not unique, stops SQLite from
    looking; the tree tells of those.
    """
    try:
        rows = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.OperationalError:
        return Usage()
    counted = Counter((row[0], row[2]) for row in rows)
    return Usage(
        broken_references=tuple(
            BrokenReference("main", table, referred, number)
            for (table, referred), number in sorted(counted.items())
        )
    )
