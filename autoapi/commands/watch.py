"""``autoapi watch``: the event trigger that has changes of the schema followed at once."""

from __future__ import annotations

from typing import Annotated, Literal, NoReturn

import psycopg2
import typer

from autoapi.commands.environment import settings_here
from autoapi.settings import Settings
from autoapi.watch import NoRight, install_trigger, read_trigger, remove_trigger

__all__ = ["watch"]

Action = Literal["install", "remove", "status"]
FAILED = 1  # exit status where what was asked for could not be done, or is not so
DONE = {
    "install": "The event trigger is installed: changes are followed as they are committed,"
    " and recorded in autoapi.ddl_log.",
    "remove": "The event trigger and its log are removed.",
}


def watch(
    action: Annotated[Action, typer.Argument(help="install, remove or status.")],
) -> None:
    """Have PostgreSQL itself tell of each change of its schema, and record who made it.

    Needs a superuser, or a login that the provider lets make event triggers. Without it the
    schema is looked at every AUTOAPI_DB_SCHEMA_POLL_INTERVAL seconds all the same.
    """
    settings = settings_here()
    if settings.dialect == "sqlite":
        typer.echo(
            "SQLite counts the changes of its schema itself (PRAGMA schema_version);"
            f" {looked_at(settings)}. There is nothing to install."
        )
        return
    try:
        done = act(action, settings)
    except NoRight as error:
        fail(f"This login may not: {error}. Nothing was changed; {looked_at(settings)}.")
    except psycopg2.Error as error:
        fail(f"The database cannot be asked: {type(error).__name__}.")
    typer.echo(done)


def act(action: Action, settings: Settings) -> str:
    """Do what is asked for and tell the outcome; ends with status 1 where it is not so."""
    if action == "install":
        install_trigger(settings)
        return DONE[action]
    if action == "remove":
        remove_trigger(settings)
        return DONE[action]
    found = read_trigger(settings)
    if not found.installed:
        fail(f"The event trigger is not installed; {looked_at(settings)}.")
    if found.channel != settings.db_channel:
        fail(
            f"The event trigger notifies '{found.channel}', but AUTOAPI_DB_CHANNEL is"
            f" '{settings.db_channel}'; install it again. Meanwhile {looked_at(settings)}."
        )
    return f"The event trigger is installed and notifies '{found.channel}'; {looked_at(settings)}."


def looked_at(settings: Settings) -> str:
    """What happens without a trigger."""
    seconds = settings.db_schema_poll_interval
    if not seconds:
        return "the schema is not looked at by itself (AUTOAPI_DB_SCHEMA_POLL_INTERVAL=0)"
    return f"the schema is looked at every {seconds:g} s"


def fail(text: str) -> NoReturn:
    """Tell what is wrong and end with status 1."""
    typer.echo(text, err=True)
    raise typer.Exit(FAILED)
