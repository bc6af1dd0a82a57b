"""``@supabase/postgrest-js`` writes: inserts, upserts, updates, deletes, and what bounds them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.rows import query
from tests.clients.answers import answered, refused
from tests.clients.node import Client
from tests.service import Api

CLIENT = "postgrest_js.mjs"
CREATED = (201, "Created")


def genres(rows: Api) -> list[Any]:
    """The genres as the database has them."""
    return sorted(query(rows.url, "SELECT id, label FROM genres"))


GENRES = [(1, "novel"), (2, "travel"), (3, "unused")]


def test_it_inserts_without_a_word(js: Client, rows: Api) -> None:
    assert js("staff.from('genres').insert({id: 4, label: 'essay'})") == answered(
        None, None, *CREATED
    )
    assert genres(rows) == [*GENRES, (4, "essay")]


def test_it_inserts_one_and_reads_it(js: Client) -> None:
    books = "staff.from('books')"

    one = js(f"{books}.insert({{title: 'New', tags: ['a', 'b']}}).select('id, title, tags')")
    single = js(f"{books}.insert({{title: 'Newer'}}).select('id').single()")
    embedded = js(f"{books}.insert({{title: 'N', author_id: 2}}).select('title, authors(name)')")
    text = js(f"{books}.insert({{title: 'Table, too'}}).select('id,title').csv()")

    assert one == answered([{"id": 101, "title": "New", "tags": ["a", "b"]}], None, *CREATED)
    assert single == answered({"id": 102}, None, *CREATED)
    assert embedded == answered([{"title": "N", "authors": {"name": "Bo Lind"}}], None, *CREATED)
    assert text == answered('id,title\n104,"Table, too"', None, *CREATED)


def test_a_bulk_insert_names_its_columns(js: Client) -> None:
    """Rows of other keys than the first are filled up, with null or with the default."""
    given = "[{id: 7, title: 'A'}, {id: 8, title: 'B', price: 3, pages: 9}]"
    shown = "select('id, title, price, pages')"

    nulls = js.run(f"staff.from('books').insert({given}).{shown}")
    defaults = js(f"staff.from('books').insert({given}, {{defaultToNull: false}}).{shown}")

    assert nulls.requests[0]["path"] == (
        "/rest/v1/books?columns=%22id%22%2C%22title%22%2C%22price%22%2C%22pages%22"
        "&select=id%2Ctitle%2Cprice%2Cpages"
    )
    assert nulls.value["error"]["code"] == "23502"
    assert defaults == answered(
        [
            {"id": 7, "title": "A", "price": 10.0, "pages": None},
            {"id": 8, "title": "B", "price": 3.0, "pages": 9},
        ],
        None,
        *CREATED,
    )


def test_it_counts_what_it_writes(js: Client) -> None:
    made = js("staff.from('genres').insert([{id: 8, label: 'a'}], {count: 'exact'})")
    changed = js("staff.from('books').update({pages: 1}, {count: 'exact'}).lte('id', 2)")
    gone = js("staff.from('books').delete({count: 'exact'}).gt('id', 2).select('id').order('id')")

    assert made == answered(None, 1, *CREATED)
    assert changed == answered(None, 2, 204, "No Content")
    assert gone == answered([{"id": 3}, {"id": 4}], 2)


def test_an_insert_of_no_rows_makes_none(js: Client, rows: Api) -> None:
    assert js("staff.from('genres').insert([]).select()") == answered([], None, *CREATED)
    assert genres(rows) == GENRES


def test_it_upserts(js: Client, rows: Api) -> None:
    table = "staff.from('genres')"

    by_key = js(f"{table}.upsert({{id: 1, label: 'novels'}}).select()")
    by_label = js(f"{table}.upsert({{id: 9, label: 'unused'}}, {{onConflict: 'label'}}).select()")
    several = js(f"{table}.upsert([{{id: 2, label: 'trips'}}, {{id: 4, label: 'new'}}]).select()")
    ignored = js(
        f"{table}.upsert([{{id: 4, label: 'x'}}, {{id: 5, label: 'y'}}],"
        " {ignoreDuplicates: true, count: 'exact'}).select()"
    )

    assert by_key == answered([{"id": 1, "label": "novels"}])
    assert by_label == answered([{"id": 9, "label": "unused"}])
    assert several == answered(
        [{"id": 2, "label": "trips"}, {"id": 4, "label": "new"}], None, *CREATED
    )
    assert ignored == answered([{"id": 5, "label": "y"}], 1, *CREATED)
    assert genres(rows) == [(1, "novels"), (2, "trips"), (4, "new"), (5, "y"), (9, "unused")]


def test_an_upsert_fills_what_is_missing_with_defaults(js: Client) -> None:
    found = js(
        "staff.from('books').upsert([{id: 1, title: 'A'}, {id: 50, title: 'B', price: 2}],"
        " {defaultToNull: false}).select('id, price').order('id')"
    )

    assert found["data"] == [{"id": 1, "price": 10.0}, {"id": 50, "price": 2.0}]


def test_it_updates(js: Client, rows: Api) -> None:
    books = "staff.from('books')"

    silent = js(f"{books}.update({{pages: 1}}).eq('id', 1)")
    shown = js(f"{books}.update({{pages: 2}}).in('id', [2, 3]).select('id, pages').order('id')")
    none = js(f"{books}.update({{pages: 3}}).eq('id', 99).select()")
    one = js(f"{books}.update({{extra: {{a: [1]}}}}).eq('id', 4).select('extra').single()")

    assert silent == answered(None, None, 204, "No Content")
    assert shown == answered([{"id": 2, "pages": 2}, {"id": 3, "pages": 2}])
    assert none == answered([])
    assert one == answered({"extra": {"a": [1]}})
    assert sorted(query(rows.url, "SELECT id, pages FROM books WHERE pages < 5")) == [
        (1, 1),
        (2, 2),
        (3, 2),
    ]


def test_an_update_that_must_meet_one_row_and_meets_two_changes_nothing(
    js: Client, rows: Api
) -> None:
    found = js("staff.from('books').update({pages: 1}).lt('id', 3).select('id').single()")

    assert found == refused(
        406,
        "Not Acceptable",
        "PGRST116",
        "Cannot coerce the result to a single JSON object",
        "The result contains 2 rows",
    )
    assert query(rows.url, "SELECT count(*) FROM books WHERE pages = 1") == [(0,)]


def test_it_deletes(js: Client, rows: Api) -> None:
    silent = js("staff.from('genres').delete().eq('id', 3)")
    shown = js("staff.from('copies').delete().match({book_id: 1, number: 2}).select()")

    assert silent == answered(None, None, 204, "No Content")
    assert shown == answered([{"book_id": 1, "number": 2, "shelf": "B"}])
    assert genres(rows) == GENRES[:2]


@pytest.mark.parametrize("change", ["update({pages: 1})", "delete()"])
def test_no_more_rows_are_changed_than_it_says(js: Client, rows: Api, change: str) -> None:
    within = js(f"staff.from('books').{change}.eq('id', 4).maxAffected(1)")
    beyond = js(f"staff.from('books').{change}.lt('id', 4).maxAffected(2).select('id')")

    assert within == answered(None, None, 204, "No Content")
    assert beyond == refused(
        400,
        "Bad Request",
        "PGRST124",
        "Query result exceeds max-affected preference constraint",
        "The query affects 3 rows",
    )
    assert query(rows.url, "SELECT count(*) FROM books WHERE id < 4 AND pages > 1") == [(3,)]


def test_what_is_rolled_back_is_shown_and_not_kept(js: Client, rows: Api) -> None:
    made = js("staff.from('genres').insert({id: 9, label: 'x'}).select().rollback()")
    changed = js("staff.from('genres').update({label: 'x'}).eq('id', 1).select().rollback()")
    gone = js("staff.from('genres').delete().eq('id', 3).select().rollback()")

    assert made == answered([{"id": 9, "label": "x"}], None, *CREATED)
    assert changed == answered([{"id": 1, "label": "x"}])
    assert gone == answered([{"id": 3, "label": "unused"}])
    assert genres(rows) == GENRES


def test_big_numbers_arrive_whole(js: Client, rows: Api) -> None:
    made = js(
        "staff.from('books').insert({title: 'B', extra: {n: 9007199254740993n}}).select('id')"
    )

    assert made["status"] == 201
    number = "SELECT extra ->> 'n' FROM books WHERE title = 'B'"
    assert query(rows.url, number) == [("9007199254740993",)]


def test_it_writes_into_another_schema(js: Client, rows: Api) -> None:
    made = js("staff.schema('archive').from('books').insert({id: 3, title: 'Soot'}).select('id')")

    assert made == answered([{"id": 3}], None, *CREATED)
    assert query(rows.url, "SELECT title FROM archive.books WHERE id = 3") == [("Soot",)]
