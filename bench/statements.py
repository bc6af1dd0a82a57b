"""The SQL that ``bare`` and ``driver`` run: autoapi's own, from its own pipeline.

Each case is prepared as autoapi would prepare its requests. Where the arguments of two
of them differ is where the value stands that a request brings along; the others stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autoapi.execute.types import arguments_of
from autoapi.http import Http
from autoapi.prepare import Address, Snapshot, prepare
from autoapi.reflect import reflect
from autoapi.settings import Settings
from bench.cases import Case, Request

__all__ = [
    "BareStatement",
    "read_statements",
    "statement_for",
    "statements_for",
    "write_statements",
]


READERS: dict[str, Callable[[Any], Any]] = {"int4": int, "int8": int, "bool": bool}


@dataclass(frozen=True, slots=True)
class BareStatement:
    """One SQL text with its arguments; ``varying`` are the places of those a request brings."""

    sql: str
    arguments: tuple[Any, ...]
    varying: tuple[int, ...]
    content_type: str


def statements_for(url: str, cases: Iterable[Case]) -> dict[str, BareStatement]:
    """The statement of every case that is one, by its name."""
    snapshot = Snapshot.of(reflect(url), Settings(database_url=url), frozenset())
    return {case.name: statement_for(snapshot, case.table) for case in cases if not case.own}


def statement_for(snapshot: Snapshot, request: Request) -> BareStatement:
    """What autoapi runs for a request."""
    target = request.targets[0]
    sql, arguments, content_type = prepared(snapshot, request, target)
    varying: tuple[int, ...] = ()
    if len(request.targets) > 1:
        other = prepared(snapshot, request, request.targets[1])
        if other[0] != sql:
            raise ValueError(f"{target} and {request.targets[1]} differ in more than a value")
        varying = tuple(at for at, value in enumerate(arguments) if value != other[1][at])
    elif request.body:
        varying = (arguments.index(request.body),)
    elif "limit=" in target:
        limit = int(target.rpartition("limit=")[2])
        varying = (arguments.index(limit),)
    return BareStatement(sql, tuple(arguments), varying, content_type)


def prepared(snapshot: Snapshot, request: Request, target: str) -> tuple[str, list[Any], str]:
    """SQL, arguments, and the answer's media type."""
    path, _, query = target.partition("?")
    headers = {name.lower().encode(): value.encode() for name, value in request.headers}
    http = Http(request.method, path, query, headers, body=request.body.encode())
    address = snapshot.collections.get(path)
    if address is None:
        table, _, item = path.removeprefix("/").partition("/")
        address = Address("friendly", table, item)
    found = prepare(snapshot, address, http)
    statement = found.statement
    given = arguments_of(statement, found.values)
    arguments = [each.decode() if isinstance(each, bytes) else each for each in given]
    return statement.sql, arguments, found.reply.format.content_type


def readers_of(prepared: Any) -> list[Callable[[Any], Any]]:
    """What turns each argument of a prepared statement into what asyncpg takes for its type.

    Ours are texts of no known type, which asyncpg cannot send.
    """
    return [READERS.get(each.name, str) for each in prepared.get_parameters()]


def write_statements(path: Path, statements: dict[str, BareStatement]) -> None:
    """Put them where a contender's process finds them."""
    path.write_text(json.dumps({name: asdict(each) for name, each in statements.items()}))


def read_statements(path: Path) -> dict[str, BareStatement]:
    """Read what ``write_statements`` wrote."""
    found = json.loads(path.read_text())
    return {
        name: BareStatement(**{**each, "varying": tuple(each["varying"])})
        for name, each in found.items()
    }
