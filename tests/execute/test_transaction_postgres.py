"""What a transaction on PostgreSQL says to the server, and what becomes of a lost one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa
from sqlalchemy import select, text

from autoapi.errors import ApiError
from autoapi.execute import Database, Session
from autoapi.execute.pool import KIND
from autoapi.execute.postgres import PostgresDatabase
from autoapi.wire import Connection, Step
from tests.conftest import run_sql
from tests.execute.test_transaction import work_on


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What is sent, an item a round trip; other services of this process look about in threads."""
    sent: list[list[str]] = []
    run = Connection.run
    ours = threading.get_ident()

    async def recorded(self: Connection, steps: Sequence[Step]) -> Any:
        if threading.get_ident() == ours and steps[0].sql != KIND:  # what a new session is told
            sent.append([step.sql.partition("(")[0] for step in steps])
        return await run(self, steps)

    monkeypatch.setattr(Connection, "run", recorded)
    return sent


def test_a_transaction_of_one_statement_takes_two_round_trips(
    postgres_url: str, said: list[list[str]]
) -> None:
    session = Session(("search_path", "request.jwt.claims"), ("public", '{"sub":"asha"}'))

    async def work(database: Database) -> None:
        async with database.transaction(reads_only=True):
            pass
        said.clear()
        async with database.transaction(session) as transaction, transaction.savepoint():
            found = await transaction.fetch(
                text("SELECT current_setting('request.jwt.claims')::json ->> 'sub' AS who")
            )
            assert found[0].who == "asha"

    work_on(postgres_url, work, db_statement_timeout=0)
    assert said == [
        [
            "BEGIN",
            "SELECT set_config",
            "SAVEPOINT autoapi_1",
            "SELECT current_setting",
        ],
        ["RELEASE SAVEPOINT autoapi_1", "COMMIT"],
    ]


def test_a_transaction_that_runs_nothing_says_nothing(
    postgres_url: str, said: list[list[str]]
) -> None:
    async def work(database: Database) -> None:
        async with database.transaction():
            pass
        with pytest.raises(ZeroDivisionError):
            async with database.transaction():
                raise ZeroDivisionError

    work_on(postgres_url, work, db_statement_timeout=0)
    assert said == []


def test_tables_of_no_schema_are_the_first_exposed_ones_whatever_the_search_path(
    postgres_url: str,
) -> None:
    run_sql(
        postgres_url,
        "CREATE SCHEMA other; CREATE TABLE other.t (n int); INSERT INTO other.t VALUES (2);"
        "CREATE TABLE public.t (n int); INSERT INTO public.t VALUES (1)",
    )
    table = sa.Table("t", sa.MetaData(), sa.Column("n", sa.Integer))
    session = Session(("search_path",), ("other",))

    async def work(database: Database) -> None:
        async with database.transaction(session, reads_only=True) as transaction:
            assert await transaction.fetch(select(table.c.n)) == [(1,)]

    work_on(postgres_url, work, db_schemas=("public", "other"))


def test_a_list_of_labels_of_a_schema_s_own_type_is_written_with_the_schema(
    postgres_url: str,
) -> None:
    run_sql(
        postgres_url,
        "CREATE TYPE public.state AS ENUM ('good', 'bad', 'gone'); CREATE TABLE public.t (s state);"
        "INSERT INTO public.t VALUES ('good'), ('bad'), ('gone')",
    )
    state = sa.Enum("good", "bad", "gone", name="state", schema="public")
    table = sa.Table("t", sa.MetaData(), sa.Column("s", state))

    async def work(database: Database) -> None:
        async with database.transaction(None, reads_only=True) as transaction:
            for wanted in (["good", "gone"], ["good"], []):
                query = select(table.c.s).where(table.c.s.in_(wanted))
                assert [row.s for row in await transaction.fetch(query)] == wanted

    work_on(postgres_url, work)


