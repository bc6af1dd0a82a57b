"""What is sent twice with one ``Idempotency-Key`` is done once: actions, and routes of routers.

The whole route, from the body to the answer as it is sent, runs inside the transaction that
holds the key, by the same mechanism as a POST on a table. With or without a key, a
transaction that the database gives up is run again. What a route does besides its
transaction is not undone with it, so routes that may do that are left as they are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from copy import copy
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive

from autoapi.answering import Asking, answer_once, is_once
from autoapi.changes import done_again_if_given_up, own_rights, transaction
from autoapi.http import Answer, read_http
from autoapi.routes.gate import READS, ServiceGate

__all__ = ["ONCE", "OnceRoute", "heeding_keys"]

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
ONCE: Final = {"$ref": "#/components/parameters/idempotency_key"}


class OnceRoute(APIRoute):
    """A route that heeds ``Idempotency-Key``, and is run again if it is given up."""

    def get_route_handler(self) -> Handler:
        """What answers a request: FastAPI's own handler, at most once for each key."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            gate: ServiceGate = request.app.state.gate
            http = read_http(request.scope)
            body = Replayed(request.receive)

            async def attempt() -> Response:
                async with AsyncExitStack() as ends:
                    request.state.attempt = ends
                    return await handle(Request(request.scope, body.from_its_beginning()))

            if not is_once(http, gate.service.settings):
                return await done_again_if_given_up(attempt)
            afterwards: BackgroundTask | None = None

            async def answering(inside: Asking) -> Answer:
                nonlocal afterwards
                request.state.inside = inside
                response = await attempt()
                afterwards = response.background
                return Answer(
                    response.status_code, tuple(response.raw_headers), await body_of(response)
                )

            http.body = await Request(request.scope, body.from_its_beginning()).body()

            async def once() -> Answer:
                return await answer_once(await gate.asking(request), http, answering)

            answer = await done_again_if_given_up(once)
            given = Response(answer.body, answer.status, background=afterwards)
            given.raw_headers = list(answer.headers)
            return given

        return handle_once


class Replayed:
    """The body of a request, which can be read again after it was read."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.read: list[Message] = []

    def from_its_beginning(self) -> Receive:
        """What receives it, first what was read already."""
        read = iter(range(len(self.read)))

        async def receive_part() -> Message:
            for position in read:
                return self.read[position]
            self.read.append(await self.receive())
            return self.read[-1]

        return receive_part


def heeding_keys(router: APIRouter, *, with_keys: bool) -> APIRouter:
    """A router with the same routes, of which those that can be done once are.

    That is what a router itself has; one that is included in it is left as it is. The
    document tells of the key where there are keys.
    """
    made = copy(router)
    made.routes = [
        heeding(each, with_keys=with_keys)
        if type(each) is APIRoute and is_undone_with_its_transaction(each)
        else each
        for each in router.routes
    ]
    return made


def heeding(route: APIRoute, *, with_keys: bool) -> OnceRoute:
    """The same route as one that heeds keys; the override's own stays as it is."""
    made: Any = copy(route)
    made.__class__ = OnceRoute  # which has the same state, and reads it in another way
    if with_keys and "POST" in (route.methods or ()):
        extra = route.openapi_extra or {}
        made.openapi_extra = {**extra, "parameters": [*extra.get("parameters", []), ONCE]}
    found: OnceRoute = made
    return found


def is_undone_with_its_transaction(route: APIRoute) -> bool:
    """Whether all that a route does, as far as can be told, is in the request's transaction.

    Not so where it has the service's own rights, whose transactions are their own, or needs
    what is to be ended (a dependency with ``yield``), which FastAPI does with the request.
    """
    needed = list(calls(route.dependant))
    others = [each for each in needed if each is not transaction]
    return (
        not READS.issuperset(route.methods or ())
        and transaction in needed
        and own_rights not in needed
        and not any(is_to_be_ended(each) for each in others)
    )


def calls(dependant: Dependant) -> Iterator[Any]:
    """The functions that a route calls, its own and whatever it depends on."""
    yield dependant.call
    for each in dependant.dependencies:
        yield from calls(each)


def is_to_be_ended(function: Any) -> bool:
    """Whether a dependency yields what it gives."""
    plain = inspect.unwrap(function)
    return any(
        inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each)
        for each in (plain, getattr(plain, "__call__", None))  # noqa: B004 - of an object
    )


async def body_of(response: Response) -> bytes:
    """The whole body of an answer, also of one that would be sent piece by piece."""
    if not isinstance(response, StreamingResponse):
        return bytes(response.body)
    parts = [part async for part in response.body_iterator]
    return b"".join(part.encode() if isinstance(part, str) else bytes(part) for part in parts)
