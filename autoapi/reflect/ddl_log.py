"""Who changed a PostgreSQL database: the log that the event trigger of ``watch`` keeps.

It is read in the very transaction that reads the tree, so that both are of one moment:
the trigger writes a change's row in the transaction of the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

import msgspec

from autoapi.inspection import Thing
from autoapi.reflect.connections import is_postgres, open_sqlite, settled
from autoapi.reflect.inspection_postgres import inspect_postgres
from autoapi.reflect.inspection_sqlite import inspect_sqlite

__all__ = ["Command", "Moment", "read_moment"]

MOST_COMMANDS: Final = 200

READABLE: Final = """
SELECT coalesce(has_table_privilege(log.oid, 'SELECT'), false)
FROM pg_catalog.pg_class AS log
JOIN pg_catalog.pg_namespace AS home ON home.oid = log.relnamespace
WHERE home.nspname = 'autoapi' AND log.relname = 'ddl_log'
  AND has_schema_privilege(home.oid, 'USAGE')
"""
# Numbers start anew where the log was removed and made again.
COMMANDS: Final = """
WITH newest AS (SELECT coalesce(max(id), 0) AS id FROM autoapi.ddl_log),
after AS (
    SELECT CASE WHEN %(after)s > newest.id THEN 0 ELSE %(after)s END AS id FROM newest
),
told AS (
    SELECT log.* FROM autoapi.ddl_log AS log, after
    WHERE log.id > after.id ORDER BY log.id DESC LIMIT %(most)s
)
SELECT json_build_array(
    (SELECT id FROM newest),
    (
        SELECT coalesce(json_agg(json_build_array(
            to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
            login, role, application_name, host(address), command, object_type, object
        ) ORDER BY id), '[]')
        FROM told
    )
)::text
"""


class Command(NamedTuple):
    """One command that changed something, as the event trigger saw it; ``at`` in UTC."""

    at: str
    login: str
    role: str | None
    application: str | None
    address: str | None
    command: str
    object_type: str | None
    object: str | None


class Moment(NamedTuple):
    """A tree, and the commands since an earlier one; ``newest`` is the last one's number."""

    tree: Thing
    newest: int = 0
    commands: tuple[Command, ...] = ()


def read_moment(url: str, schemas: Sequence[str], connect_timeout: float, after: int = 0) -> Moment:
    """The tree of a database, with the commands after number ``after`` where they are known.

    Of very many the last 200 are told. Raises what ``inspect_database`` does.
    """
    if not is_postgres(url):
        with closing(open_sqlite(url, connect_timeout)) as connection:
            return Moment(inspect_sqlite(connection))

    def read(connection: Any) -> Moment:
        newest, commands = read_log(connection, after)
        return Moment(inspect_postgres(connection, schemas), newest, commands)

    return settled(url, connect_timeout, read)


def read_log(connection: Any, after: int) -> tuple[int, tuple[Command, ...]]:
    """The number of the last command and those after one; none without a log to be read."""
    with connection.cursor() as cursor:
        cursor.execute(READABLE)
        found = cursor.fetchone()
        if found is None or not found[0]:
            return 0, ()
        cursor.execute(COMMANDS, {"after": after, "most": MOST_COMMANDS})
        return msgspec.json.decode(cursor.fetchone()[0], type=tuple[int, tuple[Command, ...]])
