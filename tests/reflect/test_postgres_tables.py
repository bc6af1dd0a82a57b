"""What reflection says of PostgreSQL's tables, columns and keys."""

from __future__ import annotations

from contextlib import closing

import psycopg2

from autoapi.catalogue import (
    Catalogue,
    Check,
    Column,
    DataType,
    ForeignKey,
    Index,
    Table,
    UniqueKey,
)
from autoapi.reflect import reflect_postgres
from tests.reflect.databases import BIGINT, INTEGER, TEXT, columns_of, reflect_after, table_of


def test_an_empty_database_has_an_empty_catalogue(postgres_url: str) -> None:
    catalogue = reflect_after(postgres_url, "SELECT 1")

    assert catalogue == Catalogue(
        "postgresql",
        catalogue.version,
        ("public",),
        (),
        roles=catalogue.roles,
        role_settings=catalogue.role_settings,
    )


def test_the_version_is_the_number_alone(postgres_url: str) -> None:
    version = reflect_after(postgres_url, "SELECT 1").version

    assert all(part.isdecimal() for part in version.split("."))


def test_a_schema_that_does_not_exist_is_empty(postgres_url: str) -> None:
    catalogue = reflect_after(postgres_url, "CREATE TABLE t ()", ("no such schema",))

    assert catalogue.tables == ()


def test_system_schemas_are_never_read(postgres_url: str) -> None:
    schemas = ("pg_catalog", "information_schema")
    catalogue = reflect_after(postgres_url, "SELECT 1", schemas)

    assert (catalogue.tables, catalogue.routines) == ((), ())


def test_a_table_is_read_whole(postgres_url: str) -> None:
    catalogue = reflect_after(
        postgres_url,
        """
        CREATE TABLE items (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            code varchar(40) NOT NULL UNIQUE,
            price numeric(14, 2) DEFAULT 0 CHECK (price >= 0),
            twice numeric GENERATED ALWAYS AS (price * 2) STORED
        );
        CREATE INDEX by_price ON items (price DESC, (id + 1));
        COMMENT ON TABLE items IS 'What is sold';
        COMMENT ON COLUMN items.code IS 'Printed';
        """,
    )

    assert catalogue.tables == (
        Table(
            schema="public",
            name="items",
            kind="table",
            columns=(
                Column("id", BIGINT, nullable=False, identity="always"),
                Column(
                    "code",
                    DataType("character varying(40)", "character varying", "text"),
                    nullable=False,
                    max_length=40,
                    comment="Printed",
                ),
                Column("price", DataType("numeric(14,2)", "numeric", "number"), default="0"),
                Column("twice", DataType("numeric", "numeric", "number"), generated=True),
            ),
            primary_key=("id",),
            unique_keys=(UniqueKey("items_code_key", ("code",)),),
            checks=(Check("items_price_check", "price >= 0::numeric"),),
            indexes=(
                Index(
                    "by_price",
                    ("price",),
                    False,
                    "CREATE INDEX by_price ON public.items USING btree (price DESC, ((id + 1)))",
                ),
                Index(
                    "items_code_key",
                    ("code",),
                    True,
                    "CREATE UNIQUE INDEX items_code_key ON public.items USING btree (code)",
                ),
                Index(
                    "items_pkey",
                    ("id",),
                    True,
                    "CREATE UNIQUE INDEX items_pkey ON public.items USING btree (id)",
                ),
            ),
            comment="What is sold",
            calls_functions=True,
            versioned=True,
        ),
    )


def test_rows_have_versions_in_plain_tables_that_are_granted_as_a_whole(
    postgres_url: str,
) -> None:
    catalogue = reflect_after(
        postgres_url,
        "CREATE TABLE plain (n int); CREATE TABLE granted (n int);"
        "GRANT SELECT (n) ON granted TO public; CREATE VIEW seen AS SELECT n FROM plain;"
        "CREATE TABLE parts (n int) PARTITION BY LIST (n);"
        "CREATE TABLE parent (n int); CREATE TABLE child () INHERITS (parent)",
    )

    assert {each.name: each.versioned for each in catalogue.tables} == {
        "child": True,
        "granted": False,
        "parent": False,
        "parts": False,
        "plain": True,
        "seen": False,
    }


