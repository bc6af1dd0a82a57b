"""``/database-tools/schema/auto-fix``: what can be mended, and doing what was chosen of it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Body, Response

from autoapi.database_tools.workbench import Workbench

__all__ = ["add_auto_fix"]

AUTO_FIX: Final = "autoapi.auto_fix"
"""Imported when it is first used: a service that never is asked starts without it."""


@dataclass(frozen=True, slots=True)
class StepTold:
    """One thing that could be mended."""

    id: str
    kind: Literal["align", "index", "validate", "generate"]
    title: str
    risk: Literal["none", "low", "high"]
    what_may_happen: str
    details: tuple[str, ...]
    statements: tuple[str, ...]
    needs: tuple[str, ...]
    why_not: str
    separate: bool


@dataclass(frozen=True, slots=True)
class PlanTold:
    """All steps in the order in which they would be done."""

    fingerprint: str
    recorded: Literal["revision", "database"]
    steps: tuple[StepTold, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The steps to do, and the fingerprint of the plan that they were seen in."""

    apply: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DoneTold:
    """A step that was done, and the files that were written for it."""

    id: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """The steps that were done, in order."""

    done: tuple[DoneTold, ...]


CONFLICT: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "The plan has no such step."},
    409: {"description": "The plan is another by now, or a step cannot be done."},
}


def add_auto_fix(router: APIRouter, workbench: Workbench) -> None:
    """Register the tool."""

    @router.get(
        "/schema/auto-fix",
        responses={200: {"model": PlanTold}},
        summary="What can be mended without losing anything",
    )
    async def plan_fixes() -> Response:
        """A plan; nothing is changed. Each step has its risk and the SQL that it would run."""

        def look() -> bytes:
            auto_fix: Any = importlib.import_module(AUTO_FIX)
            return msgspec.json.encode(auto_fix.make_plan(workbench.settings))

        told = await workbench.run("schema/auto-fix", look)
        return Response(told, media_type="application/json")

    @router.post(
        "/schema/auto-fix",
        responses={200: {"model": Applied}, **CONFLICT},
        summary="Do chosen steps of the plan that was seen",
    )
    async def apply_fixes(choice: Annotated[Choice, Body()]) -> Response:
        """What changes the database becomes a revision, or is recorded in it."""

        def work() -> bytes:
            auto_fix: Any = importlib.import_module(AUTO_FIX)
            done = auto_fix.apply_steps(workbench.settings, choice.apply, choice.fingerprint)
            return msgspec.json.encode({"done": done})

        told = await workbench.run("schema/auto-fix", work)
        return Response(told, media_type="application/json")
