"""What a body may be: JSON, CSV, a form; ``columns`` and ``missing`` say how it is read."""

from __future__ import annotations

import pytest

from tests.api.rows import all_rows, query
from tests.service import Api

FULL = {"Prefer": "return=representation"}
CSV = {"Content-Type": "text/csv"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DEFAULTS = {"Prefer": "return=representation, missing=default"}


def test_json_may_have_blanks_around_it_and_parameters_in_its_type(shop: Api) -> None:
    answer = shop.post(
        "/rest/v1/makers",
        content='\t \n \r [{"id": 8, "name": "A"}]\n ',
        headers=FULL | {"Content-Type": "Application/JSON; charset=utf-8"},
    )

    assert answer.json() == [{"id": 8, "name": "A", "country": None}]


def test_a_body_without_a_type_is_json(shop: Api) -> None:
    request = shop.client.build_request("POST", "/rest/v1/makers", content=b'{"name": "A"}')
    assert "content-type" not in request.headers

    assert shop.client.send(request).status_code == 201


def test_objects_with_other_keys_are_refused(shop: Api) -> None:
    before = all_rows(shop.url)
    body = [{"id": 8, "name": "A"}, {"id": 9, "name": "B", "country": "IN"}]

    answer = shop.post("/rest/v1/makers", json=body)

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST102",
        "details": None,
        "hint": None,
        "message": "All object keys must match",
    }
    assert all_rows(shop.url) == before


def test_the_order_of_keys_does_not_matter(shop: Api) -> None:
    body = [{"id": 8, "name": "A"}, {"name": "B", "id": 9}]

    answer = shop.post("/rest/v1/makers?select=id,name", json=body, headers=FULL)

    assert answer.json() == [{"id": 8, "name": "A"}, {"id": 9, "name": "B"}]


def test_of_a_repeated_key_the_last_holds(shop: Api) -> None:
    body = b'{"id": 8, "name": "first", "name": "second"}'

    answer = shop.post("/makers", content=body, headers={"Content-Type": "application/json"})

    assert answer.json()["name"] == "second"


def test_columns_names_the_keys_that_count(shop: Api) -> None:
    body = [{"id": 8, "name": "A", "country": "IN", "junk": {"x": 1}}, {"id": 9, "name": "B"}]

    answer = shop.post("/rest/v1/makers?columns=id,name", json=body, headers=FULL)

    assert answer.status_code == 201
    assert answer.json() == [
        {"id": 8, "name": "A", "country": None},
        {"id": 9, "name": "B", "country": None},
    ]


def test_columns_narrows_a_change_too(shop: Api) -> None:
    body = {"country": "FR", "name": "Ignored", "junk": 1}

    answer = shop.patch("/rest/v1/makers?id=eq.1&columns=country", json=body, headers=FULL)

    assert answer.json() == [{"id": 1, "name": "Sahyadri Lifecare", "country": "FR"}]


def test_a_key_that_columns_names_and_a_row_lacks_is_null(shop: Api) -> None:
    rows = [{"name": "A", "color": "red"}, {"name": "B"}]

    answer = shop.post(
        "/rest/v1/drugs?columns=name,color&select=name,color", json=rows, headers=FULL
    )

    assert answer.json() == [{"name": "A", "color": "red"}, {"name": "B", "color": None}]


def test_with_missing_default_it_takes_the_columns_default(shop: Api) -> None:
    rows = [{"name": "A", "color": "red"}, {"name": "B", "stock": 5}, {"name": "C", "color": None}]

    answer = shop.post(
        "/rest/v1/drugs?columns=id,name,color,stock,price,active,maker_id"
        "&select=name,color,stock,price,active,maker_id",
        json=rows,
        headers=DEFAULTS,
    )

    assert answer.status_code == 201
    rest = {"price": 0, "active": True, "maker_id": None}
    assert answer.json() == [
        {"name": "A", "color": "red", "stock": 0} | rest,
        {"name": "B", "color": "white", "stock": 5} | rest,
        {"name": "C", "color": None, "stock": 0} | rest,
    ]
    assert answer.headers["preference-applied"] == "missing=default, return=representation"


def test_missing_default_numbers_rows_beside_those_that_have_their_number(shop: Api) -> None:
    rows = [{"id": 60, "name": "A"}, {"name": "B"}]

    answer = shop.post("/rest/v1/makers?columns=id,name", json=rows, headers=DEFAULTS)

    assert answer.status_code == 201
    first, second = answer.json()
    assert (first["id"], first["name"], second["name"]) == (60, "A", "B")
    assert isinstance(second["id"], int)
    assert second["id"] != 60


def test_missing_default_of_one_object(shop: Api) -> None:
    answer = shop.post(
        "/drugs?columns=name,color,stock&select=name,color,stock",
        json={"name": "A"},
        headers={"Prefer": "missing=default"},
    )

    assert answer.json() == {"name": "A", "color": "white", "stock": 0}


def test_on_the_friendly_mount_saying_what_is_missing_is_enough(shop: Api) -> None:
    rows = [{"name": "A", "color": "red"}, {"name": "B"}]

    answer = shop.post("/drugs?select=name,color", json=rows, headers={"Prefer": "missing=default"})

    assert answer.json() == [{"name": "A", "color": "red"}, {"name": "B", "color": "white"}]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_unknown_column_is_refused(shop: Api, method: str) -> None:
    before = all_rows(shop.url)

    answer = shop.request(method, "/rest/v1/drugs?id=eq.1", json={"colour": "red"})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST204",
        "details": None,
        "hint": None,
        "message": "Could not find the 'colour' column of 'drugs' in the schema cache",
    }
    assert all_rows(shop.url) == before


