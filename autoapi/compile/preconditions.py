"""Conditions on the state of a row, checked by the very statement that changes it.

So nobody can come between the look and the change: PostgreSQL looks again at a row that it
waited for, and SQLite has one writer.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import FromClause, exists, select

from autoapi.catalogue import Table
from autoapi.compile.scope import Scope
from autoapi.dialects import Expression
from autoapi.plan.access import visible_columns
from autoapi.plan.types import Insert, Precondition

__all__ = ["existing_row", "has_version", "row_version"]

ONE: Expression = sa.literal_column("1")


def row_version(table: Table, source: FromClause, scope: Scope) -> Expression:
    """The version of a row, as its ETag says it."""
    return scope.dialect.row_version(source, own_columns(table, scope))


def own_columns(table: Table, scope: Scope) -> list[str]:
    """The columns that callers see and that no rule computes."""
    names = (each.name for each in visible_columns(table))
    return [name for name in names if not scope.is_computed(name, table)]


def has_version(
    condition: Precondition, table: Table, source: FromClause, scope: Scope
) -> Expression:
    """Whether a row has one of the versions that the caller knows."""
    if not condition.known:
        return sa.false()
    scope.note(condition.slot, scope.dialect.read_versions)
    return scope.dialect.version_among(source, own_columns(table, scope), condition.slot)


def existing_row(operation: Insert, condition: Precondition, scope: Scope) -> Expression:
    """Whether the row to be overwritten is there, in a known version if one was named.

    It stays as it is from here on: its lock is taken.
    """
    table = operation.table
    target = scope.aliased(table, scope.name())
    wanted: list[Expression] = [
        target.c[name] == scope.bind(slot, table.by_name[name].type)
        for name, slot in operation.key_slots
    ]
    wanted += scope.ties(target)
    if condition.kind == "match":
        wanted.append(has_version(condition, table, target, scope))
    query = select(ONE).select_from(target).where(*wanted)
    return exists(query.with_for_update() if table.versioned else query)
