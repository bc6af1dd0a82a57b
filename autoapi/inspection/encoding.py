"""A tree as JSON and back, and its fingerprint.

Parts stand in lists named after their kind: ``{"name": "shop", "columns": [...]}``.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from autoapi.inspection.things import KINDS, Property, Thing

__all__ = ["decode_thing", "encode_thing", "thing_fingerprint"]

SINGULAR = {kind.plural: name for name, kind in KINDS.items()}


def plain(thing: Thing) -> dict[str, Any]:
    """A thing as dicts and lists."""
    made: dict[str, Any] = {"name": thing.name, **dict(thing.properties)}
    for part in thing.parts:
        made.setdefault(KINDS[part.kind].plural, []).append(plain(part))
    return made


def unplain(kind: str, made: dict[str, Any]) -> Thing:
    """The thing again."""
    known = KINDS[kind].properties
    properties = tuple((name, frozen(made[name])) for name in known if name in made)
    parts = tuple(
        unplain(SINGULAR[plural], part)
        for plural, listed in made.items()
        if plural in SINGULAR and plural not in known
        for part in listed
    )
    return Thing(kind, made["name"], properties, parts)


def frozen(value: Any) -> Property:
    """A property as a tree holds it."""
    return tuple(value) if isinstance(value, list) else value


def encode_thing(thing: Thing) -> bytes:
    """A tree as indented JSON, UTF-8, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(plain(thing)), indent=2) + b"\n"


def decode_thing(text: bytes, kind: str = "database") -> Thing:
    """Read what :func:`encode_thing` wrote. Raises ``ValueError`` for anything else.

    >>> shop = Thing.of("database", "shop", (Thing.of("schema", "public"),), dialect="sqlite")
    >>> decode_thing(encode_thing(shop)) == shop
    True
    """
    try:
        return unplain(kind, msgspec.json.decode(text))
    except (KeyError, TypeError, AttributeError, msgspec.DecodeError) as error:
        raise ValueError(f"this is no inspection: {error}") from error


def thing_fingerprint(thing: Thing) -> str:
    """32 hexadecimal digits that differ when anything in the tree does."""
    return hashlib.sha256(msgspec.json.encode(plain(thing))).hexdigest()[:32]
