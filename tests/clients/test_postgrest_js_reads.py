"""``@supabase/postgrest-js`` reads: every filter it offers, shapes, embeds, counts, formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients.answers import answered, refused
from tests.clients.node import Client

CLIENT = "postgrest_js.mjs"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("eq('id', 1)", [1]),
        ("eq('title', 'Ice (and Fire)')", [3]),
        ("eq('title', 'Untitled, \"Draft\"')", [4]),
        ("neq('id', 1)", [2, 3, 4]),
        ("gt('price', 8)", [1, 3]),
        ("gte('price', 8)", [1, 2, 3]),
        ("lt('price', 12.5)", [2, 4]),
        ("lte('published', '2021-09-15')", [1, 2]),
        ("like('title', 'The%')", [1]),
        ("like('title', '*River*')", [1, 2]),
        ("ilike('title', '%river%')", [1, 2]),
        ("likeAllOf('title', ['%River%', '%Rain%'])", [2]),
        ("likeAnyOf('title', ['Ice%', 'The%'])", [1, 3]),
        ("ilikeAllOf('title', ['%river%', '%RAIN%'])", [2]),
        ("ilikeAnyOf('title', ['ice%', 'the%'])", [1, 3]),
        ("regexMatch('title', '^(The|Ice)')", [1, 3]),
        ("regexIMatch('title', '^(the|ice)')", [1, 3]),
        ("is('lent', true)", [2]),
        ("is('lent', false)", [1, 4]),
        ("is('lent', null)", [3]),
        ("not('lent', 'is', null)", [1, 2, 4]),
        ("isDistinct('lent', true)", [1, 3, 4]),
        ("in('id', [1, 3, 99])", [1, 3]),
        ("in('title', ['Ice (and Fire)', 'Rivers and Rain'])", [2, 3]),
        ("in('id', [])", []),
        ("notIn('id', [1, 3])", [2, 4]),
        ("contains('tags', ['river'])", [1, 2]),
        ("contains('tags', ['river', 'rain'])", [2]),
        ("contains('ages', '[9,10]')", [1]),
        ("contains('extra', {isbn: '111'})", [1]),
        ("containedBy('tags', ['river', 'rain', 'snow'])", [2, 4]),
        ("containedBy('ages', '[0,100]')", [1, 2]),
        ("containedBy('extra', {isbn: '222', more: 1})", [2]),
        ("rangeGt('ages', '[1,13)')", [3]),
        ("rangeGte('ages', '[12,13)')", [2, 3]),
        ("rangeLt('ages', '[13,30)')", [1]),
        ("rangeLte('ages', '[13,19)')", [1, 2]),
        ("rangeAdjacent('ages', '[19,20)')", [2]),
        ("overlaps('tags', ['cold', 'calm'])", [1, 3]),
        ("overlaps('ages', '[12,13)')", [1, 2]),
        ("textSearch('words', 'river & rain', {config: 'english'})", [2]),
        ("textSearch('words', 'rivers rain', {type: 'plain', config: 'english'})", [2]),
        ("textSearch('words', 'quiet rivers', {type: 'phrase', config: 'english'})", [1]),
        ("textSearch('words', 'quiet or ice', {type: 'websearch', config: 'english'})", [1, 3]),
        ("textSearch('words', 'quiet')", [1]),
        ("match({author_id: 1, lent: true})", [2]),
        ("match({lent: true, pages: undefined})", [2]),
        ("not('id', 'in', '(1,2)')", [3, 4]),
        ("not('tags', 'cs', '{river}')", [3, 4]),
        ("or('id.eq.4,and(price.gt.10,price.lt.15)')", [1, 4]),
        ("or('not.and(id.gt.1,id.lt.4),title.eq.\"Ice (and Fire)\"')", [1, 3, 4]),
        ("or('id.in.(1,2),tags.cs.{cold}').neq('id', 2)", [1, 3]),
        ("filter('id', 'in', '(1,2)')", [1, 2]),
        ("filter('extra->sizes->>w', 'eq', '10')", [1]),
        ("eq('extra->>isbn', '222')", [2]),
        ("eq('extra->sizes->w', 10)", [1]),
        ("gt('price', 5).lt('price', 15).order('title')", [2, 1]),
        ("range(1, 2)", [2, 3]),
        ("limit(1)", [1]),
    ],
)
def test_its_filters_mean_what_they_say(js: Client, filters: str, expected: list[int]) -> None:
    ordered = filters if ".order(" in filters else f"{filters}.order('id')"

    found = js(f"anonymous.from('books').select('id').{ordered}")

    assert found == answered([{"id": number} for number in expected])


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("order('pages')", [2, 1, 3, 4]),
        ("order('pages', {ascending: false})", [4, 3, 1, 2]),
        ("order('pages', {nullsFirst: true})", [4, 2, 1, 3]),
        ("order('pages', {ascending: false, nullsFirst: false})", [3, 1, 2, 4]),
        ("order('author_id', {ascending: false}).order('id', {ascending: false})", [4, 3, 2, 1]),
        ("order('extra->>isbn').order('id')", [1, 2, 3, 4]),
        ("order('authors(name)', {ascending: false}).order('id')", [4, 3, 1, 2]),
    ],
)
def test_it_sorts(js: Client, order: str, expected: list[int]) -> None:
    found = js(f"anonymous.from('books').select('id, authors()').{order}")

    assert found == answered([{"id": number} for number in expected])


def test_a_page_beyond_the_end_is_empty_without_a_count_and_refused_with_one(js: Client) -> None:
    books = "anonymous.from('books')"

    assert js(f"{books}.select('id').range(10, 19)") == answered([])
    beyond = js(f"{books}.select('id', {{count: 'exact'}}).range(10, 19)")
    # The name of 416 is not the same in each version of Python.
    assert beyond == refused(
        416,
        beyond["statusText"],
        "PGRST103",
        "Requested range not satisfiable",
        "An offset of 10 was requested, but there are only 4 rows.",
    )


def test_it_counts(js: Client) -> None:
    books = "anonymous.from('books')"

    page = js(f"{books}.select('id', {{count: 'exact'}}).order('id').range(1, 2)")
    head = js(f"{books}.select('*', {{count: 'exact', head: true}}).gt('price', 10)")
    planned = js(f"{books}.select('*', {{count: 'planned', head: true}})")
    estimated = js(f"{books}.select('*', {{count: 'estimated', head: true}})")

    assert page == answered([{"id": 2}, {"id": 3}], 4, 206, "Partial Content")
    assert head == answered(None, 2)
    assert planned["count"] > 0
    assert planned == answered(None, planned["count"], planned["status"], planned["statusText"])
    assert estimated["success"]
    assert estimated["count"] > 0


def test_a_head_of_what_does_not_exist_has_no_body_to_say_so(js: Client) -> None:
    found = js("anonymous.from('nosuch').select('*', {count: 'exact', head: true})")

    # The client takes a 404 without a body for "nothing", whatever served it.
    assert (found["status"], found["data"], found["count"]) == (204, None, None)


def test_it_takes_one_row_or_none(js: Client) -> None:
    books = "anonymous.from('books').select('id')"
    wrong = (406, "Not Acceptable", "PGRST116")
    message = "Cannot coerce the result to a single JSON object"

    assert js(f"{books}.eq('id', 1).single()") == answered({"id": 1})
    assert js(f"{books}.single()") == refused(*wrong, message, "The result contains 4 rows")
    assert js(f"{books}.eq('id', 99).single()") == refused(
        *wrong, message, "The result contains 0 rows"
    )
    assert js(f"{books}.eq('id', 1).maybeSingle()") == answered({"id": 1})
    assert js(f"{books}.eq('id', 99).maybeSingle()") == answered(None)
    assert js(f"{books}.maybeSingle()") == refused(
        *wrong,
        "JSON object requested, multiple (or no) rows returned",  # by the client itself
        "Results contain 4 rows, application/vnd.pgrst.object+json requires 1 row",
    )


def test_it_reads_csv(js: Client) -> None:
    found = js("anonymous.from('books').select('id,title,pages').gt('id', 2).order('id').csv()")

    assert found == answered('id,title,pages\n3,"Ice (and Fire)",500\n4,"Untitled, ""Draft""",')


