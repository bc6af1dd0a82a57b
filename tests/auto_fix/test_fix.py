"""``autoapi fix`` shows what can be mended, does what is asked for, and loses nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autoapi.auto_fix import apply_steps, make_plan, plan
from autoapi.errors import ApiError
from autoapi.migrate import migrate_down, migrate_up, read_status
from autoapi.settings import Settings
from tests.commands import Command
from tests.migrate.conftest import write_revision, write_shop
from tests.migrate.test_check import execute

SHOP = (
    "CREATE TABLE makers (id integer PRIMARY KEY)",
    "CREATE TABLE drugs (id integer PRIMARY KEY, maker_id integer REFERENCES makers (id))",
)


def index_step(url: str) -> str:
    place = "" if url.startswith("sqlite") else "public."
    return f"missing_foreign_key_index:{place}drugs.drugs_maker_id_fkey"


def test_a_plan_changes_nothing(autoapi: Command, tmp_path: Path, url: str) -> None:
    execute(url, *SHOP)

    shown, again = autoapi("fix"), autoapi("fix", "--json")

    [step] = json.loads(again.out)["steps"]
    assert (step["id"], step["kind"], step["risk"]) == (index_step(url), "index", "low")
    assert step["statements"][0] in shown.out
    assert json.loads(autoapi("fix", "--json").out) == json.loads(again.out)
    assert not (tmp_path / "migrations").exists()


def test_without_migrations_the_database_itself_records_what_was_done(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    execute(url, *SHOP)

    done = autoapi("fix", "--apply")

    assert done.out.endswith(f"done {index_step(url)}\n")
    assert autoapi("fix").out == "There is nothing to mend.\n"
    write_revision(tmp_path, "0001", None, "pass")
    [record] = json.loads(autoapi("migrate", "status", "--json").out)["record"]
    assert (record["revision"], record["direction"]) == (index_step(url), "fix")


def test_with_migrations_it_becomes_a_revision(autoapi: Command, tmp_path: Path, url: str) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")

    done = autoapi("fix", "--apply")

    assert "migrations/versions/0003_index_ix_orders_product_id.py\n" in done.out
    status = json.loads(autoapi("migrate", "status", "--json").out)
    assert (status["current"], status["pending"]) == (["0003"], [])
    assert autoapi("migrate", "check").status == 0
    assert autoapi("migrate", "down", "0002").status == 0
    assert "has no index" in autoapi("fix").out


def test_while_revisions_are_pending_the_database_is_left_alone(
    autoapi: Command, tmp_path: Path
) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")
    write_revision(tmp_path, "0003", "0002", "pass")

    [step] = json.loads(autoapi("fix", "--json").out)["steps"]
    refused = autoapi("fix", step["id"], "--apply")

    assert step["why_not"] == "Revisions are pending: 'autoapi migrate up' comes first"
    assert refused.status == 1
    assert f"Step '{step['id']}' cannot be done\nRevisions are pending" in refused.err


def test_changes_made_past_the_migrations_are_written_into_one(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")
    execute(url, "ALTER TABLE products ADD note text")

    steps = json.loads(autoapi("fix", "--json").out)["steps"]
    alone = autoapi("fix", steps[1]["id"], "--apply")
    done = autoapi("fix", "--apply")

    schema = "main" if url.startswith("sqlite") else "public"
    assert [step["kind"] for step in steps] == ["align", "index"]
    assert steps[0]["details"] == [f"+ column {schema}.products.note"]
    assert alone.err.endswith("cannot be done\n'align' must be chosen along\n")
    assert "0003_changes_made_past_the_migrations.py" in done.out
    assert json.loads(autoapi("migrate", "status", "--json").out)["current"] == ["0004"]
    assert autoapi("migrate", "check").status == 0


def test_what_would_drop_data_elsewhere_is_not_done(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    write_shop(tmp_path)
    write_revision(
        tmp_path,
        "0003",
        "0002",
        'op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))',
    )
    autoapi("migrate", "up")
    execute(url, "DROP TABLE notes")

    steps = json.loads(autoapi("fix", "--json").out)["steps"]
    done = autoapi("fix", "--apply")

    assert "It would drop data elsewhere (table " in steps[0]["why_not"]
    assert steps[1]["why_not"] == "The migrations must be brought in line first"
    assert "\ndone " not in done.out
    assert len(list((tmp_path / "migrations" / "versions").glob("0*.py"))) == 3


def test_a_plan_that_is_another_by_now_is_not_followed(tmp_path: Path, url: str) -> None:
    execute(url, *SHOP)
    settings = Settings(
        database_url=url,
        migrations=str(tmp_path / "migrations"),
        generated=str(tmp_path / "generated"),
    )
    seen = make_plan(settings)
    execute(url, "CREATE TABLE another (id integer PRIMARY KEY)")

    with pytest.raises(ApiError, match="The plan is another by now") as refused:
        apply_steps(settings, [index_step(url)], seen.fingerprint)
    with pytest.raises(ApiError) as misspelt:
        apply_steps(settings, [index_step(url)[:-1]])

    assert make_plan(settings).fingerprint in str(refused.value.details)
    assert misspelt.value.hint == f"Did you mean '{index_step(url)}'?"


def test_a_constraint_that_rows_break_leaves_everything_as_it_was(
    tmp_path: Path, postgres_url: str
) -> None:
    folder = tmp_path / "migrations"
    settings = Settings(
        database_url=postgres_url, migrations=str(folder), generated=str(tmp_path / "generated")
    )
    write_revision(
        tmp_path,
        "0001",
        None,
        'op.execute("CREATE TABLE one (id int PRIMARY KEY)")\n'
        'op.execute("CREATE TABLE many (o int REFERENCES one, n int)")\n'
        'op.execute("INSERT INTO many VALUES (NULL, -1)")\n'
        'op.execute("ALTER TABLE many ADD CONSTRAINT positive CHECK (n > 0) NOT VALID")',
    )

    migrate_up(settings)
    seen = make_plan(settings)

    assert [step.kind for step in seen.steps] == ["index", "validate"]
    with pytest.raises(ApiError, match="is violated by some row"):
        apply_steps(settings, [step.id for step in seen.steps], seen.fingerprint)
    assert (make_plan(settings), read_status(settings).current) == (seen, ("0001",))
    execute(postgres_url, "UPDATE many SET n = 1")
    done = apply_steps(settings, [step.id for step in seen.steps])
    assert {each.files for each in done} == {(f"{folder}/versions/0002_fixes.py",)}
    assert make_plan(settings).steps == ()


def test_on_a_large_table_an_index_is_built_beside_the_traffic(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "LARGE", -1)
    folder = tmp_path / "migrations"
    settings = Settings(
        database_url=postgres_url, migrations=str(folder), generated=str(tmp_path / "generated")
    )
    write_shop(tmp_path)
    migrate_up(settings)
    [step] = make_plan(settings).steps

    done = apply_steps(settings, [step.id])

    assert step.separate
    assert step.statements == (
        "CREATE INDEX CONCURRENTLY ix_orders_product_id ON public.orders (product_id)",
    )
    [file] = done[0].files
    text = Path(file).read_text()
    assert "with op.get_context().autocommit_block():" in text
    assert "DROP INDEX CONCURRENTLY IF EXISTS public.ix_orders_product_id" in text
    migrate_down(settings, "0002")
    migrate_up(settings)
    assert make_plan(settings).steps == ()


@pytest.mark.parametrize("has_migrations", [True, False])
def test_an_index_whose_building_breaks_off_leaves_nothing(
    has_migrations: bool, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "LARGE", -1)
    folder = tmp_path / "migrations"
    settings = Settings(
        database_url=postgres_url, migrations=str(folder), generated=str(tmp_path / "generated")
    )
    shop = ("CREATE TABLE one (t text PRIMARY KEY)", "CREATE TABLE many (t text REFERENCES one)")
    if has_migrations:
        write_revision(tmp_path, "0001", None, "\n".join(f'op.execute("{sql}")' for sql in shop))
        migrate_up(settings)
    else:
        execute(postgres_url, *shop)
    execute(
        postgres_url,  # a value that no index can hold, past the foreign key
        "SET session_replication_role = replica",
        "INSERT INTO many SELECT string_agg(md5(n::text), '') FROM generate_series(1, 999) AS n",
    )
    seen = make_plan(settings)

    with pytest.raises(ApiError, match="index row requires"):
        apply_steps(settings, [seen.steps[0].id], seen.fingerprint)

    assert make_plan(settings) == seen
    written = [path.name for path in folder.rglob("0*.py")]
    assert written == (["0001_revision.py"] if has_migrations else [])


def test_generated_files_that_are_stale_are_written_anew(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    execute(url, "CREATE TABLE makers (id integer PRIMARY KEY)")
    (tmp_path / "generated").mkdir()  # somebody else's folder of that name
    assert autoapi("fix").out == "There is nothing to mend.\n"
    autoapi("generate")
    execute(url, "ALTER TABLE makers ADD name text")

    [step] = json.loads(autoapi("fix", "--json").out)["steps"]
    done = autoapi("fix", "generate", "--apply")

    assert (step["id"], step["risk"]) == ("generate", "none")
    assert any("name" in line for line in step["details"])
    assert "generated/models.py" in done.out
    assert autoapi("generate", "--check").status == 0
