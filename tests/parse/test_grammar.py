"""The request grammar, read without a database: what it gives and where it says no."""

from __future__ import annotations

from typing import Any

import pytest

from autoapi.errors import ApiError
from autoapi.parse.encoding import canonical_query
from autoapi.parse.filters import MAX_LOGIC_DEPTH
from autoapi.parse.headers import parse_preferences
from autoapi.parse.select import MAX_EMBED_DEPTH
from autoapi.parse.types import (
    AllOf,
    AnyOf,
    Compare,
    Field,
    JsonStep,
    Not,
    OrderTerm,
    SelectAll,
    SelectEmbed,
    SelectField,
    Window,
)
from autoapi.parse.url import Ignored, parse_item_key, parse_query
from tests.parse.reading import comparison, logic_path, names, order, path, select, tree


def refused(call: Any, *arguments: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call(*arguments)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", SelectAll()),
        ("id", SelectField(Field("id"))),
        ('"a.b"', SelectField(Field("a.b"))),
        ("a-b", SelectField(Field("a-b"))),
        ("n:name", SelectField(Field("name"), alias="n")),
        ("name::text", SelectField(Field("name"), cast="text")),
        ("name::double precision", SelectField(Field("name"), cast="double precision")),
        ("a->b", SelectField(Field("a", (JsonStep("b"),)))),
        ("a->>0", SelectField(Field("a", (JsonStep("0", index=True, as_text=True),)))),
        ("a->-1", SelectField(Field("a", (JsonStep("-1", index=True),)))),
        ("a->0b", SelectField(Field("a", (JsonStep("0b"),)))),
        ("count()", SelectField(None, aggregate="count")),
        ("n:count()::text", SelectField(None, "n", aggregate="count", aggregate_cast="text")),
        (
            "s:a->b::int.sum()::text",
            SelectField(Field("a", (JsonStep("b"),)), "s", "int", "sum", "text"),
        ),
        ("rel()", SelectEmbed("rel", ())),
        ("rel(*)", SelectEmbed("rel", (SelectAll(),))),
        ("x:rel!fk!inner(id)", SelectEmbed("rel", (SelectField(Field("id")),), "x", "fk", "inner")),
        ("rel!inner!fk()", SelectEmbed("rel", (), None, "fk", "inner")),
        ("rel!left()", SelectEmbed("rel", (), join="left")),
        ("...rel(id)", SelectEmbed("rel", (SelectField(Field("id")),), spread=True)),
    ],
)
def test_select_reads_one_item(text: str, expected: object) -> None:
    assert select(text) == (expected,)


def test_select_reads_several_items_and_none() -> None:
    assert select("") == ()
    assert select(" id , *") == (SelectField(Field("id")), SelectAll())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id)x,y", (SelectField(Field("id")),)),
        ("rel(id)x", (SelectEmbed("rel", (SelectField(Field("id")),)),)),
        ("a::int::text", (SelectField(Field("a"), cast="int"),)),
        ("rel(a->0)", (SelectEmbed("rel", (SelectField(Field("a", (JsonStep("0"),))),)),)),
        ("rel!a!b(id)", (SelectEmbed("rel", (SelectField(Field("id")),), hint="a"),)),
        ("a - b", (SelectField(Field("a-b")),)),
        (",id", ()),
        ("* ,id", ()),
        ("...rel->a(id)", ()),
    ],
)
def test_select_is_as_lenient_as_postgrest(text: str, expected: object) -> None:
    assert select(text) == expected


def test_nesting_is_bounded() -> None:
    deep = "r(" * (MAX_EMBED_DEPTH + 1) + ")" * (MAX_EMBED_DEPTH + 1)
    nested = "(and" * (MAX_LOGIC_DEPTH + 1) + "(a.eq.1" + ")" * (MAX_LOGIC_DEPTH + 2)

    assert refused(select, deep).code == "AUTO108"
    assert refused(tree, "or", nested).code == "AUTO108"
    assert refused(tree, "or", "(or" * 10_000).code == "AUTO108"


