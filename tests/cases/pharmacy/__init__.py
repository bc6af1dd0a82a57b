"""The database that every case runs on: made once, and its rows put back after each write.

Two scripts make the same pharmacy on both databases; PostgreSQL has more of it, and its
roles. The service logs in as ``pharmacy_login``, which may do nothing but become another.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

__all__ = ["login_url", "make_postgres", "make_sqlite", "refill"]

FOLDER = Path(__file__).parent


def script(name: str) -> str:
    """One of the scripts beside this file."""
    return (FOLDER / f"{name}.sql").read_text()


def emptied(*scripts: str) -> str:
    """SQL that empties the tables that scripts make, the last made first."""
    names = re.findall(r'CREATE TABLE ([\w.]+|"[^"]+")', "".join(map(script, scripts)))
    tables = [name for name in names if not name.startswith("sales_")]
    loose = "UPDATE staff SET boss_id = NULL; UPDATE categories SET parent_id = NULL;"
    loose += "UPDATE shifts SET previous_id = NULL;"
    return loose + "".join(f"DELETE FROM {name};" for name in reversed(tables))


def make_sqlite(path: Path) -> str:
    """Make the pharmacy in a new file; its URL."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script("sqlite") + script("rows"))
    return f"sqlite:///{path}"


def make_postgres(url: str) -> None:
    """Make the pharmacy in an empty database."""
    parts = ("postgres", "postgres_functions", "rows", "postgres_rows")
    run(url, "".join(map(script, parts)) + "REFRESH MATERIALIZED VIEW supplier_products; ANALYZE;")


def refill(url: str) -> None:
    """Put the rows back as they were."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(f"BEGIN;{emptied('sqlite')}{script('rows')}COMMIT;")
        return
    made = emptied("postgres", "postgres_functions")
    run(url, made + script("rows") + script("postgres_rows"))


def run(url: str, sql: str) -> None:
    """Run statements on PostgreSQL and commit."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql)


def login_url(url: str) -> str:
    """The same database for the login that may only become other roles."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"pharmacy_login:pharmacy@{place}"))
