"""Embeds that are refused, with the whole body of what is answered."""

from __future__ import annotations

import pytest

from tests.api.test_embed import rows, schema_of
from tests.service import Api, running

# --- aggregates -------------------------------------------


def test_aggregates_are_refused_unless_switched_on(shop: Api) -> None:
    for select in ("count()", "price.sum()", "makers(id.max())"):
        answer = shop.get(f"/rest/v1/drugs?select={select}")
        assert answer.status_code == 400
        assert answer.json() == {
            "code": "PGRST123",
            "details": None,
            "hint": None,
            "message": "Use of aggregate functions is not allowed",
        }


def test_the_old_count_of_an_embed_always_works(shop: Api) -> None:
    assert rows(shop, "drugs?select=count") == [{"count": 4}]
    assert rows(shop, "makers?select=id,drugs(count)&order=id") == [
        {"id": 1, "drugs": [{"count": 2}]},
        {"id": 2, "drugs": [{"count": 1}]},
        {"id": 3, "drugs": [{"count": 0}]},
    ]


# --- refusals ---------------------------------------------


def candidate(origin: str, target: str, cardinality: str, using: str) -> dict[str, str]:
    return {
        "cardinality": cardinality,
        "embedding": f"{origin} with {target}",
        "relationship": using,
    }


def test_an_ambiguous_embed_lists_what_it_may_mean(shop: Api) -> None:
    answer = shop.get("/rest/v1/orders?select=id,people(name)")

    assert answer.status_code == 300
    assert answer.json() == {
        "code": "PGRST201",
        "details": [
            candidate(
                "orders",
                "people",
                "many-to-one",
                f"orders_{key}_fkey using orders({key}_id) and people(id)",
            )
            for key in ("buyer", "seller")
        ],
        "hint": "Try changing 'people' to one of the following: 'people!orders_buyer_fkey',"
        " 'people!orders_seller_fkey'. Find the desired relationship in the 'details' key.",
        "message": "Could not embed because more than one relationship was found for"
        " 'orders' and 'people'",
    }


@pytest.mark.parametrize(
    ("embed", "sought", "hint"),
    [
        ("badges(code)", "'badges'", "Perhaps you meant 'lines' instead of 'badges'."),
        ("zzz(id)", "'zzz'", None),
        ("maker(name)", "'maker'", "Perhaps you meant 'makers' instead of 'maker'."),
        ("makers!nope(name)", "'makers' using the hint 'nope'", None),
    ],
)
def test_an_embed_that_nothing_leads_to_is_refused(
    shop: Api, embed: str, sought: str, hint: str | None
) -> None:
    answer = shop.get(f"/rest/v1/drugs?select=name,{embed}")
    target = sought.split("'")[1]

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST200",
        "details": f"Searched for a foreign key relationship between 'drugs' and {sought}"
        f" in the schema '{schema_of(shop)}', but no matches were found.",
        "hint": hint,
        "message": f"Could not find a relationship between 'drugs' and '{target}'"
        " in the schema cache",
    }


@pytest.mark.parametrize(
    "query",
    [
        "select=name&drugs.price=gt.1",
        "select=name&drugs.order=name",
        "select=name,d:drugs(name)&drugs.x.limit=1",
        "select=name,nothing(id)&drugs.or=(id.eq.1)",
        "select=name,d:drugs(name)&order=drugs(name)",
    ],
)
def test_a_path_to_what_is_not_embedded_is_refused(shop: Api, query: str) -> None:
    answer = shop.get(f"/rest/v1/makers?{query}")
    name = "x" if ".x." in query else "drugs"

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST108",
        "details": None,
        "hint": f"Verify that '{name}' is included in the 'select' query parameter.",
        "message": f"'{name}' is not an embedded resource in this request",
    }


def test_an_order_by_a_to_many_relation_is_refused(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers?select=name,drugs(name)&order=drugs(name)")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST118",
        "details": "'makers' and 'drugs' do not form a many-to-one or one-to-one relationship",
        "hint": None,
        "message": "A related order on 'drugs' is not possible",
    }


@pytest.mark.parametrize(
    "test", ["drugs=eq.1", "drugs=is.true", "drugs=is.not_null", "or=(drugs.gt.1,id.eq.1)"]
)
def test_any_other_test_than_for_null_is_one_on_a_column(shop: Api, test: str) -> None:
    answer = shop.get(f"/rest/v1/makers?select=name,drugs(name)&{test}")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "42703",
        "details": None,
        "hint": None,
        "message": "column makers.drugs does not exist",
    }


