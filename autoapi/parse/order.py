"""The ``order`` parameter."""

from __future__ import annotations

import re
from functools import lru_cache

from autoapi.errors import too_long
from autoapi.parse.fields import read_field
from autoapi.parse.refusals import DELIMITER, END, Refused
from autoapi.parse.scanner import Scanner, are_plain
from autoapi.parse.types import Field, Nulls, OrderTerm

__all__ = ["read_order"]

MAX_TERMS = 100
DIRECTIONS = ('"asc"', '"desc"')
NULLS = ('"nullsfirst"', '"nullslast"')
AFTER_TERM = ('","', END)
NULLS_OF: dict[str, Nulls] = {"nullsfirst": "first", "nullslast": "last"}
# A bare column and what may follow it: most of what is ever sorted by.
BARE = re.compile(r" *([\w$][\w $]*)(?:\.(asc|desc))?(?:\.(nullsfirst|nullslast))?(?=,|\Z)")


def read_order(scan: Scanner) -> tuple[OrderTerm, ...]:
    """Read the parameter in one pass.

    >>> read_order(Scanner('price.desc.nullslast,"unit.name"', parameter="order"))[0].nulls
    'last'

    Raises Refused with the offset of the first character it cannot use, AUTO109 (414).
    """
    terms = [read_term(scan)]
    while scan.take(","):
        terms.append(read_term(scan))
    if len(terms) > MAX_TERMS:
        raise too_long("The list of order", MAX_TERMS)
    return tuple(terms)


def read_term(scan: Scanner) -> OrderTerm:
    """Read ``column.desc.nullslast`` or ``relation(column).desc``."""
    bare = BARE.match(scan.text, scan.offset)
    if bare is not None and (scan.plain or are_plain(bare[1])):
        scan.offset = bare.end()
        return bare_term(*bare.groups())
    field, more = read_field(scan)
    if more and not field.steps and scan.peek("("):
        related = try_related(scan, field.name)
        if related is not None:
            return related
    return finish(scan, field, None, more)


@lru_cache(maxsize=1_000)
def bare_term(name: str, direction: str | None, nulls: str | None) -> OrderTerm:
    """A term as most are; made once, since the same ones are asked for again."""
    first_or_last: Nulls | None = None if nulls is None else NULLS_OF[nulls]
    return OrderTerm(Field(name.rstrip(" ")), None, direction == "desc", first_or_last)


def try_related(scan: Scanner, relation: str) -> OrderTerm | None:
    """Read what follows a relation's name; None with the cursor where it was if it is no such."""
    start = scan.offset
    scan.take("(")
    try:
        field, _ = read_field(scan)
        if scan.take(")"):
            return finish(scan, field, relation, ())
    except Refused:
        pass
    scan.offset = start
    return None


def finish(scan: Scanner, field: Field, relation: str | None, more: tuple[str, ...]) -> OrderTerm:
    """Read direction and nulls, after which comes another term or nothing."""
    descending = scan.take(".desc")
    directed = descending or scan.take(".asc")
    nulls: Nulls | None = None
    if scan.take(".nullsfirst"):
        nulls = "first"
    elif scan.take(".nullslast"):
        nulls = "last"
    if not (scan.at_end() or scan.peek(",")):
        if nulls is not None:
            scan.fail(AFTER_TERM)
        if not scan.peek("."):
            scan.fail((*(() if directed else more), DELIMITER, *AFTER_TERM))
        if directed:
            scan.fail(NULLS, at=scan.offset + 1, word="nullsfirst")
        scan.fail((*DIRECTIONS, *NULLS), at=scan.offset + 1, word="asc")
    return OrderTerm(field, relation, descending, nulls)
