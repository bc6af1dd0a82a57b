"""A write with rules in Python, in one transaction.

The rows that it is about are read and locked, checks see all of them, ``before`` rules may
change them, then the write runs as it would without rules, over what they made of its
body. Where others changed which rows those are, all of it is done again.
"""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from autoapi.auth import Principal
from autoapi.catalogue import Catalogue, Column, TableKey, Verb
from autoapi.changes.given_up import done_again_if_given_up
from autoapi.changes.rows import (
    Written,
    body_rows,
    changes_of,
    rewritten_body,
    row_of,
    stored_names,
)
from autoapi.changes.types import Afterwards, Asked, Change, Gone, Who
from autoapi.changes.values import is_odd, read_rows, read_values, value_columns
from autoapi.dialects import DatabaseType
from autoapi.errors import (
    ApiError,
    bad_value,
    faulty_rows,
    rows_moved,
    rule_broken,
    rule_failed,
    timed_out,
)
from autoapi.events import RuleFailed, report
from autoapi.execute import Database, Result, Session, Transaction
from autoapi.http import Http
from autoapi.plan.types import Delete, Insert, Update
from autoapi.prepare import Ready
from autoapi.respond import check_result
from autoapi.rules import Hook, Replace, Rule, key_of

__all__ = ["Done", "Hooks", "Work", "hooks_of", "run_afterwards", "run_rule", "run_watched"]

ATTEMPTS = 3
VERBS: dict[type[object], Verb] = {Insert: "insert", Update: "update", Delete: "delete"}
Hooks = Mapping[TableKey, tuple[Hook | Replace, ...]]


def hooks_of(rules: Iterable[Rule], catalogue: Catalogue) -> Hooks:
    """The rules in Python of each table, in the order in which they were said."""
    found: dict[TableKey, tuple[Hook | Replace, ...]] = {}
    for rule in rules:
        if isinstance(rule, Hook | Replace):
            key = key_of(rule.table, catalogue)
            found[key] = (*found.get(key, ()), rule)
    return found


@dataclass(frozen=True, slots=True)
class Work:
    """One request that writes a table with rules in Python, or that one of them answers."""

    http: Http
    ready: Ready
    prepare_again: Callable[[Http], Ready]
    hooks: tuple[Hook | Replace, ...]
    who: Principal
    session: Session | None
    database: Database
    timeout: float  # seconds; 0 for none

    @property
    def table(self) -> str:
        """The table, as the database and the rules call it."""
        ruled = self.ready.ruled
        return self.ready.reply.table if ruled is None else ruled[1]

    @property
    def replacement(self) -> Replace | None:
        """The rule that answers in place of the engine, if any does."""
        watched = self.ready.watched
        verb = "read" if watched is None else VERBS[type(watched.operation)]
        for hook in self.hooks:
            if isinstance(hook, Replace) and hook.verb == verb:
                return hook
        return None


class Done(NamedTuple):
    """What came of it: what was run at last and its result, or what a rule answers instead, and
    what is to be done now that all is committed.
    """

    ready: Ready
    result: Result
    value: Any = None
    afterwards: tuple[Afterwards, ...] = ()
    replaced: bool = False


class Moved(Exception):
    """Which rows the write is about changed after they were read."""


async def run_watched(work: Work) -> Done:
    """Run it all.

    Raises AUTO125 (422), AUTO126 (500), AUTO127 (413), AUTO128 (409), whatever rules raise,
    and what the write itself raises.
    """
    for _ in range(ATTEMPTS):
        try:
            async with asyncio.timeout(work.timeout or None):
                return await done_again_if_given_up(partial(run_once, work))
        except Moved:
            continue
        except TimeoutError:
            raise timed_out() from None
    raise rows_moved(work.ready.reply.table)


