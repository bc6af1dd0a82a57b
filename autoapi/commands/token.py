"""``autoapi token``: a signed token for a role."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
import typer

from autoapi.auth import make_token, signing_key
from autoapi.commands.environment import settings_here

__all__ = ["token"]

RESERVED: Final = frozenset({"role", "exp", "iat"})


def token(
    role: Annotated[str, typer.Argument(help="The role it carries.")],
    hours: Annotated[float, typer.Option(help="How long it holds.", min=0.01)] = 24,
    claim: Annotated[
        list[str] | None,
        typer.Option(help="A claim it carries besides, name=value; the value as JSON, or a text."),
    ] = None,
) -> None:
    """Print a token for ROLE, signed with the service's secret."""
    key = signing_key(settings_here())
    claims = dict(read_claim(each) for each in claim or ())
    typer.echo(make_token(key, role, int(hours * 3600), **claims))


def read_claim(given: str) -> tuple[str, Any]:
    """A claim's name and value. Raises ``typer.BadParameter`` for one without a value."""
    name, equals, text = given.partition("=")
    if not (name and equals):
        raise typer.BadParameter(f"{given!r} is not name=value", param_hint="--claim")
    if name in RESERVED:
        raise typer.BadParameter(f"{name!r} is not yours to choose", param_hint="--claim")
    try:
        return name, msgspec.json.decode(text)
    except msgspec.DecodeError:
        return name, text
