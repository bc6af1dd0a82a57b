"""``autoapi inspect``: everything in the database as JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from autoapi.catalogue import encode_catalogue
from autoapi.commands.environment import settings_here
from autoapi.inspection import encode_thing
from autoapi.reflect import inspect_database, reflect

__all__ = ["inspect"]


def inspect(
    catalogue: Annotated[
        bool, typer.Option("--catalogue", help="Print what requests are planned with instead.")
    ] = False,
) -> None:
    """Print everything in the schemas of the database, as JSON in an order that stays."""
    settings = settings_here()
    url, schemas = settings.database_url, settings.db_schemas
    timeout = settings.db_connect_timeout
    if catalogue:
        found = reflect(url, schemas, timeout, settings.db_extra_search_path)
        typer.echo(encode_catalogue(found), nl=False)
    else:
        typer.echo(encode_thing(inspect_database(url, schemas, timeout)), nl=False)
