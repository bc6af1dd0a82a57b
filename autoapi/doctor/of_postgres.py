"""What a PostgreSQL server tells: version, transport, limits, rights, roles, clock, extensions."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg2
from psycopg2 import sql

from autoapi.doctor.findings import Finding, advice, fault, fine
from autoapi.settings import Settings

__all__ = ["CHECKS", "Asked"]

OLDEST: Final = 150_000  # server_version_num
LARGEST_SKEW: Final = 2.0  # seconds; tokens are let in 30 seconds early or late
FAR: Final = 0.02  # seconds of a round trip
ASKED_TIMES: Final = 5
SPARE: Final = 3  # connections beside the pool's: reading the schema, listening, explaining

ROLE_RIGHTS: Final = """
SELECT rolname, rolsuper, rolbypassrls, pg_has_role(current_user, oid, 'MEMBER')
FROM pg_catalog.pg_roles WHERE rolname = %s
"""
LIMITS: Final = """
SELECT current_setting('max_connections')::int
         - current_setting('superuser_reserved_connections')::int,
       (SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = current_user),
       (SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = current_database())
"""
SCHEMAS: Final = """
WITH assumed AS (
    SELECT oid FROM pg_catalog.pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')
)
SELECT wanted.name, found.oid IS NOT NULL,
       (SELECT bool_or(has_schema_privilege(assumed.oid, found.oid, 'USAGE')) FROM assumed),
       count(held.oid),
       count(held.oid) FILTER (WHERE EXISTS (
           SELECT FROM assumed WHERE has_any_column_privilege(assumed.oid, held.oid, 'SELECT')
             AND has_schema_privilege(assumed.oid, found.oid, 'USAGE')))
FROM unnest(%s::text[]) AS wanted (name)
LEFT JOIN pg_catalog.pg_namespace AS found ON found.nspname = wanted.name
LEFT JOIN pg_catalog.pg_class AS held
    ON held.relnamespace = found.oid AND held.relkind IN ('r', 'v', 'm', 'f', 'p')
GROUP BY 1, 2, found.oid ORDER BY 1
"""
EXTENSIONS: Final = """
SELECT extname, nspname FROM pg_catalog.pg_extension
JOIN pg_catalog.pg_namespace AS own ON own.oid = extnamespace
WHERE extname <> 'plpgsql' ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A connection each of whose statements is a transaction, and the settings."""

    connection: Any
    settings: Settings

    def rows(self, query: str | sql.Composable, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises psycopg2.Error."""
        with self.connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall()) if cursor.description else []


def server(asked: Asked) -> Iterator[Finding]:
    """Version, transport, and whether it can be written."""
    number = asked.connection.server_version
    version, replica, read_only, encrypted, local = asked.rows(
        "SELECT current_setting('server_version'), pg_is_in_recovery(),"
        " current_setting('default_transaction_read_only') = 'on',"
        " (SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_backend_pid()),"
        " inet_server_addr() IS NULL OR inet_server_addr() << '127.0.0.0/8'"
        " OR inet_server_addr() = '::1'"
    )[0]
    if number < OLDEST:
        yield fault("version", f"PostgreSQL {version}", "15 is the oldest that is supported")
    else:
        yield fine("version", f"PostgreSQL {version}")
    if replica:
        todo = "give DATABASE_URL of the primary, unless only reads are meant"
        yield advice("replication", "a replica: every write is refused", todo)
    elif read_only:
        told = "default_transaction_read_only is on: every write is refused"
        yield advice("replication", told, "ALTER ROLE ... RESET default_transaction_read_only")
    else:
        yield fine("replication", "the primary: it can be written")
    if not encrypted and not local:
        told = "the connection is not encrypted, and the server is not on this machine"
        yield advice("transport", told, "add ?sslmode=verify-full&sslrootcert=... to DATABASE_URL")


def clock(asked: Asked) -> Iterator[Finding]:
    """How far the database's clock is from ours, and how far the database is."""
    trips, skews = [], []
    for _ in range(ASKED_TIMES):
        sent = time.time()
        [(theirs,)] = asked.rows("SELECT extract(epoch FROM clock_timestamp())::float8")
        received = time.time()
        trips.append(received - sent)
        skews.append(theirs - (sent + received) / 2)
    trip, skew = statistics.median(trips), statistics.median(skews)
    told = f"{trip * 1e3:.1f} ms a round trip"
    if trip > FAR:
        todo = "run the service in the database's own region; each request waits that long"
        yield advice("latency", told, todo)
    else:
        yield fine("latency", told)
    told = f"the database's clock is {abs(skew):.2f} s {'ahead' if skew > 0 else 'behind'}"
    if abs(skew) > LARGEST_SKEW:
        todo = "synchronise both by NTP: tokens hold by this clock, now() in policies by theirs"
        yield fault("clock", told, todo)
    else:
        yield fine("clock", told)


