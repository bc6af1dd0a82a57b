"""Function calls: arguments out of the request, the result read like a table's rows.

The call stands in a WITH, so that a function runs once however often its rows are read.
Names in it are PostgREST's where the database may tell them back: a column that the
result does not have is missed in ``pgrst_call`` there too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy import FromClause, Select, func, select, true

from autoapi.catalogue import Column
from autoapi.compile.answer import page_body, rendering_of
from autoapi.compile.levels import ONE, filtered, level_select, root_level
from autoapi.compile.needed import needed_operands
from autoapi.compile.scope import Scope, stored_column
from autoapi.compile.statement import Layout, Statement, make_statement
from autoapi.dialects import Expression, NamedArgument, SqlDialect, function_named
from autoapi.formats import Format
from autoapi.plan.call import CALL, SCALAR
from autoapi.plan.types import (
    Argument,
    BodyArguments,
    Call,
    Operand,
    Reply,
    TextArguments,
    WholeArgument,
)

__all__ = ["compile_call"]

SOURCE = "pgrst_source"
PAGE = "_postgrest_t"
NULL: Expression = sa.literal_column("'null'")
EMPTY_LIST: Expression = sa.literal_column("'[]'")


def compile_call(call: Call, reply: Reply, dialect: SqlDialect, width: int) -> Statement:
    """Compile a call; ``width`` is the number of the request's slots."""
    scope = Scope(dialect, exact=True)
    wanted = wanted_operands(call)
    source = called_rows(call, wanted, scope).cte(SOURCE)
    names: list[Any] = [sa.column(each.column.name) for each in wanted]
    rows = sa.table(SOURCE, *names).alias(call.shown.table.name)
    page = page_of(call, rows, scope, reply)
    layout: Layout = ("body", "rows")
    body = sa.null() if reply.head else body_of(call, page, reply.format, dialect)
    # One result counts as one, whatever filters leave of it.
    number = func.count() if call.routine.returns_set else ONE
    shown: list[Any] = [body.label("body"), number.label("rows")]
    if reply.counted:
        shown.append(total_of(call, rows, scope).label("total"))
        layout = (*layout, "total")
    query = select(*shown).select_from(page).add_cte(source)
    explained = reply.format.explained
    return make_statement(query, scope, layout, width, writes=call.writes, explained=explained)


def wanted_operands(call: Call) -> tuple[Operand, ...]:
    """What is asked of the function's rows.

    Where all columns are, others are missed among those and not in the function.
    """
    known = call.shown.table.by_name
    return tuple(
        each
        for each in needed_operands(call.shown)
        if not call.whole or each.routine is not None or each.column.name in known
    )


def page_of(call: Call, rows: FromClause, scope: Scope, reply: Reply) -> sa.Subquery:
    """The rows of the result as they are shown."""
    level = root_level(rows, scope)
    query = level_select(call.shown, level, scope, rendering_of(reply.format))
    return query.subquery(PAGE)


def body_of(call: Call, page: sa.Subquery, format_: Format, dialect: SqlDialect) -> Expression:
    """The answer's text. A value's column is not looked up: where the caller gave it another
    name the database misses it.
    """
    routine = call.routine
    value: Expression = sa.literal_column(f"{PAGE}.{SCALAR}")
    single = not (routine.returns_set or routine.returns_rows)
    if format_.handler is not None and single:
        return dialect.handled_value(value, format_.handler)
    if format_.shape not in ("value", "object"):
        return page_body(page, format_, dialect)
    whole = routine.returns_rows or (routine.returns_set and format_.shape == "object")
    listed = func.json_agg(sa.literal_column(f"{PAGE}.*") if whole else value)
    if format_.shape == "object" or not routine.returns_set:
        return func.coalesce(stripped(listed.op("->")(sa.literal_column("0")), format_), NULL)
    return func.coalesce(stripped(listed, format_), EMPTY_LIST)


def stripped(value: Expression, format_: Format) -> Expression:
    """JSON, without its keys that are null where that was asked for."""
    return func.json_strip_nulls(value) if format_.stripped else value


def total_of(call: Call, rows: FromClause, scope: Scope) -> Expression:
    """How many rows there are without limit and offset."""
    shown = call.shown
    if shown.limit is None and shown.offset is None and shown.cap is None:
        return func.count() if call.routine.returns_set else ONE
    level = root_level(rows, scope)
    query = filtered(shown, level, scope, level.select(ONE.label("one")))
    return select(func.count()).select_from(query.subquery(scope.name())).scalar_subquery()


def called_rows(call: Call, wanted: tuple[Operand, ...], scope: Scope) -> Select[Any]:
    """The columns wanted of the function's rows, or its values as rows of one column."""
    arguments, given = call_arguments(call, scope)
    called = function_named(call.routine.key)(*arguments)
    if not call.routine.returns_rows:
        values = select(called.label(SCALAR))
        return values if given is None else values.select_from(given)
    table = call.shown.table
    columns = [stored_column(each) for each in table.columns]
    rows: FromClause = scope.guard(table, called.table_valued(*columns, name=CALL))
    source = rows
    if given is not None:
        rows = scope.guard(table, called.table_valued(*columns, name=CALL).lateral(CALL))
        source = given.join(rows, true())
    found = [scope.column(each, rows).label(each.column.name) for each in wanted]
    query = select(*(found or [ONE.label("one")])).select_from(source)
    return query.where(*scope.ties(rows))


def call_arguments(call: Call, scope: Scope) -> tuple[list[Expression], FromClause | None]:
    """The arguments, and the row of the body that they come from, if they do."""
    match call.arguments:
        case TextArguments(given):
            return [text_argument(each, scope) for each in given], None
        case WholeArgument(parameter, slot):
            return [scope.argument(slot, parameter.type, "body")], None
        case BodyArguments():
            return body_arguments(call.arguments, scope)
    assert_never(call.arguments)


def text_argument(given: Argument, scope: Scope) -> Expression:
    """An argument out of a slot of its own; a variadic one is a list of texts."""
    parameter = given.parameter
    variadic = parameter.mode == "variadic"
    value = scope.argument(given.slot, parameter.type, "texts" if variadic else "text")
    return NamedArgument(parameter.name, value, variadic=variadic)


def body_arguments(
    arguments: BodyArguments, scope: Scope
) -> tuple[list[Expression], FromClause | None]:
    """Arguments out of a JSON body; of a list of objects the first gives them."""
    dialect = scope.dialect
    scope.converters[arguments.slot] = dialect.body_converter((), defaults=False)
    columns = [
        Column(each.name, replace(each.type, name=dialect.argument_type(each.type)))
        for each in arguments.parameters
    ]
    row = dialect.body_rows(arguments.slot, columns, single=arguments.single)
    if not arguments.single:
        row = select(*row.c).select_from(row).limit(1).subquery("body_row")
    given: list[Expression] = [
        NamedArgument(each.name, row.c[each.name], variadic=each.mode == "variadic")
        for each in arguments.parameters
    ]
    return given, row
