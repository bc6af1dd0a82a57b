"""What holds for every text: it is read or refused, and both doors agree."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autoapi.errors import ApiError
from autoapi.media_types import read_accept
from autoapi.parse.fields import parse_names, parse_path
from autoapi.parse.filters import Slots, parse_comparison, parse_logic
from autoapi.parse.headers import parse_preferences
from autoapi.parse.order import parse_order
from autoapi.parse.ranges import embedded_count, read_span
from autoapi.parse.select import parse_select
from autoapi.parse.types import Field
from autoapi.parse.url import parse_item_key, parse_query, plain_value, skeleton

PIECES = st.sampled_from(
    [
        *list('.,:()*!"\\{}->=&%+ \t\n\x00é🧪'),
        "eq.",
        "not.",
        "and(",
        "or(",
        "in.(",
        "is.null",
        "->>",
        "::",
        "a",
        "1",
        "!inner",
        "...",
        "(any)",
        "select=",
        "order=",
        "limit=",
        "offset=",
        "or=",
        "id=eq.",
        "%41",
        "%zz",
        ".desc",
        "count()",
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=25).map("".join))
LATIN = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=40),
    st.lists(PIECES, max_size=25).map("".join),
)


def only_api_errors(call: Callable[..., object], *arguments: object) -> None:
    """Run a parser; what it refuses, it refuses as an answer that can be written."""
    error = None
    try:
        call(*arguments)
    except ApiError as refused:
        error = refused
    assert error is None or (400 <= error.status < 500 and error.body())


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_no_parser_raises_anything_but_answers(text: str) -> None:
    only_api_errors(parse_select, text)
    only_api_errors(parse_order, text)
    only_api_errors(parse_comparison, Field("a"), text, Slots())
    only_api_errors(parse_logic, "or", False, text, Slots())
    only_api_errors(parse_path, text, "filter")
    only_api_errors(parse_names, text, "columns")
    only_api_errors(parse_item_key, text)
    only_api_errors(parse_preferences, text)
    only_api_errors(read_accept, text)
    only_api_errors(read_span, text, text, text)
    only_api_errors(read_span, None, text, None)
    only_api_errors(embedded_count, "limit", text)


@settings(max_examples=400, deadline=None)
@given(LATIN)
def test_no_query_string_raises_anything_but_answers(raw: str) -> None:
    only_api_errors(parse_query, raw)
    skeleton(raw)


NAMES = st.sampled_from(["id", "name", "r.id", "a->>b", '"x.y"', "limit", "offset", "order", "or"])
OPERATORS = st.sampled_from(
    ["eq", "neq", "like", "ilike", "gte", "in", "is", "not.eq", "fts", "xx"]
)
VALUES = st.text(max_size=12).map(lambda text: quote(text, safe="*.,()"))
PARTS = st.one_of(
    st.builds(lambda name, operator, value: f"{name}={operator}.{value}", NAMES, OPERATORS, VALUES),
    st.builds(lambda name, number: f"{name}={number}", NAMES, st.integers(-3, 10**20)),
    st.sampled_from(
        ["select=id", "order=id.desc", "", "a", "=", "or=(a.eq.1)", "limit=٣", "limit=007"]
    ),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PARTS, max_size=6))
def test_the_fast_door_lifts_out_the_values_the_full_parser_finds(parts: list[str]) -> None:
    raw = "&".join(parts).encode("utf-8", "replace").decode("latin-1")
    try:
        parsed = parse_query(raw)
    except ApiError:
        return
    _, lifted = skeleton(raw)

    assert len(lifted) == len(parsed.literals)
    for slot, text in zip(parsed.literals, lifted, strict=True):
        assert plain_value(text) == parsed.values[slot]


@settings(max_examples=500, deadline=None)
@given(st.lists(PARTS, max_size=4), st.lists(PARTS, max_size=4))
def test_one_key_means_one_shape(first: list[str], second: list[str]) -> None:
    """Query strings that meet in one cache entry must have been read alike."""
    one, two = "&".join(first), "&".join(second)
    if not (one.isascii() and two.isascii()) or skeleton(one)[0] != skeleton(two)[0]:
        return
    try:
        shapes = parse_query(one).query, parse_query(two).query
    except ApiError:
        return
    assert shapes[0] == shapes[1]


@settings(max_examples=300, deadline=None)
@given(VALUES, VALUES, st.sampled_from(["eq", "neq", "like", "ilike", "gte"]))
def test_requests_that_differ_in_values_share_a_key_and_a_shape(
    one: str, two: str, operator: str
) -> None:
    assume("%00" not in one + two)
    first, second = f"id={operator}.{one}&limit=3", f"id={operator}.{two}&limit=14"

    assert skeleton(first)[0] == skeleton(second)[0]
    assert parse_query(first).query == parse_query(second).query
