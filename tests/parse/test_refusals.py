"""What is refused, and in which words: those of PostgREST's parser, fact by fact.

``refusals.jsonl`` has a line for each: the parameter, its text, the column where it breaks
(or line and column), and the details of the answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autoapi.errors import ApiError
from autoapi.parse.refusals import Refused, explain, place
from autoapi.parse.scanner import Scanner
from autoapi.parse.url import parse_query
from tests.parse import reading

LINES = (Path(__file__).parent / "refusals.jsonl").read_text().splitlines()

READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "select": ("select parameter", reading.select),
    "filter": ("filter", reading.comparison),
    "order": ("order", reading.order),
    "logic": ("logic tree", lambda text: reading.tree("or", text)),
    "columns": ("columns parameter", reading.names),
    "path": ("tree path", reading.path),
}


@pytest.mark.parametrize("line", LINES)
def test_a_refusal_has_postgrests_words_and_column(line: str) -> None:
    kind, text, where, details = json.loads(line)
    name, read = READERS[kind]
    row, column = where if isinstance(where, list) else (1, where)

    with pytest.raises(ApiError) as refused:
        read(text)

    error = refused.value
    assert (error.code, error.status, error.details, error.hint) == ("PGRST100", 400, details, None)
    assert error.message == f'"failed to parse {name} ({text})" (line {row}, column {column})'


@pytest.mark.parametrize(
    ("raw", "first"),
    [
        ("on_conflict=,&a=x&select=id,&columns=,&or=()&order=", "order ("),
        ("on_conflict=,&a=x&select=id,&columns=,&or=()", "logic tree ("),
        ("on_conflict=,&a=x&select=id,&columns=,", "columns parameter ("),
        ("on_conflict=,&a=x&select=id,", "select parameter ("),
        ("on_conflict=,&a=x", "filter ("),
        ("on_conflict=,&(.limit=1", "on_conflict parameter ("),
        ("(.limit=1", "tree path ("),
        ("(.or=()", "logic path ("),
    ],
)
def test_of_several_faults_the_one_is_told_that_postgrest_finds_first(raw: str, first: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_query(raw)

    assert refused.value.message.startswith(f'"failed to parse {first}')


def test_a_tree_is_shown_without_the_name_it_is_read_with() -> None:
    with pytest.raises(ApiError) as refused:
        parse_query("r.not.and=(a.eq.1,b)")

    assert refused.value.message == '"failed to parse logic tree ((a.eq.1,b))" (line 1, column 17)'


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\n", "'\\n'"),
        ("\x0e", "'\\SO'"),
        ("\x7f", "'\\DEL'"),
        ("'", "'\\''"),
        ('"', "'\"'"),
        ("\\", "'\\\\'"),
        ("é", "'\\233'"),
        ("🧪", "'\\129514'"),
    ],
)
def test_a_character_is_shown_as_haskell_shows_it(character: str, shown: str) -> None:
    refused = Refused(0, ["end of input"])

    assert explain(refused, character) == f"unexpected {shown} expecting end of input"


def test_tabs_and_lines_count() -> None:
    assert place("a\n\tb", 3) == (2, 9)
    assert place("1234567\tb", 8) == (1, 9)
    assert place("12345678\tb", 9) == (1, 17)


def test_a_scanner_reads_what_it_is_told_to() -> None:
    scan = Scanner('"a,b".desc', parameter="order")

    assert (scan.name(), scan.take("."), scan.rest()) == ("a,b", True, "desc")
