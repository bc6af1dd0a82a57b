"""Registering what overrides add, ahead of the tables of the same addresses."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI

from autoapi.routes.actions import add_action
from autoapi.routes.gate import ServiceGate
from autoapi.routes.once import OnceRoute, heeding_keys
from autoapi.rules import Action, RenameTable, Route, Rule, TableRef
from autoapi.service import Service

__all__ = ["add_override_routes"]


def add_override_routes(app: FastAPI, service: Service) -> None:
    """Register the routers and the actions of the overrides, and what answers their needs."""
    gate = app.state.gate = ServiceGate(service)
    actions = APIRouter(route_class=OnceRoute)
    with_keys = service.settings.idempotency_lifetime > 0
    for rule in service.rules:
        if isinstance(rule, Route):
            app.include_router(heeding_keys(rule.router, with_keys=with_keys))
        elif isinstance(rule, Action):
            for name in names_of(rule.table, service.rules):
                add_action(actions, rule, name, gate)
    app.include_router(actions)


def names_of(table: TableRef, rules: Iterable[Rule]) -> list[str]:
    """The names by which callers may know a table: its own, unless everybody knows another."""
    renamed = [
        rule
        for rule in rules
        if isinstance(rule, RenameTable)
        and (rule.table.schema, rule.table.name) == (table.schema, table.name)
    ]
    own = [] if any(rule.roles.concern(None) for rule in renamed) else [table.name]
    return list(dict.fromkeys([*own, *(rule.name for rule in renamed)]))
