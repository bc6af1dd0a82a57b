"""The one row of an engine's statement on PostgreSQL, read by the meaning of its columns."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from autoapi.compile import Layout, Statement
from autoapi.execute.types import Result
from autoapi.wire import Row, Step

__all__ = ["ANSWER_SETTINGS", "read_answer", "with_settings"]

NO_ROWS = Result(b"", 0)
KEY = msgspec.json.Decoder(tuple[tuple[str, str | None], ...])
ANSWER_SETTINGS = Step(
    "SELECT nullif(current_setting('response.headers', true), ''),"
    " nullif(current_setting('response.status', true), '')",
    (),
    True,
)
USUAL_ITEM = ("body", "rows", "version", "headers", "status")
USUAL = ("body", "rows", "headers", "status")


def with_settings(result: Result, row: Row) -> Result:
    """A result of no rows, with what the database wants its answer to be."""
    headers, status = (None if part is None else part.decode() for part in row)
    return result._replace(headers=headers, status=status)


def read_answer(found: Sequence[list[Row]], statement: Statement) -> Result:
    """The result of a statement, or the lines of its plan; what else was run, stands beside."""
    if statement.explained:
        lines = (row[0] or b"" for row in found[0])
        return Result(b"".join(line + b"\n" for line in lines), len(found[0]))
    result = read_result(found[0], statement.layout)
    if statement.estimate is not None:
        result = result._replace(planned=planned_rows(found[1][0][0] or b""))
    return result


def read_result(rows: Sequence[Row], layout: Layout) -> Result:
    """The one row of a statement, by the meaning of its columns."""
    if not rows:
        return NO_ROWS
    row = rows[0]
    if layout == USUAL:
        body, count, headers, status = row
        if headers is None and status is None:
            return Result(body or b"", int.from_bytes(count or b""))
    if layout == USUAL_ITEM:
        body, count, version, headers, status = row
        if headers is None and status is None:
            return Result(body or b"", int.from_bytes(count or b""), version=version)
    found = dict(zip(layout, row, strict=True))
    location = found.get("location")
    headers, status = found.get("headers"), found.get("status")
    absent = found.get("absent")
    return Result(
        found.get("body") or b"",
        number(found["rows"]) or 0,
        number(found.get("total")),
        bool(number(found.get("more"))),
        number(found.get("inserted")),
        KEY.decode(location) if location is not None else None,
        None if headers is None else headers.decode(),
        None if status is None else status.decode(),
        outside=number(found.get("outside")),
        written=found.get("written"),
        version=found.get("version"),
        missed=bool(number(found.get("missed"))),
        meant=number(found.get("meant")),
        absent=None if absent is None else absent.decode(),
    )


class PlannedNode(msgspec.Struct):
    """The outermost node of a plan."""

    rows: int = msgspec.field(name="Plan Rows")


class Planned(msgspec.Struct):
    """A plan as EXPLAIN writes it in JSON, as far as it matters."""

    plan: PlannedNode = msgspec.field(name="Plan")


def planned_rows(plan: bytes) -> int:
    """How many rows the planner expects."""
    return msgspec.json.decode(plan, type=list[Planned])[0].plan.rows


def number(written: bytes | None) -> int | None:
    """A whole number of any width, or a boolean, from its binary form."""
    return None if written is None else int.from_bytes(written, signed=True)
