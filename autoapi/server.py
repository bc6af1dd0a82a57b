"""The server: uvicorn, made to lose no request when it stops, and to wait for none for good.

A stop closes the listening socket once nobody waits on it (``closed_door``), and a connection
that is kept open is closed only after a while in which its caller may still have sent
something: uvicorn would close it at once, in the face of a request that is on its way.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from autoapi.closed_door import SETTLE, shut_door

__all__ = ["PatientProtocol", "Server", "shut_doors"]

LINGER = 1.0  # seconds in which a connection that is kept open may bring another request
LARGEST_HEAD = 65_536  # bytes, beyond which no more of a head is read
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
PATIENCE = 30.0  # seconds for a request's first line and its headers


class PatientProtocol(HttpToolsProtocol):
    """One connection of a caller's.

    A request costs no timer of its own: a head that is whole at once is not waited for, and
    the timer of a connection that is kept open looks at the clock when it ends.
    """

    stopping = False
    head_is_due = True  # whether a request's head is not whole yet
    head_timer: asyncio.TimerHandle | None = None
    head_size = 0  # bytes
    part = 0  # bytes of what is being read
    too_large = False  # whether the head is larger than may be
    idle_since: float | None = None  # by the loop's clock; None while a request is under way

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller has connected, and has a while to ask something."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self.head_timer = self.loop.call_later(PATIENCE, self.hang_up)

    def data_received(self, data: bytes) -> None:
        """Read what has come; a head that goes on for too long is refused (431)."""
        self.part = len(data)
        super().data_received(data)
        if not self.head_is_due:
            return
        if self.head_timer is None:
            self.head_timer = self.loop.call_later(PATIENCE, self.hang_up)
        self.head_size += len(data)
        if self.head_size > LARGEST_HEAD and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.head_is_due = True

    def on_headers_complete(self) -> None:
        """A request's head is whole; at a stop it is the last of its connection."""
        if self.head_size + self.part > LARGEST_HEAD:
            self.measure_head()
        self.head_is_due = False
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None
            self.head_size = 0
        super().on_headers_complete()
        if self.stopping:
            self.cycle.keep_alive = False

    def measure_head(self) -> None:
        """Refuse a head that came whole and is too large. Raises ValueError, which ends reading."""
        lines = sum(len(name) + len(value) + 4 for name, value in self.headers)
        self.too_large = len(self.url) + lines > LARGEST_HEAD
        if self.too_large:
            raise ValueError("the head is too large")

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or more of it than is read."""
        if not self.too_large:
            super().send_400_response(msg)
            return
        self.transport.write(TOO_LARGE)
        self.transport.close()

    def on_response_complete(self) -> None:
        """An answer is sent: the next request may begin, or be waited for."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self.idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.wait_for_more(self.timeout_keep_alive)

    def _unset_keepalive_if_required(self) -> None:
        """Bytes have come; the timer finds out when it ends."""
        self.idle_since = None

    def wait_for_more(self, seconds: float) -> None:
        """Look again whether the caller has asked anything more."""
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """Hang up on a caller who has asked nothing for as long as a connection is kept open."""
        self.timeout_keep_alive_task = None
        if self.idle_since is None:
            return
        left = self.idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.wait_for_more(left)
        else:
            self.hang_up()

    def hang_up_unless_asked(self) -> None:
        """Hang up on a caller who has sent nothing since it was last looked at."""
        if self.idle_since is not None:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection once what was answered is sent."""
        if not self.transport.is_closing():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone."""
        for timer in (self.head_timer, self.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: the request under way, or one that comes yet, is the last."""
        self.stopping = True
        if self.cycle is None or self.cycle.response_complete:
            self.idle_since = self.loop.time()
            self.loop.call_later(LINGER, self.hang_up_unless_asked)
        else:
            super().shutdown()


class Server(uvicorn.Server):
    """One process that serves."""

    has_the_door_to_itself = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take in who waits at the door, then close it and finish what is under way."""
        if self.has_the_door_to_itself and shut_doors(sockets or []):
            await asyncio.sleep(SETTLE)
        for listener in sockets or []:
            await self.take_in(listener)
        await super().shutdown(sockets)

    async def take_in(self, listener: socket.socket) -> None:
        """Accept the connections that the system has accepted for us already."""
        protocol = partial(
            PatientProtocol,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        with suppress(BlockingIOError, OSError):
            while True:
                accepted, _ = listener.accept()
                accepted.setblocking(False)
                await loop.connect_accepted_socket(protocol, accepted)


def shut_doors(listeners: Iterable[socket.socket]) -> bool:
    """Let nobody new connect to these sockets; whether that could be done with any."""
    shut = [shut_door(each) for each in listeners]
    return any(shut)
