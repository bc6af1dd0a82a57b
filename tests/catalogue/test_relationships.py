"""What leads where: foreign keys, junctions, views and functions, in the order they are listed."""

from __future__ import annotations

from dataclasses import replace

from autoapi.catalogue import (
    Catalogue,
    Column,
    ColumnSource,
    DataType,
    ForeignKey,
    Parameter,
    Relationship,
    Routine,
    Table,
    TableKind,
    UniqueKey,
    derive_relationships,
)

INTEGER = DataType("integer", "integer", "integer")


def table(
    name: str,
    *columns: str,
    key: tuple[str, ...] = ("id",),
    unique: tuple[UniqueKey, ...] = (),
    kind: TableKind = "table",
    schema: str = "s",
    sources: tuple[ColumnSource, ...] = (),
) -> Table:
    held = tuple(Column(each, INTEGER) for each in columns)
    return Table(schema, name, kind, held, key, unique, sources=sources)


def key(name: str, source: str, columns: str, target: str, referred: str = "id") -> ForeignKey:
    return ForeignKey(
        name, ("s", source), tuple(columns.split()), ("s", target), tuple(referred.split())
    )


def catalogue(
    *tables: Table, keys: tuple[ForeignKey, ...] = (), routines: tuple[Routine, ...] = ()
) -> Catalogue:
    return Catalogue("postgresql", "17", ("s",), tables, keys, routines)


def row_of(name: str) -> DataType:
    return DataType(f"s.{name}", f"s.{name}", "composite", row_of=("s", name))


def leads(name: str, source: str, target: str, *, one: bool = False, schema: str = "s") -> Routine:
    taken = (Parameter("", row_of(source)),)
    rows = 1 if one else 1_000
    return Routine(schema, name, taken, row_of(target), returns_set=True, estimated_rows=rows)


def listed(found: Catalogue, source: str) -> list[tuple[str, str, str]]:
    relationships = derive_relationships(found).get(("s", source), ())
    return [(each.target[1], each.cardinality, each.name) for each in relationships]


def test_a_key_that_is_unique_makes_its_relationship_one_to_one() -> None:
    found = catalogue(
        table("people", "id"),
        table("by_key", "id", key=("id",)),
        table("by_constraint", "id", "person", unique=(UniqueKey("u", ("person",)),)),
        table("by_index", "id", "person", unique=(UniqueKey("u", ("person",), False),)),
        table("by_part", "id", "person", "day", key=("person",)),
        keys=(
            key("a", "by_key", "id", "people"),
            key("b", "by_constraint", "person", "people"),
            key("c", "by_index", "person", "people"),
            key("d", "by_part", "person day", "people", "id id"),
        ),
    )

    assert listed(found, "people") == [
        ("by_constraint", "one-to-one", "b"),
        ("by_index", "one-to-many", "c"),
        ("by_key", "one-to-one", "a"),
        ("by_part", "one-to-many", "d"),
    ]


def test_a_junction_holds_two_keys_of_many_to_one_in_its_primary_key() -> None:
    found = catalogue(
        table("films", "id"),
        table("actors", "id"),
        table("roles", "film", "actor", "take", key=("film", "actor", "take")),
        table("stars", "film", "actor", key=("film",)),
        table("casts", "film", "actor", key=("film", "actor"), unique=(UniqueKey("u", ("film",)),)),
        keys=tuple(
            key(f"{name}_{end}", name, end, f"{end}s")
            for name in ("roles", "stars", "casts")
            for end in ("film", "actor")
        ),
    )

    assert [each for each in listed(found, "actors") if each[1] == "many-to-many"] == [
        ("films", "many-to-many", "roles_actor and roles_film")
    ]


