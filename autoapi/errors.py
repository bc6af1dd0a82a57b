"""Every answer that is not a success, one function each.

``PGRST`` codes and texts are PostgREST's, used only with its meaning
(https://docs.postgrest.org/en/stable/references/errors.html); five characters are
PostgreSQL's SQLSTATE; ``AUTO`` codes are ours. The body is always
``{"code", "details", "hint", "message"}``. To add one: a function here and a row in
``docs/errors.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

import msgspec

# Comparing a name with 50,000 others at each miss let strangers keep PostgREST busy
# (PostgREST issue 4462); nobody misspells a name past the first few thousand.
MAX_NAMES_COMPARED = 5_000
MAX_NAME_COMPARED = 128  # characters


class ApiError(Exception):
    """An answer that is not a success: status, code, message, and what helps to mend it.

    ``details`` says what was looked at (text, or JSON where PostgREST gives JSON);
    ``hint`` what to do next, when we know; ``headers`` are sent along.
    """

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        *,
        details: object = None,
        hint: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
        self.details = details
        self.hint = hint
        self.headers = headers

    def body(self, *, verbose: bool = True) -> bytes:
        """The error as JSON, UTF-8; without ``verbose`` only code and message."""
        shown: dict[str, object] = {"code": self.code}
        if verbose:
            shown |= {"details": self.details, "hint": self.hint}
        return msgspec.json.encode(shown | {"message": self.message})


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like a misspelt one, if any is like it at all."""
    if len(name) > MAX_NAME_COMPARED:
        return None
    near = get_close_matches(name, islice(known, MAX_NAMES_COMPARED), n=1, cutoff=0.75)
    return near[0] if near else None


# --- the request cannot be read ---------------------------------------------------


def bad_parameter(parameter: str, text: str, offset: int, expected: str) -> ApiError:
    """A query parameter breaks the grammar; ``offset`` counts characters from 0."""
    found = f"unexpected {text[offset : offset + 1]!r}" if offset < len(text) else "unexpected end"
    shown = text if len(text) <= 200 else text[:200] + "..."
    return ApiError(
        "PGRST100",
        400,
        f'"failed to parse {parameter} ({shown})" (line 1, column {offset + 1})',
        details=f"{found} expecting {expected}",
    )


def bad_request_text(what: str, details: str) -> ApiError:
    """The address, a header or a parameter is not text that can be read."""
    return ApiError("PGRST100", 400, f"failed to read {what}", details=details)


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


def unsupported_content_type(given: str) -> ApiError:
    """The body's content type is not one that can be read."""
    return ApiError(
        "PGRST102",
        415,
        f"Content-Type not acceptable: {given}",
        hint="Send application/json, text/csv or application/x-www-form-urlencoded",
    )


