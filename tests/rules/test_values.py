"""A row's values are of the types that the rule's model has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from autoapi.catalogue import Catalogue, Column, DataType, Kind, Table
from autoapi.changes import read_values, value_columns
from autoapi.changes.values import is_odd, read_rows
from autoapi.rules import Rule, Viewer
from autoapi.rules.declared import Hook, TableRef


def column(name: str, kind: Kind, type_: str) -> Column:
    return Column(name, DataType(type_, type_, kind))


COLUMNS = (
    column("id", "uuid", "uuid"),
    column("qty", "integer", "integer"),
    column("price", "number", "numeric"),
    column("weight", "number", "double precision"),
    column("made", "date", "date"),
    column("seen", "timestamptz", "timestamp with time zone"),
    column("open", "boolean", "boolean"),
    column("name", "text", "text"),
    column("extra", "json", "jsonb"),
)
PARTS = Table("public", "parts", "table", COLUMNS, primary_key=("id",))
TEXT = (
    b'[{"id":"6f9619ff-8b86-d011-b42d-00c04fc964ff","qty":3,"price":1.10,"weight":0.5,'
    b'"made":"2026-01-05","seen":"2026-01-05T10:00:00+00:00","open":true,"name":"x",'
    b'"extra":{"a":[1]},"other":1}]'
)


def test_values_are_python_s_and_exact() -> None:
    (row,) = read_rows(TEXT)
    assert read_values(row, value_columns(PARTS)) == {
        "id": UUID("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
        "qty": 3,
        "price": Decimal("1.10"),
        "weight": 0.5,
        "made": date(2026, 1, 5),
        "seen": datetime(2026, 1, 5, 10, tzinfo=UTC),
        "open": True,
        "name": "x",
        "extra": {"a": [1]},
    }


def test_a_number_is_a_float_where_the_model_says_so() -> None:
    model = sa.Table("parts", sa.MetaData(), sa.Column("price", sa.Double))
    rule: Rule = Hook(
        "m.f", TableRef(None, "parts", model), "check", frozenset({"insert"}), lambda change: None
    )
    catalogue = Catalogue("sqlite", "3", ("public",), (PARTS,))
    (table,) = Viewer(catalogue, [rule]).view("").catalogue.tables
    values = read_values({"price": Decimal("1.10")}, value_columns(table))
    assert (values["price"], type(values["price"])) == (1.1, float)


def test_what_is_of_another_kind_is_odd() -> None:
    known = {each.name: each for each in COLUMNS}
    for name, value in (
        ("qty", "x"),
        ("qty", 1.5),
        ("price", "dear"),
        ("price", True),
        ("made", "soon"),
        ("id", "1"),
        ("open", "perhaps"),
    ):
        assert is_odd(value, known[name]), (name, value)
    for name, value in (("qty", "3"), ("price", "1.5"), ("made", "2026-01-05"), ("name", 5)):
        assert not is_odd(value, known[name]), (name, value)
