"""``/database-tools/schema/inspect``: everything in the database, as it is now."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Response

from autoapi.database_tools.workbench import Workbench
from autoapi.inspection import encode_thing

__all__ = ["add_inspect"]

TREE: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A tree: the database with its schemas, those with their tables, and so on.",
    "required": ["name", "dialect", "schemas"],
    "properties": {
        "name": {"type": "string"},
        "dialect": {"enum": ["postgresql", "sqlite"]},
        "version": {"type": "string"},
        "schemas": {"type": "array", "items": {"type": "object"}},
    },
}
ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The tree.", "content": {"application/json": {"schema": TREE}}}
}


def add_inspect(router: APIRouter, workbench: Workbench) -> None:
    """Register the tool."""

    @router.get("/schema/inspect", responses=ANSWER, summary="Everything in the database")
    async def inspect() -> Response:
        """Tables, keys, checks, indexes, policies, grants, functions and more of the schemas.

        The same database gives the same bytes.
        """
        text = await workbench.run("schema/inspect", lambda: encode_thing(workbench.inspect()))
        return Response(text, media_type="application/json")
