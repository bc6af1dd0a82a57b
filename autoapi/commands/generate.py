"""``autoapi generate``: models, schemas, types and documents of the database, as files."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from autoapi.catalogue import derive_relationships
from autoapi.commands.environment import settings_here
from autoapi.migrate import without_bookkeeping
from autoapi.openapi import Information, documented
from autoapi.reflect import inspect_database, reflect
from autoapi.settings import Settings

__all__ = ["generate"]

GENERATE: Final = "autoapi.generate"
"""Imported when it is used: its libraries take half a second, which no other command needs."""


def generate(
    output: Annotated[Path, typer.Option(help="Directory of the files.")] = Path("generated"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file is not current.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that were changed by hand.")
    ] = False,
) -> None:
    """Write models, schemas, types and documents of the database into a directory.

    The same database gives the same bytes. Files that were not generated, or were changed
    since, are never written over unless forced.
    """
    making: Any = importlib.import_module(GENERATE)
    settings = settings_here()
    with progress_line() as advance:
        advance("reading", 0, 0)
        url, timeout = settings.database_url, settings.db_connect_timeout
        catalogue = reflect(url, settings.db_schemas, timeout, settings.db_extra_search_path)
        tree = without_bookkeeping(inspect_database(url, settings.db_schemas, timeout))
        total = len(documented(catalogue, derive_relationships(catalogue)))
        source = making.Source(catalogue, tree, information(settings))
        files = making.generate_files(source, lambda what, tables: advance(what, tables, total))
    if not check:
        changed = making.write_files(output, files, force=force)
        told = f"{', '.join(changed)} written" if changed else "nothing has changed"
        typer.echo(f"{output}: {told}; {total:,} tables")
        return
    differences = list(making.differences_from(output, files))
    if differences:
        typer.echo("\n".join(differences))
        typer.echo(f"{output} is not current: run 'autoapi generate'", err=True)
        raise typer.Exit(1)


def information(settings: Settings) -> Information:
    """What the document says of the service."""
    return Information(
        title=settings.app_name,
        version=settings.app_version,
        description="",
        rest_prefix=settings.rest_prefix,
        anonymous=settings.anonymous,
    )


@contextmanager
def progress_line() -> Iterator[Callable[[str, int, int], None]]:
    """One line on standard error that says how far it is, while it lasts, on a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    line = Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with line as progress:
        bar = progress.add_task("Generating", total=None)

        def advance(what: str, tables: int, total: int) -> None:
            progress.update(
                bar, description=f"Generating: {what}", advance=tables, total=total or None
            )

        yield advance
