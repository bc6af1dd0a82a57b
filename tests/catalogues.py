"""A small catalogue made by hand, for tests that need no database."""

from __future__ import annotations

from typing import Literal

from autoapi.catalogue import (
    Catalogue,
    Column,
    DataType,
    ForeignKey,
    Table,
    derive_relationships,
)
from autoapi.plan import Schema

INTEGER = DataType("integer", "integer", "integer")
NUMBER = DataType("numeric(10,2)", "numeric", "number")
TEXT = DataType("text", "text", "text")
BOOLEAN = DataType("boolean", "boolean", "boolean")
JSON = DataType("jsonb", "jsonb", "json")

KEY = Column("id", INTEGER, nullable=False)


def make_schema(
    dialect: Literal["postgresql", "sqlite"] = "postgresql", *, aggregates: bool = False
) -> Schema:
    """Makers, drugs, tags and what ties them, in the schema ``s``; one table elsewhere."""
    tables = (
        Table("s", "alembic_version", "table", (Column("version_num", TEXT),)),
        Table(
            "s",
            "drug_tags",
            "table",
            (Column("drug_id", INTEGER), Column("tag_id", INTEGER)),
            primary_key=("drug_id", "tag_id"),
        ),
        Table(
            "s",
            "drugs",
            "table",
            (
                KEY,
                Column("name", TEXT),
                Column("price", NUMBER),
                Column("active", BOOLEAN),
                Column("extra", JSON),
                Column("maker_id", INTEGER),
            ),
            primary_key=("id",),
        ),
        Table("s", "makers", "table", (KEY, Column("name", TEXT)), primary_key=("id",)),
        Table(
            "s",
            "people",
            "table",
            (KEY, Column("boss_id", INTEGER), Column("password_hash", TEXT)),
            primary_key=("id",),
        ),
        Table("s", "tags", "table", (KEY, Column("label", TEXT)), primary_key=("id",)),
        Table("hidden", "secrets", "table", (KEY, Column("drug_id", INTEGER))),
    )
    keys = (
        ForeignKey("drug_fkey", ("s", "drug_tags"), ("drug_id",), ("s", "drugs"), ("id",)),
        ForeignKey("tag_fkey", ("s", "drug_tags"), ("tag_id",), ("s", "tags"), ("id",)),
        ForeignKey("maker_fkey", ("s", "drugs"), ("maker_id",), ("s", "makers"), ("id",)),
        ForeignKey("boss_fkey", ("s", "people"), ("boss_id",), ("s", "people"), ("id",)),
        ForeignKey("secret_fkey", ("hidden", "secrets"), ("drug_id",), ("s", "drugs"), ("id",)),
    )
    catalogue = Catalogue(dialect, "17", ("s",), tables, keys)
    return Schema(catalogue, derive_relationships(catalogue), aggregates=aggregates)
