"""PostgreSQL's own protocol, as far as the service needs it: statements in one round trip.

A request's settings, its statement and its commit go out together and come back together,
which no driver for asyncio does. ``messages`` are the bytes, ``connection`` sends and reads
them, ``address`` says where to, ``login`` who, ``tls`` how safely. Nothing here knows SQL.
https://www.postgresql.org/docs/current/protocol.html
"""

from autoapi.wire.address import Address, read_address
from autoapi.wire.connection import Column, Connection, Row, Step
from autoapi.wire.errors import ConnectionLost, LoginError, ServerError
from autoapi.wire.opening import cancel, connect

__all__ = [
    "Address",
    "Column",
    "Connection",
    "ConnectionLost",
    "LoginError",
    "Row",
    "ServerError",
    "Step",
    "cancel",
    "connect",
    "read_address",
]
