"""The headers that decide an answer: Prefer, content type. Accept is read by ``media_types``,
Range by ``ranges``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from autoapi.parse.types import Preferences

__all__ = ["parse_content_type", "parse_preferences"]

# Value as written in the header -> the field it sets. Order is that of Preference-Applied.
MAX_COUNT: Final = 2**62  # rows
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

CONTENT_TYPES: Final = frozenset(
    {
        "application/geo+json",
        "application/json",
        "application/octet-stream",
        "application/openapi+json",
        "application/x-www-form-urlencoded",
        "text/csv",
        "text/plain",
        "text/xml",
    }
)
VENDOR_TYPES: Final = {
    "application/vnd.pgrst.array": "application/vnd.pgrst.array+json",
    "application/vnd.pgrst.array+json": "application/vnd.pgrst.array+json",
    "application/vnd.pgrst.object": "application/vnd.pgrst.object+json",
    "application/vnd.pgrst.object+json": "application/vnd.pgrst.object+json",
}


def parse_preferences(text: str, *, ends_transactions: bool = False) -> Preferences:
    """Read the ``Prefer`` header; of two for one thing the first holds.

    ``ends_transactions``: whether the operator lets callers choose how they end; what they
    say of it means nothing otherwise.

    >>> parse_preferences("return=minimal, count=exact").count
    'exact'
    """
    found: dict[str, Any] = {}
    counts: list[str] = []
    invalid: list[str] = []
    for part in text.split(",") if text else ():
        given = part.strip()
        choice = CHOICES.get(given)
        if choice is not None:
            found.setdefault(*choice)
        elif given.startswith("max-affected="):
            counts.append(given[13:])
        elif given.startswith("timezone="):
            found.setdefault("timezone", given[9:])
        else:
            invalid.append(given)
    if counts:
        found["max_affected"] = parse_max_affected(counts[0])
    if not ends_transactions:
        found.pop("transaction", None)
    return replace(Preferences(invalid=tuple(invalid)), **found)


def parse_max_affected(text: str) -> int | None:
    """A number of rows, or None where none stands, which is then no preference at all."""
    digits = text.strip().removeprefix("-")
    if not is_count(digits):
        return None
    return -bounded_count(digits) if text.strip() != digits else bounded_count(digits)


def is_count(text: str) -> bool:
    """Whether a text is digits alone; other alphabets' digits, and superscripts, are none."""
    return text.isascii() and text.isdigit()


def bounded_count(digits: str) -> int:
    """Digits as a number that a database can take; Python refuses to read thousands of them."""
    return int(digits) if len(digits) < 19 else MAX_COUNT


def parse_content_type(text: str | None) -> str:
    """The media type of a body in PostgREST's spelling; JSON when none is given.

    Parameters are dropped from the types it knows; another is left as it was given, since
    it is only told back.

    >>> parse_content_type("Text/CSV; charset=utf-8"), parse_content_type("image/png; q=1")
    ('text/csv', 'image/png; q=1')
    """
    if text is None or text == "application/json":
        return "application/json"
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    if name in CONTENT_TYPES:
        return name
    plain = VENDOR_TYPES.get(name)
    if plain is None:
        return text
    if "nulls=stripped" in parameters:
        return f"{plain};nulls=stripped"
    return "application/json" if plain == "application/vnd.pgrst.array+json" else plain