async def run_once(work: Work) -> Done:
    """The same, once."""
    async with work.database.transaction(work.session) as transaction:
        found = await read_targets(work, transaction)
        body = await read_body(work, transaction)
        changes = changes_of(work.ready, body, found, partial(make_change, work, transaction))
        for moment in ("check", "before"):
            for change in changes:
                await run_hooks(work, moment, change)
            if moment == "check":
                refuse_all(work, changes)
        replacement = work.replacement
        if replacement is not None:
            return await run_replaced(work, replacement, changes, transaction)
        ready = await rewrite(work, changes, transaction)
        check = partial(check_result, reply=ready.reply) if ready.reply.checked else None
        statement = ready.statement.for_caller(work.who.claims)
        result = await transaction.run(statement, ready.values, check)
        written = look_at_written(work, changes, result)
        for change in written:
            await run_hooks(work, "after", change)
    return Done(ready, result, None, afterwards_of(changes))


async def run_replaced(
    work: Work, rule: Replace, changes: list[Change[Any]], transaction: Transaction
) -> Done:
    """What a rule answers in place of the engine; an upsert is given to it part by part."""
    if not changes:
        verb: Literal["insert", "update", "delete"] = "update" if rule.verb == "read" else rule.verb
        changes = [make_change(work, transaction, Written(verb, ()))]
    given = [
        await run_rule(rule.origin, work.ready.reply.table, partial(rule.function, change))
        for change in changes
    ]
    value = given[0] if len(given) == 1 else given
    return Done(work.ready, Result(b"", 0), value, afterwards_of(changes), replaced=True)


def afterwards_of(changes: list[Change[Any]]) -> tuple[Afterwards, ...]:
    """What is to be done once all of it is committed."""
    return tuple(each for change in changes for each in change.afterwards)


async def read_targets(work: Work, transaction: Transaction) -> list[dict[str, Any]]:
    """The rows that the write is about and that are there, locked."""
    watched = work.ready.watched
    if watched is None or watched.targets is None:
        return []
    statement = watched.targets.for_caller(work.who.claims)
    result = await transaction.run(statement, work.ready.values)
    columns = value_columns(watched.operation.table)
    return [read_values(row, columns) for row in read_rows(result.body)]


async def read_body(work: Work, transaction: Transaction) -> list[dict[str, Any]]:
    """The rows of the body; what Python cannot read as its column's kind, the database does.

    Raises 22P02 and its like (400) for a value that it cannot read either.
    """
    operation = None if work.ready.watched is None else work.ready.watched.operation
    if operation is None or isinstance(operation, Delete):
        return []
    rows = body_rows(operation, work.ready)
    for row in rows:
        for column in operation.columns:
            name = column.stored_name
            if name in row and is_odd(row[name], column):
                row[name] = await read_by_database(row[name], column, transaction)
    return rows


