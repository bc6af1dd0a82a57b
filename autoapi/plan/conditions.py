"""Conditions: columns looked up, embeds recognised, filters of embeds sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from autoapi.catalogue import Table
from autoapi.errors import bad_embed_filter, unknown_column
from autoapi.operators import OPERATORS
from autoapi.parse.types import AllOf, AnyOf, Compare, Field, Not
from autoapi.parse.types import Condition as ParsedCondition
from autoapi.plan.access import visible_columns
from autoapi.plan.types import Condition, Embed, Every, Exists, Negation, Operand, Some, Test

__all__ = ["both", "find_operand", "plan_condition"]


def find_operand(table: Table, field: Field) -> Operand:
    """The column a field names.

    Raises 42703 (400) with the nearest name.
    """
    known = {column.name: column for column in visible_columns(table)}
    column = known.get(field.name)
    if column is None:
        raise unknown_column(table.name, field.name, known)
    return Operand(column, field.steps)


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
            return Negation(plan_condition(part, table, embeds))
    assert_never(parsed)


def plan_comparison(parsed: Compare, table: Table, embeds: Mapping[str, Embed]) -> Condition:
    """Resolve one comparison."""
    embed = embeds.get(parsed.field.name)
    if embed is not None and not parsed.field.steps and parsed.field.name not in table.by_name:
        if parsed.state == "null":
            return Negation(Exists(embed))
        if parsed.state == "not_null":
            return Exists(embed)
        raise bad_embed_filter(embed.name)
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
