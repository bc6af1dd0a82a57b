"""Plan to SQL text and binds; no I/O. One shape is compiled once and then remembered.

``levels`` writes reads, ``write`` and ``write_apart`` the two ways of writing,
``conditions`` what both filter by; ``statement`` is what comes out.
"""

from __future__ import annotations

from autoapi.compile.call import compile_call
from autoapi.compile.read import compile_read
from autoapi.compile.statement import Layout, Meaning, Statement
from autoapi.compile.targets import compile_targets, own_columns
from autoapi.compile.write import compile_write
from autoapi.compile.write_apart import compile_write_apart
from autoapi.dialects import SqlDialect
from autoapi.plan.types import Call, Plan, Read

__all__ = ["Layout", "Meaning", "Statement", "compile_plan", "compile_targets", "own_columns"]


def compile_plan(plan: Plan, dialect: SqlDialect, width: int) -> Statement:
    """Write a plan in a dialect's SQL; ``width`` is the number of the request's values.

    Raises PGRST127 (400) for what the dialect cannot say.
    """
    return compile_operation(plan, dialect, width).marked()


def compile_operation(plan: Plan, dialect: SqlDialect, width: int) -> Statement:
    """The same, by the kind of operation."""
    if isinstance(plan.operation, Read):
        return compile_read(plan.operation, plan.reply, dialect, width)
    if isinstance(plan.operation, Call):
        return compile_call(plan.operation, plan.reply, dialect, width)
    if dialect.writes_with_returning:
        return compile_write(plan.operation, plan.reply, dialect, width)
    return compile_write_apart(plan.operation, plan.reply, dialect, width)