def not_embedded(name: str, alias: str | None, embeds: Iterable[str]) -> ApiError:
    """A filter, order or limit names an embed that ``select`` does not have."""
    message = f"'{name}' is not an embedded resource in this request"
    if alias is not None:
        return ApiError(
            "PGRST108",
            400,
            message,
            details="Target names are not allowed in filters if they have an alias",
            hint=f"Change '{name}' to '{alias}' in filters, orders or limits.",
        )
    hint = f"Verify that '{name}' is included in the 'select' query parameter."
    near = nearest(name, embeds)
    return ApiError(
        "PGRST108", 400, message, hint=f"{hint} Perhaps you meant '{near}'." if near else hint
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
    """The address exists, the method does not apply to it."""
    return ApiError(
        "PGRST117",
        405,
        f"Unsupported HTTP method: {method}",
        hint=f"Allowed here: {', '.join(allowed)}",
        headers=(("Allow", ",".join(allowed)),),
    )


def related_order_not_to_one(origin: str, target: str) -> ApiError:
    """Order by a relation that has many rows."""
    return ApiError(
        "PGRST118",
        400,
        f"A related order on '{target}' is not possible",
        details=f"'{origin}' and '{target}' do not form a many-to-one or one-to-one relationship",
    )


def bad_embed_filter(name: str) -> ApiError:
    """A filter on an embed other than a null test."""
    return ApiError(
        "PGRST120",
        400,
        f"Bad operator on the '{name}' embedded resource",
        details="Only is null or not is null filters are allowed on embedded resources",
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
    return ApiError(
        "PGRST123",
        400,
        "Use of aggregate functions is not allowed",
        hint="Set AUTOAPI_DB_AGGREGATES_ENABLED=true to allow them",
    )


def too_many_affected(rows: int) -> ApiError:
    """More rows than ``max-affected``; nothing was changed."""
    return ApiError(
        "PGRST124",
        400,
        "Query result exceeds max-affected preference constraint",
        details=f"The query affects {rows} rows",
    )


def bad_path() -> ApiError:
    """No address of this form exists."""
    return ApiError("PGRST125", 404, "Invalid path specified in request URL")


def not_implemented(details: str, hint: str | None = None) -> ApiError:
    """The grammar has it, this database or this version does not."""
    return ApiError("PGRST127", 400, "Feature not implemented", details=details, hint=hint)


# --- the schema says otherwise -----------------------------------------------------


def no_relationship(
    parent: str, child: str, hint_given: str | None, schema: str, near: Iterable[str]
) -> ApiError:
    """No foreign key leads from one to the other."""
    with_hint = f"' using the hint '{hint_given}" if hint_given else ""
    close = nearest(child, (name for name in near if name != child))
    return ApiError(
        "PGRST200",
        400,
        f"Could not find a relationship between '{parent}' and '{child}' in the schema cache",
        details=f"Searched for a foreign key relationship between '{parent}' and"
        f" '{child}{with_hint}' in the schema '{schema}', but no matches were found.",
        hint=f"Perhaps you meant '{close}' instead of '{child}'." if close else None,
    )


def ambiguous_relationship(
    parent: str, child: str, candidates: Sequence[dict[str, str]], hints: Sequence[str]
) -> ApiError:
    """Several relationships fit; all are listed."""
    tries = ", ".join(f"'{hint}'" for hint in hints)
    return ApiError(
        "PGRST201",
        300,
        "Could not embed because more than one relationship was found for"
        f" '{parent}' and '{child}'",
        details=list(candidates),
        hint=f"Try changing '{child}' to one of the following: {tries}."
        " Find the desired relationship in the 'details' key.",
    )


def unknown_body_column(table: str, column: str, known: Iterable[str]) -> ApiError:
    """A body key or a name in ``columns`` that the table does not have."""
    near = nearest(column, known)
    return ApiError(
        "PGRST204",
        400,
        f"Could not find the '{column}' column of '{table}' in the schema cache",
        hint=f"Perhaps you meant the column '{near}'." if near else None,
    )


def unknown_table(schema: str, table: str, known: Iterable[str]) -> ApiError:
    """No such table or view in the schema."""
    near = nearest(table, known)
    return ApiError(
        "PGRST205",
        404,
        f"Could not find the table '{schema}.{table}' in the schema cache",
        hint=f"Perhaps you meant the table '{schema}.{near}'" if near else None,
    )


def unknown_routine(schema: str, name: str, known: Iterable[str]) -> ApiError:
    """No such function in the schema."""
    near = nearest(name, known)
    return ApiError(
        "PGRST202",
        404,
        f"Could not find the function {schema}.{name} in the schema cache",
        hint=f"Perhaps you meant to call the function {schema}.{near}" if near else None,
    )


def unknown_column(table: str, column: str, known: Iterable[str]) -> ApiError:
    """A column in select, filter or order that the table does not have, as PostgreSQL says it."""
    near = nearest(column, known)
    return ApiError(
        "42703",
        400,
        f"column {table}.{column} does not exist",
        hint=f'Perhaps you meant to reference the column "{table}.{near}".' if near else None,
    )


def bad_value(type_name: str, value: str, field: str | None = None) -> ApiError:
    """A value that the column's type cannot hold, as PostgreSQL says it."""
    shown = value if len(value) <= 200 else value[:200] + "..."
    return ApiError(
        "22P02",
        400,
        f'invalid input syntax for type {type_name}: "{shown}"',
        details=f"in {field}" if field else None,
    )


def nul_character(field: str) -> ApiError:
    """U+0000 cannot be stored in a text of PostgreSQL; refused on both databases alike."""
    return ApiError(
        "22021", 400, 'invalid byte sequence for encoding "UTF8": 0x00', details=f"in {field}"
    )


# --- who asks ------------------------------------------------------------------------

BEARER = (("WWW-Authenticate", "Bearer"),)


def no_secret() -> ApiError:
    """A token came, and the service has nothing to verify it with."""
    return ApiError(
        "PGRST300",
        500,
        "Server lacks JWT secret",
        hint="Set AUTOAPI_JWT_SECRET or JWT_SECRET_KEY",
    )


def bad_token(message: str, details: str | None = None) -> ApiError:
    """A token that cannot be decoded or whose signature is wrong."""
    return ApiError("PGRST301", 401, message, details=details, headers=invalid_token(message))


def token_needed() -> ApiError:
    """No token, and strangers may not do this."""
    return ApiError(
        "PGRST302",
        401,
        "Anonymous access is disabled",
        hint="Send 'Authorization: Bearer <token>'",
        headers=BEARER,
    )


def bad_claims(message: str) -> ApiError:
    """A genuine token that does not hold now or here: expired, too early, another audience."""
    return ApiError("PGRST303", 401, message, headers=invalid_token(message))


def invalid_token(message: str) -> tuple[tuple[str, str], ...]:
    """The challenge that RFC 6750 asks for."""
    challenge = f'Bearer error="invalid_token", error_description="{message}"'
    return (("WWW-Authenticate", challenge),)


def forbidden(table: str, verb: str) -> ApiError:
    """A genuine caller who may not do this."""
    return ApiError("42501", 403, f"permission denied for table {table}", details=f"{verb} refused")


# --- the service's own ---------------------------------------------------------------


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


def too_deep(what: str, limit: int) -> ApiError:
    """Nesting past the bound."""
    return ApiError("AUTO108", 400, f"{what} is nested deeper than {limit} levels")


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
        "The database connection was lost during the request.",
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


def pool_exhausted(seconds: float) -> ApiError:
    """Every connection stayed busy for as long as we wait."""
    return ApiError(
        "PGRST003",
        504,
        "Timed out acquiring connection from connection pool.",
        details=f"Waited {seconds:g} s",
        headers=(("Retry-After", "1"),),
    )


def timed_out(seconds: float) -> ApiError:
    """The statement ran longer than it may; it was cancelled and rolled back."""
    return ApiError(
        "57014",
        500,
        "canceling statement due to statement timeout",
        details=f"It ran longer than {seconds:g} s",
    )


def internal_error() -> ApiError:
    """A fault of ours; what happened is in the log, never in the answer."""
    return ApiError(
        "AUTO500", 500, "Internal error", hint="The log has the details under this request's time"
    )


# --- settings --------------------------------------------------------------------------


class SettingsError(Exception):
    """A setting that cannot be used; the service does not start. The text says which and why."""
