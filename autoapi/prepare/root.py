"""The root of the strict mount: from a request to the statement, and its answer to a document.

What a caller may see is asked in the caller's own transaction, as any other read is; the
document is put together from that and the catalogue. With ``AUTOAPI_DB_ROOT_SPEC`` set a
function answers instead: that is a call like any other, see ``call``.
"""

from __future__ import annotations

from autoapi.errors import no_media_type, root_disabled, unsupported_method
from autoapi.execute import Result
from autoapi.formats import JSON
from autoapi.http import Answer, Http
from autoapi.media_types import read_accept
from autoapi.openapi2 import privileges_statement, read_privileges
from autoapi.parse.types import Preferences
from autoapi.parse.url import parse_query
from autoapi.plan import find_namespace
from autoapi.plan.terms import plan_terms
from autoapi.plan.types import Reply
from autoapi.prepare.snapshot import MAX_REPEATED, Ready, Snapshot, remember
from autoapi.respond import VARY

__all__ = ["ROOT_METHODS", "prepare_root", "respond_root"]

ROOT_METHODS = ("OPTIONS", "GET", "HEAD")
DOCUMENT = (b"content-type", b"application/openapi+json; charset=utf-8")
PRODUCED = frozenset(
    {
        "*/*",
        "application/json",
        "application/openapi+json",
    }
)


def prepare_root(snapshot: Snapshot, http: Http) -> Ready:
    """The statement that asks what the caller may see.

    Raises PGRST126 (404), PGRST106 (406), PGRST117 (405), PGRST100 (400), PGRST103 (416)
    and PGRST107 (406).
    """
    if snapshot.settings.openapi_mode == "disabled":
        raise root_disabled()
    given = http.headers.get
    key = ("root", http.method, http.query, given(b"accept"), given(b"accept-profile"))
    ready = snapshot.repeated.get(key) if b"range" not in http.headers else None
    if ready is None:
        ready = prepare_document(snapshot, http)
        remember(snapshot.repeated, key, ready, MAX_REPEATED)
    return ready


def prepare_document(snapshot: Snapshot, http: Http) -> Ready:
    """The same for a request not met before."""
    writes = http.method in ("POST", "PATCH", "PUT", "DELETE")
    profile = http.header(b"content-profile" if writes else b"accept-profile")
    schema = find_namespace(snapshot.schema, profile)
    if http.method not in ROOT_METHODS:
        raise unsupported_method(http.method, ())
    parse_query(http.query, (), http.range_header)
    accept = [each.name for each in read_accept(http.header(b"accept"))]
    if not PRODUCED.intersection(accept):
        raise no_media_type(accept)
    headers = [VARY, DOCUMENT]
    if profile is not None or len(snapshot.catalogue.schemas) > 1:
        headers.append((b"content-profile", schema.encode()))
    statement = privileges_statement(snapshot.dialect, follow=follows(snapshot))
    terms = plan_terms(schema, Preferences(), snapshot.settings)
    reply = Reply("read", "strict", JSON, "representation", terms=terms)
    return Ready(statement, reply, tuple(headers), [schema])


def follows(snapshot: Snapshot) -> bool:
    """Whether a caller is shown only what the caller's role may use."""
    return snapshot.settings.openapi_mode == "follow-privileges"


def respond_root(snapshot: Snapshot, ready: Ready, result: Result, http: Http) -> Answer:
    """The document of what the caller may see; HEAD gives its headers alone."""
    if http.method == "HEAD":
        return Answer(200, ready.headers)
    schema = str(ready.values[0])
    privileges = read_privileges(result.body, snapshot.catalogue, schema, follow=follows(snapshot))
    body = snapshot.description.document(schema, privileges)
    length = (b"content-length", b"%d" % len(body))
    return Answer(200, (*ready.headers, length), body)
