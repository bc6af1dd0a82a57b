"""What the service reports, as frozen data; the log and the metrics subscribe.

Rooms that do the work call ``report``; none of them formats a log line. An event
carries no values of rows, no tokens, no passwords.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = [
    "BreakerMoved",
    "CatalogueLoaded",
    "CatalogueUnavailable",
    "DatabaseState",
    "Event",
    "ExportBroken",
    "HistoryUnavailable",
    "KeysRead",
    "KeysUnavailable",
    "ListenerLost",
    "Listening",
    "OldNotation",
    "QueryRun",
    "RequestAbandoned",
    "RequestAnswered",
    "RequestFailed",
    "RuleBroken",
    "RuleFailed",
    "RulesLoaded",
    "SchemaChanged",
    "ServiceStarted",
    "SettingsChanged",
    "SettingsRefused",
    "SlowQuery",
    "WorkerEnded",
    "report",
    "subscribe",
]


@dataclass(frozen=True, slots=True)
class ServiceStarted:
    """The service accepts requests."""

    database: str  # without its password


@dataclass(frozen=True, slots=True)
class CatalogueLoaded:
    """The database was read; ``seconds`` it took.

    ``cause`` is what had it read: ``start``, ``poll``, ``notification``, ``signal`` or ``request``.
    """

    tables: int
    foreign_keys: int
    fingerprint: str
    seconds: float
    cause: str


@dataclass(frozen=True, slots=True)
class CatalogueUnavailable:
    """The database could not be read; the next try is in ``retry`` seconds."""

    reason: str
    retry: float


@dataclass(frozen=True, slots=True)
class RulesLoaded:
    """The overrides at an import path were read."""

    path: str
    rules: int


@dataclass(frozen=True, slots=True)
class RuleBroken:
    """A rule of an override does not fit the schema, so ``table`` is closed for ``verbs``."""

    rule: str
    table: str
    verbs: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class SchemaChanged:
    """A change of the schema was recorded in the history, under its number."""

    number: int
    differences: int
    cause: str


@dataclass(frozen=True, slots=True)
class HistoryUnavailable:
    """The history at ``path`` cannot be written; nothing else suffers."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleFailed:
    """A rule in Python raised what it should not. ``trace`` is the stack without values."""

    rule: str
    error: str
    trace: str


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The database became reachable or unreachable."""

    reachable: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BreakerMoved:
    """The circuit breaker is ``closed``, ``open`` for ``pause`` seconds, or ``half-open`` now."""

    state: str
    reason: str
    pause: float


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A request met a fault of ours. ``trace`` is the stack without values."""

    method: str
    path: str
    error: str
    trace: str
    request: str = ""  # its identity


@dataclass(frozen=True, slots=True)
class RequestAbandoned:
    """The caller went away before the answer; the database was told to stop its statement."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class ExportBroken:
    """An answer that was streamed did not come to its end, which its caller can tell."""

    reason: str


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """A request was answered.

    ``path`` is without query and without the key of an item. ``role`` and ``caller`` (the
    claim ``sub``) are empty where nothing was found out; ``size`` in bytes. ``request`` is its
    identity, ``code`` that of an error, ``milliseconds`` all of it and ``stages`` its parts.
    """

    method: str
    path: str
    status: int
    role: str
    size: int
    client: str
    agent: str
    request: str
    caller: str
    table: str
    code: str
    milliseconds: float
    stages: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class QueryRun:
    """The statement of a request that was answered with ``status``; never its values."""

    sql: str
    status: int


@dataclass(frozen=True, slots=True)
class SlowQuery:
    """A statement took ``seconds``, the longest of its request.

    ``plan`` is the database's own without the request's values, or empty where it was told a
    short while ago or cannot be had, for which ``reason`` is then given.
    """

    request: str
    table: str
    role: str
    seconds: float
    sql: str
    plan: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KeysRead:
    """The set of keys at an address has changed."""

    keys: int


@dataclass(frozen=True, slots=True)
class KeysUnavailable:
    """The set of keys at an address cannot be read; whether an older one is in use."""

    reason: str
    older_in_use: bool


@dataclass(frozen=True, slots=True)
class ListenerLost:
    """No notifications are heard past the pooler; the next try is in ``retry`` seconds."""

    reason: str
    retry: float


@dataclass(frozen=True, slots=True)
class Listening:
    """A server's socket is open; ``server`` is ``api`` or ``admin``."""

    server: str
    address: str


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """One of several processes that serve is no more, and another takes its place.

    ``cause`` is ``ended`` by itself or by another's hand, ``hung`` where it did not answer and
    was killed, ``abandoned`` where it stops because nobody watches over it, which nobody takes
    the place of. ``status`` is what it ended with, less than 0 for a signal, if it has.
    """

    process: int
    status: int | None
    cause: str


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The settings were read again and these have changed, by name."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingsRefused:
    """Settings that were read again cannot be used; the last stay in force."""

    reason: str


@dataclass(frozen=True, slots=True)
class OldNotation:
    """A setting is written in a notation that will go."""

    setting: str
    value: str


Event = (
    ServiceStarted
    | CatalogueLoaded
    | RulesLoaded
    | RuleBroken
    | RuleFailed
    | CatalogueUnavailable
    | SchemaChanged
    | HistoryUnavailable
    | DatabaseState
    | BreakerMoved
    | RequestFailed
    | ExportBroken
    | RequestAbandoned
    | RequestAnswered
    | QueryRun
    | SlowQuery
    | KeysRead
    | KeysUnavailable
    | ListenerLost
    | Listening
    | WorkerEnded
    | SettingsChanged
    | SettingsRefused
    | OldNotation
)
Subscriber = Callable[[Event], None]

_subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> Callable[[], None]:
    """Hear every event from now on, each once; call what is returned to stop."""
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)
    return lambda: _subscribers.remove(subscriber)


def report(event: Event) -> None:
    """Tell every subscriber, in the order they came."""
    for subscriber in tuple(_subscribers):
        subscriber(event)
