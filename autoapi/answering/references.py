"""What an operation of a batch takes from the answers of those before it.

In a body ``{"$ref": "order.id"}`` stands for the value, in a path ``{order.id}`` for its text;
``order`` is the other operation's id, and what follows leads into what it answered with: keys,
and positions of a list. A list of one row needs no position.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec

from autoapi.errors import bad_batch, bad_reference

__all__ = ["Answered", "filled_body", "filled_path", "read_answered"]

Answered = Mapping[str, Any]
"""What operations answered with, by their ids."""

KEY = "$ref"
IN_PATH = re.compile(r"\{([A-Za-z_][\w-]*)((?:\.[^{}./?&=,]+)+)\}")
ENCODER = msgspec.json.Encoder(decimal_format="number")
DECODER = msgspec.json.Decoder(float_hook=Decimal)


def read_answered(body: bytes) -> Any:
    """An answer's body, to be referred to; numbers keep every digit."""
    try:
        return DECODER.decode(body)
    except msgspec.DecodeError:
        return None


def filled_body(body: bytes, answered: Answered) -> bytes:
    """A body with values in place of its references. Raises AUTO156 and AUTO157 (400)."""
    if KEY.encode() not in body:
        return body
    try:
        return ENCODER.encode(filled(DECODER.decode(body), answered))
    except (msgspec.DecodeError, RecursionError) as error:
        raise bad_batch(f"A body cannot be read: {error}") from error


def filled(value: Any, answered: Answered) -> Any:
    """A value with what it refers to, at any depth."""
    match value:
        case {"$ref": str(reference)} if len(value) == 1:
            name, _, rest = reference.partition(".")
            return find(name, rest, answered)
        case dict():
            return {key: filled(item, answered) for key, item in value.items()}
        case list():
            return [filled(item, answered) for item in value]
        case _:
            return value


def filled_path(path: str, answered: Answered, names: frozenset[str]) -> str:
    """A path with texts in place of its references to operations called ``names``.

    Other braces are the query's own, as in ``tags=cs.{a,b}``.
    """

    def text(match: re.Match[str]) -> str:
        if match[1] not in names:
            return match[0]
        value = find(match[1], match[2][1:], answered)
        return quote(value if isinstance(value, str) else ENCODER.encode(value).decode(), safe="")

    return IN_PATH.sub(text, path)


def find(name: str, rest: str, answered: Answered) -> Any:
    """What a reference leads to."""
    if name not in answered:
        raise bad_reference(name, rest, sorted(answered))
    value = answered[name]
    for part in rest.split("."):
        if isinstance(value, list) and not part.isdigit() and len(value) == 1:
            value = value[0]
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise bad_reference(name, rest, sorted(answered))
    return value
