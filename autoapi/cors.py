"""Cross-origin requests: what a browser may do and read.

https://fetch.spec.whatwg.org/#http-cors-protocol. By default any origin may ask, without
credentials (cookies), as in PostgREST; a list of origins narrows that. An origin that is
not on the list is answered as if it had named none: it is the browser that refuses.
"""

from __future__ import annotations

from autoapi.http import Answer, Http
from autoapi.settings import Settings

__all__ = ["cors_headers", "preflight_answer"]

STRICT = (
    b"Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server,"
    b" Transfer-Encoding, Range-Unit"
)
FRIENDLY = STRICT + b", ETag, Idempotent-Replayed, Link, Preference-Applied, X-Truncated"
METHODS = b"GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
ALLOWED = frozenset(METHODS.split(b", "))
ALWAYS = (b"Accept", b"Accept-Language", b"Content-Language")
DAY = b"86400"  # seconds a browser may remember the answer

Headers = tuple[tuple[bytes, bytes], ...]


def cors_headers(http: Http, settings: Settings, *, friendly: bool) -> Headers:
    """What a browser needs to hand the answer to a page of ``Origin``."""
    origin = origin_headers(http, settings)
    if not origin or http.method == "OPTIONS":
        return ()
    return (*origin, (b"access-control-expose-headers", FRIENDLY if friendly else STRICT))


def origin_headers(http: Http, settings: Settings) -> Headers:
    """Who may read an answer; nothing for a request without origin or of one not listed."""
    origin = http.headers.get(b"origin")
    allowed = settings.server_cors_allowed_origins
    if origin is None:
        return ()
    if not allowed:
        return ((b"access-control-allow-origin", b"*"),)
    if origin.decode("latin-1") not in allowed:
        return ()
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
    )


def preflight_answer(http: Http, settings: Settings) -> Answer | None:
    """The answer to a browser that asks before it sends; None if that is not what it does."""
    if http.method != "OPTIONS":
        return None
    if http.headers.get(b"access-control-request-method") not in ALLOWED:
        return None
    origin = origin_headers(http, settings)
    if not origin:
        return None
    headers = [*origin, (b"access-control-allow-methods", METHODS)]
    wanted = http.headers.get(b"access-control-request-headers")
    if wanted is not None:
        headers.append((b"access-control-allow-headers", allowed_headers(wanted)))
    headers += [(b"access-control-max-age", DAY), (b"content-length", b"0")]
    return Answer(200, tuple(headers))


def allowed_headers(wanted: bytes) -> bytes:
    """The headers a page may send: those it asks for, and those any page may.

    >>> allowed_headers(b"Foo,accept")
    b'Authorization, Foo, accept, Accept-Language, Content-Language'
    """
    names = [b"Authorization", *(name.strip() for name in wanted.split(b","))]
    named = {name.lower() for name in names}
    return b", ".join([*names, *(name for name in ALWAYS if name.lower() not in named)])
