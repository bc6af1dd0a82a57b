"""The plan of a statement as the database makes it without knowing the request's values.

So no value can stand in it. PostgreSQL is made to plan for any value (``force_generic_plan``),
which may not be the plan that was slow, where it depends on the value; SQLite never looks at
them. Nothing is run, and no connection of the pool's is taken.
"""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from typing import Final
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from autoapi.execute.sqlite import sqlite_path
from autoapi.execute.sqlite_functions import register_functions
from autoapi.execute.types import Session
from autoapi.settings import Settings

__all__ = ["explain"]

LONGEST: Final = "3s"  # that planning may take
NAME: Final = "autoapi_slow"


def explain(
    settings: Settings, statement: str, arguments: int, session: Session | None = None
) -> str:
    """The plan of a statement with so many arguments, a step a line; blocks.

    ``session`` is whose rights and policies it is planned with. Raises psycopg2.Error or
    sqlite3.Error when it cannot be had.
    """
    if settings.dialect == "sqlite":
        return explain_sqlite(settings, statement, arguments)
    return explain_postgres(settings, statement, arguments, session or Session())


def explain_postgres(settings: Settings, statement: str, arguments: int, session: Session) -> str:
    """See :func:`explain`; on a connection that is closed again."""
    seconds = max(1, math.ceil(settings.db_connect_timeout))
    url = "postgresql://" + settings.database_url.partition("://")[2]
    given = sql.SQL(", ").join([sql.SQL("NULL")] * arguments)
    call = sql.SQL("EXECUTE {}({})" if arguments else "EXECUTE {}")
    with closing(psycopg2.connect(url, connect_timeout=seconds)) as connection:
        connection.set_session(readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", (LONGEST,))
            for name, value in zip(session.names, session.values, strict=True):
                cursor.execute("SELECT set_config(%s, %s, true)", (name, value))
            cursor.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
            cursor.execute(
                sql.SQL("PREPARE {} AS ").format(sql.Identifier(NAME)) + sql.SQL(statement)
            )
            try:
                cursor.execute(sql.SQL("EXPLAIN ") + call.format(sql.Identifier(NAME), given))
                return "\n".join(str(line) for (line,) in cursor.fetchall())
            finally:
                connection.rollback()
                cursor.execute(sql.SQL("DEALLOCATE {}").format(sql.Identifier(NAME)))


def explain_sqlite(settings: Settings, statement: str, arguments: int) -> str:
    """See :func:`explain`."""
    address = f"file:{quote(str(sqlite_path(settings.database_url)))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        register_functions(connection)
        asked = f"EXPLAIN QUERY PLAN {statement}"
        rows = connection.execute(asked, [None] * arguments).fetchall()
    depth = {0: -1}
    told = []
    for own, parent, _, text in rows:
        depth[own] = depth.get(parent, -1) + 1
        told.append("  " * depth[own] + text)
    return "\n".join(told)
