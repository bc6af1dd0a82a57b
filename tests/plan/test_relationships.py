"""Which relationship an embed means, and what is said when it is none or several."""

from __future__ import annotations

import pytest

from autoapi.catalogue import (
    Catalogue,
    Column,
    ColumnSource,
    DataType,
    ForeignKey,
    Parameter,
    Routine,
    Table,
    UniqueKey,
    derive_relationships,
)
from autoapi.errors import ApiError
from autoapi.parse.types import SelectEmbed
from autoapi.parse.url import parse_query
from autoapi.plan.relationships import find_relationship

INTEGER = DataType("integer", "integer", "integer")
ID = Column("id", INTEGER)


def row_of(schema: str, name: str) -> DataType:
    return DataType(name, name, "composite", row_of=(schema, name))


def leads(name: str, source: str, target: str, schema: str = "s") -> Routine:
    taken = (Parameter("", row_of("s", source)),)
    return Routine(schema, name, taken, row_of("s", target), returns_set=True, estimated_rows=9)


TABLES = (
    Table("s", "people", "table", (ID, Column("boss", INTEGER)), ("id",)),
    Table("s", "letters", "table", (ID, Column("sender", INTEGER), Column("reader", INTEGER))),
    Table(
        "s",
        "persons",
        "view",
        (Column("number", INTEGER),),
        sources=(ColumnSource("number", ("s", "people"), "id"),),
    ),
    Table(
        "s",
        "kings",
        "table",
        (ID, Column("heir", INTEGER)),
        ("id",),
        (UniqueKey("kings_heir_key", ("heir",)),),
    ),
    Table("s", "lonely", "table", (ID,)),
    Table("other", "houses", "table", (ID, Column("owner", INTEGER)), ("id",)),
)
KEYS = (
    ForeignKey("sent", ("s", "letters"), ("sender",), ("s", "people"), ("id",)),
    ForeignKey("read", ("s", "letters"), ("reader",), ("s", "people"), ("id",)),
    ForeignKey("boss_fkey", ("s", "people"), ("boss",), ("s", "people"), ("id",)),
    ForeignKey("heir_fkey", ("s", "kings"), ("heir",), ("s", "kings"), ("id",)),
    ForeignKey("owner_fkey", ("other", "houses"), ("owner",), ("s", "people"), ("id",)),
)
ROUTINES = (
    leads("sender", "letters", "people"),
    leads("writings", "people", "letters"),
    leads("heirs", "kings", "kings", schema="other"),
)
CATALOGUE = Catalogue("postgresql", "17", ("s", "other"), TABLES, KEYS, ROUTINES)
RELATIONSHIPS = derive_relationships(CATALOGUE)


def meant(table: str, embed: str, schema: str = "s") -> tuple[str, str]:
    """Name and cardinality of what an embed means."""
    (item,) = parse_query(f"select={embed}").query.select
    assert isinstance(item, SelectEmbed)
    origin = CATALOGUE.by_key[schema, table]
    found = find_relationship(origin, item, RELATIONSHIPS, CATALOGUE)
    return found.name, found.cardinality


def refused(table: str, embed: str, schema: str = "s") -> ApiError:
    with pytest.raises(ApiError) as caught:
        meant(table, embed, schema)
    return caught.value


@pytest.mark.parametrize(
    ("table", "embed", "found"),
    [
        ("letters", "people!sent()", ("sent", "many-to-one")),
        ("letters", "people!reader()", ("read", "many-to-one")),
        ("letters", "read()", ("read", "many-to-one")),
        ("letters", "persons!sent()", ("sent", "many-to-one")),
        ("people", "letters!sender()", ("sent", "one-to-many")),
        ("people", "sent()", ("sent", "one-to-many")),
        ("people", "people()", ("boss_fkey", "one-to-many")),
        ("people", "people!boss()", ("boss_fkey", "one-to-many")),
        ("people", "people!id()", ("boss_fkey", "one-to-many")),
        ("people", "boss()", ("boss_fkey", "many-to-one")),
        ("people", "writings()", ("writings", "one-to-many")),
        ("people", "writings!whatever()", ("writings", "one-to-many")),
    ],
)
def test_an_embed_means_one_relationship(table: str, embed: str, found: tuple[str, str]) -> None:
    assert meant(table, embed) == found


@pytest.mark.parametrize(
    ("table", "embed"),
    [
        ("people", "people!boss_fkey()"),
        ("people", "boss_fkey()"),
        ("kings", "kings()"),
        ("kings", "heir()"),
        ("people", "houses()"),
        ("kings", "heirs()"),
        ("persons", "sent!x()"),
    ],
)
def test_an_embed_means_none(table: str, embed: str) -> None:
    assert refused(table, embed).code == "PGRST200"


def test_what_leads_out_of_the_schema_is_not_seen() -> None:
    assert refused("houses", "people()", "other").hint is None


@pytest.mark.parametrize(
    ("table", "embed", "hint"),
    [
        ("letters", "peple()", "Perhaps you meant 'people' instead of 'peple'."),
        ("letters", "people!nothing()", None),
        ("lonely", "people()", None),
    ],
)
def test_a_name_like_a_known_one_is_hinted_at(table: str, embed: str, hint: str | None) -> None:
    assert refused(table, embed).hint == hint


def test_of_an_origin_that_leads_nowhere_the_likest_that_does_is_hinted_at() -> None:
    origin = Table("s", "letter", "view", (ID,))
    (item,) = parse_query("select=people()").query.select
    assert isinstance(item, SelectEmbed)

    with pytest.raises(ApiError) as caught:
        find_relationship(origin, item, RELATIONSHIPS, CATALOGUE)

    assert caught.value.hint == "Perhaps you meant 'letters' instead of 'letter'."


def test_a_function_named_as_a_column_is_one_of_several_without_a_description() -> None:
    error = refused("letters", "sender()")

    assert (error.code, error.status) == ("PGRST201", 300)
    assert error.details == [
        {
            "cardinality": "many-to-one",
            "embedding": "letters with people",
            "relationship": "sent using letters(sender) and people(id)",
        },
        {},
    ]
    assert error.hint == (
        "Try changing 'sender' to one of the following: 'people!sent', ."
        " Find the desired relationship in the 'details' key."
    )
