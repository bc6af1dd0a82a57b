"""A deployment looked at from where it will run: what is wrong, and what to do about it.

``of_settings`` asks the settings, ``of_postgres``, ``of_pooler`` and ``of_sqlite`` the
database, ``of_schema`` what belongs to it. Nothing is written anywhere. To add a check: a
function that yields findings, in the file of what it asks, and its row in ``CHECKS`` there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg2

from autoapi.database_settings import settings_with_database
from autoapi.doctor import of_postgres, of_schema, of_settings
from autoapi.doctor.findings import Finding, State, fault, fine, looked_at
from autoapi.doctor.of_pooler import connect, pooler
from autoapi.doctor.of_sqlite import file
from autoapi.errors import SettingsError
from autoapi.references import shown_url
from autoapi.settings import Settings

__all__ = ["Finding", "State", "examine"]

# What libpq says (part of it) -> what to do.
UNREACHED = (
    ("could not translate host name", "is the host's name right? does this machine resolve it?"),
    ("Network is unreachable", "the address may be IPv6 only (Supabase's direct one): use the"
     " pooler's, or a network with IPv6"),
    ("Connection refused", "is the server running, on that port, and listening on that address?"),
    ("timeout expired", "a firewall? let this machine's address in; behind a pooler, its own log"
     " says whether it can log in to the database"),
    ("password authentication failed", "correct user and password; encode special characters"
     " in the URL (%40 for @). At a pooler the user may be user.project"),
    ("no pg_hba.conf entry", "let this user and address in by pg_hba.conf; perhaps with TLS only"),
    ("does not exist", "correct the name of the database or user, or create it"),
    ("SSL", "correct sslmode and sslrootcert in the URL"),
    ("too many", "raise max_connections, or lower AUTOAPI_DB_POOL of all who share the server"),
    ("starting up", "wait until the server has recovered"),
)  # fmt: skip
ELSE = "open it with psql from this machine"


def examine(settings: Settings) -> Iterator[Finding]:
    """Everything that is found about the deployment of these settings; blocks."""
    yield from looked_at(of_settings.CHECKS, settings)
    shown = shown_url(settings.database_url)
    if settings.dialect == "sqlite":
        before = list(looked_at([("file", file)], settings))
        yield from before
        if any(each.state == "fault" for each in before):
            return
    else:
        try:
            connection = connect(settings.database_url, settings)
        except psycopg2.OperationalError as error:
            yield unreached(shown, str(error).strip())
            return
        with closing(connection):
            yield fine("database", f"{shown} answers")
            try:
                settings = settings_with_database(settings)
            except (SettingsError, psycopg2.Error) as error:
                told = f"the database sets what cannot be used: {str(error).strip()}"
                yield fault("settings", told, "ALTER ROLE ... RESET it, or correct the function")
            asked = of_postgres.Asked(connection, settings)
            yield from looked_at(of_postgres.CHECKS, asked)
        yield from looked_at([("pooler", pooler)], settings)
    yield from looked_at(of_schema.CHECKS, settings)


def unreached(shown: str, said: str) -> Finding:
    """A database that cannot be reached, and what usually helps."""
    todo = next((todo for part, todo in UNREACHED if part in said), ELSE)
    # Lines that are indented are libpq's guesses about the one before.
    reasons = [line for line in said.splitlines() if not line[:1].isspace()]
    return fault("database", f"{shown}: {reasons[-1] if reasons else 'no reason given'}", todo)
