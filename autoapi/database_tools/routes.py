"""Where the tools are, and who may use them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from autoapi.auth import Principal
from autoapi.errors import token_needed, tools_refused
from autoapi.http import read_http
from autoapi.service import Service

__all__ = ["REFUSALS", "administrator", "tools_router"]

# The name is that of the scheme which the document has already.
BEARER: Final = HTTPBearer(scheme_name="bearer", auto_error=False)
BODY: Final = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "A parameter cannot be used.", **BODY},
    401: {"description": "A token is needed, or the one sent does not hold.", **BODY},
    403: {"description": "The token's role is not that of administrators.", **BODY},
    503: {"description": "The database does not answer, or the tools are busy.", **BODY},
    504: {"description": "It took longer than a tool may.", **BODY},
}
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
    headers = read_http(request.scope).headers
    who = await service.verifier.principal(headers.get(b"authorization"), headers.get(b"x-api-key"))
    if who.anonymous:
        raise token_needed()
    if who.role != service.settings.admin_role:
        raise tools_refused(who.role, service.settings.admin_role)
    return who
