"""Full text search: PostgreSQL's own, and FTS5's where SQLite has an index over the column."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from tests.service import Api, running

TEXTS = (
    "The fat cats ate the rats",
    "A cat is never too fat, nor a rat",
    "Dogs chase cats",
    None,
    "It's fun to do the impossible",
    "fun and possible",
)
TABLES = """
CREATE TABLE pages (id integer PRIMARY KEY, body text, extra {json});
CREATE TABLE loose (id integer PRIMARY KEY, body text);
"""
INDEX = """
CREATE VIRTUAL TABLE pages_index USING
  fts5(body, extra UNINDEXED, content='pages', content_rowid='id', tokenize='porter unicode61');
INSERT INTO pages_index (pages_index) VALUES ('rebuild');
CREATE VIRTUAL TABLE memos USING fts5(title, body, tokenize = "unicode61 remove_diacritics 2");
INSERT INTO memos (title, body) VALUES ('Café', 'open late'), ('Closed', 'café, twice');
"""


@pytest.fixture(scope="module")
def sqlite_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    path: Path = tmp_path_factory.mktemp("pages") / "pages.db"
    connection = sqlite3.connect(path)
    connection.executescript(TABLES.format(json="json"))
    connection.executemany("INSERT INTO pages VALUES (?, ?, ?)", rows())
    connection.executescript(INDEX)
    connection.close()
    with running(f"sqlite:///{path}") as service:
        yield service


@pytest.fixture(params=["sqlite", "postgres"])
def pages(request: pytest.FixtureRequest) -> Iterator[Api]:
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_pages")
        return
    url = request.getfixturevalue("postgres_url")
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES.format(json="jsonb"))
        cursor.executemany("INSERT INTO pages VALUES (%s, %s, %s)", rows())
    connection.close()
    with running(url) as service:
        yield service


def rows() -> list[tuple[int, str | None, str]]:
    return [(at, text, json.dumps({"text": text})) for at, text in enumerate(TEXTS, 1)]


def ids(api: Api, query: str) -> list[int]:
    answer = api.get(f"/rest/v1/pages?select=id&order=id&{query}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


SEARCHES = [
    ("body=fts.impossible", [5]),
    ("body=fts.cat%26fat", [1, 2]),
    ("body=fts.cat%26!fat", [3]),
    ("body=fts.dog%7Cfun", [3, 5, 6]),
    ("body=fts.fun%26!impossible", [6]),
    ("body=fts(english).cats", [1, 2, 3]),
    ("body=fts.poss:*", [6]),
    ("body=fts.fat<->cat", [1]),
    ("body=plfts.Fat%20Cats", [1, 2]),
    ("body=phfts.Fat%20Cats", [1]),
    ("body=phfts(english).Fat%20Cats", [1]),
    ("body=wfts.dog%20or%20fun", [3, 5, 6]),
    ("body=wfts.cat%20-fat", [3]),
    ('body=wfts."fat cats"', [1]),
    ("body=not.fts.cat", [5, 6]),
    ("body=not.wfts.-cat", [1, 2, 3]),
    ("or=(body.fts.dog,body.plfts(english).impossible)", [3, 5]),
    ("and=(body.not.fts.fat,body.fts.cat,id.gt.1)", [3]),
]


@pytest.mark.parametrize(("query", "found"), SEARCHES)
def test_a_search_finds_the_same_on_both(sqlite_pages: Api, query: str, found: list[int]) -> None:
    """On SQLite with an index that stems English words; below, on PostgreSQL."""
    assert ids(sqlite_pages, query) == found


def test_a_search_finds_it_on_postgresql_too(pages: Api) -> None:
    assert [ids(pages, query) for query, _ in SEARCHES] == [found for _, found in SEARCHES]


def test_json_is_searched_by_its_texts_on_postgresql(pages: Api) -> None:
    answer = pages.get("/rest/v1/pages?select=id&extra=fts.dog")

    if pages.dialect == "sqlite":
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST127")
    else:
        assert answer.json() == [{"id": 3}]


def test_words_that_make_no_query_are_refused_alike(pages: Api) -> None:
    answer = pages.get("/rest/v1/pages?body=fts.a%20b")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "42601",
        "details": None,
        "hint": None,
        "message": 'syntax error in tsquery: "a b"',
    }


def test_sqlite_searches_only_where_an_index_lies(sqlite_pages: Api) -> None:
    answer = sqlite_pages.get("/rest/v1/loose?body=fts.cat")

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "PGRST127",
        "details": "SQLite does not support a search in a column without an FTS5 table over it",
        "hint": "See docs/sqlite.md for what differs from PostgreSQL",
        "message": "Feature not implemented",
    }


def test_an_index_knows_one_language(sqlite_pages: Api) -> None:
    answer = sqlite_pages.get("/rest/v1/pages?body=fts(german).katze")

    error = answer.json()
    assert (answer.status_code, error["code"]) == (400, "PGRST127")
    assert error["details"] == "SQLite does not support fts(german)"
    assert error["hint"] == (
        "The index 'pages_index' makes words by the tokenizer 'porter unicode61'"
    )
    assert sqlite_pages.get("/rest/v1/memos?body=fts(simple).twice").status_code == 200
    assert sqlite_pages.get("/rest/v1/memos?body=fts(english).twice").status_code == 400


def test_a_table_of_texts_is_searched_by_itself(sqlite_pages: Api) -> None:
    by_title = sqlite_pages.get("/rest/v1/memos?select=title&title=plfts.cafe")
    by_index = sqlite_pages.get("/rest/v1/pages_index?select=body&body=fts.dog")

    assert by_title.json() == [{"title": "Café"}]
    assert by_index.json() == [{"body": "Dogs chase cats"}]
