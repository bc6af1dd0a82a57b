"""What a function's result looks like, and what may be asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.service import Api, running

RPC = "/rest/v1/rpc"
ISAR = {"id": 1, "name": "Isar", "length_km": 292}
SINGULAR = {"Accept": "application/vnd.pgrst.object+json"}


@pytest.mark.parametrize(
    ("path", "answer", "rows"),
    [
        ("add?a=1", 6, "0-0/1"),
        ("null_number", None, "0-0/1"),
        ("plus_one?numbers=%7B1%7D", [2], "0-0/1"),
        ("a_range", "[10,20)", "0-0/1"),
        ("some_json", {"a": None, "b": [1]}, "0-0/1"),
        ("share_of", 7, "0-0/1"),
        ("river?i=1", ISAR, "0-0/1"),
        ("river?i=9", {"id": None, "name": None, "length_km": None}, "0-0/1"),
        ("river_domain?i=1", ISAR, "0-0/1"),
        ("origin", {"x": 0, "y": 0}, "0-0/1"),
        ("spot_of", {"x": 1, "y": 2}, "0-0/1"),
        ("out_one?n=3", {"doubled": 6}, "0-0/1"),
        ("out_nameless", {"pgrst_call": 7}, "0-0/1"),
        ("out_two", {"column1": 1, "column2": "a"}, "0-0/1"),
        ("in_out?n=3", {"n": 4, "word": "w"}, "0-0/1"),
        ("a_record", ISAR, "0-0/1"),
        ("names", ["Isar", "Lech", "Naab"], "0-2/3"),
        ("moods", ["calm", "wild"], "0-1/2"),
        ("points", [{"x": 1, "y": 2}, {"x": 3, "y": None}], "0-1/2"),
        ("pairs?n=2", [{"k": 1, "v": "v1"}, {"k": 2, "v": "v2"}], "0-1/2"),
        ("pairs?n=0", [], "*/0"),
        ("one_column", [{"only_one": "x"}], "0-0/1"),
        ("records", [{"id": 1, "name": "Isar"}, {"id": 2, "name": "Lech"}], "0-1/2"),
        ("longer_than?id=280", [ISAR], "0-0/1"),
    ],
)
def test_a_result_has_the_form_of_what_is_returned(
    calls: Api, path: str, answer: Any, rows: str
) -> None:
    reply = calls.get(f"{RPC}/{path}", headers={"Prefer": "count=exact"})

    assert (reply.status_code, reply.json()) == (200, answer)
    assert reply.headers["content-range"] == rows
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.headers["content-profile"] == "api"
    assert reply.headers["preference-applied"] == "count=exact"


def test_a_function_that_returns_nothing_answers_204(calls: Api) -> None:
    for method in ("GET", "HEAD", "POST"):
        reply = calls.request(method, f"{RPC}/nothing")

        assert (reply.status_code, reply.content) == (204, b"")
        assert reply.headers["content-range"] == "0-0/*"
        assert not {"content-type", "content-length", "content-profile"} & set(reply.headers)


def test_a_head_has_the_headers_of_its_get(calls: Api) -> None:
    path = f"{RPC}/all_rivers?length_km=not.is.null"
    got = calls.get(path, headers={"Prefer": "count=exact"})
    head = calls.request("HEAD", path, headers={"Prefer": "count=exact"})

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-range"] == got.headers["content-range"] == "0-1/2"
    assert head.headers["content-type"] == got.headers["content-type"]
    assert "content-length" not in head.headers


def test_rows_of_a_table_are_read_as_the_table_is(calls: Api) -> None:
    path = f"{RPC}/all_rivers?select=name,stations(place)&stations.order=id.desc&order=name.desc"

    assert calls.get(f"{path}&id=lt.3").json() == [
        {"name": "Lech", "stations": [{"place": "Augsburg"}]},
        {"name": "Isar", "stations": [{"place": "Munich"}, {"place": "Lenggries"}]},
    ]
    inner = f"{RPC}/all_rivers?select=id,stations!inner(id)&stations.place=eq.Munich"
    reply = calls.get(inner, headers={"Prefer": "count=exact"})
    assert reply.json() == [{"id": 1, "stations": [{"id": 11}]}]
    assert reply.headers["content-range"] == "0-0/1"
    nested = calls.get(f"{RPC}/river?i=1&select=name,stations(place,soundings(depth))").json()
    assert nested["stations"][1] == {"place": "Munich", "soundings": [{"depth": 2.25}]}


def test_a_hidden_tables_rows_embed_what_the_exposed_view_of_its_name_does(calls: Api) -> None:
    path = f"{RPC}/hidden_soundings?select=depth,stations(place)&depth=gt.2"

    assert calls.get(path).json() == [{"depth": 2.25, "stations": {"place": "Munich"}}]


def test_a_result_is_filtered_by_columns_that_are_not_shown(calls: Api) -> None:
    assert calls.get(f"{RPC}/all_rivers?select=id&name=like.L*").json() == [{"id": 2}]
    either = f"{RPC}/all_rivers?select=id&or=(name.eq.Naab,length_km.gt.280)&order=length_km"
    assert calls.get(either).json() == [{"id": 1}, {"id": 3}]


def test_what_is_computed_of_a_row_is_computed_of_results_too(calls: Api) -> None:
    path = f'{RPC}/all_rivers?select=id,half:"50%25"&"50%25"=lt.140'

    assert calls.get(path).json() == [{"id": 2, "half": 132}]


def test_a_post_filters_by_its_query_string_and_not_by_its_body(calls: Api) -> None:
    path = f"{RPC}/longer_than?select=id&id=gt.1&limit=5"

    assert calls.post(path, json={"id": 100}).json() == [{"id": 2}]


def test_columns_of_its_own_are_shaped_cast_and_counted(calls: Api) -> None:
    assert calls.get(f"{RPC}/pairs?n=3&select=key:k::text&k=gte.2&order=k.desc").json() == [
        {"key": "3"},
        {"key": "2"},
    ]
    assert calls.get(f"{RPC}/pairs?n=3&select=count()").status_code == 400


def test_values_are_a_column_that_may_be_filtered_and_ordered(calls: Api) -> None:
    assert calls.get(f"{RPC}/names?pgrst_scalar=like.*a*&order=pgrst_scalar.desc").json() == [
        "Naab",
        "Isar",
    ]
    assert calls.get(f"{RPC}/names?limit=1&offset=1").json() == ["Lech"]
    assert calls.get(f"{RPC}/add?a=1&select=pgrst_scalar::text").json() == "6"
    filtered = calls.get(f"{RPC}/add?a=1&pgrst_scalar=gt.100")
    assert (filtered.json(), filtered.headers["content-range"]) == (None, "0-0/*")


def test_a_column_that_the_result_does_not_have_is_missed_where_postgrest_misses_it(
    calls: Api,
) -> None:
    def missed(path: str) -> tuple[int, str, str, str | None]:
        reply = calls.get(f"{RPC}/{path}")
        body = reply.json()
        return reply.status_code, body["code"], body["message"], body["hint"]

    assert missed("add?a=1&select=sum") == (400, "42703", "column add.sum does not exist", None)
    assert missed("names?select=other:pgrst_scalar")[2] == (
        "column _postgrest_t.pgrst_scalar does not exist"
    )
    assert missed("pairs?n=1&nothing=eq.1")[2] == "column record.nothing does not exist"
    assert missed("pairs?n=1&select=k&nothing=eq.1")[2] == (
        "column pgrst_call.nothing does not exist"
    )
    assert missed("all_rivers?select=idd") == (
        400,
        "42703",
        "column pgrst_call.idd does not exist",
        'Perhaps you meant to reference the column "pgrst_call.id".',
    )


def test_a_result_without_the_columns_of_its_name_embeds_nothing(calls: Api) -> None:
    value = calls.get(f"{RPC}/rivers?select=stations(*)").json()
    rows = calls.get(f"{RPC}/pairs?n=1&select=rivers(id)").json()

    assert (value["code"], value["message"]) == ("42703", "column rivers.id does not exist")
    assert rows == {
        "code": "PGRST200",
        "details": "Searched for a foreign key relationship between 'record' and 'rivers' in the"
        " schema 'api', but no matches were found.",
        "hint": "Perhaps you meant 'rivers' instead of 'record'.",
        "message": "Could not find a relationship between 'record' and 'rivers' in the schema"
        " cache",
    }


def test_records_without_columns_are_values_and_cannot_be_filtered(calls: Api) -> None:
    reply = calls.get(f"{RPC}/records?select=name&id=eq.1")

    assert (reply.status_code, reply.json()["code"]) == (400, "42703")


def test_a_result_is_taken_in_parts(calls: Api) -> None:
    path = f"{RPC}/all_rivers?select=id"
    counted = {"Prefer": "count=exact"}

    ranged = calls.get(path, headers={"Range": "1-1"} | counted)
    assert (ranged.status_code, ranged.json()) == (206, [{"id": 2}])
    assert ranged.headers["content-range"] == "1-1/3"
    posted = calls.post(path, json={}, headers={"Range": "1-1"} | counted)
    assert (posted.status_code, posted.headers["content-range"]) == (200, "0-2/3")
    windowed = calls.post(f"{path}&limit=1&offset=2", json={}, headers=counted)
    assert (windowed.status_code, windowed.headers["content-range"]) == (206, "2-2/3")
    beyond = calls.get(f"{path}&offset=9", headers=counted)
    assert (beyond.status_code, beyond.json()["code"]) == (416, "PGRST103")
    assert beyond.headers["content-range"] == "*/3"


def test_one_object_is_what_a_single_result_is_anyway(calls: Api) -> None:
    assert calls.get(f"{RPC}/add?a=1", headers=SINGULAR).json() == 6
    assert calls.get(f"{RPC}/river?i=1", headers=SINGULAR).json() == ISAR
    assert calls.get(f"{RPC}/longer_than?id=280", headers=SINGULAR).json() == ISAR
    none = calls.get(f"{RPC}/longer_than?id=999", headers=SINGULAR)
    assert (none.status_code, none.json()) == (
        406,
        {
            "code": "PGRST116",
            "details": "The result contains 0 rows",
            "hint": None,
            "message": "Cannot coerce the result to a single JSON object",
        },
    )


def test_nulls_may_be_left_out(calls: Api) -> None:
    rows = {"Accept": "application/vnd.pgrst.array+json;nulls=stripped"}
    row = {"Accept": "application/vnd.pgrst.object+json;nulls=stripped"}

    assert calls.get(f"{RPC}/points", headers=rows).json() == [{"x": 1, "y": 2}, {"x": 3}]
    assert calls.get(f"{RPC}/some_json", headers=rows).json() == {"b": [1]}
    assert calls.get(f"{RPC}/river?i=3", headers=row).json() == {"id": 3, "name": "Naab"}


def test_rows_and_values_come_as_csv(calls: Api) -> None:
    csv = {"Accept": "text/csv"}

    assert calls.get(f"{RPC}/pairs?n=2", headers=csv).text == "k,v\n1,v1\n2,v2"
    assert calls.get(f"{RPC}/names", headers=csv).text == "pgrst_scalar\nIsar\nLech\nNaab"
    assert calls.get(f"{RPC}/add?a=1", headers=csv).text == "pgrst_scalar\n6"


def test_what_cannot_be_produced_is_refused_before_anything_runs(calls: Api) -> None:
    reply = calls.post(f"{RPC}/add", json={"a": 1}, headers={"Accept": "audio/mpeg3"})

    assert (reply.status_code, reply.json()["code"]) == (406, "PGRST107")


@pytest.fixture(scope="module")
def bounded(calls: Api) -> Iterator[Api]:
    settings = {"db_max_rows": 2, "db_aggregates_enabled": True, "db_plan_enabled": True}
    with running(calls.url, db_schemas=("api",), **settings) as api:
        yield api


def test_the_operators_bound_holds_for_results_too(bounded: Api) -> None:
    counted = {"Prefer": "count=exact"}
    rows = bounded.get(f"{RPC}/all_rivers?select=id,stations(id)", headers=counted)

    assert rows.json() == [
        {"id": 1, "stations": [{"id": 10}, {"id": 11}]},
        {"id": 2, "stations": [{"id": 20}]},
    ]
    assert (rows.status_code, rows.headers["content-range"]) == (206, "0-1/3")
    assert bounded.get(f"{RPC}/names?limit=9").json() == ["Isar", "Lech"]
    assert bounded.post(f"{RPC}/drain", json={}).json() == [1, 2]


def test_results_are_aggregated_where_that_is_switched_on(bounded: Api) -> None:
    assert bounded.get(f"{RPC}/all_rivers?select=length_km.sum()").json() == [{"sum": 556}]
    assert bounded.get(f"{RPC}/pairs?n=3&select=count()").json() == [{"count": 3}]
    assert "content-profile" not in bounded.get(f"{RPC}/names").headers


def test_a_function_that_postgres_can_inline_takes_filters_into_its_query(bounded: Api) -> None:
    plan = {"Accept": "application/vnd.pgrst.plan"}

    inlined = bounded.get(f"{RPC}/plain_rivers?id=eq.1", headers=plan).text
    assert "rivers_pkey" in inlined
    assert "Function Scan" not in inlined
