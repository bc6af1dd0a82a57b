"""Statements on PostgreSQL: one round trip, whatever must hold for the transaction.

A read runs on a session that is read only, so that a GET can never write, whatever a view
calls. Role, claims and settings, the operator's function, the statement and the commit go
out together. Only what must be looked at before it is committed takes a second trip.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import func, select, true
from sqlalchemy.dialects.postgresql.base import PGDialect

from autoapi.compile import Layout, Statement
from autoapi.errors import ApiError, database_lost, database_unreachable
from autoapi.execute.pool import CONNECT_ERRORS, Pool, Pooled
from autoapi.execute.postgres_errors import refusal
from autoapi.execute.types import Check, PoolFigures, Result, Session, arguments_of
from autoapi.settings import Settings
from autoapi.wire import Connection, ConnectionLost, Row, ServerError, Step, read_address

__all__ = ["PostgresDatabase"]

RETRY_AFTER = 1  # seconds
# Read uncommitted is read committed to PostgreSQL, and called so by PostgREST.
LEVELS = frozenset({"read committed", "repeatable read", "serializable"})
COMMIT = Step("COMMIT")
ROLLBACK = Step("ROLLBACK")
CHECK_CONSTRAINTS = Step("SET CONSTRAINTS ALL IMMEDIATE")
PING = Step("SELECT 1")
NO_SESSION = Session()
NO_ROWS = Result(b"", 0)
KEY = msgspec.json.Decoder(tuple[tuple[str, str | None], ...])
USUAL = ("body", "rows", "headers", "status")
ANSWER_SETTINGS = Step(
    "SELECT nullif(current_setting('response.headers', true), ''),"
    " nullif(current_setting('response.status', true), '')",
    (),
    True,
)
# What a plan that no longer holds is refused with, before anything of it is done.
STALE = frozenset({"0A000", "26000"})


class PostgresDatabase:
    """One database behind a bounded pool."""

    def __init__(self, settings: Settings) -> None:
        self.pool = Pool(read_address(settings.database_url), settings)
        # Behind a pooler a session cannot hold these, so each transaction sets them.
        self.limits: tuple[tuple[str, str], ...] = ()
        if not settings.db_prepared_statements and settings.db_statement_timeout:
            milliseconds = int(settings.db_statement_timeout * 1000)
            self.limits = (("statement_timeout", str(milliseconds)),)

    async def run(
        self,
        statement: Statement,
        values: list[Any],
        session: Session | None = None,
        check: Check | None = None,
    ) -> Result:
        """See :class:`autoapi.execute.types.Database`."""
        steps = [Step(statement.sql, arguments_of(statement, values), True)]
        if statement.estimate is not None:
            other = statement.estimate
            steps.append(Step(other.sql, arguments_of(other, values), True))
        reads_only = not statement.writes
        connection = self.pool.take_free(reads_only)
        if connection is None:
            connection = await self.pool.acquire(reads_only=reads_only)
        try:
            if session is None and check is None and self.pool.holds_state:
                found = await run_steps(connection.wire, steps, reads_only)
                return read_answer(found, statement)
            transaction = Transaction(self, connection, session or NO_SESSION, reads_only)
            return await transaction.run(steps, statement, check)
        except ConnectionLost as error:
            raise database_lost(RETRY_AFTER) from error
        except ServerError as error:
            raise database_error(error) from error
        except asyncio.CancelledError:
            self.pool.cancel(connection)
            raise
        finally:
            self.pool.release(connection)

    async def ping(self) -> float:
        """See :class:`autoapi.execute.types.Database`."""
        started = time.perf_counter()
        connection = await self.pool.acquire(reads_only=True)
        try:
            await connection.wire.run([PING])
        except CONNECT_ERRORS as error:
            raise database_unreachable(RETRY_AFTER) from error
        finally:
            self.pool.release(connection)
        return time.perf_counter() - started

    def pool_figures(self) -> PoolFigures:
        """See :class:`autoapi.execute.types.Database`."""
        pool = self.pool
        available = sum(len(stack) for stack in pool.free.values())
        return PoolFigures(available, len(pool.waiting), pool.settings.db_pool, pool.timeouts)

    async def close(self) -> None:
        """See :class:`autoapi.execute.types.Database`."""
        await self.pool.close()


class Transaction:
    """One request's transaction on one connection."""

    def __init__(
        self, database: PostgresDatabase, connection: Pooled, session: Session, reads_only: bool
    ) -> None:
        self.wire = connection.wire
        self.session = session
        self.reads_only = reads_only
        self.holds_state = database.pool.holds_state
        self.limits = database.limits

    async def run(self, main: list[Step], statement: Statement, check: Check | None) -> Result:
        """Run a statement's steps under what holds for the transaction, check, and end it.

        Without a check or a level of isolation there is no BEGIN: what goes out together is
        one transaction already, which ends with it.
        """
        before = self.steps_before()
        after = [ANSWER_SETTINGS] if self.session.before else []
        rolls_back = self.session.rolls_back
        explicit = bool(check or rolls_back or self.session.isolation)
        if explicit:
            before.insert(0, self.begin())
        if explicit and check is None:
            after += [CHECK_CONSTRAINTS, ROLLBACK] if rolls_back else [COMMIT]
        try:
            steps = (*before, *main, *after)
            found = await run_steps(self.wire, steps, self.reads_only)
            result = read_answer(found[len(before) :], statement)
            if self.session.before and not found[len(before)]:
                result = with_settings(result, found[len(before) + len(main)][0])
            if check is not None:
                check(result)
                ending = [CHECK_CONSTRAINTS, ROLLBACK] if rolls_back else [COMMIT]
                await self.wire.run(ending)
        except BaseException:
            if self.wire.in_transaction and not self.wire.closed:
                await asyncio.shield(self.wire.run([ROLLBACK]))
            raise
        return result

    def begin(self) -> Step:
        """How the transaction starts, where it must be said."""
        level = self.session.isolation.lower()
        isolation = f" ISOLATION LEVEL {level.upper()}" if level in LEVELS else ""
        return Step(f"BEGIN{isolation}" + (" READ ONLY" if self.reads_only else ""))

    def steps_before(self) -> list[Step]:
        """What goes before the statement: the settings, and the operator's function."""
        names, values = self.session.names, self.session.values
        if not self.holds_state:
            limits = (
                (*self.limits, ("transaction_read_only", "on"))
                if self.reads_only
                else (self.limits)
            )
            names = (*(name for name, _ in limits), *names)
            values = (*(value for _, value in limits), *values)
        steps = [Step(set_local(names), values)] if names else []
        if self.session.before:
            steps.append(Step(self.session.before))
        return steps


