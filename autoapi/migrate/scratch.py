"""What the migrations make: they are applied in a database made for it, and read there."""

from __future__ import annotations

import math
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn, parse_dsn

from autoapi.errors import database_not_reached, no_scratch_database
from autoapi.inspection import Thing
from autoapi.migrate.connections import postgres_dsn
from autoapi.migrate.record import RECORD
from autoapi.migrate.running import migrate_up
from autoapi.reflect import inspect_database
from autoapi.setting_forms import read_database_url
from autoapi.settings import Settings

__all__ = [
    "BOOKKEEPING",
    "live_thing",
    "migrated_thing",
    "scratch_database",
    "without_bookkeeping",
]

BOOKKEEPING: Final = frozenset(
    {"alembic_version", "autoapi_idempotency_keys", RECORD.name, f"{RECORD.name}_id_seq"}
)

OWN_SCHEMAS: Final = """
SELECT nspname FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname
"""
SOMETHING: Final = """
SELECT quote_ident(nspname) || '.' || quote_ident(relname)
FROM pg_class JOIN pg_namespace AS schema ON schema.oid = relnamespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LIMIT 1
"""


def migrated_thing(
    settings: Settings, revisions: tuple[str, ...] = ("head",), scratch_url: str = ""
) -> Thing:
    """What a database is when these revisions and all before them are applied.

    ``scratch_url``: an empty database to do it in, for a login that may make none; it is
    emptied again. Raises AUTO137 where no database can be made, AUTO135 where a revision fails.
    """
    with scratch_database(settings, scratch_url) as scratch:
        for revision in revisions:
            migrate_up(scratch, revision)
        return live_thing(scratch)


def live_thing(settings: Settings) -> Thing:
    """A database as it is, without what a comparison with its migrations must not count."""
    try:
        found = inspect_database(
            settings.database_url, settings.db_schemas, settings.db_connect_timeout
        )
    except psycopg2.OperationalError as error:
        raise database_not_reached(str(error).strip()) from error
    return comparable(found)


def comparable(thing: Thing) -> Thing:
    """A tree without Alembic's table and ours, and without what is the server's and not the
    schema's: its version, and owners, who are those that migrated."""
    kept = without_bookkeeping(thing)
    passed_over = "version" if thing.kind == "database" else "owner"
    properties = tuple(pair for pair in thing.properties if pair[0] != passed_over)
    return replace(kept, properties=properties, parts=tuple(map(comparable, kept.parts)))


def without_bookkeeping(thing: Thing) -> Thing:
    """A tree without the tables in which migrations and keys are kept, which no API shows."""
    parts = tuple(
        without_bookkeeping(part) if part.kind == "schema" else part
        for part in thing.parts
        if not (part.kind in ("table", "sequence") and part.name in BOOKKEEPING)
    )
    return replace(thing, parts=parts)


@contextmanager
def scratch_database(settings: Settings, scratch_url: str = "") -> Iterator[Settings]:
    """An empty database like the one of the settings, gone or empty again afterwards."""
    scratch_url = scratch_url or settings.migrations_scratch_url
    if settings.dialect == "sqlite":
        with tempfile.TemporaryDirectory(prefix="autoapi-") as folder:
            path = Path(folder, "scratch.db")
            path.touch()  # without a revision nothing else would make it
            yield replace(settings, database_url=f"sqlite:///{path}")
    elif scratch_url:
        with borrowed(settings, read_database_url(scratch_url)) as url:
            yield replace(settings, database_url=url)
    else:
        with temporary(settings) as url:
            yield replace(settings, database_url=url)


@contextmanager
def temporary(settings: Settings) -> Iterator[str]:
    """A new database beside the live one."""
    dsn = postgres_dsn(settings.database_url)
    name = f"autoapi_scratch_{secrets.token_hex(6)}"
    with session(dsn, settings) as cursor:
        try:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
            )
        except psycopg2.Error as error:
            raise no_scratch_database(str(error).strip()) from error
    try:
        yield read_database_url(make_dsn(dsn, dbname=name))
    finally:
        with session(dsn, settings) as cursor:
            cursor.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def borrowed(settings: Settings, url: str) -> Iterator[str]:
    """An empty database of the user's. Raises AUTO137 where it is not empty."""
    dsn = postgres_dsn(url)
    if parse_dsn(dsn) == parse_dsn(postgres_dsn(settings.database_url)):
        raise no_scratch_database("the one given is the live database")
    with session(dsn, settings) as cursor:
        cursor.execute(SOMETHING)
        found = cursor.fetchone()
    if found is not None:
        raise no_scratch_database(f"the database given is not empty, it has {found[0]}")
    try:
        yield url
    finally:
        with session(dsn, settings) as cursor:
            empty(cursor)


# As a new database has it.
PUBLIC: Final = """
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
COMMENT ON SCHEMA public IS 'standard public schema';
GRANT USAGE ON SCHEMA public TO PUBLIC
"""


def empty(cursor: Any) -> None:
    """Drop every schema of a database that was empty before."""
    cursor.execute(OWN_SCHEMAS)
    for (name,) in cursor.fetchall():
        cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
    cursor.execute(PUBLIC)


@contextmanager
def session(dsn: str, settings: Settings) -> Iterator[Any]:
    """A cursor outside any transaction. Raises PGRST000 (503)."""
    seconds = max(1, math.ceil(settings.db_connect_timeout))
    try:
        connection = psycopg2.connect(dsn, connect_timeout=seconds)
    except psycopg2.OperationalError as error:
        raise database_not_reached(str(error).strip()) from error
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