@pytest.mark.parametrize(
    ("query", "table", "near"),
    [
        ("makers?select=nam", "makers", "makers.name"),
        ("makers?nam=eq.1", "makers", "makers.name"),
        ("makers?order=nam", "makers", "makers.name"),
        ("makers?select=drugs(nam)", "drugs_1", "drugs_1.name"),
        ("makers?select=id,drugs(id)&drugs.nam=eq.1", "drugs_1", "drugs_1.name"),
        ("drugs?select=tags(nam)", "tags", None),
        ("lines?select=drugs(makers(nam))", "makers_2", "makers_2.name"),
        ("drugs?select=makers(name)&order=makers(nam)", "drugs_makers_1", "drugs_makers_1.name"),
        ("drugs?select=...makers(nam)", "makers_1", "makers_1.name"),
        ("drugs?select=id,makers()&makers.nam=eq.1", "makers_1", "makers_1.name"),
        ("drugs?select=id,makers!inner()&makers.order=nam", "makers_1", "makers_1.name"),
        ("makers?select=id,drugs()&drugs.nam=eq.1", "drugs_1", "drugs_1.name"),
        ("makers?select=id,...drugs()&drugs.order=nam", "drugs_1", "drugs_1.name"),
    ],
)
def test_an_unknown_column_is_told_as_postgresql_tells_it_to_postgrest(
    shop: Api, query: str, table: str, near: str | None
) -> None:
    answer = shop.get(f"/rest/v1/{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "42703")
    if shop.dialect == "postgresql":
        assert answer.json() == {
            "code": "42703",
            "details": None,
            "hint": near and f'Perhaps you meant to reference the column "{near}".',
            "message": f"column {table}.nam does not exist",
        }


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        (
            "drugs?select=makers(id),makers(name)",
            "42712",
            'table name "drugs_makers_1" specified more than once',
        ),
        (
            "lines?select=drugs(a:tags(id),...makers(id),...makers(name))",
            "42712",
            'table name "drugs_makers_2" specified more than once',
        ),
        (
            "makers?select=drugs(id),...drugs(name)",
            "42712",
            'table name "makers_drugs_1" specified more than once',
        ),
        (
            "makers?select=drugs(id),drugs()",
            "42803",
            "aggregate functions are not allowed in FROM clause of their own query level",
        ),
        (
            "drugs?select=...makers(name,name:country)",
            "42702",
            'column reference "name" is ambiguous',
        ),
        ("drugs?select=...makers(*,id)", "42702", 'column reference "id" is ambiguous'),
        (
            "makers?select=...drugs(*,...makers(*))",
            "42702",
            'column reference "id" is ambiguous',
        ),
        (
            "lines?select=orders(id),...drugs(name,...makers(x:id,name))",
            "42702",
            'column reference "name" is ambiguous',
        ),
    ],
)
def test_what_is_named_twice_is_told_as_postgresql_tells_it_to_postgrest(
    shop: Api, query: str, code: str, message: str
) -> None:
    answer = shop.get(f"/rest/v1/{query}")

    assert answer.status_code == 400
    assert answer.json() == {"code": code, "details": None, "hint": None, "message": message}


def test_an_aggregate_in_a_to_many_spread_is_refused(shop_url: str) -> None:
    with running(shop_url, db_aggregates_enabled=True) as api:
        for select in ("...drugs(price.sum())", "...drugs(id,...makers(id.max()))"):
            answer = api.get(f"/rest/v1/makers?select=name,{select}")
            assert answer.status_code == 400
            assert answer.json() == {
                "code": "PGRST127",
                "details": "Aggregates are not implemented for one-to-many or many-to-many"
                " spreads.",
                "hint": None,
                "message": "Feature not implemented",
            }


def test_faults_are_told_over_the_whole_tree_one_kind_after_the_other(shop: Api) -> None:
    faults = {
        "select=nothing(id)&drugs.id=eq.1": "PGRST108",
        "select=drugs(nothing(id)),count()&order=drugs(id)": "PGRST200",
        "select=drugs(id),count()&order=drugs(id)": "PGRST118",
        "select=nam,count()": "PGRST123",
        "select=...drugs(count())": "PGRST123",
    }
    for query, code in faults.items():
        assert shop.get(f"/rest/v1/makers?{query}").json()["code"] == code
