"""Columns with their arrows, as they stand in select, filters and order."""

from __future__ import annotations

import re

from autoapi.errors import too_deep
from autoapi.parse.refusals import END
from autoapi.parse.scanner import Scanner
from autoapi.parse.types import Field, JsonStep, Path

__all__ = ["ARROWS", "continue_field", "read_dotted", "read_field", "read_names", "read_path"]

MAX_STEPS = 100
ARROWS = ('"->>"', '"->"')
# A position is nothing but digits up to one of these; before a closing bracket it is a key.
AFTER_POSITION = ('"->"', '"::"', '"."', '","', END)
POSITION = re.compile(r"-?[0-9]+(?=->|::|\.|,|\Z)")
NEGATIVE = re.compile(r"-[0-9]*")
KEY = re.compile(r'(?!")[^(\-:.,>)]+(?:-(?!>)[^(\-:.,>)]+)*')
NO_KEY = ('"-"', "digit", "any non reserved character different from: .,>()")


def read_field(scan: Scanner) -> tuple[Field, tuple[str, ...]]:
    """Read ``column`` or ``column->key->>0``, and tell what could have continued it.

    >>> read_field(Scanner("data->tags->>0", parameter="select"))[0].output_name
    'tags'
    """
    scan.spaces()
    return continue_field(scan, scan.name())


def continue_field(scan: Scanner, name: str) -> tuple[Field, tuple[str, ...]]:
    """The same, once the column's name is read."""
    more = scan.more
    steps = read_steps(scan) if scan.peek("->") else ()
    field = Field(name, steps)
    if scan.spaces():
        return field, ()
    return field, ARROWS if steps else (*more, *ARROWS)


def read_steps(scan: Scanner) -> tuple[JsonStep, ...]:
    """Read the arrows after a column; none is fine."""
    steps: list[JsonStep] = []
    while scan.take("->"):
        as_text = scan.take(">")
        position = POSITION.match(scan.text, scan.offset)
        if position is not None:
            scan.offset = position.end()
            steps.append(JsonStep(position[0], True, as_text))
        else:
            steps.append(JsonStep(read_key(scan), False, as_text))
        if len(steps) > MAX_STEPS:
            raise too_deep("The path into JSON", MAX_STEPS)
    return tuple(steps)


def read_key(scan: Scanner) -> str:
    """Read what follows an arrow and is no position."""
    found = KEY.match(scan.text, scan.offset)
    if found is not None:
        return scan.dashed(found, ())
    if scan.peek('"'):
        return scan.quoted()
    negative = scan.match(NEGATIVE)
    if negative is None:
        scan.fail(NO_KEY)
    return scan.fail(("digit", *AFTER_POSITION) if len(negative[0]) > 1 else ("digit",))


def read_path(scan: Scanner) -> tuple[Path, Field]:
    """Read ``embed.embed.column->key``, the left side of a filter; what follows is left unread.

    >>> read_path(Scanner("lines.product.name", parameter="tree path"))
    (('lines', 'product'), Field(name='name', steps=()))
    """
    names = read_dotted(scan)
    return names[:-1], Field(names[-1], read_steps(scan))


def read_dotted(scan: Scanner) -> tuple[str, ...]:
    """Read names with dots between."""
    names = [scan.name()]
    while scan.take("."):
        names.append(scan.name())
    return tuple(names)


def read_names(scan: Scanner) -> tuple[str, ...]:
    """Read names with commas between, as in ``columns``; what follows is left unread.

    >>> read_names(Scanner('id,"a b"', parameter="columns parameter"))
    ('id', 'a b')
    """
    names = [scan.name()]
    while True:
        blank = scan.spaces()
        if not scan.take(","):
            if blank:
                scan.fail(('","',))
            return tuple(dict.fromkeys(names))
        scan.spaces()
        names.append(scan.name())
