"""A query back as a query string, every name and every value in quotes that may have them.

Slots are numbered anew by whoever reads it, so queries are compared by ``resolved``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never
from urllib.parse import quote

from autoapi.parse.types import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Field,
    Filter,
    JsonStep,
    Not,
    Ordering,
    OrderTerm,
    Path,
    SelectAll,
    SelectEmbed,
    SelectField,
    SelectItem,
    Value,
    Window,
)
from autoapi.parse.url import ParsedQuery

__all__ = ["printed", "resolved"]

Values = tuple[Value, ...]


def printed(parsed: ParsedQuery) -> str:
    """A query string that reads as the same query."""
    query, values = parsed.query, parsed.values
    pairs = [("select", items(query.select))]
    pairs += [pair for each in query.filters for pair in filter_pairs(each, values)]
    pairs += [ordering_pair(each) for each in query.orderings]
    pairs += [pair for each in query.windows for pair in window_pairs(each, values)]
    for name, listed in (("columns", query.columns), ("on_conflict", query.on_conflict)):
        if listed is not None:
            pairs.append((name, ",".join(map(quoted, listed))))
    return "&".join(f"{quote(name)}={quote(text)}" for name, text in pairs)


def resolved(parsed: ParsedQuery) -> tuple[object, ...]:
    """The query with its values in place of the numbers of their slots."""
    query, values = parsed.query, parsed.values
    filters = sorted(repr((each.path, in_place(each.condition, values))) for each in query.filters)
    windows = {
        each.path: [None if slot is None else values[slot] for slot in (each.limit, each.offset)]
        for each in query.windows
        if each != Window(each.path)  # which a limit that is no number leaves
    }
    orderings = {each.path: each.terms for each in query.orderings}
    return query.select, filters, orderings, windows, query.columns, query.on_conflict


def in_place(condition: Condition, values: Values) -> object:
    match condition:
        case Compare(slot=slot):
            return replace(condition, slot=None), None if slot is None else values[slot]
        case AllOf(parts) | AnyOf(parts):
            return type(condition).__name__, [in_place(part, values) for part in parts]
        case Not(part):
            return "Not", in_place(part, values)
    assert_never(condition)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def dotted(path: Path, last: str) -> str:
    return ".".join([*map(quoted, path), last])


def step(each: JsonStep) -> str:
    return ("->>" if each.as_text else "->") + (each.key if each.index else quoted(each.key))


def column(field: Field) -> str:
    return quoted(field.name) + "".join(map(step, field.steps))


def typed(cast: str | None) -> str:
    """A cast; a type of blanks alone was read as none at all."""
    return "" if cast is None else f"::{cast or ' '}"


def items(selected: tuple[SelectItem, ...]) -> str:
    return ",".join(map(item, selected))


def item(each: SelectItem) -> str:
    match each:
        case SelectAll():
            return "*"
        case SelectField(field, alias, cast, aggregate, aggregate_cast):
            named = "" if alias is None else f"{quoted(alias)}:"
            if field is None:
                return f"{named}count(){typed(aggregate_cast)}"
            gathered = f".{aggregate}(){typed(aggregate_cast)}" if aggregate else ""
            return f"{named}{column(field)}{typed(cast)}{gathered}"
        case SelectEmbed(relation, inner, alias, hint, join, spread):
            start = "..." if spread else "" if alias is None else f"{quoted(alias)}:"
            hinted = "" if hint is None else f"!{quoted(hint)}"
            joined = "" if join is None else f"!{join}"
            return f"{start}{quoted(relation)}{hinted}{joined}({items(inner)})"
    assert_never(each)


def filter_pairs(each: Filter, values: Values) -> list[tuple[str, str]]:
    condition, prefix = each.condition, ""
    if isinstance(condition, Not):
        condition, prefix = condition.part, "not."
    match condition:
        case AllOf() | AnyOf():
            connective = "and" if isinstance(condition, AllOf) else "or"
            listed = ",".join(node(part, values) for part in condition.parts)
            return [(dotted(each.path, prefix + connective), f"({listed})")]
        case Compare():
            name = dotted(each.path, column(condition.field))
            return [(name, prefix + operation(condition, values, nested=False))]
        case Not():
            raise AssertionError("the grammar has no double negation")
    assert_never(condition)


def node(condition: Condition, values: Values) -> str:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            connective = "and" if isinstance(condition, AllOf) else "or"
            return f"{connective}({','.join(node(part, values) for part in parts)})"
        case Not(Compare() as part):
            return f"{column(part.field)}.not.{operation(part, values, nested=True)}"
        case Not(part):
            return f"not.{node(part, values)}"
        case Compare():
            return f"{column(condition.field)}.{operation(condition, values, nested=True)}"
    assert_never(condition)


def operation(compare: Compare, values: Values, *, nested: bool) -> str:
    modifier = compare.quantifier or compare.language
    if compare.language == "":
        modifier = " "
    operator = compare.operator + (f"({modifier})" if modifier is not None else "")
    if compare.slot is None:
        return f"{operator}.{compare.state}"
    value = values[compare.slot]
    if isinstance(value, tuple):
        return f"{operator}.({','.join(map(quoted, value))})"
    text = str(value)
    return f"{operator}.{quoted(text) if nested else text}"


def ordering_pair(each: Ordering) -> tuple[str, str]:
    return dotted(each.path, "order"), ",".join(map(term, each.terms))


def term(each: OrderTerm) -> str:
    target = column(each.field)
    if each.relation is not None:
        target = f"{quoted(each.relation)}({target})"
    nulls = "" if each.nulls is None else f".nulls{each.nulls}"
    return target + (".desc" if each.descending else "") + nulls


def window_pairs(each: Window, values: Values) -> list[tuple[str, str]]:
    slots = (("limit", each.limit), ("offset", each.offset))
    return [
        (dotted(each.path, name), str(values[slot])) for name, slot in slots if slot is not None
    ]
