"""``autoapi fix``: what can be mended without losing anything, shown, and done if asked."""

from __future__ import annotations

import importlib
from typing import Annotated, Any, Final

import msgspec
import typer

from autoapi.commands.environment import settings_here

__all__ = ["fix"]

AUTO_FIX: Final = "autoapi.auto_fix"
"""Imported when it is used: what it needs takes long to load."""
MOST_DETAILS: Final = 12  # lines of a step that are printed


def fix(
    step: Annotated[
        list[str] | None, typer.Argument(help="Steps by their id; default: all that can be done.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; else it is only shown.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The plan as JSON.")] = False,
    scratch_url: Annotated[
        str, typer.Option(help="An empty PostgreSQL database to try the migrations in.")
    ] = "",
) -> None:
    """Show what can be mended, each step with its risk; with --apply, do it.

    Indexes under foreign keys, constraints to validate, changes made past the migrations,
    and generated files that are stale. What is done to the database becomes a revision.
    """
    auto_fix: Any = importlib.import_module(AUTO_FIX)
    settings = settings_here()
    plan = auto_fix.make_plan(settings, scratch_url)
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(plan), indent=2))
    else:
        typer.echo("\n\n".join(map(as_text, plan.steps)) or "There is nothing to mend.")
    if not apply:
        return
    chosen = step or [each.id for each in plan.steps if not each.why_not]
    for done in auto_fix.apply_steps(settings, chosen, plan.fingerprint, scratch_url):
        files = f": {', '.join(done.files)}" if done.files else ""
        typer.echo(f"done {done.id}{files}", err=json)


def as_text(step: Any) -> str:
    """A step to read."""
    lines = [f"{step.title}  [{step.id}]", f"  risk: {step.risk}. {step.what_may_happen}"]
    lines += [f"  {statement};" for statement in step.statements]
    if not step.statements:
        lines += [f"  {line}" for line in step.details[:MOST_DETAILS]]
        if len(step.details) > MOST_DETAILS:
            lines.append(f"  and {len(step.details) - MOST_DETAILS} lines more")
    if step.why_not:
        lines.append(f"  cannot be done here: {step.why_not}")
    if step.needs:
        lines.append(f"  only with: {', '.join(step.needs)}")
    return "\n".join(lines)
