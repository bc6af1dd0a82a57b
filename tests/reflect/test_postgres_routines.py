"""What reflection says of PostgreSQL's functions and procedures."""

from __future__ import annotations

from autoapi.catalogue import DataType, Parameter, Routine
from tests.reflect.databases import BIGINT, INTEGER, TEXT, reflect_after

TEXTS = DataType("text[]", "text[]", "array", element=TEXT)
VOID = DataType("void", "void", "other")


def record(*fields: tuple[str, str]) -> DataType:
    return DataType("record", "record", "composite", fields=fields)


def routine_of(url: str, sql: str) -> Routine:
    (routine,) = reflect_after(url, sql).routines
    return routine


def test_overloads_are_told_apart_by_their_parameters(postgres_url: str) -> None:
    routines = reflect_after(
        postgres_url,
        """
        CREATE FUNCTION add(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a || b';
        CREATE FUNCTION add(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql STABLE
            AS 'SELECT a + b';
        COMMENT ON FUNCTION add(text, text) IS 'Puts one after the other';
        """,
    ).routines

    assert routines == (
        Routine(
            "public",
            "add",
            (Parameter("a", INTEGER), Parameter("b", INTEGER, has_default=True)),
            INTEGER,
            relation="int4",
            volatility="stable",
        ),
        Routine(
            "public",
            "add",
            (Parameter("a", TEXT), Parameter("b", TEXT)),
            TEXT,
            relation="text",
            volatility="immutable",
            comment="Puts one after the other",
        ),
    )


def test_parameters_may_be_variadic_and_nameless(postgres_url: str) -> None:
    sql = "CREATE FUNCTION f(text, VARIADIC words text[]) RETURNS text LANGUAGE sql AS 'SELECT $1'"

    assert routine_of(postgres_url, sql).parameters == (
        Parameter("", TEXT),
        Parameter("words", TEXTS, mode="variadic"),
    )


def test_defaults_belong_to_the_last_inputs(postgres_url: str) -> None:
    sql = """
        CREATE FUNCTION f(a integer, OUT b integer, INOUT c integer DEFAULT 1, d integer DEFAULT 2,
            OUT e integer) LANGUAGE sql AS 'SELECT 1, 2, 3'
    """

    routine = routine_of(postgres_url, sql)
    assert routine.parameters == (
        Parameter("a", INTEGER),
        Parameter("b", INTEGER, mode="out"),
        Parameter("c", INTEGER, has_default=True, mode="inout"),
        Parameter("d", INTEGER, has_default=True),
        Parameter("e", INTEGER, mode="out"),
    )
    assert routine.returns == record(("b", "integer"), ("c", "integer"), ("e", "integer"))


def test_a_returned_table_is_a_set_of_rows_of_its_columns(postgres_url: str) -> None:
    sql = """
        CREATE FUNCTION f(up_to integer) RETURNS TABLE (n integer, "the square" bigint)
            LANGUAGE sql ROWS 7 AS 'SELECT 1, 1::bigint'
    """

    assert routine_of(postgres_url, sql) == Routine(
        "public",
        "f",
        (
            Parameter("up_to", INTEGER),
            Parameter("n", INTEGER, mode="table"),
            Parameter("the square", BIGINT, mode="table"),
        ),
        record(("n", "integer"), ("the square", "bigint")),
        returns_set=True,
        returns_rows=True,
        relation="record",
        estimated_rows=7,
    )


def test_rows_of_a_table_say_which_table(postgres_url: str) -> None:
    sql = """
        CREATE TABLE people (id integer);
        CREATE FUNCTION f(people) RETURNS SETOF people LANGUAGE sql ROWS 3 AS 'SELECT * FROM people'
    """

    key = ("public", "people")
    name = "public.people"
    people = DataType(name, name, "composite", fields=(("id", "integer"),), row_of=key)
    assert routine_of(postgres_url, sql) == Routine(
        "public",
        "f",
        (Parameter("", people),),
        people,
        returns_set=True,
        returns_rows=True,
        relation="people",
        estimated_rows=3,
    )