@pytest.mark.parametrize(
    ("text", "condition", "values"),
    [
        ("eq.1", Compare(Field("a"), "eq", 0), ["1"]),
        ("eq.", Compare(Field("a"), "eq", 0), [""]),
        ('eq."1"', Compare(Field("a"), "eq", 0), ['"1"']),
        ("not.eq.1", Not(Compare(Field("a"), "eq", 0)), ["1"]),
        ("like.*a*", Compare(Field("a"), "like", 0), ["%a%"]),
        ("in.(1,2)", Compare(Field("a"), "in", 0), [("1", "2")]),
        ('in.("a,b","c\\"d",e f)', Compare(Field("a"), "in", 0), [("a,b", 'c"d', "e f")]),
        ("in.( 1, 2 )", Compare(Field("a"), "in", 0), [("1", " 2 ")]),
        ('in.("a"b,"c)', Compare(Field("a"), "in", 0), [('"a"b', '"c')]),
        ("in.()", Compare(Field("a"), "in", 0), [()]),
        ('in.("")', Compare(Field("a"), "in", 0), [()]),
        ("in.(,)", Compare(Field("a"), "in", 0), [("", "")]),
        ("is.NULL", Compare(Field("a"), "is", state="null"), []),
        ("is.Not_Null", Compare(Field("a"), "is", state="not_null"), []),
        ("is.nullify", Compare(Field("a"), "is", state="null"), []),
        ("eq(any).{1,2}", Compare(Field("a"), "eq", 0, "any"), ["{1,2}"]),
        ("eq(any).1", Compare(Field("a"), "eq", 0, "any"), ["1"]),
        ("like(all).{*a,b*}", Compare(Field("a"), "like", 0, "all"), ["{%a,b%}"]),
        ("fts(english).a & b", Compare(Field("a"), "fts", 0, language="english"), ["a & b"]),
        ("fts.a", Compare(Field("a"), "fts", 0), ["a"]),
        ("cs.{1,2}", Compare(Field("a"), "cs", 0), ["{1,2}"]),
    ],
)
def test_a_comparison_leaves_its_value_in_a_slot(
    text: str, condition: object, values: list[object]
) -> None:
    assert comparison(text) == (condition, values)


def test_logic_reads_trees() -> None:
    text = '(a.eq.1,not.and(b.in.(1,2),c.is.null),d->>x.not.like."a,b*",e.cs.{1,2})'

    assert tree("not.or", text) == (
        Not(
            AnyOf(
                (
                    Compare(Field("a"), "eq", 0),
                    Not(
                        AllOf(
                            (Compare(Field("b"), "in", 1), Compare(Field("c"), "is", state="null"))
                        )
                    ),
                    Not(Compare(Field("d", (JsonStep("x", as_text=True),)), "like", 2)),
                    Compare(Field("e"), "cs", 3),
                )
            )
        ),
        ["1", ("1", "2"), "a,b%", "{1,2}"],
    )


def test_columns_may_start_with_and_or_or() -> None:
    assert tree("and", "(order.eq.1,android.eq.2,not.eq.3)") == (
        AllOf(
            (
                Compare(Field("order"), "eq", 0),
                Compare(Field("android"), "eq", 1),
                Compare(Field("not"), "eq", 2),
            )
        ),
        ["1", "2", "3"],
    )


def test_what_stands_in_a_tree_may_have_blanks_around_it() -> None:
    found, values = tree("and", "( a.in.( 1, 2 ) , or ( b.eq.1 , c.eq.2 ) )")

    assert isinstance(found, AllOf)
    assert values == [("1", " 2 "), "1 ", "2 "]


def test_order_reads_terms() -> None:
    assert order('a,b.desc,c.asc.nullsfirst,rel(d).desc.nullslast,"e.f",g->>h') == (
        OrderTerm(Field("a")),
        OrderTerm(Field("b"), descending=True),
        OrderTerm(Field("c"), nulls="first"),
        OrderTerm(Field("d"), "rel", descending=True, nulls="last"),
        OrderTerm(Field("e.f")),
        OrderTerm(Field("g", (JsonStep("h", as_text=True),))),
    )


def test_a_query_keeps_paths_and_slots_apart() -> None:
    parsed = parse_query("select=id,r(*)&r.s.order=x&r.limit=5&limit=3&offset=2&r.a=eq.7&a=gt.1")

    assert parsed.query.windows == (Window(("r",), limit=2), Window((), limit=3, offset=4))
    assert parsed.reusable
    assert [(each.path, each.terms) for each in parsed.query.orderings] == [
        (("r", "s"), (OrderTerm(Field("x")),))
    ]
    assert [each.path for each in parsed.query.filters] == [("r",), ()]
    assert parsed.values == ("7", "1", 5, 3, 2)
    assert parsed.literals == (3, 4, 0, 1)


