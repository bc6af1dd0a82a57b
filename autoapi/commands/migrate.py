"""``autoapi migrate``: the schema's revisions, made, applied and checked."""

from __future__ import annotations

import importlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console

from autoapi.commands.environment import settings_here
from autoapi.migrate import (
    Status,
    check_migrations,
    describe,
    mark_applied,
    migrate_down,
    migrate_up,
    new_revision,
    read_status,
    write_sql,
)

__all__ = ["application"]

AUTO_FIX: Final = "autoapi.auto_fix"
"""Imported when it is used: what it needs takes long to load."""

application = typer.Typer(help="Make, apply and check the schema's revisions.")


SCRATCH = typer.Option(help="An empty PostgreSQL database to try the migrations in.")


@application.command()
def new(
    message: Annotated[str, typer.Argument(help="What it is for; names the file.")],
    merge: Annotated[bool, typer.Option(help="Join all revisions that are the newest.")] = False,
    autogenerate: Annotated[
        bool, typer.Option("--autogenerate", help="Write what the migrations do not make yet.")
    ] = False,
    like: Annotated[
        str, typer.Option(help="The URL of another database that is as it should be.")
    ] = "",
    scratch_url: Annotated[str, SCRATCH] = "",
) -> None:
    """Write a new revision file after the newest; the folder too, where there is none.

    With --autogenerate it says what makes of the migrations' schema that of DATABASE_URL, or
    of --like; it is tried in a scratch database, and what it does not do is told.
    """
    settings = settings_here()
    if not (autogenerate or like):
        typer.echo(new_revision(Path(settings.migrations), message, merge=merge))
        return
    auto_fix: Any = importlib.import_module(AUTO_FIX)
    written = auto_fix.write_revision_like(settings, message, like, scratch_url)
    typer.echo(written.path)
    for dropped in written.draft.drops:
        typer.echo(f"drops {dropped}")
    for line in written.left:
        typer.echo(f"not written: {line}")
    if written.fails:
        typer.echo(f"It fails: {written.fails}")
    if written.fails or written.left:
        raise typer.Exit(1)
    if not like:
        told = f"mark it with 'autoapi migrate stamp {written.revision}'"
        typer.echo(f"The database of DATABASE_URL is so already: {told}.")


@application.command()
def up(
    revision: Annotated[str, typer.Argument(help="The last to apply.")] = "head",
    sql: Annotated[bool, typer.Option("--sql", help="Print the SQL; run nothing.")] = False,
) -> None:
    """Apply all revisions up to one: all of them, or none."""
    settings = settings_here()
    if sql:
        typer.echo(write_sql(settings, revision), nl=False)
        return
    before = read_status(settings).pending
    now = migrate_up(settings, revision)
    left = {each.revision for each in read_status(settings).pending}
    for each in before:
        if each.revision not in left:
            typer.echo(f"applied {each.revision}  {each.message}")
    typer.echo(f"The database is at {named(now)}.")


@application.command()
def down(
    revision: Annotated[str, typer.Argument(help="The last to keep; 'base' for none.")],
) -> None:
    """Take back all revisions after REVISION; data in what they made is lost."""
    typer.echo(f"The database is at {named(migrate_down(settings_here(), revision))}.")


@application.command()
def status(
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell what is applied, since when and by whom, and what is not."""
    found = read_status(settings_here())
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        print_status(found, Console(highlight=False, markup=False, soft_wrap=True))


@application.command()
def check(scratch_url: Annotated[str, SCRATCH] = "") -> None:
    """Exit with status 1 unless the database is exactly what the migrations make.

    "+ table public.x" is in the database and no migration makes it, "- ..." is missing in it.
    """
    found = check_migrations(settings_here(), scratch_url)
    if len(found.status.heads) > 1:
        typer.echo(f"Several revisions are the newest: {named(found.status.heads)}.")
    for revision in found.status.pending:
        typer.echo(f"pending {revision.revision}  {revision.message}")
    for difference in found.drift:
        typer.echo(describe(difference))
    if not found.passes:
        raise typer.Exit(1)
    typer.echo(f"The database is at {named(found.status.current)} and as the migrations make it.")


@application.command()
def stamp(
    revision: Annotated[str, typer.Argument(help="The last that is applied already.")] = "head",
    force: Annotated[bool, typer.Option(help="Even if the database differs.")] = False,
    scratch_url: Annotated[str, SCRATCH] = "",
) -> None:
    """Mark revisions as applied, in a database that is already as they would make it."""
    marked = mark_applied(settings_here(), revision, force=force, scratch_url=scratch_url)
    typer.echo(f"The database is at {named(marked)}.")


def print_status(found: Status, console: Console) -> None:
    """The same to read."""
    console.print(f"The database is at {named(found.current)}.")
    for each in found.record:
        console.print(f"  {when(each.at)}  {each.direction:5} {each.revision}  by {each.by}")
    if len(found.heads) > 1:
        console.print(f"Several revisions are the newest: {named(found.heads)}.")
    console.print(f"Pending: {len(found.pending) or 'none'}.")
    for revision in found.pending:
        console.print(f"  {revision.revision}  {revision.message}")


def named(revisions: tuple[str, ...]) -> str:
    """Where a database is, in words."""
    return ", ".join(revisions) or "no revision"


def when(moment: datetime) -> str:
    """A moment to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
