"""Whether the contenders do the same work: every answer a success, and of the same rows.

Names and types of keys may differ between services; which rows are shown, nested ones
too, may not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from typing import Any

from bench.cases import Case, Request
from bench.contenders import Contender, autoapi
from bench.contenders.driver import ask
from bench.contenders.servers import Running
from bench.database import count_inserted, empty_inserted

__all__ = ["Disagreement", "check_answers", "digest", "is_ready", "request_of"]

TIMEOUT = 30.0  # seconds


class Disagreement(Exception):
    """An answer is no success, or not what the others answer."""


def request_of(contender: Contender, case: Case) -> Request | None:
    """What the contender is asked in a case; None where it has no such address."""
    request = case.written if contender.addresses == "written" else case.table
    if case.own and contender.command is not autoapi.command:
        return None
    if request is None or not contender.headers:
        return request
    return replace(request, headers=(*request.headers, *contender.headers))


def send(port: int, request: Request) -> tuple[int, bytes]:
    """Send the first of a request's addresses: status and body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        body = request.body.encode() or None
        connection.request(request.method, request.targets[0], body, dict(request.headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def is_ready(port: int, request: Request) -> bool:
    """Whether a server answers the request with a success yet."""
    try:
        return send(port, request)[0] == 200
    except (OSError, HTTPException):
        return False


def digest(value: Any) -> Any:
    """Which rows a JSON value shows, whatever its keys are called: ids, at any depth.

    >>> digest([{"id": 7, "no": "A", "lines": [{"id": 2, "product": {"id": 5}}]}])
    [[7, [[2, [5]]]]]
    """
    if isinstance(value, list):
        return sorted((digest(each) for each in value), key=repr)
    nested = [digest(each) for each in value.values() if isinstance(each, dict | list)]
    return [value.get("id"), *nested]


def check_answers(servers: Sequence[Running], cases: Sequence[Case]) -> None:
    """Ask everyone everything once. Raises Disagreement."""
    for case in cases:
        seen: dict[str, Any] = {}
        for server in servers:
            if request_of(server.contender, case) is not None:
                check = inserted if case.writes else shown
                seen[server.contender.name] = check(server, case)
        if len({repr(each) for each in seen.values()}) > 1:
            told = "\n".join(f"  {name}: {str(each)[:300]}" for name, each in seen.items())
            raise Disagreement(f"{case.name}: the contenders answer different rows:\n{told}")


def shown(server: Running, case: Case) -> Any:
    """Which rows a read shows; as many as the case says."""
    request = request_of(server.contender, case)
    assert request is not None
    if server.contender.addresses == "none":
        text = json.loads(ask(server, f"{case.name} 0"))
        rows = json.loads(f"[{text}]")
    else:
        rows = json.loads(succeed(server, case, request))
        rows = rows if isinstance(rows, list) else [rows]
    if len(rows) != case.rows:
        raise Disagreement(
            f"{case.name}: {server.contender.name} shows {len(rows)} rows, not {case.rows}"
        )
    return digest(rows)


def inserted(server: Running, case: Case) -> int:
    """How many rows a write made; as many as the case says."""
    request = request_of(server.contender, case)
    assert request is not None
    empty_inserted(server.place.database_url)
    if server.contender.addresses == "none":
        ask(server, f"{case.name} 0")
    else:
        succeed(server, case, request)
    rows = count_inserted(server.place.database_url)
    if rows != case.rows:
        raise Disagreement(
            f"{case.name}: {server.contender.name} inserted {rows} rows, not {case.rows}"
        )
    return rows


def succeed(server: Running, case: Case, request: Request) -> bytes:
    """The body of an answer that must be a success."""
    status, body = send(server.place.port, request)
    if not 200 <= status < 300:
        raise Disagreement(f"{case.name}: {server.contender.name} answers {status}: {body[:500]!r}")
    return body
