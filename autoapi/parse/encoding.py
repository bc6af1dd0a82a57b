"""The address as it travels: parameters told apart, percent encoding undone."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from autoapi.errors import bad_request_text, nul_character

__all__ = ["canonical_query", "decode_text", "split_query"]

# One parameter without anything to undo or to encode.
CANONICAL = re.compile(r"[A-Za-z0-9_.~-]+=[A-Za-z0-9_.~-]*")


def split_query(raw: str) -> list[str]:
    """The parameters of a query string, still encoded; a semicolon parts them too, as in PostgREST.

    >>> split_query("id=eq.7&order=id;limit=20")
    ['id=eq.7', 'order=id', 'limit=20']
    """
    return (raw.replace(";", "&") if ";" in raw else raw).split("&")


def decode_text(raw: str, where: str) -> str:
    """Undo percent encoding, ``+`` being a blank; a percent sign without two digits stays.

    >>> decode_text("100%+%26+more%", "a filter")
    '100% & more%'

    Raises PGRST100 (400) for bytes that are not UTF-8, 22021 (400) for U+0000.
    """
    text = raw.replace("+", " ") if "+" in raw else raw
    if "%" in text or not text.isascii():
        try:
            text = unquote_to_bytes(text.encode("latin-1", "replace")).decode("utf-8")
        except UnicodeDecodeError as error:
            raise bad_request_text(where, "it is not UTF-8") from error
    if "\x00" in text:
        raise nul_character(where)
    return text


def canonical_query(raw: str) -> str:
    """A query string as ``Content-Location`` shows it: by name, each once, encoded anew.

    Bytes beyond ASCII are taken for characters and encoded as such, as in PostgREST.

    >>> canonical_query("b=1&select=id,name&b=2&c")
    'b=1,2&c=&select=id%2Cname'
    """
    if not raw or CANONICAL.fullmatch(raw):
        return raw
    values: dict[str, list[str]] = {}
    for part in split_query(raw):
        name, _, text = part.partition("=")
        if part:
            values.setdefault(encoded_anew(name), []).append(encoded_anew(text))
    pairs = sorted(values.items(), key=lambda pair: unquote_to_bytes(pair[0]))
    return "&".join(f"{name}={','.join(texts)}" for name, texts in pairs)


def encoded_anew(raw: str) -> str:
    """A part of an address with everything encoded that may be."""
    octets = unquote_to_bytes(raw.replace("+", " ").encode("latin-1", "replace"))
    return quote(octets.decode("latin-1"), safe="")
