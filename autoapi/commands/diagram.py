"""``autoapi diagram``: the tables and their foreign keys, drawn."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autoapi.commands.environment import settings_here
from autoapi.reflect import inspect_database
from autoapi.schema_tools.diagram import Columns, make_diagram
from autoapi.schema_tools.diagram_svg import Theme, draw_svg

__all__ = ["diagram"]


def diagram(
    tables: Annotated[str, typer.Option(help="Those to begin with, by comma; default: all.")] = "",
    depth: Annotated[
        int, typer.Option(help="How many foreign keys away from these others may be.", min=0)
    ] = 1,
    columns: Annotated[
        Columns | None, typer.Option(help="Which to show; default: all, of over 40 tables keys.")
    ] = None,
    theme: Annotated[Theme, typer.Option(help="Auto follows whoever looks at it.")] = "auto",
    output: Annotated[Path | None, typer.Option(help="A file; default: standard output.")] = None,
) -> None:
    """Draw an entity relationship diagram as SVG."""
    settings = settings_here()
    database = inspect_database(
        settings.database_url, settings.db_schemas, settings.db_connect_timeout
    )
    chosen = [name.strip() for name in tables.split(",") if name.strip()]
    drawing = draw_svg(make_diagram(database, chosen, depth, columns), theme)
    if output is None:
        sys.stdout.write(drawing.decode())
    else:
        output.write_bytes(drawing)
