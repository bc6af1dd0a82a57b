"""Bodies that are no JSON: CSV and forms, read and refused as PostgREST does."""

from __future__ import annotations

import pytest

from tests.api.rows import all_rows
from tests.service import Api

FULL = {"Prefer": "return=representation"}
CSV = {"Content-Type": "text/csv"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_csv_makes_a_row_of_each_line(shop: Api) -> None:
    body = 'id,name,country\n8,"Quoted, Ltd.",IN\n9,Bare,NULL\n10,Empty,\n11,Word,"say ""hi"""\n'

    answer = shop.post("/rest/v1/makers", content=body, headers=FULL | CSV)

    assert answer.status_code == 201
    assert answer.json() == [
        {"id": 8, "name": "Quoted, Ltd.", "country": "IN"},
        {"id": 9, "name": "Bare", "country": None},
        {"id": 10, "name": "Empty", "country": ""},
        {"id": 11, "name": "Word", "country": 'say "hi"'},
    ]


def test_a_csv_of_one_line_is_still_a_list_on_both_mounts(shop: Api) -> None:
    answer = shop.post("/makers", content="id,name\n8,One\n", headers=CSV)

    assert answer.json() == [{"id": 8, "name": "One", "country": None}]


def test_a_csv_with_windows_line_ends_and_a_byte_order_mark_is_read(shop: Api) -> None:
    body = "\ufeffid,name\r\n8,One\r\n9,Two\r\n"

    answer = shop.post("/rest/v1/makers?select=id,name", content=body.encode(), headers=FULL | CSV)

    assert answer.json() == [{"id": 8, "name": "One"}, {"id": 9, "name": "Two"}]


def test_the_texts_of_a_csv_are_read_by_the_columns_types(shop: Api) -> None:
    body = "id,name,price,stock,active,added,extra\n" + (
        '8,One,1.25,-3,f,2026-05-01,"{""a"": [1]}"\n9,Two,2,0,true,NULL,NULL\n'
    )
    columns = "id,price,stock,active,added,extra"

    answer = shop.post(f"/rest/v1/drugs?select={columns}", content=body, headers=FULL | CSV)

    assert answer.status_code == 201
    one, two = answer.json()
    assert (one["price"], one["stock"], one["active"]) == (1.25, -3, False)
    assert (one["added"], two["added"], two["extra"]) == ("2026-05-01", None, None)


def test_a_csv_whose_lines_differ_in_length_is_refused(shop: Api) -> None:
    before = all_rows(shop.url)

    answer = shop.post("/rest/v1/makers", content="id,name\n8,One\n9\n", headers=CSV)

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST102",
        "details": None,
        "hint": None,
        "message": "All lines must have same number of fields",
    }
    assert all_rows(shop.url) == before


def test_fields_beyond_the_head_and_lines_without_any_are_passed_over(shop: Api) -> None:
    body = 'name,country\rA,FR,more\r\r\n""\nB,"NULL"\n'

    answer = shop.post("/rest/v1/makers?select=name,country", content=body, headers=FULL | CSV)

    assert answer.json() == [{"name": "A", "country": "FR"}, {"name": "B", "country": None}]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", 'parse error (not enough input) at ""'),
        ("id,name", 'parse error (not enough input) at ""'),
        ('id,na"me\n8,One', 'parse error (Failed reading: satisfy) at "\\"me\\n8,One"'),
        ('id,name\n8,O"ne\n', 'parse error (endOfInput) at "\\"ne\\n"'),
        ('id,name\n8,"One"é\n', 'parse error (endOfInput) at "\\195\\169\\n"'),
        ('id,name\n8,"One\n', 'parse error (endOfInput) at "\\"One\\n"'),
        (
            'id,name\n8,"One"' + "x" * 120,
            f"parse error (endOfInput) at {'x' * 100} (truncated)",
        ),
    ],
)
def test_a_csv_that_cannot_be_read_says_where(shop: Api, body: str, message: str) -> None:
    answer = shop.post("/rest/v1/makers", content=body.encode(), headers=CSV)

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST102",
        "details": None,
        "hint": None,
        "message": message,
    }


@pytest.mark.parametrize("body", ["id,name\n", "id,name\r\n\r\n"])
def test_a_csv_with_a_head_alone_writes_nothing(shop: Api, body: str) -> None:
    before = all_rows(shop.url)

    answer = shop.post("/rest/v1/makers", content=body, headers=FULL | CSV)

    assert (answer.status_code, answer.json()) == (201, [])
    assert all_rows(shop.url) == before


def test_a_form_is_one_object_of_texts(shop: Api) -> None:
    body = "id=8&name=Forms+are+fun+%26+%C3%B6&country="

    answer = shop.post("/makers", content=body, headers=FORM)

    assert answer.status_code == 201
    assert answer.json() == {"id": 8, "name": "Forms are fun & ö", "country": ""}


def test_a_form_is_split_as_queries_are_and_its_last_value_holds(shop: Api) -> None:
    body = "name=A;country=FR&name=B%zz"

    answer = shop.post("/rest/v1/makers?select=name,country", content=body, headers=FULL | FORM)
    empty = shop.post("/rest/v1/makers", content="name=C&&country=FR", headers=FORM)

    assert answer.json() == [{"name": "B%zz", "country": "FR"}]
    assert empty.json()["message"] == "Could not find the '' column of 'makers' in the schema cache"


def test_a_form_changes_rows_too(shop: Api) -> None:
    answer = shop.patch("/makers/1", content="country=FR", headers=FORM)

    assert answer.json() == {"id": 1, "name": "Sahyadri Lifecare", "country": "FR"}


def test_a_hidden_column_cannot_be_written_by_any_door(shop: Api) -> None:
    before = all_rows(shop.url)
    body = {"id": 9, "name": "Mallory", "password_hash": "chosen"}

    answers = [
        shop.post("/rest/v1/people", json=body),
        shop.post("/people", json=[body]),
        shop.post("/people?columns=id,name,password_hash", json=body),
        shop.post("/people", content="name=M&password_hash=x", headers=FORM),
        shop.post("/people", content="name,password_hash\nM,x\n", headers=CSV),
        shop.patch("/people/1", json={"password_hash": "chosen"}),
        shop.patch("/people?password_hash=eq.secret1", json={"name": "x"}),
        shop.put("/people/1", json=body | {"id": 1}),
        shop.post(
            "/people?on_conflict=password_hash",
            json=body | {"password_hash": "secret1"},
            headers={"Prefer": "resolution=merge-duplicates"},
        ),
    ]

    assert {answer.status_code for answer in answers} == {400}
    assert {answer.json()["code"] for answer in answers} == {"PGRST204", "42703"}
    assert all_rows(shop.url) == before
