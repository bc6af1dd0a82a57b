"""The ``select`` parameter: columns, aggregates, embeds, spreads.

What cannot begin an item is left unread at the very start, so that nothing is selected;
further on it is refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, get_args

from autoapi.errors import too_deep, too_long
from autoapi.parse.fields import continue_field
from autoapi.parse.refusals import DASH, END, FIELD_NAME, LETTER_OR_DIGIT, Refused, token
from autoapi.parse.scanner import Scanner, are_plain
from autoapi.parse.types import (
    Aggregate,
    Field,
    Join,
    SelectAll,
    SelectEmbed,
    SelectField,
    SelectItem,
)

__all__ = ["MAX_EMBED_DEPTH", "read_select"]

# One embed is one subquery; people nest three or four. SQLAlchemy takes 15 calls for each.
MAX_EMBED_DEPTH = 32
MAX_ITEMS = 1_600  # no table of PostgreSQL has more columns
MAX_EMBEDS = 50  # 100 take most of a second to be written

AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)
JOINS: tuple[Join, ...] = get_args(Join)

# A bare column and what must follow it: most of what is ever selected.
BARE = re.compile(r" *(?:([\w$][\w $]*):)?([\w$][\w $]*)(?=[,)]|\Z)")
AFTER_ITEM = ('")"', '","', END)
BEGINNING = ('"*"', FIELD_NAME, '"count()"')  # after blanks
BEGINNING_AT_ONCE = ('"..."', FIELD_NAME, '"*"', '"count()"')


class Head(NamedTuple):
    """What stands before an embed's bracket."""

    relation: str
    alias: str | None
    hint: str | None
    join: Join | None


def read_select(scan: Scanner) -> tuple[SelectItem, ...]:
    """Read the whole parameter.

    >>> read_select(Scanner("id,total:sum.sum()", parameter="select parameter"))[1].aggregate
    'sum'
    """
    found = read_items(scan, 0)
    items, embeds = count_items(found)
    if embeds > MAX_EMBEDS:
        raise too_long("The list of embeds", MAX_EMBEDS)
    if items > MAX_ITEMS:
        raise too_long("select", MAX_ITEMS)
    return found


def count_items(items: tuple[SelectItem, ...]) -> tuple[int, int]:
    """How many there are on all levels, and how many of them are embeds."""
    count, embeds = len(items), 0
    for each in items:
        if isinstance(each, SelectEmbed):
            inside, nested = count_items(each.items)
            count, embeds = count + inside, embeds + 1 + nested
    return count, embeds


def read_items(scan: Scanner, depth: int) -> tuple[SelectItem, ...]:
    """Read items with commas between; ``depth`` is that of the brackets around them."""
    if depth > MAX_EMBED_DEPTH:
        raise too_deep("select", MAX_EMBED_DEPTH)
    items: list[SelectItem] = []
    while True:
        item = read_item(scan, depth, first=not items)
        if item is None:
            return ()
        items.append(item)
        blank = scan.spaces()
        if not scan.take(","):
            if blank:
                scan.fail(('","',))
            return tuple(items)
        scan.spaces()


def read_item(scan: Scanner, depth: int, *, first: bool) -> SelectItem | None:
    """Read one item; None where there is none."""
    bare = BARE.match(scan.text, scan.offset)
    if (
        bare is not None
        and (scan.plain or are_plain(bare[0]))
        and not (depth and bare.end() == len(scan.text))
    ):
        scan.offset = bare.end()
        return bare_column(bare[1], bare[2])
    blank = scan.spaces()
    if scan.starts_name():
        return read_named(scan, depth, first=first)
    start = scan.offset
    try:
        symbol = read_symbol(scan, depth, first=first, blank=blank)
    except Refused:
        if blank or depth or not first:
            raise
        scan.offset = start
        return None
    return read_bracketed(scan, symbol, depth, spread=True) if isinstance(symbol, Head) else symbol


def read_symbol(scan: Scanner, depth: int, *, first: bool, blank: bool) -> Head | SelectAll | None:
    """Read ``*`` or what begins a spread; None before the bracket that closes an empty list."""
    if scan.take("*"):
        end_item(scan, (), depth, first=first)
        return SelectAll()
    start = scan.offset
    if scan.take("..."):
        try:
            return read_head(scan, scan.name(), None)
        except Refused:
            if not blank:
                raise
            scan.offset = start
    if blank:
        scan.fail(BEGINNING)
    if first and depth and scan.peek(")"):
        return None
    if first:
        scan.fail((*BEGINNING_AT_ONCE, '")"'), word="...")
    return scan.fail(BEGINNING_AT_ONCE)


@lru_cache(maxsize=5_000)
def bare_column(alias: str | None, name: str) -> SelectField:
    """A column as most are selected; made once, since the same ones are asked for again."""
    return SelectField(Field(name.rstrip(" ")), alias and alias.rstrip(" "))


