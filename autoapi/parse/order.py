"""The ``order`` parameter."""

from __future__ import annotations

from autoapi.parse.fields import parse_field
from autoapi.parse.scanner import Scanner
from autoapi.parse.types import Nulls, OrderTerm

__all__ = ["parse_order"]


def parse_order(text: str) -> tuple[OrderTerm, ...]:
    """Read the parameter in one pass.

    >>> parse_order('price.desc.nullslast,"unit.name"')[0].nulls
    'last'

    Raises PGRST100 with the offset of the first character it cannot use.
    """
    scan = Scanner(text, parameter="order")
    terms = [parse_term(scan)]
    while scan.take(","):
        terms.append(parse_term(scan))
    scan.end()
    return tuple(terms)


def parse_term(scan: Scanner) -> OrderTerm:
    """Read ``column.desc.nullslast`` or ``relation(column).desc``."""
    field = parse_field(scan)
    relation = None
    if not field.steps and scan.take("("):
        relation, field = field.name, parse_field(scan)
        scan.need(")")
    descending = scan.take(".desc")
    if not descending:
        scan.take(".asc")
    nulls: Nulls | None = None
    if scan.take(".nullsfirst"):
        nulls = "first"
    elif scan.take(".nullslast"):
        nulls = "last"
    scan.spaces()
    if not (scan.at_end() or scan.peek(",")):
        scan.fail('".asc", ".desc", ".nullsfirst", ".nullslast", "," or end of input')
    return OrderTerm(field, relation, descending, nulls)
