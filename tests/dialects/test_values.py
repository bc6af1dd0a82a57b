"""What SQLite is taught: PostgreSQL's arrays as text, the order of JSON, regular expressions."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoapi.dialects.array_text import read_array
from autoapi.dialects.json_values import check_json, json_contains, json_order
from autoapi.dialects.patterns import check_pattern, pattern_matches
from autoapi.errors import ApiError

NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("{}", []),
        ("{{}}", []),
        (" { a , b c } ", ["a", "b c"]),
        ('{"a,b","\\"q\\\\",""}', ["a,b", '"q\\', ""]),
        ('{null,NULL,"NULL",a\\,b}', [None, None, "NULL", "a,b"]),
        ("{{1,2},{3}}", ["1", "2", "3"]),
    ],
)
def test_arrays_are_read_as_postgresql_reads_them(text: str, elements: list[str | None]) -> None:
    assert read_array(text) == elements


@given(st.lists(st.one_of(st.none(), st.text(max_size=6)), max_size=5))
def test_any_list_written_with_quotes_is_read_back(elements: list[str | None]) -> None:
    quoted = [
        "NULL" if each is None else '"' + each.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for each in elements
    ]

    assert read_array("{" + ",".join(quoted) + "}") == elements


@given(st.text("{},\"\\ ab'", max_size=30))
def test_what_is_no_array_is_refused_as_one(text: str) -> None:
    try:
        elements = read_array(text)
    except ApiError as error:
        refused = error
    else:
        assert isinstance(elements, list)
        return
    assert (refused.code, refused.status) == ("22P02", 400)


def test_json_is_sorted_by_kind_and_value() -> None:
    in_order = [
        "null",
        '""',
        '"a"',
        '"b"',
        "-1e9",
        "-1",
        "0",
        "0.5",
        "9",
        "10",
        "false",
        "true",
        "[]",
        "[1]",
        "[2]",
        "[0,0]",
        "{}",
        '{"a":1}',
        '{"a":2}',
        '{"bb":1}',
        '{"a":1,"b":1}',
    ]

    keys = [json_order(text) for text in in_order]

    assert keys == sorted(keys, key=str)
    assert len(set(keys)) == len(keys)
    assert json_order("-0.0") == json_order("0")
    assert json_order("no json") is None
    assert json_order(None) is None


@given(VALUES)
def test_json_is_equal_however_it_is_written(value: object) -> None:
    wide = json.dumps(value, indent=2, sort_keys=False)
    tight = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)

    assert json_order(wide) == json_order(tight)
    assert json_contains(wide, tight) == 1


@pytest.mark.parametrize(
    ("whole", "part", "contained"),
    [
        ('{"a":1,"b":[1,2]}', '{"b":[2]}', 1),
        ('{"a":1}', '{"a":2}', 0),
        ('{"a":{"b":1,"c":2}}', '{"a":{"b":1}}', 1),
        ("[1,2,2]", "[2,1]", 1),
        ("[[1,2],3]", "[[2]]", 1),
        ("[[1,2],3]", "[1]", 0),
        ("[1]", "1", 1),
        ("[[1]]", "1", 0),
        ("1", "[1]", 0),
        ("1", "1.0", 1),
        ("true", "1", 0),
        ("{}", "[]", 0),
        ("broken", "1", None),
    ],
)
def test_containment_is_that_of_jsonb(whole: str, part: str, contained: int | None) -> None:
    assert json_contains(whole, part) == contained


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ApiError) as refused:
        check_json("{'a': 1}")

    assert (refused.value.code, refused.value.status) == ("22P02", 400)


@pytest.mark.parametrize(
    ("pattern", "text", "same_case", "fits"),
    [
        ("^a.c$", "a\nc", 1, 1),
        ("ABC", "xabcx", 0, 1),
        ("ABC", "xabcx", 1, 0),
        ("\\yb\\y", "a b c", 1, 1),
        ("a\\Z", "ba", 1, 1),
        ("\\\\y", "a\\y", 1, 1),
        ("[[:digit:]]+", "x12", 1, 1),
        ("é", "É", 0, 1),
        ("5", 15, 1, 1),
        ("x", None, 1, None),
    ],
)
def test_patterns_fit_as_on_postgresql(
    pattern: str, text: object, same_case: int, fits: int | None
) -> None:
    assert pattern_matches(pattern, text, same_case) == fits


@pytest.mark.parametrize("pattern", ["(a", "[", "a{2,1}", "(a)\\1", "(?=a)", "*a", "\\"])
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_pattern(pattern)

    assert (refused.value.code, refused.value.status) == ("2201B", 400)


def test_a_pattern_takes_time_by_the_length_of_the_text_alone() -> None:
    started = time.thread_time()
    for pattern in ("(a+)+$", "(a|aa)+$", "(.*)*b", "(a?){30}a{30}"):
        pattern_matches(pattern, "a" * 20_000 + "c", 1)

    assert time.thread_time() - started < 1
