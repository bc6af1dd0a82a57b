"""``autoapi inspect``: the catalogue as JSON."""

from __future__ import annotations

import typer

from autoapi.catalogue import encode_catalogue
from autoapi.commands.environment import settings_here
from autoapi.reflect import reflect

__all__ = ["inspect"]


def inspect() -> None:
    """Print everything that is read from the database, as JSON."""
    settings = settings_here()
    catalogue = reflect(
        settings.database_url,
        settings.db_schemas,
        settings.db_connect_timeout,
        settings.db_extra_search_path,
    )
    typer.echo(encode_catalogue(catalogue), nl=False)
