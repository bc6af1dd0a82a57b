"""Domains whose casts say how their values are shown and read; SQLite has no domains."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.api.rows import query
from tests.conftest import database_url, run_sql
from tests.service import Api, running

SCHEMA = """
CREATE DOMAIN tone AS int CHECK (VALUE >= 0);
CREATE FUNCTION tone_shown(tone) RETURNS json IMMUTABLE LANGUAGE sql AS
  $$ SELECT to_json('#' || lpad(to_hex($1), 6, '0')) $$;
CREATE FUNCTION tone_read(text) RETURNS tone IMMUTABLE LANGUAGE sql AS
  $$ SELECT ('x' || lpad(ltrim($1, '#'), 8, '0'))::bit(32)::int $$;
CREATE FUNCTION tone_read(json) RETURNS tone IMMUTABLE LANGUAGE sql AS
  $$ SELECT tone_read($1 #>> '{}') $$;
CREATE CAST (tone AS json) WITH FUNCTION tone_shown(tone) AS IMPLICIT;
CREATE CAST (text AS tone) WITH FUNCTION tone_read(text) AS IMPLICIT;
CREATE CAST (json AS tone) WITH FUNCTION tone_read(json) AS IMPLICIT;

CREATE DOMAIN short_id AS uuid;
CREATE FUNCTION shown(short_id) RETURNS json IMMUTABLE LANGUAGE sql AS
  $$ SELECT to_json(encode(uuid_send($1), 'base64')) $$;
CREATE FUNCTION short_id(text) RETURNS short_id IMMUTABLE LANGUAGE sql AS
  $$ SELECT encode(decode($1, 'base64'), 'hex')::uuid $$;
CREATE FUNCTION short_id(json) RETURNS short_id IMMUTABLE LANGUAGE sql AS
  $$ SELECT short_id($1 #>> '{}') $$;
CREATE CAST (short_id AS json) WITH FUNCTION shown(short_id) AS IMPLICIT;
CREATE CAST (text AS short_id) WITH FUNCTION short_id(text) AS IMPLICIT;
CREATE CAST (json AS short_id) WITH FUNCTION short_id(json) AS IMPLICIT;

CREATE DOMAIN loud AS text;
CREATE FUNCTION loud_shown(loud) RETURNS json IMMUTABLE LANGUAGE sql AS
  $$ SELECT to_json(upper($1)) $$;
CREATE CAST (loud AS json) WITH FUNCTION loud_shown(loud) AS IMPLICIT;
CREATE DOMAIN asked AS text;
CREATE FUNCTION asked_shown(asked) RETURNS json IMMUTABLE LANGUAGE sql AS $$ SELECT '1'::json $$;
CREATE CAST (asked AS json) WITH FUNCTION asked_shown(asked);

CREATE TABLE walls (id short_id PRIMARY KEY, name text);
CREATE TABLE paints (
  id int PRIMARY KEY, wall_id short_id REFERENCES walls, tone tone DEFAULT 255, said loud,
  plain asked
);
CREATE VIEW paint_names AS SELECT id, tone, tone AS again, said FROM paints;
CREATE FUNCTION dark() RETURNS SETOF paints STABLE LANGUAGE sql AS
  $$ SELECT * FROM paints WHERE tone < 256 ORDER BY id $$;
INSERT INTO walls VALUES
  ('846c4ffd-92ce-4de7-8d11-8e29929f4ec4', 'north'),
  ('cc7ec76c-5254-4dfc-bf19-9a70ba2ae9b9', 'south');
INSERT INTO paints VALUES
  (1, '846c4ffd-92ce-4de7-8d11-8e29929f4ec4', 255, 'hey', 'a'),
  (2, '846c4ffd-92ce-4de7-8d11-8e29929f4ec4', 65280, NULL, NULL), (3, NULL, NULL, 'you', NULL);
"""

NORTH, SOUTH = "hGxP/ZLOTeeNEY4pkp9OxA==", "zH7HbFJUTfy/GZpwuirpuQ=="
FULL = {"Prefer": "return=representation"}


@pytest.fixture(scope="module")
def service(postgres_server_url: str) -> Iterator[Api]:
    name = "representations"
    run_sql(postgres_server_url, f"CREATE DATABASE {name}")
    url = database_url(postgres_server_url, name)
    run_sql(url, SCHEMA)
    with running(url, db_tx_end="rollback", db_aggregates_enabled=True) as started:
        yield started
    run_sql(postgres_server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("paints?select=id,tone&id=lt.3", '[{"id":1,"tone":"#0000ff"},{"id":2,"tone":"#00ff00"}]'),
        (
            "paints?id=eq.1",
            f'[{{"id":1,"wall_id":"{NORTH}","tone":"#0000ff","said":"HEY","plain":"a"}}]',
        ),
        ("paints?select=a:tone,tone::text&id=eq.1", '[{"a":"#0000ff","tone":"\\"#0000ff\\""}]'),
        (
            "paints?select=tone,said&id=gt.1",
            '[{"tone":"#00ff00","said":null},{"tone":null,"said":"YOU"}]',
        ),
        ("paint_names?select=again&id=eq.1", '[{"again":"#0000ff"}]'),
        (
            "paints?select=id,walls(id)&id=eq.1",
            f'[{{"id":1,"walls":{{"id":"{NORTH}"}}}}]',
        ),
        ("paints?select=id,...walls(key:id)&id=eq.1", f'[{{"id":1,"key":"{NORTH}"}}]'),
        (
            "walls?select=paints(tone)&name=eq.north&paints.order=tone.desc",
            '[{"paints":[{"tone":"#00ff00"},{"tone":"#0000ff"}]}]',
        ),
        ("rpc/dark?select=tone", '[{"tone":"#0000ff"}]'),
        ("paints?select=tone,id.count()&id=eq.1", '[{"tone":"#0000ff","count":1}]'),
    ],
)
def test_values_are_shown_by_the_domains_function(service: Api, path: str, rows: str) -> None:
    answer = service.get(f"/rest/v1/{path}")

    assert (answer.status_code, answer.json()) == (200, json.loads(rows))


@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ("tone=eq.0000ff", [1]),
        ("tone=neq.%230000ff", [2]),
        ("tone=gt.100", [2]),
        ("tone=in.(0000ff,00ff00)", [1, 2]),
        ("tone=not.in.(0000ff,1)", [2]),
        ("tone=eq(any).{0000ff,2}", [1]),
        ("or=(tone.eq.00ff00,tone.is.null)", [2, 3]),
        ("tone=isdistinct.255", [2, 3]),
        (f"wall_id=eq.{NORTH}", [1, 2]),
        ("said=eq.hey", [1]),
    ],
)
def test_values_of_filters_are_read_by_the_domains_function(
    service: Api, condition: str, ids: list[int]
) -> None:
    answer = service.get(f"/rest/v1/paints?select=id&order=id&{condition}")

    assert answer.json() == [{"id": each} for each in ids], answer.text


def test_an_order_goes_by_what_is_stored(service: Api) -> None:
    answer = service.get("/rest/v1/paints?select=id&order=tone.desc.nullslast")

    assert answer.json() == [{"id": 2}, {"id": 1}, {"id": 3}]


def test_a_filter_on_an_embed_is_read_so_too(service: Api) -> None:
    path = "/rest/v1/walls?select=name,paints(id)&paints.tone=eq.00ff00&order=name"

    assert service.get(path).json() == [
        {"name": "north", "paints": [{"id": 2}]},
        {"name": "south", "paints": []},
    ]


def test_a_csv_holds_the_json_that_is_shown(service: Api) -> None:
    answer = service.get("/rest/v1/paints?select=id,tone&id=eq.1", headers={"Accept": "text/csv"})

    assert answer.text == 'id,tone\n1,"""#0000ff"""'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"id": 9, "tone": "#0a0b0c", "said": "x"}', "application/json"),
        ('[{"id": 9, "tone": "#0a0b0c", "said": "x"}]', "application/json"),
        ("id,tone,said\n9,#0a0b0c,x\n", "text/csv"),
        ("id=9&tone=%230a0b0c&said=x", "application/x-www-form-urlencoded"),
    ],
)
def test_values_of_bodies_are_read_by_the_domains_function(
    service: Api, body: str, content_type: str
) -> None:
    headers = FULL | {"Content-Type": content_type}

    answer = service.post("/rest/v1/paints?select=id,tone,said", content=body, headers=headers)
    seen = service.post("/rest/v1/paint_names?select=id,tone,said", content=body, headers=headers)

    assert answer.status_code == 201, answer.text
    assert answer.json() == [{"id": 9, "tone": "#0a0b0c", "said": "X"}]
    assert seen.json() == answer.json()


