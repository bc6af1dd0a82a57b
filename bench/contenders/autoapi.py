"""``autoapi``: the service itself, one worker, as an operator starts it."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.contenders.servers import Place

__all__ = ["command", "environment"]


def command(place: Place) -> list[str]:
    """The server's command line."""
    program = Path(sys.executable).with_name("autoapi")
    return [str(program), "serve", "--host", "127.0.0.1", "--port", str(place.port)]


def environment(place: Place) -> dict[str, str]:
    """Writes without a token, as in the other contenders, and as many connections."""
    return {
        "AUTOAPI_ANONYMOUS": "write",
        "AUTOAPI_DB_POOL": str(place.pool),
        "AUTOAPI_LOG_LEVEL": "warning",
    }
