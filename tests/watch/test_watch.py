"""What is noticed as a change of the schema, and what is none."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from autoapi.settings import Settings
from autoapi.watch import News, open_watch
from tests.api.rows import execute

BEFORE = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN short AS varchar(10);
CREATE TABLE parents (id int PRIMARY KEY, name text);
CREATE TABLE children (id int, parent_id int, size int, mood mood, note short);
CREATE VIEW names AS SELECT name FROM parents;
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE INDEX by_size ON children (size);
"""
CHANGES = [
    "CREATE TABLE more (id int)",
    "DROP TABLE children",
    "ALTER TABLE children RENAME COLUMN size TO length",
    "ALTER TABLE children ADD COLUMN extra text",
    "ALTER TABLE children DROP COLUMN size",
    "ALTER TABLE children ALTER COLUMN size TYPE bigint",
    "ALTER TABLE children ALTER COLUMN size SET DEFAULT 3",
    "ALTER TABLE children ALTER COLUMN id SET NOT NULL",
    "ALTER TABLE children RENAME TO kids",
    "ALTER TABLE children ADD CHECK (size > 0)",
    "ALTER TABLE children ADD FOREIGN KEY (parent_id) REFERENCES parents (id)",
    "ALTER TABLE children ADD PRIMARY KEY (id)",
    "ALTER TABLE parents DROP CONSTRAINT parents_pkey",
    "ALTER TYPE mood ADD VALUE 'glad'",
    "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
    "ALTER DOMAIN short ADD CHECK (value <> '')",
    "CREATE OR REPLACE VIEW names AS SELECT upper(name) AS name FROM parents",
    "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'",
    "DROP FUNCTION one()",
    "CREATE UNIQUE INDEX ON children (id)",
    "DROP INDEX by_size",
    "COMMENT ON COLUMN parents.name IS 'the whole name'",
    "COMMENT ON SCHEMA public IS 'all there is'",
    "CREATE SCHEMA other",
    "GRANT SELECT ON parents TO PUBLIC",
]
NONE = [
    "INSERT INTO parents VALUES (1, 'a')",
    "CREATE TEMPORARY TABLE passing AS SELECT 1 AS one",
    "ANALYZE",
    "VACUUM",
    "SELECT 1",
]


async def noticed(url: str, statement: str) -> tuple[bool, list[News]]:
    """Whether a look after a statement finds a change, and what was told."""
    told: list[News] = []
    watch = open_watch(Settings(database_url=url), lambda news, _: told.append(news))
    await watch.mark()
    first = await watch.look("poll")
    await asyncio.to_thread(run_alone, url, statement)
    second = await watch.look("poll")
    watch.close()
    assert not first
    return second, told


def run_alone(url: str, statement: str) -> None:
    """Run a statement outside a transaction block."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute(statement)
            connection.commit()
        return
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_a_change_of_the_schema_is_noticed(postgres_url: str, statement: str) -> None:
    execute(postgres_url, BEFORE)

    assert asyncio.run(noticed(postgres_url, statement)) == (True, ["changed"])


@pytest.mark.parametrize("statement", NONE)
def test_what_changes_no_schema_is_passed_over(postgres_url: str, statement: str) -> None:
    execute(postgres_url, BEFORE)

    assert asyncio.run(noticed(postgres_url, statement)) == (False, [])


def test_a_look_waits_for_a_change_that_is_being_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/watched.db"
    run_alone(url, "CREATE TABLE t (a int)")

    async def looked() -> bool:
        watch = open_watch(Settings(database_url=url), lambda news, cause: None)
        await watch.mark()
        with closing(sqlite3.connect(tmp_path / "watched.db", check_same_thread=False)) as other:
            other.execute("BEGIN EXCLUSIVE")
            other.execute("ALTER TABLE t RENAME COLUMN a TO b")
            look = asyncio.create_task(watch.look("request"))
            await asyncio.sleep(0.3)
            assert not look.done()
            other.commit()
            found = await look
        watch.close()
        return found

    assert asyncio.run(looked())


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("CREATE TABLE more (id int)", True),
        ("ALTER TABLE t RENAME COLUMN a TO b", True),
        ("CREATE VIEW v AS SELECT a FROM t", True),
        ("INSERT INTO t VALUES (1)", False),
    ],
)
def test_sqlite_is_watched_too(tmp_path: Path, statement: str, changed: bool) -> None:
    url = f"sqlite:///{tmp_path}/watched.db"
    run_alone(url, "CREATE TABLE t (a int)")

    assert asyncio.run(noticed(url, statement)) == (changed, ["changed"] if changed else [])
