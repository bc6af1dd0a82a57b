"""A GET as one statement: the answer's text, the rows it holds, the total if counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import FromClause, Select, and_, exists, func, select

from autoapi.compile.answer import page_columns, rendering_of, row_body
from autoapi.compile.levels import ONE, filtered, level_select, root_level
from autoapi.compile.preconditions import row_version
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Layout, Statement, make_statement
from autoapi.dialects import Expression, SqlDialect
from autoapi.media_types import ANY, Explanation
from autoapi.plan.types import Condition, Every, Operand, Read, Reply, Test

__all__ = ["compile_read"]

FAR = 2**62  # rows; half of what a bigint holds


def compile_read(read: Read, reply: Reply, dialect: SqlDialect, width: int) -> Statement:
    """Compile a GET or HEAD; ``width`` is the number of the request's slots."""
    scope = Scope(dialect, exact=reply.mount == "strict")
    level = root_level(scope.aliased(read.table), scope)
    rows_query = level_select(read, level, scope, rendering_of(reply.format))
    one = names_one_row(read) and not reply.counted
    found = None
    if one and reply.tag in ("row", "whole"):
        found = with_version(rows_query, row_version(read.table, level.table, scope), dialect)
    rows = rows_query.subquery("page") if found is None else found.rows
    layout: Layout = ("body", "rows")
    alone = None
    if one:
        # Nothing to gather: an aggregate over one row costs more than finding it.
        alone = sa.null() if reply.head else row_body(rows, reply.format, dialect)
    if alone is not None:
        columns = [alone.label("body"), ONE.label("rows")]
        if found is not None:
            columns.append(found.version.label("version"))
            layout = (*layout, "version")
    else:
        columns = page_columns(rows, reply, dialect)
        if reply.counted:
            columns.append(total_of(read, reply, scope).label("total"))
            layout = (*layout, "total")
        tells = reply.mount == "friendly" and reply.format.explained is None
        if read.cap is not None and not reply.item and tells:
            columns.append(cut_off(read, scope).label("more"))
            layout = (*layout, "more")
    query = select(*columns).select_from(rows if found is None else found.source)
    explained = reply.format.explained
    statement = make_statement(query, scope, layout, width, explained=explained)
    if may_be_long(read, reply, one=one):
        return replace(statement, lines=lines_of(read, reply, dialect, width))
    if reply.count in ("planned", "estimated") and explained is None:
        return replace(statement, estimate=estimate_of(read, dialect, width))
    return statement


def may_be_long(read: Read, reply: Reply, *, one: bool) -> bool:
    """Whether an answer has no bound, and can be given row by row."""
    bounded = one or read.cap is not None or reply.item
    return reply.format.by_rows and not (bounded or reply.head or reply.count)


def lines_of(read: Read, reply: Reply, dialect: SqlDialect, width: int) -> Statement:
    """The rows of a read, each as a line of the answer, in their order."""
    scope = Scope(dialect, exact=reply.mount == "strict")
    level = root_level(scope.aliased(read.table), scope)
    rendering = rendering_of(reply.format)
    rows = level_select(read, level, scope, rendering).subquery("page")
    return make_statement(select(dialect.line(rows, rendering)).select_from(rows), scope, (), width)


class Versioned(NamedTuple):
    """The rows of a page, the version beside them, and what both are selected from."""

    rows: Any
    version: Expression
    source: FromClause


def with_version(query: Select[Any], version: Expression, dialect: SqlDialect) -> Versioned | None:
    """A row and its version, which is no part of what is shown; None for names given twice."""
    names = [column.name for column in query.selected_columns]
    if len(set(names)) != len(names):
        return None
    label = next(name for name in map("version{}".format, count()) if name not in names)
    if not dialect.joins_laterally:  # it writes a row out by what it knows to be shown of it
        rows = query.add_columns(version.label(label)).subquery("page")
        return Versioned(rows, rows.c[label], rows)
    whole = query.add_columns(version.label(label)).subquery("found")
    page = select(*(whole.c[name].label(name) for name in names)).lateral("page")
    return Versioned(page, whole.c[label], whole.join(page, sa.true()))


def names_one_row(read: Read) -> bool:
    """Whether the conditions give a value to every column of a key, so that one row fits at most.

    No row at all is then no row of the result, which the drivers know as an empty page.
    """
    if read.grouped or read.where is None or read.may_repeat:
        return False
    fixed = set(fixed_columns(read.where))
    keys = [read.table.primary_key, *(key.columns for key in read.table.unique_keys)]
    return not read.table.is_view and any(key and fixed.issuperset(key) for key in keys)


def fixed_columns(condition: Condition) -> Iterator[str]:
    """The columns that a condition holds to one value each."""
    match condition:
        case Test(operand=Operand(column=column, steps=()), quantifier=None):
            if condition.operator.name == "eq":
                yield column.name
        case Every(parts):
            for part in parts:
                yield from fixed_columns(part)
        case _:
            return


def total_of(read: Read, reply: Reply, scope: Scope) -> Expression:
    """How many rows there are without limit and offset.

    An estimated count goes no further than one row past the cap: from there on the
    planner's number serves.
    """
    if read.limit is None and read.offset is None and read.cap is None:
        return func.count()  # the page is all there is
    query = countable(read, scope, by_groups=reply.mount == "friendly")
    if reply.count == "estimated" and read.cap is not None:
        query = query.limit(sa.literal_column(str(read.cap + 1)))
    counted = query.subquery(scope.name())
    return select(func.count()).select_from(counted).scalar_subquery()


def countable(read: Read, scope: Scope, *, by_groups: bool) -> Select[Any]:
    """All rows that fit, as ones; PostgREST counts those that an aggregate reads, too."""
    level = root_level(scope.aliased(read.table), scope)
    query = filtered(read, level, scope, level.select(ONE.label("one")))
    if not (read.grouped and by_groups):
        return query
    groups = replace(read, order=(), limit=None, offset=None, cap=None)
    return level_select(groups, level, scope, inside=True)


def estimate_of(read: Read, dialect: SqlDialect, width: int) -> Statement:
    """The plan of reading all rows that fit, which says how many the planner takes them for."""
    scope = Scope(dialect)
    query = countable(read, scope, by_groups=False)
    return make_statement(query, scope, (), width, explained=Explanation(ANY, "json"))


def cut_off(read: Read, scope: Scope) -> Expression:
    """Whether rows were left out because of the cap, and not because fewer were asked for.

    The second look costs nothing unless the page is exactly as long as the cap.
    """
    cap: Expression = sa.literal_column(str(read.cap))
    level = root_level(scope.aliased(read.table), scope)
    beyond = filtered(read, level, scope, level.select(ONE)).limit(1)
    full: Expression = func.count() == cap
    if read.limit is not None:
        full = and_(full, scope.dialect.count_bind(read.limit) > cap)
    skipped = cap
    if read.offset is not None:
        # The sum must be a bigint too; PostgreSQL adds constants before it runs anything.
        offset = scope.dialect.at_most(read.offset, FAR)
        skipped = cap + offset if offset is not None else cap
    return sa.case((full, exists(beyond.offset(skipped))), else_=sa.false())
