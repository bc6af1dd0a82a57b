"""JSON as PostgreSQL's jsonb compares it: an order of all values, and containment.

SQLite compares JSON as the text it is, so that 9 is greater than 10.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from autoapi.errors import ApiError

__all__ = ["check_json", "json_contains", "json_order"]

RANKS = {type(None): b"\x01", str: b"\x02", int: b"\x03", float: b"\x03", bool: b"\x04"}
LIST, OBJECT = b"\x05", b"\x06"
SIGN = 1 << 63
ALL_BITS = (1 << 64) - 1


def check_json(text: str) -> str:
    """A text that is JSON. Raises 22P02 (400) for another."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise ApiError(
            "22P02",
            400,
            "invalid input syntax for type json",
            details=f'"{text[:200]}" is not JSON.',
        ) from None
    return text


def json_order(text: Any) -> str | None:
    """A text that sorts, and is equal, where the JSON does as jsonb; None for what is no JSON.

    Null comes before texts, they before numbers, booleans, lists and objects. Numbers are
    compared as doubles.

    >>> json_order("9") < json_order("10"), json_order('{"a": 1}') == json_order('{"a":1.0}')
    (True, True)
    """
    if not isinstance(text, str):
        return None
    try:
        return ordered(msgspec.json.decode(text)).hex()
    except (msgspec.DecodeError, RecursionError, ValueError, OverflowError):
        return None


def ordered(value: Any) -> bytes:
    """A value as bytes that sort as it does."""
    match value:
        case dict():
            pairs = sorted(value.items(), key=lambda pair: (len(pair[0].encode()), pair[0]))
            inner = b"".join(ordered(key) + ordered(item) for key, item in pairs)
            return OBJECT + len(value).to_bytes(4) + inner
        case list():
            return LIST + len(value).to_bytes(4) + b"".join(map(ordered, value))
        case str():
            return RANKS[str] + value.encode() + b"\x00"
        case bool():
            return RANKS[bool] + value.to_bytes(1)
        case int() | float():
            return RANKS[float] + ordered_number(float(value))
        case _:
            return RANKS[type(None)]


def ordered_number(number: float) -> bytes:
    """A double's bits, made to sort: of negative ones all turned round, else the sign."""
    [bits] = struct.unpack(">Q", struct.pack(">d", number + 0.0))
    return int(bits ^ (ALL_BITS if bits & SIGN else SIGN)).to_bytes(8)


def json_contains(whole: Any, part: Any) -> int | None:
    """Whether one JSON text contains another, as ``@>`` of jsonb: 1 or 0; None for no JSON.

    >>> json_contains('{"a": [1, 2], "b": 3}', '{"a": [2]}'), json_contains("[1]", "1")
    (1, 1)
    """
    if not isinstance(whole, str) or not isinstance(part, str):
        return None
    try:
        outer, inner = msgspec.json.decode(whole), msgspec.json.decode(part)
    except (msgspec.DecodeError, RecursionError):
        return None
    if isinstance(outer, list) and not isinstance(inner, list | dict):
        inner = [inner]  # a list may contain a bare value, on the outside alone
    return int(contains(outer, inner))


def contains(outer: Any, inner: Any) -> bool:
    """Whether a value has all that another has."""
    match outer, inner:
        case dict(), dict():
            return all(key in outer and contains(outer[key], item) for key, item in inner.items())
        case list(), list():
            return all(any(contains(each, item) for each in outer) for item in inner)
        case (dict() | list(), _) | (_, dict() | list()):
            return False
        case _:
            return ordered(outer) == ordered(inner)
