"""What PostgreSQL refused as the answer to it, codes that functions raise for HTTP included.

A function may choose the status by raising ``PTxyz``, and the whole answer by raising
``PGRST`` with two JSON objects:
https://docs.postgrest.org/en/stable/references/errors.html#raise-errors-with-http-status-codes.
"""

from __future__ import annotations

import msgspec

from autoapi.errors import ApiError, bad_raised_error
from autoapi.execute.sqlstate import status_of
from autoapi.wire import ServerError

__all__ = ["database_error", "refusal"]

RETRY_AFTER = 1  # seconds
RAISED = "PGRST"
BEARER = ("WWW-Authenticate", "Bearer")
# What can be sent as a final answer; a function that raises another has a fault.
FINAL = range(200, 600)


class RaisedMessage(msgspec.Struct):
    """The message of a raised ``PGRST``: the error's body."""

    code: str
    message: str
    details: str | None = None
    hint: str | None = None


class RaisedDetail(msgspec.Struct):
    """The detail of a raised ``PGRST``: the answer's status and headers."""

    status: int
    headers: dict[str, str]
    status_text: str | None = None


def refusal(
    sqlstate: str, message: str, detail: str | None = None, hint: str | None = None
) -> ApiError:
    """What the database refused, with its own code, message, details and hint."""
    if sqlstate == RAISED:
        return raised(message, detail)
    status = status_of(sqlstate, message)
    headers: tuple[tuple[str, str], ...] = ()
    if status == 503:
        headers = (("Retry-After", str(RETRY_AFTER)),)
    elif status == 401:
        headers = (BEARER,)
    error = ApiError(sqlstate, status, message, details=detail, hint=hint, headers=headers)
    if sqlstate == f"PT{status}":
        error.phrase = message
    return error


def raised(message: str, detail: str | None) -> ApiError:
    """The answer that a function made itself; PGRST121 (500) where it cannot be read."""
    try:
        body = msgspec.json.decode(message, type=RaisedMessage)
    except msgspec.DecodeError:
        return bad_raised_error(f"Invalid JSON value for MESSAGE: '{message}'", message=True)
    if detail is None:
        return bad_raised_error("DETAIL is missing in the RAISE statement")
    try:
        head = msgspec.json.decode(detail, type=RaisedDetail)
    except msgspec.DecodeError:
        return bad_raised_error(f"Invalid JSON value for DETAIL: '{detail}'")
    error = ApiError(
        body.code,
        head.status if head.status in FINAL else 500,
        body.message,
        details=body.details,
        hint=body.hint,
        headers=tuple(sorted(head.headers.items())),
    )
    error.phrase = head.status_text
    return error


def database_error(error: ServerError) -> ApiError:
    """What the database refused, with its own code, message, details and hint."""
    return refusal(error.sqlstate, error.message, error.detail, error.hint)
