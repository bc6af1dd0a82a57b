"""The application: the path of a request, and who takes it.

Tables are dispatched here, ahead of FastAPI, since its router grows dearer with every
route (measured: 152 us a request with 10 tables, 1,104 with 1,000). FastAPI carries what
is not a table: documentation, health, and the routers of overrides.
"""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import unquote

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException

from autoapi.answer_settings import with_answer_settings
from autoapi.auth import ANONYMOUS, Principal
from autoapi.cors import cors_headers, preflight_answer
from autoapi.errors import (
    ApiError,
    bad_path,
    internal_error,
    no_such_item,
    unsupported_method,
)
from autoapi.events import RequestFailed, report
from autoapi.health import add_health
from autoapi.http import (
    Answer,
    Http,
    Receive,
    Scope,
    Send,
    error_answer,
    read_body,
    read_http,
    send_answer,
)
from autoapi.pages import add_pages
from autoapi.plan import find_table
from autoapi.plan.access import check_anonymous, visible_columns
from autoapi.prepare import WITH_BODY, Address, Snapshot, allowed_methods, prepare
from autoapi.prepare_call import call_methods, prepare_call
from autoapi.prepare_root import ROOT_METHODS, prepare_root, respond_root
from autoapi.respond import check_result, respond
from autoapi.service import Service
from autoapi.settings import Settings

__all__ = ["Application", "make_app"]

READS = frozenset({"GET", "HEAD"})


async def answer(http: Http, address: Address, snapshot: Snapshot, service: Service) -> Answer:
    """A request on a table or function, from who asks to what is answered."""
    open_to = address.routine or address.root
    who = authenticate(http, service, writes=http.method not in READS and not open_to)
    if address.root:
        ready = prepare_root(snapshot, http)
    elif address.routine:
        ready = prepare_call(snapshot, address.table, http)
        check_right(who, service, writes=ready.statement.writes)
    else:
        ready = prepare(snapshot, address, http)  # parse, plan, compile: once a shape
    reply = ready.reply
    check = partial(check_result, reply=reply) if reply.checked else None
    session = service.sessions(snapshot).session(who, http, ready)
    result = await service.database.run(ready.statement, ready.values, session, check)
    if address.root:
        return respond_root(snapshot, ready, result, http)
    given = respond(result, reply, ready.headers, ready.values, http)
    return with_answer_settings(given, result) if result.headers or result.status else given


def authenticate(http: Http, service: Service, *, writes: bool) -> Principal:
    """Who asks, if they may ask at all. Raises the 401s."""
    given = http.headers.get(b"authorization")
    who = ANONYMOUS if given is None else service.verifier.authenticate(given.decode("latin-1"))
    check_right(who, service, writes=writes)
    return who


def check_right(who: Principal, service: Service, *, writes: bool) -> None:
    """Refuse a stranger what strangers may not do, where that is ours to decide."""
    if who.anonymous and not service.settings.db_anon_role:
        check_anonymous(service.settings.anonymous, writes=writes)


