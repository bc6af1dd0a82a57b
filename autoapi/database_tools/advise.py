"""``/database-tools/schema/advise``: what is wrong with the schema, and what mends it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Response

from autoapi.database_tools.workbench import Workbench
from autoapi.reflect import read_usage
from autoapi.schema_tools.advice import Exposure, Finding, Severity
from autoapi.schema_tools.advise import SEVERITIES, advise, check_ignored

__all__ = ["add_advise"]

MILDEST: Final = SEVERITIES[-1]


@dataclass(frozen=True, slots=True)
class Advice:
    """All findings, the worst first, and how many there are of each severity."""

    errors: int
    warnings: int
    infos: int
    findings: tuple[Finding, ...]


def add_advise(router: APIRouter, workbench: Workbench) -> None:
    """Register the tool. Raises SettingsError where a rule is to be ignored that is not there."""
    check_ignored(workbench.settings.advise_ignore)

    @router.get(
        "/schema/advise",
        responses={200: {"model": Advice}},
        summary="Faults of the schema, and the SQL that mends them",
    )
    async def advise_on_schema(
        level: Annotated[Severity, Query(description="The mildest to tell")] = MILDEST,
    ) -> Response:
        """Rules in the manner of database advisors; each finding says why and how sure it is."""
        told = await workbench.run("schema/advise", lambda: find(workbench, level))
        return Response(msgspec.json.encode(told), media_type="application/json")


def find(workbench: Workbench, level: Severity) -> Advice:
    """Read the database and apply the rules; blocks."""
    settings = workbench.settings
    usage = read_usage(settings.database_url, settings.db_schemas, settings.db_connect_timeout)
    found = advise(
        workbench.inspect(),
        usage,
        Exposure(settings.db_anon_role, settings.anonymous),
        ignored=settings.advise_ignore,
        level=level,
    )
    counted = Counter(each.severity for each in found)
    return Advice(counted["error"], counted["warning"], counted["info"], found)
