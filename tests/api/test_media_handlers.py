"""Media types that a PostgreSQL database makes itself, and GeoJSON."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import run_sql
from tests.service import Api, running

SCHEMA = r"""
CREATE DOMAIN "text/html" AS text;
CREATE DOMAIN "image/gif" AS bytea;
CREATE DOMAIN "application/bits+json" AS jsonb;
CREATE DOMAIN "text/plain" AS varchar;
CREATE DOMAIN "text/xml" AS xml;
CREATE DOMAIN "App/Lines" AS text;
CREATE DOMAIN "text/csv" AS text;
CREATE DOMAIN "*/*" AS text;
CREATE DOMAIN "app/whole" AS int;

CREATE DOMAIN plain_word AS text;
CREATE TABLE plants (id int PRIMARY KEY, name text, kind_id int);
CREATE TABLE kinds (id int PRIMARY KEY, word text);
ALTER TABLE plants ADD FOREIGN KEY (kind_id) REFERENCES kinds (id);
INSERT INTO kinds VALUES (1, 'tree');
INSERT INTO plants VALUES (1, 'oak', 1), (2, 'ash "grey"', NULL);
CREATE VIEW green AS SELECT * FROM plants;
CREATE TABLE empty (id int PRIMARY KEY);

CREATE FUNCTION greeting(name text) RETURNS "text/html" LANGUAGE sql IMMUTABLE
  AS $$ SELECT '<p>' || name || '</p>' $$;
CREATE FUNCTION pixel() RETURNS "image/gif" LANGUAGE sql IMMUTABLE
  AS $$ SELECT '\x00ff0a'::bytea $$;
CREATE FUNCTION bits() RETURNS "application/bits+json" LANGUAGE sql IMMUTABLE
  AS $$ SELECT '{"a": 1}'::jsonb $$;
CREATE FUNCTION note(x int) RETURNS "text/plain" LANGUAGE sql IMMUTABLE
  AS $$ SELECT 'so' WHERE x = 1 $$;
CREATE FUNCTION feed() RETURNS "text/xml" LANGUAGE sql IMMUTABLE AS $$ SELECT '<a/>'::xml $$;
CREATE FUNCTION seven() RETURNS "app/whole" LANGUAGE sql IMMUTABLE AS 'SELECT 7';
CREATE FUNCTION several() RETURNS SETOF "text/html" LANGUAGE sql IMMUTABLE AS $$ SELECT 'a' $$;
CREATE FUNCTION anything() RETURNS "*/*" LANGUAGE plpgsql STABLE AS $$
  BEGIN
    PERFORM set_config('response.headers', '[{"Content-Type": "app/chosen"}]', true);
    RETURN 'whatever';
  END $$;
CREATE FUNCTION all_plants() RETURNS SETOF plants LANGUAGE sql STABLE
  AS 'SELECT * FROM plants ORDER BY id';
CREATE FUNCTION one_plant() RETURNS plants LANGUAGE sql STABLE
  AS 'SELECT * FROM plants WHERE id = 1';
CREATE FUNCTION either(n int) RETURNS int LANGUAGE sql STABLE AS 'SELECT n';
CREATE FUNCTION either(t text) RETURNS "text/html" LANGUAGE sql STABLE AS 'SELECT t';
CREATE FUNCTION shout(plain_word) RETURNS json LANGUAGE sql STABLE
  AS 'SELECT to_json(upper($1::text))';
CREATE FUNCTION five() RETURNS int LANGUAGE sql STABLE AS 'SELECT 5';

CREATE FUNCTION html_step(state text, next plants) RETURNS "text/html" LANGUAGE sql
  AS $$ SELECT state || '<li>' || next.name || '</li>' $$;
CREATE AGGREGATE plants_html(plants) (sfunc = html_step, stype = "text/html", initcond = '');
CREATE FUNCTION lines_step(state text, next anyelement) RETURNS "App/Lines" LANGUAGE sql
  AS $$ SELECT (state || next::text || E'\n')::"App/Lines" $$;
CREATE AGGREGATE any_lines(anyelement) (sfunc = lines_step, stype = "App/Lines", initcond = '');
CREATE CAST (plain_word AS json) WITH FUNCTION shout(plain_word) AS IMPLICIT;
CREATE TABLE words (word plain_word);
CREATE FUNCTION html_step(state text, next words) RETURNS "text/html" LANGUAGE sql
  AS $$ SELECT state || next.word $$;
CREATE AGGREGATE words_html(words) (sfunc = html_step, stype = "text/html", initcond = '');
CREATE FUNCTION csv_step(state text, next kinds) RETURNS "text/csv" LANGUAGE sql
  AS $$ SELECT state || next.word || E'\n' $$;
CREATE AGGREGATE kinds_csv(kinds) (sfunc = csv_step, stype = "text/csv", initcond = E'word\n');
"""

# PostGIS is not in the tests' PostgreSQL; this has the same name and form.
GEOMETRY = """
CREATE FUNCTION st_asgeojson(part record) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN
    RETURN json_build_object('type', 'Feature', 'properties', row_to_json(part));
  END $$;
