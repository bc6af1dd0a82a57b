"""``migrate check`` finds what the migrations do not make, also what Alembic does not see."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

import migrations
from tests.commands import Command, Outcome, command_in
from tests.conftest import database_url, run_sql
from tests.migrate.conftest import write_revision, write_shop


def execute(url: str, *statements: str) -> None:
    """Run statements as they stand, in one transaction."""
    engine = sa.create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://"), poolclass=sa.NullPool
    )
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        for statement in statements:
            cursor.execute(statement)


def databases(url: str) -> set[str]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}


def test_a_migrated_database_passes_and_nothing_is_left_behind(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")
    before = set() if url.startswith("sqlite") else databases(url)

    passed = autoapi("migrate", "check")

    told = "The database is at 0002 and as the migrations make it.\n"
    assert passed == Outcome(0, told, "")
    if not url.startswith("sqlite"):
        assert databases(url) == before


def test_pending_revisions_fail_it_and_are_no_drift(autoapi: Command, tmp_path: Path) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up", "0001")

    assert autoapi("migrate", "check") == Outcome(1, "pending 0002  Revision 0002.\n", "")


def test_several_newest_fail_it(autoapi: Command, tmp_path: Path) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")
    write_revision(tmp_path, "0003", "0001", "pass")

    failed = autoapi("migrate", "check")

    told = "Several revisions are the newest: 0002, 0003.\npending 0003  Revision 0003.\n"
    assert failed == Outcome(1, told, "")


def test_every_change_made_by_hand_is_told(autoapi: Command, tmp_path: Path, url: str) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")
    schema = "main" if url.startswith("sqlite") else "public"

    execute(
        url,
        "ALTER TABLE products ADD note text",
        "CREATE INDEX by_name ON products (name)",
        "DROP TABLE orders",
    )

    assert set(autoapi("migrate", "check").out.splitlines()) == {
        f"+ column {schema}.products.note",
        f"+ index {schema}.products.by_name",
        f"- table {schema}.orders",
    } | (set() if url.startswith("sqlite") else {"- sequence public.orders_id_seq"})


def test_a_dropped_check_and_a_new_label_are_drift(
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    autoapi = command_in(tmp_path, {"DATABASE_URL": postgres_url}, monkeypatch, capsys)
    write_revision(
        tmp_path,
        "0001",
        None,
        "op.execute(\"CREATE TYPE mood AS ENUM ('sad', 'ok')\")\n"
        'op.execute("CREATE TABLE t (n int PRIMARY KEY CONSTRAINT positive CHECK (n > 0))")',
    )
    autoapi("migrate", "up")

    execute(
        postgres_url, "ALTER TYPE mood ADD VALUE 'happy'", "ALTER TABLE t DROP CONSTRAINT positive"
    )

    assert autoapi("migrate", "check").out.splitlines() == [
        "~ enum public.mood: labels ('sad', 'ok') -> ('sad', 'ok', 'happy')",
        "- check public.t.positive",
    ]


def test_the_demo_is_what_its_migrations_make(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(migrations.FOLDER)
    variables = {"DATABASE_URL": url, "AUTOAPI_MIGRATIONS": folder}
    autoapi = command_in(tmp_path, variables, monkeypatch, capsys)

    assert autoapi("migrate", "up").last == "The database is at 0012."
    told = "The database is at 0012 and as the migrations make it.\n"
    assert autoapi("migrate", "check") == Outcome(0, told, "")


def test_a_login_that_may_make_no_database_is_told_and_gives_an_empty_one(
    tmp_path: Path,
    postgres_server_url: str,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_sql(postgres_server_url, "CREATE ROLE plain_migrator LOGIN")
    name = postgres_url.rpartition("/")[2]
    run_sql(postgres_server_url, f"CREATE DATABASE {name}_scratch OWNER plain_migrator")
    run_sql(postgres_server_url, f"ALTER DATABASE {name} OWNER TO plain_migrator")
    plain = postgres_url.replace("postgres@", "plain_migrator@")
    autoapi = command_in(tmp_path, {"DATABASE_URL": plain}, monkeypatch, capsys)
    scratch = database_url(plain, f"{name}_scratch")
    write_shop(tmp_path)
    try:
        autoapi("migrate", "up")

        refused = autoapi("migrate", "check")
        live = autoapi("migrate", "check", "--scratch-url", plain)
        passed = [autoapi("migrate", "check", "--scratch-url", scratch) for _ in range(2)]
        variables = {"DATABASE_URL": plain, "AUTOAPI_MIGRATIONS_SCRATCH_URL": scratch}
        passed.append(command_in(tmp_path, variables, monkeypatch, capsys)("migrate", "check"))
        run_sql(scratch, "CREATE TABLE precious (id int)")
        full = autoapi("migrate", "check", "--scratch-url", scratch)
    finally:
        run_sql(postgres_server_url, f"DROP DATABASE {name}_scratch WITH (FORCE)")
        run_sql(postgres_url, "REASSIGN OWNED BY plain_migrator TO postgres")
        run_sql(postgres_server_url, "DROP ROLE plain_migrator")

    assert refused.status == live.status == full.status == 1
    assert "No temporary database can be made: permission denied" in refused.err
    assert "the one given is the live database" in live.err
    assert "the database given is not empty, it has public.precious" in full.err
    assert [each.status for each in passed] == [0, 0, 0], passed


def test_a_database_made_by_hand_is_marked_once_it_is_the_same(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    write_shop(tmp_path)
    key = "INTEGER NOT NULL PRIMARY KEY" if url.startswith("sqlite") else "SERIAL PRIMARY KEY"
    execute(url, f"CREATE TABLE products (id {key}, name TEXT)")

    refused = autoapi("migrate", "stamp", "0001")
    forced = autoapi("migrate", "stamp", "0001", "--force")

    assert refused.status == 1
    assert "The database is not as revision '0001' makes it\n" in refused.err
    assert "products.name: nullable False -> True" in refused.err
    assert forced == Outcome(0, "The database is at 0001.\n", "")
    assert autoapi("migrate", "up").last == "The database is at 0002."