def read_named(scan: Scanner, depth: int, *, first: bool) -> SelectItem:
    """Read what begins with a name: a column, an aggregate or an embed."""
    start = scan.offset
    name = scan.name()
    alias = None
    if scan.peek(":") and not scan.peek("::"):
        scan.take(":")
        alias, start = name, scan.offset
        found = scan.try_name()
    else:
        found = name
    if found == "count":
        counted = try_count(scan, start, alias, depth, first=first)
        if counted is not None:
            return counted
    elif found is not None and (scan.peek("(") or scan.peek("!")):
        head = try_head(scan, found, alias)
        if head is not None:
            return read_bracketed(scan, head, depth, spread=False)
    if alias is not None:
        scan.offset = start
        name = scan.name() if scan.spaces() else scan.name('":"')
    return read_column(scan, name, alias, depth, first=first)


def try_count(
    scan: Scanner, start: int, alias: str | None, depth: int, *, first: bool
) -> SelectField | None:
    """Read ``count()::cast``; None with the cursor where it was."""
    before = scan.offset
    if not scan.text.startswith("count()", start):
        return None
    scan.offset = start + len("count()")
    try:
        cast = take_cast(scan)
        if not at_item_end(scan):
            scan.fail(())
    except Refused:
        scan.offset = before
        return None
    end_item(scan, ('"::"',) if cast is None else LETTER_OR_DIGIT, depth, first=first)
    return SelectField(None, alias, None, "count", cast)


def read_column(
    scan: Scanner, name: str, alias: str | None, depth: int, *, first: bool
) -> SelectField:
    """Read what follows a column's name: ``->path::cast.aggregate()::cast``."""
    field, more = continue_field(scan, name)
    if at_item_end(scan) and not (depth and scan.at_end()):
        return SelectField(field, alias)
    cast = take_cast(scan)
    more = (*more, '"::"') if cast is None else LETTER_OR_DIGIT
    aggregate = take_aggregate(scan)
    more = (*more, '"."') if aggregate is None else ()
    aggregate_cast = take_cast(scan)
    more = (*more, '"::"') if aggregate_cast is None else LETTER_OR_DIGIT
    end_item(scan, more, depth, first=first)
    # Without an aggregate a second cast says nothing, as in PostgREST.
    return SelectField(field, alias, cast, aggregate, aggregate_cast if aggregate else None)


def take_cast(scan: Scanner) -> str | None:
    """The type after ``::``: letters, digits, blanks, ``_`` and ``$``."""
    if not scan.peek(":"):
        return None
    if not scan.take("::"):
        scan.fail(('"::"',), word="::")
    start = scan.offset
    scan.offset = scan.plain_end(start)
    if scan.offset == start:
        scan.fail(LETTER_OR_DIGIT)
    return scan.text[start : scan.offset].strip()


def take_aggregate(scan: Scanner) -> Aggregate | None:
    """The aggregate after a dot."""
    if not scan.take("."):
        return None
    for name in AGGREGATES:
        if scan.take(name):
            if not scan.take("()"):
                scan.fail(('"()"',), word="()")
            return name
        # PostgREST's parser is committed by the first letter, but for those of max and min.
        if scan.peek(name[0]) and name[0] != "m":
            scan.fail((token(name),), word=name)
    return scan.fail([token(name) for name in AGGREGATES], word=AGGREGATES[0])


def at_item_end(scan: Scanner) -> bool:
    """Whether a comma, a closing bracket or nothing comes."""
    return scan.text[scan.offset : scan.offset + 1] in (",", ")", "")


def end_item(scan: Scanner, more: tuple[str, ...], depth: int, *, first: bool) -> None:
    """After an item comes another or the end; ``more`` is what could have continued it."""
    if scan.at_end() and depth:
        scan.fail((*more, *AFTER_ITEM) if first else ('","', '")"'))
    if not at_item_end(scan):
        scan.fail((*more, *AFTER_ITEM))


def try_head(scan: Scanner, relation: str, alias: str | None) -> Head | None:
    """Read the same; None with the cursor where it was if no bracket follows."""
    start, more = scan.offset, scan.more
    try:
        return read_head(scan, relation, alias)
    except Refused:
        scan.offset, scan.more = start, more
        return None


def read_head(scan: Scanner, relation: str, alias: str | None) -> Head:
    """Read ``!hint``, ``!inner``, ``!left`` in any order, before a bracket."""
    more = scan.more
    hint: str | None = None
    join: Join | None = None
    for _ in range(2):
        if not scan.take("!"):
            more = (*more, '"!"')
            break
        found = next((each for each in JOINS if scan.take(each)), None)
        if found is not None:
            join, more = join or found, ()
        elif scan.starts_name():
            given, more = scan.name(), scan.more
            hint = given if hint is None else hint
        else:
            scan.fail(('"left"', '"inner"', FIELD_NAME), word="left")
    if not scan.peek("("):
        if DASH in more and scan.peek("->"):
            raise Refused(scan.offset + 2, (), "'>'")
        scan.fail((*more, '"("'))
    return Head(relation, alias, hint, join)


def read_bracketed(scan: Scanner, head: Head, depth: int, *, spread: bool) -> SelectEmbed:
    """Read the items of an embed, in brackets."""
    scan.take("(")
    items = read_items(scan, depth + 1)
    if not scan.take(")"):
        scan.fail(('","', '")"'))
    return SelectEmbed(head.relation, items, head.alias, head.hint, head.join, spread)
