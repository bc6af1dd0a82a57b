"""Which rows of a list: ``limit``, ``offset`` and the ``Range`` header, as one span.

They are intervals of row numbers that are intersected, as in PostgREST, whose outcomes for
odd numbers follow from that: an offset below 0 shortens the limit, what is no number bounds
nothing, and a limit of 0 beside an offset is refused.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from autoapi.errors import ApiError, bad_range, number_too_large

__all__ = ["Span", "embedded_count", "read_span"]

MAX_BIGINT = 2**63 - 1
HEADER = re.compile(r"([0-9]+)-([0-9]*)")
NUMBER = re.compile(r"\s*(-?[0-9]+)\s*")


class Span(NamedTuple):
    """Rows from ``offset`` on, at most ``limit``."""

    offset: int = 0
    limit: int | None = None


class Interval(NamedTuple):
    """Row numbers from ``first`` to ``last``, both in it; no last one when that is None."""

    first: int = 0
    last: int | None = None

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        return self.last is not None and self.last < self.first


def read_span(limit: str | None, offset: str | None, header: str | None) -> Span:
    """The rows that all three let through; None for one that is not given.

    >>> read_span("5", "2", None), read_span(None, "1", "0-3"), read_span("9", "-4", None)
    (Span(offset=2, limit=5), Span(offset=1, limit=3), Span(offset=0, limit=5))

    Raises PGRST103 (416) when there are none, but for a limit of 0; 22003 (400) for numbers
    that a database cannot take.
    """
    asked = read_interval(limit, offset)
    sent = read_header(header)
    if asked.last == -1:
        return Span(0, 0)
    last = min((each for each in (asked.last, sent.last) if each is not None), default=None)
    both = Interval(max(asked.first, sent.first), last)
    if sent.empty:
        raise bad_range(
            "The lower boundary must be lower than or equal to the upper boundary"
            " in the Range header."
        )
    if asked.empty or both.empty:
        raise bad_range("Limit should be greater than or equal to zero.")
    span = Span(both.first, None if both.last is None else both.last - both.first + 1)
    for number in span:
        if number is not None and number > MAX_BIGINT:
            raise number_too_large(str(number))
    return span


def read_interval(limit: str | None, offset: str | None) -> Interval:
    """What the parameters ask for. A limit that is no number is none, but beside an offset 0."""
    most, start = read_number(limit), read_number(offset)
    if limit is None or offset is None:
        return Interval(start or 0, None if most is None else most - 1)
    return Interval(start or 0, (start or 0) + (most or 0) - 1)


def read_header(text: str | None) -> Interval:
    """What a ``Range`` header asks for; one of another form asks for nothing."""
    match = HEADER.fullmatch(text) if text is not None else None
    if match is None:
        return Interval()
    first, last = match.groups()
    return Interval(bounded(first), bounded(last) if last else None)


def read_number(text: str | None) -> int | None:
    """A whole number, if the text is one."""
    match = NUMBER.fullmatch(text) if text is not None else None
    return None if match is None else bounded(match.group(1))


def bounded(digits: str) -> int:
    """Digits as a number; Python refuses to read thousands of them."""
    return int(digits) if len(digits) < 40 else (-(10**40) if digits[0] == "-" else 10**40)


def embedded_count(name: str, text: str) -> int | None:
    """The limit or offset of an embed, which the database reads itself; None for no number.

    Raises 2201W or 2201X (400) below 0, 22003 (400) for one that it cannot take.
    """
    number = read_number(text)
    if number is not None and number < 0:
        code = "2201W" if name == "limit" else "2201X"
        raise ApiError(code, 400, f"{name.upper()} must not be negative")
    if number is not None and number > MAX_BIGINT:
        raise number_too_large(text.strip())
    return number
