"""The headers that decide an answer: Prefer, Accept, Range, profiles, content type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from autoapi.errors import bad_preferences, bad_range
from autoapi.parse.types import Preferences
from autoapi.parse.url import MAX_COUNT

__all__ = ["parse_accept", "parse_content_type", "parse_preferences", "parse_range"]

# Value as written in the header -> the field it sets. Order is that of Preference-Applied.
CHOICES: Final[dict[str, tuple[str, object]]] = {
    "resolution=merge-duplicates": ("resolution", "merge-duplicates"),
    "resolution=ignore-duplicates": ("resolution", "ignore-duplicates"),
    "missing=default": ("missing", "default"),
    "missing=null": ("missing", "null"),
    "return=representation": ("returns", "representation"),
    "return=minimal": ("returns", "minimal"),
    "return=headers-only": ("returns", "headers-only"),
    "count=exact": ("count", "exact"),
    "count=planned": ("count", "planned"),
    "count=estimated": ("count", "estimated"),
    "tx=commit": ("transaction", "commit"),
    "tx=rollback": ("transaction", "rollback"),
    "handling=strict": ("handling", "strict"),
    "handling=lenient": ("handling", "lenient"),
}


def parse_preferences(text: str) -> Preferences:
    """Read the ``Prefer`` header; of two for one thing the first holds.

    >>> parse_preferences("return=minimal, count=exact").count
    'exact'

    Raises PGRST122 (400) for one that does not exist, under ``handling=strict``.
    """
    found: dict[str, Any] = {}
    invalid: list[str] = []
    for part in text.split(","):
        given = part.strip()
        choice = CHOICES.get(given)
        if choice is not None:
            found.setdefault(*choice)
        elif given.startswith("max-affected=") and is_count(given[13:]):
            found.setdefault("max_affected", bounded_count(given[13:]))
        elif given.startswith("timezone="):
            found.setdefault("timezone", given[9:])
        elif given:
            invalid.append(given)
    preferences = replace(Preferences(invalid=tuple(invalid)), **found)
    if invalid and preferences.handling == "strict":
        raise bad_preferences(invalid)
    return preferences


def parse_accept(text: str) -> tuple[str, ...]:
    """The media types of an ``Accept`` header, the most wanted first.

    Parameters are dropped but ``nulls=stripped``.

    >>> parse_accept("text/csv;q=0.5, application/json")
    ('application/json', 'text/csv')
    """
    ranked: list[tuple[float, str]] = []
    for part in text.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter == "nulls=stripped":
                media_type += ";nulls=stripped"
            elif parameter.startswith("q="):
                quality = parse_number(parameter[2:], float, 1.0)
        if media_type and quality > 0:
            ranked.append((-quality, media_type))
    return tuple(media_type for _, media_type in sorted(ranked, key=lambda pair: pair[0]))


def parse_range(text: str) -> tuple[int, int | None] | None:
    """Read ``0-9`` or ``10-`` as (offset, limit); anything else is no range, as in PostgREST.

    Raises PGRST103 (416) when the end lies before the start.
    """
    first, dash, last = text.strip().removeprefix("items=").partition("-")
    if not dash or not is_count(first) or (last and not is_count(last)):
        return None
    start = bounded_count(first)
    if not last:
        return start, None
    end = bounded_count(last)
    if end < start:
        raise bad_range(
            "The lower boundary must be lower than or equal to the upper boundary"
            " in the Range header."
        )
    return start, min(end - start + 1, MAX_COUNT)


def is_count(text: str) -> bool:
    """Whether a text is digits alone; other alphabets' digits, and superscripts, are none."""
    return text.isascii() and text.isdigit()


def bounded_count(digits: str) -> int:
    """Digits as a number that a database can take; Python refuses to read thousands of them."""
    return int(digits) if len(digits) < 19 else MAX_COUNT


def parse_content_type(text: str) -> str:
    """The media type of a body, without parameters; JSON when none is given."""
    if text == "application/json":
        return text
    return text.partition(";")[0].strip().lower() or "application/json"


def parse_number(text: str, kind: Callable[[str], float], otherwise: float) -> float:
    """A number, or ``otherwise`` where none stands."""
    try:
        return kind(text)
    except ValueError:
        return otherwise
