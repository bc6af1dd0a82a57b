"""PATCH and DELETE: which rows they concern, what they answer, and when they refuse."""

from __future__ import annotations

import pytest

from tests.api.rows import all_rows, query
from tests.service import Api

FULL = {"Prefer": "return=representation"}
COUNTED = {"Prefer": "return=representation, count=exact"}
SINGULAR = {"Accept": "application/vnd.pgrst.object+json"}
MAKER = {"id": 1, "name": "Sahyadri Lifecare", "country": "IN"}


def test_a_strict_change_answers_204_and_how_many_rows(shop: Api) -> None:
    answer = shop.patch("/rest/v1/makers?country=eq.IN", json={"country": "NP"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["content-range"] == "0-1/*"
    assert not {"content-type", "content-length", "preference-applied"} & answer.headers.keys()
    assert query(shop.url, "SELECT id FROM makers WHERE country = 'NP'") == [(1,), (2,)]


def test_a_strict_change_shows_its_rows_when_asked(shop: Api) -> None:
    answer = shop.patch("/rest/v1/makers?id=eq.1", json={"country": "NP"}, headers=COUNTED)

    assert (answer.status_code, answer.json()) == (200, [MAKER | {"country": "NP"}])
    assert answer.headers["content-range"] == "0-0/1"
    assert answer.headers["preference-applied"] == "return=representation, count=exact"


def test_a_friendly_change_shows_its_rows_by_itself(shop: Api) -> None:
    answer = shop.patch("/makers?id=in.(1,2)&order=id.desc&select=id", json={"country": "NP"})

    assert (answer.status_code, answer.json()) == (200, [{"id": 2}, {"id": 1}])
    assert answer.headers["content-range"] == "0-1/*"


def test_a_friendly_item_is_changed_and_shown(shop: Api) -> None:
    answer = shop.patch("/makers/1", json={"country": None})

    assert (answer.status_code, answer.json()) == (200, MAKER | {"country": None})


def test_an_item_of_a_composite_key_is_changed_and_removed(shop: Api) -> None:
    changed = shop.patch("/lines/1,2", json={"qty": 4})
    removed = shop.delete("/lines/1,2")

    row = {"order_id": 1, "position": 2, "drug_id": 2, "qty": 4}
    assert (changed.status_code, changed.json()) == (200, row)
    assert (removed.status_code, removed.json()) == (200, row)
    assert shop.get("/lines/1,2").status_code == 404


def test_a_change_of_no_row_is_not_an_error(shop: Api) -> None:
    minimal = shop.patch("/rest/v1/makers?id=eq.99", json={"country": "NP"})
    full = shop.patch("/rest/v1/makers?id=eq.99", json={"country": "NP"}, headers=COUNTED)
    friendly = shop.patch("/makers?id=eq.99", json={"country": "NP"})

    assert (minimal.status_code, minimal.headers["content-range"]) == (204, "*/*")
    assert (full.status_code, full.json(), full.headers["content-range"]) == (200, [], "*/0")
    assert (friendly.status_code, friendly.json()) == (200, [])


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "GET"])
def test_an_item_that_is_not_there_is_a_404(shop: Api, method: str) -> None:
    body = {"json": {"country": "NP"}} if method == "PATCH" else {}

    answer = shop.request(method, "/makers/99", **body)

    assert answer.status_code == 404
    assert answer.json() == {
        "code": "AUTO104",
        "details": None,
        "hint": None,
        "message": "'makers' has no row '99'",
    }


def test_an_item_key_of_the_wrong_length_is_a_404_that_says_the_form(shop: Api) -> None:
    answer = shop.patch("/lines/1", json={"qty": 1})

    assert (answer.status_code, answer.json()["code"]) == (404, "AUTO105")
    assert answer.json()["hint"] == "Write /lines/{order_id},{position}"
    keyless = shop.delete("/notes/1")
    assert (keyless.status_code, keyless.json()["code"]) == (404, "AUTO105")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_friendly_change_of_every_row_must_be_meant(shop: Api, method: str) -> None:
    before = all_rows(shop.url)
    body = {"json": {"body": "x"}} if method == "PATCH" else {}

    for path in ("/notes", "/notes?limit=1", "/notes?order=body", "/notes?select=body"):
        answer = shop.request(method, path, **body)

        assert (answer.status_code, answer.json()["code"]) == (400, "AUTO100")
        assert answer.json()["message"] == (
            f"{method} without a filter would change every row of 'notes'"
        )
    assert all_rows(shop.url) == before


