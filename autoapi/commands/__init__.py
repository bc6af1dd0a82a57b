"""The command line, one file a command."""

from __future__ import annotations

import sys

import typer

from autoapi.commands import demo, inspect, openapi, serve, token, watch
from autoapi.errors import SettingsError

__all__ = ["main"]

application = typer.Typer(
    name="autoapi",
    help="Point it at a live database and it serves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (serve, demo, inspect, openapi, token, watch):
    application.command()(getattr(module, module.__name__.rpartition(".")[2]))


def main() -> None:
    """Run a command; a setting that cannot be used is told in one line, with status 2."""
    try:
        application()
    except SettingsError as error:
        print(f"autoapi: {error}", file=sys.stderr)
        raise SystemExit(2) from None
