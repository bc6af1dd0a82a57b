"""The OpenAPI document: valid, complete, and silent about what callers may not know."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from autoapi.catalogue import Catalogue, Column, ForeignKey, Table, derive_relationships
from autoapi.openapi import Information, build_document
from autoapi.parse.types import Compare
from autoapi.parse.url import parse_query
from tests.openapi.catalogues import (
    INFORMATION,
    INTEGER,
    LOGS,
    ODD,
    ODD_COLUMNS,
    SHOP,
    TEXT,
    document_of,
    keyed,
    operations_of,
)

COMPONENT_NAME = re.compile(r"[a-zA-Z0-9._-]+")


@pytest.fixture(scope="module")
def shop() -> Any:
    return document_of(SHOP)


@pytest.fixture(scope="module")
def odd() -> Any:
    return document_of(ODD)


@pytest.mark.parametrize("catalogue", [SHOP, ODD, Catalogue("sqlite", "3", ("main",), ())])
def test_the_document_is_valid_openapi(catalogue: Catalogue) -> None:
    document = json.loads(msgspec.json.encode(document_of(catalogue)))

    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.parametrize("catalogue", [SHOP, ODD])
def test_every_reference_leads_somewhere(catalogue: Catalogue) -> None:
    document = document_of(catalogue)
    text = msgspec.json.encode(document).decode()

    for section, name in set(re.findall(r'"\$ref":"#/components/(\w+)/([^"]+)"', text)):
        assert name in document["components"][section]


def test_a_table_with_a_key_has_lists_items_and_the_strict_mount(shop: Any) -> None:
    assert list(shop["paths"]["/products"]) == ["get", "post", "patch", "delete"]
    assert list(shop["paths"]["/products/{id}"]) == ["parameters", "get", "put", "patch", "delete"]
    assert list(shop["paths"]["/rest/v1/products"]) == [
        "get",
        "head",
        "post",
        "put",
        "patch",
        "delete",
    ]


def test_a_composite_key_stands_in_one_segment(shop: Any) -> None:
    path = shop["paths"]["/order_items/{order_id},{code}"]

    assert [(each["name"], each["in"]) for each in path["parameters"]] == [
        ("order_id", "path"),
        ("code", "path"),
    ]
    assert path["parameters"][0]["schema"] == {"type": "integer", "format": "int32"}


def test_a_table_without_a_key_has_no_items_and_no_put(shop: Any) -> None:
    assert [path for path in shop["paths"] if path.startswith("/logs/")] == []
    assert "put" not in shop["paths"]["/rest/v1/logs"]


def test_what_is_read_only_has_no_writes_and_no_schemas_for_them(shop: Any) -> None:
    assert list(shop["paths"]["/stock"]) == ["get"]
    assert list(shop["paths"]["/rest/v1/stock"]) == ["get", "head"]
    assert "Stock" in shop["components"]["schemas"]
    assert "StockInsert" not in shop["components"]["schemas"]
    assert "StockUpdate" not in shop["components"]["schemas"]
    assert {tag["name"]: tag["description"] for tag in shop["tags"]}["stock"] == "View, read only"


def test_a_table_that_may_only_be_added_to_has_only_post() -> None:
    table = replace(LOGS, updatable=False, deletable=False)
    document = document_of(Catalogue("sqlite", "3", ("public",), (table,)))

    assert list(document["paths"]["/logs"]) == ["get", "post"]


def test_hidden_columns_and_tables_do_not_appear(shop: Any) -> None:
    text = msgspec.json.encode(shop).decode()

    assert "hashed_password" not in text
    assert "alembic_version" not in text
    assert "secret" not in text
    assert list(shop["components"]["schemas"]["Manufacturers"]["properties"]) == ["id", "name"]


def test_a_key_of_which_a_part_is_hidden_makes_no_item_address() -> None:
    table = Table(
        "public",
        "odd",
        "table",
        (Column("id", INTEGER), Column("password_hash", TEXT)),
        primary_key=("id", "password_hash"),
    )
    document = document_of(Catalogue("sqlite", "3", ("public",), (table,)))

    assert list(document["paths"]) == ["/odd", "/rest/v1/odd"]
    assert "password_hash" not in str(document)


def test_operation_names_read_well(shop: Any) -> None:
    products = [name for name in operations_of(shop) if "products" in name]

    assert products == [
        "list_products",
        "create_products",
        "update_products",
        "delete_products",
        "read_products_item",
        "replace_products_item",
        "update_products_item",
        "delete_products_item",
        "list_products_rest",
        "count_products_rest",
        "create_products_rest",
        "replace_products_rest",
        "update_products_rest",
        "delete_products_rest",
    ]


def test_operation_names_are_unique_whatever_tables_are_called(odd: Any) -> None:
    names = Counter(
        operation["operationId"]
        for path in odd["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    )

    assert [name for name, count in names.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


def test_component_names_are_valid_and_differ_in_more_than_case(odd: Any) -> None:
    for section in odd["components"].values():
        assert all(COMPONENT_NAME.fullmatch(name) for name in section)
    schemas = [name.casefold() for name in odd["components"]["schemas"]]
    assert len(schemas) == len(set(schemas))


def test_a_table_named_as_its_slug_keeps_it(odd: Any) -> None:
    operations = operations_of(odd)

    assert operations["list_a_b"]["tags"] == ["a_b"]
    assert operations["list_a_b_2"]["tags"] == ["a b"]
    assert operations["list_a_b_3"]["tags"] == ["A B"]


def test_a_table_called_error_does_not_hide_the_shared_schema(odd: Any) -> None:
    schemas = odd["components"]["schemas"]

    assert list(schemas["Error"]["properties"]) == ["code", "message", "details", "hint"]
    assert list(schemas["Error2"]["properties"]) == ["id"]


def test_paths_are_percent_encoded(odd: Any) -> None:
    assert "/%F0%9F%A7%AA%2F%7Bx%7D%3F%26%23%25/{id}" in odd["paths"]
    assert "/%E5%90%8D%E5%89%8D" in odd["paths"]
    decoded = {unquote(path) for path in odd["paths"]}
    assert "/rest/v1/🧪/{x}?&#%" in decoded


def test_every_filter_parameter_means_its_column_to_the_parser(odd: Any) -> None:
    operation = operations_of(odd)["list_odd_columns"]
    parameters = odd["components"]["parameters"]
    references = [each["$ref"].rpartition("/")[2] for each in operation["parameters"]]
    named = [parameters[each]["name"] for each in references if each.startswith("odd_columns.")]

    read = [parse_query(f"{quote(name, safe='')}=is.null").query.filters for name in named]

    documented = ODD_COLUMNS[4:]  # one named as a parameter would be the same argument as that
    assert len(named) == len(set(named)) == len(documented)
    conditions = [each.condition for filters in read for each in filters]
    assert [each.field.name for each in conditions if isinstance(each, Compare)] == list(documented)


def test_filters_have_no_examples_since_redoc_cannot_unescape_odd_names(odd: Any) -> None:
    parameters = odd["components"]["parameters"].values()
    names = {
        each["schema"]["$ref"].rpartition("/")[2] for each in parameters if "$ref" in each["schema"]
    }

    assert names
    for name in names:
        assert "examples" not in odd["components"]["schemas"][name]


def test_parameters_of_one_operation_are_unique(odd: Any) -> None:
    parameters = odd["components"]["parameters"]
    for operation in operations_of(odd).values():
        given = [
            parameters[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
            for each in operation["parameters"]
        ]
        keys = [(each["in"], each["name"]) for each in given]
        assert len(keys) == len(set(keys))


def test_other_schemas_are_on_the_strict_mount_alone_and_need_the_header(odd: Any) -> None:
    operation = odd["paths"]["/rest/v1/old%2Fer"]["get"]
    profile = odd["components"]["parameters"]["accept_profile.1"]

    assert "/old%2Fer" not in odd["paths"]
    assert operation["parameters"][0] == {"$ref": "#/components/parameters/accept_profile.1"}
    assert (profile["required"], profile["schema"]["enum"]) == (True, ["archive"])
    assert operation["tags"] == ["archive.old/er"]


def test_tables_of_one_name_in_two_schemas_share_a_path_that_says_so(odd: Any) -> None:
    operation = odd["paths"]["/rest/v1/a_b"]["get"]

    assert operation["tags"] == ["a_b"]
    assert "`archive`" in operation["description"]
    assert "ArchiveAB" in odd["components"]["schemas"]


def test_with_one_schema_there_are_no_profile_headers(shop: Any) -> None:
    assert "Profile" not in msgspec.json.encode(shop).decode()


def test_an_empty_prefix_puts_the_strict_mount_at_the_root() -> None:
    document = document_of(SHOP, replace(INFORMATION, rest_prefix=""))

    assert list(document["paths"]["/products"]) == ["get", "head", "post", "put", "patch", "delete"]
    assert [path for path in document["paths"] if "{" in path] == []


def test_friendly_paths_that_others_take_are_left_out() -> None:
    catalogue = Catalogue("sqlite", "3", ("public",), (keyed("public", "docs"),))

    document = document_of(catalogue, replace(INFORMATION, taken=frozenset({"/docs"})))

    assert list(document["paths"]) == ["/rest/v1/docs"]


def test_each_operation_lists_the_errors_it_can_answer(shop: Any) -> None:
    operations = operations_of(shop)

    assert list(operations["list_products"]["responses"]) == [
        "200", "206", "400", "401", "403", "404", "406", "416", "503", "default",
    ]  # fmt: skip
    assert list(operations["create_products"]["responses"]) == [
        "200", "201", "204", "400", "401", "403", "404", "406", "409", "413", "415", "503",
        "default",
    ]  # fmt: skip
    conflict = shop["components"]["responses"]["Conflict"]["content"]["application/json"]
    assert conflict == {"schema": {"$ref": "#/components/schemas/Error"}}


def test_lists_come_as_json_csv_and_one_object(shop: Any) -> None:
    content = shop["components"]["responses"]["ProductsList"]["content"]
    row = {"$ref": "#/components/schemas/Products"}

    assert content["application/json"]["schema"] == {"type": "array", "items": row}
    assert content["application/vnd.pgrst.object+json"]["schema"] == row
    assert content["text/csv"]["schema"] == {"$ref": "#/components/schemas/CsvRows"}


def test_select_says_what_can_be_embedded(shop: Any) -> None:
    select = shop["components"]["parameters"]["products-select"]

    assert "`manufacturers` (many-to-one, by `made_by`)" in select["description"]
    assert "secrets" not in select["description"]


def test_tags_carry_the_tables_comments(shop: Any) -> None:
    assert {"name": "manufacturers", "description": "Who makes what is sold"} in shop["tags"]


def test_a_token_is_asked_for_as_far_as_strangers_may_not() -> None:
    closed = document_of(SHOP)
    readable = document_of(SHOP, replace(INFORMATION, anonymous="read"))
    open_ = document_of(SHOP, replace(INFORMATION, anonymous="write"))
    without = document_of(SHOP, replace(INFORMATION, secured=False))

    assert closed["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert closed["security"] == [{"bearer": []}]
    assert operations_of(readable)["list_products"]["security"] == [{"bearer": []}, {}]
    assert "security" not in operations_of(readable)["create_products"]
    assert open_["security"] == [{"bearer": []}, {}]
    assert "security" not in without
    assert "securitySchemes" not in without["components"]


def test_equal_catalogues_make_equal_bytes() -> None:
    assert msgspec.json.encode(document_of(ODD)) == msgspec.json.encode(document_of(ODD))


def test_a_thousand_tables_take_seconds_not_minutes() -> None:
    columns = tuple(
        Column(f"column_{number}", INTEGER if number % 2 else TEXT, nullable=number > 2)
        for number in range(10)
    )
    names = [f"table_{number}" for number in range(1_000)]
    tables = tuple(
        Table("public", name, "table", columns, primary_key=("column_0",)) for name in names
    )
    keys = tuple(
        ForeignKey(f"key_{name}", ("public", name), ("column_1",), ("public", "table_0"), ("id",))
        for name in names
    )
    catalogue = Catalogue("postgresql", "17", ("public",), tables, keys)
    relationships = derive_relationships(catalogue)

    started = time.process_time()
    document = build_document(catalogue, relationships, Information("Big", "1", "", "/rest/v1"))
    seconds = time.process_time() - started

    assert len(operations_of(document)) == 14_000
    assert seconds < 5  # a second on an idle machine


def test_tables_whose_names_all_collide_do_not_take_longer_with_every_one() -> None:
    tables = tuple(keyed("public", chr(0x4E00 + number)) for number in range(1_000))
    catalogue = Catalogue("sqlite", "3", ("public",), tables)

    started = time.process_time()
    document = document_of(catalogue)

    assert len(operations_of(document)) == 14_000
    assert time.process_time() - started < 2
