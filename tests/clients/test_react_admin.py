"""``@raphiniert/ra-data-postgrest``, the data provider of react-admin, over the staff's rights."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from tests.api.rows import query
from tests.clients.node import Client
from tests.service import Api

CLIENT = "react_admin.mjs"
LIST = "pagination: {page: 1, perPage: 10}, sort: {field: 'id', order: 'ASC'}"


def ids(found: Any) -> list[Any]:
    """The identities of a list's rows."""
    return [row["id"] for row in found["data"]]


def test_a_list_has_its_page_and_its_total(js: Client) -> None:
    outcome = js.run(
        "provider.getList('books', {pagination: {page: 2, perPage: 3},"
        " sort: {field: 'title', order: 'DESC'}, filter: {}, meta: {columns: ['id', 'title']}})"
    )

    assert outcome.value == {"data": [{"id": 3, "title": "Ice (and Fire)"}], "total": 4}
    sent = outcome.requests[0]
    assert unquote(sent["path"]) == (
        "/rest/v1/books?offset=3&limit=3&order=title.desc&select=id,title"
    )
    assert (sent["headers"]["accept"], sent["headers"]["prefer"]) == (
        "application/json",
        "count=exact",
    )


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("{id: 1}", [1]),
        ("{'price@gt': 8}", [1, 3]),
        ("{'price@gte': 8, 'pages@lt': 400}", [1, 2]),
        ("{'title@ilike': 'RAIN'}", [2]),
        ("{'title@like': 'River'}", [1, 2]),
        ("{'title@match': '^The'}", [1]),
        ("{'title@imatch': '^the'}", [1]),
        ("{'id@in': '(1,3)'}", [1, 3]),
        ("{'lent@is': 'null'}", [3]),
        ("{'lent@not.is': 'null'}", [1, 2, 4]),
        ("{'words@fts': 'quiet'}", [1]),
        ("{'words@plfts(english)': 'rivers rain'}", [2]),
        ("{'words@phfts(english)': 'quiet rivers'}", [1]),
        ("{'words@wfts(english)': 'quiet or ice'}", [1, 3]),
        ("{'tags@cs': '{river}'}", [1, 2]),
        ("{'tags@cd': '{river,rain}'}", [2, 4]),
        ("{'ages@ov': '[12,13)'}", [1, 2]),
        ("{'ages@adj': '[19,20)'}", [2]),
        ("{'extra->>isbn': '222'}", [2]),
        ("{'extra->sizes->>w': 10}", [1]),
        ("{'@or': {'id@eq': 4, 'price@gt': 15}}", [3, 4]),
        ("{'@and': {'id@gt': 1, 'price@gt': 5}}", [2, 3]),
        ("{'@or': {'title@ilike': 'quiet fire'}}", [1, 3]),
        ("{'authors.country': 'SE'}", [1, 2, 3, 4]),
    ],
)
def test_its_filters_mean_what_they_say(js: Client, filters: str, expected: list[int]) -> None:
    found = js(
        f"provider.getList('books', {{{LIST}, filter: {filters}, meta: {{embed: ['authors']}}}})"
    )

    assert (ids(found), found["total"]) == (expected, len(expected))


@pytest.mark.parametrize(
    ("sort", "meta", "expected"),
    [
        ("{field: 'pages', order: 'ASC'}", "{}", [2, 1, 3, 4]),
        ("{field: 'pages', order: 'DESC'}", "{}", [4, 3, 1, 2]),
        ("{field: 'pages', order: 'ASC'}", "{nullsfirst: true}", [4, 2, 1, 3]),
        ("{field: 'pages', order: 'DESC'}", "{nullslast: true}", [3, 1, 2, 4]),
        ("{field: 'extra->>isbn', order: 'DESC'}", "{nullslast: true}", [2, 1]),
    ],
)
def test_it_sorts_with_nulls_where_they_are_wanted(
    js: Client, sort: str, meta: str, expected: list[int]
) -> None:
    page = f"{{page: 1, perPage: {len(expected)}}}"

    found = js(
        f"provider.getList('books', {{pagination: {page}, sort: {sort}, filter: {{}},"
        f" meta: {meta}}})"
    )

    assert ids(found) == expected


