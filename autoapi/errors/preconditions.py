"""Rows that are not as a request takes them to be: in another state, or not there."""

from __future__ import annotations

from autoapi.errors.base import ApiError

__all__ = [
    "bad_entity_tags",
    "precondition_failed",
    "precondition_needed",
    "rows_not_found",
]


def precondition_failed(header: str, *, hint: str = "") -> ApiError:
    """The row is not as the caller says it knows it; nothing was done."""
    return ApiError(
        "AUTO151",
        412,
        f"{header} does not hold",
        details="The row was changed, made or removed since",
        hint=hint or "Read it again, and send the ETag of that answer",
    )


def precondition_needed(method: str) -> ApiError:
    """The operator wants every change of a row to say what it was made for."""
    return ApiError(
        "AUTO152",
        428,
        f"A {method} of a row must say for which state of it",
        hint="Send If-Match with the ETag of a GET; for a new row, If-None-Match: *",
    )


def bad_entity_tags(header: str, text: str) -> ApiError:
    """A header that holds no entity tags."""
    return ApiError(
        "AUTO153",
        400,
        f"{header} cannot be read: {text[:100]}",
        hint=f'Write {header}: * or {header}: "tag"; a write takes If-None-Match: * alone',
    )


def rows_not_found(table: str, keys: str) -> ApiError:
    """Some changes of a list found no row of their own, or two found the same; none is made.

    ``keys`` are those without a row, as a JSON list of lists.
    """
    if keys in ("[]", ""):
        return ApiError(
            "AUTO155",
            400,
            "A row is changed twice by one list",
            details="Two of its objects have the same key",
        )
    return ApiError(
        "AUTO154",
        404,
        f"'{table}' has no rows for some of the list's keys; nothing was changed",
        details=f"Keys without a row: {keys}",
    )
