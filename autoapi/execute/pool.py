"""A bounded stack of connections; nothing is reset, since nothing is left behind.

Sessions are read only or not for good, and everything else is set for one transaction.
When a connection of the kind wanted is not free but one of the other is, it is turned
round, which costs a round trip; under a steady mix each kind finds its share. Connections
are made when they are needed, as far as the circuit breaker lets them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from autoapi.errors import database_unreachable, pool_exhausted
from autoapi.execute.breaker import Breaker
from autoapi.settings import Settings
from autoapi.wire import (
    Address,
    Connection,
    ConnectionLost,
    LoginError,
    ServerError,
    Step,
    cancel,
    connect,
)

__all__ = ["CONNECT_ERRORS", "Pool", "Pooled"]

TOO_MANY = "53300"  # the server, or the login, has as many connections as it may
PAUSE_WHEN_FULL = 1.0  # seconds in which no more are asked for then
CONNECT_ERRORS = (OSError, ServerError, LoginError, ConnectionLost)
# Made by a statement: PgBouncer refuses them at the login, in session mode, too. Only the role
# and the function of a request have a level, never the login.
KIND = (
    "SELECT set_config('default_transaction_read_only', $1, false),"
    " set_config('default_transaction_isolation', 'read committed', false)"
)
# Ours is a default: a limit that the login's role or the database has goes before it.
LIMIT_TIME = (
    "SELECT set_config('statement_timeout', $1, false)"
    " WHERE current_setting('statement_timeout') = '0'"
)
SWEEPS = 4  # looks at idle connections within the time they may be idle


@dataclass(slots=True)
class Pooled:
    """A connection of the pool's, with what the pool knows of it; times are monotonic."""

    wire: Connection
    reads_only: bool
    opened_at: float
    idle_since: float = 0.0


