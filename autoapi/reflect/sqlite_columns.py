"""What SQLite keeps of a column only in the text of CREATE TABLE.

That is how it sorts, what it is generated from, and whether its numbers are never used
again. Constraints are read in ``sqlite_statements``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autoapi.reflect.sqlite_scanner import Token, closing_position, scan, split_at_commas

__all__ = ["ColumnText", "read_columns_text"]

TABLE_CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


@dataclass(frozen=True, slots=True)
class ColumnText:
    """One column; ``generated`` is its expression with the parentheses around."""

    collation: str | None = None
    generated: str | None = None
    autoincrement: bool = False


def read_columns_text(sql: str) -> dict[str, ColumnText]:
    """The columns of a CREATE TABLE, by their names in small letters.

    >>> read_columns_text("CREATE TABLE t (a COLLATE nocase, b AS (a || 'x'))")["b"]
    ColumnText(collation=None, generated="(a || 'x')", autoincrement=False)
    """
    tokens = scan(sql)
    opening = next((at for at, token in enumerate(tokens) if token.is_symbol("(")), None)
    if opening is None:
        return {}
    items = split_at_commas(tokens[opening + 1 : closing_position(tokens, opening)])
    return {
        item[0].text.lower(): read_column(sql, item)
        for item in items
        if item and not item[0].is_word(*TABLE_CONSTRAINTS)
    }


def read_column(sql: str, tokens: Sequence[Token]) -> ColumnText:
    """Read one column; what parentheses enclose is passed over."""
    collation = generated = None
    autoincrement = False
    position = 1
    while position < len(tokens):
        token, after = tokens[position], tokens[position + 1 : position + 2]
        if token.is_symbol("("):
            position = closing_position(tokens, position)
        elif token.is_word("COLLATE") and after:
            collation = after[0].text.upper()
        elif token.is_word("AS") and after and after[0].is_symbol("("):
            closing = closing_position(tokens, position + 1)
            end = tokens[closing].end if closing < len(tokens) else len(sql)
            generated = sql[after[0].start : end]
        elif token.is_word("AUTOINCREMENT"):
            autoincrement = True
        position += 1
    return ColumnText(collation, generated, autoincrement)
