"""Writes as one statement, where a write can stand inside a WITH and be read from."""

from __future__ import annotations

from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy import CTE, func, select
from sqlalchemy.dialects import postgresql

from autoapi.compile.body import assigned_values, insert_statement, rows_concerned
from autoapi.compile.levels import level_select, root_level
from autoapi.compile.needed import needed_columns
from autoapi.compile.read import page_columns, rendering_of
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Layout, Statement, make_statement
from autoapi.dialects import Expression, SqlDialect
from autoapi.plan.types import Delete, Insert, Reply, Update

__all__ = ["compile_write"]

# A name that no column is likely to have; it never reaches the answer.
INSERTED = "autoapi: inserted"


def compile_write(
    operation: Insert | Update | Delete, reply: Reply, dialect: SqlDialect, width: int
) -> Statement:
    """Compile a write and what it shows; ``width`` is the number of the request's slots."""
    scope = Scope(dialect)
    returned = needed_columns(operation.shown) if operation.shown else ()
    returned = tuple(dict.fromkeys((*returned, *reply.location)))
    source = write_source(operation, returned, reply, scope)
    columns, layout, page = shown_columns(operation, source, reply, scope)
    if reply.kind in ("put", "upsert") and not operation.table.is_view:
        inserted = select(func.count()).select_from(source).where(source.c[INSERTED])
        columns.append(inserted.scalar_subquery().label("inserted"))
        layout = (*layout, "inserted")
    if reply.location:
        columns.append(location_of(source, reply).label("location"))
        layout = (*layout, "location")
    query = select(*columns) if page is None else select(*columns).select_from(page)
    return make_statement(query, scope, layout, width, writes=True)


def shown_columns(
    operation: Insert | Update | Delete, source: CTE, reply: Reply, scope: Scope
) -> tuple[list[Any], Layout, sa.Subquery | None]:
    """The answer's text over the written rows, which follow, or only their number."""
    if operation.shown is None:
        number = select(func.count()).select_from(source).scalar_subquery()
        return [number.label("rows")], ("rows",), None
    level = root_level(source)
    rendering = rendering_of(reply.format)
    rows = level_select(operation.shown, level, scope, rendering).subquery("page")
    return page_columns(rows, reply, scope.dialect), ("body", "rows"), rows


def write_source(
    operation: Insert | Update | Delete, returned: tuple[str, ...], reply: Reply, scope: Scope
) -> CTE:
    """The write itself, named ``source``."""
    target = scope.plain_table(operation.table)
    write: Any
    given: list[Any] = [target.c[name] for name in returned]
    match operation:
        case Insert():
            if reply.kind in ("put", "upsert") and not operation.table.is_view:
                # xmax is 0 for a row that nobody replaced: it was inserted.
                fresh = sa.literal_column("xmax") == sa.literal_column("0")
                given.append(fresh.label(INSERTED))
            write = insert_statement(operation, postgresql.insert(target), target, scope)
        case Update():
            if not operation.columns:
                return nothing(target, given)
            values = assigned_values(operation, scope)
            where = rows_concerned(operation, target, scope)
            write = sa.update(target).values(values).where(*where)
        case Delete():
            where = rows_concerned(operation, target, scope)
            write = sa.delete(target).where(*where)
        case _:
            assert_never(operation)
    source: CTE = write.returning(*listed(given)).cte("source")
    return source


def nothing(target: sa.TableClause, given: list[Any]) -> CTE:
    """No rows: a change that changes nothing."""
    return select(*listed(given)).select_from(target).where(sa.false()).cte("source")


def listed(given: list[Any]) -> list[Any]:
    """RETURNING must return something."""
    return given or [sa.literal_column("1").label("one")]


def location_of(source: CTE, reply: Reply) -> Expression:
    """The key of the written row as a JSON list of texts; read only when it is one row."""
    values = (sa.cast(source.c[name], sa.Text) for name in reply.location)
    key = sa.cast(func.json_build_array(*values), sa.Text)
    return select(func.min(key)).select_from(source).scalar_subquery()
