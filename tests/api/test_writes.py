"""POST of one row and of many, by both mounts, on both databases."""

from __future__ import annotations

import pytest

from tests.api.rows import all_rows, query
from tests.service import Api

FULL = {"Prefer": "return=representation"}
MINIMAL = {"Prefer": "return=minimal"}
HEADERS_ONLY = {"Prefer": "return=headers-only"}
COUNTED = {"Prefer": "return=representation, count=exact"}


def test_a_friendly_post_of_one_object_answers_with_the_row_and_its_address(shop: Api) -> None:
    answer = shop.post("/drugs", json={"name": "Delta", "price": 3.5})

    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() | {"id": 0} == {
        "id": 0,
        "name": "Delta",
        "price": 3.5,
        "stock": 0,
        "active": True,
        "maker_id": None,
        "color": "white",
        "added": None,
        "seen": None,
        "extra": None,
    }
    assert answer.headers["location"] == f"/drugs/{answer.json()['id']}"
    assert shop.get(answer.headers["location"]).json() == answer.json()


def test_a_strict_post_answers_with_nothing_unless_asked(shop: Api) -> None:
    answer = shop.post("/rest/v1/makers", json={"name": "Quiet"})

    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["content-range"] == "*/*"
    assert answer.headers["content-length"] == "0"
    assert not {"content-type", "location", "preference-applied"} & answer.headers.keys()
    assert len(shop.get("/rest/v1/makers?name=eq.Quiet").json()) == 1


@pytest.mark.parametrize("mount", ["", "/rest/v1"])
def test_return_minimal_is_an_empty_201_on_both_mounts(shop: Api, mount: str) -> None:
    answer = shop.post(f"{mount}/makers", json={"name": "Quiet"}, headers=MINIMAL)

    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["preference-applied"] == "return=minimal"
    assert "content-type" not in answer.headers


@pytest.mark.parametrize("body", [{"id": 9, "name": "New"}, [{"id": 9, "name": "New"}]])
def test_return_representation_on_the_strict_mount_is_a_list(shop: Api, body: object) -> None:
    answer = shop.post("/rest/v1/makers", json=body, headers=COUNTED)

    assert answer.status_code == 201
    assert answer.content == b'[{"id":9,"name":"New","country":null}]'
    assert answer.headers["content-range"] == "*/1"
    assert answer.headers["preference-applied"] == "return=representation, count=exact"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "location" not in answer.headers


def test_a_friendly_post_of_a_list_answers_with_a_list(shop: Api) -> None:
    answer = shop.post("/makers", json=[{"id": 8, "name": "A"}, {"id": 9, "name": "B"}])

    assert answer.status_code == 201
    assert answer.json() == [
        {"id": 8, "name": "A", "country": None},
        {"id": 9, "name": "B", "country": None},
    ]
    assert "location" not in answer.headers


def test_headers_only_on_the_strict_mount_gives_the_address_as_filters(shop: Api) -> None:
    answer = shop.post("/rest/v1/makers", json={"id": 9, "name": "New"}, headers=HEADERS_ONLY)

    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["location"] == "/makers?id=eq.9"
    assert answer.headers["preference-applied"] == "return=headers-only"
    found = shop.get("/rest/v1" + answer.headers["location"])
    assert found.json() == [{"id": 9, "name": "New", "country": None}]


def test_headers_only_of_a_composite_key_names_all_of_it(shop: Api) -> None:
    row = {"order_id": 3, "position": 7, "qty": 2}

    strict = shop.post("/rest/v1/lines", json=row, headers=HEADERS_ONLY)
    friendly = shop.post("/lines", json=row | {"position": 8}, headers=HEADERS_ONLY)

    assert strict.headers["location"] == "/lines?order_id=eq.3&position=eq.7"
    assert (friendly.headers["location"], friendly.content) == ("/lines/3,8", b"")
    assert shop.get("/lines/3,8").json() == row | {"position": 8, "drug_id": None}


def test_headers_only_of_several_rows_or_of_no_key_has_no_address(shop: Api) -> None:
    several = shop.post(
        "/rest/v1/makers", json=[{"name": "A"}, {"name": "B"}], headers=HEADERS_ONLY
    )
    keyless = shop.post("/rest/v1/notes", json={"body": "x"}, headers=HEADERS_ONLY)

    assert (several.status_code, keyless.status_code) == (201, 201)
    assert "location" not in several.headers
    assert "location" not in keyless.headers


def test_a_key_the_database_chose_is_in_the_address(shop: Api) -> None:
    answer = shop.post("/rest/v1/makers", json={"name": "Numbered"}, headers=HEADERS_ONLY)

    [(key,)] = query(shop.url, "SELECT id FROM makers WHERE name = 'Numbered'")
    assert answer.headers["location"] == f"/makers?id=eq.{key}"


def test_select_and_embeds_shape_the_rows_that_come_back(shop: Api) -> None:
    body = {"id": 50, "name": "Delta", "maker_id": 2, "price": 1.5}

    answer = shop.post(
        "/rest/v1/drugs?select=ref:id,name,makers(name),drug_tags(note)", json=body, headers=FULL
    )

    assert answer.json() == [
        {"ref": 50, "name": "Delta", "makers": {"name": "Nilgiri Labs"}, "drug_tags": []}
    ]


def test_select_without_the_key_still_gives_the_address(shop: Api) -> None:
    answer = shop.post("/makers?select=name", json={"id": 9, "name": "New"})

    assert answer.json() == {"name": "New"}
    assert answer.headers["location"] == "/makers/9"


