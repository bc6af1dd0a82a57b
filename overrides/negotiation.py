"""Which of several forms an answer takes, by the header ``Accept`` (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autoapi import Refused

__all__ = ["choose"]


def choose(accept: str, offered: Sequence[str]) -> str:
    """The media type that is wanted most of those offered; the first of equals.

    >>> choose("text/*;q=0.5, application/pdf", ["text/html", "application/pdf"])
    'application/pdf'
    >>> choose("", ["application/json", "text/csv"])
    'application/json'

    Raises ``not_acceptable`` (406) where none is.
    """
    ranges = list(read_ranges(accept)) or [("*/*", 1.0)]
    wanted = [(quality(offer, ranges), -place) for place, offer in enumerate(offered)]
    best, place = max(wanted)
    if best <= 0:
        raise Refused(
            "not_acceptable",
            f"This is not made as '{accept[:100]}'",
            hint=f"Accept one of {', '.join(offered)}",
            status=406,
        )
    return offered[-place]


def quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """How much a media type is wanted: by the range that fits it most closely, 0 to 1."""
    kind = offer.partition("/")[0]
    for fits in (offer, f"{kind}/*", "*/*"):
        given = [weight for name, weight in ranges if name == fits]
        if given:
            return max(given)
    return 0.0


def read_ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The ranges of a header and their weights; one that cannot be read counts as 0."""
    for part in filter(str.strip, accept.split(",")):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights = [text[2:] for text in parameters if text.startswith("q=")]
        try:
            yield name, min(1.0, float(weights[0])) if weights else 1.0
        except ValueError:
            yield name, 0.0