async def read_by_database(value: Any, column: Column, transaction: Transaction) -> Any:
    """A value as the database writes it once it has read it."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if transaction.expressions.dialect.name == "sqlite":
        raise bad_value(column.type.name, text, column.name)
    read = sa.cast(sa.cast(sa.literal(text), sa.Text), DatabaseType(column.type.cast))
    (row,) = await transaction.fetch(sa.select(sa.cast(read, sa.Text)))
    return row[0]


def make_change(work: Work, transaction: Transaction, written: Written) -> Change[Any]:
    """What rules are given for some of the rows."""
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in work.http.all_headers
    }
    return Change(
        written.verb,
        work.table,
        list(written.rows),
        list(written.old),
        transaction,
        Who(work.who.role, work.who.claims),
        Asked(work.http.method, work.http.path, headers, work.http.nested),
        positions=written.positions,
    )


async def run_hooks(work: Work, moment: str, change: Change[Any]) -> None:
    """Run the rules of one moment for a change."""
    for hook in work.hooks:
        if isinstance(hook, Hook) and hook.moment == moment and change.verb in hook.on:
            table = work.ready.reply.table
            await run_rule(hook.origin, table, partial(hook.function, change))


async def run_rule(origin: str, table: str, call: Callable[[], Any]) -> Any:
    """What one rule gives. What it raises and should not is told in the log, not in the answer."""
    try:
        given = call()
        return await given if inspect.isawaitable(given) else given
    except ApiError:
        raise
    except Gone as error:
        raise rule_broken(table, f"{origin}: {error}") from error
    except Exception as error:
        trace = "".join(traceback.format_tb(error.__traceback__))
        report(RuleFailed(origin, type(error).__name__, trace))
        raise rule_failed(origin) from error


async def run_afterwards(functions: Sequence[Afterwards]) -> None:
    """Run what was put off until the commit; one that fails is told in the log."""
    for function in functions:
        try:
            given = function()
            if inspect.isawaitable(given):
                await given
        except Exception as error:
            trace = "".join(traceback.format_tb(error.__traceback__))
            name = getattr(function, "__qualname__", type(function).__name__)
            report(RuleFailed(f"on_commit: {name}", type(error).__name__, trace))


def refuse_all(work: Work, changes: list[Change[Any]]) -> None:
    """Answer with the faults of all changes together, by the names that the caller knows.

    Raises AUTO125 (422).
    """
    faults = sorted((each for change in changes for each in change.faults), key=lambda it: it.row)
    watched = work.ready.watched
    if faults and watched is not None:
        shown = {stored: name for name, stored in watched.operation.table.stored_names.items()}
        told: list[dict[str, object]] = [
            {"row": it.row, "field": shown.get(it.field, it.field), "message": it.message}
            for it in faults
        ]
        raise faulty_rows(work.ready.reply.table, told)


async def rewrite(work: Work, changes: list[Change[Any]], transaction: Transaction) -> Ready:
    """The write over what ``before`` rules made of its rows."""
    ready = work.ready
    if ready.watched is None:
        return ready
    made = rewritten_body(ready, changes)
    for statement in made.apart:
        await transaction.execute(statement)
    if made.body is None:
        return ready
    http = replace(work.http, body=made.body, ruled=made.ruled, gaps=made.gaps)
    http.headers = {**http.headers, b"content-type": b"application/json"}
    return work.prepare_again(http)


def look_at_written(work: Work, changes: list[Change[Any]], result: Result) -> list[Change[Any]]:
    """The changes with the rows as they were written. Raises Moved if they are others."""
    watched = work.ready.watched
    if watched is None or result.written is None:
        return changes
    columns = value_columns(watched.operation.table)
    rows = [read_values(row, columns) for row in read_rows(result.written)]
    meant = sum(len(change.rows) for change in changes)
    operation = watched.operation
    merges = isinstance(operation, Insert) and operation.conflict is not None
    if merges and result.inserted is not None:
        made = sum(len(change.rows) for change in changes if change.verb == "insert")
        if result.inserted != made:
            raise Moved
    elif not isinstance(operation, Insert) and len(rows) != meant:
        raise Moved
    key = operation.table.primary_key
    if isinstance(operation, Insert) and operation.conflict is not None:
        key = operation.conflict.columns
    key = stored_names(operation.table, key)
    old = {key_of_row(each, key): each for change in changes for each in change.old}
    for change in changes:
        if change.verb != "delete":
            replace_rows(change, rows, key, old)
    return changes


def replace_rows(
    change: Change[Any],
    rows: list[dict[str, Any]],
    key: tuple[str, ...],
    old: Mapping[tuple[Any, ...], Any],
) -> None:
    """Put the written rows in the place of those that were meant; ``old`` are those that were
    there, by their key. Without a key there is nothing to tell them apart by.
    """
    pairs = [(row, old.get(tuple(row.get(name) for name in key)) if key else None) for row in rows]
    if change.verb == "insert":
        change.rows[:] = [row_of(change.table, row) for row, before in pairs if before is None]
    elif len(rows) == len(change.rows) == 1:  # whose key may be what was changed
        change.rows[:] = [row_of(change.table, rows[0], change.old[0])]
    elif key:
        kept = [(row, before) for row, before in pairs if before is not None]
        change.rows[:] = [row_of(change.table, row, before) for row, before in kept]
        change.old[:] = [before for _, before in kept]


def key_of_row(row: Any, key: tuple[str, ...]) -> tuple[Any, ...]:
    """A row's values of some columns."""
    return tuple(getattr(row, name) for name in key)
