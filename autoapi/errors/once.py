"""Requests that are to be done once only, by the key that the caller gave them."""

from __future__ import annotations

from autoapi.errors.base import ApiError

__all__ = ["answer_too_large", "bad_idempotency_key", "key_used_otherwise", "no_ledger"]


def bad_idempotency_key(longest: int) -> ApiError:
    """A header that holds no key."""
    hint = f"Send 1 to {longest} printable ASCII characters, such as a UUID"
    return ApiError("AUTO158", 400, "Idempotency-Key holds no key", hint=hint)


def key_used_otherwise() -> ApiError:
    """A key that came before with another body, query or preferences."""
    return ApiError(
        "AUTO159",
        422,
        "The Idempotency-Key was used for another request",
        hint="Make up a new key for each thing that is to be done",
    )


def no_ledger() -> ApiError:
    """There is no table to keep answers in, and the login may not make it."""
    return ApiError(
        "AUTO160",
        503,
        "Answers cannot be kept, so nothing can be done only once",
        hint="Make autoapi.idempotency_keys by the SQL in docs/writing.md",
    )


def answer_too_large(limit: int) -> ApiError:
    """An answer that is not kept; what it tells of is undone."""
    return ApiError(
        "AUTO161",
        413,
        f"The answer has more than {limit} bytes and cannot be kept",
        hint="Send Prefer: return=minimal",
    )
