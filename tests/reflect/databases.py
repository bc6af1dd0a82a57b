"""Filling a database with SQL and reading its catalogue, on either kind of database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg2

from autoapi.catalogue import Catalogue, Column, DataType, Table
from autoapi.reflect import reflect

NASTY = Path(__file__).parent.parent / "nasty"

INTEGER = DataType("integer", "integer", "integer")
BIGINT = DataType("bigint", "bigint", "integer")
TEXT = DataType("text", "text", "text")


def run_postgres(url: str, sql: str) -> None:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        connection.commit()


def reflect_after(
    url: str, sql: str, schemas: tuple[str, ...] = ("public",), extra: tuple[str, ...] = ()
) -> Catalogue:
    """The catalogue of a PostgreSQL database once ``sql`` has run there."""
    run_postgres(url, sql)
    return reflect(url, schemas, extra_schemas=extra)


def reflect_file(folder: Path, sql: str, name: str = "test.db") -> Catalogue:
    """The catalogue of a new SQLite file that ``sql`` has filled."""
    with closing(sqlite3.connect(folder / name)) as connection:
        connection.executescript(sql)
    return reflect(f"sqlite:///{folder / name}")


def table_of(catalogue: Catalogue, name: str, schema: str | None = None) -> Table:
    return catalogue.by_key[schema or catalogue.schemas[0], name]


def columns_of(catalogue: Catalogue, name: str) -> dict[str, Column]:
    return dict(table_of(catalogue, name).by_name)
