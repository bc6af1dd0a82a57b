"""``autoapi serve``: serve the database of ``DATABASE_URL``."""

from __future__ import annotations

from typing import Annotated

import typer
import uvicorn

from autoapi.commands.environment import settings_here
from autoapi.errors import SettingsError
from autoapi.execute import sqlite_path
from autoapi.settings import Settings

__all__ = ["run_server", "serve"]

GRACE = 10  # seconds that requests under way are given at a stop


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; default: PORT or 8000.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes.", min=1)] = 1,
) -> None:
    """Serve the database of DATABASE_URL."""
    settings = settings_here()
    if settings.dialect == "sqlite" and not sqlite_path(settings.database_url).exists():
        raise SettingsError(
            f"{sqlite_path(settings.database_url)} does not exist;"
            " set DATABASE_URL, or run 'autoapi demo' for a database to try"
        )
    run_server(settings, host, port or settings.port, workers)


def run_server(settings: Settings, host: str, port: int, workers: int) -> None:
    """Run uvicorn until it is told to stop."""
    uvicorn.run(
        "autoapi.entry:create",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE,
        log_level={"crit": "critical", "warn": "warning"}.get(
            settings.log_level, settings.log_level
        ),
    )
