"""The service's own: bounds, items, an absent database, faults."""

from __future__ import annotations

from collections.abc import Sequence

from autoapi.errors.base import ApiError

__all__ = [
    "bad_answer_headers",
    "bad_answer_status",
    "bad_item_key",
    "body_too_large",
    "body_too_slow",
    "database_lost",
    "database_unreachable",
    "filter_needed",
    "internal_error",
    "no_catalogue",
    "no_such_item",
    "pool_exhausted",
    "read_only",
    "request_timed_out",
    "timed_out",
    "too_deep",
    "too_expensive",
    "too_long",
]


def filter_needed(method: str, table: str) -> ApiError:
    """On the friendly mount a change to every row must be meant."""
    return ApiError(
        "AUTO100",
        400,
        f"{method} without a filter would change every row of '{table}'",
        hint=f"Name the row ('/{table}/KEY') or add a filter;"
        " to mean every row, filter on something always true, such as 'key=not.is.null'",
    )


def no_such_item(table: str, key: str) -> ApiError:
    """An item URL that no row answers to."""
    return ApiError("AUTO104", 404, f"'{table}' has no row '{key}'")


def bad_item_key(table: str, key_columns: Sequence[str]) -> ApiError:
    """An item URL with another number of values than the key has columns."""
    if not key_columns:
        hint = f"'{table}' has no primary key; use filters, such as '/{table}?column=eq.value'"
        return ApiError("AUTO105", 404, f"'{table}' has no item addresses", hint=hint)
    wanted = ",".join(f"{{{column}}}" for column in key_columns)
    return ApiError(
        "AUTO105", 404, "The address does not name one row", hint=f"Write /{table}/{wanted}"
    )


def read_only(what: str) -> ApiError:
    """A view or table that the database does not let anybody write."""
    return ApiError("AUTO106", 405, f"'{what}' cannot be written", hint="It is read only")


def body_too_large(limit: int) -> ApiError:
    """A body over ``AUTOAPI_MAX_BODY`` bytes; the rest of it is not read."""
    return ApiError(
        "AUTO107",
        413,
        f"The body is larger than {limit} bytes",
        hint="Send it in parts, or raise AUTOAPI_MAX_BODY",
        headers=(("Connection", "close"),),
    )


def body_too_slow(limit: float) -> ApiError:
    """A body that did not come whole within ``AUTOAPI_REQUEST_TIMEOUT`` seconds."""
    return ApiError(
        "AUTO102",
        408,
        f"The body did not come whole within {limit:g} seconds",
        headers=(("Connection", "close"),),
    )


def request_timed_out(limit: float) -> ApiError:
    """A request that took longer than ``AUTOAPI_REQUEST_TIMEOUT`` seconds; it was given up."""
    return ApiError(
        "AUTO101",
        504,
        f"The request took longer than {limit:g} seconds and was given up",
        details="Of a write it is not known whether it was done",
        hint="Ask for less at a time; an Idempotency-Key lets a POST be sent again",
        headers=(("Retry-After", "1"),),
    )


def too_deep(what: str, limit: int) -> ApiError:
    """Nesting past the bound."""
    return ApiError("AUTO108", 400, f"{what} is nested deeper than {limit} levels")


def too_expensive(cost: float, limit: float) -> ApiError:
    """A statement that PostgreSQL plans at more than the caller's role may spend."""
    return ApiError(
        "AUTO170",
        403,
        "The request is planned to cost more than your role may spend",
        details=f"It is planned at {cost:.0f}, and {limit:.0f} may be spent",
        hint="Ask for fewer rows: filter by an indexed column, or leave out count=exact",
    )


def too_long(what: str, limit: int) -> ApiError:
    """An address or parameter past the bound, in characters or entries."""
    return ApiError("AUTO109", 414, f"{what} is longer than {limit}")


def database_unreachable(retry_after: int) -> ApiError:
    """No connection can be had; ``retry_after`` is in seconds."""
    return ApiError(
        "PGRST000",
        503,
        "Database connection error.",
        headers=(("Retry-After", str(retry_after)),),
    )


def database_lost(retry_after: int) -> ApiError:
    """The connection broke while the statement ran; what became of a write is unknown."""
    return ApiError(
        "PGRST001",
        503,
        "Database client error. Retrying the connection.",
        headers=(("Retry-After", str(retry_after)),),
    )


def no_catalogue(retry_after: int) -> ApiError:
    """The database has not been read yet."""
    return ApiError(
        "PGRST002",
        503,
        "Could not query the database for the schema cache. Retrying.",
        headers=(("Retry-After", str(retry_after)),),
    )


def bad_answer_headers() -> ApiError:
    """What the database put into ``response.headers`` are no headers."""
    return ApiError(
        "PGRST111",
        500,
        "response.headers guc must be a JSON array composed of objects with a single key"
        " and a string value",
    )


def bad_answer_status() -> ApiError:
    """What the database put into ``response.status`` is no status."""
    return ApiError("PGRST112", 500, "response.status guc must be a valid status code")


def pool_exhausted() -> ApiError:
    """Every connection stayed busy for as long as we wait."""
    return ApiError(
        "PGRST003",
        504,
        "Timed out acquiring connection from connection pool.",
        headers=(("Retry-After", "1"),),
    )


def timed_out() -> ApiError:
    """The statement ran longer than it may; it was cancelled and rolled back."""
    return ApiError("57014", 500, "canceling statement due to statement timeout")


def internal_error() -> ApiError:
    """A fault of ours; what happened is in the log, never in the answer."""
    hint = "The log has the details under this answer's X-Request-ID"
    return ApiError("AUTO500", 500, "Internal error", hint=hint)
