"""Where the tools are, and who may use them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials

from autoapi.auth import Principal
from autoapi.errors import token_needed, tools_refused
from autoapi.http import read_http
from autoapi.routes import BEARER, refusals
from autoapi.service import Service

__all__ = ["REFUSALS", "administrator", "tools_router"]

REFUSALS: Final = refusals(
    {
        400: "A parameter cannot be used.",
        401: "A token is needed, or the one sent does not hold.",
        403: "The token's role is not that of administrators.",
        503: "The database does not answer, or the tools are busy.",
        504: "It took longer than a tool may.",
    }
)
"""What every tool may answer besides."""


def tools_router(service: Service) -> APIRouter:
    """A router whose routes only administrators reach."""

    async def check(
        request: Request,
        _: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
    ) -> None:
        request.state.principal = await administrator(request, service)

    return APIRouter(
        prefix="/database-tools",
        tags=["database tools"],
        dependencies=[Depends(check)],
        responses=REFUSALS,
        generate_unique_id_function=operation_id,
    )


def operation_id(route: APIRoute) -> str:
    """What a tool is called in clients made from the document."""
    return f"database_tools_{route.name}"


async def administrator(request: Request, service: Service) -> Principal:
    """Who asks, if a verified token gives them the role of administrators.

    Raises PGRST302, PGRST301 and PGRST303 (401), and AUTO111 (403) for another role.
    """
    who = await service.verifier.principal(read_http(request.scope).headers)
    if who.anonymous:
        raise token_needed()
    if who.role != service.settings.admin_role:
        raise tools_refused(who.role, service.settings.admin_role)
    return who
