"""What a server process starts from: the application with its log switched on."""

from __future__ import annotations

from pathlib import Path

from autoapi.app import Application, make_app
from autoapi.log import log_events
from autoapi.production import check_production
from autoapi.settings import Settings

__all__ = ["create", "read_settings"]


def read_settings() -> Settings:
    """The settings of the environment and of ``.env``, as they are now."""
    return Settings.from_environment(dotenv=Path(".env"))


def create() -> Application:
    """The application of the environment's settings, as uvicorn calls it in each process."""
    log_events()
    settings = read_settings()
    check_production(settings)
    return make_app(settings, read_settings)