"""


@pytest.fixture(scope="module")
def garden(postgres_server_url: str) -> Iterator[Api]:
    """A service over tables with handlers, which nothing here changes."""
    run_sql(postgres_server_url, "CREATE DATABASE garden")
    url = postgres_server_url.rpartition("/")[0] + "/garden"
    run_sql(url, SCHEMA)
    with running(url) as service:
        yield service
    run_sql(postgres_server_url, "DROP DATABASE garden WITH (FORCE)")


def get(api: Api, path: str, accept: str) -> tuple[int, str, bytes]:
    answer = api.get(f"/rest/v1/{path}", headers={"Accept": accept})
    return answer.status_code, answer.headers["content-type"], answer.content


@pytest.mark.parametrize(
    ("path", "accept", "content_type", "body"),
    [
        ("rpc/greeting?name=you", "text/html", "text/html", b"<p>you</p>"),
        ("rpc/pixel", "image/gif, */*;q=0.1", "image/gif", b"\x00\xff\x0a"),
        ("rpc/bits", "application/bits+json", "application/bits+json", b'\x01{"a": 1}'),
        ("rpc/note?x=1", "text/plain", "text/plain; charset=utf-8", b"so"),
        ("rpc/note?x=2", "text/plain", "text/plain; charset=utf-8", b""),
        ("rpc/feed", "text/xml", "text/xml; charset=utf-8", b"<a/>"),
        ("rpc/seven", "app/whole", "app/whole", b"\x00\x00\x00\x07"),
        ("rpc/either?n=7", "text/html", "text/html", b"7"),
        ("rpc/greeting?name=you", "*/*", "application/json; charset=utf-8", b'"<p>you</p>"'),
    ],
)
def test_a_function_that_returns_a_media_type_answers_its_value(
    garden: Api, path: str, accept: str, content_type: str, body: bytes
) -> None:
    assert get(garden, path, accept) == (200, content_type, body)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("plants?order=id", b'<li>oak</li><li>ash "grey"</li>'),
        ("plants?id=eq.1&select=*", b"<li>oak</li>"),
        ("plants?id=eq.9", b""),
        ("rpc/all_plants", b'<li>oak</li><li>ash "grey"</li>'),
        ("rpc/one_plant", b"<li>oak</li>"),
    ],
)
def test_an_aggregate_over_a_table_answers_its_rows(garden: Api, path: str, body: bytes) -> None:
    assert get(garden, path, "text/html") == (200, "text/html", body)


@pytest.mark.parametrize(
    "path",
    ["plants?select=id,name,kind_id", "plants?select=*,kinds(*)", "green", "rpc/several", "words"],
)
def test_it_answers_neither_other_rows_nor_parts_of_its_own(garden: Api, path: str) -> None:
    assert get(garden, path, "text/html")[0] == 406


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("plants?select=name,id&order=id", b'(oak,1)\n("ash ""grey""",2)\n'),
        ("plants?select=id,kinds(*)&id=eq.1", b'(1,"{""id"": 1, ""word"": ""tree""}")\n'),
        ("rpc/all_plants?id=eq.1", b"(1,oak,1)\n"),
        ("rpc/five", b"5\n"),
        ("empty", b""),
    ],
)
def test_an_aggregate_over_anything_answers_any_rows(garden: Api, path: str, body: bytes) -> None:
    assert get(garden, path, "app/lines") == (200, "App/Lines", body)


def test_a_known_media_type_may_be_made_differently_for_one_table(garden: Api) -> None:
    assert get(garden, "kinds", "text/csv") == (200, "text/csv; charset=utf-8", b"word\ntree\n")
    assert get(garden, "plants?id=eq.1", "text/csv")[2] == b"id,name,kind_id\n1,oak,1"


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json", "very/odd"])
def test_a_handler_of_any_type_answers_everything_and_may_name_it(garden: Api, accept: str) -> None:
    assert get(garden, "rpc/anything", accept) == (200, "app/chosen", b"whatever")


def test_written_rows_are_made_into_the_media_type_too(garden: Api) -> None:
    headers = {"Accept": "text/html", "Prefer": "return=representation"}
    answer = garden.post("/rest/v1/plants", headers=headers, json={"id": 3, "name": "elm"})
    gone = garden.delete("/rest/v1/plants?id=eq.3", headers=headers)

    assert (answer.status_code, answer.text) == (201, "<li>elm</li>")
    assert answer.headers["content-type"] == gone.headers["content-type"] == "text/html"
    assert (gone.status_code, gone.text) == (200, "<li>elm</li>")


def test_a_head_says_the_type_and_sends_nothing(garden: Api) -> None:
    answer = garden.request("HEAD", "/rest/v1/plants", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-range"] == "0-1/*"


def test_geojson_is_a_collection_of_what_postgis_makes_of_each_row(postgres_url: str) -> None:
    run_sql(postgres_url, SCHEMA + GEOMETRY)
    with running(postgres_url) as api:
        some = api.get("/rest/v1/kinds", headers={"Accept": "application/geo+json"})
        none = api.get("/rest/v1/empty", headers={"Accept": "application/geo+json"})

    assert some.headers["content-type"] == "application/geo+json; charset=utf-8"
    assert some.text == (
        '{"type" : "FeatureCollection", "features" : '
        '[{"type" : "Feature", "properties" : {"id":1,"word":"tree"}}]}'
    )
    assert none.json() == {"type": "FeatureCollection", "features": []}


def test_geojson_without_postgis_is_the_databases_own_complaint(garden: Api) -> None:
    answer = garden.get("/rest/v1/kinds", headers={"Accept": "application/geo+json"})

    assert (answer.status_code, answer.json()["code"]) == (404, "42883")
    assert answer.json()["message"] == "function st_asgeojson(record) does not exist"
