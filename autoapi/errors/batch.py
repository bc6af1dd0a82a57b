"""What is wrong with a batch itself, rather than with one of its operations."""

from __future__ import annotations

from collections.abc import Sequence

from autoapi.errors.base import ApiError, nearest

__all__ = ["bad_batch", "bad_reference"]


def bad_batch(why: str) -> ApiError:
    """A body that is no list of operations."""
    hint = 'Send a list of {"method", "path"} with "body", "headers" and "id" where needed'
    return ApiError("AUTO156", 400, "The batch cannot be read", details=why, hint=hint)


def bad_reference(name: str, rest: str, known: Sequence[str]) -> ApiError:
    """A reference to an operation that has not been run, or to what it did not answer with."""
    if name in known:
        message = f"Operation '{name}' has not answered with '{rest}'"
        return ApiError("AUTO157", 400, message)
    near = nearest(name, known)
    hint = f"Did you mean '{near}'?" if near else "Operations refer to those before them"
    return ApiError("AUTO157", 400, f"No operation '{name}' has been run", hint=hint)
