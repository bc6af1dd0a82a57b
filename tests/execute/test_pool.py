"""The pool of connections, with a driver that does as it is told and no database."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, cast

import pytest

from autoapi.errors import ApiError
from autoapi.execute.pool import Pool, Pooled
from autoapi.settings import Settings
from autoapi.wire import Address, ConnectionLost, ServerError, Step

NOWHERE = Address((), "nobody", "nothing")


class Wire:
    """Stands in for a connection."""

    def __init__(self) -> None:
        self.closed = False
        self.in_transaction = False
        self.key = (0, 0)
        self.said: list[str] = []

    def abort(self) -> None:
        self.closed = True

    goodbye = abort

    async def run(self, steps: Sequence[Step]) -> None:
        if self.closed:
            raise ConnectionLost
        self.said += [step.sql for step in steps]


class LocalPool(Pool):
    """A pool whose connections lead nowhere."""

    def __init__(self, size: int = 2, wait: float = 0.05, **settings: float) -> None:
        super().__init__(
            NOWHERE,
            Settings(db_pool=size, db_pool_acquisition_timeout=wait, **settings),  # type: ignore[arg-type]
        )
        self.away = self.full = False
        self.wires: list[Wire] = []

    async def connect(self, reads_only: bool) -> Any:
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionRefusedError
        if self.full:
            raise ServerError({"C": "53300"})
        self.wires.append(Wire())
        return self.wires[-1]


def wire_of(connection: Pooled) -> Wire:
    """What stands in behind a pooled connection."""
    return cast(Wire, connection.wire)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end."""
    asyncio.run(work)


def test_a_connection_given_back_is_taken_again() -> None:
    async def work() -> None:
        pool = LocalPool()
        first = await pool.acquire(reads_only=True)
        pool.release(first)
        assert await pool.acquire(reads_only=True) is first
        assert pool.opened == 1

    run(work())


def test_who_waits_too_long_is_told_and_leaves_the_line() -> None:
    async def work() -> None:
        pool = LocalPool(size=1)
        taken = await pool.acquire(reads_only=True)
        with pytest.raises(ApiError) as caught:
            await pool.acquire(reads_only=True)
        assert (caught.value.code, caught.value.status) == ("PGRST003", 504)
        assert not pool.waiting
        pool.release(taken)
        assert await pool.acquire(reads_only=True) is taken

    run(work())


def test_those_in_line_are_served_in_their_order_and_never_too_many_at_once() -> None:
    async def work() -> None:
        pool = LocalPool(size=2, wait=5)
        busy, most, served = 0, 0, []

        async def use(number: int) -> None:
            nonlocal busy, most
            connection = await pool.acquire(reads_only=number % 2 == 0)
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0.001)
            busy -= 1
            served.append(number)
            pool.release(connection)

        await asyncio.gather(*(use(number) for number in range(30)))
        assert (most, pool.opened, len(served)) == (2, 2, 30)
        assert max(abs(place - number) for place, number in enumerate(served)) <= 2

    run(work())


def test_who_is_cancelled_when_woken_wakes_the_next() -> None:
    async def work() -> None:
        pool = LocalPool(size=1, wait=5)
        taken = await pool.acquire(reads_only=True)
        first = asyncio.create_task(pool.acquire(reads_only=True))
        second = asyncio.create_task(pool.acquire(reads_only=True))
        await asyncio.sleep(0)
        pool.release(taken)
        first.cancel()
        assert await asyncio.wait_for(second, 1) is taken

    run(work())


def test_a_connection_that_broke_makes_room_for_another() -> None:
    async def work() -> None:
        pool = LocalPool(size=1)
        broken = await pool.acquire(reads_only=True)
        wire_of(broken).closed = True
        pool.release(broken)
        assert pool.opened == 0
        fresh = await pool.acquire(reads_only=True)
        assert fresh is not broken
        pool.release(fresh)
        wire_of(fresh).closed = True  # this time while it lies idle
        assert await pool.acquire(reads_only=True) is not fresh
        assert pool.opened == 1

    run(work())


