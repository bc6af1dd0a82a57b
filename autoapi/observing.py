"""What operators get to know of a request: counted when it is answered, and told to the log.

Every request is counted (``traffic``); one in 32 has its stages timed, and each whose
line in the log or whose ``Server-Timing`` wants them. The log never holds a value: paths
stand there without their query, and of tokens only the role.
"""

from __future__ import annotations

import importlib
from bisect import bisect_left
from time import perf_counter
from typing import Any, Final

from autoapi.errors import ApiError, SettingsError
from autoapi.events import QueryRun, RequestAnswered, report
from autoapi.http import Answer, Headers, Http, Scope, identify
from autoapi.log import lowest_status_logged
from autoapi.prepare import Address, Snapshot
from autoapi.service import Service
from autoapi.settings import Settings
from autoapi.timing import Stopwatch
from autoapi.traffic import BOUNDS, MOST_SERIES, OTHERS, Durations, Subject

__all__ = ["FAILED", "Observer", "error_code", "make_observer", "shown_path"]

TRACING: Final = "autoapi.tracing"  # whose libraries not everybody has
SAMPLED: Final = 32  # one request in so many has its stages timed
FAILED: Final = 500  # the lowest status of a fault of ours
SUCCESS: Final = 400  # the lowest status that is none
LONGEST_NAME: Final = 128
QUIET: Final = frozenset({"/health", "/health/ready", "/metrics"})  # asked for every few seconds

Key = tuple[str, str, int, bool | None]


