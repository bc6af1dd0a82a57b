"""``autoapi watch``: the event trigger, what it tells and records, and what it never does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from typer.testing import CliRunner

from autoapi.commands import application
from autoapi.watch import trigger
from tests.api.rows import execute, query
from tests.conftest import run_sql
from tests.service import running
from tests.shop import make_sqlite
from tests.watch.test_reload import await_that, shows

Run = Callable[..., tuple[int, str]]
OURS = """
    SELECT count(*) FROM (
        SELECT evtname FROM pg_event_trigger
        UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'autoapi'
    ) AS made
"""
LOG = "SELECT command, object_type, object FROM autoapi.ddl_log ORDER BY id"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """``autoapi watch ACTION`` on a database: its exit status and all that it prints."""
    monkeypatch.chdir(tmp_path)

    def watch(url: str, action: str, **variables: str) -> tuple[int, str]:
        environment = {"DATABASE_URL": url} | variables
        done = CliRunner().invoke(application, ["watch", action], env=environment)
        return done.exit_code, done.output.strip()

    return watch


@pytest.fixture
def login(postgres_url: str) -> Iterator[str]:
    """The URL of a login without rights over event triggers, which may make tables."""
    name = f"maker_{urlsplit(postgres_url).path.strip('/')}"
    run_sql(postgres_url, f"CREATE ROLE {name} LOGIN; GRANT ALL ON SCHEMA public TO {name}")
    parts = urlsplit(postgres_url)
    host = parts.netloc.rpartition("@")[2]
    yield urlunsplit(parts._replace(netloc=f"{name}@{host}"))
    run_sql(postgres_url, f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_it_is_installed_seen_and_removed_as_often_as_one_likes(
    postgres_url: str, run: Run
) -> None:
    assert run(postgres_url, "status") == (
        1,
        "The event trigger is not installed; the schema is looked at every 1 s.",
    )
    for _ in range(2):
        assert run(postgres_url, "install") == (
            0,
            "The event trigger is installed: changes are followed as they are committed,"
            " and recorded in autoapi.ddl_log.",
        )
    assert run(postgres_url, "status") == (
        0,
        "The event trigger is installed and notifies 'pgrst'; the schema is looked at every 1 s.",
    )
    assert query(postgres_url, OURS) == [(3,)]
    for _ in range(2):
        assert run(postgres_url, "remove") == (0, "The event trigger and its log are removed.")
    assert query(postgres_url, OURS) == [(0,)]


def test_what_others_keep_in_its_schema_stays(postgres_url: str, run: Run) -> None:
    run(postgres_url, "install")
    execute(postgres_url, "CREATE TABLE autoapi.others (id int)")

    assert run(postgres_url, "remove")[0] == 0

    made = query(
        postgres_url, "SELECT relname FROM pg_class WHERE relnamespace='autoapi'::regnamespace"
    )
    assert made == [("others",)]


def test_a_login_without_the_right_is_told_so(login: str, run: Run) -> None:
    status, said = run(login, "install")

    assert status == 1
    assert said.startswith("This login may not: permission denied")
    assert said.endswith("Nothing was changed; the schema is looked at every 1 s.")
    assert query(login, OURS) == [(0,)]
    assert run(login, "status")[0] == 1


def test_a_database_that_is_away_is_told_without_its_password(run: Run) -> None:
    status, said = run("postgresql://me:secret@127.0.0.1:1/nothing", "install")

    assert (status, said) == (1, "The database cannot be asked: OperationalError.")


def test_another_channel_is_noticed(postgres_url: str, run: Run) -> None:
    run(postgres_url, "install", AUTOAPI_DB_CHANNEL="it's ours")

    assert run(postgres_url, "status", AUTOAPI_DB_CHANNEL="it's ours")[0] == 0
    status, said = run(postgres_url, "status")
    assert status == 1
    assert said.startswith(
        "The event trigger notifies 'it's ours', but AUTOAPI_DB_CHANNEL is 'pgrst'"
    )


def test_on_sqlite_there_is_nothing_to_install(tmp_path: Path, run: Run) -> None:
    for action in ("install", "remove", "status"):
        assert run(make_sqlite(tmp_path / f"{action}.db"), action) == (
            0,
            "SQLite counts the changes of its schema itself (PRAGMA schema_version);"
            " the schema is looked at every 1 s. There is nothing to install.",
        )


def test_without_a_look_a_change_is_followed_by_the_trigger_alone(
    postgres_url: str, run: Run
) -> None:
    execute(postgres_url, "CREATE TABLE drugs (id int PRIMARY KEY, color text)")
    run(postgres_url, "install")
    with running(postgres_url, db_schema_poll_interval=0.0) as api:
        execute(postgres_url, "ALTER TABLE drugs RENAME COLUMN color TO colour")
        await_that(lambda: shows(api, "colour"))
        execute(postgres_url, "DROP TABLE drugs")
        await_that(lambda: not shows(api, "colour"))
        assert api.get("/rest/v1/ddl_log").status_code == 404


def test_any_role_may_change_the_schema_and_is_recorded(
    postgres_url: str, login: str, run: Run
) -> None:
    run(postgres_url, "install")
    execute(
        f"{login}?application_name=psql",
        "CREATE TABLE t (id int PRIMARY KEY, c text); ALTER TABLE t DROP COLUMN c;"
        " CREATE VIEW v AS SELECT id FROM t; DROP TABLE t CASCADE",
    )

    assert query(postgres_url, LOG) == [
        ("CREATE TABLE", "table", "public.t"),
        ("CREATE INDEX", "index", "public.t_pkey"),
        ("ALTER TABLE", "table column", "public.t.c"),
        ("ALTER TABLE", "table", "public.t"),
        ("CREATE VIEW", "view", "public.v"),
        ("DROP TABLE", "table", "public.t"),
        ("DROP TABLE", "view", "public.v"),
    ]
    who = urlsplit(login).username
    told = query(
        postgres_url,
        "SELECT DISTINCT login, role, application_name, at > now() - interval '1 hour'"
        " FROM autoapi.ddl_log",
    )
    assert told == [(who, None, "psql", True)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(login, LOG)


def test_what_is_no_change_of_the_schema_is_neither_told_nor_recorded(
    postgres_url: str, run: Run
) -> None:
    execute(postgres_url, "CREATE MATERIALIZED VIEW m AS SELECT 1 AS one")
    run(postgres_url, "install")
    with closing(psycopg2.connect(postgres_url)) as ear:
        ear.autocommit = True
        ear.cursor().execute("LISTEN pgrst")
        execute(
            postgres_url,
            "CREATE TEMPORARY TABLE passing (id int PRIMARY KEY);"
            " ALTER TABLE passing ADD COLUMN more int; DROP TABLE passing",
        )
        execute(postgres_url, "REFRESH MATERIALIZED VIEW m")
        undo(postgres_url, "CREATE TABLE never (id int)")
        ear.cursor().execute("SELECT 1")
        ear.poll()
        assert ear.notifies == []
        execute(postgres_url, "CREATE TABLE t (id int)")
        ear.cursor().execute("SELECT 1")
        ear.poll()
        assert [(each.channel, each.payload) for each in ear.notifies] == [
            ("pgrst", "reload schema")
        ]
    assert query(postgres_url, LOG) == [("CREATE TABLE", "table", "public.t")]


def undo(url: str, sql: str) -> None:
    """Run a statement and roll it back."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        connection.rollback()


