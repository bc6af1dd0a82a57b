"""Each kind of change that somebody can make to a database is told, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from autoapi.inspection import Thing
from autoapi.reflect import inspect_database
from autoapi.reflect.inspection_postgres import inspect_postgres
from autoapi.schema_tools.compare import compare
from tests.conftest import database_url, run_sql

POSTGRES = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN price AS numeric(8, 2) CHECK (VALUE >= 0);
CREATE TABLE customers (id integer PRIMARY KEY, name text, mood mood DEFAULT 'ok');
CREATE TABLE orders (
    id integer PRIMARY KEY,
    customer_id integer CONSTRAINT of_customer REFERENCES customers,
    qty integer NOT NULL DEFAULT 1 CONSTRAINT positive CHECK (qty > 0),
    code varchar(8) CONSTRAINT one_code UNIQUE,
    price price,
    at timestamptz
);
ALTER TABLE orders ADD CONSTRAINT later CHECK (qty < 100) NOT VALID;
CREATE INDEX orders_at ON orders (at);
CREATE VIEW open_orders AS SELECT id FROM orders;
CREATE SEQUENCE numbers;
CREATE FUNCTION add(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b';
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER guard BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION keep();
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON orders USING (id > 1);
GRANT SELECT, INSERT ON orders TO pg_monitor;
"""

