"""Where answers are kept under the keys that callers made up for them.

A table of the service's own, written in the transaction of the effect: what was done and
that it was done cannot come apart. It belongs to the login, so a role that was assumed is put
off while it is looked at; callers never see it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from autoapi.dialects import quoted_name
from autoapi.errors import ApiError, no_ledger
from autoapi.execute import Database, Transaction
from autoapi.http import Answer

__all__ = ["Entry", "Ledger", "make_ledger"]

SCHEMA: Final = "autoapi"
NAME: Final = "idempotency_keys"
CLEARED: Final = 50  # entries past their time that each new one takes out
FORBIDDEN: Final = frozenset({"42501", "25006"})
ONE_AT_A_TIME: Final = 4_719_283_511  # of those who would make the table


def ledger_table(dialect: str) -> sa.Table:
    """The table; on SQLite, which has one schema, its name says whose it is."""
    on_sqlite = dialect == "sqlite"
    return sa.Table(
        f"{SCHEMA}_{NAME}" if on_sqlite else NAME,
        sa.MetaData(),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False, index=True),  # seconds of 1970
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text),
        sa.Column("body", sa.LargeBinary),
        schema=None if on_sqlite else SCHEMA,
    )


TABLES: Final = {dialect: ledger_table(dialect) for dialect in ("postgresql", "sqlite")}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a caller's key stands for: whose it is, and what it was sent with."""

    scope: str
    key: str
    request: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The table in one transaction; ``role`` is whoever the transaction has become."""

    transaction: Transaction
    dialect: str
    role: str

    @property
    def table(self) -> sa.Table:
        """The table of this database."""
        return TABLES[self.dialect]

    async def claim(self, entry: Entry, lifetime: float) -> tuple[str, Answer] | None:
        """Take a key, waiting for whoever has taken it and is not done.

        None when it is the caller's now; else the request it was used for, and its answer.
        """
        await self.as_login()
        insert = postgresql.insert if self.dialect == "postgresql" else sqlite.insert
        now = int(time.time())
        given = {
            "scope": entry.scope,
            "key": entry.key,
            "request": entry.request,
            "expires_at": now + int(lifetime),
        }
        anew = given | {"status": None, "headers": None, "body": None}
        columns = self.table.c
        taken = await self.transaction.fetch(
            insert(self.table)
            .values(given)
            .on_conflict_do_update(
                index_elements=[columns.scope, columns.key],
                set_=anew,
                where=columns.expires_at <= now,
            )
            .returning(columns.key)
        )
        if taken:
            await self.as_caller()
            return None
        query = sa.select(columns.request, columns.status, columns.headers, columns.body)
        (found,) = await self.transaction.fetch(query.where(*self.same(entry)))
        pairs: list[tuple[str, str]] = msgspec.json.decode(found.headers or "[]")
        headers = tuple((name.encode(), value.encode("latin-1")) for name, value in pairs)
        return found.request, Answer(found.status or 200, headers, found.body or b"")

    async def keep(self, entry: Entry, answer: Answer) -> None:
        """Keep an answer under its key, and clear some of those past their time."""
        await self.as_login()
        headers = [(name.decode(), value.decode("latin-1")) for name, value in answer.headers]
        await self.transaction.execute(
            sa.update(self.table)
            .where(*self.same(entry))
            .values(
                status=answer.status,
                headers=msgspec.json.encode(headers).decode(),
                body=answer.body,
            )
        )
        columns = self.table.c
        old = (
            sa.select(columns.scope, columns.key)
            .where(columns.expires_at <= int(time.time()))
            .limit(CLEARED)
        )
        if self.dialect == "postgresql":
            old = old.with_for_update(skip_locked=True)
        gone = sa.tuple_(columns.scope, columns.key).in_(old)
        await self.transaction.execute(sa.delete(self.table).where(gone))

    async def forget(self, entry: Entry) -> None:
        """Give a key back."""
        await self.as_login()
        await self.transaction.execute(sa.delete(self.table).where(*self.same(entry)))

    def same(self, entry: Entry) -> tuple[Any, ...]:
        """What finds an entry."""
        return (self.table.c.scope == entry.scope, self.table.c.key == entry.key)

    async def as_login(self) -> None:
        """Be the login, whose table it is."""
        if self.role:
            await self.transaction.run_command("SET LOCAL ROLE NONE")

    async def as_caller(self) -> None:
        """Be the caller's role again."""
        if self.role:
            await self.transaction.run_command(f"SET LOCAL ROLE {quoted_name(self.role)}")


async def make_ledger(database: Database, dialect: str) -> None:
    """Make the table where there is none. Raises AUTO160 (503) where the login may not."""
    table = TABLES[dialect]
    try:
        async with database.transaction() as transaction:
            if dialect == "postgresql":
                lock = sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME).is_(None))
                await transaction.execute(lock)
                name = sa.func.to_regclass(f"{SCHEMA}.{NAME}")
                (found,) = await transaction.fetch(sa.select(name.is_not(None)))
                if found[0]:
                    return
                await transaction.execute(
                    sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")  # a name of our own
                )
            written = sa.schema.CreateTable(table, if_not_exists=True)
            await transaction.execute(ddl(written, transaction))
            for index in table.indexes:
                made = sa.schema.CreateIndex(index, if_not_exists=True)
                await transaction.execute(ddl(made, transaction))
    except ApiError as error:
        if error.code in FORBIDDEN:
            raise no_ledger() from error
        raise


def ddl(statement: Any, transaction: Transaction) -> sa.TextClause:
    """A statement that makes something, as text."""
    return sa.text(str(statement.compile(dialect=transaction.expressions.dialect)))