def test_it_strips_nulls(js: Client) -> None:
    books = "anonymous.from('books').select('id,pages,published')"

    assert js(f"{books}.eq('id', 4).stripNulls()") == answered([{"id": 4}])
    assert js(f"{books}.eq('id', 4).single().stripNulls()") == answered({"id": 4})


def test_it_reads_geojson_where_postgis_is(js: Client) -> None:
    found = js("anonymous.from('books').select('id').geojson()")

    assert found["error"]["message"] == "function st_asgeojson(record) does not exist"
    assert (found["status"], found["error"]["code"]) == (404, "42883")


def test_it_explains(js: Client) -> None:
    books = "anonymous.from('books').select('id')"

    text = js(f"{books}.explain()")
    analyzed = js(f"{books}.explain({{analyze: true, buffers: true, verbose: true}})")
    json = js(f"{books}.explain({{format: 'json', settings: true, wal: true, analyze: true}})")
    one = js(f"{books}.eq('id', 1).single().explain({{format: 'json'}})")

    assert text["error"] is None
    assert text["data"].startswith("Aggregate  (cost=")
    assert "actual time=" in analyzed["data"]
    assert "Output:" in analyzed["data"]
    assert {"Plan", "Execution Time"} <= set(json["data"][0])
    assert "Plan" in one["data"][0]


def test_it_reads_the_description_of_the_schema(js: Client) -> None:
    found = js("staff.getOpenApiSpec()")
    archive = js("staff.schema('archive').getOpenApiSpec()")

    assert (found["error"], found["status"]) == (None, 200)
    assert found["data"]["swagger"] == "2.0"
    assert {"/books", "/authors", "/rpc/add"} <= set(found["data"]["paths"])
    assert set(archive["data"]["definitions"]) == {"books"}


