"""Full text indexes of SQLite, as their statements and the tables under them say."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoapi.catalogue import TextIndex
from tests.reflect.databases import reflect_file


@pytest.mark.parametrize(
    ("index", "key", "tokenizer"),
    [
        ("fts5(body, content='pages', content_rowid='id')", "id", "unicode61"),
        ("fts5(other, \"body\", content=pages, tokenize='porter ascii')", "id", "porter ascii"),
        ('fts5([body], content = "pages", content_rowid = number)', "number", "unicode61"),
        ("fts5(body UNINDEXED, content='pages')", None, None),
        ("fts5(body, content='')", None, None),
        ("fts5(body)", None, None),
    ],
)
def test_an_index_over_a_table_is_known_to_its_columns(
    tmp_path: Path, index: str, key: str | None, tokenizer: str | None
) -> None:
    catalogue = reflect_file(
        tmp_path,
        "CREATE TABLE pages (id integer PRIMARY KEY, number integer, body text, other text);"
        f"CREATE VIRTUAL TABLE words USING {index}",
    )

    found = catalogue.by_key["main", "pages"].by_name["body"].text_index
    expected = None if key is None or tokenizer is None else TextIndex("words", key, tokenizer)
    assert found == expected


def test_a_table_without_such_a_key_is_found_by_its_rowid(tmp_path: Path) -> None:
    catalogue = reflect_file(
        tmp_path,
        "CREATE TABLE pages (body text);"
        " CREATE VIRTUAL TABLE words USING fts5(body, content=pages)",
    )

    index = catalogue.by_key["main", "pages"].by_name["body"].text_index
    assert index == TextIndex("words", "rowid")
