"""Names resolved against a catalogue, without a database."""

from __future__ import annotations

import pytest

from autoapi.errors import ApiError
from autoapi.parse.url import parse_query
from autoapi.plan import find_table
from autoapi.plan.read import output_names, plan_read
from autoapi.plan.types import Every, Exists, Negation, OutputEmbed, Read, Some
from autoapi.plan.types import Test as Comparison
from tests.catalogues import make_schema

SCHEMA = make_schema()


def plan(table: str, query: str, *, aggregates: bool = False, cap: int | None = None) -> Read:
    schema = make_schema(aggregates=True) if aggregates else SCHEMA
    return plan_read(find_table(schema, table, None), parse_query(query).query, schema, cap)


def code(table: str, query: str) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        plan(table, query)
    return refused.value.status, refused.value.code


@pytest.mark.parametrize(
    ("table", "query", "names"),
    [
        ("makers", "", ("id", "name")),
        ("people", "", ("id", "boss_id")),
        ("makers", "select=n:name,*", ("n", "id", "name")),
        ("drugs", "select=extra->a->>b,id", ("b", "id")),
        ("drugs", "select=id,makers(name)", ("id", "makers")),
        ("drugs", "select=id,makers()", ("id",)),
        ("drugs", "select=...makers(maker:name),id", ("id", "maker")),
        ("drugs", "select=count", ("count",)),
    ],
)
def test_outputs_have_the_names_of_the_answer(
    table: str, query: str, names: tuple[str, ...]
) -> None:
    assert output_names(plan(table, query)) == names


@pytest.mark.parametrize(
    ("embed", "cardinality"),
    [
        ("drugs?select=makers(id)", "many-to-one"),
        ("drugs?select=maker_id(id)", "many-to-one"),
        ("drugs?select=maker_fkey(id)", "many-to-one"),
        ("makers?select=drugs!maker_fkey(id)", "one-to-many"),
        ("drugs?select=tags(id)", "many-to-many"),
        ("drugs?select=tags!drug_tags(id)", "many-to-many"),
        ("people?select=people(id)", "one-to-many"),
        ("people?select=boss_id(id)", "many-to-one"),
    ],
)
def test_an_embed_finds_its_relationship(embed: str, cardinality: str) -> None:
    table, _, query = embed.partition("?")
    output = plan(table, query).outputs[0]

    assert isinstance(output, OutputEmbed)
    assert output.embed.relationship.cardinality == cardinality


def test_filters_go_to_the_embed_they_name() -> None:
    read = plan(
        "makers", "select=id,drugs(id,tags(id))&drugs.price=gt.1&drugs.tags.id=eq.2&id=eq.3"
    )
    drugs = read.outputs[1]
    assert isinstance(drugs, OutputEmbed)
    tags = drugs.embed.read.outputs[1]
    assert isinstance(tags, OutputEmbed)

    assert isinstance(read.where, Comparison)
    assert isinstance(drugs.embed.read.where, Comparison)
    assert isinstance(tags.embed.read.where, Comparison)
    assert [each.slot for each in (drugs.embed.read.where, tags.embed.read.where, read.where)] == [
        0,
        1,
        2,
    ]


def test_null_tests_on_embeds_ask_whether_they_have_rows() -> None:
    read = plan("makers", "select=id,drugs()&drugs=is.null&or=(drugs.not.is.null,id.eq.1)")

    assert isinstance(read.where, Every)
    absent, either = read.where.parts
    assert isinstance(absent, Negation)
    assert isinstance(absent.part, Exists)
    assert isinstance(either, Some)


def test_the_cap_holds_for_lists_and_not_for_single_rows() -> None:
    read = plan("drugs", "select=id,makers(id),tags(id)", cap=5)
    embeds = [each.embed for each in read.outputs if isinstance(each, OutputEmbed)]

    assert read.cap == 5
    assert [embed.read.cap for embed in embeds] == [None, 5]


@pytest.mark.parametrize(
    ("table", "query", "expected"),
    [
        ("drugs", "select=nam", (400, "42703")),
        ("people", "select=password_hash", (400, "42703")),
        ("people", "password_hash=eq.x", (400, "42703")),
        ("drugs", "select=secrets(id)", (400, "PGRST200")),
        ("drugs", "select=makers!nope(id)", (400, "PGRST200")),
        ("drugs", "makers.id=eq.1", (400, "PGRST108")),
        ("drugs", "select=makers(id)&makers=eq.1", (400, "42703")),
        ("makers", "select=drugs(id)&order=drugs(id)", (400, "PGRST118")),
        ("drugs", "select=price.sum()", (400, "PGRST123")),
    ],
)
def test_what_does_not_exist_is_refused(table: str, query: str, expected: tuple[int, str]) -> None:
    assert code(table, query) == expected


def test_aggregates_group_a_level_where_they_are_allowed() -> None:
    assert plan("drugs", "select=active,price.sum()", aggregates=True).grouped
    assert plan("drugs", "select=count").grouped
    assert not plan("drugs", "select=active").grouped


@pytest.mark.parametrize(
    ("name", "profile", "expected"),
    [
        ("drug", None, (404, "PGRST205")),
        ("alembic_version", None, (404, "PGRST205")),
        ("secrets", None, (404, "PGRST205")),
        ("secrets", "hidden", (406, "PGRST106")),
        ("drugs", "public", (406, "PGRST106")),
    ],
)
def test_tables_that_callers_may_not_name_do_not_exist(
    name: str, profile: str | None, expected: tuple[int, str]
) -> None:
    with pytest.raises(ApiError) as refused:
        find_table(SCHEMA, name, profile)

    assert (refused.value.status, refused.value.code) == expected


def test_on_sqlite_public_means_the_one_schema() -> None:
    schema = make_schema("sqlite")

    assert find_table(schema, "drugs", "public") is find_table(schema, "drugs", None)
