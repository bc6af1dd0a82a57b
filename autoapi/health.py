"""Health: alive, and able to serve."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from autoapi.database_tools import administrator
from autoapi.errors import ApiError
from autoapi.service import Service

__all__ = ["add_health"]


def add_health(app: FastAPI, service: Service) -> None:
    """Register ``/health``, always 200 while the process lives, ``/health/ready``, and
    ``/health/detailed`` for administrators.
    """

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

    @app.get("/health/detailed", include_in_schema=False)
    async def detailed(request: Request) -> JSONResponse:
        """Tell administrators what is behind it: pool, schema, rules that do not fit."""
        await administrator(request, service)
        return JSONResponse(details(service))


def details(service: Service) -> dict[str, Any]:
    """What operators look at; none of it asks the database."""
    snapshot, figures = service.snapshot, service.database.pool_figures()
    breaker = service.database.breaker_figures()
    broken = () if snapshot is None else snapshot.broken
    return {
        **state(service),
        "pool": None if figures is None else figures._asdict(),
        "breaker": None if breaker is None else breaker._asdict(),
        "loads": service.loads,
        "failed_loads": service.failed_loads,
        "load_seconds": round(service.load_seconds, 3),
        "rules": {
            "loaded": len(service.rules),
            "broken": [
                {
                    "rule": each.origin,
                    "table": ".".join(each.table),
                    "closes": sorted(each.verbs),
                    "reason": each.reason,
                    "hint": each.hint,
                }
                for each in broken
            ],
        },
    }


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
