"""``POST /orders/7/confirm``: an action of an override, on one locked row."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any, get_type_hints

from fastapi import APIRouter, Body, Request, Response, Security

from autoapi.auth import Principal
from autoapi.changes import (
    Asked,
    Change,
    Who,
    read_rows,
    read_values,
    row_of,
    run_rule,
    value_columns,
)
from autoapi.errors import barred, no_such_item, rule_broken, token_needed
from autoapi.prepare import prepare_item
from autoapi.routes.gate import ServiceGate
from autoapi.routes.told import BEARER, refusals
from autoapi.rules import Action

__all__ = ["add_action"]

REFUSALS = refusals(
    {
        401: "A token is needed, or the one sent does not hold.",
        403: "The token's role may not.",
        404: "There is no such row, or not for the caller.",
        422: "A rule forbids it, or the `Idempotency-Key` was used for another request.",
    }
)
ONCE = {"$ref": "#/components/parameters/idempotency_key"}


def add_action(router: APIRouter, rule: Action, gate: ServiceGate) -> None:
    """Register an action at its address."""
    hints = get_type_hints(rule.function)
    names = list(inspect.signature(rule.function).parameters)[1:]
    body_name = next((name for name in names if not is_change(hints.get(name))), None)

    async def act(request: Request, key: str, **given: Any) -> Any:
        async with gate.work(request) as (transaction, put_off):
            who = await gate.principal(request)
            check_caller(rule, who, gate)
            change = await locked_row(rule, key, request, gate, transaction)
            arguments = [given["body"] if name == body_name else change for name in names]
            call = partial(rule.function, change.rows[0], *arguments)
            value = await run_rule(rule.origin, rule.table.name, call)
            put_off(change.afterwards)
        return Response(status_code=204) if value is None else value

    act.__signature__ = signature(hints.get(body_name) if body_name else None)  # type: ignore[attr-defined]
    returned = hints.get("return")
    router.add_api_route(
        f"/{rule.table.name}/{{key}}/{rule.name}",
        act,
        methods=["POST"],
        name=f"{rule.table.name}_{rule.name}",
        summary=rule.summary,
        tags=[rule.table.name],
        response_model=None if returned in (None, type(None), Any) else returned,
        responses=REFUSALS,
        dependencies=[Security(BEARER)],
        operation_id=f"{rule.table.name}_{rule.name}",
        openapi_extra={"parameters": [ONCE]}
        if gate.service.settings.idempotency_lifetime
        else None,
    )


def is_change(hint: Any) -> bool:
    """Whether a parameter takes the change."""
    return hint is Change or getattr(hint, "__origin__", None) is Change


def signature(body: Any) -> inspect.Signature:
    """What FastAPI reads of an action's request."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter("request", kind, annotation=Request),
        inspect.Parameter("key", kind, annotation=str),
    ]
    if body is not None:
        parameters.append(inspect.Parameter("body", kind, annotation=body, default=Body()))
    return inspect.Signature(parameters)


def check_caller(rule: Action, who: Principal, gate: ServiceGate) -> None:
    """Refuse who may not act. Raises PGRST302 (401), AUTO121 (403), AUTO122 (503)."""
    if who.anonymous and not gate.service.settings.db_anon_role:
        raise token_needed()
    if not rule.roles.concern(who.role):
        raise barred(f"The role '{who.role}' may not {rule.name} '{rule.table.name}'")
    for fault in gate.service.current().broken:
        if fault.origin == rule.origin:
            raise rule_broken(rule.table.name, fault.reason, fault.hint)


async def locked_row(
    rule: Action, key: str, request: Request, gate: ServiceGate, transaction: Any
) -> Change[Any]:
    """The row that an address names, locked, with the transaction. Raises AUTO104 (404)."""
    who = await gate.principal(request)
    snapshot = gate.service.current().seen_by(who.role)
    table, statement, values = prepare_item(snapshot, rule.table.name, key)
    found = await transaction.run(statement.for_caller(who.claims), values)
    columns = value_columns(table)
    rows = [row_of(table.name, read_values(each, columns)) for each in read_rows(found.body)]
    if not rows:
        raise no_such_item(table.name, key)
    asked = Asked(request.method, request.url.path, dict(request.headers))
    return Change(
        "update", table.name, rows, list(rows), transaction, Who(who.role, who.claims), asked
    )
