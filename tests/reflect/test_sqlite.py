"""What reflection says of SQLite's tables and views."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autoapi.catalogue import (
    Catalogue,
    Check,
    Column,
    ColumnSource,
    DataType,
    ForeignKey,
    Index,
    Table,
    TextIndex,
    UniqueKey,
)
from autoapi.reflect import reflect_sqlite
from tests.reflect.databases import columns_of, reflect_file, table_of

INTEGER = DataType("INTEGER", "INTEGER", "integer")
TEXT = DataType("TEXT", "TEXT", "text")
ROWID = Column("id", INTEGER, nullable=False, identity="by default")


def test_an_empty_database_has_an_empty_catalogue(tmp_path: Path) -> None:
    assert reflect_file(tmp_path, "") == Catalogue("sqlite", sqlite3.sqlite_version, ("main",), ())


def test_a_table_is_read_whole(tmp_path: Path) -> None:
    catalogue = reflect_file(
        tmp_path,
        """
        CREATE TABLE items (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            code VARCHAR(40) NOT NULL UNIQUE,
            price NUMERIC(14,2) DEFAULT 0 CHECK (price >= 0),
            twice NUMERIC AS (price * 2),
            state TEXT CHECK (state IN ('new', 'it''s old'))
        );
        CREATE INDEX by_price ON items (price DESC, lower(code));
        """,
    )

    state = DataType("TEXT", "TEXT", "enum", labels=("new", "it's old"))
    assert catalogue.tables == (
        Table(
            schema="main",
            name="items",
            kind="table",
            columns=(
                ROWID,
                Column("code", DataType("VARCHAR(40)", "TEXT", "text"), False, max_length=40),
                Column("price", DataType("NUMERIC(14,2)", "NUMERIC", "number"), default="0"),
                Column("twice", DataType("NUMERIC", "NUMERIC", "number"), generated=True),
                Column("state", state),
            ),
            primary_key=("id",),
            unique_keys=(UniqueKey("items_code_key", ("code",)),),
            checks=(
                Check("items_price_check", "price >= 0"),
                Check("items_state_check", "state IN ('new', 'it''s old')"),
            ),
            indexes=(
                Index(
                    "by_price",
                    ("price",),
                    False,
                    "CREATE INDEX by_price ON items (price DESC, lower(code))",
                ),
                Index("sqlite_autoindex_items_1", ("code",), True),
            ),
            versioned=True,
        ),
    )


@pytest.mark.parametrize(
    ("declared", "kind", "cast", "length"),
    [
        ("INT", "integer", "INTEGER", None),
        ("UNSIGNED BIG INT", "integer", "INTEGER", None),
        ("REAL", "number", "REAL", None),
        ("double precision", "number", "REAL", None),
        ("DECIMAL(10, 5)", "number", "NUMERIC", None),
        ("NUMERIC(14,2)", "number", "NUMERIC", None),
        ("varchar(40)", "text", "TEXT", 40),
        ("CHARACTER ( 3 )", "text", "TEXT", 3),
        ("TEXT", "text", "TEXT", None),
        ("BOOLEAN", "boolean", "INTEGER", None),
        ("DATE", "date", "TEXT", None),
        ("TIME", "time", "TEXT", None),
        ("DATETIME", "timestamp", "TEXT", None),
        ("TIMESTAMP", "timestamp", "TEXT", None),
        ("TIMESTAMP WITH TIME ZONE", "timestamptz", "TEXT", None),
        ("timestamptz", "timestamptz", "TEXT", None),
        ("UUID", "uuid", "TEXT", None),
        ("JSON", "json", "TEXT", None),
        ("BLOB", "bytes", "BLOB", None),
        ("VARBINARY(16)", "bytes", "BLOB", None),
        ("ANY", "other", "NUMERIC", None),
        ("", "other", "BLOB", None),
        ('"strange type"', "other", "NUMERIC", None),
    ],
)
def test_declared_types_have_the_kinds_their_names_say(
    tmp_path: Path, declared: str, kind: str, cast: str, length: int | None
) -> None:
    column = columns_of(reflect_file(tmp_path, f"CREATE TABLE t (c {declared})"), "t")["c"]

    assert column.type.name.lower() == declared.strip('"').lower()
    assert (column.type.kind, column.type.cast, column.max_length) == (kind, cast, length)


@pytest.mark.parametrize(
    ("sql", "identity"),
    [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY)", "by default"),
        ("CREATE TABLE t (id integer, PRIMARY KEY (id))", "by default"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT) STRICT", "by default"),
        ("CREATE TABLE t (id INT PRIMARY KEY)", None),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY DESC)", None),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID", None),
        ("CREATE TABLE t (id INTEGER, b INTEGER, PRIMARY KEY (id, b))", None),
    ],
)
def test_only_an_alias_of_the_rowid_is_filled_by_the_database(
    tmp_path: Path, sql: str, identity: str | None
) -> None:
    column = columns_of(reflect_file(tmp_path, sql), "t")["id"]

    assert (column.identity, column.nullable) == (identity, False)


@pytest.mark.parametrize(
    ("check", "labels"),
    [
        ("c IN ('a', 'b')", ("a", "b")),
        ("(\"C\" in ('a'))", ("a",)),
        ("c IS NULL OR (c IN ('a', 'b, c'))", ("a", "b, c")),
        ("c IN ('a', 'b') AND c <> 'b'", ()),
        ("c NOT IN ('a', 'b')", ()),
        ("c IN ('a', 2)", ()),
        ("c IN ('a') OR c IN ('b')", ()),
        ("lower(c) IN ('a', 'b')", ()),
    ],
)
def test_a_check_that_lists_values_makes_an_enum(
    tmp_path: Path, check: str, labels: tuple[str, ...]
) -> None:
    sql = f"CREATE TABLE t (c TEXT CHECK ({check}))"
    column = columns_of(reflect_file(tmp_path, sql), "t")["c"]

    assert column.type.labels == labels
    assert column.type.kind == ("enum" if labels else "text")


def test_foreign_keys_have_the_names_they_were_given_or_made_up_ones(tmp_path: Path) -> None:
    catalogue = reflect_file(
        tmp_path,
        """
        CREATE TABLE parents (x INTEGER, y INTEGER, PRIMARY KEY (x, y));
        CREATE TABLE children (
            id INTEGER PRIMARY KEY,
            a INTEGER CONSTRAINT "own kind" REFERENCES Children (ID),
            b INTEGER REFERENCES children,
            FOREIGN KEY (a, b) REFERENCES "parents" ON DELETE CASCADE,
            CONSTRAINT [by, name] FOREIGN KEY (B, A) REFERENCES parents (y, x)
        );
        """,
    )

    parents, children = ("main", "parents"), ("main", "children")
    assert catalogue.foreign_keys == (
        ForeignKey("by, name", children, ("b", "a"), parents, ("y", "x")),
        ForeignKey("children_a_b_fkey", children, ("a", "b"), parents, ("x", "y")),
        ForeignKey("children_b_fkey", children, ("b",), children, ("id",)),
        ForeignKey("own kind", children, ("a",), children, ("id",)),
    )


def test_a_foreign_key_that_leads_nowhere_is_left_out(tmp_path: Path) -> None:
    catalogue = reflect_file(
        tmp_path,
        """
        CREATE TABLE keyless (a INTEGER);
        CREATE TABLE t (
            a INTEGER REFERENCES missing, b INTEGER REFERENCES keyless,
            c INTEGER REFERENCES keyless (missing)
        );
        """,
    )

    assert catalogue.foreign_keys == ()


def test_only_what_names_one_row_is_a_unique_key(tmp_path: Path) -> None:
    table = table_of(
        reflect_file(
            tmp_path,
            """
            CREATE TABLE t (
                a INTEGER CONSTRAINT "unique a" UNIQUE, b VARCHAR(40) UNIQUE, c TEXT, d TEXT,
                CONSTRAINT pair UNIQUE (c, d COLLATE NOCASE) UNIQUE (d, c)
            );
            CREATE UNIQUE INDEX by_index ON t (d DESC);
            CREATE UNIQUE INDEX with_condition ON t (c) WHERE a IS NULL;
            CREATE UNIQUE INDEX of_expression ON t (a, lower(b));
            """,
        ),
        "t",
    )

    assert table.unique_keys == (
        UniqueKey("by_index", ("d",)),
        UniqueKey("pair", ("c", "d")),
        UniqueKey("t_b_key", ("b",)),
        UniqueKey("t_d_c_key", ("d", "c")),
        UniqueKey("unique a", ("a",)),
    )


def test_comments_and_quotes_in_a_statement_confuse_nothing(tmp_path: Path) -> None:
    table = table_of(
        reflect_file(
            tmp_path,
            """
            CREATE /* ( */ TABLE "a (b" ( -- ' CHECK (x
                "check" TEXT DEFAULT 'CHECK (1)'
                    CHECK ("check" <> ')' /* ) */ AND [un)ique] <> '('),
                [un)ique] TEXT CONSTRAINT `n``m` CHECK ([un)ique] > '' -- )
                ) CHECK (1)
            )
            """,
        ),
        "a (b",
    )

    assert table.checks == (
        Check("a (b_check_check", "\"check\" <> ')' /* ) */ AND [un)ique] <> '('"),
        Check("a (b_un)ique_check", "1"),
        Check("n`m", "[un)ique] > ''"),
    )
    assert [column.name for column in table.columns] == ["check", "un)ique"]


def test_a_views_columns_come_from_tables_where_its_text_says_so(tmp_path: Path) -> None:
    catalogue = reflect_file(
        tmp_path,
        """
        CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT CHECK (name IN ('a')), boss INTEGER);
        CREATE VIEW first AS SELECT p.boss AS b, ID, upper(name) AS n, name FROM main.people AS p;
        CREATE VIEW v (chief, number, "the name") AS SELECT b, id, name FROM first WHERE id > 1;
        """,
    )

    people = ("main", "people")
    label = DataType("TEXT", "TEXT", "enum", labels=("a",))
    assert table_of(catalogue, "v") == Table(
        "main",
        "v",
        "view",
        (Column("chief", INTEGER), Column("number", INTEGER), Column("the name", label)),
        primary_key=("number",),
        insertable=False,
        updatable=False,
        deletable=False,
        sources=(
            ColumnSource("chief", people, "boss"),
            ColumnSource("number", people, "id"),
            ColumnSource("the name", people, "name"),
        ),
        reads=(("main", "first"), people),
    )


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("SELECT * FROM a", ["a.id", "a.b"]),
        ("SELECT DISTINCT b.* FROM a, b", ["b.id", "b.c"]),
        ("SELECT * FROM a LEFT JOIN b ON (a.id = b.id)", ["a.id", "a.b", "b.id", "b.c"]),
        ("SELECT x.id, c FROM a AS x CROSS JOIN b y ORDER BY c", ["a.id", "b.c"]),
        ("SELECT id + 1, b, 'b', max(b), CASE WHEN b THEN b END FROM a", ["a.b"]),
        ("SELECT b FROM a NATURAL JOIN b", ["a.b"]),
        ("SELECT * FROM a NATURAL JOIN b", []),
        ("SELECT id FROM a UNION SELECT id FROM b", []),
        ("SELECT id FROM (SELECT id FROM a)", []),
        ("SELECT a.id FROM a, json_each('[1]')", []),
        ("WITH a AS (SELECT 1 AS id) SELECT id FROM a", []),
        ("SELECT (SELECT max(id) FROM a) AS top", []),
        ("VALUES (1)", []),
    ],
)
def test_a_view_has_sources_only_where_its_text_is_plain(
    tmp_path: Path, query: str, sources: list[str]
) -> None:
    tables = "CREATE TABLE a (id INTEGER, b TEXT); CREATE TABLE b (id INTEGER, c TEXT);"
    found = table_of(reflect_file(tmp_path, f"{tables} CREATE VIEW v AS {query}"), "v").sources

    assert [f"{source.table[1]}.{source.table_column}" for source in found] == sources


def test_triggers_make_a_view_writable_for_what_they_stand_in_for(tmp_path: Path) -> None:
    view = table_of(
        reflect_file(
            tmp_path,
            """
            CREATE TABLE t (a INTEGER);
            CREATE VIEW v AS SELECT a FROM t;
            CREATE TRIGGER "on delete" INSTEAD OF INSERT ON V BEGIN SELECT 1; END;
            CREATE TRIGGER two INSTEAD OF UPDATE OF a ON v BEGIN SELECT 'INSTEAD OF DELETE'; END;
            """,
        ),
        "v",
    )

    assert (view.insertable, view.updatable, view.deletable) == (True, True, False)


def test_a_virtual_table_is_a_table_and_its_shadows_are_not(tmp_path: Path) -> None:
    catalogue = reflect_file(tmp_path, "CREATE VIRTUAL TABLE words USING fts5(title, body)")

    undeclared, index = DataType("", "BLOB", "other"), TextIndex("words", "rowid")
    columns = tuple(Column(name, undeclared, text_index=index) for name in ("title", "body"))
    assert catalogue.tables == (Table("main", "words", "table", columns, versioned=True),)


def test_a_view_whose_table_is_gone_is_left_out(tmp_path: Path) -> None:
    sql = "CREATE TABLE t (a); CREATE TABLE u (a); CREATE VIEW v AS SELECT a FROM t; DROP TABLE t"

    assert [table.name for table in reflect_file(tmp_path, sql).tables] == ["u"]


def test_an_open_connection_keeps_its_transaction() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE kept (a)")
        connection.execute("BEGIN")
        connection.execute("CREATE TABLE t (a)")
        inside = reflect_sqlite(connection)
        connection.execute("ROLLBACK")  # an error where no transaction is open
        after = reflect_sqlite(connection)
        connection.execute("BEGIN")  # an error where one is open

    assert [table.name for table in inside.tables] == ["kept", "t"]
    assert [table.name for table in after.tables] == ["kept"]
