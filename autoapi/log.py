"""The log: one line of JSON an event, on standard error, without values of rows."""

from __future__ import annotations

import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import msgspec

from autoapi.events import (
    CatalogueUnavailable,
    DatabaseState,
    Event,
    RequestFailed,
    subscribe,
)

__all__ = ["log_events"]

LOGGER = logging.getLogger("autoapi")


def log_events(level: str) -> None:
    """Write every event of at least ``level`` from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.handlers[:] = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(level.upper())
    subscribe(write)


def write(event: Event) -> None:
    """Write one event."""
    level = level_of(event)
    if not LOGGER.isEnabledFor(level):
        return
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {
        "at": moment,
        "level": logging.getLevelName(level).lower(),
        "event": type(event).__name__,
    }
    LOGGER.log(level, msgspec.json.encode(line | asdict(event)).decode())


def level_of(event: Event) -> int:
    """How much an event matters."""
    match event:
        case RequestFailed():
            return logging.ERROR
        case CatalogueUnavailable() | DatabaseState(reachable=False):
            return logging.WARNING
        case _:
            return logging.INFO
