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
from autoapi.compile.levels import ONE, filtered, grouping, level_outputs, level_select, root_level
from autoapi.compile.needed import needed_columns
from autoapi.compile.read import page_columns, rendering_of
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Layout, Statement, make_statement
from autoapi.dialects import Expression, NamedArgument, SqlDialect
from autoapi.plan.call import SCALAR
from autoapi.plan.types import (
    Argument,
    BodyArguments,
    Call,
    Reply,
    TextArguments,
    WholeArgument,
)

__all__ = ["compile_call"]

SOURCE = "pgrst_source"
CALL = "pgrst_call"
PAGE = "_postgrest_t"


def compile_call(call: Call, reply: Reply, dialect: SqlDialect, width: int) -> Statement:
    """Compile a call; ``width`` is the number of the request's slots."""
    scope = Scope(dialect)
    columns = needed_columns(call.shown)
    source = called_rows(call, columns, scope).cte(SOURCE)
    rows = sa.table(SOURCE, *map(sa.column, columns)).alias(call.shown.table.name)
    page = page_of(call, rows, scope, reply)
    layout: Layout = ("body", "rows")
    shown: list[Any] = page_columns(page, reply, dialect)
    if not (call.routine.returns_rows or reply.head or reply.format.shape == "csv"):
        shown[0] = value_body(reply).label("body")
    if not call.routine.returns_set:
        shown[1] = ONE.label("rows")  # one result, whatever filters leave of it
    if reply.counted:
        shown.append(total_of(call, rows, scope).label("total"))
        layout = (*layout, "total")
    query = select(*shown).select_from(page).add_cte(source)
    return make_statement(query, scope, layout, width, writes=call.writes)


def page_of(call: Call, rows: FromClause, scope: Scope, reply: Reply) -> sa.Subquery:
    """The rows of the result as they are shown."""
    level = root_level(rows)
    query = level_select(call.shown, level, scope, rendering_of(reply.format))
    return query.subquery(PAGE)


def value_body(reply: Reply) -> Expression:
    """Values as JSON, a list without its brackets.

    Its column is not looked up: where the caller gave it another name the database misses it.
    """
    value: Expression = func.to_json(sa.literal_column(f"{PAGE}.{SCALAR}"))
    if reply.format.stripped:
        value = func.json_strip_nulls(value)
    written = func.coalesce(sa.cast(value, sa.Text), sa.literal_column("'null'"))
    return func.string_agg(written, sa.literal_column("','"))


def total_of(call: Call, rows: FromClause, scope: Scope) -> Expression:
    """How many rows there are without limit and offset."""
    shown = call.shown
    if not call.routine.returns_set and shown.limit is None and shown.offset is None:
        return ONE
    level = root_level(rows)
    query = filtered(shown, level, scope, level.select(ONE.label("one")))
    if shown.grouped:
        _, outputs = level_outputs(shown, level, scope)
        query = query.with_only_columns(
            *(output.expression.label(f"v{at}") for at, output in enumerate(outputs))
        ).group_by(*grouping(shown, level, scope))
    return select(func.count()).select_from(query.subquery(scope.name())).scalar_subquery()


def called_rows(call: Call, columns: tuple[str, ...], scope: Scope) -> Select[Any]:
    """The columns wanted of the function's rows, or its values as rows of one column."""
    arguments, given = call_arguments(call, scope)
    called = routine_call(call, arguments)
    if not call.routine.returns_rows:
        values = select(called.label(SCALAR))
        return values if given is None else values.select_from(given)
    rows = called.table_valued(*map(sa.column, columns), name=CALL)
    source: FromClause = rows
    if given is not None:
        rows = rows.lateral(CALL)
        source = given.join(rows, true())
    wanted = [rows.c[name] for name in columns] or [ONE.label("one")]
    return select(*wanted).select_from(source)


def routine_call(call: Call, arguments: list[Expression]) -> Any:
    """``schema.name(arguments)``."""
    namespace = getattr(func, quoted(call.routine.schema))
    return getattr(namespace, quoted(call.routine.name))(*arguments)


def quoted(name: str) -> Any:
    """A name that is always quoted, since functions' names are otherwise written bare."""
    return sa.quoted_name(name, quote=True)


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
