"""The request cannot be read, or asks for what cannot be given."""

from __future__ import annotations

from collections.abc import Sequence

from autoapi.errors.base import ApiError

__all__ = [
    "aggregates_disabled",
    "bad_argument",
    "bad_body",
    "bad_parameter",
    "bad_path",
    "bad_preferences",
    "bad_raised_error",
    "bad_range",
    "bad_request_text",
    "ignored_parameter",
    "no_media_type",
    "not_embedded",
    "not_implemented",
    "not_single",
    "offset_out_of_bounds",
    "one_row_for_max_affected",
    "put_key_mismatch",
    "put_needs_key_filters",
    "put_with_limit",
    "related_order_not_to_one",
    "root_disabled",
    "too_many_affected",
    "unknown_schema",
    "unsupported_method",
    "unsupported_routine_method",
]


def bad_parameter(message: str, details: str) -> ApiError:
    """A query parameter breaks the grammar; both texts are PostgREST's parser's."""
    return ApiError("PGRST100", 400, message, details=details)


def ignored_parameter(name: str, rest: str | None) -> ApiError:
    """A parameter that PostgREST would pass over, where something could be lost with it."""
    if rest is None:
        message, details = f"The parameter '{name}' has no value", "It would be ignored"
    else:
        message = f"The parameter '{name}' cannot be read to its end"
        details = f"It would be ignored from {rest[:200]!r} on"
    return ApiError("PGRST100", 400, message, details=details, hint="Correct it or leave it out")


def bad_request_text(what: str, details: str) -> ApiError:
    """The address, a header or a parameter is not text that can be read."""
    return ApiError("PGRST100", 400, f"failed to read {what}", details=details)


def unsupported_routine_method(method: str) -> ApiError:
    """A function is called by GET, HEAD or POST."""
    return ApiError("PGRST101", 405, f"Cannot use the {method} method on RPC")


def bad_body(message: str, details: str | None = None) -> ApiError:
    """The body is not what its content type says, or has no usable shape."""
    return ApiError("PGRST102", 400, message, details=details)


def bad_range(details: str) -> ApiError:
    """A range that no result could satisfy."""
    return ApiError("PGRST103", 416, "Requested range not satisfiable", details=details)


def offset_out_of_bounds(offset: int, total: int) -> ApiError:
    """An offset past the last row of a counted result."""
    return bad_range(f"An offset of {offset} was requested, but there are only {total} rows.")


def put_needs_key_filters() -> ApiError:
    """PUT without exactly the primary key in the address."""
    message = "Filters must include all and only primary key columns with 'eq' operators"
    return ApiError("PGRST105", 405, message)


def unknown_schema(schema: str, exposed: Sequence[str]) -> ApiError:
    """A profile header names a schema that is not exposed."""
    hint = f"Only the following schemas are exposed: {', '.join(exposed)}"
    return ApiError("PGRST106", 406, f"Invalid schema: {schema}", hint=hint)


def no_media_type(wanted: Sequence[str]) -> ApiError:
    """Nothing in ``Accept`` can be produced."""
    listed = ", ".join(wanted)
    return ApiError("PGRST107", 406, f"None of these media types are available: {listed}")


def not_embedded(name: str, alias: str | None) -> ApiError:
    """A parameter names an embed that ``select`` does not have, or has under an alias."""
    message = f"'{name}' is not an embedded resource in this request"
    if alias is None:
        hint = f"Verify that '{name}' is included in the 'select' query parameter."
        return ApiError("PGRST108", 400, message, hint=hint)
    return ApiError(
        "PGRST108",
        400,
        message,
        details="Target names are not allowed in filters if they have an alias",
        hint=f"Change '{name}' to '{alias}' in filters, orders or limits.",
    )


def put_with_limit() -> ApiError:
    """PUT concerns one row; a limit or offset makes no sense."""
    message = "limit/offset querystring parameters are not allowed for PUT"
    return ApiError("PGRST114", 400, message)


def put_key_mismatch() -> ApiError:
    """The body's key is not the address's."""
    message = "Payload values do not match URL in primary key column(s)"
    return ApiError("PGRST115", 400, message)


def not_single(rows: int) -> ApiError:
    """A singular answer was asked for and the result has another number of rows."""
    return ApiError(
        "PGRST116",
        406,
        "Cannot coerce the result to a single JSON object",
        details=f"The result contains {rows} rows",
    )


def unsupported_method(method: str, allowed: Sequence[str]) -> ApiError:
    """The address exists, the method does not apply to it; ``allowed`` are told if given."""
    return ApiError(
        "PGRST117",
        405,
        f"Unsupported HTTP method: {method}",
        headers=(("Allow", ",".join(allowed)),) if allowed else (),
    )


def root_disabled() -> ApiError:
    """The operator has switched the document at the root off."""
    return ApiError("PGRST126", 404, "Root endpoint metadata is disabled")


def related_order_not_to_one(origin: str, target: str) -> ApiError:
    """Order by a relation that has many rows."""
    return ApiError(
        "PGRST118",
        400,
        f"A related order on '{target}' is not possible",
        details=f"'{origin}' and '{target}' do not form a many-to-one or one-to-one relationship",
    )


def bad_raised_error(details: str, *, message: bool = False) -> ApiError:
    """A function raised ``PGRST`` with a message or a detail that is not the JSON it must be."""
    if message:
        what, needed = "MESSAGE", "'code', 'message' and optional keys: 'details', 'hint'."
    else:
        what, needed = "DETAIL", "'status', 'headers' and optional key: 'status_text'."
    return ApiError(
        "PGRST121",
        500,
        "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error",
        details=details,
        hint=f"{what} must be a JSON object with obligatory keys: {needed}",
    )


def bad_preferences(invalid: Sequence[str]) -> ApiError:
    """``Prefer: handling=strict`` with preferences that do not exist."""
    return ApiError(
        "PGRST122",
        400,
        "Invalid preferences given with handling=strict",
        details=f"Invalid preferences: {', '.join(invalid)}",
    )


def aggregates_disabled() -> ApiError:
    """Aggregates are off unless a setting turns them on, since they read whole tables."""
    return ApiError("PGRST123", 400, "Use of aggregate functions is not allowed")


def too_many_affected(rows: int) -> ApiError:
    """More rows than ``max-affected``; nothing was changed."""
    return ApiError(
        "PGRST124",
        400,
        "Query result exceeds max-affected preference constraint",
        details=f"The query affects {rows} rows",
    )


def one_row_for_max_affected() -> ApiError:
    """``max-affected`` on a function that returns one value or row whatever it changes."""
    return ApiError(
        "PGRST128",
        400,
        "Function must return SETOF or TABLE when max-affected preference is used with"
        " handling=strict",
    )


def bad_path() -> ApiError:
    """No address of this form exists."""
    return ApiError("PGRST125", 404, "Invalid path specified in request URL")


def not_implemented(details: str, hint: str | None = None) -> ApiError:
    """The grammar has it, this database or this version does not."""
    return ApiError("PGRST127", 400, "Feature not implemented", details=details, hint=hint)


def bad_argument(place: str, name: str, message: str) -> ApiError:
    """A parameter or body of a route that is no table's, which does not fit its type."""
    return ApiError("AUTO112", 400, f"'{name}' cannot be used: {message}", details=place)
