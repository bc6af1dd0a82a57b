"""What tells of a list of changes, each for the row of its key, whether all found their rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause, and_, exists, func, select

from autoapi.compile.body import body_source, rows_named
from autoapi.compile.levels import ONE
from autoapi.compile.scope import Scope
from autoapi.compile.statement import Layout
from autoapi.dialects import Expression
from autoapi.plan.types import Update

__all__ = ["LAYOUT", "found_rows"]

LAYOUT: Layout = ("meant", "absent")
MOST_TOLD: Expression = sa.literal_column("20")  # keys of rows that are not there


def found_rows(operation: Update, written: FromClause | None, scope: Scope) -> list[Any]:
    """How many rows the body has, and the keys of those that were not ``written``, as JSON.

    Without ``written`` they are looked for in the table, after the change was made.
    """
    given = body_source(operation, scope)
    meant = select(func.count()).select_from(given).scalar_subquery()
    source = written
    named: list[Expression] = []
    if source is None:
        source = scope.aliased(operation.table, scope.name())
        named = rows_named(operation, source, scope)
    rows = body_source(operation, scope)
    same = and_(*(source.c[each.name] == rows.c[each.name] for each in operation.keyed), *named)
    keys = (
        select(*(rows.c[each.name] for each in operation.keyed))
        .select_from(rows)
        .where(~exists(select(ONE).select_from(source).where(same).correlate(rows)))
        .limit(MOST_TOLD)
        .subquery(scope.name())
    )
    listed = scope.dialect.listed_values([keys.c[each.name] for each in operation.keyed])
    absent = select(listed).select_from(keys).scalar_subquery()
    return [meant.label("meant"), absent.label("absent")]
