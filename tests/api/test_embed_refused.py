"""Embeds that are refused, with the whole body of what is answered."""

from __future__ import annotations

import pytest

from tests.api.test_embed import rows, schema_of
from tests.service import Api

# --- aggregates -------------------------------------------


def test_aggregates_are_refused_unless_switched_on(shop: Api) -> None:
    for select in ("count()", "price.sum()", "makers(id.max())"):
        answer = shop.get(f"/rest/v1/drugs?select={select}")
        assert answer.status_code == 400
        assert answer.json() == {
            "code": "PGRST123",
            "details": None,
            "hint": "Set AUTOAPI_DB_AGGREGATES_ENABLED=true to allow them",
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
        ("badges(code)", "'badges'", None),
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
    ("query", "details", "hint"),
    [
        (
            "select=name&drugs.price=gt.1",
            None,
            "Verify that 'drugs' is included in the 'select' query parameter.",
        ),
        (
            "select=name&drugs.order=name",
            None,
            "Verify that 'drugs' is included in the 'select' query parameter.",
        ),
        (
            "select=name,d:drugs(name)&drugs.limit=1",
            "Target names are not allowed in filters if they have an alias",
            "Change 'drugs' to 'd' in filters, orders or limits.",
        ),
        (
            "select=name,drugz:drugs(name)&drugs.or=(id.eq.1)",
            "Target names are not allowed in filters if they have an alias",
            "Change 'drugs' to 'drugz' in filters, orders or limits.",
        ),
    ],
)
def test_a_path_to_what_is_not_embedded_is_refused(
    shop: Api, query: str, details: str | None, hint: str
) -> None:
    answer = shop.get(f"/rest/v1/makers?{query}")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST108",
        "details": details,
        "hint": hint,
        "message": "'drugs' is not an embedded resource in this request",
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


@pytest.mark.parametrize("test", ["drugs=eq.1", "drugs=is.true", "or=(drugs.gt.1,id.eq.1)"])
def test_an_embed_can_only_be_tested_for_null(shop: Api, test: str) -> None:
    answer = shop.get(f"/rest/v1/makers?select=name,drugs(name)&{test}")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST120",
        "details": "Only is null or not is null filters are allowed on embedded resources",
        "hint": None,
        "message": "Bad operator on the 'drugs' embedded resource",
    }


def test_an_unknown_column_of_an_embed_is_told_with_the_nearest_name(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers?select=drugs(nam)")

    assert (answer.status_code, answer.json()["code"]) == (400, "42703")
    assert answer.json()["hint"] == 'Perhaps you meant to reference the column "drugs.name".'
