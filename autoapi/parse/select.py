"""The ``select`` parameter: columns, aggregates, embeds, spreads."""

from __future__ import annotations

from typing import get_args

from autoapi.errors import bad_parameter, too_deep
from autoapi.parse.fields import parse_field
from autoapi.parse.scanner import Scanner
from autoapi.parse.types import (
    Aggregate,
    Join,
    SelectAll,
    SelectEmbed,
    SelectField,
    SelectItem,
)

__all__ = ["MAX_EMBED_DEPTH", "parse_select"]

# One embed is one subquery; people nest three or four.
MAX_EMBED_DEPTH = 16

AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)
JOINS: dict[str, Join] = {"inner": "inner", "left": "left"}


def parse_select(text: str) -> tuple[SelectItem, ...]:
    """Read the whole parameter; an empty one selects nothing.

    >>> parse_select("id,total:sum.sum()")[1].aggregate
    'sum'
    """
    scan = Scanner(text, parameter="select parameter")
    items = parse_items(scan, depth=0)
    scan.end()
    return items


def parse_items(scan: Scanner, depth: int) -> tuple[SelectItem, ...]:
    """Read items up to a closing bracket or the end."""
    if depth > MAX_EMBED_DEPTH:
        raise too_deep("select", MAX_EMBED_DEPTH)
    scan.spaces()
    if scan.at_end() or scan.peek(")"):
        return ()
    items = [parse_item(scan, depth)]
    while scan.take(","):
        items.append(parse_item(scan, depth))
    return tuple(items)


def parse_item(scan: Scanner, depth: int) -> SelectItem:
    """Read one column, aggregate, embed or spread."""
    scan.spaces()
    if scan.take("..."):
        return parse_embed(scan, alias=None, relation=scan.name(), depth=depth, spread=True)
    if scan.take("*"):
        scan.spaces()
        return SelectAll()
    alias = take_alias(scan)
    start = scan.offset
    name = scan.name("a column, a relation or *")
    if scan.peek("!") or (scan.peek("(") and name != "count"):
        return parse_embed(scan, alias=alias, relation=name, depth=depth, spread=False)
    scan.offset = start
    return parse_column(scan, alias)


def take_alias(scan: Scanner) -> str | None:
    """The name before a single colon, if one stands here."""
    start = scan.offset
    if not scan.peek("count()"):
        name = scan.name("a column, a relation or *")
        if scan.peek(":") and not scan.peek("::"):
            scan.take(":")
            return name
    scan.offset = start
    return None


def parse_column(scan: Scanner, alias: str | None) -> SelectField:
    """Read ``column->path::cast.aggregate()::cast`` or ``count()``."""
    if scan.take("count()"):
        return finish(scan, SelectField(None, alias, None, "count", take_cast(scan)))
    field = parse_field(scan)
    cast = take_cast(scan)
    if not scan.take("."):
        return finish(scan, SelectField(field, alias, cast))
    for aggregate in AGGREGATES:
        if scan.take(f"{aggregate}()"):
            found = SelectField(field, alias, cast, aggregate, take_cast(scan))
            return finish(scan, found)
    return scan.fail(" or ".join(f'"{name}()"' for name in AGGREGATES))


def finish(scan: Scanner, item: SelectField) -> SelectField:
    """After a column comes a comma, a closing bracket, or nothing."""
    scan.spaces()
    if not (scan.at_end() or scan.peek(",") or scan.peek(")")):
        scan.fail('",", ")" or end of input')
    return item


def take_cast(scan: Scanner) -> str | None:
    """The type after ``::``: letters, digits, blanks, ``_`` and ``$``."""
    if not scan.take("::"):
        return None
    start = scan.offset
    while not scan.at_end():
        character = scan.text[scan.offset]
        if not (character.isalnum() or character in "_ $"):
            break
        scan.offset += 1
    found = scan.text[start : scan.offset].strip()
    return found or scan.fail("a type name")


def parse_embed(
    scan: Scanner, *, alias: str | None, relation: str, depth: int, spread: bool
) -> SelectEmbed:
    """Read what follows a relation's name: ``!hint``, ``!inner``, ``!left``, ``(items)``."""
    hint: str | None = None
    join: Join | None = None
    for _ in range(2):
        if not scan.take("!"):
            break
        start = scan.offset
        word = scan.name("a hint, inner or left")
        if word in JOINS:
            join = join or JOINS[word]
        elif hint is None:
            hint = word
        else:
            raise bad_parameter(scan.parameter, scan.text, start, "one hint")
    scan.need("(")
    items = parse_items(scan, depth + 1)
    scan.need(")")
    scan.spaces()
    return SelectEmbed(relation, items, alias=alias, hint=hint, join=join, spread=spread)
