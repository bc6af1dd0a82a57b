"""SQLite's SQL cut into tokens: names, strings, numbers and symbols, with comments gone.

Every way of quoting is understood: ``"name"``, ``[name]``, `` `name` `` and ``'text'``.
What statements mean is in ``sqlite_statements``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["Token", "closing_position", "scan", "split_at_commas"]

CLOSING_QUOTES: Final = {"'": "'", '"': '"', "`": "`", "[": "]"}

TokenKind = Literal["word", "name", "string", "number", "symbol"]


@dataclass(frozen=True, slots=True)
class Token:
    """One token. ``text`` is unquoted; ``start`` and ``end`` are offsets into the SQL.

    A ``word`` is unquoted, so perhaps a keyword; a ``name`` was quoted.
    """

    kind: TokenKind
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether this is one of the keywords, which are given in capitals."""
        return self.kind == "word" and self.text.upper() in words

    def is_symbol(self, symbol: str) -> bool:
        """Whether this is that symbol."""
        return self.kind == "symbol" and self.text == symbol

    @property
    def is_name(self) -> bool:
        """Whether this can name something; SQLite takes even strings as names."""
        return self.kind in ("word", "name", "string")


def scan(sql: str) -> list[Token]:
    """Cut a statement into tokens.

    >>> [token.text for token in scan("a IN ('it''s', 2) -- note")]
    ['a', 'IN', '(', "it's", ',', '2', ')']
    """
    return list(tokens(sql))


def tokens(sql: str) -> Iterator[Token]:
    """The tokens, one after another."""
    position = 0
    while position < len(sql):
        character = sql[position]
        if character.isspace():
            position += 1
        elif sql.startswith("--", position):
            position = end_of(sql, "\n", position)
        elif sql.startswith("/*", position):
            position = end_of(sql, "*/", position + 2)
        else:
            token = token_at(sql, position)
            yield token
            position = token.end


def end_of(sql: str, mark: str, position: int) -> int:
    """Just after the next ``mark``, or the end of the statement."""
    found = sql.find(mark, position)
    return len(sql) if found < 0 else found + len(mark)


def token_at(sql: str, start: int) -> Token:
    """The token that begins at ``start``, which is no space and no comment."""
    character = sql[start]
    if character in CLOSING_QUOTES:
        return quoted_token(sql, start)
    if character.isdigit():
        return run_of("number", sql, start, "._")
    if character.isalpha() or character == "_" or character > "\x7f":
        return run_of("word", sql, start, "_$")
    return Token("symbol", character, start, start + 1)


def quoted_token(sql: str, start: int) -> Token:
    """A string or quoted name; the closing quote doubled stands for itself, ``]`` cannot."""
    quote = CLOSING_QUOTES[sql[start]]
    position = start + 1
    while True:
        position = end_of(sql, quote, position)
        if quote == "]" or not sql.startswith(quote, position):
            break
        position += 1
    text = sql[start + 1 : position - 1]
    if quote != "]":
        text = text.replace(quote * 2, quote)
    return Token("string" if quote == "'" else "name", text, start, position)


def run_of(kind: TokenKind, sql: str, start: int, others: str) -> Token:
    """Letters, digits, ``others`` and whatever is not ASCII, as far as they go."""
    end = start + 1
    while end < len(sql) and (sql[end].isalnum() or sql[end] in others or sql[end] > "\x7f"):
        end += 1
    return Token(kind, sql[start:end], start, end)


def closing_position(tokens: Sequence[Token], opening: int) -> int:
    """The position of the parenthesis that closes the one at ``opening``, or the end."""
    depth = 0
    for position in range(opening, len(tokens)):
        if tokens[position].is_symbol("("):
            depth += 1
        elif tokens[position].is_symbol(")"):
            depth -= 1
            if depth == 0:
                return position
    return len(tokens)


def split_at_commas(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """The parts between commas that no parentheses enclose."""
    parts: list[Sequence[Token]] = []
    depth = first = 0
    for position, token in enumerate(tokens):
        if token.is_symbol("("):
            depth += 1
        elif token.is_symbol(")"):
            depth -= 1
        elif token.is_symbol(",") and depth == 0:
            parts.append(tokens[first:position])
            first = position + 1
    parts.append(tokens[first:])
    return parts
