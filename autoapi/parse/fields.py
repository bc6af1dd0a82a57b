"""Columns with their arrows, as they stand in select, filters and order."""

from __future__ import annotations

from autoapi.parse.scanner import Scanner
from autoapi.parse.types import Field, JsonStep

__all__ = ["parse_field", "parse_names", "parse_path"]

AFTER_INDEX = ("->", "::", ".", ",", ")")


def parse_field(scan: Scanner) -> Field:
    """Read ``column`` or ``column->key->>0``.

    >>> parse_field(Scanner("data->tags->>0", parameter="select")).output_name
    'tags'
    """
    scan.spaces()
    name = scan.name("a column name")
    field = Field(name, parse_steps(scan)) if scan.peek("->") else Field(name)
    scan.spaces()
    return field


def parse_path(text: str, parameter: str) -> tuple[tuple[str, ...], Field]:
    """Read ``embed.embed.column->key``, the left side of a filter.

    >>> parse_path("lines.product.name", "filter")
    (('lines', 'product'), Field(name='name', steps=()))
    """
    scan = Scanner(text, parameter=parameter)
    names = [scan.name()]
    while scan.take("."):
        names.append(scan.name())
    field = Field(names[-1], parse_steps(scan))
    scan.end()
    return tuple(names[:-1]), field


def parse_steps(scan: Scanner) -> tuple[JsonStep, ...]:
    """Read the arrows after a column; none is fine."""
    steps: list[JsonStep] = []
    while scan.peek("->"):
        as_text = scan.take("->>") or not scan.take("->")
        position = take_index(scan)
        key = position if position is not None else scan.json_key()
        steps.append(JsonStep(key, index=position is not None, as_text=as_text))
    return tuple(steps)


def take_index(scan: Scanner) -> str | None:
    """A position such as ``0`` or ``-1``, when nothing but digits stands there."""
    start = scan.offset
    sign = "-" if scan.take("-") else ""
    digits_start = scan.offset
    while scan.offset < len(scan.text) and scan.text[scan.offset] in "0123456789":
        scan.offset += 1
    digits = scan.text[digits_start : scan.offset]
    if digits and (scan.at_end() or scan.text.startswith(AFTER_INDEX, scan.offset)):
        return sign + digits
    scan.offset = start
    return None


def parse_names(text: str, parameter: str) -> tuple[str, ...]:
    """Read a comma separated list of names, as in ``columns`` and ``on_conflict``.

    >>> parse_names('id,"a b"', "columns")
    ('id', 'a b')
    """
    scan = Scanner(text, parameter=f"{parameter} parameter")
    names = [scan.name()]
    scan.spaces()
    while scan.take(","):
        scan.spaces()
        names.append(scan.name())
        scan.spaces()
    scan.end()
    return tuple(dict.fromkeys(names))
