"""What is under way when the schema changes: what finishes, what is run again, what never is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from autoapi.execute.postgres import run_anew
from autoapi.wire import Connection, Row, ServerError, Step, connect, read_address
from tests.api.rows import execute, query
from tests.rules.conftest import bearer
from tests.service import Api, running
from tests.watch.test_reload import await_that

SCHEMA = """
CREATE TABLE drugs (id int PRIMARY KEY, color text);
CREATE VIEW slow AS SELECT 1 AS one, CAST(pg_sleep(2) AS text) AS slept;
CREATE SEQUENCE calls;
CREATE FUNCTION fail_midway() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('calls');
    EXECUTE 'SELECT no_such_column FROM drugs';
    RETURN 1;
END $$;
CREATE FUNCTION count_and_fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM nextval('calls');
    EXECUTE 'SELECT no_such_column FROM drugs';
    RETURN new;
END $$;
CREATE TABLE guarded (id int PRIMARY KEY);
CREATE TRIGGER guard BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION count_and_fail();
"""
CALLS = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM calls"


@pytest.fixture
def api(postgres_url: str) -> Iterator[Api]:
    """A service that reads the schema again when a request gives reason, and not by itself."""
    execute(postgres_url, SCHEMA)
    with running(postgres_url, db_schema_poll_interval=0.0) as service:
        yield service


def test_a_request_under_way_finishes_on_the_schema_it_began_with(api: Api) -> None:
    service = api.application.service
    before = service.snapshot
    answers = []
    asking = threading.Thread(target=lambda: answers.append(api.get("/slow")))
    asking.start()
    await_that(lambda: under_way(api.url), 20)

    execute(api.url, "ALTER TABLE drugs ADD COLUMN size int; NOTIFY pgrst")
    await_that(lambda: service.snapshot is not before, 20)

    assert under_way(api.url)  # still
    asking.join(20)
    assert (answers[0].status_code, answers[0].json()) == (200, [{"one": 1, "slept": ""}])


def under_way(url: str) -> bool:
    """Whether somebody reads the slow view."""
    found = query(
        url,
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        " AND datname = current_database()",
    )
    return found == [(1,)]


@pytest.mark.parametrize(
    ("path", "body"), [("/rest/v1/rpc/fail_midway", {}), ("/guarded", {"id": 1})]
)
def test_a_write_that_was_begun_is_never_run_again(
    api: Api, path: str, body: dict[str, int]
) -> None:
    execute(api.url, "ALTER TABLE drugs ADD COLUMN size int")  # so there is a newer schema

    answer = api.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "42703")
    assert query(api.url, CALLS) == [(1,)]


def test_a_write_that_was_given_up_in_a_deadlock_with_a_migration_is_made(api: Api) -> None:
    execute(
        api.url,
        """
        CREATE TABLE makers (id int PRIMARY KEY);
        CREATE TABLE made (id int PRIMARY KEY, maker_id int REFERENCES makers (id));
        INSERT INTO makers VALUES (1), (2);
        NOTIFY pgrst;
        -- The one who looks for a deadlock looks once, so long after it began to wait: by then
        -- the other must be waiting, too. Connections that are made from now on have it.
        DO $$ BEGIN
          EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''4s''', current_database());
        END $$;
        """,
    )
    await_that(lambda: api.get("/makers").status_code == 200, 20)
    answers = []
    deleting = threading.Thread(target=lambda: answers.append(api.delete("/makers/1")))
    with closing(psycopg2.connect(api.url)) as migration, migration.cursor() as cursor:
        cursor.execute("SET deadlock_timeout = '60s'; LOCK TABLE made")
        deleting.start()
        await_that(lambda: query(api.url, WAITING) == [(1,)], 20)
        cursor.execute("LOCK TABLE makers")  # which the other has, and waits for ours
        migration.commit()
    deleting.join(20)

    assert answers[0].status_code in (200, 204)
    assert api.get("/makers").json() == [{"id": 2}]


WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()
      AND query LIKE '%DELETE FROM%'  -- who reads the schema may be waiting, too
"""


def on_a_connection(url: str, work: Callable[[Connection], Coroutine[Any, Any, None]]) -> None:
    """Do some work on a connection of one's own."""

    async def whole() -> None:
        connection = await connect(read_address(url), {})
        try:
            await work(connection)
        finally:
            await connection.close()

    asyncio.run(whole())


async def run_again(connection: Connection, step: Step, reads_only: bool) -> list[list[Row]]:
    """Run a statement as a database does."""
    try:
        return await connection.run([step])
    except ServerError as error:
        return await run_anew(connection, [step], error, reads_only)


def test_a_read_whose_plan_no_longer_holds_is_run_again(postgres_url: str) -> None:
    execute(postgres_url, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    read = Step("SELECT * FROM t", (), True)

    async def work(connection: Connection) -> None:
        assert len((await run_again(connection, read, True))[0][0]) == 1
        execute(postgres_url, "ALTER TABLE t ADD COLUMN b int")
        with pytest.raises(ServerError, match="cached plan must not change result type"):
            await connection.run([read])
        assert len((await run_again(connection, read, True))[0][0]) == 2

    on_a_connection(postgres_url, work)


def test_a_write_whose_plan_no_longer_holds_is_made_once(postgres_url: str) -> None:
    execute(postgres_url, "CREATE TABLE t (a int)")
    write = Step("INSERT INTO t (a) VALUES (1) RETURNING *", (), True)

    async def work(connection: Connection) -> None:
        await run_again(connection, write, False)
        execute(postgres_url, "ALTER TABLE t ADD COLUMN b int")
        assert len((await run_again(connection, write, False))[0][0]) == 2

    on_a_connection(postgres_url, work)
    assert query(postgres_url, "SELECT count(*) FROM t") == [(2,)]


def test_a_write_that_meets_such_a_plan_midway_is_not_run_again(postgres_url: str) -> None:
    execute(
        postgres_url,
        """
        CREATE TABLE t (a int);
        CREATE SEQUENCE calls;
        CREATE FUNCTION midway() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
            PERFORM nextval('calls');
            RAISE EXCEPTION 'cached plan must not change result type' USING ERRCODE = '0A000';
        END $$;
        """,
    )
    write = Step("INSERT INTO t (a) VALUES (midway()) RETURNING *", (), True)

    async def work(connection: Connection) -> None:
        with pytest.raises(ServerError) as refused:
            await run_again(connection, write, False)
        assert (refused.value.sqlstate, refused.value.begun) == ("0A000", True)

    on_a_connection(postgres_url, work)
    assert query(postgres_url, CALLS) == [(1,)]


def test_a_write_with_rules_in_python_meets_the_new_schema_too(shop_url: str) -> None:
    settings = {"overrides": "tests.rules.hook_rules", "db_schema_poll_interval": 0.0}
    headers = bearer("sales")
    with running(shop_url, **settings) as api:
        made = api.post("/drugs", json={"name": "A", "price": 1}, headers=headers)
        execute(shop_url, "ALTER TABLE drugs RENAME COLUMN stock TO supply")
        changed = api.patch(f"/drugs/{made.json()['id']}", json={"price": 2}, headers=headers)
        execute(shop_url, "ALTER TABLE drugs RENAME COLUMN supply TO reserve")
        added = api.post("/drugs", json={"name": "B", "price": 1}, headers=headers)

    assert (made.status_code, made.json()["stock"]) == (201, 0)
    assert (changed.status_code, changed.json()["supply"]) == (200, 0)
    assert (added.status_code, added.json()["reserve"]) == (201, 0)


def test_several_writes_of_one_transaction_meet_the_new_schema_too(shop_url: str) -> None:
    with running(shop_url, db_schema_poll_interval=0.0) as api:
        assert api.get("/drugs?limit=1").json()[0]["stock"] is not None
        execute(shop_url, "ALTER TABLE drugs RENAME COLUMN stock TO supply")
        batch = [
            {"method": "POST", "path": "/makers", "body": {"name": "In a batch"}},
            {"method": "POST", "path": "/drugs", "body": {"name": "A", "price": 1}},
        ]
        answer = api.post("/batch", json=batch)
        execute(shop_url, "ALTER TABLE drugs RENAME COLUMN supply TO reserve")
        once = api.post("/drugs", json={"name": "B"}, headers={"Idempotency-Key": "one"})
        again = api.post("/drugs", json={"name": "B"}, headers={"Idempotency-Key": "one"})
        execute(shop_url, "ALTER TABLE drugs RENAME COLUMN reserve TO spare")
        nested = api.post("/makers", json={"name": "Nested", "drugs": [{"name": "C"}]})
        made = api.get("/drugs?select=name&name=in.(A,B,C)&order=name").json()

    assert (answer.status_code, answer.json()[1]["body"]["supply"]) == (200, 0)
    assert (once.status_code, once.json()["reserve"]) == (201, 0)
    assert again.json() == once.json()
    assert (nested.status_code, nested.json()["drugs"][0]["spare"]) == (201, 0)
    assert made == [{"name": "A"}, {"name": "B"}, {"name": "C"}]
