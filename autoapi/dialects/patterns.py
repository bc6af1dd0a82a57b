"""Regular expressions on SQLite, by RE2: its time grows with the text alone, whatever the pattern.

Python's own can be made to run for hours by a pattern of twenty characters. RE2 knows
neither back references nor looking ahead, which PostgreSQL does.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from autoapi.errors import ApiError

__all__ = ["check_pattern", "pattern_matches"]

# PostgreSQL's words for edges of words, and of the text, that RE2 spells otherwise.
SPELLINGS = (("\\y", "\\b"), ("\\Y", "\\B"), ("\\Z", "\\z"))


def check_pattern(pattern: str) -> str:
    """A pattern that can be used. Raises 2201B (400) for another."""
    compiled(pattern, True)
    return pattern


def pattern_matches(pattern: Any, text: Any, same_case: int) -> int | None:
    """Whether a text has a part that fits: 1 or 0, None where there is no text."""
    if text is None or pattern is None:
        return None
    return int(compiled(pattern, bool(same_case)).search(str(text)) is not None)


@lru_cache(maxsize=500)
def compiled(pattern: str, same_case: bool) -> Any:
    """The pattern, ready to be used; a dot stands for a line's end too, as in PostgreSQL."""
    options = re2.Options()
    options.dot_nl = True
    options.case_sensitive = same_case
    options.log_errors = False
    try:
        return re2.compile(respelt(pattern), options)
    except re2.error as error:
        [reason] = error.args
        told = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ApiError("2201B", 400, f"invalid regular expression: {told}") from None


def respelt(pattern: str) -> str:
    """The pattern with PostgreSQL's escapes in RE2's words."""
    if "\\" not in pattern:
        return pattern
    words = dict(SPELLINGS)
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        width = 2 if pattern[at] == "\\" else 1
        part = pattern[at : at + width]
        parts.append(words.get(part, part))
        at += width
    return "".join(parts)
