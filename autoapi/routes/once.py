"""Actions that are sent twice with one ``Idempotency-Key`` are done once.

The whole route, from the body to the answer as it is sent, runs inside the transaction that
holds the key, by the same mechanism as a POST on a table. With or without a key, a
transaction that the database gives up is run again.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse

from autoapi.answering import Asking, answer_once, is_once
from autoapi.changes import done_again_if_given_up
from autoapi.http import Answer, read_http
from autoapi.routes.gate import ServiceGate

__all__ = ["OnceRoute"]

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class OnceRoute(APIRoute):
    """A route that heeds ``Idempotency-Key``."""

    def get_route_handler(self) -> Handler:
        """What answers a request: FastAPI's own handler, at most once for each key."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            gate: ServiceGate = request.app.state.gate
            http = read_http(request.scope)
            if not is_once(http, gate.service.settings):
                return await done_again_if_given_up(partial(handle, request))
            afterwards: BackgroundTask | None = None

            async def answering(inside: Asking) -> Answer:
                nonlocal afterwards
                request.state.inside = inside
                response = await handle(request)
                afterwards = response.background
                return Answer(
                    response.status_code, tuple(response.raw_headers), await body_of(response)
                )

            http.body = await request.body()

            async def once() -> Answer:
                return await answer_once(await gate.asking(request), http, answering)

            answer = await done_again_if_given_up(once)
            given = Response(answer.body, answer.status, background=afterwards)
            given.raw_headers = list(answer.headers)
            return given

        return handle_once


async def body_of(response: Response) -> bytes:
    """The whole body of an answer, also of one that would be sent piece by piece."""
    if not isinstance(response, StreamingResponse):
        return bytes(response.body)
    parts = [part async for part in response.body_iterator]
    return b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in parts)
