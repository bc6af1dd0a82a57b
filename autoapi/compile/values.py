"""What a level's rows consist of: values by name, some still to be aggregated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause, func

from autoapi.catalogue import DataType
from autoapi.compile.scope import Scope
from autoapi.dialects import Expression, Output
from autoapi.parse.types import Aggregate
from autoapi.plan.types import OutputColumn

__all__ = ["ONE", "Value", "column_value", "finished", "grouped_by", "lifted"]

AGGREGATES: dict[str, Any] = {
    "sum": func.sum,
    "avg": func.avg,
    "count": func.count,
    "max": func.max,
    "min": func.min,
}
ONE: Expression = sa.literal_column("1")


@dataclass(frozen=True, slots=True)
class Value:
    """One key of a row. An aggregate is applied where the rows are grouped, which may be
    further out than where the value comes from.

    ``expression`` is None for ``count()``. ``group``: what to group by instead of the value.
    """

    name: str
    expression: Expression | None
    type: DataType | None = None
    is_json: bool = False
    aggregate: Aggregate | None = None
    cast: str | None = None
    group: Expression | None = None


def column_value(item: OutputColumn, source: FromClause, scope: Scope) -> Value:
    """A column, cast as asked.

    PostgREST groups by a column and not by what it is cast to, unless it has another name;
    what a domain's function makes of it may not even compare.
    """
    if item.operand is None:
        return Value(item.name, None, aggregate=item.aggregate or "count", cast=item.aggregate_cast)
    column, held = scope.value(item.operand, source)
    expression: Expression
    type_: DataType | None
    expression, type_ = scope.presented(item.operand, column, held)
    by_column = expression is not column and item.cast is None
    if item.cast is not None:
        expression, type_ = scope.dialect.cast(expression, type_, item.cast)
        by_column = not (item.renamed or item.operand.steps)
    return Value(
        item.name,
        expression,
        type_,
        aggregate=item.aggregate,
        cast=item.aggregate_cast,
        group=column if by_column else None,
    )


def lifted(value: Value, expression: Expression) -> Value:
    """A value as the level above finds it in a subquery."""
    return replace(value, expression=expression, group=None)


def finished(value: Value, scope: Scope) -> Output:
    """A value with its aggregate applied."""
    if value.aggregate is None:
        return Output(value.name, raw(value), value.type, value.is_json)
    expression: Expression = (
        func.count() if value.expression is None else AGGREGATES[value.aggregate](value.expression)
    )
    type_ = value.type if value.aggregate in ("max", "min") else None
    if value.cast is not None:
        expression, type_ = scope.dialect.cast(expression, type_, value.cast)
    return Output(value.name, expression, type_)


def raw(value: Value) -> Expression:
    """A value before any aggregate; for ``count()`` something that is never null."""
    return ONE if value.expression is None else value.expression


def grouped_by(values: Sequence[Value]) -> list[Expression]:
    """What rows with aggregates are grouped by: every other value, by its position."""
    return [
        sa.literal_column(str(position)) if value.group is None else value.group
        for position, value in enumerate(values, 1)
        if value.aggregate is None
    ]
