"""Function calls: arguments out of one JSON object, the result read like a table's rows.

The call stands in a WITH, so that a function runs once however often its rows are read.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CTE, FromClause, func, select, true

from autoapi.catalogue import Column
from autoapi.compile.levels import ONE, filtered, level_select, root_level
from autoapi.compile.read import page_columns, rendering_of
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Layout, Statement, make_statement
from autoapi.dialects import Expression, NamedArgument, SqlDialect
from autoapi.plan.types import Call, Read, Reply

__all__ = ["compile_call"]


def compile_call(call: Call, reply: Reply, dialect: SqlDialect, width: int) -> Statement:
    """Compile a call; ``width`` is the number of the request's slots."""
    scope = Scope(dialect)
    if call.shown is None:
        source = value_source(call, scope)
        columns = value_columns(call, source)
        layout: Layout = ("body", "rows")
    else:
        source = row_source(call, call.shown, scope)
        columns, layout = row_columns(call.shown, source, reply, scope)
    return make_statement(select(*columns), scope, layout, width, writes=call.writes)


def row_columns(shown: Read, source: CTE, reply: Reply, scope: Scope) -> tuple[list[Any], Layout]:
    """The answer's text over the rows of the result, and their number."""
    level = root_level(source)
    rows = level_select(shown, level, scope, rendering_of(reply.format)).subquery("page")
    page = select(*page_columns(rows, reply, scope.dialect)).select_from(rows).subquery("answer")
    columns: list[Any] = [page.c.body, page.c.rows]
    if not reply.counted:
        return columns, ("body", "rows")
    matching = filtered(shown, level, scope, level.select(ONE.label("one"))).subquery("matching")
    total = select(func.count()).select_from(matching).scalar_subquery()
    return [*columns, total.label("total")], ("body", "rows", "total")


def row_source(call: Call, shown: Read, scope: Scope) -> CTE:
    """The rows of a function that returns rows."""
    arguments, tables = call_arguments(call, scope)
    columns: list[Any] = [sa.column(each.name) for each in shown.table.columns]
    called = routine_call(call, arguments).table_valued(*columns, name="called")
    if tables is None:
        return select(*called.c).select_from(called).cte("source")
    for_each = called.lateral("called")
    return select(*for_each.c).select_from(tables.join(for_each, true())).cte("source")


def value_source(call: Call, scope: Scope) -> CTE:
    """The value, or values, of a function that returns no rows."""
    arguments, tables = call_arguments(call, scope)
    value = routine_call(call, arguments).label("value")
    query = select(value)
    return (query if tables is None else query.select_from(tables)).cte("source")


def value_columns(call: Call, source: CTE) -> list[Any]:
    """A value as JSON, or a list of them without its brackets."""
    as_json = func.coalesce(
        sa.cast(func.to_json(source.c.value), sa.Text), sa.literal_column("'null'")
    )
    rows = select(func.count()).select_from(source).scalar_subquery().label("rows")
    if call.routine.returns_set:
        joined = func.string_agg(as_json, sa.literal_column("','"))
        body = select(joined).select_from(source).scalar_subquery()
    else:
        body = select(as_json).select_from(source).limit(1).scalar_subquery()
    return [body.label("body"), rows]


def routine_call(call: Call, arguments: list[Expression]) -> Any:
    """``schema.name(arguments)``."""
    namespace = getattr(func, quoted(call.routine.schema))
    return getattr(namespace, quoted(call.routine.name))(*arguments)


def quoted(name: str) -> Any:
    """A name that is always quoted, since functions' names are otherwise written bare."""
    return sa.quoted_name(name, quote=True)


def call_arguments(call: Call, scope: Scope) -> tuple[list[Expression], FromClause | None]:
    """The arguments, by name, and the row they come from, if there are any."""
    scope.converters[call.body_slot] = scope.dialect.body_converter((), defaults=False)
    if call.unnamed:
        return [scope.dialect.whole_body(call.body_slot, call.arguments[0].type)], None
    if not call.arguments:
        return [], None
    columns = [Column(each.name, each.type) for each in call.arguments]
    row = scope.dialect.body_rows(call.body_slot, columns, single=True)
    arguments: list[Expression] = [
        NamedArgument(each.name, row.c[each.name], variadic=each.mode == "variadic")
        for each in call.arguments
    ]
    return arguments, row
