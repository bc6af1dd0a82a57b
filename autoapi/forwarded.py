"""Who asks through a proxy, by the headers of those that are trusted, as uvicorn reads them.

uvicorn would look at every request; here only those are that have such a header.
"""

from __future__ import annotations

import os
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from autoapi.http import Http, Receive, Scope, Send

__all__ = ["Forwarded"]

PROXIES = "FORWARDED_ALLOW_IPS"  # whose word is taken: addresses and networks, by commas
LOOPBACK = "127.0.0.1,::1"
HEADERS = (b"x-forwarded-for", b"x-forwarded-proto")


class Forwarded:
    """Puts the caller's own address and scheme into a scope."""

    def __init__(self) -> None:
        trusted = os.environ.get(PROXIES, LOOPBACK)
        self.reader: Any = ProxyHeadersMiddleware(be_content, trusted_hosts=trusted)  # type: ignore[arg-type]

    def concerns(self, http: Http) -> bool:
        """Whether a request says that it was forwarded."""
        return HEADERS[0] in http.headers or HEADERS[1] in http.headers

    async def read(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Change the scope, if who sends it is trusted."""
        await self.reader(scope, receive, send)


async def be_content(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing more is to be done."""
