"""The database behind the service's back: its rows before and after, and its schema changed."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Any

import psycopg2

from tests.shop import ROWS, SEQUENCES, TABLES

__all__ = ["all_rows", "execute", "query", "refill"]

# In the order they are made, so that a key is there before what refers to it.
NAMES = re.findall(r'CREATE TABLE ("odd name"|\w+)', TABLES)
# TRUNCATE makes new files for every table and index; DELETE takes a tenth of its time.
EMPTY = "UPDATE people SET boss_id = NULL;" + "".join(
    f"DELETE FROM {name};" for name in reversed(NAMES)
)


def all_rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table of the shop."""
    found = queries(url, *(f"SELECT * FROM {name}" for name in NAMES))
    return {name: sorted(rows, key=repr) for name, rows in zip(NAMES, found, strict=True)}


def refill(url: str) -> None:
    """Put the shop's rows back as they were."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path_of(url))) as connection:
            connection.executescript(f"BEGIN IMMEDIATE;{EMPTY}{ROWS}COMMIT;")
        return
    execute(url, EMPTY + ROWS + SEQUENCES)


def execute(url: str, sql: str) -> None:
    """Run statements and commit."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path_of(url))) as connection:
            connection.executescript(sql)
        return
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql)


def query(url: str, sql: str) -> list[Any]:
    """The rows of one query."""
    return queries(url, sql)[0]


def queries(url: str, *texts: str) -> list[list[Any]]:
    """The rows of each query, over one connection."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path_of(url))) as connection:
            return [connection.execute(sql).fetchall() for sql in texts]
    found = []
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        for sql in texts:
            cursor.execute(sql)
            found.append(list(cursor.fetchall()))
    return found


def path_of(url: str) -> str:
    """The file of a SQLite URL."""
    return url.removeprefix("sqlite:///")
