"""``/database-tools/schema/test-query/{table}``: whether a table can be served, and how.

It is read through the engine, in a transaction of the caller's, so what hinders requests
hinders this too, and is told.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Query, Request, Response

from autoapi.auth import Principal
from autoapi.catalogue import Table
from autoapi.database_tools.workbench import Workbench
from autoapi.errors import ApiError
from autoapi.http import read_http
from autoapi.plan import find_table
from autoapi.plan.access import visible_columns
from autoapi.prepare import Address, Snapshot, prepare
from autoapi.service import Service

__all__ = ["add_test_query"]

MOST_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class ColumnTold:
    """One column that callers see."""

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What the database or the service says against it, as requests on the table get it."""

    status: int
    code: str
    message: str
    details: Any
    hint: str | None


@dataclass(frozen=True, slots=True)
class QueryTold:
    """What came of reading a table. ``rows`` are as clients get them, none after a fault.

    ``milliseconds`` include the wait for a connection.
    """

    table: str
    db_schema: str
    columns: tuple[ColumnTold, ...]
    sql: str | None
    milliseconds: float | None
    count: int | None
    rows: Any
    error: Fault | None


def add_test_query(router: APIRouter, workbench: Workbench) -> None:
    """Register the tool."""

    @router.get(
        "/schema/test-query/{table:path}",
        responses={200: {"model": QueryTold}, 404: {"description": "There is no such table."}},
        summary="Read some rows of a table as requests do",
    )
    async def test_query(
        request: Request,
        table: str,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows to read")] = 5,
        schema: Annotated[str | None, Query(description="Default: the first exposed")] = None,
    ) -> Response:
        """Say whether a table can be served: its SQL, time, columns and rows, or the error."""
        service = workbench.service
        snapshot = service.current()
        found = find_table(snapshot.schema, table, schema)
        told = await ask(found, limit, request, service, snapshot)
        return Response(msgspec.json.encode(asdict(told)), media_type="application/json")


async def ask(
    table: Table, limit: int, request: Request, service: Service, snapshot: Snapshot
) -> QueryTold:
    """Read the table as the caller, whatever comes of it."""
    who: Principal = request.state.principal
    path = f"{service.settings.rest_prefix}/{quote(table.name, safe='')}"
    headers = (
        {b"accept-profile": table.schema.encode()} if len(snapshot.catalogue.schemas) > 1 else {}
    )
    http = replace(read_http(request.scope), path=path, query=f"limit={limit}", headers=headers)
    started = time.perf_counter()
    sql = rows = count = error = None
    try:
        ready = prepare(snapshot, Address("strict", table.name), http)
        sql = ready.statement.sql
        session = service.sessions(snapshot).session(who, http, ready)
        started = time.perf_counter()
        result = await service.database.run(ready.statement, ready.values, session)
        rows, count = msgspec.Raw(result.body), result.rows
    except ApiError as refused:
        error = Fault(refused.status, refused.code, refused.message, refused.details, refused.hint)
    return QueryTold(
        table.name,
        table.schema,
        tuple(
            ColumnTold(column.name, column.type.name, column.nullable)
            for column in visible_columns(table)
        ),
        sql,
        None if sql is None else round((time.perf_counter() - started) * 1e3, 3),
        count,
        rows,
        error,
    )
