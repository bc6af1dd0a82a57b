"""Writes as two statements in one transaction, where a write cannot be read from.

The write returns the keys of the rows it touched; the other statement shows those rows,
after the write or, for a DELETE, before it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy import and_, func, select
from sqlalchemy.dialects import sqlite

from autoapi.catalogue import Column, Table
from autoapi.compile.answer import page_columns, rendering_of
from autoapi.compile.body import (
    assigned_values,
    body_source,
    conflict_ties,
    insert_statement,
    is_fenced,
    is_outside,
    is_watched,
    rows_concerned,
    rows_meant,
    rows_missed,
)
from autoapi.compile.keyed import LAYOUT, found_rows
from autoapi.compile.levels import Level, level_select
from autoapi.compile.preconditions import row_version
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Layout, Statement, make_statement
from autoapi.compile.targets import ROWS, whole_rows
from autoapi.dialects import Expression, SqlDialect, slot_parameter
from autoapi.plan.types import UNKNOWN, Delete, Insert, Reply, Update

__all__ = ["compile_write_apart"]

NOTHING: Expression = sa.literal_column("1")
ROW_NUMBER = Column("rowid", UNKNOWN)


def compile_write_apart(
    operation: Insert | Update | Delete, reply: Reply, dialect: SqlDialect, width: int
) -> Statement:
    """Compile a write and what it shows; the keys are bound in place ``width``."""
    scope = Scope(dialect)
    query = write_statement(operation, scope)
    write = make_statement(query, scope, (), width, writes=True)
    merges = isinstance(operation, Insert) and operation.conflict and operation.conflict.merge
    if isinstance(operation, Insert) and merges and operation.columns:
        write = replace(write, write=existing_rows(operation, dialect, width))
    if is_fenced(operation):
        write = replace(write, outside=rows_outside(operation, dialect, width))
    if is_watched(operation) and not isinstance(operation, Delete):
        write = replace(write, written=rows_written(operation, dialect, width))
    missed = missed_rows(operation, dialect, width) if operation.precondition else None
    if isinstance(operation, Update) and operation.keyed:
        write = replace(write, found=rows_found(operation, dialect, width))
    shown = operation.shown
    if shown is None or reply.returns != "representation":
        return Statement("", (), (), writes=True, write=write, missed=missed)
    scope = Scope(dialect)
    if isinstance(operation, Delete):
        level = level_before(operation, scope)
    else:
        level = level_of_keys(operation.table, scope, width)
    query = level_select(shown, level, scope, rendering_of(reply.format))
    layout: Layout = ("body", "rows")
    if reply.tag in ("row", "whole"):
        query = query.add_columns(row_version(operation.table, level.table, scope).label("version"))
        layout = (*layout, "version")
    rows = query.subquery("page")
    columns = page_columns(rows, reply, dialect)
    columns += [func.max(rows.c.version)] if "version" in layout else []
    show = make_statement(
        select(*columns).select_from(rows),
        scope,
        layout,
        width if isinstance(operation, Delete) else width + 1,
        writes=True,
    )
    return replace(show, write=write, show_first=isinstance(operation, Delete), missed=missed)


def rows_found(operation: Update, dialect: SqlDialect, width: int) -> Statement:
    """How many rows the body has, and which of them the table has not."""
    scope = Scope(dialect)
    query = select(*found_rows(operation, None, scope))
    return make_statement(query, scope, LAYOUT, width)


def missed_rows(operation: Insert | Update | Delete, dialect: SqlDialect, width: int) -> Statement:
    """Whether rows were passed over because of the caller's condition alone."""
    scope = Scope(dialect)
    query = select(rows_missed(operation, scope).label("missed"))
    return make_statement(query, scope, ("missed",), width)


def key_columns(table: Table) -> tuple[Column, ...]:
    """What tells rows apart: the primary key, or SQLite's own row number."""
    return tuple(table.by_name[name] for name in table.primary_key) or (ROW_NUMBER,)


def write_statement(operation: Insert | Update | Delete, scope: Scope) -> Any:
    """The write, returning the keys of the rows it touched."""
    target = scope.plain_table(operation.table)
    keys: list[Any] = [
        sa.column(each.stored_name).label(each.name) if each.stored else sa.column(each.name)
        for each in key_columns(operation.table)
    ]
    write: Any
    match operation:
        case Insert():
            write = insert_statement(operation, sqlite.insert(target), scope)
        case Update():
            if not operation.columns and not operation.touches:
                nowhere: list[Expression] = [sa.literal_column("0")]
                stay = rows_concerned(operation, target, scope) if operation.stays else nowhere
                return select(*keys).select_from(target).where(*stay)
            values, where = assigned_values(operation, target, scope)
            write = sa.update(target).values(values).where(*where)
        case Delete():
            write = sa.delete(target).where(*rows_concerned(operation, target, scope))
        case _:
            assert_never(operation)
    return write.returning(*keys)


def level_before(operation: Delete, scope: Scope) -> Level:
    """The rows that a DELETE is about to remove."""
    source = scope.aliased(operation.table)
    return Level(source, source, tuple(rows_concerned(operation, source, scope)))


def level_of_keys(table: Table, scope: Scope, width: int) -> Level:
    """The rows with the keys that the write returned, in that order."""
    source = scope.aliased(table)
    listed = func.json_each(slot_parameter(width, sa.Text)).table_valued("value", name="written")
    ties = [
        sa.column(each.stored_name, _selectable=source)
        == func.json_extract(listed.c.value, sa.literal_column(f"'$[{position}]'"))
        for position, each in enumerate(key_columns(table))
    ]
    return Level(source, listed.join(source, and_(*ties)))


def rows_outside(operation: Insert | Update, dialect: SqlDialect, width: int) -> Statement:
    """How many of the written rows, whose keys are bound in place ``width``, do not exist for
    the caller, and how many could not be overwritten since they are not the caller's.
    """
    scope = Scope(dialect)
    level = level_of_keys(operation.table, scope, width)
    outside: Expression = func.count().filter(is_outside(level.table, scope))
    overwrites = isinstance(operation, Insert) and operation.conflict and operation.conflict.merge
    if isinstance(operation, Insert) and overwrites and operation.columns:
        listed = slot_parameter(width, sa.Text)
        outside = outside + rows_meant(operation, scope) - func.json_array_length(listed)
    return make_statement(level.select(outside), scope, ("rows",), width + 1)


def rows_written(operation: Insert | Update, dialect: SqlDialect, width: int) -> Statement:
    """The written rows, whole, whose keys are bound in place ``width``."""
    scope = Scope(dialect, exact=True)
    level = level_of_keys(operation.table, scope, width)
    rows = level_select(whole_rows(operation.table), level, scope).subquery("page")
    shown = select(*page_columns(rows, ROWS, dialect)).select_from(rows)
    return make_statement(shown, scope, ("body", "rows"), width + 1)


def existing_rows(operation: Insert, dialect: SqlDialect, width: int) -> Statement:
    """How many of the body's rows exist already, by the key that would conflict."""
    scope = Scope(dialect)
    body = body_source(operation, scope)
    target = scope.aliased(operation.table)
    query = select(func.count()).select_from(
        body.join(target, and_(*conflict_ties(operation, target, body, scope)))
    )
    return make_statement(query, scope, ("rows",), width)
