"""What reflection says of PostgreSQL's views: can they be written, where do columns come from."""

from __future__ import annotations

import pytest

from autoapi.catalogue import Column, ColumnSource, ForeignKey, Table, UniqueKey
from tests.reflect.databases import INTEGER, TEXT, reflect_after, table_of

PEOPLE = """
CREATE TABLE people (
    id integer PRIMARY KEY,
    name text UNIQUE,
    boss integer REFERENCES people
);
"""
KEY = ("public", "people")


def sources_of(url: str, sql: str, view: str = "v") -> list[tuple[str, str, str]]:
    found = table_of(reflect_after(url, sql), view).sources
    return [(source.column, source.table[1], source.table_column) for source in found]


def test_a_plain_view_has_its_tables_keys_and_can_be_written(postgres_url: str) -> None:
    view = table_of(
        reflect_after(
            postgres_url,
            PEOPLE
            + "CREATE VIEW v AS SELECT name AS called, id AS number FROM people WHERE id > 1",
        ),
        "v",
    )

    assert view == Table(
        "public",
        "v",
        "view",
        (Column("called", TEXT), Column("number", INTEGER)),
        primary_key=("number",),
        unique_keys=(UniqueKey("people_name_key", ("called",)),),
        sources=(ColumnSource("called", KEY, "name"), ColumnSource("number", KEY, "id")),
        reads=(KEY,),
        calls_functions=True,
    )


@pytest.mark.parametrize(
    ("query", "writable"),
    [
        ("SELECT id FROM people", (True, True, True)),
        ("SELECT count(*) FROM people", (False, False, False)),
        ("SELECT id FROM people GROUP BY id", (False, False, False)),
        ("SELECT DISTINCT id FROM people", (False, False, False)),
        ("SELECT id FROM people UNION SELECT 1", (False, False, False)),
        ("SELECT a.id FROM people AS a, people AS b", (False, False, False)),
        ("SELECT 1 AS id", (False, False, False)),
    ],
)
def test_a_view_can_be_written_when_it_is_simple(
    postgres_url: str, query: str, writable: tuple[bool, bool, bool]
) -> None:
    sql = f"{PEOPLE} CREATE VIEW v AS {query}"
    view = table_of(reflect_after(postgres_url, sql), "v")

    assert (view.insertable, view.updatable, view.deletable) == writable


def test_triggers_and_rules_make_a_view_writable_for_what_they_stand_in_for(
    postgres_url: str,
) -> None:
    catalogue = reflect_after(
        postgres_url,
        PEOPLE
        + """
        CREATE VIEW by_trigger AS SELECT count(*) FROM people;
        CREATE VIEW by_rule AS SELECT count(*) FROM people;
        CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER t INSTEAD OF INSERT ON by_trigger FOR EACH ROW EXECUTE FUNCTION nothing();
        CREATE RULE r AS ON DELETE TO by_rule DO INSTEAD NOTHING;
        """,
    )

    writable = {
        name: (table.insertable, table.updatable, table.deletable)
        for (_, name), table in catalogue.by_key.items()
    }
    assert writable["by_trigger"] == (True, False, False)
    assert writable["by_rule"] == (False, False, True)
    assert catalogue.routines == ()


def test_a_materialized_view_is_read_only_and_has_its_own_keys(postgres_url: str) -> None:
    view = table_of(
        reflect_after(
            postgres_url,
            PEOPLE
            + """
            CREATE MATERIALIZED VIEW v AS SELECT id, lower(name) AS low FROM people;
            CREATE UNIQUE INDEX low_names ON v (low);
            """,
        ),
        "v",
    )

    assert (view.kind, view.primary_key) == ("materialized view", ("id",))
    assert view.unique_keys == (UniqueKey("low_names", ("low",), is_constraint=False),)
    assert (view.insertable, view.updatable, view.deletable) == (False, False, False)


def test_columns_are_followed_through_joins_subqueries_and_expressions_are_not(
    postgres_url: str,
) -> None:
    sources = sources_of(
        postgres_url,
        PEOPLE
        + """
        CREATE TABLE pets (id integer PRIMARY KEY, owner integer REFERENCES people);
        CREATE VIEW v AS
            WITH named AS (SELECT id AS person, name FROM (SELECT * FROM people) AS nested)
            SELECT pets.id, person, upper(name) AS loud, (SELECT max(boss) FROM people) AS top,
                   pets.owner, pets.owner AS again
            FROM pets LEFT JOIN named ON owner = person ORDER BY name || 'x';
        """,
    )

    assert sources == [
        ("id", "pets", "id"),
        ("person", "people", "id"),
        ("owner", "pets", "owner"),
        ("again", "pets", "owner"),
    ]


