"""The rows that a write is about, read and locked before it, for rules in Python to see."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, and_, select

from autoapi.catalogue import Column, Table
from autoapi.compile.answer import page_columns
from autoapi.compile.body import body_source, conflict_ties, rows_concerned
from autoapi.compile.levels import level_select
from autoapi.compile.relations import Level
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Statement, make_statement
from autoapi.dialects import SqlDialect
from autoapi.formats import JSON
from autoapi.plan.types import Delete, Insert, Operand, OutputColumn, Read, Reply, Update

__all__ = ["ROWS", "compile_targets", "own_columns", "whole_rows"]

ROWS = Reply("read", "strict", JSON, "representation")
"""How rows are written for rules to read: as a JSON list of objects."""


def own_columns(table: Table) -> tuple[Column, ...]:
    """Every column of the table itself, hidden ones too, without what rules compute."""
    guard = table.guard
    listed = (each for each in table.columns if guard is None or not guard.computes(each.name))
    return (*listed, *table.hidden)


def whole_rows(table: Table) -> Read:
    """All of every row, under the names of the database and so of the models."""
    outputs = tuple(OutputColumn(each.stored_name, Operand(each)) for each in own_columns(table))
    return Read(table, outputs)


def compile_targets(
    operation: Insert | Update | Delete, dialect: SqlDialect, width: int, most: int
) -> Statement:
    """The rows that an UPDATE or DELETE will touch, or that an INSERT's keys conflict with.

    Whole rows, as JSON, at most one more than ``most``; locked until the transaction ends.
    """
    scope = Scope(dialect, exact=True)
    table = operation.table
    source = scope.aliased(table)
    if isinstance(operation, Update) and operation.keyed:
        body = body_source(operation, scope)
        ties = [source.c[each.name] == body.c[each.name] for each in operation.keyed]
        ties += rows_concerned(operation, source, scope)
        level = Level(source, body.join(source, and_(*ties)))
    elif isinstance(operation, Insert):
        body = body_source(operation, scope)
        ties = conflict_ties(operation, source, body, scope)
        level = Level(source, body.join(source, and_(*ties)))
    else:
        level = Level(source, source, tuple(rows_concerned(operation, source, scope)))
    query: Select[Any] = level_select(whole_rows(table), level, scope)
    query = query.limit(sa.literal_column(str(most + 1)))
    if not table.is_view:
        query = query.with_for_update(of=source)
    rows = query.subquery("page")
    shown = select(*page_columns(rows, ROWS, dialect)).select_from(rows)
    return make_statement(shown, scope, ("body", "rows"), width)