def test_a_log_that_is_gone_is_a_warning_and_the_change_is_told(
    postgres_url: str, run: Run
) -> None:
    run(postgres_url, "install")
    execute(postgres_url, "DROP TABLE autoapi.ddl_log")
    with closing(psycopg2.connect(postgres_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("LISTEN pgrst")
        cursor.execute("CREATE TABLE t (id int)")
        connection.poll()
        assert connection.notices[-1].startswith(
            "WARNING:  autoapi could not record a change of the schema:"
            ' relation "autoapi.ddl_log" does not exist'
        )
        assert len(connection.notifies) == 1
    assert query(postgres_url, "SELECT count(*) FROM t") == [(0,)]


def test_two_serializable_changes_are_both_committed(postgres_url: str, run: Run) -> None:
    run(postgres_url, "install")
    with (
        closing(psycopg2.connect(postgres_url)) as first,
        closing(psycopg2.connect(postgres_url)) as second,
    ):
        for connection, name in ((first, "one"), (second, "two")):
            connection.set_session(isolation_level="SERIALIZABLE")
            connection.cursor().execute(f"CREATE TABLE {name} (id int)")
        first.commit()
        second.commit()

    assert [row[2] for row in query(postgres_url, LOG)] == ["public.one", "public.two"]


def test_commands_that_are_no_part_of_a_transaction_work_as_before(
    postgres_url: str, run: Run
) -> None:
    execute(postgres_url, "CREATE TABLE t (id int)")
    run(postgres_url, "install")
    for command in (
        "CREATE INDEX CONCURRENTLY by_id ON t (id)",
        "REINDEX INDEX CONCURRENTLY by_id",
        "DROP INDEX CONCURRENTLY by_id",
        "DROP SCHEMA autoapi CASCADE",
    ):
        run_sql(postgres_url, command)
    assert query(postgres_url, OURS) == [(0,)]
    assert run(postgres_url, "remove")[0] == 0


def test_the_log_keeps_so_many_and_two_changes_do_not_wait_for_each_other(
    postgres_url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trigger, "KEPT", 5)
    run(postgres_url, "install")
    for number in range(12):
        execute(postgres_url, f"CREATE TABLE t{number} (id int)")
    assert [row[2] for row in query(postgres_url, LOG)] == [f"public.t{at}" for at in range(7, 12)]

    with closing(psycopg2.connect(postgres_url)) as first, first.cursor() as cursor:
        cursor.execute("CREATE TABLE slow (id int)")  # has removed a row, and holds its lock
        other = threading.Thread(
            target=execute, args=(postgres_url, "CREATE TABLE quick (id int)"), daemon=True
        )
        other.start()
        other.join(30)
        assert not other.is_alive()
        first.commit()