SQLITE = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER CONSTRAINT of_customer REFERENCES customers,
    qty INTEGER NOT NULL DEFAULT 1 CONSTRAINT positive CHECK (qty > 0),
    code VARCHAR(8) CONSTRAINT one_code UNIQUE
);
CREATE INDEX orders_qty ON orders (qty);
CREATE VIEW open_orders AS SELECT id FROM orders;
CREATE TRIGGER guard BEFORE DELETE ON orders BEGIN SELECT 1; END;
"""

Told = set[tuple[str, str, str]]


def told(before: Thing, after: Thing) -> Told:
    """What changed: kind, name, and the property or what became of it."""
    return {
        (entry.kind, entry.path[-1] if entry.path else "", what)
        for entry in compare(before, after)
        for what in ([each.name for each in entry.properties] or [entry.change])
    }


@pytest.fixture(scope="module")
def connection(postgres_server_url: str) -> Iterator[Any]:
    """A connection to a database of the above; what a test does there is undone."""
    run_sql(postgres_server_url, "CREATE DATABASE compare_live")
    url = database_url(postgres_server_url, "compare_live")
    run_sql(url, POSTGRES)
    with closing(psycopg2.connect(url)) as opened:
        yield opened
    run_sql(postgres_server_url, "DROP DATABASE compare_live WITH (FORCE)")


@pytest.fixture(scope="module")
def before(connection: Any) -> Thing:
    found = inspect_postgres(connection)
    connection.rollback()
    return found


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("ALTER TABLE orders ADD note text", ("column", "note", "added")),
        ("ALTER TABLE orders DROP at", ("column", "at", "removed")),
        ("ALTER TABLE orders RENAME at TO placed_at", ("column", "placed_at", "renamed")),
        ("ALTER TABLE orders ALTER qty TYPE bigint", ("column", "qty", "type")),
        ("ALTER TABLE orders ALTER qty SET DEFAULT 2", ("column", "qty", "default")),
        ("ALTER TABLE orders ALTER qty DROP NOT NULL", ("column", "qty", "nullable")),
        ("COMMENT ON COLUMN orders.qty IS 'how many'", ("column", "qty", "comment")),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id, qty)",
            ("primary key", "orders_pkey", "columns"),
        ),
        ("ALTER TABLE orders DROP CONSTRAINT one_code", ("unique", "one_code", "removed")),
        (
            "ALTER TABLE orders DROP CONSTRAINT of_customer, ADD CONSTRAINT of_customer"
            " FOREIGN KEY (customer_id) REFERENCES customers ON DELETE CASCADE",
            ("foreign key", "of_customer", "on_delete"),
        ),
        (
            "ALTER TABLE orders DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (qty > 1)",
            ("check", "positive", "expression"),
        ),
        ("ALTER TABLE orders VALIDATE CONSTRAINT later", ("check", "later", "validated")),
        ("ALTER DOMAIN price SET NOT NULL", ("domain", "price", "nullable")),
        ("ALTER DOMAIN price DROP CONSTRAINT price_check", ("check", "price_check", "removed")),
        ("ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'", ("enum", "mood", "labels")),
        ("CREATE INDEX orders_code ON orders (lower(code))", ("index", "orders_code", "added")),
        ("DROP INDEX orders_at", ("index", "orders_at", "removed")),
        (
            "CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders WHERE qty > 1",
            ("table", "open_orders", "definition"),
        ),
        (
            "ALTER VIEW open_orders SET (security_invoker = true)",
            ("table", "open_orders", "options"),
        ),
        ("CREATE TABLE fresh ()", ("table", "fresh", "added")),
        ("DROP TABLE customers CASCADE", ("table", "customers", "removed")),
        (
            "CREATE OR REPLACE FUNCTION add(a integer, b integer) RETURNS integer"
            " LANGUAGE sql AS 'SELECT a - b'",
            ("function", "add(integer, integer)", "definition"),
        ),
        ("ALTER FUNCTION add STABLE", ("function", "add(integer, integer)", "volatility")),
        ("ALTER FUNCTION add SECURITY DEFINER", ("function", "add(integer, integer)", "security")),
        ("REVOKE EXECUTE ON FUNCTION add FROM PUBLIC", ("grant", "PUBLIC", "removed")),
        ("ALTER POLICY own ON orders USING (true)", ("policy", "own", "using")),
        ("ALTER TABLE orders DISABLE ROW LEVEL SECURITY", ("table", "orders", "row_security")),
        ("ALTER TABLE orders DISABLE TRIGGER guard", ("trigger", "guard", "enabled")),
        ("REVOKE INSERT ON orders FROM pg_monitor", ("grant", "pg_monitor", "privileges")),
        ("GRANT UPDATE (qty) ON orders TO PUBLIC", ("grant", "PUBLIC", "added")),
        ("GRANT CREATE ON SCHEMA public TO pg_monitor", ("grant", "pg_monitor", "added")),
        ("ALTER TABLE orders OWNER TO pg_monitor", ("table", "orders", "owner")),
        ("ALTER SEQUENCE numbers MAXVALUE 10", ("sequence", "numbers", "maximum")),
    ],
)
def test_a_change_of_postgresql_is_told(
    connection: Any, before: Thing, statement: str, wanted: tuple[str, str, str]
) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        after = inspect_postgres(connection)
    finally:
        connection.rollback()

    assert wanted in told(before, after)


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        ("ALTER TABLE orders ADD note TEXT", ("column", "note", "added")),
        ("ALTER TABLE orders RENAME qty TO quantity", ("column", "quantity", "renamed")),
        (SQLITE.replace("DEFAULT 1", "DEFAULT 2"), ("column", "qty", "default")),
        (SQLITE.replace("qty INTEGER", "qty NUMERIC"), ("column", "qty", "type")),
        (SQLITE.replace("NOT NULL", ""), ("column", "qty", "nullable")),
        (SQLITE.replace("qty > 0", "qty > 1"), ("check", "positive", "expression")),
        (
            SQLITE.replace("REFERENCES customers", "REFERENCES customers ON DELETE CASCADE"),
            ("foreign key", "of_customer", "on_delete"),
        ),
        (SQLITE.replace("CONSTRAINT one_code UNIQUE", ""), ("unique", "one_code", "removed")),
        (SQLITE.replace("orders (qty)", "orders (qty, code)"), ("index", "orders_qty", "columns")),
        (SQLITE.replace("SELECT id", "SELECT id + 1"), ("table", "open_orders", "definition")),
        (SQLITE.replace("SELECT 1;", "SELECT 2;"), ("trigger", "guard", "definition")),
        ("DROP TABLE customers", ("table", "customers", "removed")),
    ],
)
def test_a_change_of_sqlite_is_told(
    tmp_path: Path, statements: str, wanted: tuple[str, str, str]
) -> None:
    anew = statements.startswith("\n")
    trees = []
    for name, sql in (("old", SQLITE), ("new", statements if anew else SQLITE + statements)):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            connection.executescript(sql)
        trees.append(inspect_database(f"sqlite:///{tmp_path}/{name}"))

    assert wanted in told(*trees)