def test_columns_are_followed_through_views_on_views(postgres_url: str) -> None:
    sources = sources_of(
        postgres_url,
        PEOPLE
        + """
        CREATE VIEW first AS SELECT boss AS b, id AS i, name || '' AS n FROM people;
        CREATE MATERIALIZED VIEW second AS SELECT i AS number, n, b FROM first;
        CREATE VIEW v AS SELECT b AS chief, n, number FROM second;
        """,
    )

    assert sources == [("chief", "people", "boss"), ("number", "people", "id")]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM people UNION ALL SELECT id FROM people",
        "SELECT count(*) FROM people",
        "SELECT FROM people",
        "SELECT people FROM people",
        "SELECT relname FROM pg_catalog.pg_class",
        "SELECT n FROM generate_series(1, 2) AS n",
    ],
)
def test_some_views_have_no_sources(postgres_url: str, query: str) -> None:
    assert sources_of(postgres_url, f"{PEOPLE} CREATE VIEW v AS {query}") == []


def test_a_recursive_view_has_no_sources(postgres_url: str) -> None:
    sql = """
        CREATE RECURSIVE VIEW v (id) AS
            SELECT id FROM people WHERE boss IS NULL
            UNION ALL SELECT people.id FROM people JOIN v ON boss = v.id
    """

    assert sources_of(postgres_url, PEOPLE + sql) == []


def test_a_view_replaced_so_that_it_reads_itself_is_only_a_view(postgres_url: str) -> None:
    sql = PEOPLE + "CREATE VIEW v AS SELECT * FROM people; CREATE OR REPLACE VIEW v AS TABLE v;"

    assert table_of(reflect_after(postgres_url, sql), "v").primary_key == ()


def test_names_that_look_like_the_stored_query_confuse_nothing(postgres_url: str) -> None:
    sql = r"""
        CREATE TABLE "{QUERY :targetList ("
            ("} ) \ :resorigtbl 1 :resorigcol 1" integer, "(b {" text);
        CREATE VIEW v AS SELECT "(b {" AS ":resno 7 }", "} ) \ :resorigtbl 1 :resorigcol 1" AS "\"
        FROM "{QUERY :targetList (";
    """

    assert sources_of(postgres_url, sql) == [
        (":resno 7 }", "{QUERY :targetList (", "(b {"),
        ("\\", "{QUERY :targetList (", "} ) \\ :resorigtbl 1 :resorigcol 1"),
    ]


def test_a_join_has_the_primary_keys_it_shows_but_no_unique_ones(postgres_url: str) -> None:
    view = table_of(
        reflect_after(
            postgres_url,
            PEOPLE
            + """
            CREATE TABLE lines (order_id integer, line integer, PRIMARY KEY (order_id, line));
            CREATE VIEW v AS SELECT name, line, id, order_id FROM people, lines;
            """,
        ),
        "v",
    )

    assert view.primary_key == ("id", "order_id", "line")
    assert view.unique_keys == ()


def test_a_view_without_all_of_a_key_has_no_key(postgres_url: str) -> None:
    view = table_of(
        reflect_after(
            postgres_url,
            """
            CREATE TABLE lines (order_id integer, line integer, PRIMARY KEY (order_id, line));
            CREATE VIEW v AS SELECT line FROM lines;
            """,
        ),
        "v",
    )

    assert view.primary_key == ()


def test_a_view_of_a_schema_that_is_not_searched_is_not_followed(postgres_url: str) -> None:
    catalogue = reflect_after(
        postgres_url,
        PEOPLE
        + """
        CREATE SCHEMA private;
        CREATE TABLE private.accounts (id integer PRIMARY KEY, owner integer REFERENCES people);
        CREATE VIEW private.open_accounts AS SELECT * FROM private.accounts;
        CREATE VIEW accounts AS SELECT id, owner FROM private.open_accounts;
        CREATE VIEW direct AS SELECT id, owner FROM private.accounts;
        """,
    )
    found = {table.key: table for table in catalogue.tables}

    assert set(found) == {
        ("private", "accounts"),
        *(("public", name) for name in ("accounts", "direct", "people")),
    }
    assert found["public", "accounts"].sources == ()
    assert found["public", "accounts"].primary_key == ()
    assert found["public", "direct"].primary_key == ("id",)


def test_hidden_tables_appear_only_as_sources_of_exposed_views(postgres_url: str) -> None:
    catalogue = reflect_after(
        postgres_url,
        PEOPLE
        + """
        CREATE SCHEMA private;
        CREATE TABLE private.accounts (id integer PRIMARY KEY, owner integer REFERENCES people);
        CREATE TABLE private.unrelated (id integer PRIMARY KEY REFERENCES people);
        CREATE VIEW private.open_accounts AS SELECT * FROM private.accounts;
        CREATE VIEW accounts AS SELECT id, owner FROM private.open_accounts;
        CREATE TABLE payments (account integer REFERENCES private.accounts);
        """,
        extra=("private",),
    )

    assert [table.key for table in catalogue.tables] == [
        ("private", "accounts"),
        ("public", "accounts"),
        ("public", "payments"),
        ("public", "people"),
    ]
    assert [table.name for table in catalogue.exposed()] == ["accounts", "payments", "people"]
    private = ("private", "accounts")
    assert catalogue.foreign_keys == (
        ForeignKey("accounts_owner_fkey", private, ("owner",), KEY, ("id",)),
        ForeignKey("payments_account_fkey", ("public", "payments"), ("account",), private, ("id",)),
        ForeignKey("people_boss_fkey", KEY, ("boss",), KEY, ("id",)),
    )