def test_relationships_to_one_table_are_listed_to_many_first() -> None:
    found = catalogue(
        table("sites", "id", "main"),
        table("projects", "id"),
        table("jobs", "site", "project", key=("site", "project")),
        table("again", "site", "project", key=("site", "project")),
        table("zones", "id", "site"),
        keys=(
            key("main_fkey", "sites", "main", "projects"),
            key("job_site", "jobs", "site", "sites"),
            key("job_project", "jobs", "project", "projects"),
            key("again_site", "again", "site", "sites"),
            key("again_project", "again", "project", "projects"),
            key("back", "projects", "id", "sites"),
        ),
    )
    found = replace(
        found,
        tables=tuple(
            replace(each, primary_key=("x",)) if each.name == "projects" else each
            for each in found.tables
        ),
    )

    assert [each for each in listed(found, "sites") if each[0] == "projects"] == [
        ("projects", "one-to-many", "back"),
        ("projects", "many-to-one", "main_fkey"),
        ("projects", "many-to-many", "again_site and again_project"),
        ("projects", "many-to-many", "job_site and job_project"),
    ]


def test_a_view_is_one_to_one_where_its_table_is() -> None:
    sources = (ColumnSource("person", ("s", "badges"), "person_id"),)
    found = catalogue(
        table("people", "id"),
        table("badges", "person_id", key=("person_id",)),
        table("shown", "person", key=("person",), kind="view", sources=sources),
        keys=(key("owner", "badges", "person_id", "people"),),
    )

    assert listed(found, "people") == [
        ("badges", "one-to-one", "owner"),
        ("shown", "one-to-one", "owner"),
    ]
    assert listed(found, "shown") == [("people", "one-to-one", "owner")]


def test_a_view_that_repeats_columns_leads_by_each() -> None:
    base = ("s", "visits")
    sources = tuple(
        ColumnSource(name, base, column) for name, column in (("a1", "a"), ("a2", "a"), ("b1", "b"))
    )
    found = catalogue(
        table("places", "a", "b", key=("a", "b")),
        table("visits", "id", "a", "b"),
        table("shown", "a1", "a2", "b1", key=(), kind="view", sources=sources),
        keys=(key("place", "visits", "a b", "places", "a b"),),
    )

    assert [each.columns for each in derive_relationships(found)["s", "shown"]] == [
        (("a1", "a"), ("b1", "b")),
        (("a2", "a"), ("b1", "b")),
    ]


def test_a_function_of_a_row_leads_to_the_rows_it_returns() -> None:
    found = catalogue(
        table("films", "id"),
        table("premieres", "id"),
        routines=(
            leads("premieres", "films", "premieres"),
            leads("film", "premieres", "films", one=True),
        ),
    )

    assert derive_relationships(found) == {
        ("s", "films"): (
            Relationship(
                "premieres",
                ("s", "films"),
                ("s", "premieres"),
                "one-to-many",
                routine=("s", "premieres"),
            ),
        ),
        ("s", "premieres"): (
            Relationship(
                "film", ("s", "premieres"), ("s", "films"), "many-to-one", routine=("s", "film")
            ),
        ),
    }


def test_a_function_replaces_what_keys_say_of_the_table_of_its_name() -> None:
    tables = (table("films", "id", "director"), table("directors", "id"))
    keys = (key("directed", "films", "director", "directors"),)
    other = replace(leads("other", "films", "directors"), returns_set=False, estimated_rows=0)
    found = catalogue(
        *tables, keys=keys, routines=(leads("directors", "films", "directors"), other)
    )

    assert listed(found, "films") == [
        ("directors", "one-to-many", "directors"),
        ("directors", "many-to-one", "other"),
    ]
    assert listed(found, "directors") == [("films", "one-to-many", "directed")]


def test_functions_that_are_not_of_one_row_lead_nowhere() -> None:
    tables = (table("films", "id"), table("directors", "id"))
    one = leads("f", "films", "directors")
    routines = (
        replace(one, parameters=(*one.parameters, Parameter("n", INTEGER))),
        replace(one, returns=INTEGER),
        replace(one, schema="hidden"),
        replace(one, is_procedure=True),
        replace(one, parameters=(Parameter("n", INTEGER),)),
    )

    assert derive_relationships(catalogue(*tables, routines=routines)) == {}
