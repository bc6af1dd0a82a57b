"""A column's default as a JSON value, where the SQL expression is one."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from autoapi.catalogue import Column

__all__ = ["NO_LITERAL", "literal_default"]

NO_LITERAL: Final = object()
"""What stands for a default that is not a literal; null can be one."""

# 'text' with quotes doubled, and PostgreSQL's cast after it: 'new'::character varying(9)
QUOTED: Final = re.compile(r"'((?:[^']|'')*)'(?:::[\w\s\".(),\[\]]+)?")
NUMBER: Final = re.compile(r"\(?(-?\d+(?:\.\d+)?)\)?(?:::[\w\s\".(),]+)?")
NULL: Final = re.compile(r"null(?:::[\w\s\".(),\[\]]+)?", re.IGNORECASE)
MAX_LITERAL: Final = 200  # characters; longer ones would fill the page

TRUE: Final = frozenset({"true", "t", "1", "yes", "on"})
FALSE: Final = frozenset({"false", "f", "0", "no", "off"})


def literal_default(column: Column) -> object:
    """The default as a value of the column's JSON type, or ``NO_LITERAL``."""
    if column.default is None or len(column.default) > MAX_LITERAL:
        return NO_LITERAL
    if NULL.fullmatch(column.default.strip()) is not None:
        return None
    text = unquoted(column.default.strip())
    if text is None:
        return NO_LITERAL
    match column.type.kind:
        case "integer":
            return whole_number(text)
        case "number":
            return number(text)
        case "boolean":
            return truth(text.lower())
        case "json":
            return decoded(text)
        case "enum":
            return text if text in column.type.labels else NO_LITERAL
        case "text" | "date" | "uuid":
            return text if "'" in column.default else NO_LITERAL
        case "array":
            return [] if text == "{}" else NO_LITERAL
        case _:
            return NO_LITERAL


def unquoted(expression: str) -> str | None:
    """The text of a literal; None for an expression that is none."""
    quoted = QUOTED.fullmatch(expression)
    if quoted is not None:
        return quoted[1].replace("''", "'")
    plain = NUMBER.fullmatch(expression)
    if plain is not None:
        return plain[1]
    return expression if expression.lower() in ("true", "false") else None


def whole_number(text: str) -> object:
    """An integer of 64 bits."""
    found = number(text)
    fits = isinstance(found, int) and -(2**63) <= found < 2**63
    return found if fits else NO_LITERAL


def number(text: str) -> object:
    """A number, a whole one as an integer."""
    if NUMBER.fullmatch(text) is None:
        return NO_LITERAL
    plain = text.strip("()")
    return float(plain) if "." in plain else int(plain)


def truth(text: str) -> object:
    """A boolean in any spelling of PostgreSQL's."""
    if text in TRUE:
        return True
    return False if text in FALSE else NO_LITERAL


def decoded(text: str) -> object:
    """JSON that stands in a text."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return NO_LITERAL
