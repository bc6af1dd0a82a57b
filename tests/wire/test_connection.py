"""Exchanges with a real server: several statements in one round trip, errors, large rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoapi.wire import (
    Connection,
    ConnectionLost,
    ServerError,
    Step,
    cancel,
    connect,
    read_address,
)
from autoapi.wire.connection import MAX_STATEMENTS

Work = Callable[[Connection], Coroutine[Any, Any, None]]


@asynccontextmanager
async def session(url: str, *, reuses: bool = True) -> AsyncIterator[Connection]:
    """A session of one's own."""
    connection = await connect(read_address(url), {}, reuses=reuses)
    try:
        yield connection
    finally:
        await connection.close()


def run(url: str, work: Work, *, reuses: bool = True) -> None:
    """Do some work on a session."""

    async def whole() -> None:
        async with session(url, reuses=reuses) as connection:
            await work(connection)

    asyncio.run(whole())


def asked(sql: str, *arguments: Any) -> Step:
    """A statement whose rows are wanted."""
    return Step(sql, arguments, True)


@pytest.mark.parametrize("reuses", [True, False])
def test_statements_go_out_together_and_are_one_transaction(
    postgres_url: str, reuses: bool
) -> None:
    async def work(connection: Connection) -> None:
        await connection.run([Step("CREATE TABLE numbers (n int PRIMARY KEY)")])
        for number in range(2):
            found = await connection.run(
                [
                    Step("SELECT set_config('a.b', $1, true)", ["x"]),
                    asked("SELECT current_setting('a.b'), count(*) FROM numbers"),
                    Step("INSERT INTO numbers VALUES ($1::int)", [number]),
                    asked("SELECT count(*) FROM numbers"),
                ]
            )
        assert found[0] == []
        assert found[1] == [(b"x", (1).to_bytes(8))]
        assert found[3] == [((2).to_bytes(8),)]
        assert await connection.run([asked("SELECT current_setting('a.b')")]) == [[(b"",)]]
        assert not connection.in_transaction

    run(postgres_url, work, reuses=reuses)


@pytest.mark.parametrize("reuses", [True, False])
def test_what_stands_before_a_refusal_is_undone_and_what_follows_is_not_run(
    postgres_url: str, reuses: bool
) -> None:
    async def work(connection: Connection) -> None:
        await connection.run([Step("CREATE TABLE numbers (n int PRIMARY KEY)")])
        for _ in range(3):
            with pytest.raises(ServerError) as caught:
                await connection.run(
                    [
                        Step("INSERT INTO numbers VALUES (1)"),
                        asked("SELECT nothing FROM numbers"),
                        Step("INSERT INTO numbers VALUES (2)"),
                    ]
                )
            assert caught.value.sqlstate == "42703"
            assert caught.value.message == 'column "nothing" does not exist'
        assert await connection.run([asked("SELECT n FROM numbers")]) == [[]]
        await connection.run([Step("INSERT INTO numbers VALUES (2)")])

    run(postgres_url, work, reuses=reuses)


def test_a_refusal_at_the_commit_is_told(postgres_url: str) -> None:
    async def work(connection: Connection) -> None:
        table = "CREATE TABLE n (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        await connection.run([Step(table), Step("INSERT INTO n VALUES (1)")])
        with pytest.raises(ServerError) as caught:
            await connection.run([asked("INSERT INTO n VALUES (1) RETURNING n")])
        assert caught.value.sqlstate == "23505"
        assert caught.value.detail == "Key (n)=(1) already exists."

    run(postgres_url, work)


def test_a_transaction_that_was_begun_stays_open(postgres_url: str) -> None:
    async def work(connection: Connection) -> None:
        seen: list[bool] = []
        await connection.run([Step("BEGIN"), Step("CREATE TABLE gone (n int)")])
        seen.append(connection.in_transaction)
        with pytest.raises(ServerError):
            await connection.run([Step("SELECT 1/0")])
        seen.append(connection.in_transaction)
        await connection.run([Step("ROLLBACK")])
        seen.append(connection.in_transaction)
        assert seen == [True, True, False]
        assert await connection.run([asked("SELECT to_regclass('gone')")]) == [[(None,)]]

    run(postgres_url, work)


def test_large_rows_and_many_rows_come_whole(postgres_url: str) -> None:
    async def work(connection: Connection) -> None:
        text = "ö" * 3_000_000
        assert await connection.run([asked("SELECT $1::text", text)]) == [[(text.encode(),)]]
        found = await connection.run(
            [asked("SELECT repeat('x', n) FROM generate_series(1, 2000) AS n")]
        )
        assert [len(row[0] or b"") for row in found[0]] == list(range(1, 2001))
        assert await connection.run([asked("SELECT WHERE true")]) == [[()]]

    run(postgres_url, work)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.lists(
        st.one_of(st.none(), st.text(st.characters(exclude_characters="\0", codec="utf-8")))
    )
)
def test_any_texts_arrive_as_they_were_sent(
    postgres_server_url: str, texts: list[str | None]
) -> None:
    async def work(connection: Connection) -> None:
        found = await connection.run([asked("SELECT unnest($1::text[])", texts)])
        assert found == [[(None if text is None else text.encode(),) for text in texts]]

    run(postgres_server_url, work)


def test_statements_prepared_on_a_connection_are_bounded(postgres_server_url: str) -> None:
    async def work(connection: Connection) -> None:
        for number in range(MAX_STATEMENTS + 10):
            await connection.run([Step(f"SELECT {number}")])
        assert len(connection.prepared) == MAX_STATEMENTS
        held = await connection.run([asked("SELECT count(*) FROM pg_prepared_statements")])
        assert int.from_bytes(held[0][0][0] or b"") <= MAX_STATEMENTS + 1
        await connection.run([Step("SELECT 0")])  # prepared anew

    run(postgres_server_url, work)


def test_a_session_that_is_ended_by_the_server_says_why(postgres_server_url: str) -> None:
    async def work(connection: Connection) -> None:
        async with session(postgres_server_url) as other:
            process = connection.key[0]
            sleeping = asyncio.create_task(connection.run([Step("SELECT pg_sleep(30)")]))
            await asyncio.sleep(0.05)
            await other.run([Step("SELECT pg_terminate_backend($1::int)", [process])])
            with pytest.raises(ServerError) as caught:
                await sleeping
        assert caught.value.sqlstate == "57P01"
        assert connection.closed
        with pytest.raises(ConnectionLost):
            await connection.run([Step("SELECT 1")])

    run(postgres_server_url, work)


def test_a_statement_can_be_cancelled(postgres_server_url: str) -> None:
    async def work(connection: Connection) -> None:
        sleeping = asyncio.create_task(connection.run([Step("SELECT pg_sleep(30)")]))
        await asyncio.sleep(0.05)
        await cancel(read_address(postgres_server_url), connection.key)
        with pytest.raises(ServerError) as caught:
            await sleeping
        assert caught.value.sqlstate == "57014"
        assert await connection.run([asked("SELECT 'on'")]) == [[(b"on",)]]

    run(postgres_server_url, work)


def test_who_stops_waiting_leaves_no_answer_for_the_next(postgres_server_url: str) -> None:
    async def work(connection: Connection) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await connection.run([asked("SELECT pg_sleep(30)")])
        assert connection.closed

    run(postgres_server_url, work)
