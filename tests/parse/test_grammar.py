"""The request grammar, read without a database: what it gives and where it says no."""

from __future__ import annotations

from typing import Any

import pytest

from autoapi.errors import ApiError
from autoapi.parse.fields import parse_names
from autoapi.parse.filters import MAX_LOGIC_DEPTH, Slots, parse_comparison, parse_logic
from autoapi.parse.headers import parse_preferences
from autoapi.parse.order import parse_order
from autoapi.parse.select import MAX_EMBED_DEPTH, parse_select
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
from autoapi.parse.url import parse_item_key, parse_query


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
    assert parse_select(text) == (expected,)


def test_select_reads_several_items_and_none() -> None:
    assert parse_select("") == ()
    assert parse_select(" id , * ") == (SelectField(Field("id")), SelectAll())


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("id,", 4),
        (",id", 1),
        ("id name(", 9),
        ("rel(id", 7),
        ("rel(id))", 8),
        ("a->", 4),
        ("a::", 4),
        ('"open', 6),
        ("a.sums()", 3),
        ("rel!a!b!c()", 7),
        ("id)", 3),
    ],
)
def test_select_tells_where_it_stopped(text: str, column: int) -> None:
    error = refused(parse_select, text)

    assert (error.code, error.status) == ("PGRST100", 400)
    assert error.message.endswith(f"(line 1, column {column})")


def test_nesting_is_bounded() -> None:
    deep = "r(" * (MAX_EMBED_DEPTH + 1) + ")" * (MAX_EMBED_DEPTH + 1)
    tree = "(and" * (MAX_LOGIC_DEPTH + 1) + "(a.eq.1" + ")" * (MAX_LOGIC_DEPTH + 2)

    assert refused(parse_select, deep).code == "AUTO108"
    assert refused(parse_logic, "or", False, tree, Slots()).code == "AUTO108"
    assert refused(parse_logic, "or", False, "(or" * 10_000, Slots()).code == "AUTO108"


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
        ("in.()", Compare(Field("a"), "in", 0), [()]),
        ("is.NULL", Compare(Field("a"), "is", state="null"), []),
        ("is.not_null", Compare(Field("a"), "is", state="not_null"), []),
        ("eq(any).{1,2}", Compare(Field("a"), "eq", 0, "any"), [("1", "2")]),
        ("like(all).{*a,b*}", Compare(Field("a"), "like", 0, "all"), [("%a", "b%")]),
        ("fts(english).a & b", Compare(Field("a"), "fts", 0, language="english"), ["a & b"]),
        ("fts.a", Compare(Field("a"), "fts", 0), ["a"]),
        ("cs.{1,2}", Compare(Field("a"), "cs", 0), ["{1,2}"]),
    ],
)
def test_a_comparison_leaves_its_value_in_a_slot(
    text: str, condition: object, values: list[object]
) -> None:
    slots = Slots()

    assert parse_comparison(Field("a"), text, slots) == condition
    assert list(slots) == values


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("1", 1),
        ("eqq.1", 1),
        ("not.1", 5),
        ("is.maybe", 4),
        ("in.1", 4),
        ("in.(1", 6),
        ("in.(1)x", 7),
        ("is(any).null", 9),
        ("eq(some).1", 10),
        ("eq", 1),
    ],
)
def test_a_comparison_tells_where_it_stopped(text: str, column: int) -> None:
    error = refused(parse_comparison, Field("a"), text, Slots())

    assert (error.code, error.status) == ("PGRST100", 400)
    assert error.message.endswith(f"(line 1, column {column})")


def test_logic_reads_trees() -> None:
    slots = Slots()
    text = '(a.eq.1,not.and(b.in.(1,2),c.is.null),d->>x.not.like."a,b*",e.cs.{1,2})'

    assert parse_logic("or", True, text, slots) == Not(
        AnyOf(
            (
                Compare(Field("a"), "eq", 0),
                Not(AllOf((Compare(Field("b"), "in", 1), Compare(Field("c"), "is", state="null")))),
                Not(Compare(Field("d", (JsonStep("x", as_text=True),)), "like", 2)),
                Compare(Field("e"), "cs", 3),
            )
        )
    )
    assert list(slots) == ["1", ("1", "2"), "a,b%", "{1,2}"]


def test_columns_may_start_with_and_or_or() -> None:
    slots = Slots()

    assert parse_logic("and", False, "(order.eq.1,android.eq.2)", slots) == AllOf(
        (Compare(Field("order"), "eq", 0), Compare(Field("android"), "eq", 1))
    )


def test_order_reads_terms() -> None:
    assert parse_order('a,b.desc,c.asc.nullsfirst,rel(d).desc.nullslast,"e.f",g->>h') == (
        OrderTerm(Field("a")),
        OrderTerm(Field("b"), descending=True),
        OrderTerm(Field("c"), nulls="first"),
        OrderTerm(Field("d"), "rel", descending=True, nulls="last"),
        OrderTerm(Field("e.f")),
        OrderTerm(Field("g", (JsonStep("h", as_text=True),))),
    )


@pytest.mark.parametrize(("text", "column"), [("", 1), ("a.up", 2), ("a,", 3), ("r(a", 4)])
def test_order_tells_where_it_stopped(text: str, column: int) -> None:
    assert refused(parse_order, text).message.endswith(f"(line 1, column {column})")


def test_a_query_keeps_paths_and_slots_apart() -> None:
    parsed = parse_query("select=id,r(*)&r.s.order=x&r.limit=5&limit=3&offset=2&r.a=eq.7&a=gt.1")

    assert parsed.query.windows == (Window(("r",), limit=0), Window((), limit=1, offset=2))
    assert parsed.reusable
    assert [(each.path, each.terms) for each in parsed.query.orderings] == [
        (("r", "s"), (OrderTerm(Field("x")),))
    ]
    assert [each.path for each in parsed.query.filters] == [("r",), ()]
    assert parsed.values == (5, 3, 2, "7", "1")


def test_names_and_keys_are_lists() -> None:
    assert parse_names('a, "b,c" ,a', "columns") == ("a", "b,c")
    assert parse_item_key("7") == ("7",)
    assert parse_item_key('7,"a,b",') == ("7", "a,b", "")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a=eq.%", "PGRST100"),
        ("a=eq.%f", "PGRST100"),
        ("a=eq.%zz", "PGRST100"),
        ("a=eq.%ff", "PGRST100"),
        ("a=eq.%00", "22021"),
        ("%00=eq.1", "22021"),
        ("limit=-1", "PGRST103"),
        ("&".join(["a=eq.1"] * 501), "AUTO109"),
        ("a=eq." + "x" * 70_000, "AUTO109"),
        ("=eq.1", "PGRST100"),
        ("a", "PGRST100"),
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