def test_the_order_of_nulls_can_be_set_for_all_lists(js: Client) -> None:
    found = js(
        "make({sortOrder: 'asc.nullsfirst,desc.nullslast'}).getList('books', {pagination:"
        " {page: 1, perPage: 2}, sort: {field: 'pages', order: 'ASC'}, filter: {}})"
    )

    assert ids(found) == [4, 2]


def test_one_row_is_read_by_its_key(js: Client) -> None:
    plain = js("provider.getOne('authors', {id: 2})")
    embedded = js("provider.getOne('books', {id: 3, meta: {columns: 'id', embed: ['authors']}})")
    composite = js("provider.getOne('copies', {id: '[1,2]'})")
    text = js("provider.getOne('genres', {id: 'novel'})")
    missing = js.run("provider.getOne('authors', {id: 99})")

    author = {"id": 2, "name": "Bo Lind", "country": "SE"}
    assert plain == {"data": author}
    assert embedded == {"data": {"id": 3, "authors": author}}
    assert composite == {"data": {"book_id": 1, "number": 2, "shelf": "B", "id": "[1,2]"}}
    assert text == {"data": {"id": "novel", "label": "novel"}}
    assert missing.thrown == {
        "name": "Error",
        "message": "Cannot coerce the result to a single JSON object",
        "status": 406,
        "body": {
            "code": "PGRST116",
            "details": "The result contains 0 rows",
            "hint": None,
            "message": "Cannot coerce the result to a single JSON object",
        },
    }


def test_many_rows_are_read_by_their_keys(js: Client) -> None:
    plain = js("provider.getMany('authors', {ids: [1, 3]})")
    single = js("provider.getMany('authors', {ids: [2]})")
    composite = js("provider.getMany('copies', {ids: ['[1,1]', '[2,1]']})")

    assert [row["name"] for row in plain["data"]] == ["Amara Obi", "Chen, Wei"]
    assert ids(single) == [2]
    assert ids(composite) == ["[1,1]", "[2,1]"]


def test_the_rows_that_refer_to_one_are_read(js: Client) -> None:
    found = js(
        f"provider.getManyReference('books', {{target: 'author_id', id: 1, {LIST},"
        " filter: {'price@gt': 10}})"
    )
    copies = js(
        f"provider.getManyReference('copies', {{target: 'book_id', id: 1, {LIST}, filter: {{}}}})"
    )

    assert (ids(found), found["total"]) == ([1], 1)
    assert (ids(copies), copies["total"]) == (["[1,1]", "[1,2]"], 2)


def test_what_is_embedded_can_be_handed_over_as_records(js: Client) -> None:
    found = js(
        "provider.getList('books', {pagination: {page: 1, perPage: 2}, sort: {field: 'id', order:"
        " 'ASC'}, filter: {}, meta: {columns: ['id'], prefetch: ['authors']}})"
    )

    assert found == {
        "data": [{"id": 1}, {"id": 2}],
        "total": 4,
        "meta": {"prefetched": {"authors": [{"id": 1, "name": "Amara Obi", "country": "NG"}]}},
    }


def test_it_creates(js: Client, rows: Api) -> None:
    plain = js("provider.create('authors', {data: {name: 'Dee', country: 'IE'}})")
    composite = js("provider.create('copies', {data: {book_id: 4, number: 1, shelf: 'C'}})")
    narrow = js("provider.create('authors', {data: {name: 'Eli'}, meta: {columns: ['name']}})")
    clash = js.run("provider.create('authors', {data: {name: 'Bo Lind'}})")

    assert plain == {"data": {"id": 101, "name": "Dee", "country": "IE"}}
    assert composite == {"data": {"book_id": 4, "number": 1, "shelf": "C", "id": "[4,1]"}}
    assert narrow["data"]["name"] == "Eli"
    assert (clash.thrown["status"], clash.thrown["body"]) == (
        409,
        {
            "code": "23505",
            "details": "Key (name)=(Bo Lind) already exists.",
            "hint": None,
            "message": 'duplicate key value violates unique constraint "authors_name_key"',
        },
    )
    assert query(rows.url, "SELECT count(*) FROM authors WHERE id > 100") == [(2,)]


