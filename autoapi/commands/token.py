"""``autoapi token``: a signed token for a role."""

from __future__ import annotations

from typing import Annotated

import typer

from autoapi.auth import make_token, signing_key
from autoapi.commands.environment import settings_here

__all__ = ["token"]


def token(
    role: Annotated[str, typer.Argument(help="The role it carries.")],
    hours: Annotated[float, typer.Option(help="How long it holds.", min=0.01)] = 24,
) -> None:
    """Print a token for ROLE, signed with the service's secret."""
    key = signing_key(settings_here())
    typer.echo(make_token(key, role, int(hours * 3600)))
