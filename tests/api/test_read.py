"""GET: what is selected and filtered, and names that do not exist, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service import Api

DRUGS = "/rest/v1/drugs"


def ids(api: Api, query: str, table: str = "drugs") -> list[int]:
    """The ids of the rows a query gives, in order of id unless the query has an order."""
    order = "" if "order=" in query else "&order=id"
    answer = api.get(f"/rest/v1/{table}?select=id&{query}{order}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


def refusal(api: Api, path: str) -> tuple[int, dict[str, Any]]:
    answer = api.get(path)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    body: dict[str, Any] = answer.json()
    assert list(body) == ["code", "details", "hint", "message"]
    assert answer.headers["proxy-status"] == f"PostgREST; error={body['code']}"
    return answer.status_code, body


# --- select -------------------------------------------------------------------------------


def test_without_select_all_columns_come_in_the_tables_order(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers")

    assert answer.status_code == 200
    assert answer.text == (
        '[{"id":1,"name":"Sahyadri Lifecare","country":"IN"}, \n '
        '{"id":2,"name":"Nilgiri Labs","country":"IN"}, \n '
        '{"id":3,"name":"Fjord Pharma","country":null}]'
    )
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["content-range"] == "0-2/*"
    assert answer.headers["content-location"] == "/makers"
    assert answer.headers["vary"] == "Accept, Prefer, Range"


def test_both_mounts_show_the_same_rows(shop: Api) -> None:
    for table in ("makers", "drugs", "people", "lines", "cheap_drugs", "odd%20name"):
        assert shop.get(f"/{table}").json() == shop.get(f"/rest/v1/{table}").json()


def test_values_have_the_json_of_their_type(shop: Api) -> None:
    row = shop.get(f"{DRUGS}?id=eq.1").json()[0]

    assert row == {
        "id": 1,
        "name": "Alpha",
        "price": 1.5,
        "stock": 100,
        "active": True,
        "maker_id": 1,
        "color": "red",
        "added": "2026-01-05",
        "seen": "2026-01-05T10:00:00+00:00",
        "extra": {"form": "tablet", "sizes": [1, 2], "deep": {"a": {"b": 7}}},
    }


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("id,n:name", '{"id":1,"n":"Alpha"}'),
        ("name,id", '{"name":"Alpha","id":1}'),
        ("stock::text", '{"stock":"100"}'),
        ("s:stock::text", '{"s":"100"}'),
        ("price::integer", '{"price":2}'),
        ("id::numeric,active::text", '{"id":1,"active":"true"}'),
        ("seen::date,added::text", '{"seen":"2026-01-05","added":"2026-01-05"}'),
        ("extra->>form", '{"form":"tablet"}'),
        ("f:extra->>form", '{"f":"tablet"}'),
        ("extra->sizes->0", '{"sizes":1}'),
        ("extra->sizes->>1", '{"sizes":"2"}'),
        ("extra->sizes->-1,last:extra->sizes->>-2", '{"sizes":2,"last":"1"}'),
        ("extra->deep->a->b", '{"b":7}'),
        ("extra->deep->a->>b", '{"b":"7"}'),
        ("n:extra->deep->a->>b::integer", '{"n":7}'),
        ("n:extra->sizes->>0::float8,b:id::boolean", '{"n":1,"b":true}'),
        ("extra->nope,no:extra->deep->>nope", '{"nope":null,"no":null}'),
        ('"id","n":"name"', '{"id":1,"n":"Alpha"}'),
        (" id , name ", '{"id":1,"name":"Alpha"}'),
    ],
)
def test_select_takes_aliases_casts_and_arrows(shop: Api, select: str, expected: str) -> None:
    answer = shop.get(DRUGS, params={"select": select, "id": "eq.1"})

    assert (answer.status_code, answer.text) == (200, f"[{expected}]")


def test_an_empty_select_is_all_columns(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers?select=&id=eq.3")

    assert answer.text == '[{"id":3,"name":"Fjord Pharma","country":null}]'


def test_a_star_stands_for_all_columns_beside_others(shop: Api) -> None:
    answer = shop.get("/rest/v1/makers?select=*,shout:name&id=eq.3")

    assert answer.text == '[{"id":3,"name":"Fjord Pharma","country":null,"shout":"Fjord Pharma"}]'


def test_names_may_hold_blanks_umlauts_and_reserved_words(shop: Api) -> None:
    whole = [{"a column": 1, "select": "from", "Größe": "groß"}]

    assert shop.get("/rest/v1/odd%20name").json() == whole
    assert shop.get('/rest/v1/odd%20name?select="a column","select",Größe').json() == whole
    assert shop.get("/rest/v1/odd%20name?Größe=eq.groß&a%20column=eq.1").json() == whole
    assert shop.get('/rest/v1/odd%20name?"select"=eq.from&order="a column"').json() == whole
    assert shop.get("/odd%20name/1").json() == whole[0]


def test_a_view_reads_like_a_table(shop: Api) -> None:
    assert shop.get("/rest/v1/cheap_drugs?select=id,name&order=id").json() == [
        {"id": 1, "name": "Alpha"},
        {"id": 2, "name": "Beta"},
    ]


def test_a_table_without_a_key_shows_equal_rows_as_often_as_they_are(shop: Api) -> None:
    rows = shop.get("/notes?order=body").json()

    assert rows == [
        {"body": "one", "weight": 0.5},
        {"body": "one", "weight": 0.5},
        {"body": None, "weight": None},
    ]


def test_password_hashes_do_not_exist(shop: Api) -> None:
    assert shop.get("/people/1").json() == {"id": 1, "name": "Asha", "boss_id": None}
    for query in ("select=password_hash", "password_hash=eq.secret1", "order=password_hash"):
        status, body = refusal(shop, f"/rest/v1/people?{query}")
        assert (status, body["code"]) == (400, "42703")
        assert body["message"] == "column people.password_hash does not exist"


# --- filters --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("price=eq.4", [2]),
        ("price=eq.4.00", [2]),
        ("price=neq.4", [1, 3, 4]),
        ("price=gt.4", [3, 4]),
        ("price=gte.4", [2, 3, 4]),
        ("price=lt.4", [1]),
        ("price=lte.4", [1, 2]),
        ("price=not.lte.4", [3, 4]),
        ("name=like.Al*", [1]),
        ("name=like.*a", [1, 2, 3]),
        ("name=like._eta", [2]),
        ("name=ilike.AL*", [1, 4]),
        ("name=not.ilike.AL*", [2, 3]),
        ('name=like.*"*', [4]),
        ("id=in.(1,3,99)", [1, 3]),
        ("id=in.()", []),
        ("id=not.in.(1,3)", [2, 4]),
        ('name=in.(Alpha,"alphabet, \\"quoted\\"")', [1, 4]),
        ("price=in.(1.5,4)", [1, 2]),
        ("active=in.(true)", [1, 2, 4]),
        ("color=is.null", [3]),
        ("color=is.not_null", [1, 2, 4]),
        ("color=not.is.null", [1, 2, 4]),
        ("color=is.NULL", [3]),
        ("active=is.true", [1, 2, 4]),
        ("active=is.false", [3]),
        ("active=not.is.true", [3]),
        ("active=is.unknown", []),
        ("active=eq.t", [1, 2, 4]),
        ("active=eq.false", [3]),
        ("color=neq.red", [2]),
        ("color=isdistinct.red", [2, 3]),
        ("color=not.isdistinct.red", [1, 4]),
        ("added=gte.2026-02-01", [2, 3]),
        ("added=eq.2026-01-05", [1]),
        ("seen=gt.2026-01-05T09:59:59%2B00:00", [1]),
        ("seen=eq.2026-01-05T10:00:00Z", [1]),
        ("seen=eq.2026-01-05T12:00:00%2B02:00", [1]),
        ("extra->>form=eq.syrup", [2]),
        ("extra->deep->a->>b=eq.7", [1]),
        ("extra->deep->a->b=eq.7", [1]),
        ("extra->>nope=is.null", [1, 2, 3, 4]),
        ("id=gt.1&id=lt.4", [2, 3]),
        ("id=eq.1&id=eq.2", []),
        ("name=eq.", []),
        ('name=eq.alphabet,%20"quoted"', [4]),
        ("id=eq(any).{1,2}", [1, 2]),
        ("id=not.eq(any).{1,2}", [3, 4]),
        ("id=gt(all).{1,2}", [3, 4]),
        ("id=lt(any).{2,3}", [1, 2]),
        ("name=like(any).{Al*,G*}", [1, 3]),
        ("name=ilike(all).{AL*,*T*}", [4]),
        ("name=match.^A", [1]),
        ("name=imatch.^a", [1, 4]),
        ("name=match(any).{^A,^G}", [1, 3]),
        ('extra=cs.{"form":"syrup"}', [2]),
        ('extra=cd.{"form":"syrup","x":1}', [2]),
    ],
)
def test_every_operator_that_both_databases_share_means_the_same(
    shop: Api, query: str, expected: list[int]
) -> None:
    assert ids(shop, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=fts.beta", [2]),
        ("name=fts(simple).alpha", [1]),
        ("name=not.fts(simple).alpha", [2, 3, 4]),
        ("name=plfts(english).gamma", [3]),
        ("name=phfts.alpha", [1]),
        ("name=wfts.beta%20or%20gamma", [2, 3]),
    ],
)
def test_what_sqlite_cannot_search_is_refused_there(
    shop: Api, query: str, expected: list[int]
) -> None:
    if shop.dialect == "postgresql":
        assert ids(shop, query) == expected
        return
    status, body = refusal(shop, f"{DRUGS}?{query}")
    assert status == 400
    assert body == {
        "code": "PGRST127",
        "details": "SQLite does not support a search in a column without an FTS5 table over it",
        "hint": "See docs/sqlite.md for what differs from PostgreSQL",
        "message": "Feature not implemented",
    }


@pytest.mark.parametrize("operator", ["sl", "sr", "nxr", "nxl", "adj", "ov"])
def test_range_operators_want_ranges(shop: Api, operator: str) -> None:
    status, body = refusal(shop, f"{DRUGS}?id={operator}.1")

    if shop.dialect == "sqlite":
        assert (status, body["details"]) == (400, f"SQLite does not support {operator}")
    else:
        assert (status, body["code"]) in {(404, "42883"), (400, "42804")}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("or=(id.eq.1,name.eq.Gamma)", [1, 3]),
        ("and=(id.gt.1,id.lt.4)", [2, 3]),
        ("not.or=(id.eq.1,id.eq.2)", [3, 4]),
        ("not.and=(id.eq.1,stock.eq.100)", [2, 3, 4]),
        ("or=(id.eq.1,and(id.gt.1,id.lt.3),not.and(id.neq.4,id.neq.9))", [1, 2, 4]),
        ("and=(id.gt.1,not.or(id.eq.2,color.is.null))", [4]),
        ("or=(not.and(id.gt.1,not.or(id.eq.2,id.eq.3)),id.in.(4))", [1, 2, 3, 4]),
        ("or=(name.not.like.A*,id.eq.1)", [1, 2, 3, 4]),
        ('or=(name.eq."alphabet, \\"quoted\\"",id.in.(1,2))', [1, 2, 4]),
        ('or=(name.in.("alphabet, \\"quoted\\"",Beta),id.eq.3)', [2, 3, 4]),
        ("or=( id.eq.1 , id.eq.2 )", [1, 2]),
        ("or=(extra->>form.eq.syrup,extra->deep->a->b.eq.7)", [1, 2]),
        ("or=(id.eq.1,id.eq.2)&or=(id.eq.2,id.eq.3)", [2]),
        ("or=(id.eq.1,id.eq.2)&id=gt.1", [2]),
        ("or=(color.is.null,color.isdistinct.red)", [2, 3]),
    ],
)
def test_logic_nests_and_quotes(shop: Api, query: str, expected: list[int]) -> None:
    assert ids(shop, query) == expected


@pytest.mark.parametrize(
    ("query", "parameter", "column", "details"),
    [
        ("id=1", "filter (1)", 1, 'unexpected "1" expecting "not" or operator (eq, gt, ...)'),
        (
            "id=eqq.1",
            "filter (eqq.1)",
            3,
            'unexpected "q" expecting operator (eq, gt, ...)',
        ),
        (
            "or=(id.eq.1",
            "logic tree ((id.eq.1)",
            11,
            'unexpected end of input expecting "," or ")"',
        ),
        (
            "select=id,",
            "select parameter (id,)",
            4,
            'unexpected end of input expecting "...", field name (* or [a..z0..9_$]), "*"'
            ' or "count()"',
        ),
        (
            "order=id.up",
            "order (id.up)",
            4,
            'unexpected "u" expecting "asc", "desc", "nullsfirst" or "nullslast"',
        ),
        (
            "active=is.maybe",
            "filter (is.maybe)",
            4,
            'unexpected "m" expecting isVal: (null, not_null, true, false, unknown)',
        ),
    ],
)
def test_what_breaks_the_grammar_is_told_with_its_place(
    shop: Api, query: str, parameter: str, column: int, details: str
) -> None:
    status, body = refusal(shop, f"{DRUGS}?{query}")

    assert status == 400
    assert body == {
        "code": "PGRST100",
        "details": details,
        "hint": None,
        "message": f'"failed to parse {parameter}" (line 1, column {column})',
    }


def test_a_value_that_its_column_cannot_hold_is_refused(shop: Api) -> None:
    for query in ("id=eq.one", "id=in.(1,one)", "id=eq.1.5"):
        status, body = refusal(shop, f"{DRUGS}?{query}")
        assert (status, body["code"]) == (400, "22P02")
        assert body["message"].startswith("invalid input syntax for type integer: ")


# --- names that do not exist ----------------------------------------------------------------


def test_an_unknown_table_is_told_with_the_nearest_name(shop: Api) -> None:
    schema = "main" if shop.dialect == "sqlite" else "public"
    for path in ("/rest/v1/drug", "/drug", "/drug/1"):
        assert refusal(shop, path) == (
            404,
            {
                "code": "PGRST205",
                "details": None,
                "hint": f"Perhaps you meant the table '{schema}.drugs'",
                "message": f"Could not find the table '{schema}.drug' in the schema cache",
            },
        )


@pytest.mark.parametrize(
    "query", ["select=colr", "colr=eq.red", "order=colr", "or=(id.eq.1,colr.eq.red)"]
)
def test_an_unknown_column_is_told_with_the_nearest_name(shop: Api, query: str) -> None:
    assert refusal(shop, f"{DRUGS}?{query}") == (
        400,
        {
            "code": "42703",
            "details": None,
            "hint": 'Perhaps you meant to reference the column "drugs.color".',
            "message": "column drugs.colr does not exist",
        },
    )


def test_a_name_like_no_other_has_no_hint(shop: Api) -> None:
    assert refusal(shop, f"{DRUGS}?select=zzzzzz")[1]["hint"] is None


@pytest.mark.parametrize("path", ["/rest/v1/drugs/1", "/drugs/1/2", "//drugs", "/rest/v1/drugs/"])
def test_a_path_of_no_known_form_is_not_found(shop: Api, path: str) -> None:
    assert refusal(shop, path) == (
        404,
        {
            "code": "PGRST125",
            "details": None,
            "hint": None,
            "message": "Invalid path specified in request URL",
        },
    )