def connections(asked: Asked) -> Iterator[Finding]:
    """Whether the pool is larger than what the server grants."""
    limits = [limit for limit in asked.rows(LIMITS)[0] if limit is not None and limit >= 0]
    most, wanted = min(limits), asked.settings.db_pool + SPARE
    told = f"one process takes up to {wanted}, the server grants this login {most}"
    if wanted > most:
        yield fault("connections", told, "lower AUTOAPI_DB_POOL, or raise the limit")
    else:
        yield fine("connections", f"{told}: enough for {most // wanted} processes")


def rights(asked: Asked) -> Iterator[Finding]:
    """Schemas that are not there or closed to all callers; rights that go too far."""
    login, above, bypasses = asked.rows(
        "SELECT rolname, rolsuper, rolbypassrls"
        " FROM pg_catalog.pg_roles WHERE rolname = current_user"
    )[0]
    if above or bypasses:
        what = "is a superuser" if above else "passes row level security by"
        told = f"the login {login} {what}: policies hold only for roles that it assumes"
        todo = "log in as a role made for this: CREATE ROLE authenticator LOGIN NOINHERIT"
        yield advice("rights", told, todo)
    for schema, exists, usable, tables, readable in asked.rows(
        SCHEMAS, list(asked.settings.db_schemas)
    ):
        name = f"schema {schema}"
        if not exists:
            yield fault(name, "does not exist", "correct AUTOAPI_DB_SCHEMAS")
        elif not usable:
            todo = f"GRANT USAGE ON SCHEMA {schema} TO the roles of callers"
            yield fault(name, f"neither {login} nor a role it may assume may use it", todo)
        elif not tables:
            todo = "correct AUTOAPI_DB_SCHEMAS, or make tables: autoapi migrate up"
            yield advice(name, "holds no tables", todo)
        else:
            told = f"{tables} tables and views, of which {login} or a role it may assume"
            told = f"{told} may read {readable}"
            if readable:
                yield fine(name, told)
            else:
                todo = f"GRANT SELECT ON ... IN SCHEMA {schema} TO the roles of callers"
                yield advice(name, told, todo)


def roles(asked: Asked) -> Iterator[Finding]:
    """Whether the role of strangers is there, may be assumed, and is not too much."""
    name = asked.settings.db_anon_role
    if not name:
        return
    found = asked.rows(ROLE_RIGHTS, name)
    if not found:
        todo = f"CREATE ROLE {name} NOLOGIN, or correct AUTOAPI_DB_ANON_ROLE"
        yield fault("roles", f"AUTOAPI_DB_ANON_ROLE {name} does not exist", todo)
        return
    _, above, bypasses, _member = found[0]
    if above or bypasses:
        todo = "name a role that holds only what strangers may see"
        yield fault("roles", f"strangers are {name}, which passes all policies by", todo)
    try:
        asked.rows(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(name)))
    except psycopg2.errors.InsufficientPrivilege:
        login = asked.rows("SELECT current_user")[0][0]
        todo = f"GRANT {name} TO {login}"
        yield fault("roles", f"the login may not assume {name}", todo)
        return
    others = asked.rows(
        "SELECT count(*) FROM pg_catalog.pg_roles WHERE left(rolname, 3) <> 'pg_'"
        " AND rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')"
    )[0][0]
    yield fine("roles", f"strangers are {name}; the login may assume {others} roles")


def functions(asked: Asked) -> Iterator[Finding]:
    """Whether functions that settings name are there."""
    settings = asked.settings
    named = {
        "AUTOAPI_DB_PRE_REQUEST": settings.db_pre_request,
        "AUTOAPI_DB_PRE_CONFIG": settings.db_pre_config,
        "AUTOAPI_DB_ROOT_SPEC": settings.db_root_spec,
    }
    for setting, name in named.items():
        if name and asked.rows("SELECT to_regproc(%s) IS NULL", name)[0][0]:
            told = f"{setting} names {name}, of which there is not exactly one that can be seen"
            yield fault("functions", told, f"create it, or correct {setting}")


def extensions(asked: Asked) -> Iterator[Finding]:
    """Extensions whose functions and operators requests cannot see."""
    path = {"pg_catalog", *asked.settings.db_schemas[:1], *asked.settings.db_extra_search_path}
    found = asked.rows(EXTENSIONS)
    hidden = [f"{name} (schema {schema})" for name, schema in found if schema not in path]
    if hidden:
        told = f"not on the search path of requests: {', '.join(hidden)}"
        todo = "where a policy, view or default needs one: AUTOAPI_DB_EXTRA_SEARCH_PATH"
        yield advice("extensions", told, todo)
    else:
        yield fine("extensions", ", ".join(name for name, _ in found) or "none")


CHECKS = (
    ("version", server),
    ("clock", clock),
    ("connections", connections),
    ("rights", rights),
    ("roles", roles),
    ("functions", functions),
    ("extensions", extensions),
)
