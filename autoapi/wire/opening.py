"""Opening a connection: the address, encryption if it is to be, the login; and cancelling."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress

from autoapi.wire.address import Address, Endpoint
from autoapi.wire.connection import Connection, Step
from autoapi.wire.errors import ConnectionLost, LoginError, ServerError
from autoapi.wire.login import Login
from autoapi.wire.messages import TLS_REQUEST, cancel_message, startup_message
from autoapi.wire.tls import REQUIRED, tls_context

__all__ = ["cancel", "connect"]

# A peer that is gone is noticed within a minute or so, even while a statement runs.
KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
UNACKNOWLEDGED = 30_000  # milliseconds
CANCEL_TIMEOUT = 5.0  # seconds


async def connect(
    address: Address, parameters: Mapping[str, str], *, reuses: bool = True
) -> Connection:
    """Open a session with the first of the address's servers that will do.

    ``parameters`` are settings of the session. Raises OSError when none can be reached,
    ServerError for what the server refuses, LoginError for a login that cannot be made,
    ConnectionLost when the server hangs up. The caller bounds the time.
    """
    failures: list[Exception] = []
    for endpoint in address.endpoints:
        try:
            connection = await open_session(address, endpoint, parameters, reuses=reuses)
            if not address.writable or await takes_writes(connection):
                return connection
            connection.goodbye()
            failures.append(OSError("the server takes no writes"))
        except (OSError, ServerError, LoginError, ConnectionLost) as error:
            failures.append(error)
    raise failures[-1]


async def open_session(
    address: Address, endpoint: Endpoint, parameters: Mapping[str, str], *, reuses: bool
) -> Connection:
    """Open a session with one server."""
    transport = await open_transport(address, endpoint)
    connection = Connection(Login(address.user, address.password), reuses=reuses)
    connection.connection_made(transport)
    transport.set_protocol(connection)
    given = {"user": address.user, "database": address.database, "client_encoding": "UTF8"}
    if address.options:
        given["options"] = address.options
    try:
        await connection.ready(startup_message(given | dict(parameters)))
    except BaseException:
        connection.abort()
        raise
    return connection


async def takes_writes(connection: Connection) -> bool:
    """Whether the server is not a replica."""
    found = await connection.run([Step("SELECT pg_is_in_recovery()", (), True)])
    return found[0][0] == (b"\0",)


async def open_transport(address: Address, endpoint: Endpoint) -> asyncio.Transport:
    """Connect to a server, encrypted as the address wants it."""
    loop = asyncio.get_running_loop()
    path = endpoint.socket
    if path is not None:
        transport, _ = await loop.create_unix_connection(Waiting, path)
        return transport
    transport, waiting = await loop.create_connection(Waiting, endpoint.host, endpoint.port)
    keep_alive(transport)
    context = tls_context(address)
    if context is None:
        return transport
    try:
        transport.write(TLS_REQUEST)
        if await waiting.answer == b"S":
            encrypted = await loop.start_tls(
                transport, waiting, context, server_hostname=endpoint.host
            )
            if encrypted is None:
                raise ConnectionLost
            return encrypted
        if address.tls_mode in REQUIRED:
            raise LoginError("the database does not encrypt, and sslmode asks for it")
    except BaseException:
        transport.abort()
        raise
    return transport


class Waiting(asyncio.Protocol):
    """Stands in until the session's own protocol takes over: hears one byte about TLS."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Take the server's word; more than that would be somebody's in between."""
        if not self.answer.done():
            if len(data) == 1:
                self.answer.set_result(data)
            else:
                self.answer.set_exception(LoginError("an answer came before it was asked for"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The server hung up."""
        if not self.answer.done():
            self.answer.set_exception(exc or ConnectionLost())
            self.answer.exception()  # nobody need be waiting


def keep_alive(transport: asyncio.BaseTransport) -> None:
    """Have the system notice a peer that is gone."""
    found = transport.get_extra_info("socket")
    with suppress(OSError):
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (*KEEP_ALIVE.items(), ("TCP_USER_TIMEOUT", UNACKNOWLEDGED)):
            if hasattr(socket, name):
                found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def cancel(address: Address, key: tuple[int, int]) -> None:
    """Ask the server to stop what a session runs; it may have ended meanwhile.

    ``key`` is the session's. Only the server that the session is with knows it.
    """
    for endpoint in address.endpoints:
        with suppress(OSError, ServerError, LoginError, ConnectionLost):
            await send_cancel(address, endpoint, key)


async def send_cancel(address: Address, endpoint: Endpoint, key: tuple[int, int]) -> None:
    """Ask one server to stop a session's statement."""
    async with asyncio.timeout(CANCEL_TIMEOUT):
        transport = await open_transport(address, endpoint)
        transport.write(cancel_message(*key))
        transport.close()
