"""An event trigger that tells of each change of the schema, and records who made it.

Optional: without it the changes are noticed all the same, by the look every second. Making
one takes a superuser, or a login that the provider lets (Supabase, RDS). All of it is in the
schema ``autoapi``, which is never exposed, so that removing leaves nothing behind.
https://www.postgresql.org/docs/current/event-trigger-definition.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2 import errors, sql

from autoapi.settings import Settings

__all__ = ["NoRight", "Trigger", "install_trigger", "read_trigger", "remove_trigger"]

# What comes of the user's own command never depends on ours: whatever fails here is a
# warning. Temporary objects are made in many a transaction and are nobody's schema; a
# refreshed view is the same view. Rows are locked by nobody twice, so that two long
# transactions that change the schema do not wait for each other; and nothing is read where
# two that read what the other writes could not both be committed.
INSTALL = sql.SQL("""
CREATE SCHEMA IF NOT EXISTS autoapi;
CREATE TABLE IF NOT EXISTS autoapi.ddl_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    login name NOT NULL DEFAULT session_user,
    role name,
    application_name text,
    address inet DEFAULT inet_client_addr(),
    command text NOT NULL,
    object_type text,
    object text
);
CREATE OR REPLACE FUNCTION autoapi.schema_changed() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET autoapi.channel = {channel}
AS $function$
DECLARE
    counts boolean;
BEGIN
    IF tg_tag = 'REFRESH MATERIALIZED VIEW' THEN
        RETURN;
    ELSIF tg_event = 'sql_drop' THEN
        SELECT count(*) > 0 INTO counts
        FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary;
    ELSE
        SELECT count(*) > 0 INTO counts
        FROM pg_event_trigger_ddl_commands()
        WHERE coalesce(schema_name, '') !~ '^pg_(toast_)?temp';
    END IF;
    IF NOT counts THEN
        RETURN;
    END IF;
    PERFORM pg_notify(current_setting('autoapi.channel'), 'reload schema');
    BEGIN
        IF tg_event = 'sql_drop' THEN
            INSERT INTO autoapi.ddl_log (role, application_name, command, object_type, object)
            SELECT nullif(current_setting('role'), 'none'), current_setting('application_name'),
                   tg_tag, object_type, object_identity
            FROM pg_event_trigger_dropped_objects()
            WHERE NOT is_temporary AND (original OR normal AND object_type <> 'rule');
        ELSE
            INSERT INTO autoapi.ddl_log (role, application_name, command, object_type, object)
            SELECT nullif(current_setting('role'), 'none'), current_setting('application_name'),
                   command_tag, object_type, object_identity
            FROM pg_event_trigger_ddl_commands()
            WHERE coalesce(schema_name, '') !~ '^pg_(toast_)?temp' AND NOT in_extension;
        END IF;
        IF current_setting('transaction_isolation') = 'read committed' THEN
            DELETE FROM autoapi.ddl_log WHERE id IN (
                SELECT id FROM autoapi.ddl_log
                WHERE id <= (SELECT max(id) FROM autoapi.ddl_log) - {kept}
                FOR UPDATE SKIP LOCKED);
        END IF;
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'autoapi could not record a change of the schema: %', sqlerrm;
    END;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'autoapi could not tell of a change of the schema: %', sqlerrm;
END
$function$;
REVOKE ALL ON FUNCTION autoapi.schema_changed() FROM PUBLIC;
DROP EVENT TRIGGER IF EXISTS autoapi_ddl_command_end;
DROP EVENT TRIGGER IF EXISTS autoapi_sql_drop;
CREATE EVENT TRIGGER autoapi_ddl_command_end ON ddl_command_end
    EXECUTE FUNCTION autoapi.schema_changed();
CREATE EVENT TRIGGER autoapi_sql_drop ON sql_drop
    EXECUTE FUNCTION autoapi.schema_changed();
""")
REMOVE = """
DROP EVENT TRIGGER IF EXISTS autoapi_ddl_command_end;
DROP EVENT TRIGGER IF EXISTS autoapi_sql_drop;
DROP FUNCTION IF EXISTS autoapi.schema_changed();
DROP TABLE IF EXISTS autoapi.ddl_log;
"""
STATUS = """
SELECT count(*) = 2 AND bool_and(evtenabled <> 'D'),
       min(regexp_replace(setting, '^autoapi.channel=', ''))
FROM pg_catalog.pg_event_trigger
JOIN pg_catalog.pg_proc AS called ON called.oid = evtfoid
LEFT JOIN unnest(called.proconfig) AS setting ON setting ~ '^autoapi.channel='
WHERE evtname IN ('autoapi_ddl_command_end', 'autoapi_sql_drop')
"""
KEPT = 10_000  # rows of ``autoapi.ddl_log``, some 200 bytes each


class NoRight(Exception):
    """The login may not make or remove event triggers; the text is the database's own."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Whether the trigger is there and switched on, and the channel that it notifies."""

    installed: bool
    channel: str = ""


def install_trigger(settings: Settings) -> None:
    """Make the trigger, its function and its log, or bring them up to date; all or nothing.

    Raises NoRight, and psycopg2.Error when the database cannot be asked.
    """
    statement = INSTALL.format(channel=sql.Literal(settings.db_channel), kept=sql.Literal(KEPT))
    with opened(settings) as cursor:
        cursor.execute(statement)


def remove_trigger(settings: Settings) -> None:
    """Remove the trigger, its function and its log; the schema too if nothing else is in it.

    Raises NoRight, and psycopg2.Error when the database cannot be asked.
    """
    with opened(settings) as cursor:
        cursor.execute(REMOVE)
        cursor.execute("SAVEPOINT others")
        try:
            cursor.execute("DROP SCHEMA IF EXISTS autoapi")
        except errors.DependentObjectsStillExist:
            cursor.execute("ROLLBACK TO others")


def read_trigger(settings: Settings) -> Trigger:
    """How it is. Raises psycopg2.Error when the database cannot be asked."""
    with opened(settings) as cursor:
        cursor.execute(STATUS)
        installed, channel = cursor.fetchone()
    return Trigger(bool(installed), channel or "")


@contextmanager
def opened(settings: Settings) -> Iterator[Any]:
    """A cursor in a transaction of its own, committed at the end."""
    given = settings.db_direct_url or settings.database_url
    url = given.replace("postgresql+psycopg2://", "postgresql://", 1)
    seconds = max(1, math.ceil(settings.db_connect_timeout))
    with closing(psycopg2.connect(url, connect_timeout=seconds)) as connection:
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("SET LOCAL client_min_messages = warning")
                yield cursor
        except errors.InsufficientPrivilege as error:
            raise NoRight(str(error).strip().splitlines()[0]) from error
