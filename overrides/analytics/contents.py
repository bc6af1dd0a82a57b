"""``GET /analytics``: which reports there are, read off their routes."""

from __future__ import annotations

from fastapi.routing import APIRoute
from pydantic import BaseModel

from overrides.analytics.asking import Asks, router
from overrides.reading import parameter_names

__all__ = ["contents"]


class Entry(BaseModel):
    """A report: its address, what it shows, and the names of its parameters."""

    path: str
    shows: str
    parameters: list[str]


@router.get("", response_model=list[Entry])
async def contents(asks: Asks) -> list[Entry]:
    """The reports there are."""
    del asks  # who may not read them, need not know of them
    return [
        Entry(path=each.path, shows=summary(each), parameters=list(parameter_names(each)))
        for each in router.routes
        if isinstance(each, APIRoute) and each.path != router.prefix
    ]


def summary(found: APIRoute) -> str:
    """The first line of what a route says of itself."""
    return found.description.partition("\n")[0]
