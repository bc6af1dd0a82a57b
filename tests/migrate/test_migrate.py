"""Revisions are made, applied, taken back and told of, on both databases."""

from __future__ import annotations

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

from autoapi.errors import ApiError
from autoapi.migrate import migrate_up, read_status, running
from autoapi.settings import Settings
from tests.commands import Command, Outcome, command_in
from tests.markdown import ROOT
from tests.migrate.conftest import write_revision, write_shop


def tables(url: str) -> list[str]:
    engine = sa.create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://"), poolclass=sa.NullPool
    )
    own = {"alembic_version", "autoapi_migrations"}
    return sorted(set(sa.inspect(engine).get_table_names()) - own)


def test_an_empty_folder_begins_with_new_and_needs_nothing_else(
    autoapi: Command, tmp_path: Path
) -> None:
    first = autoapi("migrate", "new", "What is sold")
    second = autoapi("migrate", "new", "who buys, and where.")

    made = [f"migrations/versions/{name}.py" for name in ("0001_what_is_sold",)]
    assert first == Outcome(0, f"{made[0]}\n", "")
    assert second.out == "migrations/versions/0002_who_buys_and_where.py\n"
    assert (tmp_path / made[0]).read_text() == (
        '"""What is sold."""\n'
        "\n"
        "from __future__ import annotations\n"
        "\n"
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        "\n"
        'revision = "0001"\n'
        "down_revision = None\n"
        "branch_labels = None\n"
        "depends_on = None\n"
        "\n"
        "\n"
        "def upgrade() -> None:\n"
        "    pass\n"
        "\n"
        "\n"
        "def downgrade() -> None:\n"
        "    pass\n"
    )
    told = "applied 0001  What is sold.\napplied 0002  who buys, and where.\n"
    assert autoapi("migrate", "up") == Outcome(0, f"{told}The database is at 0002.\n", "")


