"""From a request's body to what of it decides the SQL, no I/O.

What is wrong with a body is told in PostgREST's order: after what is wrong with the
address, the schema and the query string, and before a table is looked for.
"""

from __future__ import annotations

from autoapi.errors import ApiError, bad_body, ignored_parameter, put_with_limit
from autoapi.http import Http
from autoapi.parse.body import UNEVEN, Body, read_body
from autoapi.parse.encoding import split_query
from autoapi.parse.headers import parse_content_type
from autoapi.parse.types import Mount, Query, Value
from autoapi.parse.url import ParsedQuery, parse_query
from autoapi.plan import Schema, find_namespace

__all__ = ["WITH_BODY", "body_of", "check_nothing_lost", "checked_query", "written_names"]

JSON, PLAIN_JSON = "application/json", b"application/json"
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def body_of(
    http: Http, schema: Schema, item: tuple[str, ...], *, database_reads: bool
) -> Body | None:
    """The body of a request that has one.

    ``database_reads``: whether the database itself reads JSON, and finds fault with it.
    Raises what :func:`read_body` raises, but first what is wrong with the rest.
    """
    if http.method not in WITH_BODY:
        return None
    given = http.headers.get(b"content-type")
    content_type = JSON
    if given is not None and given != PLAIN_JSON:
        content_type = parse_content_type(given.decode("latin-1"))
    known = database_reads and may_name_columns(http)
    try:
        return read_body(http.body, content_type, keys_known=known)
    except ApiError:
        find_namespace(schema, http.header(b"content-profile"))
        checked_query(http, item)
        raise


def may_name_columns(http: Http) -> bool:
    """Whether a POST or PATCH says itself which columns it writes, as clients do for lists."""
    if http.method == "PUT" or "columns=" not in http.query:
        return False
    return any(part.startswith("columns=") for part in split_query(http.query))


def checked_query(http: Http, before: tuple[Value, ...]) -> ParsedQuery:
    """The query string, read. Raises PGRST114 (400) for a PUT of a part of the rows."""
    parsed = parse_query(http.query, before, http.range_header)
    if http.method == "PUT" and any(not window.path for window in parsed.query.windows):
        raise put_with_limit()
    return parsed


def check_nothing_lost(parsed: ParsedQuery, mount: Mount, method: str) -> None:
    """Refuse what PostgREST passes over where more rows than were meant would be changed.

    A condition without a value, or one that is read only in part, would be lost in a PATCH
    or DELETE. The friendly mount passes over nothing. Raises PGRST100 (400).
    """
    narrows = method in ("PATCH", "DELETE")
    for each in parsed.ignored:
        if mount == "friendly" or (narrows and each.condition):
            raise ignored_parameter(each.name, each.rest)


def written_names(
    body: Body | None, query: Query, method: str, mount: Mount, *, lenient: bool
) -> tuple[str, ...] | None:
    """The columns that a body writes: those of ``columns``, or else its own keys.

    PostgREST heeds ``columns`` for JSON alone; on the friendly mount it goes for all.
    ``lenient``: whether it is known what a lacking key means.

    Raises PGRST102 (400) for rows of several forms where nothing says that.
    """
    if body is None:
        return None
    friendly = mount == "friendly"
    if friendly and body.form == "scalar":
        raise bad_body("The body must be a JSON object or a list of objects")
    named = query.columns if method != "PUT" and (body.is_json or friendly) else None
    if named is not None:
        return named
    if body.form == "uneven" and not lenient:
        raise bad_body(UNEVEN)
    return body.keys
