"""The log: one line of JSON an event, on standard error, without values of rows.

What is told of the service itself is told at every level. Of requests, ``error`` tells
those that failed by a fault of ours (5xx), ``warn`` also those that were refused (4xx),
``info`` and ``debug`` all, ``crit`` none.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import msgspec

from autoapi.events import (
    BreakerMoved,
    CatalogueUnavailable,
    DatabaseState,
    Event,
    ExportBroken,
    HistoryUnavailable,
    KeysUnavailable,
    ListenerLost,
    OldNotation,
    QueryRun,
    RequestAnswered,
    RequestFailed,
    SettingsRefused,
    SlowQuery,
    subscribe,
)

__all__ = ["log_events", "lowest_status_logged"]

LOGGER = logging.getLogger("autoapi")

# Level -> the lowest status of which a request is logged.
LOWEST = {"crit": 1_000, "error": 500, "warn": 400, "warning": 400, "info": 0, "debug": 0}


def lowest_status_logged(level: str) -> int:
    """The lowest status of an answer that the log tells of at a level."""
    return LOWEST[level]


def log_events() -> None:
    """Write every event from now on; requests are told of as far as the level wants it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.handlers[:] = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(logging.DEBUG)
    subscribe(write)


def write(event: Event) -> None:
    """Write one event."""
    level = level_of(event)
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
        case CatalogueUnavailable() | DatabaseState(reachable=False) | BreakerMoved(state="open"):
            return logging.WARNING
        case (
            ExportBroken()
            | HistoryUnavailable()
            | KeysUnavailable()
            | ListenerLost()
            | OldNotation()
            | SettingsRefused()
            | SlowQuery()
        ):
            return logging.WARNING
        case RequestAnswered(status=status) | QueryRun(status=status) if status >= 400:
            return logging.ERROR if status >= 500 else logging.WARNING
        case _:
            return logging.INFO
