"""Functions, called under ``/rest/v1/rpc``; SQLite has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import run_sql
from tests.service import Api, running
from tests.shop import make_postgres

FUNCTIONS = """
CREATE FUNCTION add_them(a int, b int DEFAULT 5) RETURNS int LANGUAGE sql IMMUTABLE
  AS 'SELECT a + b';
CREATE FUNCTION cheap(max_price numeric) RETURNS SETOF drugs LANGUAGE sql STABLE
  AS 'SELECT * FROM drugs WHERE price < max_price';
CREATE FUNCTION one_drug(i int) RETURNS drugs LANGUAGE sql STABLE
  AS 'SELECT * FROM drugs WHERE id = i';
CREATE FUNCTION labels() RETURNS SETOF text LANGUAGE sql STABLE
  AS 'SELECT label FROM tags ORDER BY id';
CREATE FUNCTION nothing(x text) RETURNS void LANGUAGE sql AS 'SELECT NULL::void';
CREATE FUNCTION pairs(n int) RETURNS TABLE (k int, v text) LANGUAGE sql STABLE
  AS $$ SELECT g, 'v' || g FROM generate_series(1, n) g $$;
CREATE FUNCTION total(VARIADIC numbers int[]) RETURNS bigint LANGUAGE sql
  AS 'SELECT sum(x) FROM unnest(numbers) x';
CREATE FUNCTION echo(json) RETURNS json LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION size(bytea) RETURNS int LANGUAGE sql AS 'SELECT length($1)';
CREATE FUNCTION add_maker(n text) RETURNS int LANGUAGE sql
  AS 'INSERT INTO makers (name) VALUES (n) RETURNING id';
