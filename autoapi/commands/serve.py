"""``autoapi serve``: serve the database of ``DATABASE_URL``."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from dataclasses import replace
from importlib.metadata import version
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
import uvicorn

from autoapi.app import make_app
from autoapi.auth import TokenVerifier
from autoapi.commands.environment import settings_here
from autoapi.errors import SettingsError
from autoapi.events import Listening, report
from autoapi.execute import sqlite_path
from autoapi.listeners import address_of, opened_listeners
from autoapi.log import log_events
from autoapi.production import check_production
from autoapi.server import PatientProtocol, Server
from autoapi.settings import Settings
from autoapi.sharing import FOLDER
from autoapi.workers import Workers

__all__ = ["run_server", "serve"]

START = 60  # seconds in which a process must serve, or answer whether it lives
GRACE = 10  # seconds that requests under way are given at a stop
FAILED = 3  # exit status where the application did not start


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; default: AUTOAPI_SERVER_HOST or 127.0.0.1.")
    ] = "",
    port: Annotated[int, typer.Option(help="Port; default: PORT or 8000.")] = -1,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
) -> None:
    """Serve the database of DATABASE_URL."""
    settings = settings_here()
    if settings.dialect == "sqlite" and not sqlite_path(settings.database_url).exists():
        raise SettingsError(
            f"{sqlite_path(settings.database_url)} does not exist;"
            " set DATABASE_URL, or run 'autoapi demo' for a database to try"
        )
    run_server(listening_on(settings, host, port), workers)


def listening_on(settings: Settings, host: str, port: int) -> Settings:
    """The settings with what the command line says of the address. Raises SettingsError."""
    changed = replace(
        settings,
        server_host=host or settings.server_host,
        port=settings.port if port < 0 else port,
    )
    changed.check()
    return changed


def run_server(settings: Settings, workers: int) -> None:
    """Run uvicorn until it is told to stop. Raises SettingsError for what cannot work."""
    check_production(settings)
    TokenVerifier(settings)  # refuses keys that cannot be used, before any process starts
    with opened_listeners(settings) as listeners:
        log_events()
        for name, listener in zip(("api", "admin"), listeners, strict=False):
            report(Listening(name, address_of(listener)))
        config = uvicorn.Config(
            "autoapi.entry:create",
            factory=True,
            workers=workers,
            loop="uvloop",
            http=PatientProtocol,
            proxy_headers=False,  # the application reads them, of requests that have any
            access_log=False,
            log_config=None,  # what it says is a line of our log
            server_header=False,
            headers=[
                ("Server", f"autoapi/{version('autoapi')}"),
                ("X-Content-Type-Options", "nosniff"),
            ],
            lifespan="on",
            timeout_graceful_shutdown=GRACE,
            timeout_worker_healthcheck=START,
            log_level="critical" if settings.log_level == "crit" else "warning",
        )
        os.environ["WEB_CONCURRENCY"] = str(workers)  # which each process tells
        if workers > 1:
            make_app(settings)  # what cannot be made stops the start here, and not each of them
            supervisor = Workers(config, sockets=listeners)  # which takes all signals itself
            for number in (signal.SIGUSR1, signal.SIGUSR2):
                signal.signal(number, pass_on)
            with TemporaryDirectory(prefix="autoapi-figures-") as folder:
                os.environ[FOLDER] = folder
                supervisor.run()
            return
        # uvicorn raises again what stopped it; unhandled, that would leave sockets behind.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        server = Server(config)
        server.run(sockets=listeners)
        if not server.started:
            sys.exit(FAILED)


def end(*_: object) -> None:
    """End the process in good order."""
    sys.exit(0)


def pass_on(number: int, _: object) -> None:
    """Hand a signal to the processes that serve."""
    for process in multiprocessing.active_children():
        if process.pid is not None:
            os.kill(process.pid, number)
