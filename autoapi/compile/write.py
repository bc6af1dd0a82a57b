"""Writes as one statement, where a write can stand inside a WITH and be read from."""

from __future__ import annotations

from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy import CTE, FromClause, func, select
from sqlalchemy.dialects import postgresql

from autoapi.compile.answer import page_columns, rendering_of
from autoapi.compile.body import (
    assigned_values,
    insert_statement,
    is_fenced,
    is_outside,
    is_watched,
    rows_concerned,
    rows_meant,
    rows_missed,
)
from autoapi.compile.keyed import LAYOUT, found_rows
from autoapi.compile.levels import level_select, root_level
from autoapi.compile.needed import needed_operands
from autoapi.compile.preconditions import row_version
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Layout, Statement, make_statement
from autoapi.compile.tally import tally
from autoapi.dialects import Expression, SqlDialect, WholeRow
from autoapi.plan.types import Delete, Insert, Operand, Reply, Update

__all__ = ["compile_write"]

WRITTEN = "autoapi written"
"""The column that holds a written row whole."""
VERSION = "autoapi version"
OUTSIDE = "autoapi outside"
"""The column that says of a written row whether its writer may not see it."""


def compile_write(
    operation: Insert | Update | Delete, reply: Reply, dialect: SqlDialect, width: int
) -> Statement:
    """Compile a write and what it shows; ``width`` is the number of the request's slots."""
    scope = Scope(dialect, exact=reply.mount == "strict")
    shows = operation.shown is not None and reply.returns == "representation"
    versioned = shows and reply.tag in ("row", "whole")
    operands = returned_operands(operation, reply)
    source = write_source(operation, operands, scope, versioned=versioned)
    columns, layout, page = shown_columns(operation, source, reply, scope)
    if is_fenced(operation):
        columns.append(rows_outside(operation, source, scope).label("outside"))
        layout = (*layout, "outside")
    if isinstance(operation, Insert) and operation.tallied:
        columns.append(func.coalesce(tally(), sa.literal_column("0")).label("inserted"))
        layout = (*layout, "inserted")
    if is_watched(operation):
        written = sa.cast(func.json_agg(source.c[WRITTEN]), sa.Text)
        columns.append(select(written).select_from(source).scalar_subquery().label("written"))
        layout = (*layout, "written")
    if reply.location:
        columns.append(location_of(source, reply).label("location"))
        layout = (*layout, "location")
    if versioned:
        version = select(source.c[VERSION]).limit(1).scalar_subquery()
        columns.append(version.label("version"))
        layout = (*layout, "version")
    if operation.precondition is not None:
        columns.append(rows_missed(operation, scope).label("missed"))
        layout = (*layout, "missed")
    if isinstance(operation, Update) and operation.keyed:
        columns += found_rows(operation, source, scope)
        layout = (*layout, *LAYOUT)
    query = select(*columns).select_from(page)
    explained = reply.format.explained
    return make_statement(query, scope, layout, width, writes=True, explained=explained)


def returned_operands(operation: Insert | Update | Delete, reply: Reply) -> tuple[Operand, ...]:
    """What is read back of the written rows; nothing unless asked for, so that whoever may
    not read a table can still write it.
    """
    shown = needed_operands(operation.shown) if operation.shown else ()
    named = {operand.column.name for operand in shown}
    keyed = operation.keyed if isinstance(operation, Update) else ()
    needed = (*reply.location, *(each.name for each in keyed))
    key = (operation.table.by_name[name] for name in needed if name not in named)
    return (*shown, *map(Operand, key))


def shown_columns(
    operation: Insert | Update | Delete, source: CTE, reply: Reply, scope: Scope
) -> tuple[list[Any], Layout, FromClause]:
    """The answer's text over the written rows, which follow, or only their number."""
    if operation.shown is None or reply.returns != "representation":
        return [func.count().label("rows")], ("rows",), source
    level = root_level(source.alias(operation.table.name), scope)
    rendering = rendering_of(reply.format)
    rows = level_select(operation.shown, level, scope, rendering).subquery("page")
    return page_columns(rows, reply, scope.dialect), ("body", "rows"), rows


def write_source(
    operation: Insert | Update | Delete,
    returned: tuple[Operand, ...],
    scope: Scope,
    *,
    versioned: bool,
) -> CTE:
    """The write itself, named ``source``; ``versioned``: with the row's version."""
    target = scope.plain_table(operation.table)
    write: Any
    given: list[Any] = [scope.column(each, target).label(each.column.name) for each in returned]
    if versioned:
        version = row_version(operation.table, target, scope)
        given.append(version.label(VERSION))
    match operation:
        case Insert():
            insert = postgresql.insert(target)
            write = insert_statement(operation, insert, scope, tallied=operation.tallied)
        case Update():
            if not operation.columns and not operation.touches:
                marks = [sa.false().label(OUTSIDE)] if is_fenced(operation) else []
                if is_watched(operation):
                    marks.append(func.row_to_json(WholeRow(target)).label(WRITTEN))
                return unwritten(operation, target, [*given, *marks], scope)
            values, where = assigned_values(operation, target, scope)
            write = sa.update(target).values(values).where(*where)
        case Delete():
            where = rows_concerned(operation, target, scope)
            write = sa.delete(target).where(*where)
        case _:
            assert_never(operation)
    if is_fenced(operation):
        given.append(is_outside(target, scope).label(OUTSIDE))
    if is_watched(operation):
        given.append(func.row_to_json(WholeRow(target)).label(WRITTEN))
    source: CTE = write.returning(*listed(given)).cte("source")
    return source


def rows_outside(operation: Insert | Update, source: CTE, scope: Scope) -> Expression:
    """How many rows the caller would not see after writing them, or could not overwrite since
    they are not the caller's.
    """
    outside = select(func.count()).select_from(source).where(source.c[OUTSIDE]).scalar_subquery()
    if not (isinstance(operation, Insert) and operation.conflict and operation.conflict.merge):
        return outside
    if not operation.columns:
        return outside
    written = select(func.count()).select_from(source).scalar_subquery()
    return outside + rows_meant(operation, scope) - written


def unwritten(operation: Update, target: sa.TableClause, given: list[Any], scope: Scope) -> CTE:
    """What a change that changes nothing gives back: no rows, or those that stay as they are."""
    where = rows_concerned(operation, target, scope) if operation.stays else [sa.false()]
    return select(*listed(given)).select_from(target).where(*where).cte("source")


def listed(given: list[Any]) -> list[Any]:
    """RETURNING must return something."""
    return given or [sa.literal_column("1").label("one")]


def location_of(source: CTE, reply: Reply) -> Expression:
    """The key of the written row as a JSON list of names and values, if it is one row.

    The values are what JSON makes of them, as texts: an address must find what a filter does.
    """
    row = select(*(source.c[name] for name in reply.location)).limit(1).subquery("key")
    whole = select(func.row_to_json(sa.literal_column("key.*"))).select_from(row).scalar_subquery()
    each = func.json_each_text(whole).table_valued("key", "value", name="part")
    pairs = func.json_agg(func.json_build_array(each.c.key, each.c.value))
    key = select(sa.cast(pairs, sa.Text)).select_from(each).scalar_subquery()
    return sa.case((func.count() == sa.literal_column("1"), key))
