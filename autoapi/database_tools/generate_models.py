"""``/database-tools/schema/generate-models``: the database as SQLAlchemy models."""

from __future__ import annotations

import importlib
from typing import Any, Final

from fastapi import APIRouter, Response

from autoapi.database_tools.workbench import Workbench
from autoapi.reflect import reflect

__all__ = ["add_generate_models"]

GENERATE: Final = "autoapi.generate"
"""Imported when it is first used: a service that never is asked starts without it."""

MEDIA_TYPE: Final = "text/x-python"
ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A module of Python.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


def add_generate_models(router: APIRouter, workbench: Workbench) -> None:
    """Register the tool."""

    def models() -> str:
        settings = workbench.settings
        making: Any = importlib.import_module(GENERATE)
        catalogue = reflect(
            settings.database_url,
            settings.db_schemas,
            settings.db_connect_timeout,
            settings.db_extra_search_path,
        )
        return str(making.models_text(catalogue))

    @router.get(
        "/schema/generate-models",
        responses=ANSWER,
        response_class=Response,
        summary="The database as SQLAlchemy models",
    )
    async def generate_models() -> Response:
        """What `autoapi generate` writes into `models.py`, as the database is now."""
        text = await workbench.run("schema/generate-models", models)
        return Response(text, media_type=MEDIA_TYPE)
