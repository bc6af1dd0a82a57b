"""Whole answers are written as uvicorn would write them, in one piece."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, cast

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from autoapi.http import Answer, Headers
from autoapi.outgoing import send_answer

GIVEN = [(b"date", b"Wed, 25 Nov 2026 04:00:00 GMT"), (b"server", b"autoapi")]
JSON: Headers = ((b"content-type", b"application/json"), (b"vary", b"Accept"))


class Wire(asyncio.Transport):
    """What was written on a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.pieces.append(b"".join(list_of_data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Exchange:
    """A request that waits for its answer."""

    def __init__(self, method: str = "GET", *, keep_alive: bool = True) -> None:
        self.wire = Wire()
        self.flow = FlowControl(self.wire)
        self.answered = 0
        self.cycle = RequestResponseCycle(
            cast(Any, {"method": method, "client": None, "path": "/t", "http_version": "1.1"}),
            self.wire,
            self.flow,
            logging.getLogger("uvicorn.error"),
            logging.getLogger("uvicorn.access"),
            access_log=False,
            default_headers=GIVEN,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self.end,
        )

    def end(self) -> None:
        self.answered += 1

    def send(self, answer: Answer) -> None:
        """Send an answer as autoapi does."""
        asyncio.run(send_answer(answer, cast(Any, self.cycle.send)))

    def send_by_uvicorn(self, answer: Answer) -> None:
        """Send an answer the way of ASGI."""
        asyncio.run(self.send_parts(answer))

    async def send_parts(self, answer: Answer) -> None:
        """The two messages of an answer."""
        start = {"type": "http.response.start", "status": answer.status}
        await self.cycle.send(cast(Any, {**start, "headers": answer.headers}))
        await self.cycle.send(cast(Any, {"type": "http.response.body", "body": answer.body}))


def with_length(headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Headers:
    return (*headers, (b"content-length", b"%d" % len(body)))


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("GET", Answer(200, with_length(JSON, b"[1]"), b"[1]")),
        ("GET", Answer(416, (*with_length((), b"{}"), *JSON), b"{}")),
        ("HEAD", Answer(200, with_length(JSON, b"[1]"), b"")),
        ("HEAD", Answer(200, JSON, b"[1]")),
        ("DELETE", Answer(204, JSON)),
        ("DELETE", Answer(204, ())),
        ("POST", Answer(503, with_length(((b"connection", b"close"),), b"no"), b"no")),
    ],
)
def test_an_answer_has_the_bytes_that_uvicorn_would_give_it(
    method: str, answer: Answer, keep_alive: bool
) -> None:
    ours, theirs = (Exchange(method, keep_alive=keep_alive) for _ in range(2))

    ours.send(answer)
    theirs.send_by_uvicorn(answer)

    assert b"".join(ours.wire.pieces) == b"".join(theirs.wire.pieces)
    assert ours.wire.closed == theirs.wire.closed
    assert (ours.answered, ours.cycle.response_complete) == (1, True)
    assert ours.cycle.keep_alive == theirs.cycle.keep_alive


def test_an_answer_is_one_write_with_its_length_and_its_words() -> None:
    exchange = Exchange()

    exchange.send(Answer(419, JSON, b"[1]", "Dried\r\nup"))

    assert exchange.wire.pieces == [
        b"HTTP/1.1 419 Dried  up\r\ndate: Wed, 25 Nov 2026 04:00:00 GMT\r\nserver: autoapi\r\n"
        b"content-type: application/json\r\nvary: Accept\r\ncontent-length: 3\r\n\r\n[1]"
    ]


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb"])
def test_a_value_that_would_begin_another_header_is_never_written(value: bytes) -> None:
    exchange = Exchange()

    with pytest.raises(RuntimeError, match="Invalid HTTP header"):
        exchange.send(Answer(200, ((b"x-note", value),)))

    assert exchange.wire.pieces == []


def test_an_answer_waits_for_a_caller_who_is_slow_and_not_for_one_who_is_gone() -> None:
    async def pieces() -> list[bytes]:
        exchange = Exchange()
        exchange.flow.pause_writing()
        sending = asyncio.create_task(send_answer(Answer(204, ()), cast(Any, exchange.cycle.send)))
        await asyncio.sleep(0)
        assert (exchange.wire.pieces, sending.done()) == ([], False)
        exchange.cycle.disconnected = True
        exchange.flow.resume_writing()
        await sending
        return exchange.wire.pieces

    assert asyncio.run(pieces()) == []


def test_under_another_server_an_answer_goes_the_way_of_asgi() -> None:
    sent = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(send_answer(Answer(404, JSON, b"{}"), send))

    assert sent == [
        {"type": "http.response.start", "status": 404, "headers": JSON},
        {"type": "http.response.body", "body": b"{}"},
    ]
