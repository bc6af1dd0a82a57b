"""The filter operators of the URL grammar, one row each.

A filter reads ``column=operator.value``, as in ``age=gte.18``. A row gives the
operator's URL name, the kind of value it takes, and the SQL that databases share;
a dialect that writes one differently says so in its own file.

To add an operator: a row here and a case in ``tests/cases/``. The parser, the SQL
and the reference page all read this table; nothing else names operators.
Grammar: https://docs.postgrest.org/en/stable/references/api/tables_views.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement

Expression = ColumnElement[Any]
Operand = Literal["value", "list", "state", "pattern", "regular expression", "search", "same type"]
"""What follows the operator: one value; ``(a,b)``; null, true, ...; a pattern with ``*``;
a regular expression; words to search for; or a value of the column's own container type
(array, range, json)."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. ``expression`` is None where every dialect writes its own."""

    name: str
    meaning: str
    operand: Operand
    expression: Callable[[Expression, Expression], Expression] | None = None
    quantifiable: bool = False  # whether ``(any)`` and ``(all)`` may follow
    symbol: str = ""  # PostgreSQL's own operator, for the page and for quantified forms


def infix(symbol: str) -> Callable[[Expression, Expression], Expression]:
    """PostgreSQL's own operator, by its symbol."""
    return lambda left, right: left.op(symbol, is_comparison=True)(right)


def same(left: Expression, right: Expression) -> Expression:
    """Equality; written out because ``operator.eq`` is typed as returning bool."""
    return left == right


def different(left: Expression, right: Expression) -> Expression:
    """Inequality."""
    return left != right


ROWS: tuple[Operator, ...] = (
    Operator("eq", "equals", "value", same, True, "="),
    Operator("neq", "differs", "value", different, False, "<>"),
    Operator("gt", "is greater", "value", operator.gt, True, ">"),
    Operator("gte", "is greater or equal", "value", operator.ge, True, ">="),
    Operator("lt", "is less", "value", operator.lt, True, "<"),
    Operator("lte", "is less or equal", "value", operator.le, True, "<="),
    Operator("like", "matches, * for anything", "pattern", None, True, "LIKE"),
    Operator("ilike", "matches in any case, * for anything", "pattern", None, True, "ILIKE"),
    Operator("match", "matches a regular expression", "regular expression", None, True, "~"),
    Operator(
        "imatch",
        "matches a regular expression in any case",
        "regular expression",
        None,
        True,
        "~*",
    ),
    Operator("in", "is one of (a,b,c)", "list", None, False, "= ANY"),
    Operator("is", "is null, not_null, true, false or unknown", "state", None, False, "IS"),
    Operator(
        "isdistinct",
        "differs, null being a value",
        "value",
        lambda left, right: left.is_distinct_from(right),
        False,
        "IS DISTINCT FROM",
    ),
    Operator("cs", "contains", "same type", infix("@>"), False, "@>"),
    Operator("cd", "is contained in", "same type", infix("<@"), False, "<@"),
    Operator("ov", "overlaps", "same type", infix("&&"), False, "&&"),
    Operator("sl", "lies strictly left of", "same type", infix("<<"), False, "<<"),
    Operator("sr", "lies strictly right of", "same type", infix(">>"), False, ">>"),
    Operator("nxr", "does not extend right of", "same type", infix("&<"), False, "&<"),
    Operator("nxl", "does not extend left of", "same type", infix("&>"), False, "&>"),
    Operator("adj", "is adjacent to", "same type", infix("-|-"), False, "-|-"),
    Operator("fts", "matches to_tsquery", "search", None, False, "to_tsquery"),
    Operator("plfts", "matches plainto_tsquery", "search", None, False, "plainto_tsquery"),
    Operator("phfts", "matches phraseto_tsquery", "search", None, False, "phraseto_tsquery"),
    Operator("wfts", "matches websearch_to_tsquery", "search", None, False, "websearch_to_tsquery"),
)

OPERATORS: dict[str, Operator] = {row.name: row for row in ROWS}

STATES: tuple[str, ...] = ("null", "not_null", "true", "false", "unknown")
"""What may follow ``is.``, in any case."""
