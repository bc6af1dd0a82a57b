"""What routes that only read share: whom they answer, on what they run, JSON or CSV.

A route takes ``Reading``, which is made anew for each request; its ``answer`` gives a report
in the form that was asked for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from autoapi import InTransaction, Refused, Transaction, WhoReads
from overrides.negotiation import choose

__all__ = ["CSV_TOO", "Parameters", "Reading", "parameter_names", "reading_by"]

JSON, CSV = "application/json", "text/csv"
ERROR: Final = {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}
CSV_TOO: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "JSON, or its rows as CSV for `Accept: text/csv` or `format=csv`.",
        "content": {CSV: {"schema": {"type": "string"}}},
    },
    400: {"description": "A parameter cannot be used.", **ERROR},
    401: {"description": "A token is needed, or the one sent does not hold.", **ERROR},
    403: {"description": "The role may not read this.", **ERROR},
    406: {"description": "It is not made in any form that is accepted.", **ERROR},
}
"""What a route that answers through ``Reading`` may answer, for its document."""


class Parameters(BaseModel):
    """Parameters of every report; a name that is none is refused, since it may be misspelt:
    by ``refuse_unknown`` with the nearest one.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal["json", "csv"] | None = Field(None, description="Ahead of the header `Accept`.")


@dataclass(frozen=True, slots=True)
class Reading:
    """One request that reads."""

    database: Transaction
    as_csv: bool

    def answer(self, report: Any, rows: Sequence[BaseModel], kind: type[BaseModel]) -> Any:
        """A report, or its rows alone, of one kind, as CSV."""
        if not self.as_csv:
            return report
        names = tuple(kind.model_fields)
        lines = ([getattr(row, name) for name in names] for row in rows)
        titles = [kind.model_fields[name].serialization_alias or name for name in names]
        return Response(csv_text(titles, lines), media_type=f"{CSV}; charset=utf-8")


def csv_text(titles: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """Lines as CSV (RFC 4180); nothing is an empty field."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(titles)
    writer.writerows(lines)
    return written.getvalue()


def reading_by(roles: Collection[str], what: str) -> Callable[..., Any]:
    """A dependency that admits some roles; ``what`` they may read is told to others.

    Raises AUTO121 (403), ``not_acceptable`` (406).
    """

    async def reading(request: Request, who: WhoReads, database: InTransaction) -> Reading:
        refuse_unknown(request)
        if who.role not in roles:
            raise Refused("AUTO121", f"The role '{who.role}' may not read {what}", status=403)
        asked = request.query_params.get("format")
        form = asked or choose(request.headers.get("accept", ""), (JSON, CSV))
        return Reading(database, form in ("csv", CSV))

    return reading


def refuse_unknown(request: Request) -> None:
    """Refuse a parameter that the route has not, with the nearest name. Raises AUTO112 (400)."""
    route = request.scope.get("route")
    known = parameter_names(route) if isinstance(route, APIRoute) else ()
    for name in request.query_params:
        if known and name not in known:
            near = get_close_matches(name, known, n=1)
            raise Refused(
                "AUTO112",
                f"'{name}' cannot be used: there is no such parameter here",
                "query",
                f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(known)}",
                status=400,
            )


def parameter_names(found: APIRoute) -> tuple[str, ...]:
    """The names of a route's parameters, as they are written in an address."""
    models = [field.field_info.annotation for field in found.dependant.query_params]
    return tuple(
        field.alias or name
        for model in models
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
    )
