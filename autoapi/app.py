"""The application: the path of a request, and who takes it.

Tables are dispatched here, ahead of FastAPI, since its router grows dearer with every
route (measured: 152 us a request with 10 tables, 1,104 with 1,000). FastAPI carries what
is not a table: documentation, health, and the routers of overrides.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from re import Pattern

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.routing import Route, compile_path

from autoapi.addresses import find_address
from autoapi.admin import Admin
from autoapi.answering import (
    Asking,
    answer_batch,
    answer_once,
    answer_one,
    check_right,
    is_once,
)
from autoapi.attendance import Attendance
from autoapi.auth import Principal
from autoapi.cors import preflight_answer
from autoapi.database_tools import add_database_tools
from autoapi.errors import (
    ApiError,
    bad_argument,
    bad_path,
    body_too_large,
    internal_error,
    unsupported_method,
)
from autoapi.events import RequestAbandoned, RequestFailed, report
from autoapi.forwarded import Forwarded
from autoapi.health import add_health
from autoapi.http import (
    Answer,
    Http,
    Receive,
    Scope,
    Send,
    error_answer,
    identify,
    read_body,
    read_http,
)
from autoapi.literal import TOO_LARGE, answer_literal, request_headers
from autoapi.observing import make_observer, shown_path
from autoapi.other_forms import endings_of, in_other_form
from autoapi.outgoing import send_answer
from autoapi.pages import add_pages
from autoapi.plan import find_table
from autoapi.prepare import (
    ROOT_METHODS,
    WITH_BODY,
    Address,
    allowed_methods,
    call_methods,
    prepare_root,
)
from autoapi.respond import VARY
from autoapi.routes import add_override_routes
from autoapi.service import Service
from autoapi.settings import Settings
from autoapi.sharing import keep_figures
from autoapi.streaming import send_stream
from autoapi.timing import Stopwatch

__all__ = ["Application", "make_app"]

READS = frozenset({"GET", "HEAD", "OPTIONS"})
PREFLIGHT = Address("strict", "", unknown=True)
BEARER = (("WWW-Authenticate", "Bearer"),)
PATIENCE = 5.0  # seconds in which a request is tried again while the schema goes on changing
ABANDONED = Answer(499, ())  # counted as nginx has it, and never sent
DEADLOCK = "40P01"
LOST = frozenset({"PGRST001", "57P01", "57P02"})  # the connection, or the session
# Who asks may not: by the database's grants, or by the permissions of overrides.
FORBIDDEN = frozenset({"42501", "AUTO121"})
NOT_FOUND = "PGRST2"  # codes of what the catalogue does not have
# What PostgreSQL and SQLite say of a column, table, function or plan that is there no more.
GONE = frozenset({"42703", "42P01", "42883", "42704", "3F000", "0A000"})


async def answer(http: Http, address: Address, who: Principal, service: Service) -> Answer:
    """A request of a known caller on a table or function, until it is answered.

    One that failed for a name that is not there is tried again where the schema turns out
    to have changed: a read, and a write of which the database has not run anything yet. One
    that PostgreSQL gave up in a deadlock, as with a migration, is tried once more. So is one
    with an idempotency key whose connection was lost: what it did already, it does not again.
    """
    failed_at, said = 0.0, ""
    once = address.mount == "friendly" and is_once(http, service.settings)
    while True:
        snapshot = service.current()
        try:
            asking = Asking.of(service, snapshot, who)
            if once:
                return await answer_once(asking, http, partial(answer_any, http, address))
            return await answer_any(http, address, asking)
        except ApiError as error:
            undone = error.code == DEADLOCK and error.untouched
            if (undone or (once and error.code in LOST)) and not failed_at:
                failed_at = time.monotonic()  # whom it met has gone on
                continue
            missing = error.code.startswith(NOT_FOUND)
            harmless = http.method in READS or error.untouched
            if not (missing or (error.code in GONE and harmless)):
                raise
            failed_at = failed_at or time.monotonic()
            # Said again by a catalogue that was read since, it is the caller's own name.
            certain = snapshot.read_at > failed_at and (missing or error.message == said)
            said = error.message
            over = time.monotonic() - failed_at > PATIENCE
            if certain or over or not await service.is_newer(snapshot):
                raise


def answer_any(http: Http, address: Address, asking: Asking) -> Awaitable[Answer]:
    """The answer to a request, or to the several that it holds, to be awaited."""
    if address.batch:
        return answer_batch(asking, http)
    return answer_one(asking, http, address)


class Application:
    """The ASGI application over one service."""

    def __init__(self, settings: Settings, source: Callable[[], Settings] | None = None) -> None:
        """``source`` reads the settings again when a signal asks for it."""
        self.service = Service(settings, source)
        has_admin = bool(settings.admin_server_port or settings.admin_server_unix_socket)
        self.admin = Admin(settings, self.service) if has_admin else None
        self.observer = make_observer(self.service)
        self.attendance = Attendance(settings.request_timeout)
        self.forwarded = Forwarded()
        self.literal = make_literal_routes(self.service)
        self.endings = endings_of(self.service.rules)
        self.observer.pages = {
            each.endpoint: each.path for each in self.literal.routes if type(each) is Route
        }
        paths = tuple(literal_paths(self.literal))
        literal = {path for path in paths if "{" not in path}
        self.service.taken = frozenset(literal | {settings.batch_path})
        self.service.patterns = patterns_of(paths)
        self.literal_segments = frozenset(path.split("/")[1] for path in paths if path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it to FastAPI."""
        if scope["type"] != "http":
            await self.literal(scope, receive, send)
            return
        if self.admin is not None and self.admin.is_for(scope):
            await send_answer(await self.admin.answer(scope["path"]), send)
            return
        http = read_http(scope)
        if self.forwarded.concerns(http):
            await self.forwarded.read(scope, receive, send)
        settings = self.service.settings
        started = self.observer.begin(http, settings)
        given = preflight_answer(http, settings) if http.method == "OPTIONS" else None
        address = PREFLIGHT
        if given is None:
            found = find_address(http.path, self.service, self.literal_segments)
            if self.endings and found is not None and found.item and found.mount == "friendly":
                other = in_other_form(http, scope, found, self.endings)
                scope, found = (scope, found) if other is None else (other, None)
            if found is None:
                channel = (scope, receive, send)
                begun = await answer_literal(self.literal, http, settings, channel)
                self.observer.answered_route(http, begun, scope, started)
                return
            address = found
            answered = await self.answer_table(http, address, receive)
            if answered is None:
                report(RequestAbandoned(http.method, shown_path(http, address)))
                self.observer.answered(http, address, ABANDONED, scope, started)
                return
            given = answered
        extra = request_headers(http, settings, friendly=address.mount == "friendly")
        if extra:
            given = given._replace(headers=(*given.headers, *extra))
        given = self.observer.answered(http, address, given, scope, started)
        if given.more is not None:
            await send_stream(given, receive, send, settings.request_timeout)
            return
        await send_answer(given, send)

    async def answer_table(self, http: Http, address: Address, receive: Receive) -> Answer | None:
        """The answer of a table, whatever happens; None where nobody waits for it any more."""
        service = self.service
        visit = self.attendance.enter()
        try:
            verifier = service.verifier
            who = verifier.known(http.headers) or await verifier.find_out(http.headers)
            self.admit(http, address, who)
            if http.method in WITH_BODY:
                await read_body(http, receive, service.settings.max_body)
            visit.receive = receive
            if http.method == "OPTIONS":
                given = answer_options(http, address, service)
            else:
                given = await answer(http, address, who, service)
            return given if http.watch is None else timed(given, http.watch, service.settings)
        except ApiError as error:
            return self.refuse(error, http)
        except asyncio.CancelledError:
            if not visit.ended:
                raise
            why = self.attendance.explain(visit)
            return None if why is None else self.refuse(why, http)
        except Exception as error:
            self.tell_failure(error, http, address)
            return self.refuse(internal_error(), http)
        finally:
            self.attendance.leave(visit)

    def admit(self, http: Http, address: Address, who: Principal) -> None:
        """Let a caller in who may ask what it asks. Raises the 401s, and 404 for no address."""
        http.role = who.role
        open_to = address.routine or address.root or address.batch
        check_right(who, self.service, writes=http.method not in READS and not open_to)
        if http.watch is not None:
            http.watch.lap("jwt")
        if address.unknown:
            raise bad_path()

    def tell_failure(self, error: Exception, http: Http, address: Address) -> None:
        """Tell the log of a failure of ours."""
        settings = self.service.settings
        if settings.log_level == "crit":
            return
        trace = "".join(traceback.format_tb(error.__traceback__))
        path, name = shown_path(http, address), identify(http, settings.server_trace_header)
        report(RequestFailed(http.method, path, type(error).__name__, trace, name))

    def refuse(self, error: ApiError, http: Http) -> Answer:
        """An error as an answer to this request."""
        return refusal(error, http, self.service.settings)


