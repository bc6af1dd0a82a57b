"""A call's arguments out of a query string or a form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoapi.errors import ApiError
from autoapi.operators import OPERATORS
from autoapi.parse.arguments import Pairs, read_form_pairs, split_arguments


@pytest.mark.parametrize(
    ("query", "pairs", "rest"),
    [
        ("", [], ""),
        ("a=1&b=&a=2", [("a", "1"), ("b", ""), ("a", "2")], ""),
        ("a&&b=1", [("b", "1")], ""),
        ("select=id&x.order=id&limit=1&not.and=(a)&columns=a&on_conflict=b", [], None),
        ("selected=1&limits=2", [("selected", "1"), ("limits", "2")], ""),
        ("x.select=1&x.limit=2", [("select", "1")], "x.limit=2"),
        ("id=eq.1&id=1&id=not.5&id=in.x", [("id", "1")], "id=eq.1&id=not.5&id=in.x"),
        ("a=eq(any).1&b=eq(some).1", [("b", "eq(some).1")], "a=eq(any).1"),
        ("a=fts(english).x&b=fts(a-b).x", [("b", "fts(a-b).x")], "a=fts(english).x"),
        ("a=%65q.1&b=%2565q.1", [("b", "%65q.1")], "a=%65q.1"),
        ("x.y=1&j-%3Ea=2&%22a.b%22=3", [("y", "1"), ("j", "2"), ("a.b", "3")], ""),
    ],
)
def test_what_begins_with_an_operator_is_left_and_the_rest_taken(
    query: str, pairs: Pairs, rest: str | None
) -> None:
    assert split_arguments(query) == (pairs, query if rest is None else rest)


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_every_operator_begins_a_filter(operator: str) -> None:
    assert split_arguments(f"a={operator}.1") == ([], f"a={operator}.1")
    assert split_arguments(f"a={operator}") == ([("a", operator)], "")


@given(st.text(alphabet='abn=&.()%20"->+é\x00', max_size=40))
def test_any_query_is_taken_apart_without_loss_or_refused(query: str) -> None:
    try:
        pairs, rest = split_arguments(query)
    except ApiError:
        return
    named = [part for part in query.split("&") if "=" in part]
    assert len(pairs) + len([part for part in rest.split("&") if part]) == len(named)


def test_a_form_keeps_the_order_of_its_fields() -> None:
    assert read_form_pairs(b"") == []
    assert read_form_pairs(b"b=1&a=x+y%26;b=2&c") == [
        ("b", "1"),
        ("a", "x y&"),
        ("b", "2"),
        ("c", ""),
    ]
    with pytest.raises(ApiError) as refused:
        read_form_pairs(b"a=%ff")
    assert refused.value.code == "PGRST102"
