"""What an answer is written as: JSON, CSV, one object, nulls left out; OPTIONS and CORS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Api

JSON = "application/json; charset=utf-8"
CSV = "text/csv; charset=utf-8"


def get(api: Api, path: str, accept: str) -> Any:
    return api.get(path, headers={"Accept": accept})


def test_csv_quotes_what_needs_it_and_leaves_null_empty(shop: Api) -> None:
    path = "/rest/v1/drugs?select=id,name,active,color,added&order=id"
    answer = get(shop, path, "text/csv")

    assert answer.headers["content-type"] == CSV
    assert answer.headers["content-range"] == "0-3/*"
    assert answer.text == (
        "id,name,active,color,added\n"
        "1,Alpha,t,red,2026-01-05\n"
        "2,Beta,t,blue,2026-02-01\n"
        "3,Gamma,f,,2026-03-10\n"
        '4,"alphabet, ""quoted""",t,red,'
    )


def test_csv_holds_newlines_blanks_backslashes_and_every_alphabet(api: Api) -> None:
    bodies = ["two\nlines", "", " ", "a b", "back\\slash", 'say "hi"', "Größe 名前 🧪", "(x)", None]
    given = [{"body": body, "weight": at} for at, body in enumerate(bodies)]
    assert api.post("/rest/v1/notes", json=given).status_code == 201

    answer = get(api, "/notes?select=body&weight=gte.1&order=weight", "text/csv")

    assert answer.content.decode() == (
        'body\n""\n" "\n"a b"\n"back\\slash"\n"say ""hi"""\n"Größe 名前 🧪"\n"(x)"\n'
    )
    first = get(api, "/notes?select=body&weight=eq.0", "text/csv")
    assert first.content == b'body\n"two\nlines"'


def test_csv_of_nothing_is_its_head_or_as_in_postgrest_an_empty_one(shop: Api) -> None:
    nothing = "odd%20name?%22a%20column%22=eq.9"
    friendly, strict = (get(shop, f"{mount}/{nothing}", "text/csv") for mount in ("", "/rest/v1"))

    assert (friendly.status_code, friendly.text) == (200, "a column,select,Größe")
    assert (strict.status_code, strict.text) == (200, "\n")


def test_csv_doubles_backslashes_on_the_strict_mount_only_as_postgrest_does(api: Api) -> None:
    api.post("/rest/v1/notes", json={"body": "back\\slash", "weight": 77})
    query = "notes?select=body&weight=eq.77"

    assert get(api, f"/{query}", "text/csv").text == 'body\n"back\\slash"'
    assert get(api, f"/rest/v1/{query}", "text/csv").text == 'body\n"back\\\\slash"'


def test_csv_shows_an_embed_as_json_and_an_item_as_one_line(shop: Api) -> None:
    embed = get(shop, "/rest/v1/drugs?select=id,makers(name)&id=eq.1", "text/csv")
    item = get(shop, "/makers/1", "text/csv")

    blank = " " if shop.dialect == "postgresql" else ""  # jsonb as PostgreSQL writes it
    assert embed.text == f'id,makers\n1,"{{""name"":{blank}""Sahyadri Lifecare""}}"'
    assert item.text == 'id,name,country\n1,"Sahyadri Lifecare",IN'


def test_csv_names_the_columns_of_spreads_and_aliases(shop: Api) -> None:
    path = "/rest/v1/drugs?select=nr:id,...makers(maker:name)&id=eq.4"

    assert get(shop, path, "text/csv").text == "nr,maker\n4,"


@pytest.mark.parametrize(
    "accept", ["application/vnd.pgrst.object+json", "application/vnd.pgrst.object"]
)
def test_one_row_is_an_object_where_one_was_asked_for(shop: Api, accept: str) -> None:
    answer = get(shop, "/rest/v1/drugs?select=id,color&id=eq.3", accept)

    assert (answer.status_code, answer.text) == (200, '{"id":3,"color":null}')
    assert answer.headers["content-type"] == f"application/vnd.pgrst.object+json; {JSON[18:]}"
    assert answer.headers["content-range"] == "0-0/*"


@pytest.mark.parametrize(("query", "count"), [("id=eq.99", 0), ("id=lte.2", 2)])
def test_another_number_of_rows_than_one_is_not_acceptable(
    shop: Api, query: str, count: int
) -> None:
    answer = get(shop, f"/rest/v1/drugs?{query}", "application/vnd.pgrst.object+json")

    assert answer.status_code == 406
    assert answer.headers["content-type"] == JSON
    assert answer.json() == {
        "code": "PGRST116",
        "details": f"The result contains {count} rows",
        "hint": None,
        "message": "Cannot coerce the result to a single JSON object",
    }


@pytest.mark.parametrize(
    ("path", "shape", "expected"),
    [
        ("/rest/v1/drugs?select=id,color&id=eq.3", "object", '{"id":3}'),
        ("/rest/v1/drugs?select=id,color&id=eq.3", "array", '[{"id":3}]'),
        (
            "/rest/v1/makers?select=id,country,drugs(id,color)&id=gte.2&order=id",
            "array",
            '[{"id":2,"country":"IN","drugs":[{"id":3}]},{"id":3,"drugs":[]}]',
        ),
        ("/makers/3", "object", '{"id":3,"name":"Fjord Pharma"}'),
    ],
)
def test_nulls_are_left_out_at_any_depth(shop: Api, path: str, shape: str, expected: str) -> None:
    accept = f"application/vnd.pgrst.{shape}+json;nulls=stripped"
    answer = get(shop, path, accept)

    assert (answer.status_code, answer.text) == (200, expected)
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/json;q=0.5, text/csv", CSV),
        ("application/json;q=0.5, text/csv;q=0.4", JSON),
        ("text/csv, application/json", CSV),
        ("image/png, */*;q=0.1", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("application/vnd.pgrst.array+json", JSON),
    ],
)
def test_accept_chooses_the_most_wanted_that_there_is(
    shop: Api, accept: str, content_type: str
) -> None:
    answer = get(shop, "/rest/v1/makers?select=id", accept)

    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)


def test_what_cannot_be_produced_is_not_acceptable(shop: Api) -> None:
    answer = get(shop, "/rest/v1/makers", "image/png, application/x-unknown")

    assert answer.status_code == 406
    assert answer.json() == {
        "code": "PGRST107",
        "details": None,
        "hint": None,
        "message": "None of these media types are available: image/png, application/x-unknown",
    }


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/rest/v1/makers", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"),
        ("/makers", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"),
        ("/makers/1", "OPTIONS,GET,HEAD,PUT,PATCH,DELETE"),
        ("/notes", "OPTIONS,GET,HEAD,POST,PATCH,DELETE"),
    ],
)
def test_options_tells_what_may_be_done(shop: Api, path: str, allowed: str) -> None:
    answer = shop.request("OPTIONS", path)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["allow"] == allowed


def test_options_of_a_view_tells_what_its_database_lets_be_written(shop: Api) -> None:
    reads = "OPTIONS,GET,HEAD"
    writes = reads if shop.dialect == "sqlite" else f"{reads},POST,PUT,PATCH,DELETE"

    assert shop.request("OPTIONS", "/rest/v1/cheap_drugs").headers["allow"] == writes


def test_options_of_an_unknown_table_is_not_found(shop: Api) -> None:
    assert shop.request("OPTIONS", "/rest/v1/nope").json()["code"] == "PGRST205"
