"""Upserts: POST that merges or ignores duplicates, and PUT of one row at its key."""

from __future__ import annotations

import pytest

from tests.api.rows import all_rows, query
from tests.service import Api

MERGE = {"Prefer": "resolution=merge-duplicates, return=representation"}
IGNORE = {"Prefer": "resolution=ignore-duplicates, return=representation"}
FULL = {"Prefer": "return=representation"}


def test_a_merge_makes_new_rows_and_overwrites_old_ones(shop: Api) -> None:
    rows = [{"id": 1, "name": "Renamed"}, {"id": 9, "name": "New"}]

    answer = shop.post("/rest/v1/makers", json=rows, headers=MERGE)

    assert answer.status_code == 201
    assert answer.json() == [
        {"id": 1, "name": "Renamed", "country": "IN"},
        {"id": 9, "name": "New", "country": None},
    ]
    assert answer.headers["preference-applied"] == (
        "resolution=merge-duplicates, return=representation"
    )


def test_a_merge_that_makes_nothing_is_a_200(shop: Api) -> None:
    rows = [{"id": 1, "name": "Renamed"}, {"id": 2, "name": "Too"}]

    answer = shop.post("/rest/v1/makers?select=name", json=rows, headers=MERGE)
    minimal = shop.post(
        "/rest/v1/makers", json=rows, headers={"Prefer": "resolution=merge-duplicates"}
    )

    assert (answer.status_code, answer.json()) == (200, [{"name": "Renamed"}, {"name": "Too"}])
    assert (minimal.status_code, minimal.content) == (200, b"")


def test_an_empty_list_merged_is_a_200(shop: Api) -> None:
    answer = shop.post("/rest/v1/makers", json=[], headers=MERGE)

    assert (answer.status_code, answer.json()) == (200, [])


def test_a_merge_by_another_unique_column(shop: Api) -> None:
    rows = [{"name": "Nilgiri Labs", "country": "NP"}, {"name": "Nowhere", "country": None}]

    answer = shop.post("/rest/v1/makers?on_conflict=name", json=rows, headers=MERGE)

    assert answer.status_code == 201
    merged, made = answer.json()
    assert merged == {"id": 2, "name": "Nilgiri Labs", "country": "NP"}
    assert (made["name"], made["id"] in (1, 2, 3)) == ("Nowhere", False)
    again = shop.post("/rest/v1/makers?on_conflict=name", json=rows, headers=MERGE)
    assert (again.status_code, again.json()) == (200, answer.json())


def test_a_merge_by_a_composite_key(shop: Api) -> None:
    rows = [
        {"order_id": 1, "position": 1, "qty": 50},
        {"order_id": 3, "position": 1, "qty": 1},
    ]

    answer = shop.post("/rest/v1/lines", json=rows, headers=MERGE)

    assert answer.status_code == 201
    assert answer.json() == [rows[0] | {"drug_id": 1}, rows[1] | {"drug_id": None}]
    named = shop.post("/rest/v1/lines?on_conflict=order_id,position", json=rows, headers=MERGE)
    assert (named.status_code, named.json()) == (200, answer.json())


def test_a_merge_of_keys_alone(shop: Api) -> None:
    answer = shop.post("/rest/v1/drug_tags", json={"drug_id": 1, "tag_id": 1}, headers=MERGE)

    assert answer.status_code == 200
    assert answer.json() == [{"drug_id": 1, "tag_id": 1, "note": "fridge"}]


def test_ignored_duplicates_are_left_and_not_shown(shop: Api) -> None:
    rows = [{"id": 1, "name": "Renamed"}, {"id": 9, "name": "New"}]

    answer = shop.post("/rest/v1/makers", json=rows, headers=IGNORE)

    assert answer.status_code == 201
    assert answer.json() == [{"id": 9, "name": "New", "country": None}]
    assert answer.headers["preference-applied"] == (
        "resolution=ignore-duplicates, return=representation"
    )
    assert query(shop.url, "SELECT name FROM makers WHERE id = 1") == [("Sahyadri Lifecare",)]


def test_duplicates_by_another_unique_column_are_ignored(shop: Api) -> None:
    rows = [{"name": "Nilgiri Labs"}, {"name": "Nowhere"}]

    answer = shop.post("/rest/v1/makers?on_conflict=name&select=name", json=rows, headers=IGNORE)

    assert (answer.status_code, answer.json()) == (201, [{"name": "Nowhere"}])


def test_a_friendly_object_that_was_ignored_is_null(shop: Api) -> None:
    before = all_rows(shop.url)

    answer = shop.post("/makers", json={"id": 1, "name": "Renamed"}, headers=IGNORE)

    assert (answer.status_code, answer.content) == (200, b"null")
    assert "location" not in answer.headers
    assert all_rows(shop.url) == before


