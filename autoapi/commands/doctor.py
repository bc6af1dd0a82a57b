"""``autoapi doctor``: whether this deployment will serve, and what to do where not."""

from __future__ import annotations

import importlib
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from autoapi.commands.environment import settings_here

__all__ = ["doctor"]

DOCTOR: Final = "autoapi.doctor"
"""Imported when it is used: what it needs takes long to load."""
SIGNS: Final = {
    "ok": ("ok    ", "green"),
    "advice": ("advice", "yellow"),
    "fault": ("FAULT ", "red"),
}


def doctor(
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Advice fails, too.")] = False,
) -> None:
    """Look at the deployment from here: database, rights, pooler, clock, secrets, schema.

    Exits with status 1 where something is at fault. Nothing is written.
    """
    examine: Any = importlib.import_module(DOCTOR).examine
    found = []
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for each in examine(settings_here()):
        found.append(each)
        if not json:
            sign, colour = SIGNS[each.state]
            console.print(Text(sign, colour), Text(f"{each.check}: {each.told}"))
            if each.todo:
                console.print(Text(f"        -> {each.todo}"))
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    failing = ("fault", "advice") if strict else ("fault",)
    if any(each.state in failing for each in found):
        raise typer.Exit(1)
