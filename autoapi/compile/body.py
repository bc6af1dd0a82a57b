"""The body's rows as something to insert or update from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause, Select, func, or_, select

from autoapi.catalogue import Column, Table
from autoapi.compile.conditions import condition_expression
from autoapi.compile.levels import embed_exists
from autoapi.compile.scope import Scope
from autoapi.dialects import Expression
from autoapi.plan.types import Delete, Insert, Update

__all__ = ["assigned_values", "body_source", "insert_statement", "rows_concerned"]


def body_source(operation: Insert | Update, scope: Scope) -> FromClause:
    """The body's rows, one column for each that is written."""
    columns, table = operation.columns, operation.table
    scope.converters[operation.body_slot] = scope.dialect.body_converter(
        columns, defaults=operation.defaults
    )
    if operation.defaults:
        return scope.dialect.body_rows_with_defaults(
            operation.body_slot, columns, table.key, single=operation.single
        )
    return scope.dialect.body_rows(operation.body_slot, columns, single=operation.single)


def inserted_rows(operation: Insert, scope: Scope) -> Select[Any]:
    """What an INSERT takes: the body's rows; for a PUT only those with the address's key."""
    body = body_source(operation, scope)
    key = dict(operation.key_slots)
    values: list[Expression] = []
    conditions: list[Expression] = []
    for column in operation.columns:
        given: Expression = body.c[column.name]
        if column.name in key:
            address = scope.bind(key[column.name], column.type)
            same: Expression = given == address
            if operation.fills_key:
                same = or_(given.is_(None), same)
                given = func.coalesce(given, address)
            conditions.append(same)
        values.append(given)
    # SQLite reads the ON of ON CONFLICT as a join's unless a WHERE stands before it.
    always = sa.literal_column("1") == sa.literal_column("1")
    return select(*values).select_from(body).where(always, *conditions)


def assigned_values(operation: Update, scope: Scope) -> dict[str, Expression]:
    """What an UPDATE sets, from the body's one row."""
    body = body_source(operation, scope)
    if not operation.single:
        body = select(*body.c).select_from(body).limit(1).subquery("body_row")
    return {column.name: body.c[column.name] for column in operation.columns}


def conflict_update(table: Table, columns: tuple[Column, ...], excluded: Any) -> dict[str, Any]:
    """What a merge overwrites: every column the body names, with the row that was refused."""
    writable = (column for column in columns if table.by_name[column.name].writable)
    return {column.name: excluded[column.name] for column in writable}


def insert_statement(operation: Insert, insert: Any, target: FromClause, scope: Scope) -> Any:
    """INSERT from the body, with what to do about keys that exist.

    ``insert`` is the dialect's own empty one, which knows ON CONFLICT.
    """
    if not operation.columns and operation.single:
        return insert.values({})
    if operation.columns:
        names = [column.name for column in operation.columns]
        insert = insert.from_select(names, inserted_rows(operation, scope), include_defaults=False)
    else:
        names = [operation.table.columns[0].name]
        none = select(target.c[names[0]]).where(sa.literal_column("1") == sa.literal_column("0"))
        insert = insert.from_select(names, none, include_defaults=False)
    conflict = operation.conflict
    if conflict is None:
        return insert
    if not conflict.merge or not operation.columns:
        return insert.on_conflict_do_nothing(index_elements=list(conflict.columns))
    return insert.on_conflict_do_update(
        index_elements=list(conflict.columns),
        set_=conflict_update(operation.table, operation.columns, insert.excluded),
    )


def rows_concerned(
    operation: Update | Delete, target: FromClause, scope: Scope
) -> list[Expression]:
    """Which rows a change concerns, as conditions."""
    if operation.where is None:
        return []
    return [condition_expression(operation.where, target, scope, embed_exists)]
