"""What a database is compared with: what was kept, what its migrations make, another one.

Names never hold a password: they are printed, and answered over HTTP.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg2
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from autoapi.errors import (
    nearest,
    no_reference,
    other_dialect,
    reference_not_read,
    unreadable_reference,
)
from autoapi.inspection import Thing, decode_thing
from autoapi.migrate import live_thing, migrated_thing, without_bookkeeping
from autoapi.reflect import inspect_database
from autoapi.settings import Settings

__all__ = ["KEPT", "NAMED", "Sides", "read_sides"]

NAMED: Final = ("generated", "migrations", "database")
KEPT: Final = "catalogue.json"
WAYS: Final = (
    "Name 'generated', 'migrations', 'database' (AUTOAPI_COMPARE_URL), a file that"
    " 'autoapi inspect' wrote, or the URL of a database"
)


@dataclass(frozen=True, slots=True)
class Sides:
    """The two trees of a comparison, and what the first is called."""

    name: str
    before: Thing
    live: Thing


def read_sides(target: str, settings: Settings, scratch_url: str = "") -> Sides:
    """Read the database of the settings, and what it is to be compared with; blocks.

    Args:
        target: one of ``NAMED``, a file's path, or a database's URL.
        scratch_url: an empty database to try the migrations in.

    Raises:
        ApiError: AUTO115 to AUTO118, and what the migrations raise.
        psycopg2.Error, sqlite3.Error: the database of the settings cannot be read.
    """
    if target == "migrations":
        made = migrated_thing(settings, scratch_url=scratch_url)
        return Sides("the migrations", made, live_thing(settings))
    live = inspect_database(settings.database_url, settings.db_schemas, settings.db_connect_timeout)
    if target == "generated":
        path = Path(settings.generated) / KEPT
        sides = Sides(str(path), read_file(path), live)
    elif target == "database" and not settings.compare_url:
        raise no_reference("AUTOAPI_COMPARE_URL", "Set it to the URL of another database")
    elif target == "database" or "://" in target:
        url = settings.compare_url if target == "database" else target
        sides = Sides(shown_url(url), read_other(url, settings), live)
    else:
        sides = Sides(target, read_file(Path(target)), live)
    theirs, ours = sides.before.get("dialect"), live.get("dialect")
    if theirs != ours:
        raise other_dialect(sides.name, str(theirs), str(ours))
    before = without_bookkeeping(sides.before)
    return Sides(sides.name, before, without_bookkeeping(live))


def read_file(path: Path) -> Thing:
    """The tree that a file keeps."""
    try:
        text = path.read_bytes()
    except OSError:
        near = nearest(str(path), NAMED)
        if path.name == KEPT:
            hint = f"'autoapi generate' writes it. {WAYS}"
        else:
            hint = f"Did you mean '{near}'?" if near else WAYS
        raise no_reference(f"'{path}'", hint) from None
    try:
        return decode_thing(text)
    except ValueError as error:
        raise unreadable_reference(str(path), str(error)) from None


def read_other(url: str, settings: Settings) -> Thing:
    """The tree of another database, of the same schemas."""
    name = shown_url(url)
    try:
        return inspect_database(url, settings.db_schemas, settings.db_connect_timeout)
    except (psycopg2.OperationalError, sqlite3.OperationalError) as error:
        raise reference_not_read(name, str(error).strip()) from None
    except (psycopg2.Error, sqlite3.Error, ValueError, ArgumentError):
        # What is said of a URL that cannot be read may repeat it.
        raise reference_not_read(name, "it is no URL of PostgreSQL or SQLite") from None


def shown_url(url: str) -> str:
    """A URL as it may be told: without password and parameters.

    >>> shown_url("postgresql://me:secret@server:5433/shop?sslpassword=x")
    'postgresql://me@server:5433/shop'
    """
    try:
        told = make_url(url)
        named = (told.drivername, told.username, None, told.host, told.port, told.database)
        return URL.create(*named).render_as_string()
    except (ArgumentError, ValueError):
        return f"{url.partition('://')[0]}://..."