def refusal(error: ApiError, http: Http, settings: Settings) -> Answer:
    """An error as an answer, of tables and of routes alike."""
    ask_stranger(error, http, settings)
    if error.status == 503 and not any(name == "Retry-After" for name, _ in error.headers):
        error.headers = (*error.headers, ("Retry-After", "1"))
    return error_answer(error, verbose=settings.verbose_errors, head=http.method == "HEAD")


def timed(given: Answer, watch: Stopwatch, settings: Settings) -> Answer:
    """An answer whose last stage is over, with all of them where they are to be told."""
    watch.lap("response")
    if not settings.server_timing_enabled:
        return given
    return given._replace(headers=(*given.headers, watch.header()))


def ask_stranger(error: ApiError, http: Http, settings: Settings) -> None:
    """Ask for a token where what is forbidden is forbidden to a stranger: 401 and not 403."""
    if error.code in FORBIDDEN and error.status == 403 and is_stranger(http, settings):
        error.status = 401
        error.headers = (*error.headers, *BEARER)


def is_stranger(http: Http, settings: Settings) -> bool:
    """Whether nobody in particular asks, so that a token might help."""
    if settings.db_anon_role:
        return http.role == settings.db_anon_role
    return b"authorization" not in http.headers and b"x-api-key" not in http.headers


