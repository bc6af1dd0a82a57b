"""Registering what overrides add, ahead of the tables of the same addresses."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from autoapi.routes.actions import add_action
from autoapi.routes.gate import ServiceGate
from autoapi.routes.once import OnceRoute
from autoapi.rules import Action, Route
from autoapi.service import Service

__all__ = ["add_override_routes"]


def add_override_routes(app: FastAPI, service: Service) -> None:
    """Register the routers and the actions of the overrides, and what answers their needs."""
    gate = app.state.gate = ServiceGate(service)
    actions = APIRouter(route_class=OnceRoute)
    for rule in service.rules:
        if isinstance(rule, Route):
            app.include_router(rule.router)
        elif isinstance(rule, Action):
            add_action(actions, rule, gate)
    app.include_router(actions)
