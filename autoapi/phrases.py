"""The words after a status: a function that raises an answer may choose them.

ASGI has no place for them, since HTTP/2 sends none. uvicorn writes the status line itself;
its first write of an answer is changed on its way out. Under another server the phrase is
the usual one.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["say_phrase"]

UNSAYABLE = re.compile(r"[\x00-\x1f\x7f]")


class PhrasedTransport:
    """What an answer is written to, up to its status line; everything else is the transport's."""

    def __init__(self, cycle: Any, phrase: str) -> None:
        self.cycle = cycle
        self.transport = cycle.transport
        self.phrase = UNSAYABLE.sub(" ", phrase).encode()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        """Write the first bytes with the phrase in their first line, and step aside."""
        self.cycle.transport = self.transport
        line, end, rest = data.partition(b"\r\n")
        version, code, _ = line.split(b" ", 2)
        self.transport.write(b" ".join((version, code, self.phrase)) + end + rest)


def say_phrase(send: Any, phrase: str) -> None:
    """Let the answer that ``send`` is about to begin have this phrase, if the server is uvicorn."""
    cycle = getattr(send, "__self__", None)
    if type(cycle).__module__ == "uvicorn.protocols.http.httptools_impl":
        cycle.transport = PhrasedTransport(cycle, phrase)  # type: ignore[union-attr]