def test_a_table_may_lack_a_key_and_even_columns(postgres_url: str) -> None:
    catalogue = reflect_after(postgres_url, "CREATE TABLE bare (); CREATE TABLE log (line text)")

    assert catalogue.tables == (
        Table("public", "bare", "table", (), calls_functions=True, versioned=True),
        Table(
            "public",
            "log",
            "table",
            (Column("line", TEXT),),
            calls_functions=True,
            versioned=True,
        ),
    )


def test_a_dropped_column_leaves_no_trace(postgres_url: str) -> None:
    catalogue = reflect_after(
        postgres_url,
        """
        CREATE TABLE t (gone integer, a integer, b integer, PRIMARY KEY (b, a));
        ALTER TABLE t DROP COLUMN gone;
        """,
    )

    table = table_of(catalogue, "t")
    assert [column.name for column in table.columns] == ["a", "b"]
    assert table.primary_key == ("b", "a")


def test_identity_and_serial_columns_are_told_apart(postgres_url: str) -> None:
    columns = columns_of(
        reflect_after(
            postgres_url,
            """
            CREATE TABLE t (
                a integer GENERATED ALWAYS AS IDENTITY,
                b integer GENERATED BY DEFAULT AS IDENTITY,
                c serial
            )
            """,
        ),
        "t",
    )

    assert columns == {
        "a": Column("a", INTEGER, nullable=False, identity="always"),
        "b": Column("b", INTEGER, nullable=False, identity="by default"),
        "c": Column("c", INTEGER, nullable=False, default="nextval('public.t_c_seq'::regclass)"),
    }


def test_only_what_names_one_row_is_a_unique_key(postgres_url: str) -> None:
    catalogue = reflect_after(
        postgres_url,
        """
        CREATE TABLE t (a integer, b text, c integer, UNIQUE (b, a) INCLUDE (c));
        CREATE UNIQUE INDEX by_index ON t (c DESC);
        CREATE UNIQUE INDEX with_condition ON t (a) WHERE b IS NULL;
        CREATE UNIQUE INDEX of_expression ON t (a, lower(b));
        """,
    )

    table = table_of(catalogue, "t")
    assert table.unique_keys == (
        UniqueKey("by_index", ("c",), is_constraint=False),
        UniqueKey("t_b_a_c_key", ("b", "a")),
    )
    assert [(index.name, index.columns) for index in table.indexes] == [
        ("by_index", ("c",)),
        ("of_expression", ("a",)),
        ("t_b_a_c_key", ("b", "a")),
        ("with_condition", ("a",)),
    ]


def test_foreign_keys_keep_the_order_of_their_columns(postgres_url: str) -> None:
    catalogue = reflect_after(
        postgres_url,
        """
        CREATE TABLE parents (x integer, y integer, parent_x integer, parent_y integer,
            PRIMARY KEY (x, y),
            CONSTRAINT "own kind" FOREIGN KEY (parent_y, parent_x) REFERENCES parents (y, x));
        CREATE TABLE children (y integer, x integer, z integer,
            FOREIGN KEY (x, y) REFERENCES parents,
            FOREIGN KEY (z, y) REFERENCES parents);
        """,
    )

    parents, children = ("public", "parents"), ("public", "children")
    assert catalogue.foreign_keys == (
        ForeignKey("children_x_y_fkey", children, ("x", "y"), parents, ("x", "y")),
        ForeignKey("children_z_y_fkey", children, ("z", "y"), parents, ("x", "y")),
        ForeignKey("own kind", parents, ("parent_y", "parent_x"), parents, ("y", "x")),
    )


