"""``autoapi openapi``: the OpenAPI document, without a server."""

from __future__ import annotations

import typer

from autoapi.commands.environment import settings_here
from autoapi.reflect import reflect
from autoapi.service import Service

__all__ = ["openapi"]


def openapi() -> None:
    """Print the OpenAPI 3.1 document of the database."""
    settings = settings_here()
    service = Service(settings)
    service.put_in_place(
        reflect(
            settings.database_url,
            settings.db_schemas,
            settings.db_connect_timeout,
            settings.db_extra_search_path,
        )
    )
    typer.echo(service.openapi())