def test_up_applies_all_and_down_takes_back_what_it_is_told(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    write_shop(tmp_path)

    assert autoapi("migrate", "up").last == "The database is at 0002."
    assert tables(url) == ["orders", "products"]
    assert autoapi("migrate", "down", "0001").out == "The database is at 0001.\n"
    assert tables(url) == ["products"]
    assert autoapi("migrate", "down", "base").out == "The database is at no revision.\n"
    assert tables(url) == []


def test_down_without_a_target_is_refused(autoapi: Command, tmp_path: Path, url: str) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")

    refused = autoapi("migrate", "down")

    assert (refused.status, "Missing argument 'revision'" in refused.err) == (2, True)
    assert tables(url) == ["orders", "products"]


def test_status_tells_what_is_applied_by_whom_and_what_is_not(
    autoapi: Command, tmp_path: Path
) -> None:
    write_shop(tmp_path)

    before = json.loads(autoapi("migrate", "status", "--json").out)
    autoapi("migrate", "up", "0001")
    after = json.loads(autoapi("migrate", "status", "--json").out)
    text = autoapi("migrate", "status").out

    pending = [
        {"revision": name, "message": f"Revision {name}.", "file": f"{name}_revision.py"}
        for name in ("0001", "0002")
    ]
    assert before == {"current": [], "heads": ["0002"], "pending": pending, "record": []}
    assert (after["current"], after["pending"]) == (["0001"], pending[1:])
    [applied] = after["record"]
    assert (applied["revision"], applied["direction"]) == ("0001", "up")
    assert getpass.getuser() in applied["by"]
    assert f"up    0001  by {applied['by']}" in text
    assert text.endswith("Pending: 1.\n  0002  Revision 0002.\n")


def test_status_writes_nothing(autoapi: Command, tmp_path: Path, url: str) -> None:
    write_shop(tmp_path)

    assert autoapi("migrate", "status").out.startswith("The database is at no revision.\n")

    if url.startswith("sqlite"):
        assert not (tmp_path / "app.db").exists()
    else:
        engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
        assert sa.inspect(engine).get_table_names() == []
        engine.dispose()


def test_a_revision_that_fails_leaves_nothing_and_is_told_with_its_place(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    write_shop(tmp_path)
    write_revision(tmp_path, "0003", "0002", 'op.execute("ALTER TABLE nowhere ADD x integer")')

    failed = autoapi("migrate", "up")

    assert failed.status == 1
    assert "autoapi: 0003_revision.py:13 failed:" in failed.err
    assert "In: ALTER TABLE nowhere ADD x integer; all is rolled back" in failed.err
    assert tables(url) == []


def test_sql_is_printed_and_not_run(autoapi: Command, tmp_path: Path, url: str) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up", "0001")

    printed = autoapi("migrate", "up", "--sql").out

    assert "CREATE TABLE orders" in printed
    assert "CREATE TABLE products" not in printed
    assert "UPDATE alembic_version SET version_num='0002'" in printed
    assert tables(url) == ["products"]


def test_two_newest_are_refused_until_they_are_joined(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    write_shop(tmp_path)
    write_revision(tmp_path, "0003", "0001", "pass")

    up, new = autoapi("migrate", "up"), autoapi("migrate", "new", "more")
    joined = autoapi("migrate", "new", "join", "--merge")

    assert (up.status, new.status, joined.status) == (1, 1, 0)
    assert "Several revisions are the newest: 0002, 0003" in up.err
    assert "autoapi migrate new" in up.err
    assert autoapi("migrate", "up").last == "The database is at 0004."


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("up", "0020"), "There is no revision '0020'\nDid you mean '0002'?"),
        (("down", "bas"), "There is no revision 'bas'\nDid you mean 'base'?"),
    ],
)
def test_a_revision_that_is_not_there_is_told_with_the_nearest(
    autoapi: Command, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    write_shop(tmp_path)

    assert autoapi("migrate", *arguments) == Outcome(1, "", f"autoapi: {told}\n")


def test_files_that_do_not_fit_are_told_in_words(autoapi: Command, tmp_path: Path) -> None:
    nothing = autoapi("migrate", "up")
    write_shop(tmp_path)
    versions = tmp_path / "migrations" / "versions"
    (versions / "0003_broken.py").write_text("revision = \n")
    broken = autoapi("migrate", "up")
    (versions / "0003_broken.py").write_text((versions / "0002_revision.py").read_text())
    twice = autoapi("migrate", "up")

    assert "There are no migrations in 'migrations'\nBegin with" in nothing.err
    assert "The migrations cannot be read: 0003_broken.py:1: invalid syntax" in broken.err
    assert "Revision 0002 is present more than once" in twice.err
    assert [each.status for each in (nothing, broken, twice)] == [1, 1, 1]


def test_a_folder_that_cannot_be_written_to_is_told(autoapi: Command, tmp_path: Path) -> None:
    (tmp_path / "migrations").write_text("in the way")

    refused = autoapi("migrate", "new", "first")

    assert refused.status == 1
    assert "A revision cannot be written into 'migrations'\nNot a directory\n" in refused.err


def test_a_database_at_a_revision_of_others_is_left_alone(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")
    (tmp_path / "migrations" / "versions" / "0002_revision.py").unlink()

    told = "autoapi: The database is at revision '0002', which no file here has\n"
    assert autoapi("migrate", "status").err.startswith(told)
    assert autoapi("migrate", "up").err.startswith(told)


def test_parallel_runs_take_turns(autoapi: Command, tmp_path: Path, url: str) -> None:
    write_shop(tmp_path)
    code = (
        "import sys; from autoapi.migrate import migrate_up; from autoapi.settings import Settings;"
        " print(migrate_up(Settings(database_url=sys.argv[1], migrations=sys.argv[2])))"
    )
    run = [sys.executable, "-c", code, url, str(tmp_path / "migrations")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(run, env=environment, stdout=subprocess.PIPE, text=True) for _ in "ab"]

    assert [each.communicate()[0] for each in both] == ["('0002',)\n"] * 2
    settings = Settings(database_url=url, migrations=str(tmp_path / "migrations"))
    assert [each.revision for each in read_status(settings).record] == ["0001", "0002"]


def test_who_waits_too_long_for_his_turn_is_told(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shop(tmp_path)
    settings = Settings(
        database_url=postgres_url, migrations=str(tmp_path / "migrations"), migrations_wait=0.3
    )
    other = psycopg2.connect(postgres_url)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(1635087471, 1835624306)")
        with pytest.raises(ApiError, match="has been running for 0"):
            migrate_up(settings)
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()

    assert migrate_up(settings) == ("0002",)


def test_a_lock_is_not_waited_for_behind_which_the_service_would_hang(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "FIRST_PAUSE", 0.01)
    write_shop(tmp_path)
    write_revision(tmp_path, "0003", "0002", 'op.execute("ALTER TABLE products ADD x integer")')
    settings = Settings(
        database_url=postgres_url,
        migrations=str(tmp_path / "migrations"),
        migrations_lock_timeout=0.1,
    )
    migrate_up(settings, "0002")
    reader = psycopg2.connect(postgres_url)
    with reader.cursor() as cursor:
        cursor.execute("SELECT * FROM products")
        with pytest.raises(ApiError, match=r"not given within 0\.1 seconds, 5 times"):
            migrate_up(settings)
    reader.rollback()  # a session that is closed may hold its locks a moment longer
    reader.close()

    assert migrate_up(settings) == ("0003",)


def test_a_row_that_would_refer_to_nothing_ends_the_migration_on_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/app.db"
    autoapi = command_in(tmp_path, {"DATABASE_URL": url}, monkeypatch, capsys)
    write_shop(tmp_path)
    write_revision(tmp_path, "0003", "0002", 'op.execute("INSERT INTO orders VALUES (1, 99)")')

    failed = autoapi("migrate", "up")

    assert failed.err == "autoapi: The migration failed: rows of orders refer to nothing\n"
    assert tables(url) == []
