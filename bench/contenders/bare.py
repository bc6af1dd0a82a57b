"""``bare``: the least a server in Python can do, for the figure the others are held against.

A bare ASGI application on asyncpg: a plain stack of connections, statements prepared at
the start, paths in a dict, the one value a request brings picked out of it, two ASGI
messages. It checks nothing. The SQL is autoapi's own; so are uvicorn's flags.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import asyncpg

from bench.contenders.servers import Place, uvicorn_command
from bench.statements import BareStatement, read_statements, readers_of

__all__ = ["app", "command"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Connection = dict[str, Any]  # prepared statements by case


class Ready:
    """A case's statement, as much of it worked out beforehand as can be."""

    def __init__(self, statement: BareStatement) -> None:
        place = statement.varying[0]
        self.sql = statement.sql
        self.place = place
        self.arguments = statement.arguments
        self.before: tuple[Any, ...] = ()
        self.after: tuple[Any, ...] = ()
        self.reader: Callable[[Any], Any] = str
        self.content_type = (b"content-type", statement.content_type.encode())

    def fit(self, readers: list[Callable[[Any], Any]]) -> None:
        """Read the arguments that do not vary, once it is known what the driver takes."""
        given = zip(readers, self.arguments, strict=True)
        fitting = tuple(read(value) for read, value in given)
        self.before, self.after = fitting[: self.place], fitting[self.place + 1 :]
        self.reader = readers[self.place]


cases: dict[str, Ready] = {}
stack: list[Connection] = []


def command(place: Place) -> list[str]:
    """The server's command line."""
    return uvicorn_command("bench.contenders.bare:app", place.port)


async def open_connection() -> Connection:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"], statement_cache_size=0)
    # Without a cache and without a name asyncpg would send the SQL again at every call.
    prepared = {name: await connection.prepare(case.sql, name=name) for name, case in cases.items()}
    # asyncpg flushes a Parse without a Sync, so its locks are held until the next statement.
    await connection.execute("SELECT 1")
    for name, statement in prepared.items():
        cases[name].fit(readers_of(statement))
    return prepared


async def start() -> None:
    statements = read_statements(Path(os.environ["BENCH_STATEMENTS"]))
    cases.update({name: Ready(each) for name, each in statements.items()})
    stack.extend([await open_connection() for _ in range(int(os.environ["BENCH_POOL"]))])


async def fetch(name: str, case: Ready, value: str | int) -> Any:
    """Run a case's statement with the value the request brought."""
    connection = stack.pop() if stack else await open_connection()
    try:
        return await connection[name].fetchrow(*case.before, case.reader(value), *case.after)
    finally:
        stack.append(connection)


async def read(name: str, value: str | int, send: Send) -> None:
    """Answer with the text the database made."""
    case = cases[name]
    body = (await fetch(name, case, value))[0].encode()
    headers = [case.content_type, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def products(query: bytes, send: Send) -> None:
    if query.startswith(b"id=eq."):
        await read("key", query[6:].decode(), send)
        return
    name = "list" if query.startswith(b"select=") else "rows"
    await read(name, int(query[query.rindex(b"=") + 1 :]), send)


async def orders(query: bytes, send: Send) -> None:
    await read("nested", int(query[query.rindex(b"=") + 1 :]), send)


async def insert(query: bytes, receive: Receive, send: Send) -> None:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message["body"])
        if not message["more_body"]:
            break
    body = b"".join(parts).decode()
    many = "named" if query else "bulk"
    name = many if body.startswith("[") else "insert"
    await fetch(name, cases[name], body)
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


READS = {"/rest/v1/products": products, "/rest/v1/orders": orders}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await receive()
        await start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    path: str = scope["path"]
    handler = READS.get(path)
    if handler is not None:
        await handler(scope["query_string"], send)
    elif path.startswith("/products/"):
        await read("item", path[10:], send)
    else:
        await insert(scope["query_string"], receive, send)
