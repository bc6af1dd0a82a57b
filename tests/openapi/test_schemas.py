"""The schemas of rows: what a column may hold, what an insert must name."""

from __future__ import annotations

from typing import Any

import pytest

from autoapi.catalogue import Catalogue, Column, DataType, Kind, Table
from autoapi.openapi.filters import filter_name
from autoapi.openapi.literals import NO_LITERAL, literal_default
from tests.openapi.catalogues import KINDS, SHOP, document_of


@pytest.fixture(scope="module")
def schemas() -> Any:
    return document_of(SHOP)["components"]["schemas"]


def test_a_row_has_all_visible_columns(schemas: Any) -> None:
    row = schemas["Products"]

    assert row["required"] == list(row["properties"])
    assert list(row["properties"]) == [
        "id", "name", "price", "mood", "state", "tags", "label", "maker_id", "made_at",
    ]  # fmt: skip


def test_an_insert_must_name_only_what_the_database_cannot_fill(schemas: Any) -> None:
    assert schemas["ProductsInsert"]["required"] == ["name", "maker_id"]
    assert schemas["OrderItemsInsert"]["required"] == ["order_id", "code", "quantity"]
    assert "required" not in schemas["LogsInsert"]


def test_a_put_need_not_repeat_the_key_of_its_address(schemas: Any) -> None:
    assert schemas["OrderItemsReplace"]["required"] == ["quantity"]
    assert "ProductsReplace" not in schemas


def test_an_update_must_name_nothing_and_has_no_defaults(schemas: Any) -> None:
    update = schemas["ProductsUpdate"]

    assert "required" not in update
    assert all("default" not in each for each in update["properties"].values())


def test_what_only_the_database_writes_is_read_only_and_not_sent(schemas: Any) -> None:
    assert schemas["Products"]["properties"]["label"]["readOnly"] is True
    assert schemas["Manufacturers"]["properties"]["id"]["readOnly"] is True
    assert "readOnly" not in schemas["Products"]["properties"]["id"]
    for name in ("ProductsInsert", "ProductsUpdate"):
        assert "label" not in schemas[name]["properties"]
        assert "id" in schemas[name]["properties"]
    assert "id" not in schemas["ManufacturersInsert"]["properties"]


def test_a_nullable_enum_allows_null_among_its_labels(schemas: Any) -> None:
    mood = schemas["Products"]["properties"]["mood"]

    assert mood == {"type": ["string", "null"], "enum": ["sad", "it's ok", None]}
    assert schemas["Products"]["properties"]["state"]["enum"] == ["sad", "it's ok"]


def test_lengths_comments_and_keys_are_described(schemas: Any) -> None:
    properties = schemas["Products"]["properties"]

    assert properties["name"] == {
        "type": "string",
        "maxLength": 40,
        "description": "As on the box",
    }
    assert properties["id"]["description"] == "primary key; numbered by the database"
    assert properties["maker_id"]["description"] == "foreign key to manufacturers.id"
    assert properties["price"]["description"] == "`numeric(14,2)`"
    assert properties["made_at"]["description"] == "by default `now()`"


def test_literal_defaults_are_values(schemas: Any) -> None:
    properties = schemas["ProductsInsert"]["properties"]

    assert properties["price"]["default"] == 9.5
    assert properties["state"]["default"] == "it's ok"
    assert properties["tags"]["default"] == []
    assert "default" not in properties["made_at"]


