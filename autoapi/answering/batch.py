"""Several operations in one request and one transaction: all of them are done, or none is.

Each is a request on a table or function like any that comes by itself; only the caller is
the batch's. Operations run in their order and may refer to those before them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import msgspec

from autoapi.addresses import find_address
from autoapi.answering.asking import Asking, check_right
from autoapi.answering.one import answer_one
from autoapi.answering.references import filled_body, filled_path, read_answered
from autoapi.errors import ApiError, bad_batch, bad_path, unsupported_method
from autoapi.http import JOINED, Answer, Http
from autoapi.prepare import WITH_BODY, Address

__all__ = ["answer_batch"]

READS = frozenset({"GET", "HEAD"})
METHODS = READS | WITH_BODY | {"DELETE"}
NAME = re.compile(r"[A-Za-z_][\w-]*")
# Headers that an operation may have of its own; who asks is the batch's affair.
OWN = frozenset(
    {
        "accept",
        "accept-profile",
        "content-profile",
        "content-type",
        "if-match",
        "if-none-match",
        "prefer",
        "range",
    }
)
TOLD = frozenset(
    {b"content-range", b"etag", b"link", b"location", b"preference-applied", b"x-truncated"}
)


class Operation(msgspec.Struct, forbid_unknown_fields=True):
    """One operation as it is sent; ``path`` is one of the service's, query and all."""

    method: str
    path: str
    body: msgspec.Raw = msgspec.Raw(b"")
    headers: dict[str, str] = {}
    id: str | None = None


class Told(msgspec.Struct, omit_defaults=True):
    """How one operation went."""

    status: int
    id: str | None = None
    headers: dict[str, str] = {}
    body: Any = None


OPERATIONS = msgspec.json.Decoder(list[Operation])


async def answer_batch(asking: Asking, http: Http) -> Answer:
    """Run a batch and tell how each operation went.

    Raises AUTO156 (400) for one that cannot be read, and what any of its operations raises,
    which then names the operation.
    """
    if http.method != "POST":
        raise unsupported_method(http.method, ("OPTIONS", "POST"))
    operations = read_operations(http.body, asking.service.settings.batch_operations)
    names = frozenset(each.id for each in operations if each.id is not None)
    reads_only = all(each.method in READS for each in operations)
    answered: dict[str, Any] = {}
    told: list[Told] = []
    async with asking.together(http, reads_only=reads_only) as inside:
        for at, operation in enumerate(operations):
            try:
                answer = await run_operation(inside, http, operation, answered, names)
            except ApiError as error:
                error.operation = {"index": at, "id": operation.id, "method": operation.method}
                error.operation["path"] = operation.path
                raise
            if operation.id is not None:
                answered[operation.id] = read_answered(answer.body)
            told.append(tell(operation, answer))
    body = msgspec.json.encode(told)
    headers = (
        (b"content-type", b"application/json; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
    )
    return Answer(200, headers, body)


def read_operations(body: bytes, most: int) -> list[Operation]:
    """The operations of a batch. Raises AUTO156 (400)."""
    try:
        found = OPERATIONS.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise bad_batch(str(error)) from error
    if not 0 < len(found) <= most:
        raise bad_batch(f"It has {len(found)} operations; 1 to {most} can be sent")
    names: set[str] = set()
    for at, each in enumerate(found):
        if each.method not in METHODS:
            raise bad_batch(f"Operation {at} has the method '{each.method}'")
        if not each.path.startswith("/"):
            raise bad_batch(f"Operation {at} has the path '{each.path[:100]}', which has no /")
        other = [name for name in each.headers if name.lower() not in OWN]
        if other:
            raise bad_batch(f"Operation {at} may not have the header '{other[0]}' of its own")
        if each.id is None:
            continue
        if not NAME.fullmatch(each.id) or each.id in names:
            raise bad_batch(f"Operation {at} has no id of its own that is a name: '{each.id}'")
        names.add(each.id)
    return found


async def run_operation(
    asking: Asking,
    http: Http,
    operation: Operation,
    answered: dict[str, Any],
    names: frozenset[str],
) -> Answer:
    """Run one operation; an answer that is no success is raised, so that nothing is done."""
    path, _, query = filled_path(operation.path, answered, names).partition("?")
    address = address_of(path, asking)
    if not (address.routine or address.root):  # whether a function writes is known later
        check_right(asking.who, asking.service, writes=operation.method not in READS)
    headers: dict[bytes, bytes] = {}
    for name, value in operation.headers.items():
        key, text = name.lower().encode(), value.encode("latin-1", "replace")
        headers[key] = headers[key] + b"," + text if key in headers and key in JOINED else text
    body = filled_body(bytes(operation.body), answered) if operation.method in WITH_BODY else b""
    own = replace(http, method=operation.method, path=path, query=query, headers=headers, body=body)
    own.sql = ""
    try:
        answer = await answer_one(asking, own, address)
    finally:
        http.note_sql(own)
    if answer.status >= 400:
        raise refused(answer)
    return answer


def address_of(path: str, asking: Asking) -> Address:
    """The table or function that a path names. Raises AUTO101 or so (404) for anything else."""
    found = find_address(path, asking.service, frozenset())
    if found is None or found.unknown or found.batch:
        raise bad_path()
    return found


def refused(answer: Answer) -> ApiError:
    """An answer that is no success, as the error that it tells of."""
    told = read_answered(answer.body)
    said = told if isinstance(told, dict) else {}
    return ApiError(
        str(said.get("code", "AUTO500")),
        answer.status,
        str(said.get("message", "")),
        details=said.get("details"),
        hint=said.get("hint"),
    )


def tell(operation: Operation, answer: Answer) -> Told:
    """One operation's line in the answer: JSON as it is, anything else as text."""
    headers = {
        name.decode(): value.decode("latin-1") for name, value in answer.headers if name in TOLD
    }
    kind = next((value for name, value in answer.headers if name == b"content-type"), b"")
    body: Any = None
    if answer.body:
        is_json = b"json" in kind
        body = msgspec.Raw(answer.body) if is_json else answer.body.decode("utf-8", "replace")
    return Told(answer.status, operation.id, headers, body)
