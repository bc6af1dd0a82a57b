"""``autoapi token``: a signed token for a role."""

from __future__ import annotations

from typing import Annotated

import typer

from autoapi.auth import make_token
from autoapi.commands.environment import settings_here
from autoapi.errors import SettingsError

__all__ = ["token"]


def token(
    role: Annotated[str, typer.Argument(help="The role it carries.")],
    hours: Annotated[float, typer.Option(help="How long it holds.", min=0.01)] = 24,
) -> None:
    """Print a token for ROLE, signed with the service's secret."""
    settings = settings_here()
    if not settings.jwt_secret:
        raise SettingsError("set AUTOAPI_JWT_SECRET (or JWT_SECRET_KEY) to sign tokens with")
    typer.echo(make_token(settings.jwt_secret, role, int(hours * 3600)))