def test_a_database_that_refused_is_not_asked_again_at_once() -> None:
    async def work() -> None:
        pool = LocalPool()
        pool.away = True
        for _ in range(3):
            with pytest.raises(ApiError) as caught:
                await pool.acquire(reads_only=True)
            assert (caught.value.code, caught.value.status) == ("PGRST000", 503)
        assert pool.opened == 0
        pool.away = False
        with pytest.raises(ApiError):
            await pool.acquire(reads_only=True)
        pool.breaker.until = 0.0
        assert await pool.acquire(reads_only=True)

    run(work())


def test_a_connection_is_turned_round_where_the_pool_is_full() -> None:
    async def work() -> None:
        pool = LocalPool(size=1)
        reader = await pool.acquire(reads_only=True)
        pool.release(reader)
        writer = await pool.acquire(reads_only=False)
        assert (writer is reader, writer.reads_only) == (True, False)
        assert wire_of(writer).said == ["SET default_transaction_read_only = off"]
        pool.release(writer)
        back = await pool.acquire(reads_only=True)
        assert wire_of(back).said[-1] == "SET default_transaction_read_only = on"

    run(work())


def test_a_connection_in_the_middle_of_a_transaction_is_never_handed_on() -> None:
    async def work() -> None:
        pool = LocalPool(size=1)
        left = await pool.acquire(reads_only=False)
        wire_of(left).in_transaction = True
        pool.release(left)
        assert (pool.opened, wire_of(left).closed) == (0, True)

    run(work())


def test_idle_connections_are_closed_after_their_time() -> None:
    async def work() -> None:
        pool = LocalPool(db_pool_max_idletime=0.04)
        idle = await pool.acquire(reads_only=True)
        pool.release(idle)
        await asyncio.sleep(0.02)
        assert pool.opened == 1
        await asyncio.sleep(0.1)
        assert (pool.opened, pool.free, wire_of(idle).closed) == (0, {True: [], False: []}, True)

    run(work())


def test_a_connection_that_has_lived_its_time_is_not_kept() -> None:
    async def work() -> None:
        pool = LocalPool(db_pool_max_lifetime=0.01)
        old = await pool.acquire(reads_only=True)
        await asyncio.sleep(0.02)
        pool.release(old)
        assert (pool.opened, wire_of(old).closed) == (0, True)

    run(work())


def test_a_closing_pool_closes_what_comes_back() -> None:
    async def work() -> None:
        pool = LocalPool()
        free = await pool.acquire(reads_only=True)
        busy = await pool.acquire(reads_only=True)
        pool.release(free)
        await pool.close()
        pool.release(busy)
        assert (pool.opened, wire_of(free).closed, wire_of(busy).closed) == (0, True, True)

    run(work())


def test_half_open_one_of_many_connects_and_the_rest_are_told_at_once() -> None:
    async def work() -> None:
        pool = LocalPool(size=10)
        pool.away = True
        with pytest.raises(ApiError):
            await pool.acquire(reads_only=True)
        pool.away = False
        pool.breaker.until = 0.0
        asked = (pool.acquire(reads_only=True) for _ in range(10))
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert len(pool.wires) == 1
        assert [type(each) for each in found] == [Pooled, *[ApiError] * 9]

    run(work())


def test_a_server_that_is_full_has_us_wait_for_one_of_ours() -> None:
    async def work() -> None:
        pool = LocalPool(size=5, wait=5)
        only = await pool.acquire(reads_only=True)
        pool.full = True
        waiting = [asyncio.create_task(pool.acquire(reads_only=True)) for _ in range(2)]
        await asyncio.sleep(0.01)
        pool.release(only)
        assert await asyncio.wait_for(waiting[0], 1) is only
        pool.release(only)
        assert await asyncio.wait_for(waiting[1], 1) is only
        assert (pool.opened, pool.breaker.state) == (1, "closed")

    run(work())


def test_who_waits_in_line_is_told_when_the_database_is_gone() -> None:
    async def work() -> None:
        pool = LocalPool(size=1, wait=60)
        taken = await pool.acquire(reads_only=True)
        waiting = [asyncio.create_task(pool.acquire(reads_only=True)) for _ in range(5)]
        await asyncio.sleep(0)
        pool.away = True
        wire_of(taken).closed = True
        pool.release(taken)
        found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
        assert [error.code for error in found if isinstance(error, ApiError)] == ["PGRST000"] * 5
        assert (pool.opened, len(pool.waiting), pool.breaker.trips) == (0, 0, 1)

    run(work())
