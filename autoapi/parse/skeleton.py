"""The fast door: plain values lifted out of a query string, the rest left as a key.

So ``id=eq.1`` and ``id=eq.2`` meet in one cache entry without being read; whatever is not
plain stays in the key, which costs a cache entry and never a wrong answer.
"""

from __future__ import annotations

from autoapi.parse.encoding import decode_text, split_query
from autoapi.parse.types import Value

__all__ = ["RESERVED", "is_plain", "plain_value", "skeleton"]

RESERVED = frozenset({"select", "columns", "on_conflict", "order", "limit", "offset", "and", "or"})
PLAIN_OPERATORS = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike"})
PATTERNS = frozenset({"like", "ilike"})


def skeleton(raw: str) -> tuple[str, list[str]]:
    """Tell a query string's plain values from the rest: (key, values still encoded).

    What stands for a plain parameter is one itself, so that no other, such as ``id=eq`` or
    ``limit``, has the same key.

    >>> skeleton("id=eq.7&order=id&limit=20")
    ('id=eq.&order=id&limit=1', ['eq.7', '20'])
    """
    key: list[str] = []
    values: list[str] = []
    for part in split_query(raw):
        name, _, text = part.partition("=")
        if is_plain(name, text):
            values.append(text)
            key.append(f"{name}={'1' if text.isdigit() else text[: text.index('.') + 1]}")
        else:
            key.append(part)
    return "&".join(key), values


def is_plain(name: str, text: str) -> bool:
    """Whether a parameter is one operator and one value, or a count of rows."""
    if name in ("limit", "offset"):
        digits = text.isdigit() and text.isascii() and len(text) < 19
        return digits and not (name == "limit" and text[0] == "0")
    operator, dot, _ = text.partition(".")
    return bool(dot) and operator in PLAIN_OPERATORS and name.rpartition(".")[2] not in RESERVED


def plain_value(text: str) -> Value:
    """The value of a parameter that ``skeleton`` lifted out.

    >>> plain_value("like.a*"), plain_value("20")
    ('a%', 20)
    """
    operator, dot, value = text.partition(".")
    if not dot:
        return int(text)
    if "%" in value or "+" in value:
        value = decode_text(value, "a filter")
    return value.replace("*", "%") if operator in PATTERNS else value
