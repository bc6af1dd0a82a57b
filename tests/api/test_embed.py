"""Embedded resources: every kind of relation, nested, filtered, spread, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Api

ALPHA, BETA, GAMMA, QUOTED = "Alpha", "Beta", "Gamma", 'alphabet, "quoted"'
SAHYADRI, NILGIRI, FJORD = "Sahyadri Lifecare", "Nilgiri Labs", "Fjord Pharma"


def rows(api: Api, path: str) -> Any:
    answer = api.get(f"/rest/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def schema_of(api: Api) -> str:
    return "main" if api.dialect == "sqlite" else "public"


def named(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


# --- kinds of relations -----------------------------------


def test_many_to_one_is_an_object_or_null(shop: Api) -> None:
    assert rows(shop, "drugs?select=name,makers(name)&order=id") == [
        {"name": ALPHA, "makers": {"name": SAHYADRI}},
        {"name": BETA, "makers": {"name": SAHYADRI}},
        {"name": GAMMA, "makers": {"name": NILGIRI}},
        {"name": QUOTED, "makers": None},
    ]


def test_one_to_many_is_a_list(shop: Api) -> None:
    assert rows(shop, "makers?select=name,drugs(name)&order=id&drugs.order=id") == [
        {"name": SAHYADRI, "drugs": named(ALPHA, BETA)},
        {"name": NILGIRI, "drugs": named(GAMMA)},
        {"name": FJORD, "drugs": []},
    ]


def test_many_to_many_goes_through_the_junction_from_both_sides(shop: Api) -> None:
    assert rows(shop, "drugs?select=id,tags(label)&order=id&tags.order=label") == [
        {"id": 1, "tags": [{"label": "cold"}, {"label": "rx"}]},
        {"id": 2, "tags": [{"label": "rx"}]},
        {"id": 3, "tags": []},
        {"id": 4, "tags": []},
    ]
    assert rows(shop, "tags?select=label,drugs(name)&order=id&drugs.order=id") == [
        {"label": "cold", "drugs": named(ALPHA)},
        {"label": "rx", "drugs": named(ALPHA, BETA)},
        {"label": "unused", "drugs": []},
    ]


def test_the_junction_itself_can_be_embedded(shop: Api) -> None:
    path = "drugs?select=drug_tags(note,tags(label))&id=eq.1&drug_tags.order=tag_id"

    assert rows(shop, path) == [
        {
            "drug_tags": [
                {"note": "fridge", "tags": {"label": "cold"}},
                {"note": None, "tags": {"label": "rx"}},
            ]
        }
    ]


def test_one_to_one_is_an_object_from_both_sides(shop: Api) -> None:
    assert rows(shop, "people?select=name,badges(code)&order=id") == [
        {"name": "Asha", "badges": {"code": "B-1"}},
        {"name": "Bela", "badges": {"code": "B-2"}},
        {"name": "Chad", "badges": None},
    ]
    assert rows(shop, "badges?select=code,people(name)&order=person_id") == [
        {"code": "B-1", "people": {"name": "Asha"}},
        {"code": "B-2", "people": {"name": "Bela"}},
    ]


def test_a_table_leads_to_itself_both_ways(shop: Api) -> None:
    parents = [
        {"name": "Asha", "boss": None},
        {"name": "Bela", "boss": {"name": "Asha"}},
        {"name": "Chad", "boss": {"name": "Asha"}},
    ]
    children = [
        {"name": "Asha", "reports": named("Bela", "Chad")},
        {"name": "Bela", "reports": []},
        {"name": "Chad", "reports": []},
    ]
    order = "&order=id&reports.order=id"

    assert rows(shop, "people?select=name,boss:boss_id(name)&order=id") == parents
    assert rows(shop, f"people?select=name,reports:people(name){order}") == children
    assert rows(shop, f"people?select=name,reports:people!boss_id(name){order}") == children


def test_a_view_has_the_relations_of_its_table(shop: Api) -> None:
    assert rows(shop, "cheap_drugs?select=name,makers(name)&order=id") == [
        {"name": ALPHA, "makers": {"name": SAHYADRI}},
        {"name": BETA, "makers": {"name": SAHYADRI}},
    ]
    assert rows(shop, "makers?select=id,cheap_drugs(name)&order=id&cheap_drugs.order=id") == [
        {"id": 1, "cheap_drugs": named(ALPHA, BETA)},
        {"id": 2, "cheap_drugs": []},
        {"id": 3, "cheap_drugs": []},
    ]
    assert rows(shop, "cheap_drugs?select=id,tags(label)&order=id&tags.order=label") == [
        {"id": 1, "tags": [{"label": "cold"}, {"label": "rx"}]},
        {"id": 2, "tags": [{"label": "rx"}]},
    ]


def test_embeds_nest(shop: Api) -> None:
    path = (
        "people?select=name,bought:orders!orders_buyer_fkey(id,lines(qty,drugs(name,makers(name))))"
        "&id=eq.1&bought.order=id&bought.lines.order=position"
    )
    sahyadri = {"name": SAHYADRI}

    assert rows(shop, path) == [
        {
            "name": "Asha",
            "bought": [
                {
                    "id": 1,
                    "lines": [
                        {"qty": 5, "drugs": {"name": ALPHA, "makers": sahyadri}},
                        {"qty": 9, "drugs": {"name": BETA, "makers": sahyadri}},
                    ],
                },
                {"id": 3, "lines": []},
            ],
        }
    ]


def test_six_levels_work_and_more_than_a_database_can_read_are_refused(shop: Api) -> None:
    def nested(levels: int) -> str:
        return "id" if levels == 0 else f"id,boss_id({nested(levels - 1)})"

    for levels in (6, 7, 12, 16, 17, 200):
        answer = shop.get(f"/rest/v1/people?select={nested(levels)}&id=eq.1")
        if levels <= 6:
            assert answer.json() == [{"id": 1, "boss_id": None}]
        elif levels > 16 or shop.dialect == "sqlite":
            assert (answer.status_code, answer.json()["code"]) == (400, "AUTO108")
        else:
            assert answer.status_code == 200


def test_an_item_can_have_embeds(shop: Api) -> None:
    assert shop.get("/orders/1?select=id,lines(qty)&lines.order=qty.desc").json() == {
        "id": 1,
        "lines": [{"qty": 9}, {"qty": 5}],
    }


def test_a_star_in_an_embed_shows_all_columns_but_hashes(shop: Api) -> None:
    path = "orders?select=id,people!orders_buyer_fkey(*,badges(*))&id=eq.1"

    assert rows(shop, path) == [
        {
            "id": 1,
            "people": {
                "id": 1,
                "name": "Asha",
                "boss_id": None,
                "badges": {"person_id": 1, "code": "B-1"},
            },
        }
    ]


# --- hints ------------------------------------------------


@pytest.mark.parametrize(
    "embed",
    [
        "buyer:people!orders_buyer_fkey(name)",
        "buyer:people!buyer_id(name)",
        "buyer:buyer_id(name)",
        "buyer:orders_buyer_fkey(name)",
    ],
)
def test_a_relation_is_named_by_constraint_or_column(shop: Api, embed: str) -> None:
    assert rows(shop, f"orders?select=id,{embed}&order=id") == [
        {"id": 1, "buyer": {"name": "Asha"}},
        {"id": 2, "buyer": {"name": "Bela"}},
        {"id": 3, "buyer": {"name": "Asha"}},
    ]


def test_two_relations_to_one_table_stand_side_by_side(shop: Api) -> None:
    path = "people?select=name,bought:orders!buyer_id(id),sold:orders!orders_seller_fkey(id)"

    assert rows(shop, f"{path}&order=id&bought.order=id") == [
        {"name": "Asha", "bought": [{"id": 1}, {"id": 3}], "sold": []},
        {"name": "Bela", "bought": [{"id": 2}], "sold": [{"id": 1}]},
        {"name": "Chad", "bought": [], "sold": [{"id": 2}]},
    ]


def test_a_junction_is_a_hint(shop: Api) -> None:
    hinted = rows(shop, "drugs?select=id,tags!drug_tags(label)&order=id&tags.order=id")

    assert hinted == rows(shop, "drugs?select=id,tags(label)&order=id&tags.order=id")


def test_a_column_leads_to_a_table_and_not_to_a_view_of_it(shop: Api) -> None:
    for name in ("drug_id", "lines_drug_id_fkey"):
        found = rows(shop, f"lines?select={name}(name)&order_id=eq.2")
        assert found == [{name: {"name": ALPHA}}]


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
        ("makers?select=id,drugs()&drugs=is.not_null", [1, 2]),
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
        ("makers(country).nullsfirst,id", [4, 1, 2, 3]),
    ],
)
def test_rows_are_sorted_by_a_to_one_relation(shop: Api, order: str, expected: list[int]) -> None:
    found = rows(shop, f"drugs?select=id,makers(name)&order={order}")
    aliased = rows(shop, f"drugs?select=id,m:makers()&order={order.replace('makers', 'm')}")

    assert [row["id"] for row in found] == [row["id"] for row in aliased] == expected


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
    ],
)
def test_a_spread_lifts_columns_or_gathers_them_in_lists(
    shop: Api, path: str, expected: list[dict[str, Any]]
) -> None:
    assert rows(shop, path) == expected


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
