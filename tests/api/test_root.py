"""The root of the strict mount: PostgREST's document, by what the caller may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autoapi.auth import make_token
from tests.conftest import run_sql
from tests.service import SECRET, Api, running

SCHEMA = """
DO $$ BEGIN
  CREATE ROLE root_guest NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN
  CREATE ROLE root_clerk NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL; END $$;
COMMENT ON SCHEMA public IS E'Pharmacy\n\nOf the town';
CREATE SCHEMA archive;
GRANT USAGE ON SCHEMA public, archive TO root_guest, root_clerk;
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE TABLE drugs (id integer PRIMARY KEY, name varchar(40) NOT NULL, mood mood);
COMMENT ON TABLE drugs IS E'What is sold\n\nOver the counter';
CREATE TABLE wages (id integer PRIMARY KEY, amount numeric);
CREATE TABLE pulse (at date, beats integer) PARTITION BY RANGE (at);
CREATE MATERIALIZED VIEW names AS SELECT id, name FROM drugs;
CREATE TABLE archive.letters (id integer PRIMARY KEY, drug_id integer REFERENCES drugs (id));
CREATE FUNCTION cheer(mood mood, times integer DEFAULT 1) RETURNS text
  LANGUAGE sql STABLE AS $$ SELECT repeat(mood::text, times) $$;
