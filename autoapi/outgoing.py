"""A whole answer on its way to the caller, written at once where the server is uvicorn.

ASGI has two messages for it, and no place for the words after a status, which a function that
raises an answer may choose (HTTP/2 sends none). uvicorn takes the two one after the other, and
every header by itself; what it would write is put together here in one piece, byte for byte.
Under another server an answer goes the way of ASGI, with the usual words.
"""

from __future__ import annotations

import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string

from autoapi.http import Answer, Headers, Send

__all__ = ["send_answer"]

UNSAYABLE = re.compile(r"[\x00-\x1f\x7f]")
BODILESS = frozenset({204, 304})
LENGTH = b"content-length"
CONNECTION = b"connection"
FAILED = 400  # only such answers may say that the connection ends with them
CLOSE = b"connection: close\r\n"


async def send_answer(answer: Answer, send: Send) -> None:
    """Send an answer that is whole."""
    cycle: Any = getattr(send, "__self__", None)
    if type(cycle) is RequestResponseCycle:
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected or write_answer(answer, cycle):
            return
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def write_answer(answer: Answer, cycle: RequestResponseCycle) -> bool:
    """Write an answer as uvicorn's ``send`` does its two parts; False where it must decide."""
    if answer.status >= FAILED and any(name == CONNECTION for name, _ in answer.headers):
        return False
    closes = not cycle.keep_alive
    body = answer.body
    headers = measured(answer)
    if cycle.scope["method"] == "HEAD":
        headers, body = answer.headers, b""
    head = make_head(answer, headers, GIVEN.block(cycle.default_headers), closes=closes)
    # A line end within a value would begin another header.
    lines = 2 + len(cycle.default_headers) + len(headers) + closes
    if not head.count(b"\n") == head.count(b"\r") == lines:
        return False
    if cycle.access_log:
        log_access(answer.status, cycle)
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    cycle.transport.writelines((head, body))
    cycle.response_complete = True
    cycle.message_event.set()
    if closes:
        cycle.transport.close()
    cycle.on_response()
    return True


def log_access(status: int, cycle: RequestResponseCycle) -> None:
    """Write a line of uvicorn's own access log, which is off where autoapi starts it."""
    cycle.access_logger.info(
        '%s - "%s %s HTTP/%s" %d',
        get_client_addr(cycle.scope),
        cycle.scope["method"],
        get_path_with_query_string(cycle.scope),
        cycle.scope["http_version"],
        status,
    )


def measured(answer: Answer) -> Headers:
    """The headers, the length of the body among them; most answers have it for their last."""
    headers = answer.headers
    if headers and headers[-1][0] == LENGTH:
        return headers
    if answer.status in BODILESS or any(name == LENGTH for name, _ in headers):
        return headers
    return (*headers, (LENGTH, b"%d" % len(answer.body)))


def make_head(answer: Answer, headers: Headers, given: bytes, *, closes: bool) -> bytes:
    """The status line, the headers, and the empty line."""
    line = STATUS_LINE[answer.status] if answer.phrase is None else worded_status(answer)
    lines = b"\r\n".join(map(b": ".join, headers))
    gap = b"\r\n" if lines else b""
    return b"".join((line, given, lines, gap, CLOSE if closes else b"", b"\r\n"))


def worded_status(answer: Answer) -> bytes:
    """The status line with the words that were chosen for it."""
    words = UNSAYABLE.sub(" ", answer.phrase or "").encode()
    return b"HTTP/1.1 %d %b\r\n" % (answer.status, words)


class Given:
    """The headers that every answer is given, in one piece; uvicorn lists them anew each second."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.joined = b""

    def block(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """Their lines, each with its end."""
        if headers is not self.headers:
            self.headers = headers
            self.joined = b"".join(b"%b: %b\r\n" % each for each in headers)
        return self.joined


GIVEN = Given()
