"""One connection: statements out, rows back, any number of statements in one round trip.

Statements sent together without ``BEGIN`` are one transaction, which ends with them: the
server commits when all went well. Nothing is described first, since what we ask for is
known: rows come back as tuples of bytes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from itertools import count
from struct import Struct
from typing import Any, NamedTuple, cast

from autoapi.wire.errors import ConnectionLost, ServerError, read_fields
from autoapi.wire.login import Login
from autoapi.wire.messages import (
    DESCRIBE,
    EXECUTE,
    SYNC,
    TERMINATE,
    Argument,
    bind_message,
    close_message,
    execute_message,
    parse_message,
)

__all__ = ["Column", "Connection", "Row", "Step"]

Row = tuple[bytes | None, ...]

NUMBERS = count()
MAX_STATEMENTS = 500  # prepared on one connection; each costs the server some kilobytes
LENGTH = Struct("!i").unpack_from
COLUMNS = Struct("!h").unpack_from
KEY = Struct("!ii").unpack_from
HEADER = 5  # bytes: a kind and a length

IDLE, BROKEN = ord("I"), ord("E")
ROW, DONE, READY, BOUND, PARSED = (ord(kind) for kind in "DCZ21")
ERROR, EMPTY, AUTHENTICATION, KEY_DATA, PARAMETER, NOTIFICATION = (ord(kind) for kind in "EIRKSA")
DESCRIBED, SUSPENDED = ord("T"), ord("s")
AFTER_NAME = 18  # bytes that tell of a column after its name, its type among them
TYPE = Struct("!6xi").unpack_from  # of what a column's name is followed by


class Step(NamedTuple):
    """One statement of an exchange; the rows of one that is not ``wanted`` are not read.

    One that is ``described`` gives its rows as texts, and leaves their columns and what the
    server says was done with the connection; only one of an exchange should be. The last one
    may be read in portions of ``at_most`` rows (see :meth:`Connection.more`), 0 is for all.
    """

    sql: str
    arguments: Sequence[Argument] = ()
    wanted: bool = False
    described: bool = False
    at_most: int = 0


class Column(NamedTuple):
    """What the server tells of a column: its name and the number of its type."""

    name: str
    type: int


class Connection(asyncio.Protocol):
    """One session of the server's. Only one exchange may be under way at a time.

    With ``reuses`` statements are prepared once under a name and used again; without, as
    behind a pooler that hands sessions about, every statement is sent whole.
    """

    def __init__(self, login: Login, *, reuses: bool = True) -> None:
        self.login = login
        self.reuses = reuses
        self.transport: asyncio.Transport | None = None
        self.gone = asyncio.Event()
        self.prepared: dict[str, bytes] = {}
        self.parsing: deque[tuple[str, bytes]] = deque()
        self.waiter: asyncio.Future[None] | None = None
        self.error: ServerError | None = None
        self.wanted: list[bool] = []
        self.rows: list[list[Row]] = []
        self.step = self.bound = 0  # how many statements are done, and how many were begun
        self.suspended = False  # whether the last statement has more rows than were asked for
        self.described = -1  # which step of the exchange
        self.columns: tuple[Column, ...] = ()  # of the last described step
        self.done = b""  # what was done by it, as "UPDATE 3"
        self.status = IDLE
        self.key = (0, 0)  # what cancelling takes: the session's process and its secret
        self.parameters: dict[str, str] = {}
        self.notified: Callable[[str, str], None] | None = None  # told channel and payload
        self.chunks: list[bytes] = []
        self.held = self.needed = 0  # bytes in ``chunks``, and how many make a message whole

    @property
    def closed(self) -> bool:
        """Whether it can no longer be used."""
        return self.transport is None or self.transport.is_closing()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun and not ended."""
        return self.status != IDLE

    def run(self, steps: Sequence[Step]) -> Coroutine[Any, Any, list[list[Row]]]:
        """Send statements together and wait for all of them: the rows of each, to be awaited.

        Raises ServerError for the first that the server refused, in which case those after
        it were not run and, without BEGIN, those before it are undone; ConnectionLost when
        the connection ended.
        """
        if self.transport is None or self.transport.is_closing():
            raise ConnectionLost
        out: list[bytes] = []
        self.described = -1
        for at, step in enumerate(steps):
            name = self.prepared.get(step.sql)
            if name is None:
                name = self.prepare(step.sql, out)
            out.append(bind_message(name, step.arguments, texts=step.described))
            if step.described:
                self.described, self.columns = at, ()
                out.append(DESCRIBE)
            out.append(execute_message(step.at_most) if step.at_most else EXECUTE)
        out.append(SYNC)
        self.wanted = [step.wanted for step in steps]
        self.rows = [[] for _ in steps]
        self.step = self.bound = 0
        self.error, self.suspended = None, False
        return self.ready(b"".join(out))

    async def more(self, rows: int) -> list[Row]:
        """At most so many rows more of the last statement, where ``suspended`` says there are.

        Its transaction must still be open. Raises what :meth:`run` raises.
        """
        if self.transport is None or self.transport.is_closing():
            raise ConnectionLost
        self.wanted, self.rows = [True], [[]]
        self.step = self.bound = 0
        self.error, self.suspended = None, False
        (found,) = await self.ready(execute_message(rows) + SYNC)
        return found

    def prepare(self, sql: str, out: list[bytes]) -> bytes:
        """Add what prepares a statement, and tell its name; the oldest one makes room."""
        name = b"autoapi_%d" % next(NUMBERS) if self.reuses else b""
        if self.reuses and len(self.prepared) >= MAX_STATEMENTS:
            oldest = next(iter(self.prepared))
            out.append(close_message(self.prepared.pop(oldest)))
        out.append(parse_message(name, sql))
        self.parsing.append((sql, name))
        return name

    def forget(self, sql: str) -> None:
        """Prepare a statement anew when it is next run: its plan no longer holds."""
        self.prepared.pop(sql, None)

    async def ready(self, out: bytes) -> list[list[Row]]:
        """Send bytes and wait until the server is ready for more; the rows that it sent."""
        transport = cast(asyncio.Transport, self.transport)
        self.waiter = asyncio.get_running_loop().create_future()
        transport.write(out)
        try:
            await self.waiter
        except asyncio.CancelledError:
            transport.abort()  # the answer of this exchange must not meet the next
            raise
        finally:
            self.waiter = None
        if self.error is not None:
            raise self.error
        return self.rows

    def goodbye(self) -> None:
        """Close in good order."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(TERMINATE)
            self.transport.close()

    async def close(self) -> None:
        """Close in good order, and wait until it is done."""
        self.goodbye()
        await self.gone.wait()

    def abort(self) -> None:
        """Close at once."""
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write to."""
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits, by the server's last word if it had one."""
        del exc
        self.transport = None
        self.gone.set()
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_exception(self.error or ConnectionLost())

    def data_received(self, data: bytes) -> None:
        """Read the messages that have come whole; the rest is kept until it is."""
        if self.chunks:
            self.chunks.append(data)
            self.held += len(data)
            if self.held < self.needed:
                return
            data = b"".join(self.chunks)
            self.chunks.clear()
        start, end = 0, len(data)
        self.needed = HEADER
        while end - start >= HEADER:
            kind = data[start]
            if kind == BOUND:  # which has no content
                self.bound += 1
                start += HEADER
                continue
            stop = start + 1 + LENGTH(data, start + 1)[0]
            if stop > end:
                self.needed = stop - start
                break
            if kind == ROW:
                if self.wanted[self.step]:
                    self.rows[self.step].append(read_row(data, start + HEADER))
            else:
                self.read(kind, data, start + HEADER, stop)
            start = stop
        if start < end:
            self.chunks.append(data[start:])
            self.held = end - start

    def read(self, kind: int, data: bytes, start: int, stop: int) -> None:
        """Read a message that is no row; its content lies between ``start`` and ``stop``."""
        if kind in (DONE, EMPTY):
            if self.step == self.described:
                self.done = data[start : stop - 1]
            self.step += 1
        elif kind == READY:
            self.finish(data[start])
        elif kind == PARSED:
            sql, name = self.parsing.popleft()
            if self.reuses:
                self.prepared[sql] = name
        elif kind == ERROR:
            begun = self.bound > self.step
            self.error = self.error or ServerError(read_fields(data[start:stop]), begun=begun)
        else:
            self.read_other(kind, data[start:stop])

    def read_other(self, kind: int, content: bytes) -> None:
        """Read a message that is not part of a statement's answer."""
        if kind == DESCRIBED:
            self.columns = tuple(read_columns(content))
        elif kind == SUSPENDED:
            self.suspended = True
            self.step += 1
        elif kind == AUTHENTICATION:
            self.authenticate(content)
        elif kind == KEY_DATA:
            self.key = KEY(content)
        elif kind == NOTIFICATION:
            channel, payload = content[4:-1].split(b"\0")
            if self.notified is not None:
                self.notified(channel.decode(), payload.decode("utf-8", "replace"))
        elif kind == PARAMETER:
            name, value = content[:-1].split(b"\0")
            self.parameters[name.decode()] = value.decode("utf-8", "replace")

    def finish(self, status: int) -> None:
        """The server is ready for more: what was to be prepared and was not, is not."""
        self.status = status
        self.parsing.clear()
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def authenticate(self, content: bytes) -> None:
        """Answer what the server asks at the login."""
        try:
            answer = self.login.answer(content)
        except Exception as error:
            if self.waiter is not None and not self.waiter.done():
                self.waiter.set_exception(error)
            self.abort()
            return
        if answer and self.transport is not None:
            with suppress(OSError):
                self.transport.write(answer)


def read_columns(content: bytes) -> Iterator[Column]:
    """The columns that rows will have."""
    (columns,) = COLUMNS(content)
    start = 2
    for _ in range(columns):
        end = content.index(0, start)
        yield Column(content[start:end].decode(), *TYPE(content, end + 1))
        start = end + 1 + AFTER_NAME


def read_row(data: bytes, start: int) -> Row:
    """The columns of one row."""
    (columns,) = COLUMNS(data, start)
    start += 2
    found: list[bytes | None] = []
    for _ in range(columns):
        (length,) = LENGTH(data, start)
        start += 4
        if length < 0:
            found.append(None)
        else:
            found.append(data[start : start + length])
            start += length
    return tuple(found)
