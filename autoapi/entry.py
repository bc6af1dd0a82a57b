"""What a server process starts from: the application with its log switched on."""

from __future__ import annotations

from pathlib import Path

from autoapi.app import Application, make_app
from autoapi.log import log_events
from autoapi.settings import Settings

__all__ = ["create"]


def create() -> Application:
    """The application of the environment's settings, as uvicorn calls it in each process."""
    settings = Settings.from_environment(dotenv=Path(".env"))
    log_events()
    return make_app(settings)