CREATE FUNCTION raise_wages() RETURNS void LANGUAGE sql AS $$ UPDATE wages SET amount = 1 $$;
REVOKE EXECUTE ON FUNCTION raise_wages() FROM PUBLIC;
CREATE FUNCTION front() RETURNS json LANGUAGE sql STABLE AS $$ SELECT '{"own": true}'::json $$;
GRANT SELECT ON drugs, pulse, names TO root_guest;
GRANT SELECT (id) ON wages TO root_clerk;
GRANT EXECUTE ON FUNCTION raise_wages() TO root_clerk;
"""


@pytest.fixture
def pharmacy(postgres_url: str) -> str:
    run_sql(postgres_url, SCHEMA)
    return postgres_url


@pytest.fixture
def served(pharmacy: str) -> Iterator[Api]:
    with running(pharmacy, db_anon_role="root_guest", db_schemas=("public", "archive")) as api:
        yield api


def named(document: Any) -> set[str]:
    return set(document["paths"])


def test_a_caller_is_shown_what_the_caller_s_role_may_use(served: Api) -> None:
    clerk = {"Authorization": f"Bearer {make_token(SECRET, 'root_clerk', 60)}"}

    stranger = named(served.get("/rest/v1/").json())
    known = named(served.get("/rest/v1/", headers=clerk).json())

    assert stranger == {"/", "/drugs", "/names", "/pulse", "/rpc/cheer", "/rpc/front"}
    assert known == {"/", "/wages", "/rpc/cheer", "/rpc/front", "/rpc/raise_wages"}


def test_the_document_has_the_comments_of_the_schema_and_its_tables(served: Api) -> None:
    answer = served.get("/rest/v1/")
    document = answer.json()

    assert answer.headers["content-type"] == "application/openapi+json; charset=utf-8"
    assert answer.headers["content-profile"] == "public"
    assert document["info"] == {
        "title": "Pharmacy",
        "description": "Of the town",
        "version": "16.0",
    }
    assert document["paths"]["/drugs"]["get"]["summary"] == "What is sold"
    assert document["definitions"]["drugs"] == {
        "type": "object",
        "description": "What is sold\n\nOver the counter",
        "required": ["id", "name"],
        "properties": {
            "id": {
                "type": "integer",
                "format": "int32",
                "description": "Note:\nThis is a Primary Key.<pk/>",
            },
            "name": {"type": "string", "format": "character varying", "maxLength": 40},
            "mood": {"type": "string", "format": "public.mood", "enum": ["calm", "cross"]},
        },
    }


def test_a_function_s_arguments_are_named_as_the_search_path_finds_them(served: Api) -> None:
    path = served.get("/rest/v1/").json()["paths"]["/rpc/cheer"]

    assert path["get"]["parameters"] == [
        {"name": "mood", "in": "query", "required": True, "type": "string", "format": "mood"},
        {"name": "times", "in": "query", "required": False, "type": "integer", "format": "int32"},
    ]


def test_privileges_are_ignored_where_the_operator_says_so(pharmacy: str) -> None:
    with running(pharmacy, db_anon_role="root_guest", openapi_mode="ignore-privileges") as api:
        document = api.get("/rest/v1/").json()

    assert {"/wages", "/rpc/raise_wages"} <= named(document)
    assert document["info"]["title"] == "Pharmacy"
    cheer = document["paths"]["/rpc/cheer"]["get"]["parameters"]
    assert [each["format"] for each in cheer] == ["public.mood", "int32"]


def test_a_profile_chooses_the_schema_that_is_described(pharmacy: str) -> None:
    settings: dict[str, Any] = {
        "db_schemas": ("public", "archive"),
        "openapi_mode": "ignore-privileges",
    }
    with running(pharmacy, **settings) as api:
        answer = api.get("/rest/v1/", headers={"Accept-Profile": "archive"})
        refused = api.get("/rest/v1/", headers={"Accept-Profile": "private"})
        written = api.post("/rest/v1/", headers={"Content-Profile": "private"}, json={})

    assert named(answer.json()) == {"/", "/letters"}
    assert answer.headers["content-profile"] == "archive"
    column = answer.json()["definitions"]["letters"]["properties"]["drug_id"]
    assert "description" not in column  # the key leads to a table of another schema
    assert (refused.status_code, refused.json()["code"]) == (406, "PGRST106")
    assert (written.status_code, written.json()["code"]) == (406, "PGRST106")


def test_a_function_answers_in_the_document_s_place(pharmacy: str) -> None:
    with running(pharmacy, db_root_spec="public.front") as api:
        answer = api.get("/rest/v1/")

    assert (answer.status_code, answer.json()) == (200, {"own": True})


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_a_disabled_document_is_not_found_by_any_method(shop_url: str, method: str) -> None:
    with running(shop_url, openapi_mode="disabled") as api:
        answer = api.request(method, "/rest/v1/")

    assert answer.status_code == 404
    if method != "HEAD":
        assert answer.json() == {
            "code": "PGRST126",
            "details": None,
            "hint": None,
            "message": "Root endpoint metadata is disabled",
        }


@pytest.mark.parametrize("path", ["/rest/v1", "/rest/v1/"])
def test_the_root_is_read_and_not_written(shop: Api, path: str) -> None:
    head = shop.request("HEAD", path)
    options = shop.request("OPTIONS", path)
    post = shop.post(path, json={})

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "application/openapi+json; charset=utf-8"
    assert "content-length" not in head.headers
    assert (options.status_code, options.headers["allow"]) == (200, "OPTIONS,GET,HEAD")
    assert (post.status_code, post.json()) == (
        405,
        {
            "code": "PGRST117",
            "details": None,
            "hint": None,
            "message": "Unsupported HTTP method: POST",
        },
    )


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/openapi+json", 200),
        ("application/json", 200),
        ("text/csv, */*", 200),
        ("text/csv", 406),
        ("application/vnd.pgrst.object+json", 406),
    ],
)
def test_the_document_has_one_form(shop: Api, accept: str, status: int) -> None:
    answer = shop.get("/rest/v1/", headers={"Accept": accept})

    assert answer.status_code == status
    if status == 406:
        message = f"None of these media types are available: {accept}"
        assert answer.json()["message"] == message


def test_a_table_does_not_answer_with_a_document(shop: Api) -> None:
    answer = shop.get("/rest/v1/drugs", headers={"Accept": "application/openapi+json"})

    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST107")


def test_without_a_prefix_the_document_is_at_the_root(shop_url: str) -> None:
    proxy = "https://pharmacy.example/api"
    with running(shop_url, rest_prefix="", openapi_server_proxy_uri=proxy) as api:
        document = api.get("/").json()

    assert (document["host"], document["basePath"]) == ("pharmacy.example:443", "/api")
    assert document["schemes"] == ["https"]


def test_a_stranger_who_may_not_read_may_not_see_the_document(shop_url: str) -> None:
    with running(shop_url, anonymous="none") as api:
        answer = api.get("/rest/v1/")

    assert (answer.status_code, answer.json()["code"]) == (401, "PGRST302")
