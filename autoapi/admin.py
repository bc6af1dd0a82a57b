"""The admin server: whether the service lives and can serve, its figures and its catalogue.

It listens apart, on a port or socket that callers need not reach, and is answered by the
same process: what it says is of the process that was asked. The addresses are PostgREST's:
https://docs.postgrest.org/en/stable/references/admin_server.html
"""

from __future__ import annotations

from pathlib import Path

from autoapi.catalogue import encode_catalogue
from autoapi.condition import Condition, ready
from autoapi.errors import ApiError
from autoapi.http import Answer, Scope, json_answer
from autoapi.metrics import CONTENT_TYPE
from autoapi.service import Service
from autoapi.settings import Settings
from autoapi.sharing import metrics_text

__all__ = ["Admin"]

EMPTY = ((b"content-length", b"0"),)


class Admin:
    """Answers what comes in on the admin server's socket."""

    def __init__(self, settings: Settings, service: Service) -> None:
        self.service = service
        self.condition = Condition(service)
        self.api_path = settings.server_unix_socket
        self.path = settings.admin_server_unix_socket
        self.port = settings.admin_server_port

    def is_for(self, scope: Scope) -> bool:
        """Whether a request came in on the admin server's socket."""
        server = scope.get("server")
        if server is None:
            return False
        return bool(server[0] == self.path if self.path else server[1] == self.port)

    async def answer(self, path: str) -> Answer:
        """The answer to a request on a path, by whatever method."""
        match path:
            case "/live":
                return Answer(200 if self.lives() else 500, EMPTY)
            case "/ready":
                return Answer(await self.readiness(), EMPTY)
            case "/health/detailed":
                return json_answer(await self.condition.read())
            case "/metrics":
                body = metrics_text(self.service)
                return answer_with(body, CONTENT_TYPE)
            case "/schema_cache":
                snapshot = self.service.snapshot
                body = encode_catalogue(snapshot.catalogue) if snapshot else b""
                return answer_with(body, b"application/json; charset=utf-8")
            case _:
                return Answer(404, EMPTY)

    def lives(self) -> bool:
        """Whether the API's socket is still where callers look for it."""
        return not self.api_path or Path(self.api_path).is_socket()

    async def readiness(self) -> int:
        """The status that says whether requests can be served now."""
        if not self.lives():
            return 500
        try:
            await ready(self.service)
        except ApiError:
            return 503
        return 200


def answer_with(body: bytes, content_type: bytes) -> Answer:
    """An answer of a type and length."""
    length = b"%d" % len(body)
    return Answer(200, ((b"content-type", content_type), (b"content-length", length)), body)