class Application:
    """The ASGI application over one service."""

    def __init__(self, settings: Settings) -> None:
        self.service = Service(settings)
        self.literal = make_literal_routes(self.service)
        paths = [str(getattr(route, "path", "")) for route in self.literal.routes]
        self.service.taken = frozenset(path for path in paths if "{" not in path)
        self.literal_segments = frozenset(path.split("/")[1] for path in paths if path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it to FastAPI."""
        if scope["type"] != "http":
            await self.literal(scope, receive, send)
            return
        http = read_http(scope)
        try:
            address = self.find_address(http)
        except ApiError as error:
            await send_answer(self.across_origins(self.refuse(error, http), http), send)
            return
        if address is None:
            await self.literal(scope, receive, send)
            return
        await send_answer(await self.answer_table(http, address, receive), send)

    async def answer_table(self, http: Http, address: Address, receive: Receive) -> Answer:
        """The answer of a table, whatever happens."""
        service = self.service
        try:
            if http.method in WITH_BODY:
                await read_body(http, receive, service.settings.max_body)
            if http.method == "OPTIONS":
                given = answer_options(http, address, service)
            else:
                given = await answer(http, address, service.current(), service)
        except ApiError as error:
            given = self.refuse(self.without_hidden(error, address), http, address)
        except Exception as error:
            trace = "".join(traceback.format_tb(error.__traceback__))
            report(RequestFailed(http.method, http.path, type(error).__name__, trace))
            given = self.refuse(internal_error(), http, address)
        return self.across_origins(given, http)

    def across_origins(self, given: Answer, http: Http) -> Answer:
        """The answer with what a page of another origin needs to read it."""
        if b"origin" not in http.headers:
            return given
        extra = cors_headers(http, self.service.settings)
        return given._replace(headers=(*given.headers, *extra))

    def without_hidden(self, error: ApiError, address: Address) -> ApiError:
        """The error without a row's content, where the table has columns that are hidden."""
        shows_row = isinstance(error.details, str) and error.details.startswith("Failing row")
        if shows_row and self.service.snapshot is not None:
            tables = self.service.snapshot.catalogue.tables
            same = (each for each in tables if each.name == address.table)
            if any(len(visible_columns(each)) < len(each.columns) for each in same):
                error.details = None
        return error

    def refuse(self, error: ApiError, http: Http, address: Address | None = None) -> Answer:
        """An error as an answer to this request."""
        if error.code == "AUTO104" and address is not None:
            error = no_such_item(address.table, unquote(address.item or ""))
        if error.code == "42501" and error.status == 403 and b"authorization" not in http.headers:
            error.status = 401
            error.headers = (("WWW-Authenticate", "Bearer"),)
        verbose = self.service.settings.client_error_verbosity == "verbose"
        return error_answer(error, verbose=verbose, head=http.method == "HEAD")

    def find_address(self, http: Http) -> Address | None:
        """What a path names; None when it is FastAPI's.

        Raises PGRST125 (404) for a path of no known form.
        """
        snapshot = self.service.snapshot
        if snapshot is not None:
            known = snapshot.collections.get(http.path)
            if known is not None:
                return known
            head, _, item = http.path.rpartition("/")
            known = snapshot.collections.get(head)
            if known is not None and known.mount == "friendly" and item:
                taken = http.path in self.service.taken
                return None if taken else Address("friendly", known.table, item)
        prefix = self.service.settings.rest_prefix
        if http.path in (prefix, f"{prefix}/"):
            return root_address(self.service.settings)
        if http.path.startswith(prefix + "/"):
            return self.strict_address(http.path[len(prefix) + 1 :])
        return self.friendly_address(http.path)

    def strict_address(self, rest: str) -> Address | None:
        """A path below the strict mount's prefix."""
        segments = rest.split("/")
        at_root = not self.service.settings.rest_prefix
        if not segments[0] or (at_root and segments[0] in self.literal_segments):
            return None
        if segments[0] == "rpc" and len(segments) == 2:
            return Address("strict", unquote(segments[1]), routine=True)
        if len(segments) != 1:
            raise bad_path()
        return Address("strict", unquote(segments[0]))

    def friendly_address(self, path: str) -> Address | None:
        """A path of the friendly mount: a table, or an item of one."""
        segments = path.split("/")[1:]
        if path in self.service.taken or len(segments) > 2 or not segments[0]:
            return None
        snapshot = self.service.snapshot
        known = snapshot.collections.get(f"/{segments[0]}") if snapshot else None
        if known is None:
            if segments[0] in self.literal_segments:
                return None
            known = Address("friendly", unquote(segments[0]))
        item = segments[1] if len(segments) == 2 and segments[1] else None
        return Address("friendly", known.table, item)


def root_address(settings: Settings) -> Address:
    """The root of the strict mount: its document, or the function set in its place."""
    function = settings.db_root_spec.rpartition(".")[2]
    if function and settings.openapi_mode != "disabled":
        return Address("strict", function, routine=True)
    return Address("strict", "", root=True)


def answer_options(http: Http, address: Address, service: Service) -> Answer:
    """What may be done at an address, or what a browser asks before it does it."""
    if b"access-control-request-method" in http.headers:
        return preflight_answer(http)
    snapshot = service.current()
    profile = http.header(b"accept-profile")
    if address.root:
        prepare_root(snapshot, http)
        allowed = ",".join(ROOT_METHODS).encode()
    elif address.routine:
        allowed = call_methods(snapshot, address.table, http)
    else:
        table = find_table(snapshot.schema, address.table, profile)
        allowed = ",".join(allowed_methods(address, table)).encode()
    return Answer(200, ((b"allow", allowed), (b"content-length", b"0")))


def make_literal_routes(service: Service) -> FastAPI:
    """Everything that is not a table."""
    settings = service.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()

    app = FastAPI(
        title=settings.app_name,
        version=settings.app_version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    if settings.enable_docs:
        add_pages(app, service.openapi)
    add_health(app, service)

    @app.exception_handler(ApiError)
    async def refused(_: object, error: ApiError) -> Response:
        given = error_answer(error)
        headers = {name.decode(): value.decode() for name, value in given.headers}
        return Response(given.body, given.status, headers)

    @app.exception_handler(HTTPException)
    async def unrouted(request: Request, error: HTTPException) -> Response:
        """What no route answers, in the form of every other error."""
        if error.status_code == 404 and error.detail == "Not Found":
            return await refused(request, bad_path())
        if error.status_code == 405:
            allowed = (error.headers or {}).get("Allow", "").split(", ")
            return await refused(request, unsupported_method(request.method, allowed))
        return await http_exception_handler(request, error)

    return app


def make_app(settings: Settings | None = None) -> Application:
    """The application, from settings or the environment."""
    return Application(settings or Settings.from_environment())
