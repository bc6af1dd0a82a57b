"""Conditions as SQL expressions. Values always become binds, so one shape has one text."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from sqlalchemy import FromClause, and_, false, not_, or_, true
from sqlalchemy.sql.elements import Grouping

from autoapi.compile.scope import Scope
from autoapi.dialects import Expression, Searched
from autoapi.plan.types import Condition, Every, Exists, Negation, Some, Test

__all__ = ["ExistsWriter", "condition_expression"]

ExistsWriter = Callable[[Exists, FromClause, Scope], Expression]
"""Writes whether an embed has rows; given by ``levels``, which conditions lie below."""


def condition_expression(
    condition: Condition, source: FromClause, scope: Scope, exists: ExistsWriter
) -> Expression:
    """Write a condition over the columns of ``source``."""
    match condition:
        case Test():
            return test_expression(condition, source, scope)
        case Exists():
            return exists(condition, source, scope)
        case Every(parts):
            written = [condition_expression(part, source, scope, exists) for part in parts]
            return and_(true(), *written)
        case Some(parts):
            written = [condition_expression(part, source, scope, exists) for part in parts]
            return or_(false(), *written)
        case Negation(part):
            positive = condition_expression(part, source, scope, exists)
            # The opposite operator may be one that the type lacks.
            return not_(Grouping(positive) if isinstance(part, Test) else positive)
    assert_never(condition)


def test_expression(test: Test, source: FromClause, scope: Scope) -> Expression:
    """Write one comparison."""
    left, type_ = scope.value(test.operand, source)
    if test.state == "null":
        return left.is_(None)
    if test.state == "not_null":
        return left.is_not(None)
    if test.state is not None:
        return scope.dialect.truth(left, type_, test.state)
    slot = test.slot
    if slot is None:
        raise AssertionError("only a state has no value")
    dialect, operator, quantifier = scope.dialect, test.operator, test.quantifier
    if operator.operand == "search":
        place = Searched(test.operand.column, left, type_, source)
        found, converter = dialect.search(operator, place, slot, test.language)
        scope.note(slot, converter)
        return found
    scope.note(slot, dialect.reader(operator, type_, quantified=quantifier is not None))
    if operator.operand == "list":
        return dialect.in_list(left, type_, slot)
    return dialect.compare(operator, left, type_, slot, quantifier)
