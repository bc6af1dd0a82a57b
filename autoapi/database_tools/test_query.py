"""``/database-tools/schema/test-query/{table}``: whether a table can be served, and how.

It is read by the very path that requests take, rules and all, so what hinders them hinders
this too, and is told.
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
from autoapi.http import Http, read_http
from autoapi.plan import find_table
from autoapi.plan.access import visible_columns
from autoapi.prepare import Address, Snapshot, prepare

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
    """What came of reading a table; after a fault there are no rows.

    ``milliseconds`` are the whole request's, its wait for a connection included.
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
        who: Principal = request.state.principal
        snapshot = workbench.service.current().seen_by(who.role)
        found = find_table(snapshot.schema, table, schema)
        path = f"{workbench.settings.rest_prefix}/{quote(found.name, safe='')}"
        headers = {b"accept-profile": found.schema.encode()}
        http = replace(read_http(request.scope), path=path, query=f"limit={limit}", headers=headers)
        told = await ask(found, http, who, workbench, snapshot)
        return Response(msgspec.json.encode(asdict(told)), media_type="application/json")


async def ask(
    table: Table, http: Http, who: Principal, workbench: Workbench, snapshot: Snapshot
) -> QueryTold:
    """Send a request on a table, whatever comes of it."""
    address = Address("strict", table.name)
    sql = milliseconds = rows = error = None
    try:
        sql = prepare(snapshot, address, http).statement.sql
        started = time.perf_counter()
        given = await workbench.answer(http, address, who, workbench.service)
        milliseconds = round((time.perf_counter() - started) * 1e3, 3)
        rows = msgspec.json.decode(given.body, type=tuple[msgspec.Raw, ...])
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
        milliseconds,
        None if rows is None else len(rows),
        rows,
        error,
    )
