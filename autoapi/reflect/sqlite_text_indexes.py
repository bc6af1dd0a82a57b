"""Full text indexes of SQLite: FTS5 tables, read from the statements that made them.

One is its own table of texts, or lies over another table (``content=``), whose rows it
finds by ``content_rowid``. One without any content finds rows that nobody can show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autoapi.catalogue import TextIndex
from autoapi.reflect.sqlite_scanner import Token, closing_position, scan, split_at_commas

__all__ = ["read_text_index", "text_indexes"]

ROWID_NAMES = frozenset({"rowid", "oid", "_rowid_"})
DEFAULT_TOKENIZER = "unicode61"


@dataclass(frozen=True, slots=True)
class Statement:
    """What an FTS5 table's statement says; ``content`` is None where its texts are its own."""

    columns: tuple[str, ...]
    content: str | None = None
    key: str = "rowid"
    tokenizer: str = DEFAULT_TOKENIZER


def text_indexes(
    statements: Iterable[tuple[str, str]], rowids: Mapping[str, str | None]
) -> dict[tuple[str, str], TextIndex]:
    """The index of each column that has one, by table and column in small letters.

    ``statements`` are names and texts of tables, ``rowids`` the columns that are rowids.
    Of several over one column the first by name is taken.
    """
    found: dict[tuple[str, str], TextIndex] = {}
    for name, sql in sorted(statements):
        statement = read_text_index(sql)
        if statement is None or statement.content == "":
            continue
        table = statement.content or name
        key = statement.key
        if key.lower() in ROWID_NAMES:
            key = rowids.get(table.lower()) or "rowid"
        over = TextIndex(name, key, statement.tokenizer)
        itself = TextIndex(name, "rowid", statement.tokenizer)
        for column in statement.columns:
            found.setdefault((table.lower(), column.lower()), over)
            found.setdefault((name.lower(), column.lower()), itself)
    return found


def read_text_index(sql: str) -> Statement | None:
    """Read a CREATE VIRTUAL TABLE; None for another statement or module.

    >>> read_text_index("CREATE VIRTUAL TABLE f USING fts5(a, b UNINDEXED, content='t')")
    Statement(columns=('a',), content='t', key='rowid', tokenizer='unicode61')
    """
    tokens = scan(sql)
    using = next((at for at, token in enumerate(tokens) if token.is_word("USING")), len(tokens))
    module = tokens[using + 1 : using + 3]
    if len(module) < 2 or not module[0].is_word("FTS5") or not module[1].is_symbol("("):
        return None
    opening = using + 2
    items = split_at_commas(tokens[opening + 1 : closing_position(tokens, opening)])
    options = dict(each for item in items for each in option_of(item))
    columns = tuple(item[0].text for item in items if item and is_searched(item))
    return Statement(
        columns,
        options.get("content"),
        options.get("content_rowid", "rowid"),
        options.get("tokenize", DEFAULT_TOKENIZER),
    )


def option_of(item: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """An option's name and value, if the item is one."""
    if len(item) > 2 and item[1].is_symbol("="):
        yield item[0].text.lower(), " ".join(token.text for token in item[2:])


def is_searched(item: Sequence[Token]) -> bool:
    """Whether an item is a column in which words are looked for."""
    is_option = len(item) > 1 and item[1].is_symbol("=")
    return item[0].is_name and not is_option and not any(t.is_word("UNINDEXED") for t in item)
