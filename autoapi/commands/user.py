"""``autoapi user``: what must be done about users before anybody can sign in."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from typing import Annotated, Any, Final

import typer

from autoapi.changes import OwnRights
from autoapi.commands.environment import settings_here
from autoapi.errors import SettingsError
from autoapi.execute import open_database
from autoapi.settings import Settings

__all__ = ["application"]

USERS: Final = "users"
"""The module of the overrides that knows users."""

application = typer.Typer(help="Make those who may make others.", no_args_is_help=True)


@application.callback()
def user() -> None:
    """Make those who may make others."""


@application.command()
def create_admin(
    email: Annotated[str, typer.Argument(help="What the administrator signs in with.")],
    name: Annotated[str, typer.Option(help="A name to show.")] = "Administrator",
) -> None:
    """Make an administrator, who can sign in and make other users.

    The password comes from ADMIN_PASSWORD, from standard input, or is asked for.
    """
    settings = settings_here()
    if not settings.overrides:
        raise SettingsError(
            "set AUTOAPI_OVERRIDES=overrides first: without it nobody can sign in,"
            " and nothing guards the table of users"
        )
    users: Any = importlib.import_module(f"{settings.overrides}.{USERS}")
    given = os.environ.get("ADMIN_PASSWORD") or read_password()
    number = asyncio.run(make(settings, users, email, name, given))
    typer.echo(f"User {number}, {email}, is an administrator.")


def read_password() -> str:
    """A line of standard input, or what is typed twice at a terminal."""
    if sys.stdin.isatty():
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


async def make(settings: Settings, users: Any, email: str, name: str, password: str) -> int:
    """Make the administrator. Raises ApiError for what the overrides refuse."""
    database = open_database(settings)
    try:
        own = OwnRights(lambda: database)
        number: int = await users.create_admin(own, email, name, password)
        return number
    finally:
        await database.close()