class Pool:
    """At most ``settings.db_pool`` connections; who finds none free waits in line."""

    def __init__(self, address: Address, settings: Settings) -> None:
        self.address = address
        self.settings = settings
        # A pooler in transaction mode hands a session to somebody else at any moment.
        self.holds_state = settings.db_prepared_statements
        self.free: dict[bool, list[Pooled]] = {True: [], False: []}
        self.opened = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.breaker = Breaker()
        self.full_until = float("-inf")  # monotonic: when the server may have room again
        self.closing = False
        self.timeouts = 0
        self.sweeping: asyncio.TimerHandle | None = None
        self.cancelling: set[asyncio.Task[None]] = set()

    def take_free(self, reads_only: bool) -> Pooled | None:
        """A connection of the kind wanted if one is free now: the common case, no waiting."""
        stack = self.free[reads_only and self.holds_state]
        if stack and not self.waiting:
            connection = stack.pop()
            if not connection.wire.closed:
                return connection
            self.opened -= 1
        return None

    async def acquire(self, *, reads_only: bool) -> Pooled:
        """A connection of one's own, given back with :meth:`release`.

        Raises PGRST003 (504) after ``db_pool_acquisition_timeout`` seconds, PGRST000 (503)
        when the database cannot be reached.
        """
        reads_only = reads_only and self.holds_state
        deadline: float | None = None
        while True:
            found = self.take(reads_only)
            if found is None and self.has_room():
                found = await self.open(reads_only)
            if found is not None:
                if found.reads_only != reads_only:
                    await self.turn(found, reads_only)
                return found
            if deadline is None:
                deadline = time.monotonic() + self.settings.db_pool_acquisition_timeout
            await self.wait(deadline)

    def take(self, reads_only: bool) -> Pooled | None:
        """A free connection, of the kind wanted if there is one."""
        for kind in (reads_only, not reads_only):
            stack = self.free[kind]
            if kind != reads_only and self.has_room():
                return None
            while stack:
                connection = stack.pop()
                if not connection.wire.closed:
                    return connection
                self.opened -= 1
        return None

    def release(self, connection: Pooled) -> None:
        """Give a connection back; one that broke, or has lived its time, is dropped."""
        now = time.monotonic()
        wire = connection.wire
        age = now - connection.opened_at
        if wire.closed or self.closing or wire.in_transaction or self.is_old(age):
            self.opened -= 1
            wire.abort()
        else:
            connection.idle_since = now
            self.free[connection.reads_only].append(connection)
        if self.waiting:
            self.wake_next()

    def lend(self) -> None:
        """A connection leaves the pool, which may open another in its place."""
        self.opened -= 1
        self.wake_next()

    def is_old(self, age: float) -> bool:
        """Whether a connection has lived as long as it may, in seconds; 0 is for good."""
        return 0 < self.settings.db_pool_max_lifetime < age

    async def wait(self, deadline: float) -> None:
        """Wait in line until a connection may be free. Raises PGRST003 (504) when too long."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(waiter)
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                await waiter
        except TimeoutError:
            with suppress(ValueError):
                self.waiting.remove(waiter)
            self.timeouts += 1
            raise pool_exhausted() from None
        except asyncio.CancelledError:
            # The connection this one was woken for must not sleep with it.
            if waiter.done() and not waiter.cancelled():
                self.wake_next()
            raise

    def wake_next(self) -> None:
        """Let the next in line try."""
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return

    def has_room(self) -> bool:
        """Whether one more connection may be opened: by our own bound, and the server's."""
        if not self.opened:
            return True
        return self.opened < self.settings.db_pool and time.monotonic() >= self.full_until

    async def open(self, reads_only: bool) -> Pooled | None:
        """Open a connection, if the breaker lets us.

        None where the server takes no more while others of ours are open: one of those will
        be free. Raises PGRST000 (503) where it cannot be reached.
        """
        attempt = self.breaker.admit()
        if attempt is None:
            self.wake_next()  # who waits in line is told as well
            raise database_unreachable(1)
        self.opened += 1
        try:
            wire = await self.connect(reads_only)
        except BaseException as error:
            self.opened -= 1
            if isinstance(error, ServerError) and error.sqlstate == TOO_MANY and self.opened:
                self.breaker.succeeded()
                self.full_until = time.monotonic() + PAUSE_WHEN_FULL
                return None
            self.wake_next()
            if not isinstance(error, CONNECT_ERRORS):
                self.breaker.abandoned(attempt)
                raise
            self.breaker.failed(attempt, reason_of(error))
            raise database_unreachable(1) from error
        self.breaker.succeeded()
        self.sweep_later()
        return Pooled(wire, reads_only, time.monotonic())

    async def connect(self, reads_only: bool) -> Connection:
        """One session with its limits. Raises TimeoutError, an OSError, when it takes too long."""
        parameters: dict[str, str] = {}
        if self.holds_state:
            parameters["application_name"] = self.settings.app_name
        async with asyncio.timeout(self.settings.db_connect_timeout or None):
            wire = await connect(self.address, parameters, reuses=self.holds_state)
            if self.holds_state:
                steps = [Step(KIND, ["on" if reads_only else "off"])]
                if self.settings.db_statement_timeout:
                    milliseconds = str(int(self.settings.db_statement_timeout * 1000))
                    steps.append(Step(LIMIT_TIME, [milliseconds]))
                await wire.run(steps)
            return wire

    async def turn(self, connection: Pooled, reads_only: bool) -> None:
        """Make a connection of the other kind."""
        value = "on" if reads_only else "off"
        try:
            await connection.wire.run([Step(f"SET default_transaction_read_only = {value}")])
        except BaseException as error:
            connection.wire.abort()
            self.release(connection)
            if isinstance(error, CONNECT_ERRORS):
                raise database_unreachable(1) from error
            raise
        connection.reads_only = reads_only

    def cancel(self, connection: Pooled) -> None:
        """Have the server stop what nobody waits for any more, and drop the connection."""
        connection.wire.abort()
        task = asyncio.ensure_future(cancel(self.address, connection.wire.key))
        self.cancelling.add(task)
        task.add_done_callback(self.cancelling.discard)

    def sweep_later(self) -> None:
        """Look at the idle connections after a while."""
        longest = self.settings.db_pool_max_idletime
        if longest and self.sweeping is None and not self.closing:
            loop = asyncio.get_running_loop()
            self.sweeping = loop.call_later(longest / SWEEPS, self.sweep)

    def sweep(self) -> None:
        """Close those that have been idle for as long as they may."""
        self.sweeping = None
        now = time.monotonic()
        for kind, stack in self.free.items():
            kept: list[Pooled] = []
            for connection in stack:
                idle = now - connection.idle_since >= self.settings.db_pool_max_idletime
                if idle or self.is_old(now - connection.opened_at) or connection.wire.closed:
                    self.opened -= 1
                    connection.wire.goodbye()
                else:
                    kept.append(connection)
            self.free[kind] = kept
        if self.opened:
            self.sweep_later()

    async def close(self) -> None:
        """Close what is free now and the rest as it comes back."""
        self.closing = True
        if self.sweeping is not None:
            self.sweeping.cancel()
        for stack in self.free.values():
            while stack:
                self.opened -= 1
                stack.pop().wire.goodbye()
        await asyncio.sleep(0)


def reason_of(error: BaseException) -> str:
    """What kind of failure it was; never its text, which may hold more than it should."""
    return error.sqlstate if isinstance(error, ServerError) else type(error).__name__
