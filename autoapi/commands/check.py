"""``autoapi check``: the overrides against the live schema."""

from __future__ import annotations

import typer

from autoapi.commands.environment import settings_here
from autoapi.reflect import reflect
from autoapi.rules import check_rules, load_rules

__all__ = ["check"]


def check() -> None:
    """Tell which rules of the overrides do not fit the database; status 1 if any does not."""
    settings = settings_here()
    rules = load_rules(settings.overrides)
    catalogue = reflect(
        settings.database_url,
        settings.db_schemas,
        settings.db_connect_timeout,
        settings.db_extra_search_path,
    )
    broken = check_rules(rules, catalogue)
    for fault in broken:
        typer.echo(f"{fault} (closes {fault.table[1]})")
    if broken:
        raise typer.Exit(1)
    typer.echo(f"{len(rules)} rules fit the schema.")