def test_of_two_the_first_holds_and_of_two_limits_the_last() -> None:
    twice = parse_query("select=a&order=b&limit=1&select=c&order=d&limit=2&columns=e&columns=f")

    assert twice.query.select == (SelectField(Field("a")),)
    assert twice.query.orderings[0].terms == (OrderTerm(Field("b")),)
    assert twice.query.columns == ("e",)
    assert [twice.values[each.limit or 0] for each in twice.query.windows] == [2]


def test_not_anywhere_in_the_path_negates_a_tree() -> None:
    for name in ("r.not.or", "not.r.or"):
        [found] = parse_query(f"{name}=(a.eq.1)").query.filters
        assert found.path == ("r",)
        assert isinstance(found.condition, Not)
    assert logic_path("r.not.or") == ("r", "not", "or")


@pytest.mark.parametrize(
    ("raw", "ignored"),
    [
        ("a", Ignored("a", None, condition=True)),
        ("r.or", Ignored("r.or", None, condition=True)),
        ("limit=x", Ignored("limit", "x", condition=False)),
        ("offset=1e3", Ignored("offset", "1e3", condition=False)),
        ("select=id)x", Ignored("select", ")x", condition=False)),
        ("a=in.(1)x", Ignored("a", "x", condition=True)),
        ("a=is.nullx", Ignored("a", "x", condition=True)),
        ("a::int=eq.1", Ignored("a::int", "::int", condition=True)),
        ("or=(a.eq.1))", Ignored("or", ")", condition=True)),
    ],
)
def test_what_postgrest_passes_over_is_noted(raw: str, ignored: Ignored) -> None:
    assert parse_query(raw).ignored == (ignored,)


@pytest.mark.parametrize("raw", ["", "&", "select", "order", "limit", "x.offset", "columns"])
def test_reserved_names_without_a_value_say_nothing(raw: str) -> None:
    assert parse_query(raw) == parse_query("")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("a=eq.%", "%"),
        ("a=eq.%f", "%f"),
        ("a=eq.%zz+%41", "%zz A"),
        ("a=like.%plan%", "%plan%"),
        ("a=eq.x%3By", "x;y"),
        ("b=eq.1;a=eq.2", "2"),
        ("a=eq.a=b", "a=b"),
    ],
)
def test_encoding_is_undone_as_far_as_it_is_one(raw: str, value: str) -> None:
    assert parse_query(raw).values[-1] == value


def test_names_and_keys_are_lists() -> None:
    assert names('a, "b,c" ,a') == ("a", "b,c")
    assert names("a->b") == ("a",)
    assert path('a."b.c".d->>e') == (("a", "b.c"), Field("d", (JsonStep("e", as_text=True),)))
    assert parse_item_key("7") == ("7",)
    assert parse_item_key('7,"a,b",') == ("7", "a,b", "")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a=eq.%ff", "PGRST100"),
        ("a=eq.%00", "22021"),
        ("%00=eq.1", "22021"),
        ("limit=-1", "PGRST103"),
        ("&".join(["a=eq.1"] * 501), "AUTO109"),
        ("a=eq." + "x" * 70_000, "AUTO109"),
        ("=eq.1", "PGRST100"),
    ],
)
def test_text_that_cannot_be_read_is_refused(raw: str, code: str) -> None:
    assert refused(parse_query, raw).code == code


def test_headers_are_read() -> None:
    found = parse_preferences("return=minimal,return=representation, odd, max-affected=3")
    assert (found.returns, found.max_affected, found.invalid) == ("minimal", 3, ("odd",))
    strict = parse_preferences("handling=strict, odd, ,max-affected=-2 ,timezone=,tx=rollback")
    assert (strict.invalid, strict.max_affected, strict.timezone) == (("odd", ""), -2, "")
    assert strict.transaction is None
    assert parse_preferences("tx=rollback", ends_transactions=True).transaction == "rollback"


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("", ""),
        ("id=eq.1", "id=eq.1"),
        ("b=2&a=1&c", "a=1&b=2&c="),
        ("select=id,name&a=in.(1,2)", "a=in.%281%2C2%29&select=id%2Cname"),
        ("a=gt.1&b=x&a=lt.5", "a=gt.1,lt.5&b=x"),
        ("a+b=%zz;c=+", "a%20b=%25zz&c=%20"),
        ("n=%C3%A9", "n=%C3%83%C2%A9"),
    ],
)
def test_content_location_shows_a_canonical_query(raw: str, canonical: str) -> None:
    assert canonical_query(raw) == canonical
