"""Catalogues for the tests, made by hand: an ordinary shop, and everything that is odd."""

from __future__ import annotations

from typing import Any

from autoapi.catalogue import (
    Catalogue,
    Column,
    DataType,
    ForeignKey,
    Kind,
    Table,
    derive_relationships,
)
from autoapi.openapi import Information, build_document

INTEGER = DataType("integer", "integer", "integer")
BIGINT = DataType("bigint", "bigint", "integer")
TEXT = DataType("text", "text", "text")
NAME = DataType("character varying(40)", "character varying", "text")
PRICE = DataType("numeric(14,2)", "numeric", "number")
MOOD = DataType("mood", "mood", "enum", labels=("sad", "it's ok"))
TAGS = DataType("text[]", "text[]", "array", element=TEXT)

INFORMATION = Information("Shop", "2", "", "/rest/v1")

IDENTITY = Column("id", INTEGER, nullable=False, identity="always")

MANUFACTURERS = Table(
    "public",
    "manufacturers",
    "table",
    (IDENTITY, Column("name", TEXT, nullable=False), Column("hashed_password", TEXT)),
    primary_key=("id",),
    comment="Who makes what is sold",
)
PRODUCTS = Table(
    "public",
    "products",
    "table",
    (
        Column("id", BIGINT, nullable=False, identity="by default"),
        Column("name", NAME, nullable=False, max_length=40, comment="As on the box"),
        Column("price", PRICE, nullable=False, default="9.50"),
        Column("mood", MOOD),
        Column("state", MOOD, nullable=False, default="'it''s ok'::mood"),
        Column("tags", TAGS, nullable=False, default="'{}'::text[]"),
        Column("label", TEXT, generated=True),
        Column("maker_id", INTEGER, nullable=False),
        Column("made_at", DataType("timestamptz", "timestamptz", "timestamptz"), default="now()"),
    ),
    primary_key=("id",),
)
ORDER_ITEMS = Table(
    "public",
    "order_items",
    "table",
    (
        Column("order_id", INTEGER, nullable=False),
        Column("code", TEXT, nullable=False),
        Column("quantity", INTEGER, nullable=False),
    ),
    primary_key=("order_id", "code"),
)
STOCK = Table(
    "public",
    "stock",
    "view",
    (Column("id", INTEGER), Column("data", DataType("jsonb", "jsonb", "json"))),
    insertable=False,
    updatable=False,
    deletable=False,
)
LOGS = Table("public", "logs", "table", (Column("line", TEXT),))
BOOKKEEPING = Table("public", "alembic_version", "table", (Column("version_num", TEXT),))
INTERNAL = Table("private", "secrets", "table", (Column("secret", TEXT),))

SHOP = Catalogue(
    "postgresql",
    "17",
    ("public",),
    (MANUFACTURERS, PRODUCTS, ORDER_ITEMS, STOCK, LOGS, BOOKKEEPING, INTERNAL),
    foreign_keys=(
        ForeignKey("made_by", PRODUCTS.key, ("maker_id",), MANUFACTURERS.key, ("id",)),
        ForeignKey("to_secrets", PRODUCTS.key, ("name",), INTERNAL.key, ("secret",)),
    ),
)

KINDS: tuple[Kind, ...] = (
    "boolean",
    "integer",
    "number",
    "text",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "json",
    "bytes",
    "enum",
    "array",
    "range",
    "composite",
    "network",
    "text search",
    "geometry",
    "xml",
    "other",
)

ODD_COLUMNS = (
    "select",
    "order",
    "limit",
    "and",
    "a b",
    "a_b",
    "a.b",
    'quote"d',
    "back\\slash",
    "com,ma",
    "par(en)s",
    "data->key",
    " leading",
    "{brace}",
    "sla/sh",
    "naïve 名前 🧪",
    "名前",
    "1st",
    "per%cent",
)


def keyed(schema: str, name: str, *columns: str) -> Table:
    """A table whose first column is its key."""
    first, *others = columns or ("id",)
    listed = (Column(first, INTEGER, nullable=False), *(Column(other, TEXT) for other in others))
    return Table(schema, name, "table", listed, primary_key=(first,))


EVERY_KIND = Table(
    "public",
    "every kind",
    "table",
    tuple(Column(f"a {kind}", DataType(kind, kind, kind), nullable=True) for kind in KINDS),
)

ODD = Catalogue(
    "postgresql",
    "17",
    ("public", "archive"),
    (
        keyed("archive", "a_b"),
        keyed("archive", "old/er"),
        keyed("public", "a b"),
        keyed("public", "a_b"),
        keyed("public", "A B"),
        keyed("public", "error"),
        keyed("public", "products"),
        keyed("public", "products_item"),
        keyed("public", "products_insert"),
        keyed("public", "products_rest"),
        keyed("public", "filter_text"),
        keyed("public", "名前"),
        keyed("public", "🧪/{x}?&#%"),
        keyed("public", "1st"),
        Table(
            "public",
            "odd columns",
            "table",
            tuple(Column(name, TEXT, nullable=False) for name in ODD_COLUMNS),
            primary_key=("{brace}", "名前"),
        ),
        EVERY_KIND,
        Table("public", "no columns", "table", ()),
    ),
)


def document_of(catalogue: Catalogue, information: Information = INFORMATION) -> Any:
    """The document, untyped, so that tests can reach into it."""
    return build_document(catalogue, derive_relationships(catalogue), information)


def operations_of(document: Any) -> dict[str, Any]:
    """Every operation by its name."""
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    }