def test_a_role_holds_for_the_whole_transaction_and_no_longer(postgres_url: str) -> None:
    run_sql(postgres_url, "DROP ROLE IF EXISTS handle_reader; CREATE ROLE handle_reader")
    unknown = Session(("role",), ("nobody_here",))
    who: sa.Select[Any] = select(sa.literal_column("current_user::text").label("who"))

    async def work(database: Database) -> None:
        session = Session(("role",), ("handle_reader",))
        async with database.transaction(session) as transaction:
            assert await transaction.fetch(who) == [("handle_reader",)]
            assert await transaction.fetch(who) == [("handle_reader",)]
        async with database.transaction() as transaction:
            assert await transaction.fetch(who) != [("handle_reader",)]
        with pytest.raises(ApiError) as caught:
            async with database.transaction(unknown) as transaction, transaction.savepoint():
                await transaction.fetch(who)
        assert (caught.value.code, caught.value.status) == ("22023", 401)

    try:
        work_on(postgres_url, work)
    finally:
        run_sql(postgres_url, "DROP ROLE handle_reader")


def test_settings_of_the_login_do_not_change_what_values_mean(postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]
    run_sql(
        postgres_url,
        f"ALTER DATABASE \"{name}\" SET datestyle = 'German, DMY';"
        f"ALTER DATABASE \"{name}\" SET intervalstyle = 'iso_8601';"
        f"ALTER DATABASE \"{name}\" SET bytea_output = 'escape'",
    )

    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            found = await transaction.fetch(
                text("SELECT date '2026-02-01' AS d, interval '1 day' AS i, '\\x41ff'::bytea AS b")
            )
        row = found[0]
        assert (row.d.isoformat(), row.i.days, row.b) == ("2026-02-01", 1, b"A\xff")

    work_on(postgres_url, work)


def test_a_lost_connection_is_told_and_another_takes_its_place(postgres_url: str) -> None:
    async def work(database: Database) -> None:
        with pytest.raises(ApiError) as caught:
            async with database.transaction() as transaction:
                pid = await transaction.fetch(text("SELECT pg_backend_pid() AS pid"))
                await asyncio.to_thread(kill, postgres_url, pid[0].pid)
                await transaction.fetch(text("SELECT 1"))
        assert caught.value.status == 503
        async with database.transaction() as transaction:
            assert await transaction.fetch(text("SELECT 1")) == [(1,)]
        assert isinstance(database, PostgresDatabase)
        assert database.pool.opened == 1

    work_on(postgres_url, work)


def kill(url: str, pid: int) -> None:
    """End a session, and wait until it is gone."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
    connection.close()


def test_a_table_that_changed_its_types_is_read_anew(postgres_url: str) -> None:
    run_sql(postgres_url, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)")
    query = text("SELECT * FROM t")

    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            assert await transaction.fetch(query) == [(1,)]
        await asyncio.to_thread(
            run_sql, postgres_url, "ALTER TABLE t ALTER n TYPE text USING 'x' || n"
        )
        async with database.transaction() as transaction:
            assert await transaction.fetch(query) == [("x1",)]

    work_on(postgres_url, work, db_pool=1)


def test_it_works_behind_a_pooler_that_hands_sessions_about(postgres_url: str) -> None:
    async def work(database: Database) -> None:
        async with database.transaction() as transaction:
            await transaction.execute(text("CREATE TABLE t (n int)"))
            assert await transaction.execute(text("INSERT INTO t VALUES (1), (2)")) == 2
            found = await transaction.fetch(text("SELECT current_setting('statement_timeout')"))
            assert found == [("7s",)]
        with pytest.raises(ApiError) as caught:
            async with database.transaction(reads_only=True) as transaction:
                await transaction.execute(text("INSERT INTO t VALUES (3)"))
        assert caught.value.code == "25006"

    work_on(postgres_url, work, db_prepared_statements=False, db_statement_timeout=7)
