"""Health: alive, and able to serve."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from autoapi.errors import ApiError
from autoapi.service import Service

__all__ = ["add_health"]


def add_health(app: FastAPI, service: Service) -> None:
    """Register ``/health``, always 200 while the process lives, and ``/health/ready``."""

    @app.get("/health", include_in_schema=False)
    async def health() -> JSONResponse:
        """Say that the process lives, and how the database is as last seen."""
        return JSONResponse(state(service))

    @app.get("/health/ready", include_in_schema=False)
    async def ready() -> JSONResponse:
        """Ask the database; 503 when it does not answer or was never read."""
        try:
            service.current()
            seconds = await service.database.ping()
        except ApiError as error:
            body = {"status": "unavailable", "code": error.code, "message": error.message}
            return JSONResponse(body, 503, {"Retry-After": "1"})
        return JSONResponse({"status": "ready", "database_milliseconds": round(seconds * 1e3, 3)})


def state(service: Service) -> dict[str, object]:
    """What is known without asking the database."""
    snapshot = service.snapshot
    return {
        "status": "ok" if snapshot is not None else "degraded",
        "database": "reachable" if snapshot is not None else "unreachable",
        "reason": service.unavailable or None,
        "tables": len(snapshot.catalogue.tables) if snapshot is not None else None,
        "schema": snapshot.fingerprint if snapshot is not None else None,
        "broken_rules": len(snapshot.broken) if snapshot is not None else None,
    }
