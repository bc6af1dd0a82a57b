"""The OpenAPI 2.0 document: valid, with the notes that PostgREST's clients read."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from autoapi.catalogue import Catalogue, Column, DataType, ForeignKey, Table
from autoapi.openapi2 import Callable, Description, Privileges, read_origin
from autoapi.openapi2.privileges import Argument
from tests.openapi.catalogues import INTEGER, SHOP, TEXT

ORIGIN = read_origin("", "127.0.0.1", 8000, "/rest/v1")


def document_of(
    catalogue: Catalogue, *functions: Callable, comment: str | None = None, secured: bool = False
) -> Any:
    description = Description.of(catalogue, ORIGIN, secured=secured)
    schema = catalogue.schemas[0]
    names = frozenset(table.name for table in catalogue.tables if table.schema == schema)
    return json.loads(description.document(schema, Privileges(comment, names, functions)))


def one_column(column: Column, **parts: Any) -> Any:
    table = Table("public", "things", "table", (column,), **parts)
    catalogue = Catalogue("postgresql", "17", ("public",), (table,))
    return document_of(catalogue)["definitions"]["things"]["properties"][column.name]


@pytest.mark.parametrize("catalogue", [SHOP, Catalogue("sqlite", "3", ("main",), ())])
def test_the_document_is_valid_openapi(catalogue: Catalogue) -> None:
    document = document_of(catalogue, secured=True)
    if "definitions" in document:  # shown with its quotes doubled, as PostgREST shows it
        del document["definitions"]["products"]["properties"]["state"]["default"]

    assert document["swagger"] == "2.0"
    assert [str(error) for error in OpenAPIV2SpecValidator(document).iter_errors()] == []


def test_hidden_columns_and_bookkeeping_are_not_told() -> None:
    text = json.dumps(document_of(SHOP))

    assert "hashed_password" not in text
    assert "alembic_version" not in text


def test_a_key_is_noted_as_clients_read_it() -> None:
    makers = Table("public", "makers", "table", (Column("code", TEXT),), primary_key=("code",))
    column = Column("maker", TEXT, nullable=False, comment="Who makes it")
    things = Table("public", "things", "table", (column,), primary_key=("maker",))
    key = ForeignKey("k", things.key, ("maker",), makers.key, ("code",))
    catalogue = Catalogue("postgresql", "17", ("public",), (makers, things), (key,))

    definition = document_of(catalogue)["definitions"]["things"]

    assert definition == {
        "type": "object",
        "required": ["maker"],
        "properties": {
            "maker": {
                "format": "text",
                "type": "string",
                "description": "Who makes it\n\nNote:\nThis is a Primary Key.<pk/>\n"
                "This is a Foreign Key to `makers.code`.<fk table='makers' column='code'/>",
            }
        },
    }


@pytest.mark.parametrize(
    ("type_name", "cast", "default", "expected"),
    [
        ("text", "text", "'white'::text", {"format": "text", "type": "string", "default": "white"}),
        ("date", "date", "now()", {"format": "date", "type": "string", "default": "now()"}),
        ("bigint", "bigint", "42", {"format": "int64", "type": "integer", "default": 42}),
        ("integer", "integer", "'-1'::integer", {"format": "int32", "type": "integer"}),
        ("boolean", "boolean", "true", {"format": "boolean", "type": "boolean", "default": True}),
        ("jsonb", "jsonb", "'{}'::jsonb", {"format": "jsonb"}),
        (
            "text[]",
            "text[]",
            "'{}'::text[]",
            {"format": "text[]", "type": "array", "items": {"type": "string"}},
        ),
        ("json[]", "json[]", None, {"format": "json[]", "type": "array", "items": {}}),
        ("character(3)", "bpchar", None, {"format": "character", "type": "string"}),
    ],
)
def test_a_type_and_its_default_are_told(
    type_name: str, cast: str, default: str | None, expected: object
) -> None:
    found = one_column(Column("a", DataType(type_name, cast, "other"), default=default))

    assert found == expected


def test_a_domain_goes_by_its_base_and_an_enum_by_its_own_name() -> None:
    email = DataType("character varying(90)", "character varying", "text", domain="public.email")
    mood = DataType("public.mood", "public.mood", "enum", labels=("sad", "ok"))

    assert one_column(Column("a", email, max_length=90)) == {
        "format": "character varying",
        "type": "string",
        "maxLength": 90,
    }
    assert one_column(Column("a", mood, default="'ok'::public.mood")) == {
        "format": "public.mood",
        "type": "string",
        "enum": ["sad", "ok"],
        "default": "ok",
    }


def test_the_first_line_of_a_comment_is_the_summary() -> None:
    table = Table("public", "things", "view", (), comment="Things\n\nAll\nof them", deletable=False)
    document = document_of(Catalogue("postgresql", "17", ("public",), (table,)))

    path = document["paths"]["/things"]["get"]
    assert (path["summary"], path["description"]) == ("Things", "All\nof them")
    assert document["definitions"]["things"]["description"] == "Things\n\nAll\nof them"


def test_a_table_that_cannot_be_written_is_only_read() -> None:
    paths = document_of(SHOP)["paths"]

    assert list(paths["/stock"]) == ["get"]
    assert sorted(paths["/products"]) == ["delete", "get", "patch", "post"]


def test_the_schema_s_comment_is_the_title() -> None:
    assert document_of(SHOP)["info"]["title"] == "PostgREST API"
    assert document_of(SHOP, comment="Pharmacy\nOf the town")["info"] == {
        "title": "Pharmacy",
        "description": "Of the town",
        "version": "16.0",
    }


def test_a_function_that_only_reads_has_both_its_ways() -> None:
    arguments = (Argument("days", "integer", True, False), Argument("kinds", "text[]", False, True))
    function = Callable("due", "What is due", False, arguments)

    path = document_of(SHOP, function)["paths"]["/rpc/due"]

    assert path["get"]["parameters"] == [
        {"name": "days", "required": True, "in": "query", "format": "int32", "type": "integer"},
        {
            "name": "kinds",
            "required": False,
            "in": "query",
            "type": "array",
            "items": {"format": "text", "type": "string"},
            "collectionFormat": "multi",
        },
    ]
    assert path["post"]["parameters"] == [
        {
            "name": "args",
            "required": True,
            "in": "body",
            "schema": {
                "type": "object",
                "description": "What is due",
                "required": ["days"],
                "properties": {
                    "days": {"format": "int32", "type": "integer"},
                    "kinds": {"format": "text[]", "type": "array", "items": {"type": "string"}},
                },
            },
        },
        {"$ref": "#/parameters/preferParams"},
    ]


def test_of_overloads_the_longest_is_shown_and_what_cannot_be_called_is_not() -> None:
    one = Argument("a", "integer", True, False)
    two = Argument("b", "integer", True, False)
    nameless = Argument("", "integer", True, False)
    document = document_of(
        SHOP,
        Callable("add", None, True, (one, two)),
        Callable("add", None, True, (one,)),
        Callable("lost", None, True, (nameless,)),
    )

    schema = document["paths"]["/rpc/add"]["post"]["parameters"][0]["schema"]
    assert list(document["paths"]["/rpc/add"]) == ["post"]
    assert schema["required"] == ["a", "b"]
    assert "/rpc/lost" not in document["paths"]


def test_a_proxy_is_where_the_service_is() -> None:
    assert read_origin("http://[::1]:81/x", "", 0, "").host == "[::1]"
    assert read_origin("http://a.example", "h", 1, "/p") == read_origin("", "a.example", 80, "/")
    assert read_origin("", "*4", 3000, "").host == "0.0.0.0"


def test_a_thousand_tables_are_described_in_a_tenth_of_a_second() -> None:
    columns = tuple(Column(f"column_{number}", INTEGER) for number in range(10))
    tables = tuple(Table("public", f"table_{number}", "table", columns) for number in range(1000))
    catalogue = Catalogue("postgresql", "17", ("public",), tables)
    description = Description.of(catalogue, ORIGIN, secured=False)
    privileges = Privileges(tables=frozenset(table.name for table in tables))
    description.document("public", privileges)

    spent = []
    for _ in range(3):
        started = time.perf_counter()
        description.document("public", privileges)
        spent.append(time.perf_counter() - started)

    assert min(spent) < 0.1
