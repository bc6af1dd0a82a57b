"""``autoapi history``: what has changed in the schema, when and by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from autoapi.commands.environment import settings_here
from autoapi.errors import SettingsError
from autoapi.history import database_name, history_text, open_store
from autoapi.history.store import OFF
from autoapi.history.types import History

__all__ = ["history"]


def history(
    limit: Annotated[int, typer.Option(help="Changes to tell.", min=1, max=1_000)] = 20,
    before: Annotated[
        int | None, typer.Option(help="Only those with a number below this.", min=1, max=2**63 - 1)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell what the running service has seen change in the schema, the newest first."""
    settings = settings_here()
    path = settings.schema_history
    if path in ("", OFF):
        raise SettingsError("AUTOAPI_SCHEMA_HISTORY names no file: see /database-tools instead")
    if Path(path).exists():
        store = open_store(settings)
        found = store.changes(limit, before)
        store.close(still_so=False)
    else:
        found = History(database_name(settings), path, None, ())
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        typer.echo(history_text(found))
