"""Conditions: columns looked up, embeds recognised, filters of embeds sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from autoapi.catalogue import Column, Table
from autoapi.errors import unknown_column
from autoapi.operators import OPERATORS
from autoapi.parse.types import AllOf, AnyOf, Compare, Field, Not
from autoapi.parse.types import Condition as ParsedCondition
from autoapi.plan.access import shows_less, visible_columns
from autoapi.plan.types import (
    UNKNOWN,
    Condition,
    Embed,
    Every,
    Exists,
    Negation,
    Operand,
    Some,
    Test,
)

__all__ = ["asks_database", "both", "find_operand", "plan_condition"]


def find_operand(table: Table, field: Field) -> Operand:
    """The column a field names, or the function of the table's row.

    A name that is neither goes to the database, which answers as it does to PostgREST.
    Raises 42703 (400) with the nearest name where it may not.
    """
    visible = visible_columns(table)
    for column in visible:
        if column.name == field.name:
            return Operand(column, field.steps)
    for computed in table.computed:
        if computed.name == field.name:
            column = Column(computed.name, computed.type)
            return Operand(column, field.steps, computed.routine)
    if asks_database(table):
        return Operand(Column(field.name, UNKNOWN), field.steps)
    raise unknown_column(table.name, field.name, [column.name for column in visible])


def asks_database(table: Table) -> bool:
    """Whether a name that is no column may be looked up by the database.

    It would take ``people.to_jsonb`` for a function of the whole row, so never where a
    column of the row is hidden.
    """
    return table.calls_functions and not shows_less(table)


def plan_condition(parsed: ParsedCondition, table: Table, embeds: Mapping[str, Embed]) -> Condition:
    """Resolve a condition on ``table``; a name in ``embeds`` may be tested for null."""
    match parsed:
        case Compare():
            return plan_comparison(parsed, table, embeds)
        case AllOf(parts):
            return Every(tuple(plan_condition(part, table, embeds) for part in parts))
        case AnyOf(parts):
            return Some(tuple(plan_condition(part, table, embeds) for part in parts))
        case Not(part):
            planned = plan_condition(part, table, embeds)
            # PostgreSQL makes a join of EXISTS, but none of NOT NOT EXISTS.
            return planned.part if isinstance(planned, Negation) else Negation(planned)
    assert_never(parsed)


def plan_comparison(parsed: Compare, table: Table, embeds: Mapping[str, Embed]) -> Condition:
    """Resolve one comparison; ``is.null`` on an embed's name asks for its rows.

    Any other is one on a column of that name.
    """
    embed = embeds.get(parsed.field.name)
    if embed is not None and not parsed.field.steps and parsed.state == "null":
        return Negation(Exists(embed))
    return Test(
        find_operand(table, parsed.field),
        OPERATORS[parsed.operator],
        parsed.slot,
        parsed.quantifier,
        parsed.state,
        parsed.language,
    )


def both(first: Condition | None, second: Condition | None) -> Condition | None:
    """Both conditions; either may be missing."""
    if first is None or second is None:
        return first or second
    return Every((first, second))