def test_arrays_may_hold_nulls(schemas: Any) -> None:
    assert schemas["Products"]["properties"]["tags"]["items"] == {"type": ["string", "null"]}


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (DataType("integer", "integer", "integer"), ("integer", "int32")),
        (DataType("bigint", "bigint", "integer"), ("integer", "int64")),
        (DataType("INT", "INTEGER", "integer"), ("integer", "int64")),
        (DataType("real", "real", "number"), ("number", "float")),
        (DataType("double precision", "double precision", "number"), ("number", "double")),
        (DataType("numeric", "numeric", "number"), ("number", None)),
        (DataType("date", "date", "date"), ("string", "date")),
        (DataType("timestamptz", "timestamptz", "timestamptz"), ("string", "date-time")),
        (DataType("timestamp", "timestamp", "timestamp"), ("string", "date-time-local")),
        (DataType("time with time zone", "timetz", "time"), ("string", "time")),
        (DataType("uuid", "uuid", "uuid"), ("string", "uuid")),
        (DataType("int4range", "int4range", "range"), ("string", None)),
        (DataType("address", "address", "composite"), ("object", None)),
        (DataType("jsonb", "jsonb", "json"), (None, None)),
    ],
)
def test_each_type_has_its_schema(type_: DataType, expected: tuple[str | None, str | None]) -> None:
    schema = column_of(Column("value", type_, nullable=False))

    assert (schema.get("type"), schema.get("format")) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_null_and_filtered(kind: Kind) -> None:
    column = Column("value", DataType(kind, kind, kind))
    table = Table("public", "things", "table", (column,))
    components = document_of(Catalogue("postgresql", "17", ("public",), (table,)))["components"]

    types = components["schemas"]["Things"]["properties"]["value"].get("type", ["null"])
    name = components["parameters"]["things.value"]["schema"]["$ref"].rpartition("/")[2]

    assert "null" in types
    assert components["schemas"][name]["pattern"].startswith(r"^(not\.)?(eq")


def test_operators_suit_the_kind_and_the_database() -> None:
    def pattern(dialect: Any, kind: Kind) -> str:
        column = Column("value", DataType(kind, kind, kind))
        table = Table("public", "things", "table", (column,))
        document = document_of(Catalogue(dialect, "1", ("public",), (table,)))
        found = document["components"]["schemas"]["Filter" + kind.capitalize()]["pattern"]
        return str(found)

    assert pattern("postgresql", "integer") == (
        r"^(not\.)?(eq(\((any|all)\))?|neq|gt(\((any|all)\))?|gte(\((any|all)\))?"
        r"|lt(\((any|all)\))?|lte(\((any|all)\))?|in|is|isdistinct)\."
    )
    assert pattern("sqlite", "integer") == pattern("postgresql", "integer")
    assert pattern("sqlite", "json").endswith(r"|isdistinct|cs|cd)\.")
    assert "|cs" not in pattern("sqlite", "array")
    assert "|cs|cd|ov|sl" in pattern("postgresql", "range")
    assert "|cs|cd)" in pattern("postgresql", "json").replace(r"|fts(\([^)]+\))?", ")")
    assert "imatch" in pattern("postgresql", "text")


@pytest.mark.parametrize(
    ("kind", "expression", "expected"),
    [
        ("integer", "0", 0),
        ("integer", "'-7'::integer", -7),
        ("integer", "(-1)", -1),
        ("integer", "nextval('products_id_seq'::regclass)", NO_LITERAL),
        ("integer", "'99999999999999999999'::numeric", NO_LITERAL),
        ("number", "1.50", 1.5),
        ("number", "'1e3'", NO_LITERAL),
        ("boolean", "true", True),
        ("boolean", "0", False),
        ("text", "'it''s'::character varying(9)", "it's"),
        ("text", "''", ""),
        ("text", "CURRENT_USER", NO_LITERAL),
        ("text", "'a' || 'b'", NO_LITERAL),
        ("text", "NULL::character varying", None),
        ("date", "'2026-01-31'::date", "2026-01-31"),
        ("date", "CURRENT_DATE", NO_LITERAL),
        ("json", "'{\"a\": [1]}'::jsonb", {"a": [1]}),
        ("json", "'not json'", NO_LITERAL),
        ("array", "ARRAY['a'::text]", NO_LITERAL),
        ("other", "'$1.00'::money", NO_LITERAL),
    ],
)
def test_a_default_is_shown_where_it_is_a_literal(
    kind: Kind, expression: str, expected: object
) -> None:
    column = Column("value", DataType(kind, kind, kind), default=expression)

    assert literal_default(column) == expected


def test_names_that_the_grammar_reserves_are_quoted() -> None:
    assert filter_name("price") == "price"
    assert filter_name("select") == '"select"'
    assert filter_name("a.b") == '"a.b"'
    assert filter_name("well-known") == "well-known"


def column_of(column: Column) -> Any:
    """The schema of one column."""
    table = Table("public", "things", "table", (column,))
    document = document_of(Catalogue("postgresql", "17", ("public",), (table,)))
    return document["components"]["schemas"]["Things"]["properties"][column.name]
