"""What the schema tells: revisions, rules, generated files, and who tells of its changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import psycopg2

from autoapi.doctor.findings import Finding, advice, fault, fine
from autoapi.errors import ApiError
from autoapi.migrate import read_status
from autoapi.references import KEPT, read_sides
from autoapi.reflect import reflect
from autoapi.rules import Broken, check_rules, load_rules
from autoapi.schema_tools.compare import compare
from autoapi.settings import Settings
from autoapi.watch import NoRight, read_trigger

__all__ = ["CHECKS"]

MOST_REASONS = 5  # that are told one by one


def migrations(settings: Settings) -> Iterator[Finding]:
    """Revisions that are not applied."""
    if not Path(settings.migrations).is_dir():
        return
    found = read_status(settings)
    told = f"{len(found.pending)} are not applied"
    if not found.pending:
        yield fine("migrations", f"all are applied, up to {', '.join(found.current) or 'none'}")
    elif found.current:
        yield fault("migrations", told, "run 'autoapi migrate up' before the new code serves")
    else:
        told = f"{told}, nor any other: this database is not made by {settings.migrations}/"
        todo = "'autoapi migrate up', 'autoapi migrate stamp', or another AUTOAPI_MIGRATIONS"
        yield advice("migrations", told, todo)


def overrides(settings: Settings) -> Iterator[Finding]:
    """Rules that do not fit, each of which closes a table."""
    if not settings.overrides:
        return
    try:
        rules = load_rules(settings.overrides)
    except Exception as error:
        told = f"{settings.overrides} cannot be loaded: {type(error).__name__}: {error}"
        yield fault("overrides", told, "correct AUTOAPI_OVERRIDES, or the module that it names")
        return
    timeout, extra = settings.db_connect_timeout, settings.db_extra_search_path
    catalogue = reflect(settings.database_url, settings.db_schemas, timeout, extra)
    broken = check_rules(rules, catalogue)
    yield from told_of(broken)
    if not broken:
        yield fine("overrides", f"{len(rules)} rules fit the schema")


def told_of(broken: Sequence[Broken]) -> Iterator[Finding]:
    """One finding for each reason, since a table that is gone closes itself to all its rules."""
    by_reason: dict[tuple[str, str], list[Broken]] = {}
    for each in broken:
        by_reason.setdefault((each.table[1], each.reason), []).append(each)
    for (table, reason), rules in islice(by_reason.items(), MOST_REASONS):
        named = rules[0].origin if len(rules) == 1 else f"{len(rules)} rules"
        todo = rules[0].hint or "'autoapi migrate up', or correct the rule"
        yield fault("overrides", f"{named}: {reason} (closes {table})", todo)
    if len(by_reason) > MOST_REASONS:
        left = len(by_reason) - MOST_REASONS
        yield fault("overrides", f"{left} reasons more", "'autoapi check' lists every rule")


def generated(settings: Settings) -> Iterator[Finding]:
    """Files that were made of another schema."""
    if not (Path(settings.generated) / KEPT).is_file():
        return
    try:
        sides = read_sides("generated", settings)
    except ApiError as error:  # of another kind of database, or of another version of ours
        yield advice("generated", error.message, "'autoapi generate', or another AUTOAPI_GENERATED")
        return
    differences = len(compare(sides.before, sides.live))
    if differences:
        told = f"{settings.generated}/ was made of another schema: {differences} differences"
        todo = "'autoapi compare' lists them, 'autoapi generate' brings the files up to date"
        yield advice("generated", told, todo)
    else:
        yield fine("generated", f"{settings.generated}/ is of this schema")


def changes(settings: Settings) -> Iterator[Finding]:
    """Whether changes of the schema are told at once."""
    if settings.dialect == "sqlite":
        return
    try:
        found = read_trigger(settings)
    except (NoRight, psycopg2.OperationalError):
        return  # told with the direct URL
    seconds = settings.db_schema_poll_interval
    if found.installed and found.channel == settings.db_channel:
        yield fine("event trigger", "installed: changes of the schema are served at once")
    elif found.installed:
        told = f"it notifies '{found.channel}', but AUTOAPI_DB_CHANNEL is '{settings.db_channel}'"
        yield fault("event trigger", told, "run 'autoapi watch install' again")
    elif seconds:
        told = f"not installed: changes are served within about {seconds:g} s"
        todo = "'autoapi watch install' has them served at once, and tells who made them"
        yield advice("event trigger", told, todo)
    else:
        told = "not installed, and AUTOAPI_DB_SCHEMA_POLL_INTERVAL is 0: changes go unnoticed"
        yield fault("event trigger", told, "run 'autoapi watch install', or set the interval")


CHECKS = (
    ("migrations", migrations),
    ("overrides", overrides),
    ("generated", generated),
    ("event trigger", changes),
)