def test_it_updates_what_has_changed(js: Client, rows: Api) -> None:
    plain = js.run(
        "provider.update('authors', {id: 2, data: {id: 2, name: 'Bo Lind', country: 'NO'},"
        " previousData: {id: 2, name: 'Bo Lind', country: 'SE'}})"
    )
    composite = js(
        "provider.update('copies', {id: '[1,2]', data: {book_id: 1, number: 2, shelf: 'Z'},"
        " previousData: {book_id: 1, number: 2, shelf: 'B'}})"
    )
    missing = js.run(
        "provider.update('authors', {id: 99, data: {name: 'x'}, previousData: {name: 'y'}})"
    )

    assert plain.value == {"data": {"id": 2, "name": "Bo Lind", "country": "NO"}}
    assert plain.requests[0]["headers"]["prefer"] == "return=representation"
    assert composite["data"] == {"book_id": 1, "number": 2, "shelf": "Z", "id": "[1,2]"}
    assert (missing.thrown["status"], missing.thrown["body"]["code"]) == (406, "PGRST116")
    assert query(rows.url, "SELECT shelf FROM copies WHERE book_id = 1 AND number = 2") == [("Z",)]


def test_it_updates_and_deletes_many(js: Client, rows: Api) -> None:
    changed = js("provider.updateMany('books', {ids: [1, 2], data: {pages: 7}})")
    shelved = js("provider.updateMany('copies', {ids: ['[1,1]', '[3,1]'], data: {shelf: 'Q'}})")
    gone = js("provider.deleteMany('copies', {ids: ['[1,1]', '[2,1]']})")
    one = js("provider.delete('copies', {id: '[3,1]', previousData: {}})")
    plain = js("provider.deleteMany('books', {ids: [3, 4]})")

    assert changed == {"data": [1, 2]}
    assert shelved == {"data": ["[1,1]", "[3,1]"]}
    assert sorted(gone["data"]) == ["[1,1]", "[2,1]"]
    assert one["data"] == {"book_id": 3, "number": 1, "shelf": "Q", "id": "[3,1]"}
    assert sorted(plain["data"]) == [3, 4]
    assert query(rows.url, "SELECT id, pages FROM books ORDER BY id") == [(1, 7), (2, 7)]
    assert query(rows.url, "SELECT book_id, number FROM copies") == [(1, 2)]


def test_it_asks_in_another_schema_and_with_headers_of_its_own(js: Client, rows: Api) -> None:
    archive = js(f"make({{schema: () => 'archive'}}).getList('books', {{{LIST}, filter: {{}}}})")
    once = js(f"provider.getList('books', {{{LIST}, filter: {{}}, meta: {{schema: 'archive'}}}})")
    tried = js(
        "provider.create('copies', {data: {book_id: 4, number: 1}, meta: {headers:"
        " {Prefer: 'return=representation,tx=rollback'}}})"
    )

    assert ids(archive) == ids(once) == [1, 2]
    assert tried == {"data": {"book_id": 4, "number": 1, "shelf": None, "id": "[4,1]"}}
    assert query(rows.url, "SELECT count(*) FROM copies") == [(4,)]


def test_it_lists_what_a_function_gives(js: Client) -> None:
    found = js(
        f"provider.getList('rpc/longer_than', {{{LIST}, filter: {{'shortest@': 200,"
        " 'price@gt': 15}})"
    )

    assert (ids(found), found["total"]) == ([3], 1)