def test_a_friendly_merge_gives_the_rows_address(shop: Api) -> None:
    prefer = {"Prefer": "resolution=merge-duplicates"}

    merged = shop.post("/makers", json={"id": 1, "name": "Renamed"}, headers=prefer)
    made = shop.post("/makers", json={"id": 9, "name": "New"}, headers=prefer)

    assert (merged.status_code, merged.json()["name"]) == (200, "Renamed")
    assert (made.status_code, made.headers["location"]) == (201, "/makers/9")


def test_without_a_key_there_is_nothing_to_resolve(shop: Api) -> None:
    for headers in (MERGE, IGNORE):
        answer = shop.post("/rest/v1/notes", json={"body": "two"}, headers=headers)

        assert (answer.status_code, answer.json()) == (201, [{"body": "two", "weight": None}])
        assert answer.headers["preference-applied"] == "return=representation"
    assert query(shop.url, "SELECT count(*) FROM notes") == [(5,)]


def test_a_conflict_on_a_column_that_is_not_unique_is_refused(shop: Api) -> None:
    before = all_rows(shop.url)

    answer = shop.post(
        "/rest/v1/makers?on_conflict=country", json={"name": "A", "country": "IN"}, headers=MERGE
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "42P10")
    assert all_rows(shop.url) == before


def test_a_conflict_on_an_unknown_column_is_refused_by_the_database(shop: Api) -> None:
    answer = shop.post("/rest/v1/makers?on_conflict=nmae", json={"name": "A"}, headers=MERGE)

    assert (answer.status_code, answer.json()["code"]) == (400, "42703")
    assert answer.json()["message"] == 'column "nmae" does not exist'


def test_another_constraint_still_refuses_a_merge(shop: Api) -> None:
    before = all_rows(shop.url)
    rows = [{"id": 9, "name": "New"}, {"id": 1, "name": "Nilgiri Labs"}]

    answer = shop.post("/rest/v1/makers", json=rows, headers=MERGE)

    assert (answer.status_code, answer.json()["code"]) == (409, "23505")
    assert all_rows(shop.url) == before


def test_a_merge_with_defaults_numbers_the_rows_that_have_no_number(shop: Api) -> None:
    rows = [{"id": 1, "name": "Renamed"}, {"name": "New"}]
    prefer = {"Prefer": "resolution=merge-duplicates,missing=default,return=representation"}

    answer = shop.post("/rest/v1/makers?columns=id,name&select=name", json=rows, headers=prefer)

    assert (answer.status_code, answer.json()) == (201, [{"name": "Renamed"}, {"name": "New"}])
    assert answer.headers["preference-applied"] == (
        "resolution=merge-duplicates, missing=default, return=representation"
    )


def test_a_strict_put_makes_a_row_and_then_overwrites_it(shop: Api) -> None:
    body = {"id": 9, "name": "New", "country": "IN"}

    made = shop.put("/rest/v1/makers?id=eq.9", json=body, headers=FULL)
    again = shop.put("/rest/v1/makers?id=eq.9", json=[body | {"name": "Newer"}], headers=FULL)
    quiet = shop.put("/rest/v1/makers?id=eq.9", json=body)

    assert (made.status_code, made.json()) == (201, [body])
    assert (again.status_code, again.json()) == (200, [body | {"name": "Newer"}])
    assert (quiet.status_code, quiet.content) == (204, b"")
    assert "content-range" not in again.headers
    assert query(shop.url, "SELECT name FROM makers WHERE id = 9") == [("New",)]


def test_a_strict_put_by_a_composite_key(shop: Api) -> None:
    body = {"order_id": 3, "position": 2, "drug_id": None, "qty": 7}
    path = "/rest/v1/lines?position=eq.2&order_id=eq.3"

    made = shop.put(path, json=body, headers=FULL)
    again = shop.put(path, json=body | {"qty": 8}, headers=FULL)

    assert (made.status_code, made.json()) == (201, [body])
    assert (again.status_code, again.json()) == (200, [body | {"qty": 8}])


def test_a_friendly_put_of_an_item_may_leave_the_key_to_the_address(shop: Api) -> None:
    made = shop.put("/makers/9", json={"name": "New"})
    again = shop.put("/makers/9", json={"id": 9, "name": "Newer", "country": "IN"})
    composite = shop.put("/lines/3,2", json={"qty": 7})

    assert (made.status_code, made.json()) == (201, {"id": 9, "name": "New", "country": None})
    assert (again.status_code, again.json()) == (
        200,
        {"id": 9, "name": "Newer", "country": "IN"},
    )
    assert composite.json() == {"order_id": 3, "position": 2, "drug_id": None, "qty": 7}


