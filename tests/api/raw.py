"""Requests byte by byte, for what no decent client would send."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from tests.service import Api

__all__ = ["Reply", "connect", "read_reply", "send", "send_bytes"]


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def connect(api: Api, timeout: float = 20) -> socket.socket:
    """A connection to the service."""
    return socket.create_connection((api.client.base_url.host, api.client.base_url.port), timeout)


def send(
    api: Api,
    method: str,
    target: str | bytes,
    headers: Iterable[tuple[str, str | bytes]] = (),
    body: bytes | None = None,
) -> Reply:
    """One request on a connection of its own, its target and headers as they are given."""
    path = target.encode("latin-1") if isinstance(target, str) else target
    lines = [method.encode() + b" " + path + b" HTTP/1.1", b"Host: test", b"Connection: close"]
    for name, value in headers:
        text = value.encode("latin-1") if isinstance(value, str) else value
        lines.append(name.encode() + b": " + text)
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return send_bytes(api, b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""), method)


def send_bytes(api: Api, raw: bytes, method: str = "GET") -> Reply:
    """Bytes, and what is answered."""
    with closing(connect(api)) as connection:
        with suppress(ConnectionError):
            connection.sendall(raw)
        return read_reply(connection, method)


def read_reply(connection: socket.socket, method: str = "GET") -> Reply:
    """The next reply on a connection."""
    with closing(http.client.HTTPResponse(connection, method=method)) as response:
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, headers, response.read())