def test_rows_of_a_hidden_table_are_a_composite(postgres_url: str) -> None:
    sql = """
        CREATE SCHEMA private;
        CREATE TABLE private.people (id integer);
        CREATE FUNCTION f() RETURNS private.people LANGUAGE sql AS 'SELECT * FROM private.people'
    """

    routine = routine_of(postgres_url, sql)
    assert (routine.returns_rows, routine.relation) == (True, "people")
    assert routine.returns.fields == (("id", "integer"),)


def test_overloads_are_listed_by_how_much_they_take_then_by_name_and_type(
    postgres_url: str,
) -> None:
    sql = "".join(
        f"CREATE FUNCTION f({given}) RETURNS void LANGUAGE sql AS '';"
        for given in ("b integer, a text", "x text", "x integer", "a json")
    )

    listed = [
        [each.type.name for each in f.inputs] for f in reflect_after(postgres_url, sql).routines
    ]
    assert listed == [["json"], ["integer"], ["text"], ["integer", "text"]]


def test_a_function_can_be_called_when_what_it_takes_can_be_named(postgres_url: str) -> None:
    given = ("", "json", "bytea", "integer", "text, text", "a integer, integer", "OUT text", "inet")
    sql = "".join(
        f"CREATE FUNCTION f{at}({each}) {'' if 'OUT' in each else 'RETURNS text'}"
        " LANGUAGE sql AS $$ SELECT 'x' $$;"
        for at, each in enumerate(given)
    )

    callable_ = [each.callable for each in reflect_after(postgres_url, sql).routines]
    assert callable_ == [True, True, True, False, False, True, True, False]


def test_types_without_a_length_read_as_callers_know_them(postgres_url: str) -> None:
    sql = """
        CREATE FUNCTION f(a character, b bit, c character[], d varchar) RETURNS void
            LANGUAGE sql AS ''
    """

    shown = [(each.type.name, each.type.cast) for each in routine_of(postgres_url, sql).parameters]
    assert shown == [
        ("character", "bpchar"),
        ("bit", '"bit"'),
        ("character[]", "bpchar[]"),
        ("character varying", "character varying"),
    ]


def test_parameters_that_come_out_without_names_are_columns_by_number(postgres_url: str) -> None:
    sql = "CREATE FUNCTION f(OUT integer, OUT text) LANGUAGE sql AS $$ SELECT 1, 'a' $$"

    assert routine_of(postgres_url, sql).returns == record(
        ("column1", "integer"), ("column2", "text")
    )


def test_a_domain_is_returned_as_its_base(postgres_url: str) -> None:
    sql = """
        CREATE DOMAIN code AS text;
        CREATE FUNCTION f() RETURNS code LANGUAGE sql AS $$ SELECT 'x'::code $$
    """

    assert routine_of(postgres_url, sql).returns == DataType(
        "text", "text", "text", domain="public.code"
    )


def test_a_procedure_may_return_its_inout_parameters(postgres_url: str) -> None:
    routines = reflect_after(
        postgres_url,
        """
        CREATE PROCEDURE p() LANGUAGE sql AS '';
        CREATE PROCEDURE q(INOUT n integer) LANGUAGE sql AS 'SELECT n';
        """,
    ).routines

    assert routines == (
        Routine("public", "p", (), VOID, relation="void", is_procedure=True),
        Routine(
            "public",
            "q",
            (Parameter("n", INTEGER, mode="inout"),),
            record(("n", "integer")),
            returns_rows=True,
            relation="record",
            is_procedure=True,
        ),
    )


def test_settings_are_read_as_names_and_values(postgres_url: str) -> None:
    sql = """
        CREATE FUNCTION f() RETURNS void LANGUAGE sql
            SET statement_timeout = '5s' SET "my.setting" = 'a=b, c' AS ''
    """

    assert routine_of(postgres_url, sql).settings == (
        ("statement_timeout", "5s"),
        ("my.setting", "a=b, c"),
    )


def test_what_only_the_database_calls_is_no_routine(postgres_url: str) -> None:
    sql = """
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE AGGREGATE total(text) (SFUNC = pg_catalog.textcat, STYPE = text);
        CREATE SCHEMA private;
        CREATE FUNCTION private.h() RETURNS void LANGUAGE sql AS '';
    """

    assert reflect_after(postgres_url, sql).routines == ()
