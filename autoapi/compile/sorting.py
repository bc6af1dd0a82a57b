"""The terms of an ORDER BY."""

from __future__ import annotations

from autoapi.catalogue import DataType
from autoapi.compile.scope import Scope, arrows
from autoapi.dialects import Expression
from autoapi.plan.types import Operand, Sort

__all__ = ["into_json", "ordered"]

JSON = DataType("json", "json", "json")


def ordered(value: Expression, sort: Sort, scope: Scope) -> Expression:
    """A value in the direction of a term.

    PostgreSQL takes null as the greatest value and SQLite as the least; SQLite is told.
    """
    term = value.desc() if sort.descending else value.asc()
    if sort.nulls is not None:
        return term.nulls_first() if sort.nulls == "first" else term.nulls_last()
    if scope.dialect.null_is_greatest:
        return term
    return term.nulls_first() if sort.descending else term.nulls_last()


def into_json(value: Expression, operand: Operand, scope: Scope) -> tuple[Expression, DataType]:
    """What arrows lead to in a value that must be JSON, since an embed shows it so."""
    if not operand.steps:
        return value, operand.column.type
    return scope.dialect.arrow(value, JSON, arrows(operand.steps))
