"""Cross-origin requests: what a browser may do and read.

https://fetch.spec.whatwg.org/#http-cors-protocol. By default any origin may ask, without
credentials (cookies), as in PostgREST; a list of origins narrows that.
"""

from __future__ import annotations

from autoapi.http import Answer, Http
from autoapi.settings import Settings

__all__ = ["cors_headers", "preflight_answer"]

EXPOSED = (
    b"Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Link, Location,"
    b" Preference-Applied, Range-Unit, Server, Transfer-Encoding, X-Truncated"
)
METHODS = b"GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
DAY = b"86400"  # seconds a browser may remember the answer


def cors_headers(http: Http, settings: Settings) -> tuple[tuple[bytes, bytes], ...]:
    """What a browser needs to hand the answer to a page of ``Origin``."""
    allowed = settings.server_cors_allowed_origins
    if not allowed:
        return (
            (b"access-control-allow-origin", b"*"),
            (b"access-control-expose-headers", EXPOSED),
        )
    origin = http.header(b"origin") or ""
    if origin not in allowed:
        return ()
    return (
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", EXPOSED),
    )


def preflight_answer(http: Http) -> Answer:
    """The answer to a browser that asks before it sends."""
    wanted = http.headers.get(b"access-control-request-headers", b"Authorization, Content-Type")
    return Answer(
        200,
        (
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", wanted),
            (b"access-control-max-age", DAY),
            (b"content-length", b"0"),
        ),
    )