CREATE FUNCTION twice(v int) RETURNS int LANGUAGE sql AS 'SELECT v * 2';
CREATE FUNCTION twice(v text) RETURNS text LANGUAGE sql AS 'SELECT v || v';
CREATE FUNCTION "Odd ""name"(" a,b" int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION volatile() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION on_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""


@pytest.fixture
def calls(postgres_url: str) -> Iterator[Api]:
    make_postgres(postgres_url)
    run_sql(postgres_url, FUNCTIONS)
    with running(postgres_url) as service:
        yield service


def test_a_get_takes_its_arguments_from_the_query_string(calls: Api) -> None:
    assert calls.get("/rest/v1/rpc/add_them?a=1&b=2").json() == 3


def test_a_parameter_with_a_default_may_be_left_out(calls: Api) -> None:
    assert calls.post("/rest/v1/rpc/add_them", json={"a": 1}).json() == 6


def test_a_form_gives_arguments_too(calls: Api) -> None:
    assert calls.post("/rest/v1/rpc/add_them", data={"a": "1", "b": "1"}).json() == 2


def test_rows_of_a_table_are_filtered_embedded_ordered_and_counted(calls: Api) -> None:
    path = "/rest/v1/rpc/cheap?max_price=10&select=id,makers(name)&id=lt.4&order=id&limit=1"

    answer = calls.get(path, headers={"Prefer": "count=exact"})

    assert answer.status_code == 206
    assert answer.headers["content-range"] == "0-0/2"
    assert answer.json() == [{"id": 1, "makers": {"name": "Sahyadri Lifecare"}}]


def test_one_row_comes_as_an_object(calls: Api) -> None:
    assert calls.get("/rest/v1/rpc/one_drug?i=1&select=name").json() == {"name": "Alpha"}


def test_values_come_as_a_list(calls: Api) -> None:
    assert calls.get("/rest/v1/rpc/labels").json() == ["cold", "rx", "unused"]


def test_columns_of_its_own_can_be_filtered(calls: Api) -> None:
    assert calls.get("/rest/v1/rpc/pairs?n=3&k=gt.2").json() == [{"k": 3, "v": "v3"}]


def test_a_function_that_returns_nothing_answers_204(calls: Api) -> None:
    answer = calls.post("/rest/v1/rpc/nothing", json={"x": "y"})

    assert (answer.status_code, answer.content) == (204, b"")


def test_a_variadic_parameter_repeats_or_takes_a_list(calls: Api) -> None:
    assert calls.get("/rest/v1/rpc/total?numbers=1&numbers=4").json() == 5
    assert calls.post("/rest/v1/rpc/total", json={"numbers": [1, 2]}).json() == 3


def test_a_nameless_parameter_takes_the_body_whole(calls: Api) -> None:
    octets = {"Content-Type": "application/octet-stream"}

    assert calls.post("/rest/v1/rpc/echo", json={"a": [1, None]}).json() == {"a": [1, None]}
    assert calls.post("/rest/v1/rpc/size", content=b"a\x00b", headers=octets).json() == 3


def test_a_get_never_writes(calls: Api) -> None:
    refused = calls.get("/rest/v1/rpc/add_maker?n=Sneaky")

    assert (refused.status_code, refused.json()["code"]) == (405, "25006")
    assert calls.post("/rest/v1/rpc/add_maker", json={"n": "Open"}).status_code == 200
    names = [row["name"] for row in calls.get("/makers?select=name").json()]
    assert "Open" in names
    assert "Sneaky" not in names


def test_strangers_who_may_read_call_what_only_reads(postgres_url: str) -> None:
    make_postgres(postgres_url)
    run_sql(postgres_url, FUNCTIONS)
    with running(postgres_url, anonymous="read") as service:
        assert service.post("/rest/v1/rpc/add_them", json={"a": 1}).json() == 6
        refused = service.post("/rest/v1/rpc/add_maker", json={"n": "No"})
        assert (refused.status_code, refused.json()["code"]) == (401, "PGRST302")


def test_a_misspelt_name_or_argument_is_told_with_what_was_searched(calls: Api) -> None:
    name = calls.get("/rest/v1/rpc/ad_them").json()
    argument = calls.get("/rest/v1/rpc/add_them?a=1&c=2").json()

    assert name["hint"] == "Perhaps you meant to call the function public.add_them"
    assert argument["code"] == "PGRST202"
    assert argument["message"] == (
        "Could not find the function public.add_them(a, c) in the schema cache"
    )


def test_overloads_that_both_fit_are_refused(calls: Api) -> None:
    answer = calls.post("/rest/v1/rpc/twice", json={"v": 1})

    assert (answer.status_code, answer.json()["code"]) == (300, "PGRST203")
    assert "public.twice(v => integer)" in answer.json()["message"]


def test_odd_names_are_called_and_triggers_are_not(calls: Api) -> None:
    assert calls.post("/rest/v1/rpc/Odd%20%22name", json={" a,b": 3}).json() == 3
    assert calls.post("/rest/v1/rpc/on_change").status_code == 404


def test_a_value_of_the_wrong_type_is_the_databases_own_error(calls: Api) -> None:
    answer = calls.get("/rest/v1/rpc/add_them?a=x")

    assert (answer.status_code, answer.json()["code"]) == (400, "22P02")


def test_options_tell_whether_it_may_be_read(calls: Api) -> None:
    assert calls.request("OPTIONS", "/rest/v1/rpc/volatile").headers["allow"] == "OPTIONS,POST"
    allowed = calls.request("OPTIONS", "/rest/v1/rpc/labels").headers["allow"]
    assert allowed == "OPTIONS,GET,HEAD,POST"
    # As in PostgREST it is looked for without arguments.
    assert calls.request("OPTIONS", "/rest/v1/rpc/add_them").json()["code"] == "PGRST202"


def test_other_methods_are_refused(calls: Api) -> None:
    answer = calls.delete("/rest/v1/rpc/add_them")

    assert (answer.status_code, answer.json()["code"]) == (405, "PGRST101")


def test_a_function_of_sqlite_is_not_found(shop_url: str) -> None:
    with running(shop_url) as service:
        assert service.get("/rest/v1/rpc/anything").status_code == 404