def test_a_strict_change_without_a_filter_concerns_every_row(shop: Api) -> None:
    changed = shop.patch("/rest/v1/notes", json={"body": "x"})
    removed = shop.delete("/rest/v1/notes", headers=COUNTED)

    assert (changed.status_code, changed.headers["content-range"]) == (204, "0-2/*")
    assert (removed.status_code, len(removed.json())) == (200, 3)
    assert removed.headers["content-range"] == "*/3"
    assert query(shop.url, "SELECT * FROM notes") == []


@pytest.mark.parametrize("body", [{}, [], [{}]])
def test_an_empty_change_changes_nothing(shop: Api, body: object) -> None:
    before = all_rows(shop.url)

    minimal = shop.patch("/rest/v1/makers", json=body)
    full = shop.patch("/rest/v1/makers", json=body, headers=FULL)

    assert (minimal.status_code, minimal.headers["content-range"]) == (204, "*/*")
    assert (full.status_code, full.json()) == (200, [])
    assert all_rows(shop.url) == before


def test_embeds_show_beside_changed_rows(shop: Api) -> None:
    answer = shop.patch(
        "/rest/v1/drugs?id=eq.1&select=id,stock,makers(name),tags(label)&tags.order=label.desc",
        json={"stock": 3, "maker_id": 3},
        headers=FULL,
    )

    assert answer.json() == [
        {
            "id": 1,
            "stock": 3,
            "makers": {"name": "Fjord Pharma"},
            "tags": [{"label": "rx"}, {"label": "cold"}],
        }
    ]


def test_embeds_show_beside_removed_rows(shop: Api) -> None:
    answer = shop.delete(
        "/rest/v1/drug_tags?drug_id=eq.1&select=note,tags(label),drugs(name)&order=tag_id",
        headers=FULL,
    )

    assert answer.json() == [
        {"note": "fridge", "tags": {"label": "cold"}, "drugs": {"name": "Alpha"}},
        {"note": None, "tags": {"label": "rx"}, "drugs": {"name": "Alpha"}},
    ]
    assert query(shop.url, "SELECT count(*) FROM drug_tags") == [(1,)]


def test_the_key_itself_can_be_changed(shop: Api) -> None:
    answer = shop.patch("/tags/3", json={"id": 30})

    assert (answer.status_code, answer.json()) == (200, {"id": 30, "label": "unused"})
    assert shop.get("/tags/30").status_code == 200
    assert shop.get("/tags/3").status_code == 404


def test_rows_of_a_table_without_a_key_are_changed_by_filters(shop: Api) -> None:
    answer = shop.patch("/notes?body=eq.one", json={"weight": 2})

    assert answer.json() == [{"body": "one", "weight": 2}] * 2


def test_filters_of_every_kind_narrow_a_change(shop: Api) -> None:
    path = "/drugs?or=(price.gt.10,and(color.eq.red,active.is.true))&maker_id=not.is.null&select=id"

    answer = shop.patch(path + "&order=id", json={"stock": 1})

    assert answer.json() == [{"id": 1}, {"id": 3}]


def test_a_misspelt_filter_changes_nothing(shop: Api) -> None:
    before = all_rows(shop.url)

    changed = shop.patch("/rest/v1/makers?contry=eq.IN", json={"name": "x"})
    removed = shop.delete("/rest/v1/makers?contry=eq.IN")

    assert (changed.status_code, removed.status_code) == (400, 400)
    assert changed.json() == removed.json()
    assert changed.json()["code"] == "42703"
    assert all_rows(shop.url) == before