class Observer:
    """Sees every request of one service when it comes and when it is answered."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.traffic = service.traffic
        self.found: dict[Key, Durations] = {}  # of series, by what is at hand
        self.pages: dict[object, str] = {}  # addresses of routes that are not FastAPI's own
        self.names: tuple[Snapshot | None, frozenset[str]] = (None, frozenset())
        self.turn = 0  # requests before the next whose stages are timed
        self.adopt(service.settings)

    def adopt(self, settings: Settings) -> None:
        """Work out what follows from settings, which seldom change."""
        self.settings = settings
        self.every = 1 if settings.times_stages else SAMPLED
        self.logged = lowest_status_logged(settings.log_level)
        self.told = min(self.logged, FAILED)

    def begin(self, http: Http, settings: Settings) -> float:
        """When the request came; its stages are timed where that is wanted."""
        if settings is not self.settings:
            self.adopt(settings)
            self.turn = 0
        self.turn -= 1
        if self.turn < 0:
            self.turn = self.every - 1
            http.watch = Stopwatch()
        return perf_counter()

    def answered(
        self, http: Http, address: Address, given: Answer, scope: Scope, started: float
    ) -> Answer:
        """Count a request on a table or function and tell the log; the answer, perhaps named."""
        seconds, status = perf_counter() - started, given.status
        key = (address.table or nameless(address), http.method, status, address.routine)
        durations = self.found.get(key)
        if durations is None:
            durations = self.durations(key, self.subject(address))
        # Durations.add, written out: it is called for every request.
        durations.buckets[bisect_left(BOUNDS, seconds)] += 1
        durations.seconds += seconds
        if http.watch is not None:
            self.traffic.note_stages(http.watch.spent)
        if status < self.told:
            return given
        # The strict mount answers as PostgREST does, but for what is our own fault.
        if status >= FAILED and (address.mount == "friendly" or http.identity):
            name = identify(http, self.settings.server_trace_header).encode()
            given = given._replace(headers=(*given.headers, (b"x-request-id", name)))
        if status >= self.logged:
            if http.sql:
                report(QueryRun(http.sql, status))
            self.tell(http, scope, given, seconds, (shown_path(http, address), address.table))
        return given

    def answered_route(self, http: Http, given: Answer, scope: Scope, started: float) -> None:
        """The same of what FastAPI answered; its body is not at hand."""
        seconds, status = perf_counter() - started, given.status
        route = self.route(scope)
        key = (route, http.method, status, None)
        known = Subject("route", route) if route else None
        (self.found.get(key) or self.durations(key, known)).add(seconds)
        if status >= self.logged and (http.path not in QUIET or status >= SUCCESS):
            who = (scope.get("state") or {}).get("principal")
            http.role = getattr(who, "role", "")
            self.tell(http, scope, given, seconds, (route or http.path, ""))

    def route(self, scope: Scope) -> str:
        """The address of a route as it is declared; empty where none answered."""
        found = str(getattr(scope.get("route"), "path", ""))
        return found or self.pages.get(scope.get("endpoint"), "")

    def durations(self, key: Key, subject: Subject | None) -> Durations:
        """The durations of a key not met before.

        The key of what is not known is not kept, so that names made up take no memory.
        """
        durations = self.traffic.of(subject or OTHERS, key[1], key[2])
        if subject is not None and len(self.found) < MOST_SERIES:
            self.found[key] = durations
        return durations

    def subject(self, address: Address) -> Subject | None:
        """What to call a request on an address; None for names that the database has not."""
        if address.unknown:
            return None
        if address.batch:
            return Subject("batch", "")
        if address.root:
            return Subject("root", "")
        if address.table not in self.known_names():
            return None
        return Subject("function" if address.routine else "table", address.table)

    def known_names(self) -> frozenset[str]:
        """Tables and functions of the catalogue that is served now."""
        snapshot = self.service.snapshot
        if snapshot is not self.names[0] and snapshot is not None:
            catalogue = snapshot.catalogue
            tables = (each.name for each in catalogue.tables)
            routines = (each.name for each in catalogue.routines)
            self.names = (snapshot, frozenset((*tables, *routines)))
        return self.names[1]

    def tell(
        self, http: Http, scope: Scope, given: Answer, seconds: float, about: tuple[str, str]
    ) -> None:
        """Tell the log of a request; ``about`` is its path, without values, and its table."""
        path, table = about
        client = scope.get("client")
        sent = (value for key, value in http.all_headers if key == b"user-agent")
        spent = {} if http.watch is None else http.watch.spent
        report(
            RequestAnswered(
                method=http.method,
                path=path,
                status=given.status,
                role=http.role,
                size=len(given.body),
                client=str(client[0]) if client else "",
                agent=next(sent, b"").decode("latin-1"),
                request=identify(http, self.settings.server_trace_header),
                caller=self.caller(http),
                table=table,
                code=error_code(given.headers) if given.status >= SUCCESS else "",
                milliseconds=round(seconds * 1_000, 3),
                stages={stage: round(each, 3) for stage, each in spent.items()},
            )
        )

    def caller(self, http: Http) -> str:
        """Whom the token of a request names, if it was let in."""
        authorization = http.headers.get(b"authorization", b"")
        try:
            who = self.service.verifier.recall(authorization)
        except ApiError:
            return ""
        name = None if who is None else who.claims.get("sub")
        return name[:LONGEST_NAME] if isinstance(name, str) else ""


def nameless(address: Address) -> str:
    """What stands for the name of an address that has none; no table is called so."""
    return "\0batch" if address.batch else "\0root" if address.root else ""


def shown_path(http: Http, address: Address) -> str:
    """A request's path as the log may tell it: an item's key is a value of its row."""
    if address.item is None:
        return http.path
    return f"{http.path.rpartition('/')[0]}/{{key}}"


def error_code(headers: Headers) -> str:
    """The code of an error by its ``Proxy-Status`` header."""
    found = (value for name, value in headers if name == b"proxy-status")
    return next(found, b"").decode("latin-1").rpartition("error=")[2]


def make_observer(service: Service) -> Observer:
    """What sees every request. Raises SettingsError where traces lack their libraries."""
    if not service.settings.traces:
        return Observer(service)
    try:
        tracing: Any = importlib.import_module(TRACING)
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("opentelemetry"):
            raise
        raise SettingsError("AUTOAPI_TRACES needs: pip install 'autoapi[traces]'") from None
    made: Observer = tracing.TracingObserver(service, tracing.open_tracer(service.settings))
    return made
