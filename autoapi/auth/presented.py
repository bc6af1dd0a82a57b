"""What a caller shows, as overrides that judge callers see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["RECHECKED", "Judge", "Presented"]

RECHECKED = 1.0  # seconds for which a judgement holds, unless it is forgotten before


@dataclass(frozen=True, slots=True)
class Presented:
    """A token: with its claims where a key of the service signed it and they hold now; with
    None where it is no JWT at all, such as the key of a machine.
    """

    token: str
    claims: Mapping[str, Any] | None


Judge = Callable[[Presented], Awaitable[Mapping[str, Any] | None]]
"""Gives the claims by which a caller is known, or None for one who is not let in."""
