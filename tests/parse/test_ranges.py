"""Limit, offset and Range as one span of rows."""

from __future__ import annotations

import pytest

from autoapi.errors import ApiError
from autoapi.parse.ranges import Span, embedded_count, read_span
from autoapi.parse.skeleton import skeleton
from autoapi.parse.types import Window
from autoapi.parse.url import parse_query

LIMIT = "Limit should be greater than or equal to zero."
HEADER = "The lower boundary must be lower than or equal to the upper boundary in the Range header."


@pytest.mark.parametrize(
    ("limit", "offset", "header", "expected"),
    [
        (None, None, None, Span()),
        ("5", None, None, Span(0, 5)),
        ("5", "2", None, Span(2, 5)),
        (None, "2", None, Span(2)),
        (" 5 ", "0", None, Span(0, 5)),
        ("x", None, None, Span()),
        (None, "x", None, Span()),
        ("5", "x", None, Span(0, 5)),
        (None, "-4", None, Span()),
        ("9", "-4", None, Span(0, 5)),
        ("0", None, None, Span(0, 0)),
        ("0", "0", "3-", Span(0, 0)),
        ("x", "0", None, Span(0, 0)),
        (None, None, "0-9", Span(0, 10)),
        (None, None, "10-", Span(10)),
        (None, None, "items=0-9", Span()),
        (None, None, "-9", Span()),
        (None, None, "0-9,20-29", Span()),
        ("3", None, "0-1", Span(0, 2)),
        ("3", None, "1-9", Span(1, 2)),
        (None, "4", "1-9", Span(4, 6)),
        ("0", None, "2-1", Span(0, 0)),
    ],
)
def test_a_span_is_what_all_three_let_through(
    limit: str | None, offset: str | None, header: str | None, expected: Span
) -> None:
    assert read_span(limit, offset, header) == expected


@pytest.mark.parametrize(
    ("limit", "offset", "header", "details"),
    [
        ("-1", None, None, LIMIT),
        ("0", "5", None, LIMIT),
        ("x", "5", None, LIMIT),
        ("3", "-4", None, LIMIT),
        ("1", None, "1-2", LIMIT),
        (None, None, "2-1", HEADER),
        ("9", None, "2-1", HEADER),
    ],
)
def test_no_rows_at_all_are_refused(
    limit: str | None, offset: str | None, header: str | None, details: str
) -> None:
    with pytest.raises(ApiError) as refused:
        read_span(limit, offset, header)

    assert (refused.value.status, refused.value.code) == (416, "PGRST103")
    assert refused.value.details == details


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 5_000])
def test_numbers_that_no_database_takes_are_refused_as_it_would(number: str) -> None:
    for given in ((number, None, None), (None, number, None), (None, None, f"{number}-")):
        with pytest.raises(ApiError) as refused:
            read_span(*given)
        assert refused.value.code == "22003"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [("limit", "-1", "2201W"), ("offset", "-1", "2201X"), ("limit", "9" * 30, "22003")],
)
def test_an_embeds_numbers_are_refused_as_the_database_would(
    name: str, text: str, code: str
) -> None:
    with pytest.raises(ApiError) as refused:
        embedded_count(name, text)

    assert (refused.value.status, refused.value.code) == (400, code)
    assert embedded_count(name, "x") is None
    assert embedded_count(name, " 7") == 7


@pytest.mark.parametrize(
    ("query", "header", "window", "values", "reusable"),
    [
        ("limit=5&offset=2", None, Window((), 0, 1), (5, 2), True),
        ("offset=2", None, Window((), None, 0), (2,), True),
        ("limit=x", None, None, (), True),
        ("limit=x&limit=4", None, Window((), 0), (4,), True),
        ("", "2-3", Window((), 1, 0), (2, 2), True),
        ("", "0-3", Window((), 0), (4,), True),
        ("limit=0", None, Window((), 0), (0,), True),
        ("limit=9&offset=-4", None, Window((), 2, 1), (9, 0, 5), False),
        ("limit=3", "0-1", Window((), 2, 1), (3, 0, 2), False),
    ],
)
def test_a_query_is_known_again_by_its_skeleton_unless_a_plain_value_decided_another(
    query: str, header: str | None, window: Window | None, values: tuple[int, ...], reusable: bool
) -> None:
    parsed = parse_query(query, range_header=header)

    assert parsed.query.windows == ((window,) if window else ())
    assert (parsed.values, parsed.reusable) == (values, reusable)
    assert len(skeleton(query)[1]) == len(parsed.literals)
