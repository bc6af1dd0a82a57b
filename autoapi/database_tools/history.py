"""``/database-tools/schema/history``: what the service has seen change in the schema."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from autoapi.database_tools.compare import ENTRY, MEDIA_TYPES
from autoapi.database_tools.workbench import Workbench
from autoapi.history import history_text

__all__ = ["add_history"]

MOST: Final = 1_000
LARGEST: Final = 2**63 - 1  # a number of SQLite
TEXT: Final = {"type": "string"}
TIME: Final = {"type": "string", "format": "date-time"}
COMMAND: Final[dict[str, Any]] = {
    "type": "array",
    "description": "time, login, role, application, address, command, type and name of the object",
    "items": {"type": ["string", "null"]},
}
CHANGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["number", "at", "since", "cause", "count", "differences", "by"],
    "properties": {
        "number": {"type": "integer"},
        "at": TIME,
        "since": TIME,
        "cause": TEXT,
        "before": TEXT,
        "after": TEXT,
        "count": {"type": "integer"},
        "differences": {"type": "array", "items": ENTRY},
        "by": {"type": "array", "items": COMMAND},
    },
}
ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The changes, the newest first.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["database", "kept", "recorded_since", "changes"],
                    "properties": {
                        "database": TEXT,
                        "kept": TEXT,
                        "recorded_since": {"type": ["string", "null"], "format": "date-time"},
                        "changes": {"type": "array", "items": CHANGE},
                    },
                }
            },
            "text/plain": {"schema": TEXT},
        },
    },
    404: {"description": "No history is kept."},
}


def add_history(router: APIRouter, workbench: Workbench) -> None:
    """Register the tool."""

    @router.get("/schema/history", responses=ANSWER, summary="What has changed in the schema")
    async def history(
        limit: Annotated[int, Query(ge=1, le=MOST, description="Changes to tell")] = 50,
        before: Annotated[
            int | None, Query(ge=1, le=LARGEST, description="Only those with a number below this")
        ] = None,
        format: Annotated[
            Literal["json", "text"], Query(description="Form of the answer")
        ] = "json",
    ) -> Response:
        """Every change that the service has seen, with what had it noticed and, where the event
        trigger is installed, by whom; those made while the service was down, too.
        """
        work = partial(told, workbench, limit, before, in_words=format == "text")
        answer = await workbench.run("schema/history", work)
        return Response(answer, media_type=MEDIA_TYPES[format])


def told(workbench: Workbench, limit: int, before: int | None, *, in_words: bool) -> bytes:
    """The history as it is answered; blocks."""
    found = workbench.service.history.changes(workbench.settings, limit, before)
    return history_text(found).encode() + b"\n" if in_words else msgspec.json.encode(found)