def test_a_misspelt_select_is_refused_and_nothing_written(shop: Api) -> None:
    before = all_rows(shop.url)

    answer = shop.post("/rest/v1/makers?select=nam", json={"name": "New"}, headers=FULL)

    assert answer.status_code == 400
    assert answer.json()["code"] == "42703"
    assert answer.json()["hint"] == 'Perhaps you meant to reference the column "makers.name".'
    assert all_rows(shop.url) == before


def test_one_object_as_csv_is_a_head_and_a_line(shop: Api) -> None:
    answer = shop.post(
        "/rest/v1/makers", json={"id": 9, "name": "A, B"}, headers=FULL | {"Accept": "text/csv"}
    )

    assert answer.text == 'id,name,country\n9,"A, B",'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_a_singular_accept_gives_the_bare_object(shop: Api) -> None:
    accept = {"Accept": "application/vnd.pgrst.object+json"}

    answer = shop.post("/rest/v1/makers", json=[{"id": 9, "name": "New"}], headers=FULL | accept)

    assert (answer.status_code, answer.json()) == (201, {"id": 9, "name": "New", "country": None})
    assert answer.headers["content-type"] == "application/vnd.pgrst.object+json; charset=utf-8"


@pytest.mark.parametrize("preference", ["return=minimal", "return=representation", ""])
@pytest.mark.parametrize("count", [0, 2])
def test_a_singular_accept_refuses_several_rows_and_none_and_writes_nothing(
    shop: Api, preference: str, count: int
) -> None:
    before = all_rows(shop.url)
    headers = {"Accept": "application/vnd.pgrst.object+json", "Prefer": preference}
    body = [{"name": f"New {number}"} for number in range(count)]

    answer = shop.post("/rest/v1/makers", json=body, headers=headers)

    assert answer.status_code == 406
    assert answer.json() == {
        "code": "PGRST116",
        "details": f"The result contains {count} rows",
        "hint": None,
        "message": "Cannot coerce the result to a single JSON object",
    }
    assert all_rows(shop.url) == before


@pytest.mark.parametrize(("mount", "status"), [("", 200), ("/rest/v1", 201)])
def test_an_empty_list_writes_nothing_and_is_no_mistake(shop: Api, mount: str, status: int) -> None:
    before = all_rows(shop.url)

    answer = shop.post(f"{mount}/makers", json=[], headers=COUNTED)

    assert (answer.status_code, answer.json()) == (status, [])
    assert answer.headers["content-range"] == "*/0"
    assert all_rows(shop.url) == before


@pytest.mark.parametrize("body", [{}, [{}], [{}, {}]])
def test_an_empty_object_is_a_row_of_defaults(shop: Api, body: object) -> None:
    answer = shop.post("/rest/v1/notes", json=body, headers=FULL)

    rows = 1 if body == {} else len(list(body))  # type: ignore[call-overload]
    assert answer.status_code == 201
    assert answer.json() == [{"body": None, "weight": None}] * rows
    assert len(query(shop.url, "SELECT * FROM notes")) == 3 + rows


def test_an_empty_object_still_meets_the_constraints(shop: Api) -> None:
    answer = shop.post("/rest/v1/makers", json={})

    assert (answer.status_code, answer.json()["code"]) == (400, "23502")


def test_a_thousand_rows_go_in_with_one_request(shop: Api) -> None:
    rows = [{"name": f"Drug {number}", "price": number / 4} for number in range(1000)]

    answer = shop.post("/rest/v1/drugs?select=name,price", json=rows, headers=COUNTED)

    assert answer.status_code == 201
    assert answer.headers["content-range"] == "*/1000"
    assert answer.json() == rows
    assert query(shop.url, "SELECT count(*) FROM drugs") == [(1004,)]


def test_one_bad_row_of_a_thousand_keeps_all_of_them_out(shop: Api) -> None:
    before = all_rows(shop.url)
    rows = [{"name": f"Drug {number}", "stock": 1} for number in range(999)]

    answer = shop.post("/rest/v1/drugs", json=[*rows, {"name": "Bad", "stock": "many"}])

    assert (answer.status_code, answer.json()["code"]) == (400, "22P02")
    assert all_rows(shop.url) == before


def test_values_of_every_type_come_back_as_they_went_in(shop: Api) -> None:
    body = {
        "id": 77,
        "name": "Ω – 日本 🎉",
        "price": 12.34,
        "stock": -5,
        "active": False,
        "color": "",
        "added": "2026-02-28",
        "seen": "2026-02-28T12:30:00+00:00",
        "extra": {"list": [1, 2.5, None, {"deep": "ö"}], "yes": True},
    }

    answer = shop.post("/drugs", json=body)

    assert answer.status_code == 201
    assert answer.json() == body | {"maker_id": None}
    assert shop.get("/drugs/77").json() == answer.json()


def test_names_with_blanks_capitals_and_reserved_words_are_ordinary(shop: Api) -> None:
    body = {"a column": 2, "select": "where", "Größe": "klein"}

    answer = shop.post("/odd%20name", json=body)

    assert (answer.status_code, answer.json()) == (201, body)
    assert answer.headers["location"] == "/odd%20name/2"
    strict = shop.post("/rest/v1/odd%20name", json=body | {"a column": 3}, headers=HEADERS_ONLY)
    assert strict.headers["location"] == "/odd%20name?a%20column=eq.3"
    assert shop.get("/rest/v1" + strict.headers["location"]).json() == [body | {"a column": 3}]


def test_an_item_address_does_not_take_a_post(shop: Api) -> None:
    answer = shop.post("/makers/1", json={"name": "New"})

    assert (answer.status_code, answer.json()["code"]) == (405, "PGRST117")
    assert answer.headers["allow"] == "OPTIONS,GET,HEAD,PUT,PATCH,DELETE"
