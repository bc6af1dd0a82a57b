"""``migrate new --autogenerate`` writes what there is, and says what it could not."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.commands import Command, command_in
from tests.migrate.conftest import write_shop
from tests.migrate.test_check import execute

SHOP = (
    "CREATE TABLE makers (id integer PRIMARY KEY, name varchar(40) NOT NULL UNIQUE,"
    " CONSTRAINT short CHECK (length(name) < 9))",
    'CREATE TABLE "my drugs" (id integer PRIMARY KEY, maker_id integer NOT NULL'
    " REFERENCES makers (id) ON DELETE CASCADE, \"odd :name\" text DEFAULT 'a:b %s')",
    'CREATE INDEX by_maker ON "my drugs" (maker_id)',
    "CREATE VIEW names AS SELECT name, ':x %' AS told FROM makers",
)
CHANGES = (
    "DROP VIEW names",
    'ALTER TABLE "my drugs" ADD note text',
    "CREATE TABLE sales (id integer PRIMARY KEY)",
    "CREATE VIEW names AS SELECT name FROM makers",
    "DROP INDEX by_maker",
)


def names(url: str) -> list[str]:
    """The makers that are there."""
    engine = sa.create_engine(
        url.replace("postgresql://", "postgresql+psycopg2://"), poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        return list(connection.scalars(sa.text("SELECT name FROM makers")))


def test_a_database_without_migrations_gets_its_first_one(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    execute(url, *SHOP)

    written = autoapi("migrate", "new", "what there is", "--autogenerate")
    stamped = autoapi("migrate", "stamp")
    checked = autoapi("migrate", "check")

    assert written.out == (
        "migrations/versions/0001_what_there_is.py\n"
        "The database of DATABASE_URL is so already: mark it with 'autoapi migrate stamp 0001'.\n"
    )
    assert [each.status for each in (written, stamped, checked)] == [0, 0, 0]


def test_changes_are_written_and_can_be_taken_back_and_applied(
    autoapi: Command, tmp_path: Path, url: str
) -> None:
    execute(url, *SHOP)
    autoapi("migrate", "new", "first", "--autogenerate")
    autoapi("migrate", "stamp")
    execute(url, "INSERT INTO makers VALUES (1, 'Cipla')", *CHANGES)

    written = autoapi("migrate", "new", "second", "--autogenerate")
    assert (written.status, autoapi("migrate", "stamp").status) == (0, 0)
    down = autoapi("migrate", "down", "0001")
    assert "pending 0002  second.\n" in autoapi("migrate", "check").out
    up = autoapi("migrate", "up")

    assert (down.out, up.out) == (
        "The database is at 0001.\n",
        "applied 0002  second.\nThe database is at 0002.\n",
    )
    assert autoapi("migrate", "check").status == 0
    assert names(url) == ["Cipla"]


def test_what_would_drop_data_is_told(autoapi: Command, tmp_path: Path, url: str) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")
    execute(url, "DROP TABLE orders")

    written = autoapi("migrate", "new", "gone", "--autogenerate")

    prefix = "" if url.startswith("sqlite") else "public."
    assert written.out.splitlines()[1] == f"drops table {prefix}orders"
    assert autoapi("migrate", "stamp").status == 0


def test_where_nothing_differs_nothing_is_written(autoapi: Command, tmp_path: Path) -> None:
    write_shop(tmp_path)
    autoapi("migrate", "up")

    refused = autoapi("migrate", "new", "nothing", "--autogenerate")

    assert refused.err == "autoapi: The migrations make just what there is\n"
    assert len(list((tmp_path / "migrations" / "versions").glob("0*.py"))) == 2


def test_another_database_can_be_what_it_should_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    live, wanted = (f"sqlite:///{tmp_path}/{name}.db" for name in ("live", "wanted"))
    autoapi = command_in(tmp_path, {"DATABASE_URL": live}, monkeypatch, capsys)
    write_shop(tmp_path)
    autoapi("migrate", "up")
    execute(
        wanted,
        "CREATE TABLE products (id INTEGER NOT NULL, name TEXT NOT NULL, price INTEGER,"
        " CONSTRAINT pk_products PRIMARY KEY (id))",
        "CREATE TABLE orders (id INTEGER NOT NULL, product_id INTEGER NOT NULL,"
        " CONSTRAINT pk_orders PRIMARY KEY (id), CONSTRAINT fk_orders_product_id_products"
        " FOREIGN KEY(product_id) REFERENCES products (id))",
    )

    written = autoapi("migrate", "new", "a price", "--like", wanted)
    execute(live, "INSERT INTO products VALUES (1, 'Dolo')", "INSERT INTO orders VALUES (7, 1)")

    assert (written.status, written.out) == (0, "migrations/versions/0003_a_price.py\n")
    assert autoapi("migrate", "up").last == "The database is at 0003."
    assert autoapi("migrate", "check").status == 0
    execute(live, "UPDATE products SET price = 3 WHERE id = (SELECT product_id FROM orders)")


def test_a_database_of_another_kind_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    variables = {"DATABASE_URL": f"sqlite:///{tmp_path}/app.db"}
    autoapi = command_in(tmp_path, variables, monkeypatch, capsys)

    other = autoapi("migrate", "new", "x", "--like", "postgresql://me:secret@nowhere/shop")
    unknown = autoapi("migrate", "new", "x", "--like", "mysql://me:secret@nowhere/shop")

    assert (other.status, unknown.status) == (1, 2)
    assert "The other database is of postgresql" in other.err
    assert "secret" not in other.err + unknown.err
    assert not (tmp_path / "migrations").exists()


def test_what_cannot_be_written_is_told_and_kept_for_the_hand(
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    autoapi = command_in(tmp_path, {"DATABASE_URL": postgres_url}, monkeypatch, capsys)
    execute(
        postgres_url,
        "CREATE AGGREGATE total_length (text) (SFUNC = textcat, STYPE = text, INITCOND = '')",
        "CREATE TABLE t (id int PRIMARY KEY)",
    )

    written = autoapi("migrate", "new", "first", "--autogenerate")

    assert written.status == 1
    assert "not written: + function public.total_length(text)\n" in written.out
    assert (tmp_path / "migrations" / "versions" / "0001_first.py").exists()
