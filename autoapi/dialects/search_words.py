"""What a full text search asks for: PostgreSQL's four ways of writing it, and FTS5's one.

FTS5 has AND and OR, and NOT only as "this but not that". Any condition is one of these or
the opposite of one, so a search becomes an expression and whether it is turned round.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from autoapi.errors import ApiError, not_implemented, too_deep

__all__ = ["Match", "read_search"]

MAX_DEPTH = 32  # of brackets
NOTHING = '""'  # what FTS5 finds nowhere
WORD = re.compile(r"\w+")
# In to_tsquery: quoted words, an operator, or a word up to one; then what may be tied to it.
OPERAND = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<bare>(?:[^\s&|!()<:'\\]|\\.)+)", re.DOTALL)
WEIGHT = re.compile(r":(?P<marks>[A-Da-d*]*)")
DISTANCE = re.compile(r"<(?P<words>-|\d+)>")
WEB_TERM = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one after the other; the last may be the beginning of one."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Both:
    """Two searches that must both succeed."""

    first: Search
    second: Search


@dataclass(frozen=True, slots=True)
class Either:
    """Two searches of which one must succeed."""

    first: Search
    second: Search


@dataclass(frozen=True, slots=True)
class Without:
    """A search that must fail."""

    inner: Search


Search = Phrase | Both | Either | Without


class Match(NamedTuple):
    """A search as FTS5 takes it; ``opposite`` when those are meant that it does not find.

    ``tie`` is the operator at its top, of those that bind loosely.
    """

    expression: str
    opposite: bool = False
    tie: str = ""


# FTS5's operators, the loosest first.
TIES = ("OR", "AND", "NOT", "")


def read_search(operator: str, text: str, column: str) -> Match:
    """The search of a column, by one of the operators ``fts``, ``plfts``, ``phfts``, ``wfts``.

    >>> read_search("wfts", 'fat -"wild cats"', "body").expression
    '"body" : ("fat" NOT "wild cats")'

    Raises 42601 (400) where ``to_tsquery`` finds fault.
    """
    search = READERS[operator](text)
    if search is None:
        return Match(NOTHING)
    expression, opposite, _ = matched(search)
    quoted = column.replace('"', '""')
    return Match(f'"{quoted}" : ({expression})', opposite)


def matched(search: Search) -> Match:
    """A search as an expression, or the opposite of one."""
    match search:
        case Phrase(words, prefix):
            return Match('"' + " ".join(words) + '"' + (" *" if prefix else ""))
        case Without(inner):
            return turned(matched(inner))
        case Both(first, second):
            return both(matched(first), matched(second))
        case Either(first, second):
            return turned(both(turned(matched(first)), turned(matched(second))))
    assert_never(search)


def turned(found: Match) -> Match:
    """The opposite."""
    return found._replace(opposite=not found.opposite)


def both(first: Match, second: Match) -> Match:
    """What two expressions, or their opposites, find both."""
    match first.opposite, second.opposite:
        case False, False:
            return tied(first, "AND", second)
        case False, True:
            return tied(first, "NOT", second)
        case True, False:
            return tied(second, "NOT", first)
        case _:
            return turned(tied(first, "OR", second))


def tied(first: Match, tie: str, second: Match) -> Match:
    """Two expressions with an operator between, in brackets where they need them."""
    binding = TIES.index(tie)
    left, right = TIES.index(first.tie), TIES.index(second.tie)
    one = f"({first.expression})" if left < binding else first.expression
    tight = right > binding or (right == binding and tie != "NOT")
    two = second.expression if tight else f"({second.expression})"
    return Match(f"{one} {tie} {two}", tie=tie)


def phrase_of(text: str, *, prefix: bool = False) -> Search | None:
    """All words of a text one after the other; None if it has none."""
    words = tuple(WORD.findall(text))
    return Phrase(words, prefix) if words else None


def all_of(parts: list[Search | None]) -> Search | None:
    """Searches that must all succeed, without those that ask for nothing."""
    return joined(Both, parts)


def joined(kind: Callable[[Search, Search], Search], parts: list[Search | None]) -> Search | None:
    """Searches tied together by halves, so that many of them do not nest deep."""
    given = [part for part in parts if part is not None]
    if not given:
        return None
    while len(given) > 1:
        pairs = [kind(one, two) for one, two in zip(given[::2], given[1::2], strict=False)]
        given = [*pairs, given[-1]] if len(given) % 2 else pairs
    return given[0]


def plain_words(text: str) -> Search | None:
    """``plainto_tsquery``: every word must be there."""
    return all_of([phrase_of(word) for word in WORD.findall(text)])


def web_words(text: str) -> Search | None:
    """``websearch_to_tsquery``: words, "phrases", or, and a minus before what must not be there."""
    choices: list[Search | None] = []
    parts: list[Search | None] = []
    for found in WEB_TERM.finditer(text):
        if (found["word"] or "").lower() == "or" and not found["minus"]:
            choices.append(all_of(parts))
            parts = []
            continue
        term = phrase_of(found["phrase"] if found["word"] is None else found["word"])
        parts.append(Without(term) if term is not None and found["minus"] else term)
    return joined(Either, [*choices, all_of(parts)])


def query_words(text: str) -> Search | None:
    """``to_tsquery``: words with ``&``, ``|``, ``!``, ``<->`` and brackets between them."""
    return QueryWords(text).whole()


class QueryWords:
    """A cursor over the text of ``to_tsquery``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> Search | None:
        """Read all of it; nothing at all asks for nothing."""
        self.blanks()
        if self.at == len(self.text):
            return None
        found = self.choices(0)
        if self.at < len(self.text):
            raise self.fault()
        return found

    def fault(self) -> ApiError:
        """The text breaks the grammar, as PostgreSQL says it."""
        return ApiError("42601", 400, f'syntax error in tsquery: "{self.text}"')

    def blanks(self) -> None:
        """Step over blanks."""
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def take(self, token: str) -> bool:
        """Step over a token and the blanks after it."""
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        self.blanks()
        return True

    def choices(self, depth: int) -> Search | None:
        """Read what has ``|`` between."""
        if depth > MAX_DEPTH:
            raise too_deep("The search", MAX_DEPTH)
        parts = [self.conjunction(depth)]
        while self.take("|"):
            parts.append(self.conjunction(depth))
        return joined(Either, parts)

    def conjunction(self, depth: int) -> Search | None:
        """Read what has ``&`` between."""
        parts = [self.sequence(depth)]
        while self.take("&"):
            parts.append(self.sequence(depth))
        return all_of(parts)

    def sequence(self, depth: int) -> Search | None:
        """Read what has ``<->`` between: words that follow each other."""
        found = self.term(depth)
        while (distance := DISTANCE.match(self.text, self.at)) is not None:
            self.at = distance.end()
            self.blanks()
            following = self.term(depth)
            if distance["words"] not in ("-", "1"):
                raise not_implemented("SQLite does not support a distance between words")
            if found is None or following is None:
                found = found or following
                continue
            if not isinstance(found, Phrase) or not isinstance(following, Phrase) or found.prefix:
                raise not_implemented("SQLite does not support <-> but between words")
            found = Phrase((*found.words, *following.words), following.prefix)
        return found

    def term(self, depth: int) -> Search | None:
        """Read ``!term``, ``(search)`` or words."""
        negated = False
        while self.take("!"):
            negated = not negated
        found = self.bracketed(depth) if self.take("(") else self.words()
        return Without(found) if negated and found is not None else found

    def bracketed(self, depth: int) -> Search | None:
        """Read what stands in brackets."""
        found = self.choices(depth + 1)
        if not self.take(")"):
            raise self.fault()
        return found

    def words(self) -> Search | None:
        """Read words, with what is tied to them."""
        found = OPERAND.match(self.text, self.at)
        if found is None:
            raise self.fault()
        self.at = found.end()
        prefix = self.marks()
        self.blanks()
        quoted = found["quoted"]
        words = found["bare"].replace("\\", "") if quoted is None else quoted.replace("''", "'")
        return phrase_of(words, prefix=prefix)

    def marks(self) -> bool:
        """Read ``:*``; weights, which FTS5 does not have, are refused."""
        found = WEIGHT.match(self.text, self.at)
        if found is None:
            return False
        self.at = found.end()
        if set(found["marks"]) - {"*"}:
            raise not_implemented("SQLite does not support weights in a search")
        return "*" in found["marks"]


READERS: dict[str, Callable[[str], Search | None]] = {
    "fts": query_words,
    "plfts": plain_words,
    "phfts": phrase_of,
    "wfts": web_words,
}
