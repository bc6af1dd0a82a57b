"""``/database-tools/schema/compare``: how the database differs from what it was or should be."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from autoapi.database_tools.workbench import Workbench
from autoapi.references import read_sides
from autoapi.schema_tools.compare import compare
from autoapi.schema_tools.compare_text import comparison_document, comparison_text
from autoapi.schema_tools.severity import SEVERITIES

__all__ = ["ENTRY", "MEDIA_TYPES", "add_compare"]

MEDIA_TYPES: Final = {"json": "application/json", "text": "text/plain"}
COUNT: Final = {"type": "integer", "minimum": 0}
ENTRY: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["change", "kind", "path", "severity", "reason"],
    "properties": {
        "change": {"enum": ["added", "removed", "renamed", "changed"]},
        "kind": {"type": "string"},
        "path": {"type": "array", "items": {"type": "string"}},
        "severity": {"enum": list(SEVERITIES)},
        "reason": {"type": "string"},
        "about": {"type": "string"},
        "was": {"type": ["string", "null"], "description": "Its older name, as far as one sees"},
        "near": {"type": ["string", "null"], "description": "What is called nearly the same"},
        "properties": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "before", "after"],
                "properties": {"name": {"type": "string"}, "before": {}, "after": {}},
            },
        },
    },
}
COMPARISON: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["reference", "same", "counts", "differences"],
    "properties": {
        "reference": {"type": "string"},
        "same": {"type": "boolean"},
        "counts": {"type": "object", "properties": dict.fromkeys(SEVERITIES, COUNT)},
        "differences": {"type": "array", "items": ENTRY},
    },
}
ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "What differs, the worst first.",
        "content": {
            "application/json": {"schema": COMPARISON},
            "text/plain": {"schema": {"type": "string"}},
        },
    },
    404: {"description": "There is nothing to compare with."},
    409: {"description": "What it is compared with cannot be read or made."},
}

# Another database is the operator's to name, in a setting: a URL in an address would be
# logged with its password, and let the service connect to wherever a caller likes.
Against = Literal["generated", "migrations", "database"]


def add_compare(router: APIRouter, workbench: Workbench) -> None:
    """Register the tool."""

    @router.get("/schema/compare", responses=ANSWER, summary="How the database differs")
    async def compare_schema(
        against: Annotated[Against, Query(description="What it is compared with")] = "generated",
        format: Annotated[
            Literal["json", "text"], Query(description="Form of the answer")
        ] = "json",
    ) -> Response:
        """Compare the database with what was generated from it, with what its migrations make,
        or with the database of `AUTOAPI_COMPARE_URL`: each difference with its effect on clients.
        """
        work = partial(compared, against, workbench, in_words=format == "text")
        told = await workbench.run("schema/compare", work)
        return Response(told, media_type=MEDIA_TYPES[format])


def compared(against: str, workbench: Workbench, *, in_words: bool) -> bytes:
    """The comparison as it is answered; blocks."""
    sides = read_sides(against, workbench.settings)
    entries = compare(sides.before, sides.live)
    if in_words:
        return comparison_text(entries, sides.name).encode() + b"\n"
    return msgspec.json.encode(comparison_document(entries, sides.name))
