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

    for levels in (6, 7, 12, 32, 33, 200):
        answer = shop.get(f"/rest/v1/people?select={nested(levels)}&id=eq.1")
        if levels <= 6:
            assert answer.json() == [{"id": 1, "boss_id": None}]
        elif levels > 32 or shop.dialect == "sqlite":
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
