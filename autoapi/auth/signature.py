"""A token's three parts, and whether one of the keys signed them.

The header only chooses among the keys that fit it; it never makes one fit. What is
wrong is told as PostgREST tells it, PGRST301 with its messages and details.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from autoapi.auth.keys import ALGORITHMS, Key
from autoapi.errors import bad_token

__all__ = ["Token", "names_unknown_key", "read_token", "verify_signature"]

MAX_TOKEN = 65_536  # bytes; a longer one is not even decoded
UNDECODABLE = "JWT cryptographic operation failed"
WRONG_KEY = "No suitable key or wrong key type"
PADDING = b"==="


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the right form. Nothing of it is trusted until a key has verified it."""

    algorithm: str
    key_name: str | None
    payload: bytes
    signed: bytes  # what the signature is of
    signature: bytes


class Header(msgspec.Struct):
    """What of a token's header counts; more may be there."""

    alg: str
    typ: str | None = None
    cty: str | None = None
    kid: str | None = None
    enc: msgspec.Raw | None = None
    crit: msgspec.Raw | None = None  # what must be understood, of which we know nothing


HEADERS = msgspec.json.Decoder(Header)


def read_token(token: bytes) -> Token:
    """Take a token apart. Raises PGRST301 (401) for what is none."""
    if not token:
        raise bad_token("Empty JWT is sent in Authorization header")
    parts = token.count(b".") + 1
    if parts != 3:
        raise bad_token(f"Expected 3 parts in JWT; got {parts}")
    if len(token) > MAX_TOKEN:
        raise bad_token(UNDECODABLE)
    head, payload, signature = token.split(b".")
    try:
        header = HEADERS.decode(decode_part(head))
        content = decode_part(payload)
        if header.alg == "none":
            raise bad_token(
                "Wrong or unsupported encoding algorithm",
                "JWT is unsecured but expected 'alg' was not 'none'",
            )
        proof = decode_part(signature)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, binascii.Error):
        raise bad_token(UNDECODABLE) from None
    beyond_us = header.enc is not None or header.crit is not None  # RFC 7515, 4.1.11
    if header.alg not in ALGORITHMS or beyond_us:
        raise bad_token(UNDECODABLE)
    return Token(header.alg, header.kid, content, head + b"." + payload, proof)


def decode_part(part: bytes) -> bytes:
    """One part out of base64url without padding. Raises binascii.Error for anything else."""
    if b"=" in part or b"+" in part or b"/" in part:
        raise binascii.Error("not base64url without padding")
    padded = part.translate(bytes.maketrans(b"-_", b"+/")) + PADDING[: -len(part) % 4]
    return base64.b64decode(padded, validate=True)


def verify_signature(token: Token, keys: Iterable[Key]) -> None:
    """Let a token pass that one of the keys signed.

    Raises PGRST301 (401) when none of them fits it, or none that fits signed it.
    """
    fitting = [key for key in keys if key.fits(token.algorithm, token.key_name)]
    if not fitting:
        raise bad_token(WRONG_KEY, "No suitable key was found to decode the JWT")
    for key in fitting:
        if key.verifies(token.algorithm, token.signed, token.signature):
            return
    raise bad_token(WRONG_KEY, "None of the keys was able to decode the JWT")


def names_unknown_key(token: Token, keys: Iterable[Key]) -> bool:
    """Whether it names a key that is not among these, as after a rotation."""
    return token.key_name is not None and all(key.name != token.key_name for key in keys)
