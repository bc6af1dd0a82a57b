"""A catalogue as JSON and back, and its fingerprint.

The order is the catalogue's own, so the same database gives the same bytes.
"""

from __future__ import annotations

import hashlib

import msgspec

from autoapi.catalogue.types import Catalogue

__all__ = ["decode_catalogue", "encode_catalogue", "fingerprint"]

# Derived when a catalogue is made, or by rules for one caller; never written.
DERIVED = frozenset(
    {"by_key", "by_name", "guard", "hidden", "bars", "locked", "stored", "searched", "internal"}
)


def plain(value: object) -> object:
    """Frozen data as lists and dicts, without what is derived."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    slots = getattr(value, "__dataclass_fields__", None)
    if slots is None:
        return value
    return {name: plain(getattr(value, name)) for name in slots if name not in DERIVED}


def encode_catalogue(catalogue: Catalogue) -> bytes:
    """The catalogue as indented JSON, UTF-8."""
    return msgspec.json.format(msgspec.json.encode(plain(catalogue)), indent=2) + b"\n"


def decode_catalogue(text: bytes) -> Catalogue:
    """Read what :func:`encode_catalogue` wrote. Raises ``msgspec.ValidationError`` otherwise."""
    return msgspec.json.decode(text, type=Catalogue)


def fingerprint(catalogue: Catalogue) -> str:
    """32 hexadecimal digits that differ when anything in the catalogue does."""
    return hashlib.sha256(msgspec.json.encode(plain(catalogue))).hexdigest()[:32]