def two_schemas(url: str, schemas: tuple[str, ...]) -> Catalogue:
    return reflect_after(
        url,
        """
        CREATE SCHEMA one; CREATE SCHEMA two;
        CREATE TABLE one.t (id integer PRIMARY KEY);
        CREATE TABLE two.t (id integer PRIMARY KEY REFERENCES one.t);
        """,
        schemas,
    )


def test_a_foreign_key_may_lead_to_another_exposed_schema(postgres_url: str) -> None:
    catalogue = two_schemas(postgres_url, ("two", "one"))

    assert catalogue.schemas == ("two", "one")
    assert [table.key for table in catalogue.tables] == [("one", "t"), ("two", "t")]
    assert catalogue.foreign_keys == (
        ForeignKey("t_id_fkey", ("two", "t"), ("id",), ("one", "t"), ("id",)),
    )


def test_a_foreign_key_to_a_hidden_schema_is_left_out(postgres_url: str) -> None:
    catalogue = two_schemas(postgres_url, ("two",))

    assert [table.key for table in catalogue.tables] == [("two", "t")]
    assert catalogue.foreign_keys == ()


def test_partitions_are_reached_through_their_parent_only(postgres_url: str) -> None:
    catalogue = reflect_after(
        postgres_url,
        """
        CREATE TABLE places (id integer PRIMARY KEY);
        CREATE TABLE readings (id integer PRIMARY KEY, place integer REFERENCES places)
            PARTITION BY LIST (id);
        CREATE TABLE readings_one PARTITION OF readings FOR VALUES IN (1);
        CREATE TABLE readings_rest PARTITION OF readings DEFAULT PARTITION BY LIST (id);
        CREATE TABLE notes (id integer REFERENCES readings);
        """,
    )

    kinds = {table.name: (table.kind, table.primary_key) for table in catalogue.tables}
    assert kinds == {
        "notes": ("table", ()),
        "places": ("table", ("id",)),
        "readings": ("partitioned table", ("id",)),
    }
    assert [key.name for key in catalogue.foreign_keys] == ["notes_id_fkey", "readings_place_fkey"]


def test_a_foreign_table_without_a_handler_is_listed_as_read_only(postgres_url: str) -> None:
    catalogue = reflect_after(
        postgres_url,
        """
        CREATE FOREIGN DATA WRAPPER nothing;
        CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
        CREATE FOREIGN TABLE abroad (id integer NOT NULL) SERVER nowhere;
        """,
    )

    assert catalogue.tables == (
        Table(
            "public",
            "abroad",
            "foreign table",
            (Column("id", INTEGER, nullable=False),),
            insertable=False,
            updatable=False,
            deletable=False,
            calls_functions=True,
        ),
    )


def test_a_table_that_the_login_may_not_read_is_an_ordinary_one(postgres_url: str) -> None:
    sql = """
        DO $$ BEGIN CREATE ROLE reflect_powerless;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        CREATE TABLE secrets (id integer PRIMARY KEY, word text DEFAULT 'x' CHECK (word <> ''));
        CREATE VIEW secret_words AS SELECT word FROM secrets;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
    """
    seen_by_owner = reflect_after(postgres_url, sql)
    with closing(psycopg2.connect(postgres_url)) as connection:
        connection.cursor().execute("SET ROLE reflect_powerless")
        seen_by_login = reflect_postgres(connection)

    assert seen_by_login.tables == seen_by_owner.tables
    assert len(seen_by_login.tables) == 2
    assert seen_by_login.roles == seen_by_owner.roles


def test_roles_are_listed_whether_the_login_may_assume_them_or_not(postgres_url: str) -> None:
    roles = reflect_after(postgres_url, "SELECT 1").roles

    assert {"postgres", "pg_read_all_data"} <= set(roles)
    assert list(roles) == sorted(roles)


def test_reading_twice_gives_the_same_catalogue(postgres_url: str) -> None:
    sql = "CREATE TABLE b (id integer PRIMARY KEY); CREATE TABLE a (b integer REFERENCES b)"

    assert reflect_after(postgres_url, sql) == reflect_after(postgres_url, "SELECT 1")
