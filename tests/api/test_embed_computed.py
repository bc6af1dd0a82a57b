"""Functions of rows: those that lead to rows, and those that read like columns. PostgreSQL only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.computed import LIBRARY, SCHEMAS
from tests.conftest import database_url, run_sql
from tests.service import Api, running

SHOWN = {"Prefer": "return=representation"}


@pytest.fixture(scope="module")
def library(postgres_server_url: str) -> Iterator[Api]:
    """The library, with aggregates and a schema in the search path."""
    run_sql(postgres_server_url, "CREATE DATABASE library")
    url = database_url(postgres_server_url, "library")
    run_sql(url, LIBRARY)
    settings = {"db_aggregates_enabled": True, "db_extra_search_path": ("extra",)}
    with running(url, db_schemas=SCHEMAS, db_tx_end="rollback", **settings) as service:
        yield service
    run_sql(postgres_server_url, "DROP DATABASE library WITH (FORCE)")


def rows(library: Api, path: str) -> Any:
    answer = library.get(f"/rest/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(library: Api, path: str) -> dict[str, Any]:
    answer = library.get(f"/rest/v1/{path}")
    assert answer.status_code == 400, answer.text
    body: dict[str, Any] = answer.json()
    return body


ONE = {"title": "One"}
THREE = {"title": "Three"}
ZOE, YUL = {"reader": "Zoe"}, {"reader": "Yul"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "loans?select=reader,lent(title)&order=book,reader",
            [YUL | {"lent": ONE}, ZOE | {"lent": ONE}, ZOE | {"lent": THREE}],
        ),
        (
            "loans?select=reader,b:lent_plain(title)&order=book,reader",
            [YUL | {"b": ONE}, ZOE | {"b": ONE}, ZOE | {"b": THREE}],
        ),
        (
            "books?select=title,loans(reader)&order=id&loans.order=reader",
            [ONE | {"loans": [YUL, ZOE]}, {"title": "Two", "loans": []}, THREE | {"loans": [ZOE]}],
        ),
        (
            "books?select=title,loans(reader)&order=id&loans.order=reader.desc&loans.limit=1",
            [ONE | {"loans": [ZOE]}, {"title": "Two", "loans": []}, THREE | {"loans": [ZOE]}],
        ),
        ("books?select=title,loans!inner(days)&loans.days=gt.6", [ONE | {"loans": [{"days": 7}]}]),
        ("books?select=title,loans()&loans=is.null", [{"title": "Two"}]),
        ("loans?select=reader,lent!inner()&lent.title=eq.Three", [ZOE]),
        ("loans?select=reader,lent()&lent.title=eq.Three&lent=not.is.null", [ZOE]),
        (
            "loans?select=reader,...lent(title)&order=lent(title).desc,reader",
            [ZOE | THREE, YUL | ONE, ZOE | ONE],
        ),
        ("loans?select=reader,lent(title)&order=lent(title).desc&limit=1", [ZOE | {"lent": THREE}]),
        (
            "old_books?select=title,...loans(reader)&id=eq.1&loans.order=days",
            [ONE | {"reader": ["Yul", "Zoe"]}],
        ),
        (
            "authors?select=name,loans(reader,lent(title,loans(days)))&id=eq.2",
            [{"name": "Bo", "loans": [ZOE | {"lent": THREE | {"loans": [{"days": 5}]}}]}],
        ),
        (
            "authors?select=name,books(title,loans(reader))&id=eq.2",
            [{"name": "Bo", "books": [THREE | {"loans": [ZOE]}]}],
        ),
        ("authors?select=name,elders(name)&id=eq.2", [{"name": "Bo", "elders": [{"name": "Ada"}]}]),
        ("rpc/all_loans?select=reader,lent(title)&days=eq.5", [ZOE | {"lent": THREE}]),
        ("rpc/all_books?select=title,loans(days)&id=eq.3", [THREE | {"loans": [{"days": 5}]}]),
        ("loans?select=days.sum(),lent(title)&book=eq.1", [{"sum": 10, "lent": ONE}]),
    ],
)
def test_a_function_of_a_row_leads_to_the_rows_it_returns(
    library: Api, path: str, expected: list[dict[str, Any]]
) -> None:
    assert rows(library, path) == expected


def test_a_function_takes_the_place_of_the_table_of_its_name(library: Api) -> None:
    assert rows(library, "books?select=id,authors(name)&order=id") == [
        {"id": 1, "authors": {"name": "Ada"}},
        {"id": 2, "authors": {"name": "Ada"}},
        {"id": 3, "authors": None},
    ]
    assert refusal(library, "books?select=author_id(name)")["code"] == "PGRST200"
    assert rows(library, "authors?select=id,books(id)&id=eq.2") == [{"id": 2, "books": [{"id": 3}]}]


def test_a_to_one_function_that_returns_more_repeats_what_it_is_asked_for(library: Api) -> None:
    """As PostgREST's documentation warns."""
    once = "books?select=id,one_loan(reader)&id=eq.1&order=one_loan(reader)"
    nested = "authors?select=id,books!inner(id,one_loan(days))&id=eq.1&books.id=eq.1"

    assert rows(library, once) == [{"id": 1, "one_loan": YUL}, {"id": 1, "one_loan": ZOE}]
    assert len(rows(library, nested)[0]["books"]) == 2
    assert len(rows(library, "loans?select=lent(id,one_loan(days))&days=eq.7")) == 2
    assert len(rows(library, "books?select=id,...one_loan(days)&id=eq.1")) == 2
    assert len(rows(library, "books?select=id,one_loan()&id=eq.1")) == 2
    assert len(rows(library, "books?select=id,one_loan!inner()&id=eq.1&one_loan.days=gt.3")) == 1


