"""The one row of an engine's statement on PostgreSQL, read by the meaning of its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec

from autoapi.compile import Layout, Meaning, Statement
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
Reader = Callable[[bytes], Any]


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
    fields = list(NO_ROWS)
    for (place, read), value in zip(places(layout), rows[0], strict=True):
        if value is not None:
            fields[place] = value if read is None else read(value)
    return Result._make(fields)


@cache
def places(layout: Layout) -> tuple[tuple[int, Reader | None], ...]:
    """Where each column of a layout stands in a result, and what reads it."""
    return tuple((Result._fields.index(name), READERS.get(name)) for name in layout)


class PlannedNode(msgspec.Struct):
    """The outermost node of a plan."""

    rows: int = msgspec.field(name="Plan Rows")


class Planned(msgspec.Struct):
    """A plan as EXPLAIN writes it in JSON, as far as it matters."""

    plan: PlannedNode = msgspec.field(name="Plan")


def planned_rows(plan: bytes) -> int:
    """How many rows the planner expects."""
    return msgspec.json.decode(plan, type=list[Planned])[0].plan.rows


def number(written: bytes) -> int:
    """A whole number of any width from its binary form."""
    return int.from_bytes(written, signed=True)


def truth(written: bytes) -> bool:
    """A boolean from its binary form."""
    return written != b"\0"


READERS: dict[Meaning, Reader] = {  # of what is not the bytes it is
    "rows": number,
    "total": number,
    "more": truth,
    "inserted": number,
    "location": KEY.decode,
    "headers": bytes.decode,
    "status": bytes.decode,
    "outside": number,
    "missed": truth,
    "meant": number,
    "absent": bytes.decode,
}
