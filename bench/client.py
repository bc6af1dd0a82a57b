"""The bundled load client, for machines without wrk: slower, but enough to compare.

``python -m bench.client PORT SECONDS CONNECTIONS`` reads a request as JSON from its
standard input and prints what ``bench.load`` reads. Every connection sends its next
request when the last one is answered; when time is up, what is under way is waited for.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import httptools
import uvloop

from bench.load import MARK

__all__ = ["main"]


class Connection(asyncio.Protocol):
    """One kept-alive connection that sends, waits, and sends again."""

    def __init__(self, requests: Iterator[bytes], deadline: float, tally: Tally) -> None:
        self.requests, self.deadline, self.tally = requests, deadline, tally
        self.parser = httptools.HttpResponseParser(self)
        self.sent = 0.0
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        """Send the next request, or stop."""
        self.sent = time.perf_counter()
        if self.sent >= self.deadline:
            self.transport.close()
            return
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """One answer is here."""
        self.tally.latencies.append(time.perf_counter() - self.sent)
        if not 200 <= self.parser.get_status_code() < 300:
            self.tally.errors += 1
        self.parser = httptools.HttpResponseParser(self)
        asyncio.get_running_loop().call_soon(self.send)

    def connection_lost(self, _error: Exception | None) -> None:
        if time.perf_counter() < self.deadline:
            self.tally.errors += 1
        if not self.finished.done():
            self.finished.set_result(None)


class Tally:
    """What came back, over all connections. Latencies are seconds."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.errors = 0

    def percentile(self, part: float) -> float:
        """Milliseconds within which that part of the answers came."""
        ordered = sorted(self.latencies) or [0.0]
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1e3


def request_bytes(request: dict[str, Any], target: str) -> bytes:
    """One request as it goes over the wire."""
    body: bytes = request["body"].encode()
    lines = [f"{request['method']} {target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in request["headers"]]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def load(request: dict[str, Any], port: int, seconds: float, connections: int) -> str:
    """Load the server and give the line that reports it."""
    requests = cycle([request_bytes(request, target) for target in request["targets"]])
    tally = Tally()
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(
            lambda: Connection(requests, started + seconds, tally), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.finished for _, connection in opened))
    result = {
        "requests": len(tally.latencies),
        "seconds": time.perf_counter() - started,
        "p50": tally.percentile(0.5),
        "p99": tally.percentile(0.99),
        "errors": tally.errors,
    }
    return MARK + json.dumps(result)


def main() -> None:
    port, seconds, connections = sys.argv[1:]
    request = json.load(sys.stdin)
    print(uvloop.run(load(request, int(port), float(seconds), int(connections))))


if __name__ == "__main__":
    main()
