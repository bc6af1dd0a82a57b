"""Where the columns of SQLite's views come from, as far as the view's text says it plainly.

Read are ``SELECT`` lists over tables and views, joined or not: ``a``, ``t.a``, ``a AS b``,
``*`` and ``t.*``. Anything else in the list has no source, and a view over a subquery, a
WITH or a UNION has none at all: a wrong source would join wrong rows, a missing one only
leaves a relationship out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from autoapi.reflect.sqlite_scanner import Token, scan, split_at_commas

__all__ = ["Origin", "ViewText", "read_view"]

Origin = tuple[str, str]
"""A table or view, and a column of it, by the database's own names."""

COMPOUND: Final = ("UNION", "INTERSECT", "EXCEPT")
AFTER_FROM: Final = ("WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT")
JOINING: Final = ("NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER", "JOIN")


@dataclass(frozen=True, slots=True)
class ViewText:
    """The origin of each column of a view, in their order, or ``None`` for an expression.

    ``single``: its rows are those of one table or view, perhaps fewer.
    """

    origins: tuple[Origin | None, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class Range:
    """A table in FROM: what the view calls it, its name, its columns."""

    alias: str
    table: str
    columns: Sequence[str]


def read_view(sql: str, columns: Mapping[str, Sequence[str]]) -> ViewText | None:
    """Read a CREATE VIEW; ``columns`` are those of every table and view of the database.

    ``None`` when its text is not plain enough.
    """
    query = query_tokens(scan(sql))
    start = find_word(query, ("FROM",), 0)
    if start == len(query) or find_word(query, COMPOUND, 0) < len(query):
        return None
    ranges = read_from(query[start + 1 : find_word(query, AFTER_FROM, start)], columns)
    if not ranges:
        return None
    first = 2 if query[1].is_word("DISTINCT", "ALL") else 1
    merged = find_word(query, ("NATURAL", "USING"), 0) < len(query)
    origins: list[Origin | None] = []
    for item in split_at_commas(query[first:start]):
        starred = starred_ranges(item, ranges)
        if starred and merged:
            return None
        if starred:
            origins += [(each.table, column) for each in starred for column in each.columns]
        else:
            origins.append(origin_of(item, ranges))
    return ViewText(tuple(origins), single=len(ranges) == 1)


def query_tokens(tokens: Sequence[Token]) -> Sequence[Token]:
    """The view's SELECT; empty when it begins otherwise."""
    start = find_word(tokens, ("AS",), 0) + 1
    query = [token for token in tokens[start:] if not token.is_symbol(";")]
    return query if query and query[0].is_word("SELECT") else ()


def find_word(tokens: Sequence[Token], words: Sequence[str], start: int) -> int:
    """The position of the first of ``words`` outside parentheses, or the end."""
    depth = 0
    for position in range(start, len(tokens)):
        token = tokens[position]
        if token.is_symbol("("):
            depth += 1
        elif token.is_symbol(")"):
            depth -= 1
        elif depth == 0 and token.is_word(*words):
            return position
    return len(tokens)


def read_from(tokens: Sequence[Token], columns: Mapping[str, Sequence[str]]) -> list[Range]:
    """The tables in FROM; none when one of them is not plainly a table."""
    known = {name.lower(): name for name in columns}
    ranges: list[Range] = []
    for joined in split_at_joins(tokens):
        found = read_range(joined[: find_word(joined, ("ON", "USING"), 0)])
        if found is None or found[0].lower() not in known:
            return []
        table = known[found[0].lower()]
        ranges.append(Range(found[1], table, columns[table]))
    return ranges


def split_at_joins(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The parts of FROM between commas and the words of joins."""
    for part in split_at_commas(tokens):
        start = 0
        while start <= len(part):
            end = find_word(part, JOINING, start)
            yield part[start:end]
            start = end + 1
            while start < len(part) and part[start].is_word(*JOINING):
                start += 1


def read_range(tokens: Sequence[Token]) -> tuple[str, str] | None:
    """Name and alias of ``[main.]name [[AS] alias]``."""
    if len(tokens) > 2 and tokens[0].text.lower() == "main" and tokens[1].is_symbol("."):
        tokens = tokens[2:]
    if not tokens or not all(token.is_name for token in tokens):
        return None
    names = [token.text for token in tokens if not token.is_word("AS")]
    return (names[0], names[-1]) if len(names) <= 2 else None


def starred_ranges(item: Sequence[Token], ranges: Sequence[Range]) -> Sequence[Range]:
    """The tables that ``*`` or ``t.*`` stands for; none for any other item."""
    if not item or not item[-1].is_symbol("*"):
        return ()
    if len(item) == 1:
        return ranges
    if len(item) == 3 and item[1].is_symbol("."):
        return [each for each in ranges if each.alias.lower() == item[0].text.lower()]
    return ()


def origin_of(item: Sequence[Token], ranges: Sequence[Range]) -> Origin | None:
    """Where ``[t.]column [[AS] name]`` comes from."""
    if len(item) >= 3 and item[1].is_symbol("."):
        ranges = [each for each in ranges if each.alias.lower() == item[0].text.lower()]
        item = item[2:]
    if not item or item[0].kind not in ("word", "name"):
        return None
    name, rest = item[0].text.lower(), item[1:]
    if rest and rest[0].is_word("AS"):
        rest = rest[1:]
    if len(rest) > 1 or not all(token.is_name for token in rest):
        return None
    found = [
        (each.table, column) for each in ranges for column in each.columns if column.lower() == name
    ]
    return found[0] if len(found) == 1 else None