def test_defaults_and_nulls_pass_through_the_function(service: Api) -> None:
    rows = [{"id": 8, "tone": None}, {"id": 9}]
    prefer = {"Prefer": "missing=default, return=representation"}

    answer = service.post(
        "/rest/v1/paints?columns=id,said&select=id,tone", json=rows, headers=prefer
    )
    nulls = service.post("/rest/v1/paints?columns=id,tone&select=tone", json=rows, headers=FULL)

    assert answer.json() == [{"id": 8, "tone": "#0000ff"}, {"id": 9, "tone": "#0000ff"}]
    assert nulls.json() == [{"tone": None}, {"tone": None}]


def test_a_value_that_no_function_can_read_is_refused_in_its_words(service: Api) -> None:
    answer = service.post("/rest/v1/paints", json={"id": 9, "tone": "#zz"})
    ignored = service.post("/rest/v1/paints?columns=id", json={"id": 9, "tone": "#zz"})

    assert answer.status_code == 400
    assert answer.json()["message"] == '"z" is not a valid hexadecimal digit'
    assert ignored.status_code == 201


def test_changes_upserts_and_puts_read_keys_and_values_so(service: Api) -> None:
    changed = service.patch(
        f"/rest/v1/paints?wall_id=eq.{NORTH}&select=id,tone",
        json={"tone": "#000001"},
        headers=FULL,
    )
    put = service.put(
        f"/rest/v1/walls?id=eq.{SOUTH}", json={"id": SOUTH, "name": "S"}, headers=FULL
    )
    item = service.put("/walls/" + SOUTH.replace("/", "%2F"), json={"name": "S"})
    merged = service.post(
        "/rest/v1/walls",
        json=[{"id": NORTH, "name": "N"}],
        headers={"Prefer": "return=representation, resolution=merge-duplicates"},
    )

    assert changed.json() == [{"id": 1, "tone": "#000001"}, {"id": 2, "tone": "#000001"}]
    assert (put.status_code, put.json()) == (200, [{"id": SOUTH, "name": "S"}])
    assert (item.status_code, item.json()) == (200, {"id": SOUTH, "name": "S"})
    assert (merged.status_code, merged.json()) == (200, [{"id": NORTH, "name": "N"}])


def test_an_address_has_the_value_as_it_is_stored(service: Api) -> None:
    answer = service.post(
        "/rest/v1/walls",
        json={"id": "AAAAAAAAAAAAAAAAAAAAAQ==", "name": "N"},
        headers={"Prefer": "return=headers-only"},
    )

    assert answer.headers["location"] == "/walls?id=eq.00000000-0000-0000-0000-000000000001"


def test_a_function_that_the_login_may_not_execute_is_none(postgres_server_url: str) -> None:
    url = database_url(postgres_server_url, "representations")
    run_sql(
        url,
        "CREATE ROLE representations_login LOGIN; GRANT SELECT ON paints TO representations_login;"
        " REVOKE EXECUTE ON FUNCTION tone_shown(tone) FROM public",
    )
    try:
        with running(url.replace("postgres@", "representations_login@")) as started:
            shown = started.get("/rest/v1/paints?select=tone&id=eq.1&tone=eq.ff").json()
    finally:
        run_sql(
            url,
            "GRANT EXECUTE ON FUNCTION tone_shown(tone) TO public;"
            " DROP OWNED BY representations_login; DROP ROLE representations_login",
        )

    assert shown == [{"tone": 255}]
    assert query(url, "SELECT count(*) FROM walls") == [(2,)]
