"""PostgreSQL's schema, watched over a connection of its own.

The rows of the system's tables are counted and the numbers of the transactions that wrote
them added up: whatever is made, changed or dropped changes one or the other. Where no
transaction has come or gone since the last look, not even that is done. Notifications come
on the same connection, unless a pooler is in between (see ``listening``).
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress

from autoapi.events import DatabaseState, report
from autoapi.settings import Settings
from autoapi.watch.listening import FIRST_RETRY, LONGEST_RETRY, LOST, Listener, listen
from autoapi.watch.pace import pause_after
from autoapi.watch.types import CHANGED, Cause, Heard
from autoapi.wire import Connection, ServerError, Step, connect, read_address

__all__ = ["PostgresWatch"]

LONGEST_LOOK = 30.0  # seconds, after which a server that says nothing is left

NOW = Step("SELECT CAST(pg_current_snapshot() AS text)", (), True)

# Rows are told apart by the transactions that wrote them: any change writes a row anew. Ids
# below 16384 are the system's own, which does not change while it runs.
STATE = Step(
    """
SELECT CAST(json_agg(json_build_array(part.name, part.rows, part.writers)) AS text)
FROM (
    SELECT 'class' AS name, count(*) AS rows, sum(CAST(CAST(xmin AS text) AS bigint)) AS writers
    FROM pg_class WHERE oid >= 16384 AND relpersistence <> 't'
    UNION ALL
    SELECT 'attribute', count(*), sum(CAST(CAST(held.xmin AS text) AS bigint))
    FROM pg_attribute AS held
    WHERE held.attrelid >= 16384 AND held.attnum > 0 AND EXISTS (
        SELECT FROM pg_class AS relation
        WHERE relation.oid = held.attrelid AND relation.relpersistence <> 't'
          AND relation.relkind IN ('r', 'p', 'f', 'v', 'm', 'c'))
    UNION ALL
    SELECT 'attrdef', count(*), sum(CAST(CAST(held.xmin AS text) AS bigint))
    FROM pg_attrdef AS held JOIN pg_class AS relation ON relation.oid = held.adrelid
    WHERE relation.relpersistence <> 't'
    UNION ALL
    SELECT 'constraint', count(*), sum(CAST(CAST(xmin AS text) AS bigint))
    FROM pg_constraint WHERE oid >= 16384
    UNION ALL
    SELECT 'proc', count(*), sum(CAST(CAST(xmin AS text) AS bigint))
    FROM pg_proc WHERE oid >= 16384
    UNION ALL
    SELECT 'type', count(*), sum(CAST(CAST(xmin AS text) AS bigint))
    FROM pg_type WHERE oid >= 16384 AND typtype IN ('d', 'e', 'r', 'm')
    UNION ALL
    SELECT 'enum', count(*), sum(CAST(CAST(xmin AS text) AS bigint)) FROM pg_enum
    UNION ALL
    SELECT 'rewrite', count(*), sum(CAST(CAST(xmin AS text) AS bigint))
    FROM pg_rewrite WHERE oid >= 16384
    UNION ALL
    SELECT 'description', count(*), sum(CAST(CAST(xmin AS text) AS bigint))
    FROM pg_description WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass
    UNION ALL
    SELECT 'namespace', count(*), sum(CAST(CAST(xmin AS text) AS bigint))
    FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'
    UNION ALL
    SELECT 'cast', count(*), sum(CAST(CAST(xmin AS text) AS bigint))
    FROM pg_cast WHERE oid >= 16384
    UNION ALL
    SELECT 'extension', count(*), sum(CAST(CAST(xmin AS text) AS bigint)) FROM pg_extension
    UNION ALL
    SELECT 'default_acl', count(*), sum(CAST(CAST(xmin AS text) AS bigint)) FROM pg_default_acl
    UNION ALL
    -- What requests do not need, and the history of the schema tells.
    SELECT part.name, count(*), sum(CAST(CAST(part.writer AS text) AS bigint))
    FROM (
        SELECT 'index', indexrelid, xmin FROM pg_index WHERE indexrelid >= 16384
        UNION ALL SELECT 'policy', polrelid, xmin FROM pg_policy
        UNION ALL SELECT 'trigger', tgrelid, xmin FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT 'sequence', seqrelid, xmin FROM pg_sequence
    ) AS part (name, relation, writer)
    JOIN pg_class AS relation ON relation.oid = part.relation
    WHERE relation.relpersistence <> 't'
    GROUP BY part.name
    UNION ALL
    SELECT 'setting', count(*), sum(CAST(CAST(xmin AS text) AS bigint)) FROM pg_db_role_setting
    UNION ALL
    SELECT 'member', count(*), sum(CAST(CAST(xmin AS text) AS bigint)) FROM pg_auth_members
    UNION ALL
    SELECT 'role', count(*), sum(hashtext(CAST(role AS text))) FROM pg_roles AS role
) AS part
""",
    (),
    True,
)


class PostgresWatch:
    """Watches one database; connects when it is first asked, and again after a loss."""

    def __init__(self, settings: Settings, heard: Heard) -> None:
        self.settings = settings
        self.interval = settings.db_schema_poll_interval
        self.address = read_address(settings.database_url)
        self.heard = heard
        told = settings.db_channel_enabled
        direct = told and bool(settings.db_direct_url)
        self.listener = Listener(settings, heard) if direct else None
        self.listens = told and not direct and settings.db_prepared_statements
        self.connection: Connection | None = None
        self.asking = asyncio.Lock()  # one exchange at a time
        self.marked: bytes | None = None
        self.seen: bytes | None = None  # the transactions of the last look

    async def mark(self) -> None:
        """See :class:`autoapi.watch.types.Watch`."""
        self.marked = None
        with suppress(*LOST):
            async with self.asking:
                self.marked = await self.state()

    async def look(self, cause: Cause) -> bool:
        """See :class:`autoapi.watch.types.Watch`. Raises what connections raise."""
        async with self.asking, asyncio.timeout(LONGEST_LOOK):
            connection = await self.connected()
            now = (await connection.run([NOW]))[0][0][0]
            if now == self.seen and self.marked is not None:
                return False
            state = await self.state()
            self.seen = now
        changed = state != self.marked
        if changed:
            self.heard(CHANGED, cause)
        return changed

    async def run(self) -> None:
        """See :class:`autoapi.watch.types.Watch`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.look_on())
            if self.listener is not None:
                group.create_task(self.listener.run())

    async def look_on(self) -> None:
        """Look at regular intervals, or keep up the connection that listens."""
        pause = FIRST_RETRY
        while self.interval or self.listens:
            try:
                started = time.monotonic()
                await self.look("poll")
                pause = FIRST_RETRY
                look = time.monotonic() - started
                await asyncio.sleep(pause_after(look, self.interval) or LONGEST_RETRY)
            except LOST as error:
                named = error.sqlstate if isinstance(error, ServerError) else type(error).__name__
                report(DatabaseState(False, named))
                self.marked = None  # whatever happened meanwhile was not seen
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - only jitter
                pause = min(pause * 2, LONGEST_RETRY)

    async def state(self) -> bytes | None:
        """The counts and the ages."""
        connection = await self.connected()
        return (await connection.run([STATE]))[0][0][0]

    async def connected(self) -> Connection:
        """The watch's connection, listening; a new one if the last was lost."""
        if self.connection is None or self.connection.closed:
            reuses = self.settings.db_prepared_statements
            parameters = {"application_name": f"{self.settings.app_name}: watch"} if reuses else {}
            async with asyncio.timeout(self.settings.db_connect_timeout or None):
                connection = await connect(self.address, parameters, reuses=reuses)
            if self.listens:
                with suppress(ServerError):  # a replica cannot listen
                    await listen(connection, self.settings, self.heard)
            self.connection = connection
        return self.connection

    def close(self) -> None:
        """Give the connections back."""
        if self.listener is not None:
            self.listener.close()
        if self.connection is not None:
            self.connection.goodbye()