def answer_options(http: Http, address: Address, service: Service) -> Answer:
    """What may be done at an address."""
    snapshot = service.current().seen_by(http.role)
    profile = http.header(b"accept-profile")
    if address.batch:
        allowed = b"OPTIONS,POST"
    elif address.root:
        prepare_root(snapshot, http)
        allowed = ",".join(ROOT_METHODS).encode()
    elif address.routine:
        allowed = call_methods(snapshot, address.table, http)
    else:
        table = find_table(snapshot.schema, address.table, profile)
        allowed = ",".join(allowed_methods(address, table)).encode()
    headers = [(b"allow", allowed), (b"content-length", b"0"), VARY]
    if address.mount == "strict":
        headers.append((b"access-control-allow-origin", b"*"))
    return Answer(200, tuple(headers))


def literal_paths(app: FastAPI) -> Iterator[str]:
    """The addresses of everything that is no table, those of routers with their prefix."""
    for route in app.routes:
        # FastAPI keeps a router that was included as one route, with its own inside.
        inner = getattr(route, "effective_route_contexts", None)
        for each in (route,) if inner is None else inner():
            yield str(getattr(each, "path", ""))


def patterns_of(paths: Iterable[str]) -> dict[str, tuple[Pattern[str], ...]]:
    """What addresses with parameters look like, by their first segment."""
    found: dict[str, tuple[Pattern[str], ...]] = {}
    for path in paths:
        if "{" in path:
            head = path.split("/")[1]
            found[head] = (*found.get(head, ()), compile_path(path)[0])
    return found


@asynccontextmanager
async def life_of(service: Service) -> AsyncIterator[None]:
    """The service from its start to its stop."""
    await service.start()
    keeping = asyncio.create_task(keep_figures(service))
    yield
    keeping.cancel()
    await asyncio.wait([keeping])
    await service.stop()


def make_literal_routes(service: Service) -> FastAPI:
    """Everything that is not a table."""
    settings = service.settings
    app = FastAPI(
        title=settings.app_name,
        version=settings.app_version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lambda _: life_of(service),
    )
    if settings.enable_docs:
        add_pages(app, service.openapi)
    add_health(app, service)
    add_database_tools(app, service, answer)
    add_override_routes(app, service)
    service.literal_routes = lambda: get_openapi(title="", version="", routes=app.routes)

    @app.exception_handler(ApiError)
    async def refused(request: Request, error: ApiError) -> Response:
        http = read_http(request.scope)
        http.role = getattr(getattr(request.state, "principal", None), "role", "")
        given = refusal(error, http, service.settings)
        headers = {name.decode(): value.decode() for name, value in given.headers}
        return Response(given.body, given.status, headers)

    @app.exception_handler(RequestValidationError)
    async def unfit(request: Request, error: RequestValidationError) -> Response:
        """What does not fit the types of a route's parameters, the first that was found."""
        found = error.errors()[0]
        place, *names = found["loc"]
        name = ".".join(map(str, names))
        return await refused(request, bad_argument(str(place), name, found["msg"]))

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        """What no route answers, in the form of every other error."""
        if error.status_code == 404 and error.detail == "Not Found":
            return await refused(request, bad_path())
        if error.status_code == TOO_LARGE:
            return await refused(request, body_too_large(settings.max_body))
        if error.status_code == 405:
            allowed = (error.headers or {}).get("Allow", "").split(", ")
            return await refused(request, unsupported_method(request.method, allowed))
        return await http_exception_handler(request, error)

    @app.exception_handler(Exception)
    async def failed(request: Request, _: Exception) -> Response:
        """A fault of ours, or of an override, told by its form alone; the log has it."""
        return await refused(request, internal_error())

    return app


def make_app(
    settings: Settings | None = None, source: Callable[[], Settings] | None = None
) -> Application:
    """The application, from settings or the environment."""
    return Application(settings or Settings.from_environment(), source)