async def run_steps(wire: Connection, steps: Sequence[Step], reads_only: bool) -> list[list[Row]]:
    """Run steps; a read whose prepared statements no longer hold is prepared and run anew."""
    try:
        return await wire.run(steps)
    except ServerError as error:
        stale = error.sqlstate in STALE and any(step.sql in wire.prepared for step in steps)
        if not (stale and reads_only) or wire.in_transaction:
            raise
        for step in steps:
            wire.forget(step.sql)
    return await wire.run(steps)


@lru_cache(maxsize=1_000)
def set_local(names: tuple[str, ...]) -> str:
    """The statement that makes settings for the transaction alone, in their order.

    It tells of each whether it is null, since the values themselves would come back.
    """
    dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    made = (
        func.set_config(
            sa.literal(name, literal_execute=True), sa.bindparam(f"value_{at}", ""), true()
        )
        .is_(None)
        .label(f"made_{at}")
        for at, name in enumerate(names)
    )
    compiled = select(*made).compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return str(compiled)


def with_settings(result: Result, row: Row) -> Result:
    """A result of no rows, with what the database wants its answer to be."""
    headers, status = (None if part is None else part.decode() for part in row)
    return result._replace(headers=headers, status=status)


def read_answer(found: Sequence[list[Row]], statement: Statement) -> Result:
    """The result of a statement, or the lines of its plan; what else was run, stands beside."""
    if statement.explained:
        lines = (row[0] or b"" for row in found[0])
        return Result(b"".join(line + b"\n" for line in lines), len(found[0]))
    result = read_result(found[0], statement.layout)
    if statement.estimate is not None:
        result = result._replace(planned=planned_rows(found[1][0][0] or b""))
    return result


def read_result(rows: Sequence[Row], layout: Layout) -> Result:
    """The one row of a statement, by the meaning of its columns."""
    if not rows:
        return NO_ROWS
    row = rows[0]
    if layout == USUAL:
        body, count, headers, status = row
        if headers is None and status is None:
            return Result(body or b"", int.from_bytes(count or b""))
    found = dict(zip(layout, row, strict=True))
    location = found.get("location")
    headers, status = found.get("headers"), found.get("status")
    return Result(
        found.get("body") or b"",
        number(found["rows"]) or 0,
        number(found.get("total")),
        bool(number(found.get("more"))),
        number(found.get("inserted")),
        KEY.decode(location) if location is not None else None,
        None if headers is None else headers.decode(),
        None if status is None else status.decode(),
    )


class PlannedNode(msgspec.Struct):
    """The outermost node of a plan."""

    rows: int = msgspec.field(name="Plan Rows")


class Planned(msgspec.Struct):
    """A plan as EXPLAIN writes it in JSON, as far as it matters."""

    plan: PlannedNode = msgspec.field(name="Plan")


def planned_rows(plan: bytes) -> int:
    """How many rows the planner expects."""
    return msgspec.json.decode(plan, type=list[Planned])[0].plan.rows


def number(written: bytes | None) -> int | None:
    """A whole number of any width, or a boolean, from its binary form."""
    return None if written is None else int.from_bytes(written, signed=True)


def database_error(error: ServerError) -> ApiError:
    """What the database refused, with its own code, message, details and hint."""
    return refusal(error.sqlstate, error.message, error.detail, error.hint)
