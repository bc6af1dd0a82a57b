"""PostgreSQL's text form of an array, read: ``{a,"b,c",NULL}``.

SQLite has no arrays, but ``any`` and ``all`` take their values in this form.
"""

from __future__ import annotations

import re

from autoapi.errors import ApiError

__all__ = ["read_array"]

BLANK = re.compile(r"[ \t\n\r\v\f]*")
# A quoted element, or one that ends before a comma, brace or quote; a backslash makes
# the next character plain in both.
ELEMENT = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<bare>(?:[^"\\{},]|\\.)*+)(?=[,}])', re.DOTALL
)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_array(text: str) -> list[str | None]:
    """The elements in their order, those of nested arrays too, as ``any`` sees them.

    >>> read_array('{a, "b,c" ,{d,NULL}}')
    ['a', 'b,c', 'd', None]

    Raises 22P02 (400) where PostgreSQL does.
    """
    elements: list[str | None] = []
    at = skip(text, 0)
    if not text.startswith("{", at):
        details = 'Array value must start with "{" or dimension information.'
        raise malformed(text, details)
    depth = 0
    while True:
        at = skip(text, at)
        if text.startswith("{", at):
            depth += 1
            at = skip(text, at + 1)
            if not text.startswith("}", at):
                continue
        else:
            found = ELEMENT.match(text, at)
            if found is None:
                raise unexpected(text, at)
            elements.append(element(text, found))
            at = skip(text, found.end())
        while depth and text.startswith("}", at):
            depth -= 1
            at = skip(text, at + 1)
        if depth == 0:
            break
        if not text.startswith(",", at):
            raise unexpected(text, at)
        at += 1
    if at < len(text):
        raise malformed(text, "Junk after closing right brace.")
    return elements


def skip(text: str, at: int) -> int:
    """Where the blanks end."""
    found = BLANK.match(text, at)
    return at if found is None else found.end()


def element(text: str, found: re.Match[str]) -> str | None:
    """One element's value."""
    if found["quoted"] is not None:
        return ESCAPED.sub(r"\1", found["quoted"])
    bare = found["bare"].rstrip(" \t\n\r\v\f")
    if not bare:
        raise unexpected(text, found.end())
    return None if bare.upper() == "NULL" else ESCAPED.sub(r"\1", bare)


def unexpected(text: str, at: int) -> ApiError:
    """What stands at an offset cannot stand there."""
    character = text[at : at + 1]
    if character in ("{", "}", ","):
        return malformed(text, f'Unexpected "{character}" character.')
    ends = not any(mark in text[at:] for mark in '{},"')
    return malformed(
        text, "Unexpected end of input." if ends else "Incorrectly quoted array element."
    )


def malformed(text: str, details: str) -> ApiError:
    """The text is no array, as PostgreSQL says it."""
    return ApiError("22P02", 400, f'malformed array literal: "{text}"', details=details)
