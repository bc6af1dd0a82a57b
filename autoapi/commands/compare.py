"""``autoapi compare``: how the database differs from what it was or should be."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from autoapi.commands.environment import settings_here
from autoapi.references import read_sides
from autoapi.schema_tools.compare import compare as compare_things
from autoapi.schema_tools.compare_text import comparison_document, comparison_text

__all__ = ["compare"]

TARGET = "'generated', 'migrations', 'database' (AUTOAPI_COMPARE_URL), a file, or a URL."


def compare(
    target: Annotated[str, typer.Argument(help=TARGET)] = "generated",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    scratch_url: Annotated[
        str, typer.Option(help="An empty PostgreSQL database to try the migrations in.")
    ] = "",
) -> None:
    """Tell how the database differs from TARGET, and what that means for clients.

    "+" is new in the database, "-" is gone from it, "~" is not as it was. Exits with
    status 1 when anything differs.
    """
    sides = read_sides(target, settings_here(), scratch_url)
    entries = compare_things(sides.before, sides.live)
    if json:
        told = msgspec.json.encode(comparison_document(entries, sides.name))
        typer.echo(msgspec.json.format(told, indent=2))
    else:
        typer.echo(comparison_text(entries, sides.name))
    if entries:
        raise typer.Exit(1)
