"""What a genuine token says: its claims, and whether they hold now and here.

The semantics are PostgREST's: whole seconds, half a minute of skew, a null as if absent,
a number that is not whole as 0. Signatures are in ``signature``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from autoapi.errors import ApiError, bad_claims

__all__ = ["Claims", "Validity", "check_claims", "read_claims", "validity_of"]

Claims = dict[str, Any]

SKEW = 30  # seconds by which clocks may differ
LARGEST = 2**63
TIMES = ("exp", "nbf", "iat")  # in the order in which they are looked at
LATE = {"nbf": "JWT not yet valid", "iat": "JWT issued at future"}
FORMLESS = "The JWT 'aud' claim must be a string or an array of strings"


@dataclass(frozen=True, slots=True)
class Validity:
    """When claims hold: from ``start`` on and before ``end``, in seconds since 1970."""

    start: float
    end: float


NEVER = Validity(math.inf, -math.inf)


def read_number(text: str) -> int | float:
    """A number of JSON with a fraction or exponent; one that is whole by its form as int."""
    exact = Decimal(text)
    whole = isinstance(exponent := exact.as_tuple().exponent, int) and 0 <= exponent <= 64
    return int(exact) if whole else float(text)


DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=read_number)


def read_claims(payload: bytes) -> Claims:
    """The claims of a verified token. Raises PGRST303 (401) when they are no JSON object."""
    try:
        return DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        raise bad_claims("Parsing claims failed") from None


def check_claims(claims: Mapping[str, Any], audience: str, now: float) -> None:
    """Refuse claims that do not hold at ``now`` or here. Raises PGRST303 (401)."""
    second = math.floor(now)
    for name in TIMES:
        value = claims.get(name)
        if value is None:
            continue
        if not is_number(value):
            raise bad_claims(f"The JWT '{name}' claim must be a number")
        seconds = whole_seconds(value)
        if name == "exp" and second - SKEW > seconds:
            raise bad_claims("JWT expired")
        if name in LATE and second + SKEW < seconds:
            raise bad_claims(LATE[name])
    check_audience(claims.get("aud"), audience)


def check_audience(given: object, audience: str) -> None:
    """Refuse a token for others; none named is for all. Raises PGRST303 (401)."""
    if given is None:
        return
    named = [given] if isinstance(given, str) else given
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise bad_claims(FORMLESS)
    if audience and named and audience not in named:
        raise bad_claims("JWT not in audience")


def validity_of(claims: Mapping[str, Any], audience: str) -> Validity:
    """When claims hold; never, if something but the time is wrong with them.

    >>> validity_of({"exp": 1000, "nbf": 500}, "")
    Validity(start=470, end=1031)
    """
    times = {name: claims[name] for name in TIMES if claims.get(name) is not None}
    if not all(is_number(value) for value in times.values()):
        return NEVER
    try:
        check_audience(claims.get("aud"), audience)
    except ApiError:
        return NEVER
    seconds = {name: whole_seconds(value) for name, value in times.items()}
    starts = [seconds[name] - SKEW for name in LATE if name in seconds]
    end = seconds["exp"] + SKEW + 1 if "exp" in seconds else math.inf
    return Validity(max(starts, default=-math.inf), end)


def is_number(value: object) -> bool:
    """Whether JSON had a number there."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole_seconds(value: float) -> int:
    """The number as whole seconds; 0 where it is not whole or larger than a clock."""
    if isinstance(value, float) and not value.is_integer():
        return 0
    seconds = int(value)
    return seconds if -LARGEST <= seconds < LARGEST else 0
