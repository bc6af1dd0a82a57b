"""Embeds that decide which rows are shown; embeds narrowed, sorted, cut and spread."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_embed import ALPHA, BETA, GAMMA, NILGIRI, SAHYADRI, rows
from tests.service import Api

# --- inner, left, empty, null tests -----------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("drugs?select=id,makers!inner(name)&makers.name=like.N*", [3]),
        ("drugs?select=id,makers!inner(name)", [1, 2, 3]),
        ("drugs?select=id,makers!left(name)", [1, 2, 3, 4]),
        ("drugs?select=id,tags!inner(label)&tags.label=eq.cold", [1]),
        ("drugs?select=id,tags!drug_tags!inner(label)", [1, 2]),
        ("drugs?select=id,tags!inner!drug_tags(label)", [1, 2]),
        ("makers?select=id,drugs!inner(tags!inner(label))&drugs.tags.label=eq.rx", [1]),
        ("makers?select=id,drugs()&drugs=is.null", [3]),
        ("makers?select=id,drugs()&drugs=not.is.null", [1, 2]),
        ("makers?select=id,drugs!inner()&drugs.limit=0", []),
        ("makers?select=id,drugs()&drugs.offset=1&drugs=not.is.null", [1]),
        ("makers?select=id,drugs()&drugs.price=gt.10&drugs=not.is.null", [2]),
        ("makers?select=id,drugs()&drugs.price=gt.10&drugs=is.null", [1, 3]),
        ("makers?select=id,drugs()&or=(drugs.is.null,name.like.N*)", [2, 3]),
        ("makers?select=id,drugs()&or=(not.and(drugs.not.is.null),id.eq.1)", [1, 3]),
        ("makers?select=id,d:drugs()&d.price=gt.10&or=(d.not.is.null,country.is.null)", [2, 3]),
        ("drugs?select=id,makers()&makers=is.null", [4]),
    ],
)
def test_embeds_decide_which_rows_are_shown(shop: Api, path: str, expected: list[int]) -> None:
    assert [row["id"] for row in rows(shop, f"{path}&order=id")] == expected


def test_an_empty_embed_is_not_shown(shop: Api) -> None:
    assert rows(shop, "makers?select=name,drugs()&id=eq.1") == [{"name": SAHYADRI}]
    assert rows(shop, "drugs?select=id,makers(drugs())&id=eq.1") == [{"id": 1}]


# --- filters, order, limit on embeds ----------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("drugs.price=gt.10", [[], [GAMMA], []]),
        ("drugs.or=(price.gt.10,stock.eq.0)", [[BETA], [GAMMA], []]),
        ("drugs.not.or=(price.gt.10,stock.eq.0)", [[ALPHA], [], []]),
        ("drugs.and=(price.gt.1,stock.eq.0)", [[BETA], [], []]),
        ("drugs.not.and=(price.gt.1,stock.eq.0)", [[ALPHA], [GAMMA], []]),
        ("drugs.name=in.(Beta,Gamma)", [[BETA], [GAMMA], []]),
        ("drugs.extra->>form=eq.syrup", [[BETA], [], []]),
        ("drugs.order=name.desc", [[BETA, ALPHA], [GAMMA], []]),
        ("drugs.order=name.desc&drugs.limit=1", [[BETA], [GAMMA], []]),
        ("drugs.order=name&drugs.limit=1&drugs.offset=1", [[BETA], [], []]),
        ("drugs.limit=0", [[], [], []]),
    ],
)
def test_an_embed_is_narrowed_sorted_and_cut_for_each_parent(
    shop: Api, query: str, expected: list[list[str]]
) -> None:
    found = rows(shop, f"makers?select=drugs(name)&order=id&{query}")
    aliased = rows(shop, f"makers?select=d:drugs(name)&order=id&{query.replace('drugs.', 'd.')}")

    assert [[drug["name"] for drug in row["drugs"]] for row in found] == expected
    assert [row["d"] for row in aliased] == [row["drugs"] for row in found]


def test_a_filter_on_a_to_one_embed_hides_it_and_not_its_parent(shop: Api) -> None:
    path = "drugs?select=id,makers(name)&order=id&makers.name=eq.Nilgiri%20Labs"

    assert [row["makers"] for row in rows(shop, path)] == [None, None, {"name": NILGIRI}, None]


def test_paths_reach_embeds_within_embeds(shop: Api) -> None:
    path = (
        "makers?select=id,drugs(id,tags(label))&id=eq.1"
        "&drugs.tags.label=eq.rx&drugs.id=eq.1&drugs.tags.limit=1"
    )

    assert rows(shop, path) == [{"id": 1, "drugs": [{"id": 1, "tags": [{"label": "rx"}]}]}]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("makers(name),id", [3, 1, 2, 4]),
        ("makers(name).desc,id", [4, 1, 2, 3]),
        ("makers(name).desc.nullslast,id.desc", [2, 1, 3, 4]),
        ("makers(maker).desc,id", [4, 1, 2, 3]),
    ],
)
def test_rows_are_sorted_by_a_to_one_relation(shop: Api, order: str, expected: list[int]) -> None:
    found = rows(shop, f"drugs?select=id,makers(name,maker:name)&order={order}")
    spread = rows(shop, f"drugs?select=id,...makers(name,maker:name)&order={order}")
    nothing = rows(shop, f"drugs?select=id,...makers()&order={order.replace('(maker)', '(name)')}")
    hidden = order.replace("makers", "m").replace("maker)", "name)")
    aliased = rows(shop, f"drugs?select=id,m:makers()&order={hidden}")

    assert [row["id"] for row in found] == [row["id"] for row in aliased] == expected
    assert [row["id"] for row in spread] == [row["id"] for row in nothing] == expected


def test_an_order_by_a_relation_sees_only_what_the_embed_shows(shop: Api) -> None:
    answer = shop.get("/rest/v1/drugs?select=id,makers(name)&order=makers(country)")

    assert (answer.status_code, answer.json()["code"]) == (400, "42703")
    assert answer.json()["message"] == "column drugs_makers_1.country does not exist"


def test_a_count_counts_parents_that_inner_embeds_let_through(shop: Api) -> None:
    answer = shop.get(
        "/rest/v1/drugs?select=id,makers!inner(id)&order=id&limit=1",
        headers={"Prefer": "count=exact"},
    )

    assert (answer.status_code, answer.json()) == (206, [{"id": 1, "makers": {"id": 1}}])
    assert answer.headers["content-range"] == "0-0/3"


# --- spreads ----------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "drugs?select=id,...makers(maker:name,country)&order=id&id=gte.3",
            [
                {"id": 3, "maker": NILGIRI, "country": "IN"},
                {"id": 4, "maker": None, "country": None},
            ],
        ),
        (
            "drugs?select=id,...makers!inner(maker:name)&order=id&id=gte.3",
            [{"id": 3, "maker": NILGIRI}],
        ),
        ("people?select=id,...badges(code)&id=eq.3", [{"id": 3, "code": None}]),
        (
            "lines?select=qty,...drugs(drug:name,...makers(maker:name))&order_id=eq.2",
            [{"qty": 1, "drug": ALPHA, "maker": SAHYADRI}],
        ),
        (
            "lines?select=...drugs(makers(name),tags(label))&order_id=eq.2&drugs.tags.order=id",
            [{"makers": {"name": SAHYADRI}, "tags": [{"label": "cold"}, {"label": "rx"}]}],
        ),
        (
            "makers?select=id,...drugs(names:name,prices:price)&order=id&drugs.order=id.desc",
            [
                {"id": 1, "names": [BETA, ALPHA], "prices": [4, 1.5]},
                {"id": 2, "names": [GAMMA], "prices": [20]},
                {"id": 3, "names": [], "prices": []},
            ],
        ),
        (
            "drugs?select=id,...tags(label)&order=id&id=lte.2&tags.order=label.desc",
            [{"id": 1, "label": ["rx", "cold"]}, {"id": 2, "label": ["rx"]}],
        ),
        (
            "makers?select=...drugs(active,extra)&id=eq.2",
            [{"active": [False], "extra": [None]}],
        ),
        (
            "makers?select=id,...drugs(names:name,...tags(labels:label))"
            "&id=lte.2&order=id&drugs.order=id&drugs.tags.order=label",
            [
                {"id": 1, "names": [ALPHA, BETA], "labels": [["cold", "rx"], ["rx"]]},
                {"id": 2, "names": [GAMMA], "labels": [[]]},
            ],
        ),
        (
            "makers?select=id,...drugs(names:name,tags(label),makers(name))&id=eq.2",
            [{"id": 2, "names": [GAMMA], "tags": [[]], "makers": [{"name": NILGIRI}]}],
        ),
        (
            "tags?select=label,...drugs(drugs:name,...makers(makers:name))"
            "&order=id&id=gte.2&drugs.order=makers(makers),price.desc",
            [
                {"label": "rx", "drugs": [BETA, ALPHA], "makers": [SAHYADRI, SAHYADRI]},
                {"label": "unused", "drugs": [], "makers": []},
            ],
        ),
        (
            "makers?select=id,...drugs(names:name)&order=id&drugs.order=id&drugs.limit=1",
            [{"id": 1, "names": [ALPHA]}, {"id": 2, "names": [GAMMA]}, {"id": 3, "names": []}],
        ),
        (
            "drugs?select=*,...makers(*)&id=eq.3&makers.country=eq.FR",
            [
                {
                    "id": None,
                    "name": None,
                    "price": 20,
                    "stock": 7,
                    "active": False,
                    "maker_id": 2,
                    "color": None,
                    "added": "2026-03-10",
                    "seen": None,
                    "extra": None,
                    "country": None,
                }
            ],
        ),
        (
            "makers?select=id,...drugs!inner(names:name)&drugs.price=lt.2",
            [{"id": 1, "names": [ALPHA]}],
        ),
        ("makers?select=id,...drugs(names:name)&drugs=is.null", [{"id": 3, "names": []}]),
        ("lines?select=qty,...drugs(),...orders()&qty=eq.9", [{"qty": 9}]),
    ],
)
def test_a_spread_lifts_columns_or_gathers_them_in_lists(
    shop: Api, path: str, expected: list[dict[str, Any]]
) -> None:
    assert rows(shop, path) == expected


def test_postgresql_cuts_the_list_of_a_spread_off_before_it_sorts_it(shop: Api) -> None:
    path = "makers?select=...drugs(id)&id=eq.1&drugs.order=id.desc"
    first = [1] if shop.dialect == "postgresql" else [2]  # as in PostgREST, and as one would

    assert rows(shop, f"{path}&drugs.limit=1") == [{"id": first}]
    assert rows(shop, f"{path}&drugs.limit=2") == [{"id": [2, 1]}]
    assert shop.get(f"/{path}&drugs.limit=1").json() == [{"id": [2]}]
