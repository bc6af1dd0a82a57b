"""The tree of a database: everything in it is told, in the same way each time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.errors import InternalError_

from autoapi.inspection import KINDS, Thing, decode_thing, differences, encode_thing
from autoapi.reflect import connections, inspect_database
from autoapi.reflect.inspection_postgres import inspect_postgres
from tests.conftest import database_url, run_sql
from tests.reflect.databases import NASTY, run_postgres

SCHEMAS = ("public", "Odd Schema", "private", "missing", "pg_catalog")

LEGIBLE = """
CREATE TABLE customers (id integer PRIMARY KEY, name text COLLATE "C", born date);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY,
    customer_id integer CONSTRAINT owned_by REFERENCES customers ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED,
    qty integer NOT NULL DEFAULT 1,
    price numeric(14, 2),
    total numeric GENERATED ALWAYS AS (qty * price) STORED,
    PRIMARY KEY (id),
    UNIQUE (customer_id, qty)
);
ALTER TABLE orders ADD CONSTRAINT any_at_all CHECK (qty > 0) NOT VALID;
CREATE INDEX big_orders ON orders (lower(price::text), customer_id) WHERE qty > 100;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders FOR SELECT TO PUBLIC USING (customer_id = 1);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = '' AS 'BEGIN RETURN NULL; END';
REVOKE ALL ON FUNCTION refuse() FROM PUBLIC;
CREATE TRIGGER no_change BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
ALTER TABLE orders DISABLE TRIGGER no_change;
GRANT SELECT, INSERT ON orders TO nasty_reader WITH GRANT OPTION;
GRANT UPDATE (qty) ON orders TO nasty_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO nasty_reader;
"""


def schema_of(tree: Thing, name: str = "public") -> Thing:
    found = tree.part("schema", name)
    assert found is not None
    return found


def table_of(tree: Thing, name: str, schema: str = "public") -> Thing:
    found = schema_of(tree, schema).part("table", name)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def nasty_url(postgres_server_url: str) -> Iterator[str]:
    run_sql(postgres_server_url, "CREATE DATABASE inspect_nasty")
    url = database_url(postgres_server_url, "inspect_nasty")
    run_postgres(url, (NASTY / "postgres.sql").read_text())
    yield url
    run_sql(postgres_server_url, "DROP DATABASE inspect_nasty WITH (FORCE)")


@pytest.fixture(scope="module")
def nasty(nasty_url: str) -> Thing:
    return inspect_database(nasty_url, SCHEMAS)


@pytest.fixture(scope="module")
def nasty_file(tmp_path_factory: pytest.TempPathFactory) -> Thing:
    path = tmp_path_factory.mktemp("inspect") / "nasty.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((NASTY / "sqlite.sql").read_text())
    return inspect_database(f"sqlite:///{path}")


def test_a_postgresql_table_is_told_whole(nasty_url: str, postgres_url: str) -> None:
    run_postgres(postgres_url, LEGIBLE)
    tree = inspect_database(postgres_url)
    orders = table_of(tree, "orders")
    assert orders.properties == (("kind", "table"), ("row_security", "forced"))
    reader = Thing.of("grant", "nasty_reader", privileges=("UPDATE",))
    assert orders.parts == (
        Thing.of("column", "id", type="bigint", nullable=False, identity="always"),
        Thing.of("column", "customer_id", type="integer", nullable=True),
        Thing.of("column", "qty", (reader,), type="integer", nullable=False, default="1"),
        Thing.of("column", "price", type="numeric(14,2)", nullable=True),
        Thing.of(
            "column",
            "total",
            type="numeric",
            nullable=True,
            generated="(qty::numeric * price) STORED",
        ),
        Thing.of("primary key", "orders_pkey", columns=("id",)),
        Thing.of("unique", "orders_customer_id_qty_key", columns=("customer_id", "qty")),
        Thing.of(
            "foreign key",
            "owned_by",
            columns=("customer_id",),
            referred_table="public.customers",
            referred_columns=("id",),
            on_update="NO ACTION",
            on_delete="CASCADE",
            deferrable="initially deferred",
            validated=True,
        ),
        Thing.of("check", "any_at_all", expression="qty > 0", validated=False),
        Thing.of(
            "index",
            "big_orders",
            method="btree",
            columns=("lower(price::text)", "customer_id"),
            unique=False,
            where="qty > 100",
            valid=True,
            definition="CREATE INDEX big_orders ON public.orders USING btree"
            " (lower((price)::text), customer_id) WHERE (qty > 100)",
        ),
        Thing.of(
            "policy",
            "own",
            command="SELECT",
            permissive=True,
            roles=("PUBLIC",),
            using="customer_id = 1",
        ),
        Thing.of(
            "trigger",
            "no_change",
            definition="CREATE TRIGGER no_change BEFORE UPDATE ON public.orders"
            " FOR EACH ROW EXECUTE FUNCTION public.refuse()",
            enabled="disabled",
        ),
        Thing.of(
            "grant",
            "nasty_reader",
            privileges=("INSERT WITH GRANT OPTION", "SELECT WITH GRANT OPTION"),
        ),
    )


def test_functions_sequences_and_privileges_to_come_are_told(
    nasty_url: str, postgres_url: str
) -> None:
    run_postgres(postgres_url, LEGIBLE)
    public = schema_of(inspect_database(postgres_url))
    function = public.part("function", "refuse()")
    assert function is not None
    assert function.parts == ()  # PUBLIC would stand here, had it not been revoked
    assert [function.get(name) for name in ("kind", "returns", "security", "settings")] == [
        "function",
        "trigger",
        "definer",
        ('search_path=""',),
    ]
    sequence = public.part("sequence", "orders_id_seq")
    assert sequence is not None
    assert [sequence.get(name) for name in ("type", "maximum", "owned_by")] == [
        "bigint",
        9223372036854775807,
        "public.orders.id",
    ]
    reader = Thing.of("grant", "nasty_reader", privileges=("SELECT",))
    assert public.part("default privilege", "tables") == Thing.of(
        "default privilege", "tables", (reader,)
    )


def test_everything_in_the_nasty_database_is_told_by_kind(nasty: Thing) -> None:
    assert [schema.name for schema in nasty.each("schema")] == ["Odd Schema", "private", "public"]
    public = schema_of(nasty)
    counts = {kind: len(list(public.each(kind))) for kind in KINDS}
    assert {kind: count for kind, count in counts.items() if count} == {
        "enum": 1,
        "domain": 7,
        "composite": 1,
        "range": 1,
        "sequence": 3,
        "table": 51,
        "function": 30,
        "grant": 2,
    }
    home = public.part("domain", "positive")
    assert home == Thing.of(
        "domain",
        "positive",
        (Thing.of("check", "positive_check", expression="VALUE > 0", validated=True),),
        type="integer",
        nullable=True,
        default="1",
    )
    assert public.part("range", "float_span") == Thing.of(
        "range", "float_span", subtype="double precision", multirange="float_spans"
    )
    rules = list(table_of(nasty, "people_and_courses").each("rule"))
    assert [rule.name for rule in rules] == ["delete_instead"]
    passports = table_of(nasty, "passports").part("column", "number")
    assert passports is not None
    assert [part.name for part in passports.each("grant")] == ["nasty_reader"]


def test_what_a_partition_has_from_its_parent_is_not_told_again(nasty: Thing) -> None:
    partition = table_of(nasty, "measurements_2024_one")
    assert [(part.kind, part.name) for part in partition.parts] == [("grant", "nasty_reader")]
    assert partition.get("partition_of") == "public.measurements_2024"
    assert partition.get("bound") == "FOR VALUES IN (1)"
    parent = table_of(nasty, "measurements")
    assert parent.get("partition_by") == "RANGE (taken_at)"
    kinds = [part.kind for part in parent.parts if part.kind != "column"]
    assert kinds == ["primary key", "foreign key", "check", "grant"]
    keys = [key.name for key in table_of(nasty, "calibrations").each("foreign key")]
    assert keys == ["calibrations_sensor_id_taken_at_fkey"]


def test_a_column_that_a_partition_has_otherwise_is_told(postgres_url: str) -> None:
    run_postgres(
        postgres_url,
        """
        CREATE TABLE logs (id integer, kind text, seen date DEFAULT now()) PARTITION BY LIST (kind);
        CREATE TABLE logs_a PARTITION OF logs FOR VALUES IN ('a');
        ALTER TABLE logs_a ALTER seen SET DEFAULT '2020-01-01', ADD CHECK (id > 0);
        CREATE INDEX ON logs (id);
        CREATE INDEX only_here ON logs_a (seen);
        """,
    )
    partition = table_of(inspect_database(postgres_url), "logs_a")
    told = [(part.kind, part.name) for part in partition.parts]
    assert told == [("column", "seen"), ("check", "logs_a_id_check"), ("index", "only_here")]


def test_the_same_schema_gives_the_same_bytes_in_another_database(
    nasty: Thing, postgres_url: str
) -> None:
    run_postgres(postgres_url, "CREATE TABLE early (id integer); DROP TABLE early;")
    run_postgres(postgres_url, (NASTY / "postgres.sql").read_text())
    again = inspect_database(postgres_url, tuple(reversed(SCHEMAS)))
    assert list(differences(nasty, again)) == []
    assert encode_thing(nasty) == encode_thing(again)
    assert decode_thing(encode_thing(nasty)) == nasty


def test_what_an_extension_made_is_left_out(postgres_url: str) -> None:
    run_postgres(postgres_url, "CREATE TABLE own (id integer); CREATE EXTENSION pg_trgm")
    tree = inspect_database(postgres_url)
    assert [each.name for each in tree.each("extension")] == ["pg_trgm", "plpgsql"]
    kinds = {(part.kind, part.name) for part in schema_of(tree).parts}
    assert kinds == {("table", "own"), ("grant", "PUBLIC")}


def test_reading_leaves_no_settings_behind(postgres_url: str) -> None:
    with closing(psycopg2.connect(postgres_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SET search_path = public, pg_temp")
        inspect_postgres(connection)
        cursor.execute("SHOW search_path")
        assert cursor.fetchone() == ("public, pg_temp",)


def test_a_sqlite_table_is_told_whole(nasty_file: Thing) -> None:
    lines = table_of(nasty_file, "order_lines", "main")
    assert lines.properties == (("kind", "table"),)
    assert lines.parts == (
        Thing.of("column", "order_id", type="INTEGER", nullable=True),
        Thing.of("column", "line", type="INTEGER", nullable=True),
        Thing.of("column", "quantity", type="NUMERIC(8, 3)", nullable=False, default="1"),
        Thing.of("column", "price", type="NUMERIC(14, 2)", nullable=False),
        Thing.of(
            "column",
            "total",
            type="NUMERIC",
            nullable=True,
            generated="(quantity * price) STORED",
        ),
        Thing.of("column", "half", type="", nullable=True, generated="(quantity / 2.0) VIRTUAL"),
        Thing.of("primary key", "order_lines_pkey", columns=("order_id", "line")),
        Thing.of(
            "foreign key",
            "order_lines_order_id_fkey",
            columns=("order_id",),
            referred_table="main.order",
            referred_columns=("select",),
            on_update="NO ACTION",
            on_delete="CASCADE",
            validated=True,
        ),
    )


def test_sqlite_tells_what_its_pragmas_do_not(nasty_file: Thing, tmp_path: Path) -> None:
    every = table_of(nasty_file, "every_type", "main")
    named = {column.name: column for column in every.each("column")}
    assert named["a_nocase"].get("collation") == "NOCASE"
    assert named["id"].get("identity") == "autoincrement"
    checks = [check.name for check in table_of(nasty_file, "people", "main").each("check")]
    assert checks == ["no own manager", "people_check", "people_name_check"]
    assert table_of(nasty_file, "strict_table", "main").get("options") == ("STRICT",)
    assert table_of(nasty_file, "documents", "main").get("kind") == "virtual table"
    partial = table_of(nasty_file, "uniques", "main").part("index", "uniques_with_condition")
    assert partial is not None
    assert partial.get("where") == "b IS NULL"


def test_sqlite_tells_what_leads_nowhere(nasty_file: Thing) -> None:
    assert table_of(nasty_file, "broken", "main").parts == ()
    keys = table_of(nasty_file, "dangling", "main").each("foreign key")
    referred = [(key.get("referred_table"), key.get("referred_columns")) for key in keys]
    assert referred == [
        ("main.no_such_table", ()),
        ("main.people", ("no_such_column",)),
        ("main.keyless", ()),
    ]


def test_a_deferred_foreign_key_of_sqlite_is_told(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE a (id INTEGER PRIMARY KEY,"
            " b REFERENCES a DEFERRABLE INITIALLY DEFERRED,"
            " c REFERENCES a NOT DEFERRABLE INITIALLY DEFERRED,"
            " d REFERENCES a DEFERRABLE INITIALLY IMMEDIATE)"
        )
    keys = table_of(inspect_database(f"sqlite:///{path}"), "a", "main").each("foreign key")
    told = [(key.name, key.get("deferrable")) for key in keys]
    assert told == [
        ("a_b_fkey", "initially deferred"),
        ("a_c_fkey", None),
        ("a_d_fkey", None),
    ]


def test_a_login_without_rights_is_told_the_same(postgres_url: str, nasty: Thing) -> None:
    run_postgres(postgres_url, (NASTY / "postgres.sql").read_text())
    run_sql(postgres_url, "CREATE ROLE inspect_nobody LOGIN")
    try:
        url = postgres_url.replace("//postgres@", "//inspect_nobody@")
        assert list(differences(nasty, inspect_database(url, SCHEMAS))) == []
    finally:
        run_sql(postgres_url, "DROP ROLE inspect_nobody")


def test_what_is_dropped_while_it_is_read_is_read_again(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_sql(postgres_url, "CREATE TABLE stays (id integer)")
    attempts: list[int] = []

    def dropped_meanwhile(connection: object, schemas: Sequence[str]) -> Thing:
        attempts.append(1)
        if len(attempts) < 3:
            raise InternalError_("could not open relation with OID 17487")
        return inspect_postgres(connection, schemas)

    monkeypatch.setattr(connections, "inspect_postgres", dropped_meanwhile)
    tree = inspect_database(postgres_url)

    assert [table.name for table in schema_of(tree).each("table")] == ["stays"]
    assert len(attempts) == 3
