"""``POST /orders/7/confirm``: an action of an override, on one locked row."""

from __future__ import annotations

import inspect
from functools import partial
from types import NoneType
from typing import Any, get_args, get_type_hints

from fastapi import APIRouter, Body, Request, Response, Security

from autoapi.auth import Principal
from autoapi.catalogue import Table
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
from autoapi.errors import bad_path, barred, no_such_item, rule_broken, token_needed
from autoapi.plan import find_table
from autoapi.prepare import Snapshot, prepare_item
from autoapi.routes.gate import ServiceGate
from autoapi.routes.once import ONCE
from autoapi.routes.told import BEARER, refusals
from autoapi.rules import Action, key_of

__all__ = ["add_action"]

REFUSALS = refusals(
    {
        401: "A token is needed, or the one sent does not hold.",
        403: "The token's role may not.",
        404: "There is no such row, or not for the caller.",
        422: "A rule forbids it, or the `Idempotency-Key` was used for another request.",
    }
)


def add_action(router: APIRouter, rule: Action, name: str, gate: ServiceGate) -> None:
    """Register an action at its address, below a name that callers know its table by."""
    hints = get_type_hints(rule.function)
    names = list(inspect.signature(rule.function).parameters)[1:]
    body_name = next((name for name in names if not is_change(hints.get(name))), None)

    async def act(request: Request, key: str, **given: Any) -> Any:
        async with gate.work(request) as (transaction, put_off):
            who = await gate.principal(request)
            check_caller(rule, name, who, gate)
            table = action_table(rule, name, gate.service.current().seen_by(who.role))
            change = await locked_row(table, key, request, gate, transaction)
            arguments = [given["body"] if name == body_name else change for name in names]
            call = partial(rule.function, change.rows[0], *arguments)
            value = await run_rule(rule.origin, name, call)
            put_off(change.afterwards)
        return Response(status_code=204) if value is None else value

    act.__signature__ = signature(hints.get(body_name) if body_name else None)  # type: ignore[attr-defined]
    returned = hints.get("return")
    router.add_api_route(
        f"/{name}/{{key}}/{rule.name}",
        act,
        methods=["POST"],
        name=f"{name}_{rule.name}",
        summary=rule.summary,
        tags=[name],
        response_model=None if returned in (None, type(None), Any) else returned,
        responses=REFUSALS,
        dependencies=[Security(BEARER)],
        operation_id=f"{name}_{rule.name}",
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
        parameters.append(
            inspect.Parameter(
                "body",
                kind,
                annotation=body,
                default=Body(None) if NoneType in get_args(body) else Body(),
            )
        )
    return inspect.Signature(parameters)


def check_caller(rule: Action, table: str, who: Principal, gate: ServiceGate) -> None:
    """Refuse who may not act. Raises PGRST302 (401), AUTO121 (403), AUTO122 (503)."""
    if who.anonymous and not gate.service.settings.db_anon_role:
        raise token_needed()
    if not rule.roles.concern(who.role):
        raise barred(f"The role '{who.role}' may not {rule.name} '{table}'")
    for fault in gate.service.current().broken:
        if fault.origin == rule.origin:
            raise rule_broken(table, fault.reason, fault.hint)


def action_table(rule: Action, name: str, snapshot: Snapshot) -> Table:
    """An action's table, which the caller must know by this very name. Raises PGRST205 (404)."""
    table = find_table(snapshot.schema, name, None)
    if table.stored_key != key_of(rule.table, snapshot.catalogue):
        raise bad_path()
    return table


async def locked_row(
    known: Table, key: str, request: Request, gate: ServiceGate, transaction: Any
) -> Change[Any]:
    """The row that an address names, locked, with the transaction. Raises AUTO104 (404)."""
    who = await gate.principal(request)
    snapshot = gate.service.current().seen_by(who.role)
    table, statement, values = prepare_item(snapshot, known.name, key)
    found = await transaction.run(statement.for_caller(who.claims), values)
    columns, name = value_columns(table), table.stored_key[1]
    rows = [row_of(name, read_values(each, columns)) for each in read_rows(found.body)]
    if not rows:
        raise no_such_item(table.name, key)
    asked = Asked(request.method, request.url.path, dict(request.headers))
    return Change("update", name, rows, list(rows), transaction, Who(who.role, who.claims), asked)
