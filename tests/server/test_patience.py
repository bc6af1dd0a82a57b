"""How long a connection is kept: timers that no request pays for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from autoapi import server
from autoapi.http import Answer
from autoapi.outgoing import send_answer
from autoapi.server import PatientProtocol
from tests.server.test_outgoing import Wire

ASKED = b"GET /t HTTP/1.1\r\nHost: here\r\n\r\n"
KEPT = 0.5  # seconds


class Caller:
    """A connection to a server that answers 204 to everything at once."""

    def __init__(self) -> None:
        config = uvicorn.Config(answer, log_config=None, lifespan="off")
        config.load()
        config.timeout_keep_alive = KEPT  # type: ignore[assignment]
        self.wire = Wire()
        self.protocol = PatientProtocol(config, ServerState(), {})
        self.protocol.connection_made(self.wire)

    async def ask(self, data: bytes = ASKED) -> None:
        """Send bytes, and give what they begin the time to end."""
        self.protocol.data_received(data)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def stays(self, seconds: float) -> bool:
        """Whether the server has not hung up after so long."""
        await asyncio.sleep(seconds)
        return not self.wire.closed

    async def ends(self) -> bool:
        """Whether the server hangs up before long."""
        for _ in range(200):
            if self.wire.closed:
                return True
            await asyncio.sleep(0.05)
        return False


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """An application."""
    await send_answer(Answer(204, ()), send)


def lived(work: Callable[[Caller], Awaitable[None]]) -> Wire:
    """The connection of a caller who did this."""

    async def whole() -> Wire:
        caller = Caller()
        await work(caller)
        caller.protocol.connection_lost(None)
        return caller.wire

    return asyncio.run(whole())


def test_a_connection_on_which_nothing_more_is_asked_is_hung_up_on() -> None:
    async def work(caller: Caller) -> None:
        await caller.ask()
        assert await caller.stays(KEPT / 5)
        assert await caller.ends()

    assert len(lived(work).pieces) == 1


def test_a_connection_on_which_something_is_asked_now_and_then_is_kept() -> None:
    async def work(caller: Caller) -> None:
        for _ in range(6):
            await caller.ask()
            assert await caller.stays(KEPT / 3)
        assert await caller.ends()

    assert len(lived(work).pieces) == 6


def test_requests_that_come_together_are_answered_in_turn_and_have_no_timers() -> None:
    async def work(caller: Caller) -> None:
        await caller.ask(ASKED * 3)
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(caller.wire.pieces) == 3
        assert caller.protocol.head_timer is None

    lived(work)


@pytest.mark.parametrize("before", [b"", ASKED])
def test_a_head_that_is_not_ended_is_not_waited_for_longer_than_patience_lasts(
    monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.3)

    async def work(caller: Caller) -> None:
        if before:
            await caller.ask(before)
        await caller.ask(ASKED[:-2])
        assert await caller.ends()

    assert len(lived(work).pieces) == len(before[:1])


def test_at_a_stop_a_connection_may_bring_one_more_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "LINGER", 0.3)

    async def work(caller: Caller) -> None:
        await caller.ask()
        caller.protocol.shutdown()
        await caller.ask()
        assert caller.wire.closed

    first, second = lived(work).pieces
    assert b"connection: close" not in first
    assert b"connection: close" in second
