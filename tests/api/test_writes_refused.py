"""What the database, or SQLite's stand-in for it, refuses: the same code on both, and no trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.rows import all_rows, execute, query
from tests.service import Api, running

DRUG = {"name": "New"}
BAD = [
    ("a taken key", "makers", {"id": 1, "name": "New"}, 409, "23505"),
    ("a taken name", "makers", {"name": "Nilgiri Labs"}, 409, "23505"),
    ("a taken composite key", "lines", {"order_id": 1, "position": 1}, 409, "23505"),
    ("a maker that is not there", "drugs", DRUG | {"maker_id": 99}, 409, "23503"),
    ("a name left out", "drugs", {"stock": 1}, 400, "23502"),
    ("a null name", "drugs", {"name": None}, 400, "23502"),
    ("a price below zero", "drugs", DRUG | {"price": -1}, 400, "23514"),
    ("a status that is none", "orders", {"buyer_id": 1, "status": "lost"}, 400, "23514"),
    ("a word for a number", "drugs", DRUG | {"stock": "many"}, 400, "22P02"),
    ("a fraction for a whole number", "drugs", DRUG | {"stock": 1.5}, 400, "22P02"),
    ("a fraction in a text", "drugs", DRUG | {"stock": "1.5"}, 400, "22P02"),
    ("an empty number", "drugs", DRUG | {"stock": ""}, 400, "22P02"),
    ("a list for a number", "drugs", DRUG | {"stock": [1]}, 400, "22P02"),
    ("an object for a number", "drugs", DRUG | {"price": {"a": 1}}, 400, "22P02"),
    ("a truth for a number", "drugs", DRUG | {"stock": True}, 400, "22P02"),
    ("a word for a price", "drugs", DRUG | {"price": "dear"}, 400, "22P02"),
    ("a fraction that is whole", "drugs", DRUG | {"stock": 100.0}, 400, "22P02"),
    # SQLite's integers have 64 bits whatever the declared type, so 2**31 is not on the list.
    ("a number too large", "drugs", DRUG | {"stock": 2**63}, 400, "22003"),
    ("a number far too large", "drugs", DRUG | {"stock": 10**25}, 400, "22003"),
    ("a number too small", "drugs", DRUG | {"stock": -(2**63) - 1}, 400, "22003"),
    ("a price of too many digits", "drugs", DRUG | {"price": 10**9}, 400, "22003"),
    ("a word for a truth", "drugs", DRUG | {"active": "maybe"}, 400, "22P02"),
    ("a number for a truth", "drugs", DRUG | {"active": 2}, 400, "22P02"),
    ("a word for a day", "drugs", DRUG | {"added": "someday"}, 400, "22007"),
    ("a day that is none", "drugs", DRUG | {"added": "2026-02-30"}, 400, "22008"),
    ("a month that is none", "drugs", DRUG | {"added": "2026-13-01"}, 400, "22008"),
    ("an empty day", "drugs", DRUG | {"added": ""}, 400, "22007"),
    ("a word for a moment", "drugs", DRUG | {"seen": "then"}, 400, "22007"),
    ("an hour that is none", "drugs", DRUG | {"seen": "2026-01-01 25:00"}, 400, "22008"),
    ("a name too long", "drugs", {"name": "x" * 41}, 400, "22001"),
    ("a name with U+0000", "drugs", {"name": "a\x00b"}, 400, "22P05"),
    ("JSON with U+0000", "drugs", DRUG | {"extra": {"a": "\x00"}}, 400, "22P05"),
]
BY_WHAT = [pytest.param(*row[1:], id=row[0]) for row in BAD]


@pytest.mark.parametrize(("table", "body", "status", "code"), BY_WHAT)
def test_a_bad_row_is_refused_by_the_same_code_on_both(
    shop: Api, table: str, body: dict[str, Any], status: int, code: str
) -> None:
    before = all_rows(shop.url)

    for path, sent in ((f"/rest/v1/{table}", body), (f"/{table}", [body])):
        answer = shop.post(path, json=sent)

        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert set(answer.json()) == {"code", "details", "hint", "message"}
    assert all_rows(shop.url) == before


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": None}, "23502"),
        ({"name": "x" * 41}, "22001"),
        ({"price": -1}, "23514"),
        ({"price": "dear"}, "22P02"),
        ({"stock": 2**63}, "22003"),
        ({"added": "someday"}, "22007"),
        ({"maker_id": 99}, "23503"),
        ({"id": 2}, "23505"),
    ],
)
def test_a_bad_change_is_refused_likewise(shop: Api, body: dict[str, Any], code: str) -> None:
    before = all_rows(shop.url)

    answer = shop.patch("/drugs/3", json=body)

    assert answer.json()["code"] == code
    assert answer.status_code == (409 if code in ("23503", "23505") else 400)
    assert all_rows(shop.url) == before


@pytest.mark.parametrize(
    ("column", "given", "stored"),
    [
        ("stock", "12", 12),
        ("stock", " 12 ", 12),
        ("price", 1e2, 100),
        ("price", "1.50", 1.5),
        ("price", 1.006, 1.01),
        ("active", "off", False),
        ("active", "t", True),
        ("name", 12, "12"),
        ("name", True, "true"),
        ("color", 1.5, "1.5"),
        ("color", {"a": 1}, '{"a":1}'),
        ("added", "2026-03-04T10:00:00", "2026-03-04"),
        ("added", "20260304", "2026-03-04"),
        ("seen", "2026-03-04 10:00:00+02:00", "2026-03-04T08:00:00+00:00"),
        ("extra", "text", "text"),
        ("extra", [1, {"a": None}], [1, {"a": None}]),
        ("extra", 7, 7),
    ],
)
def test_what_postgres_would_read_is_read_alike(
    shop: Api, column: str, given: object, stored: object
) -> None:
    answer = shop.patch("/drugs/3?select=" + column, json={column: given})

    assert answer.status_code == 200, answer.text
    assert answer.json() == {column: stored}


def test_a_refused_row_names_its_constraint_and_column(shop: Api) -> None:
    taken = shop.post("/makers", json={"name": "Nilgiri Labs"}).json()
    lacking = shop.post("/makers", json={"id": 9}).json()

    assert taken["message"].startswith("duplicate key value violates unique constraint")
    assert "name" in taken["details"]
    assert lacking["message"] == (
        'null value in column "name" of relation "makers" violates not-null constraint'
    )


EXTRA = {
    "sqlite": """
        CREATE VIEW countries AS SELECT DISTINCT country FROM makers;
        CREATE VIEW open_makers AS SELECT id, name FROM makers;
        CREATE TRIGGER open_makers_insert INSTEAD OF INSERT ON open_makers
          BEGIN INSERT INTO makers (id, name) VALUES (new.id, new.name); END;
        CREATE TABLE guarded (id integer PRIMARY KEY, amount integer);
        CREATE TRIGGER no_thirteen BEFORE INSERT ON guarded WHEN new.amount = 13
          BEGIN SELECT RAISE(ABORT, 'thirteen is not allowed'); END;
        CREATE TABLE made (id integer PRIMARY KEY, base integer NOT NULL,
          double integer GENERATED ALWAYS AS (base * 2) STORED);
    """,
    "postgresql": """
        CREATE VIEW countries AS SELECT DISTINCT country FROM makers;
        CREATE VIEW open_makers AS SELECT id, name FROM makers;
        CREATE TABLE guarded (id integer PRIMARY KEY, amount integer);
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF new.amount = 13 THEN RAISE EXCEPTION 'thirteen is not allowed'; END IF;
          RETURN new; END $$;
        CREATE TRIGGER no_thirteen BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION refuse();
        CREATE TABLE made (id integer PRIMARY KEY, base integer NOT NULL,
          double integer GENERATED ALWAYS AS (base * 2) STORED);
    """,
}


@pytest.fixture
def extended(shop_url: str) -> Iterator[Api]:
    """The service over the shop with views, triggers and a generated column."""
    execute(shop_url, EXTRA["sqlite" if shop_url.startswith("sqlite") else "postgresql"])
    with running(shop_url) as service:
        yield service


def test_views_triggers_and_generated_columns(extended: Api) -> None:
    """One service for all of it: starting one is what costs."""
    a_view_that_cannot_be_written_is_a_405(extended)
    a_view_that_can_be_written_is_written(extended)
    a_triggers_refusal_is_a_400_with_its_message(extended)
    a_generated_column_is_shown_and_cannot_be_given(extended)


def a_view_that_cannot_be_written_is_a_405(api: Api) -> None:
    before = all_rows(api.url)
    for method in ("POST", "PATCH", "DELETE"):
        body = {} if method == "DELETE" else {"json": {"country": "x"}}
        strict = api.request(method, "/rest/v1/countries?country=eq.IN", **body)
        friendly = api.request(method, "/countries?country=eq.IN", **body)

        assert (friendly.status_code, friendly.json()["code"]) == (405, "AUTO106")
        if api.dialect == "postgresql":  # PostgREST lets the database say it
            assert (strict.status_code, strict.json()["code"]) == (500, "55000")
        else:
            assert (strict.status_code, strict.json()["code"]) == (405, "AUTO106")
    assert api.put("/rest/v1/countries?country=eq.x", json={"country": "x"}).status_code == 405
    assert api.request("OPTIONS", "/rest/v1/countries").headers["allow"] == "OPTIONS,GET,HEAD"
    assert all_rows(api.url) == before


def a_view_that_can_be_written_is_written(api: Api) -> None:
    headers = {"Prefer": "return=representation"}
    answer = api.post("/rest/v1/open_makers", json={"id": 40, "name": "V"}, headers=headers)

    assert answer.status_code == 201, answer.text
    assert query(api.url, "SELECT name FROM makers WHERE id = 40") == [("V",)]
    if api.dialect == "postgresql":
        assert answer.json() == [{"id": 40, "name": "V"}]
        changed = api.patch("/rest/v1/open_makers?id=eq.40", json={"name": "W"}, headers=headers)
        assert changed.json() == [{"id": 40, "name": "W"}]
        assert api.delete("/rest/v1/open_makers?id=eq.40").status_code == 204


def a_triggers_refusal_is_a_400_with_its_message(api: Api) -> None:
    answer = api.post("/guarded", json=[{"id": 1, "amount": 12}, {"id": 2, "amount": 13}])

    assert answer.status_code == 400
    assert answer.json()["code"] == "P0001"
    assert answer.json()["message"] == "thirteen is not allowed"
    assert query(api.url, "SELECT * FROM guarded") == []


def a_generated_column_is_shown_and_cannot_be_given(api: Api) -> None:
    made = api.post("/made", json={"id": 1, "base": 4})
    given = api.post("/made", json={"id": 2, "base": 4, "double": 9})

    assert made.json() == {"id": 1, "base": 4, "double": 8}
    assert (given.status_code, given.json()["code"]) == (400, "428C9")
    assert query(api.url, "SELECT count(*) FROM made") == [(1,)]