def test_an_unknown_name_in_columns_is_refused_likewise(shop: Api) -> None:
    answer = shop.post("/rest/v1/makers?columns=zzz,nme,id", json={"id": 1})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST204",
        "details": None,
        "hint": None,
        "message": "Could not find the 'nme' column of 'makers' in the schema cache",
    }


def test_the_friendly_mount_gives_the_nearest_name(shop: Api) -> None:
    answer = shop.patch("/drugs/1", json={"colour": "red"})

    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST204")
    assert answer.json()["hint"] == "Perhaps you meant the column 'color'."


@pytest.mark.parametrize("body", ["7", '"name"', "null", "true", " 1.5 "])
def test_a_scalar_is_an_empty_list_on_the_strict_mount_alone(shop: Api, body: str) -> None:
    before = all_rows(shop.url)
    json_type = {"Content-Type": "application/json"}

    made = shop.post("/rest/v1/makers", content=body, headers=FULL | json_type)
    changed = shop.patch("/rest/v1/makers", content=body, headers=json_type)
    friendly = shop.post("/makers", content=body, headers=json_type)

    assert (made.status_code, made.json()) == (201, [])
    assert (changed.status_code, changed.headers["content-range"]) == (204, "*/*")
    assert (friendly.status_code, friendly.json()["code"]) == (400, "PGRST102")
    assert all_rows(shop.url) == before


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("text/plain", "text/plain"),
        ("Application/Octet-Stream; x=y", "application/octet-stream"),
        ("application/vnd.pgrst.object", "application/vnd.pgrst.object+json"),
        (
            "application/vnd.pgrst.array+json;nulls=stripped",
            "application/vnd.pgrst.array+json;nulls=stripped",
        ),
        ("image/PNG; q=1", "image/PNG; q=1"),
        ("json", "json"),
    ],
)
def test_a_body_of_another_type_is_refused_by_its_name(shop: Api, given: str, told: str) -> None:
    answer = shop.post("/rest/v1/makers", content="{}", headers={"Content-Type": given})

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST102",
        "details": None,
        "hint": None,
        "message": f"Content-Type not acceptable: {told}",
    }


def test_what_comes_before_a_body_is_told_before_it(shop: Api) -> None:
    def code(method: str, path: str, **headers: str) -> str:
        answer = shop.request(method, "/rest/v1" + path, content="{", headers=headers)
        return str(answer.json()["code"])

    assert code("POST", "/nowhere") == "PGRST102"
    assert code("POST", "/nowhere?id=nope.1") == "PGRST100"
    assert code("PUT", "/makers?id=eq.1&limit=1") == "PGRST114"
    assert code("POST", "/makers?id=nope.1", **{"Content-Profile": "nowhere"}) == "PGRST106"


def test_an_unknown_table_is_not_found_with_the_nearest_name(shop: Api) -> None:
    answer = shop.post("/rest/v1/maker", json={"name": "A"})

    schema = "public" if shop.dialect == "postgresql" else "main"
    assert answer.status_code == 404
    assert answer.json() == {
        "code": "PGRST205",
        "details": None,
        "hint": f"Perhaps you meant the table '{schema}.makers'",
        "message": f"Could not find the table '{schema}.maker' in the schema cache",
    }


def test_a_hidden_column_is_left_out_of_what_a_write_shows(shop: Api) -> None:
    shown = {"id": 1, "name": "Asha", "boss_id": None}

    assert shop.patch("/people/1", json={"name": "Asha"}).json() == shown
    assert shop.patch("/rest/v1/people?id=eq.1&select=*", json={}, headers=FULL).json() == []
    assert shop.post("/people", json={"id": 9, "name": "Zed"}).json() == shown | {
        "id": 9,
        "name": "Zed",
    }
    assert shop.delete("/people/9").json() == shown | {"id": 9, "name": "Zed"}
    refused = shop.patch("/rest/v1/people?id=eq.1&select=password_hash", json={"name": "A"})
    assert (refused.status_code, refused.json()["code"]) == (400, "42703")
    assert "password" not in (refused.json()["hint"] or "")


def test_a_hidden_value_does_not_show_in_a_refusal(shop: Api) -> None:
    answers = [
        shop.patch("/people/1", json={"name": None}),
        shop.patch("/people/1", json={"boss_id": 77}),
        shop.patch("/people?id=gte.1", json={"id": 1}),
    ]

    assert [answer.json()["code"] for answer in answers] == ["23502", "23503", "23505"]
    assert not any("secret1" in answer.text for answer in answers)
    assert query(shop.url, "SELECT password_hash FROM people WHERE id = 1") == [("secret1",)]


def test_names_in_columns_do_not_go_for_a_csv_or_a_put(shop: Api) -> None:
    csv = shop.post(
        "/rest/v1/makers?columns=name&select=name,country",
        content="name,country\nA,FR\n",
        headers=FULL | CSV,
    )
    put = shop.put("/rest/v1/makers?id=eq.9&columns=name", json={"id": 9, "name": "B"})

    assert csv.json() == [{"name": "A", "country": "FR"}]
    assert put.status_code == 204