@pytest.mark.parametrize(
    "path",
    [
        "/makers",
        "/makers?name=eq.New",
        "/makers?id=eq.9&name=eq.New",
        "/makers?id=gt.9",
        "/makers?id=not.eq.9",
        "/makers?id=in.(9)",
        "/drugs?id=eq.9&select=id,makers(id)&makers.id=eq.1",
        "/makers?id=eq.9&or=(id.eq.9,id.eq.9)",
        "/makers?or=(id.eq.9,id.eq.9)",
        "/lines?order_id=eq.1",
        "/notes?body=eq.one",
    ],
)
def test_a_put_whose_filters_are_not_the_key_is_refused(shop: Api, path: str) -> None:
    before = all_rows(shop.url)
    bodies = {
        "/makers": {"id": 9, "name": "New"},
        "/drugs": {"id": 9},
        "lines": {"qty": 1},
        "notes": {"body": "x"},
    }
    body = next(body for table, body in bodies.items() if table in path)

    answer = shop.put("/rest/v1" + path, json=body)

    assert answer.status_code == 405
    assert answer.json() == {
        "code": "PGRST105",
        "details": None,
        "hint": None,
        "message": "Filters must include all and only primary key columns with 'eq' operators",
    }
    assert all_rows(shop.url) == before


@pytest.mark.parametrize("window", ["limit=1", "offset=0", "limit=1&offset=1"])
def test_a_put_takes_no_limit(shop: Api, window: str) -> None:
    answer = shop.put(f"/rest/v1/makers?id=eq.9&{window}", json={"id": 9, "name": "New"})

    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST114")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rest/v1/makers?id=eq.9", {"id": 8, "name": "New"}),
        ("/rest/v1/makers?id=eq.1", {"id": 2, "name": "New"}),
        ("/rest/v1/makers?id=eq.9&id=eq.8", {"id": 9, "name": "New"}),
        ("/makers/9", {"id": 8, "name": "New"}),
        ("/rest/v1/lines?order_id=eq.1&position=eq.1", {"order_id": 1, "position": 2, "qty": 3}),
    ],
)
@pytest.mark.parametrize("headers", [FULL, {}])
def test_a_put_whose_body_has_another_key_is_refused(
    shop: Api, path: str, body: dict[str, object], headers: dict[str, str]
) -> None:
    before = all_rows(shop.url)

    answer = shop.put(path, json=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST115",
        "details": None,
        "hint": None,
        "message": "Payload values do not match URL in primary key column(s)",
    }
    assert all_rows(shop.url) == before


@pytest.mark.parametrize("body", [{"name": "A"}, [{"name": "A"}], {}, [], [{}, {}], 7])
def test_a_put_without_the_key_in_its_body_is_refused(shop: Api, body: object) -> None:
    before = all_rows(shop.url)

    answer = shop.put("/rest/v1/makers?id=eq.9", json=body)

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "42703",
        "details": None,
        "hint": None,
        "message": "column pgrst_body.id does not exist",
    }
    assert all_rows(shop.url) == before


def test_a_put_of_several_rows_takes_the_one_that_the_address_names(shop: Api) -> None:
    rows = [{"id": 1, "name": "Renamed"}, {"id": 9, "name": "New"}]

    answer = shop.put("/rest/v1/makers?id=eq.1&select=id,name", json=rows, headers=FULL)

    assert (answer.status_code, answer.json()) == (200, [{"id": 1, "name": "Renamed"}])
    assert query(shop.url, "SELECT count(*) FROM makers WHERE id = 9") == [(0,)]


@pytest.mark.parametrize("body", [[], [{"id": 9, "name": "A"}, {"id": 9, "name": "B"}]])
def test_a_put_of_an_item_takes_exactly_one_row(shop: Api, body: object) -> None:
    before = all_rows(shop.url)

    answer = shop.put("/makers/9", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST102")
    assert all_rows(shop.url) == before


def test_a_put_shows_embeds(shop: Api) -> None:
    answer = shop.put(
        "/rest/v1/drugs?id=eq.9&select=name,makers(name)",
        json={"id": 9, "name": "New", "maker_id": 1},
        headers=FULL,
    )

    assert answer.json() == [{"name": "New", "makers": {"name": "Sahyadri Lifecare"}}]


def test_a_put_that_breaks_a_constraint_changes_nothing(shop: Api) -> None:
    before = all_rows(shop.url)

    taken = shop.put("/makers/9", json={"name": "Nilgiri Labs"})
    lacking = shop.put("/makers/9", json={"country": "IN"})

    assert (taken.status_code, taken.json()["code"]) == (409, "23505")
    assert (lacking.status_code, lacking.json()["code"]) == (400, "23502")
    assert all_rows(shop.url) == before
