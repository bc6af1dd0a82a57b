"""What reflection says of PostgreSQL's types."""

from __future__ import annotations

import pytest

from autoapi.catalogue import Column, DataType, Representation
from tests.reflect.databases import TEXT, columns_of, reflect_after

KINDS = {
    "boolean": "boolean",
    "smallint": "integer",
    "bigint": "integer",
    "numeric(8,3)": "number",
    "real": "number",
    "money": "other",
    "text": "text",
    "name": "text",
    '"char"': "text",
    "date": "date",
    "time with time zone": "time",
    "timestamp without time zone": "timestamp",
    "timestamp(3) with time zone": "timestamptz",
    "interval day to second": "interval",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "json",
    "bytea": "bytes",
    "inet": "network",
    "cidr": "network",
    "macaddr8": "network",
    "tsvector": "text search",
    "tsquery": "text search",
    "xml": "xml",
    "point": "other",
    "int4range": "range",
    "datemultirange": "range",
    "integer[]": "array",
}


def test_every_type_has_its_kind(postgres_url: str) -> None:
    listed = ", ".join(f'"{name.replace(chr(34), "")}" {name}' for name in KINDS)
    columns = columns_of(reflect_after(postgres_url, f"CREATE TABLE t ({listed})"), "t")

    assert {column.type.name: column.type.kind for column in columns.values()} == KINDS


@pytest.mark.parametrize(
    ("declared", "name", "cast", "length"),
    [
        ("varchar(3)", "character varying(3)", "character varying", 3),
        ("varchar", "character varying", "character varying", None),
        ("char(3)", "character(3)", "bpchar", 3),
        ("char", "character(1)", "bpchar", 1),
        ("bit(3)", "bit(3)", '"bit"', 3),
        ("time(3)", "time(3) without time zone", "time without time zone", None),
        ("char(3)[]", "character(3)[]", "bpchar[]", None),
    ],
)
def test_a_cast_never_cuts_a_value_short(
    postgres_url: str, declared: str, name: str, cast: str, length: int | None
) -> None:
    column = columns_of(reflect_after(postgres_url, f"CREATE TABLE t (c {declared})"), "t")["c"]

    assert (column.type.name, column.type.cast, column.max_length) == (name, cast, length)


def test_a_type_is_named_with_its_schema_whatever_the_search_path(postgres_url: str) -> None:
    column = columns_of(
        reflect_after(
            postgres_url,
            """
            CREATE SCHEMA "Odd Schema";
            CREATE TYPE "Odd Schema"."Mood, too" AS ENUM ('b', 'a', 'it''s "odd"');
            CREATE TABLE t (c "Odd Schema"."Mood, too"[]);
            """,
        ),
        "t",
    )["c"]

    name = '"Odd Schema"."Mood, too"'
    mood = DataType(name, name, "enum", labels=("b", "a", 'it\'s "odd"'))
    assert column.type == DataType(f"{name}[]", f"{name}[]", "array", element=mood)


def test_a_domain_reads_as_its_innermost_base_type(postgres_url: str) -> None:
    columns = columns_of(
        reflect_after(
            postgres_url,
            """
            CREATE DOMAIN code AS varchar(12) NOT NULL DEFAULT 'NONE';
            CREATE DOMAIN upper_code AS code CHECK (VALUE = upper(VALUE));
            CREATE DOMAIN tags AS text[];
            CREATE TABLE t (a upper_code, b upper_code DEFAULT 'B', c tags, d code[]);
            """,
        ),
        "t",
    )

    base = "character varying"
    upper_code = DataType(f"{base}(12)", base, "text", domain="public.upper_code")
    code = DataType(f"{base}(12)", base, "text", domain="public.code")
    none, b = f"'NONE'::{base}", f"'B'::{base}"
    assert list(columns.values()) == [
        Column("a", upper_code, nullable=False, default=none, max_length=12),
        Column("b", upper_code, nullable=False, default=b, max_length=12),
        Column("c", DataType("text[]", "text[]", "array", domain="public.tags", element=TEXT)),
        Column("d", DataType("public.code[]", "public.code[]", "array", element=code)),
    ]


def test_a_domain_has_the_functions_of_its_implicit_casts(postgres_url: str) -> None:
    columns = columns_of(
        reflect_after(
            postgres_url,
            """
            CREATE SCHEMA other;
            CREATE DOMAIN tone AS int;
            CREATE DOMAIN dark_tone AS tone;
            CREATE FUNCTION other."to JSON"(tone) RETURNS json LANGUAGE sql AS 'SELECT to_json(1)';
            CREATE FUNCTION tone(text) RETURNS tone LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION tone(json) RETURNS tone LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION dark(dark_tone) RETURNS json LANGUAGE sql AS 'SELECT to_json(1)';
            CREATE FUNCTION text_of(tone) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
            CREATE CAST (tone AS json) WITH FUNCTION other."to JSON"(tone) AS IMPLICIT;
            CREATE CAST (text AS tone) WITH FUNCTION tone(text) AS IMPLICIT;
            CREATE CAST (json AS tone) WITH FUNCTION tone(json) AS ASSIGNMENT;
            CREATE CAST (tone AS text) WITH FUNCTION text_of(tone) AS IMPLICIT;
            CREATE CAST (dark_tone AS json) WITH FUNCTION dark(dark_tone);
            CREATE TABLE t (a tone, b dark_tone, c int);
            """,
        ),
        "t",
    )

    assert {name: column.type.representation for name, column in columns.items()} == {
        "a": Representation(to_json=("other", "to JSON"), from_text=("public", "tone")),
        "b": None,
        "c": None,
    }


def test_a_composite_lists_its_fields(postgres_url: str) -> None:
    columns = columns_of(
        reflect_after(
            postgres_url,
            """
            CREATE TABLE places (id integer);
            CREATE TYPE address AS (street varchar(40), "house number" integer, place places);
            CREATE TABLE t (a address, b places);
            """,
        ),
        "t",
    )

    fields = (
        ("street", "character varying(40)"),
        ("house number", "integer"),
        ("place", "public.places"),
    )
    address = DataType("public.address", "public.address", "composite", fields=fields)
    places = DataType(
        "public.places",
        "public.places",
        "composite",
        fields=(("id", "integer"),),
        row_of=("public", "places"),
    )
    assert [column.type for column in columns.values()] == [address, places]


def test_a_range_of_ones_own_is_a_range(postgres_url: str) -> None:
    column = columns_of(
        reflect_after(
            postgres_url,
            "CREATE TYPE span AS RANGE (subtype = float8); CREATE TABLE t (c span)",
        ),
        "t",
    )["c"]

    assert column.type == DataType("public.span", "public.span", "range")
