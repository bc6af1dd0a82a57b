"""The command line, one file a command."""

from __future__ import annotations

import sqlite3
import sys

import psycopg2
import typer

from autoapi.commands import (
    advise,
    check,
    compare,
    dashboard,
    demo,
    diagram,
    doctor,
    fix,
    generate,
    history,
    inspect,
    migrate,
    openapi,
    serve,
    token,
    user,
    watch,
)
from autoapi.errors import ApiError, SettingsError

__all__ = ["main"]

COMMANDS = (
    serve,
    demo,
    generate,
    advise,
    check,
    inspect,
    compare,
    history,
    dashboard,
    diagram,
    doctor,
    fix,
    openapi,
    token,
    watch,
)

application = typer.Typer(
    name="autoapi",
    help="Point it at a live database and it serves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in COMMANDS:
    application.command()(getattr(module, module.__name__.rpartition(".")[2]))
application.add_typer(migrate.application, name="migrate")
application.add_typer(user.application, name="user")


def main() -> None:
    """Run a command; what goes wrong is told in words.

    The status is 2 for a setting that cannot be used, 1 for anything else.
    """
    try:
        application()
    except SettingsError as error:
        print(f"autoapi: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except ApiError as error:
        told = (f"autoapi: {error.message}", error.details, error.hint)
        print("\n".join(str(line) for line in told if line), file=sys.stderr)
        raise SystemExit(1) from None
    except (psycopg2.OperationalError, sqlite3.OperationalError) as error:
        print(f"autoapi: the database cannot be read: {str(error).strip()}", file=sys.stderr)
        raise SystemExit(1) from None
