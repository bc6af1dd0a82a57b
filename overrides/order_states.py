"""The states of an order and the ways between them (domain rule 6)."""

from __future__ import annotations

from typing import Final

from autoapi import Refused

__all__ = ["NEXT", "require_transition"]

# The same table guards the database: migrations/versions/0008_selling.py.
NEXT: Final[dict[str, tuple[str, ...]]] = {
    "draft": ("confirmed", "cancelled"),
    "confirmed": ("allocated", "cancelled"),
    "allocated": ("dispatched", "cancelled"),
    "dispatched": ("delivered", "returned"),
    "delivered": ("returned",),
    "cancelled": (),
    "returned": (),
}


def require_transition(old: str, new: str) -> None:
    """Let an order go from a state to another. Raises ``bad_transition`` (409).

    >>> require_transition("draft", "confirmed")
    """
    allowed = NEXT[old]
    if new not in allowed:
        raise Refused(
            "bad_transition",
            f"An order that is {old} cannot become {new}",
            {"from": old, "to": new, "allowed": list(allowed)},
            f"From here: {', '.join(allowed)}" if allowed else "Nothing leaves this state",
            status=409,
        )