def test_functions_of_another_schema_lead_nowhere(library: Api) -> None:
    assert refusal(library, "loans?select=lent_elsewhere(id)")["code"] == "PGRST200"
    assert refusal(library, "books?select=id,loans(id)&order=loans(id)")["code"] == "PGRST118"


def test_written_rows_show_what_functions_make_of_them(library: Api) -> None:
    made = library.post(
        "/rest/v1/loans?select=days,lent(title,shout)",
        json={"book": 2, "reader": "Xi", "days": 1},
        headers=SHOWN,
    )
    changed = library.patch(
        "/rest/v1/books?select=shout,loans(reader),facts->size&id=eq.3",
        json={"title": "Drei"},
        headers=SHOWN,
    )
    gone = library.delete("/rest/v1/loans?select=lent(title)&days=eq.5", headers=SHOWN)

    assert made.json() == [{"days": 1, "lent": {"title": "Two", "shout": "TWO"}}]
    assert changed.json() == [{"shout": "DREI", "loans": [ZOE], "size": 4}]
    assert gone.json() == [{"lent": THREE}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("books?select=shout&id=eq.1", [{"shout": "ONE"}]),
        ("books?select=loud:shout,size::text&id=eq.1", [{"loud": "ONE", "size": "3"}]),
        ("books?select=id&shout=like.T*&order=size.desc", [{"id": 3}, {"id": 2}]),
        ("books?select=id&size=in.(5,6)", [{"id": 3}]),
        ("books?select=id&or=(size.eq.5,shout.eq.ONE)&order=id", [{"id": 1}, {"id": 3}]),
        ("books?select=id&words=fts.three", [{"id": 3}]),
        ("books?select=facts->tags->0&id=eq.1", [{"tags": "x"}]),
        ("books?select=id&facts->size=eq.5", [{"id": 3}]),
        ("books?select=id&order=facts->>size.desc,id&limit=1", [{"id": 3}]),
        ("books?select=size.sum()", [{"sum": 11}]),
        (
            "books?select=size,count()&order=size.desc",
            [{"size": 5, "count": 1}, {"size": 3, "count": 2}],
        ),
        ("books?select=longer&id=eq.3", [{"longer": 15}]),
        (
            "authors?select=shout,books(shout)&id=eq.2&books.size=gt.1",
            [{"shout": "BO", "books": [{"shout": "THREE"}]}],
        ),
        ("books?select=...authors(loud:shout),size&id=eq.1", [{"size": 3, "loud": "ADA"}]),
        ("rpc/all_books?select=shout&size=eq.5", [{"shout": "THREE"}]),
        ("members?select=id,initial", [{"id": 1, "initial": "Z"}]),
    ],
)
def test_a_function_of_a_row_reads_like_a_column(
    library: Api, path: str, expected: list[dict[str, Any]]
) -> None:
    assert rows(library, path) == expected


def test_computed_fields_are_shown_only_when_asked_for(library: Api) -> None:
    assert rows(library, "loans?days=eq.3") == [{"book": 1, "reader": "Yul", "days": 3}]


@pytest.mark.parametrize("name", ["unseen", "unseen_too", "nothing"])
def test_a_function_outside_the_search_path_is_no_column(library: Api, name: str) -> None:
    assert refusal(library, f"books?select={name}") == {
        "code": "42703",
        "details": None,
        "hint": None,
        "message": f"column books.{name} does not exist",
    }


@pytest.mark.parametrize("name", ["to_jsonb", "row_to_json", "to_json", "text", "password_hash"])
def test_no_function_of_the_whole_row_tells_a_hidden_column(library: Api, name: str) -> None:
    for path in (f"members?select={name}", f"members?order={name}", f"members?{name}=is.null"):
        assert refusal(library, path)["code"] == "42703"
        assert "secret" not in library.get(f"/rest/v1/{path}").text


def test_the_old_count_is_the_databases_own(library: Api) -> None:
    assert rows(library, "books?select=count") == [{"count": 3}]
    assert rows(library, "members?select=count") == [{"count": 1}]
    error = refusal(library, "books?select=title,count")
    assert (error["code"], error["message"]) == (
        "42803",
        'column "books.title" must appear in the GROUP BY clause or be used in an aggregate'
        " function",
    )
