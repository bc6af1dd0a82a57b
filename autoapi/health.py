"""Health over HTTP: alive, able to serve, all there is to know, and the figures."""

from __future__ import annotations

import hmac

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from autoapi.condition import Condition, ready, state
from autoapi.database_tools import administrator
from autoapi.errors import ApiError
from autoapi.metrics import CONTENT_TYPE
from autoapi.service import Service
from autoapi.sharing import metrics_text

__all__ = ["add_health"]


def add_health(app: FastAPI, service: Service) -> None:
    """Register ``/health``, always 200 while the process lives, ``/health/ready``, and for
    administrators ``/health/detailed``; ``/metrics`` where it is wanted.
    """
    condition = Condition(service)

    @app.get("/health", include_in_schema=False)
    async def health() -> JSONResponse:
        """Say that the process lives, and how the database is as last seen."""
        return JSONResponse(state(service))

    @app.get("/health/ready", include_in_schema=False)
    async def is_ready() -> JSONResponse:
        """Ask the database; 503 when it does not answer or was never read."""
        try:
            seconds = await ready(service)
        except ApiError as error:
            body = {"status": "unavailable", "code": error.code, "message": error.message}
            return JSONResponse(body, 503, {"Retry-After": "1"})
        return JSONResponse({"status": "ready", "database_milliseconds": round(seconds * 1e3, 3)})

    @app.get("/health/detailed", include_in_schema=False)
    async def detailed(request: Request) -> JSONResponse:
        """Tell administrators what is behind it: database, pool, schema, rules, revisions."""
        await administrator(request, service)
        return JSONResponse(await condition.read())

    if service.settings.enable_metrics:

        @app.get("/metrics", include_in_schema=False)
        async def metrics(request: Request) -> Response:
            """Tell a scraper all figures."""
            await admit_scraper(request, service)
            return Response(metrics_text(service), media_type=CONTENT_TYPE.decode())


async def admit_scraper(request: Request, service: Service) -> None:
    """Let in who sends the scraper's token or is an administrator; in development anybody.

    Raises the 401s and the 403 of :func:`administrator`.
    """
    settings = service.settings
    if settings.metrics_token:
        sent = request.headers.get("authorization", "").encode()
        if hmac.compare_digest(sent, f"Bearer {settings.metrics_token}".encode()):
            return
    elif settings.environment != "production":
        return
    try:
        await administrator(request, service)
    except ApiError as error:
        error.hint = "Scrapers send AUTOAPI_METRICS_TOKEN as a bearer token"
        raise
