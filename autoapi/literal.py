"""What holds for every request that FastAPI answers: routes of overrides, tools, documents.

Their bodies are bounded like all others, pages of other origins may read their answers, and
one that fails is told as all failures are.
"""

from __future__ import annotations

import traceback
from collections.abc import MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message

from autoapi.cors import cors_headers
from autoapi.events import RequestFailed, report
from autoapi.http import Answer, Headers, Http, Receive, Scope, Send, identify
from autoapi.settings import Settings

__all__ = ["TOO_LARGE", "answer_literal", "request_headers"]

TOO_LARGE = 413
FAILED = 500  # the lowest status of a failure


async def answer_literal(
    app: ASGIApp, http: Http, settings: Settings, channel: tuple[Scope, Receive, Send]
) -> Answer:
    """Let FastAPI answer a request; status and headers of what it answered."""
    scope, receive, send = channel
    sent: list[Answer] = []
    try:
        await app(
            scope,
            bounded(receive, http, settings.max_body),
            with_headers(send, http, settings, sent),
        )
    except Exception as error:  # it was answered by ``failed`` of the application
        trace = "".join(traceback.format_tb(error.__traceback__))
        if settings.log_level != "crit":
            name = identify(http, settings.server_trace_header)
            report(RequestFailed(http.method, http.path, type(error).__name__, trace, name))
    return sent[0] if sent else Answer(0, ())


def bounded(receive: Receive, http: Http, limit: int) -> Receive:
    """The body as it comes, as far as it may. Raises HTTPException (413) where it is larger.

    FastAPI lets that exception through where it reads bodies, and no other.
    """
    announced = http.headers.get(b"content-length", b"")
    size = int(announced) if announced.isdigit() else 0
    seen = 0

    async def receive_part() -> MutableMapping[str, Any]:
        nonlocal seen
        if size > limit:
            raise HTTPException(TOO_LARGE)
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(TOO_LARGE)
        return message

    return receive_part


def with_headers(send: Send, http: Http, settings: Settings, sent: list[Answer]) -> Send:
    """What sends an answer with some headers more, and notes in ``sent`` how it begins.

    A failure says by which name the log knows the request.
    """
    extra = request_headers(http, settings, friendly=False)

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = (*message.get("headers", ()), *extra)
            if message["status"] >= FAILED:
                name = identify(http, settings.server_trace_header)
                headers = (*headers, (b"x-request-id", name.encode()))
            message["headers"] = headers
            sent.append(Answer(message["status"], headers))
        await send(message)

    return send_more


def request_headers(http: Http, settings: Settings, *, friendly: bool) -> Headers:
    """What a page of another origin needs to read an answer, and the trace header."""
    if b"origin" not in http.headers and not settings.server_trace_header:
        return ()
    extra = cors_headers(http, settings, friendly=friendly)
    name = settings.server_trace_header.encode().lower()
    if name:
        sent = (value for key, value in http.all_headers if key == name)
        extra = ((name, next(sent, b"")), *extra)
    return extra
