"""The terms of an ORDER BY."""

from __future__ import annotations

from autoapi.catalogue import DataType
from autoapi.compile.scope import Scope, arrows
from autoapi.dialects import Expression
from autoapi.parse.types import JsonStep
from autoapi.plan.types import Sort

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


def into_json(value: Expression, steps: tuple[JsonStep, ...], scope: Scope) -> Expression:
    """What arrows lead to in a value that must be JSON, since an embed shows it so."""
    if not steps:
        return value
    return scope.dialect.sortable(*scope.dialect.arrow(value, JSON, arrows(steps)))
