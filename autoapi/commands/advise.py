"""``autoapi advise``: what is wrong with the schema, and what mends it."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from autoapi.commands.environment import settings_here
from autoapi.reflect import inspect_database, read_usage
from autoapi.schema_tools.advice import Exposure, Finding, Severity
from autoapi.schema_tools.advise import advise as find_faults
from autoapi.schema_tools.advise import check_ignored

__all__ = ["advise"]


def advise(
    level: Annotated[Severity, typer.Option(help="The mildest to tell.")] = "info",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    check: Annotated[bool, typer.Option(help="Exit with status 1 if anything is told.")] = False,
) -> None:
    """Look for faults in the schema; tell why each is one, how sure it is, and the SQL to mend it.

    AUTOAPI_ADVISE_IGNORE silences rules (rule, or rule:object), separated by commas.
    """
    settings = settings_here()
    check_ignored(settings.advise_ignore)
    where = (settings.database_url, settings.db_schemas, settings.db_connect_timeout)
    findings = find_faults(
        inspect_database(*where),
        read_usage(*where),
        Exposure(settings.db_anon_role, settings.anonymous),
        ignored=settings.advise_ignore,
        level=level,
    )
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(findings), indent=2))
    else:
        typer.echo("\n\n".join(map(as_text, findings)) or "Nothing to advise.")
    if check and findings:
        raise typer.Exit(1)


def as_text(finding: Finding) -> str:
    """A finding to read."""
    lines = [
        f"{finding.severity}: {finding.message}",
        f"  {finding.why}",
        *(f"  {statement};" for statement in finding.sql),
        *((f"  {finding.advice}",) if finding.advice else ()),
        f"  [{finding.id}, {finding.certainty}]",
    ]
    return "\n".join(lines)