@pytest.mark.parametrize("returned", ["return=representation", "return=minimal"])
@pytest.mark.parametrize("rows", [0, 2])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_singular_accept_undoes_what_concerned_another_number_of_rows(
    shop: Api, method: str, rows: int, returned: str
) -> None:
    before = all_rows(shop.url)
    condition = "drug_id=eq.1" if rows else "drug_id=eq.99"
    body = {"json": {"note": "x"}} if method == "PATCH" else {}

    answer = shop.request(
        method, f"/rest/v1/drug_tags?{condition}", headers=SINGULAR | {"Prefer": returned}, **body
    )

    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST116")
    assert answer.json()["details"] == f"The result contains {rows} rows"
    assert all_rows(shop.url) == before


def test_a_singular_accept_takes_one_row(shop: Api) -> None:
    changed = shop.patch("/rest/v1/makers?id=eq.1", json={"country": "NP"}, headers=FULL | SINGULAR)
    removed = shop.delete("/rest/v1/tags?id=eq.3", headers=FULL | SINGULAR)

    assert (changed.status_code, changed.json()) == (200, MAKER | {"country": "NP"})
    assert (removed.status_code, removed.json()) == (200, {"id": 3, "label": "unused"})


def test_removed_rows_come_back_as_csv(shop: Api) -> None:
    answer = shop.delete("/rest/v1/tags?id=eq.3", headers=FULL | {"Accept": "text/csv"})

    assert answer.text == "id,label\n3,unused"


def test_a_strict_removal_answers_204(shop: Api) -> None:
    answer = shop.delete("/rest/v1/tags?id=eq.3")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["content-range"] == "*/*"
    assert "content-length" not in answer.headers


def test_a_removal_of_no_row_is_not_an_error(shop: Api) -> None:
    answer = shop.delete("/rest/v1/tags?id=eq.99", headers=COUNTED)

    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["content-range"] == "*/0"


def test_a_row_that_others_refer_to_stays(shop: Api) -> None:
    before = all_rows(shop.url)

    answer = shop.delete("/makers/1")

    assert (answer.status_code, answer.json()["code"]) == (409, "23503")
    assert all_rows(shop.url) == before


def test_a_list_as_the_body_of_a_change_counts_by_its_first_object(shop: Api) -> None:
    answer = shop.patch("/rest/v1/tags?id=eq.1", json=[{"label": "first"}], headers=FULL)

    assert answer.json() == [{"id": 1, "label": "first"}]


def test_missing_default_in_a_change_restores_the_default(shop: Api) -> None:
    answer = shop.patch(
        "/rest/v1/drugs?id=eq.1&columns=color,stock&select=color,stock",
        json={"stock": 6},
        headers={"Prefer": "return=representation, missing=default"},
    )

    assert answer.json() == [{"color": "white", "stock": 6}]


def test_and_and_or_of_an_embed_narrow_the_change_too(shop: Api) -> None:
    path = "/rest/v1/drugs?select=id,makers(id)&makers.or=(id.eq.2,id.eq.3)"

    answer = shop.patch(path, json={"stock": 1}, headers={"Prefer": "return=representation"})

    assert answer.json() == [{"id": 2, "makers": None}, {"id": 3, "makers": {"id": 2}}]


def test_limits_of_a_change_and_of_its_embeds_are_passed_over(shop: Api) -> None:
    path = "/rest/v1/orders?id=lt.3&limit=1&offset=5&select=id,lines(qty)&lines.limit=1&order=id"

    answer = shop.patch(path, json={"status": "sent"}, headers={"Prefer": "return=representation"})

    assert answer.json() == [
        {"id": 1, "lines": [{"qty": 5}, {"qty": 9}]},
        {"id": 2, "lines": [{"qty": 1}]},
    ]
    assert answer.headers["content-range"] == "0-1/*"


def test_a_deleted_row_is_shown_in_the_order_of_a_relation(shop: Api) -> None:
    """The order's look-up has a constant of its own beside the request's values."""
    path = "/rest/v1/drugs?id=in.(3,4)&select=id,makers(name)&order=makers(name).desc.nullslast"

    answer = shop.delete(path, headers=FULL)

    assert answer.status_code == 200, answer.text
    assert [row["id"] for row in answer.json()] == [3, 4]
