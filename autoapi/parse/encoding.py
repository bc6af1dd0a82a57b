"""The address as it travels: parameters told apart, percent encoding undone."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from autoapi.errors import bad_request_text, nul_character

__all__ = ["decode_text", "split_query"]


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