EMBEDS: list[tuple[str, Any]] = [
    (
        "authors').select('name, books(title)').eq('id', 2)",
        [{"name": "Bo Lind", "books": [{"title": "Ice (and Fire)"}]}],
    ),
    (
        "books').select('id, author:authors(name)').in('id', [1, 4]).order('id')",
        [{"id": 1, "author": {"name": "Amara Obi"}}, {"id": 4, "author": None}],
    ),
    (
        "books').select('id, writer:author_id(name)').eq('id', 1)",
        [{"id": 1, "writer": {"name": "Amara Obi"}}],
    ),
    (
        "books').select('id, authors!inner(name)').eq('authors.country', 'SE')",
        [{"id": 3, "authors": {"name": "Bo Lind"}}],
    ),
    (
        "books').select('id, authors!books_author_id_fkey(name)').eq('id', 3)",
        [{"id": 3, "authors": {"name": "Bo Lind"}}],
    ),
    (
        "books').select('id, ...authors(author:name, country)').eq('id', 1)",
        [{"id": 1, "author": "Amara Obi", "country": "NG"}],
    ),
    (
        "authors').select('id, ...books(titles:title)').eq('id', 2)",
        [{"id": 2, "titles": ["Ice (and Fire)"]}],
    ),
    (
        "books').select('id, genres(label)').order('label', {referencedTable: 'genres'})"
        ".order('id').limit(2)",
        [{"id": 1, "genres": [{"label": "novel"}, {"label": "travel"}]}, {"id": 2, "genres": []}],
    ),
    (
        "authors').select('id, books(title)').eq('id', 1)"
        ".order('price', {referencedTable: 'books'}).limit(1, {referencedTable: 'books'})",
        [{"id": 1, "books": [{"title": "Rivers and Rain"}]}],
    ),
    (
        "authors').select('id, books(id)').eq('id', 1)"
        ".order('id', {referencedTable: 'books'}).range(1, 1, {referencedTable: 'books'})",
        [{"id": 1, "books": [{"id": 2}]}],
    ),
    (
        "authors').select('id, books(id)').order('id').lt('id', 3).gt('books.price', 10)",
        [{"id": 1, "books": [{"id": 1}]}, {"id": 2, "books": [{"id": 3}]}],
    ),
    (
        "authors').select('id, books(id)').eq('id', 1)"
        ".or('price.gt.100,pages.lt.200', {referencedTable: 'books'})",
        [{"id": 1, "books": [{"id": 2}]}],
    ),
    (
        "authors').select('id, books()').not('books', 'is', null).order('id')",
        [{"id": 1}, {"id": 2}],
    ),
    (
        "authors').select('id, books()').is('books', null)",
        [{"id": 3}],
    ),
    (
        "authors').select('name, books(id, copies(shelf), genres!inner(label))')"
        ".eq('id', 1).eq('books.genres.label', 'travel').order('number', {referencedTable:"
        " 'books.copies'})",
        [
            {
                "name": "Amara Obi",
                "books": [
                    {
                        "id": 1,
                        "copies": [{"shelf": "A"}, {"shelf": "B"}],
                        "genres": [{"label": "travel"}],
                    }
                ],
            }
        ],
    ),
    (
        "authors').select('id, books(count)').order('id')",
        [
            {"id": 1, "books": [{"count": 2}]},
            {"id": 2, "books": [{"count": 1}]},
            {"id": 3, "books": [{"count": 0}]},
        ],
    ),
    (
        "books').select('author_id, price.sum(), n:id.count()').not('author_id', 'is', null)"
        ".order('author_id')",
        [{"author_id": 1, "sum": 20.5, "n": 2}, {"author_id": 2, "sum": 20.0, "n": 1}],
    ),
    (
        "books').select('id, w:extra->sizes->w, isbn:extra->>isbn, price::text').eq('id', 1)",
        [{"id": 1, "w": 10, "isbn": "111", "price": "12.50"}],
    ),
]


@pytest.mark.parametrize(("query", "expected"), EMBEDS)
def test_it_embeds(js: Client, query: str, expected: Any) -> None:
    assert js(f"anonymous.from('{query}") == answered(expected)


def test_each_of_its_methods_is_tried(js: Client) -> None:
    """So that a new version with a new method fails here until it is."""
    methods = js(
        "(() => { const names = []; let each = anonymous.from('books').select();"
        " while ((each = Object.getPrototypeOf(each)) !== Object.prototype)"
        " names.push(...Object.getOwnPropertyNames(each)); return [...new Set(names)] })()"
    )

    # These touch types alone, or are how the client does its work.
    inner = {"constructor", "then", "processResponse", "returns", "overrideTypes", "retry"}
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_postgrest_js_*"))
    assert {name for name in methods if f"{name}(" not in tests} == inner


def test_it_changes_the_schema(js: Client) -> None:
    found = js("anonymous.schema('archive').from('books').select('title').order('id')")
    secret = js("anonymous.schema('secret').from('books').select('title')")

    assert found == answered([{"title": "Ashes"}, {"title": "Cinders"}])
    assert secret == refused(
        406,
        "Not Acceptable",
        "PGRST106",
        "Invalid schema: secret",
        hint="Only the following schemas are exposed: public, archive",
    )
