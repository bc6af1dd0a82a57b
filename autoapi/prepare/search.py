"""``search=para 500``: words looked for in the columns that an override names for it.

The parameter is written as what it means in PostgREST's grammar, a condition for each word, so
that parse, plan and compile know nothing of it. For lists on the friendly mount alone.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from autoapi.catalogue import Table
from autoapi.errors import bad_argument
from autoapi.parse.encoding import decode_text, split_query

__all__ = ["SEARCHING", "without_search"]

SEARCHING: Final = frozenset({"GET", "HEAD"})
NAME: Final = "search"
MOST_WORDS: Final = 10
PATTERN: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
QUOTED: Final = str.maketrans({"\\": r"\\", '"': r"\""})


def without_search(query: str, table: Table) -> str:
    """A query string with conditions in the place of ``search``.

    It stays as it is for a table that is not searched, or whose column is called so. Raises
    AUTO112 (400) for too many words, and as ``decode_text``.
    """
    if not table.searched or NAME in table.by_name:
        return query
    kept, words = [], []
    for part in split_query(query):
        name, equals, text = part.partition("=")
        if equals and name == NAME:
            words += decode_text(text, NAME).split()
        else:
            kept.append(part)
    if len(words) > MOST_WORDS:
        raise bad_argument("query", NAME, f"it has more than {MOST_WORDS} words")
    if words:
        conditions = ",".join(condition(word, table.searched) for word in words)
        kept.append(f"and={quote(f'({conditions})', safe='')}")
    return "&".join(kept)


def condition(word: str, columns: tuple[str, ...]) -> str:
    """That a word stands in one of some columns; a star in it is any text.

    >>> condition('50%', ("name", "sku"))
    'or("name".ilike."*50\\\\\\\\%*","sku".ilike."*50\\\\\\\\%*")'
    """
    pattern = f"*{word.translate(PATTERN)}*".translate(QUOTED)
    tests = (f'"{column.translate(QUOTED)}".ilike."{pattern}"' for column in columns)
    return f"or({','.join(tests)})"
