"""Searches as FTS5 takes them: what PostgreSQL's four ways of writing one mean."""

from __future__ import annotations

import sqlite3
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoapi.dialects.search_words import read_search
from autoapi.errors import ApiError

TEXTS = [" ".join(words) for length in range(4) for words in product("abc", repeat=length)]


def index() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(body)")
    connection.executemany("INSERT INTO texts (body) VALUES (?)", [(text,) for text in TEXTS])
    return connection


INDEX = index()


def found(operator: str, search: str) -> set[str]:
    """The texts that a search finds in FTS5."""
    expression, opposite, _ = read_search(operator, search, "body")
    rows = INDEX.execute(
        "SELECT body FROM texts WHERE"
        " (rowid IN (SELECT rowid FROM texts WHERE texts MATCH ?)) <> ?",
        (expression, opposite),
    )
    return {text for (text,) in rows}


def texts_with(*needed: str) -> set[str]:
    return {text for text in TEXTS if all(each in text for each in needed)}


@pytest.mark.parametrize(
    ("operator", "search", "texts"),
    [
        ("plfts", "a b", texts_with("a", "b")),
        ("plfts", "A, b!", texts_with("a", "b")),
        ("phfts", "a b", texts_with("a b")),
        ("wfts", "a or b c", texts_with("a") | texts_with("b", "c")),
        ("wfts", '"a b" -c', texts_with("a b") - texts_with("c")),
        ("wfts", "-a -b", set(TEXTS) - texts_with("a") - texts_with("b")),
        ("wfts", '-"a b" or c', (set(TEXTS) - texts_with("a b")) | texts_with("c")),
        ("wfts", 'a "b', texts_with("a", "b")),
        ("fts", "a & b", texts_with("a", "b")),
        ("fts", "!a | b & c", (set(TEXTS) - texts_with("a")) | texts_with("b", "c")),
        ("fts", "!(a | b)", set(TEXTS) - texts_with("a") - texts_with("b")),
        ("fts", "a <-> b <-> c", texts_with("a b c")),
        ("fts", "'a b' & c", texts_with("a b", "c")),
        ("fts", "a:*", texts_with("a")),
        ("fts", "!!a", texts_with("a")),
    ],
)
def test_a_search_finds_what_it_means(operator: str, search: str, texts: set[str]) -> None:
    assert found(operator, search) == texts


@pytest.mark.parametrize("operator", ["fts", "plfts", "phfts", "wfts"])
@pytest.mark.parametrize("search", ["", "   "])
def test_a_search_for_nothing_finds_nothing(operator: str, search: str) -> None:
    assert found(operator, search) == set()


@pytest.mark.parametrize("search", ["a b", "a &", "& a", "(a", "a)", "a | ", "!", "'a"])
def test_what_to_tsquery_cannot_read_is_refused_in_its_words(search: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_search("fts", search, "body")

    assert (refused.value.code, refused.value.status) == ("42601", 400)
    assert refused.value.message == f'syntax error in tsquery: "{search}"'


@pytest.mark.parametrize("search", ["a <2> b", "a:A", "(a | b) <-> c", "a:* <-> b"])
def test_what_fts5_cannot_do_is_refused(search: str) -> None:
    with pytest.raises(ApiError) as refused:
        read_search("fts", search, "body")

    assert (refused.value.code, refused.value.status) == ("PGRST127", 400)


TERMS = st.recursive(
    st.sampled_from("abc"),
    lambda inner: st.one_of(
        inner.map("!{}".format),
        inner.map("({})".format),
        st.tuples(inner, st.sampled_from("&|"), inner).map("".join),
    ),
    max_leaves=8,
)


def means(search: str, text: str) -> bool:
    """What Python makes of the same condition."""
    words = {word: str(word in text) for word in "abc"}
    condition = "".join(words.get(each, each) for each in search)
    return bool(eval(condition.replace("!", " not ").replace("&", " and ").replace("|", " or ")))


@settings(max_examples=200, deadline=None)
@given(TERMS)
def test_every_condition_means_in_fts5_what_it_says(search: str) -> None:
    assert found("fts", search) == {text for text in TEXTS if means(search, text)}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["fts", "plfts", "phfts", "wfts"]), st.text(max_size=30))
def test_no_search_breaks_fts5(operator: str, search: str) -> None:
    try:
        texts = found(operator, search)
    except ApiError as error:
        refused = error
    else:
        assert texts <= set(TEXTS)
        return
    assert refused.status == 400


@pytest.mark.parametrize(
    ("operator", "search"),
    [
        ("plfts", " ".join(f"w{at}" for at in range(5_000))),
        ("wfts", " or ".join(f"w{at}" for at in range(5_000))),
        ("wfts", " -".join(f"w{at}" for at in range(5_000))),
        ("fts", "&".join(["!a"] * 5_000)),
        ("fts", "|".join(["!a&b"] * 5_000)),
        ("fts", "!" * 5_001 + "a"),
    ],
)
def test_long_searches_do_not_nest(operator: str, search: str) -> None:
    assert found(operator, search) <= set(TEXTS)


def test_deep_brackets_are_refused() -> None:
    with pytest.raises(ApiError) as refused:
        read_search("fts", "(" * 5_000 + "a" + ")" * 5_000, "body")

    assert refused.value.code == "AUTO108"
