"""The log: one line of JSON an event, on standard error, without values of rows.

What is told of the service itself is told at every level. Of requests, ``error`` tells
those that failed by a fault of ours (5xx), ``warn`` also those that were refused (4xx),
``info`` and ``debug`` all, ``crit`` none.
"""

from __future__ import annotations

import logging
import sys
import traceback
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
    WorkerEnded,
    subscribe,
)

__all__ = ["Libraries", "log_events", "lowest_status_logged"]

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
    logging.getLogger().handlers[:] = [Libraries()]
    subscribe(write)


def write(event: Event) -> None:
    """Write one event."""
    write_line(level_of(event), type(event).__name__, asdict(event))


def write_line(level: int, event: str, fields: dict[str, object]) -> None:
    """Write one line."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"at": moment, "level": logging.getLevelName(level).lower(), "event": event}
    LOGGER.log(level, msgspec.json.encode(line | fields).decode())


class Libraries(logging.Handler):
    """What libraries say, as lines like all others.

    Of what they put into a text only numbers are told, and of an exception its kind and
    where it was raised, since the rest may be values.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write what was said."""
        given = record.args if isinstance(record.args, tuple) else (record.args,)
        plain = all(isinstance(each, int) for each in given)
        _, error, trace = record.exc_info or (None, None, None)
        fields: dict[str, object] = {
            "logger": record.name,
            "message": (record.getMessage() if plain else str(record.msg)).strip(),
            "error": "" if error is None else type(error).__name__,
            "trace": "".join(traceback.format_tb(trace)),
        }
        write_line(record.levelno, "LibrarySaid", fields)


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
            | WorkerEnded()
        ):
            return logging.WARNING
        case RequestAnswered(status=status) | QueryRun(status=status) if status >= 400:
            return logging.ERROR if status >= 500 else logging.WARNING
        case _:
            return logging.INFO
