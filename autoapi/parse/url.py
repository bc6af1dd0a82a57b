"""The query string: parameters told apart, read, and their plain values lifted out.

``skeleton`` is the fast door. It lifts plain values out of a query string without
reading the rest, so that ``id=eq.1`` and ``id=eq.2`` meet in one cache entry; whatever
is not plain stays in the key, which costs a cache entry and never a wrong answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from autoapi.errors import bad_request_text, nul_character, too_long
from autoapi.parse.fields import parse_names, parse_path
from autoapi.parse.filters import Slots, parse_comparison, parse_logic
from autoapi.parse.order import parse_order
from autoapi.parse.ranges import Span, embedded_count, read_span
from autoapi.parse.scanner import Scanner
from autoapi.parse.select import parse_select
from autoapi.parse.types import (
    Filter,
    Ordering,
    Path,
    Query,
    SelectAll,
    SelectItem,
    Value,
    Window,
)

__all__ = [
    "MAX_QUERY",
    "RESERVED",
    "ParsedQuery",
    "decode_text",
    "parse_item_key",
    "parse_query",
    "plain_value",
    "skeleton",
]

# Characters; longer lists belong in a function's body. httptools refuses an address of
# 64 KiB itself, in plain text, so ours comes a little earlier.
MAX_QUERY = 61_440
MAX_PARAMETERS = 500

BOUNDS = frozenset({"limit", "offset"})
EVERYTHING = Span()
WHOLE = frozenset({"select", "columns", "on_conflict"})
AT_A_PATH = frozenset({"order", "limit", "offset", "and", "or"})
RESERVED = WHOLE | AT_A_PATH
PLAIN_OPERATORS = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike"})
PATTERNS = frozenset({"like", "ilike"})
HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query string, read. ``literals`` are the slots of the values ``skeleton`` lifts out.

    Not ``reusable``: a value that is lifted out was needed to make sense of another.
    """

    query: Query
    values: tuple[Value, ...]
    literals: tuple[int, ...]
    reusable: bool = True  # by other query strings with the same skeleton


def skeleton(raw: str) -> tuple[str, list[str]]:
    """Tell a query string's plain values from the rest: (key, values still encoded).

    >>> skeleton("id=eq.7&order=id&limit=20")
    ('id=eq&order=id&limit', ['eq.7', '20'])
    """
    key: list[str] = []
    values: list[str] = []
    for part in raw.split("&"):
        name, _, text = part.partition("=")
        if is_plain(name, text):
            values.append(text)
            key.append(name if text.isdigit() else f"{name}={text[: text.index('.')]}")
        else:
            key.append(part)
    return "&".join(key), values


def is_plain(name: str, text: str) -> bool:
    """Whether a parameter is one operator and one value, or a count of rows."""
    if name in ("limit", "offset"):
        digits = text.isdigit() and text.isascii() and len(text) < 19
        return digits and not (name == "limit" and text[0] == "0")
    operator, dot, _ = text.partition(".")
    return bool(dot) and operator in PLAIN_OPERATORS and name.rpartition(".")[2] not in RESERVED


def plain_value(text: str) -> Value:
    """The value of a parameter that ``skeleton`` lifted out.

    >>> plain_value("like.a*"), plain_value("20")
    ('a%', 20)
    """
    operator, dot, value = text.partition(".")
    if not dot:
        return int(text)
    if "%" in value or "+" in value:
        value = decode_text(value, "a filter")
    return value.replace("*", "%") if operator in PATTERNS else value


def parse_query(
    raw: str, before: tuple[Value, ...] = (), range_header: str | None = None
) -> ParsedQuery:
    """Read a whole query string; its values take the slots after those of ``before``.

    A ``Range`` header bounds the rows like limit and offset. Raises PGRST100 (400) where
    the string breaks the grammar, PGRST103 (416) for a range of no rows, AUTO109 (414) when
    it is longer than 60 KiB or has over 500 parameters.
    """
    if len(raw) > MAX_QUERY:
        raise too_long("The query string", MAX_QUERY)
    parts = raw.split("&")
    if len(parts) > MAX_PARAMETERS:
        raise too_long("The list of parameters", MAX_PARAMETERS)
    reader = QueryReader(before, range_header)
    for part in parts:
        if part:
            reader.read(part)
    return reader.result()


class Bound(NamedTuple):
    """A limit or offset of the table itself; ``slot`` where it is plain."""

    text: str
    slot: int | None


class QueryReader:
    """Gathers one query string's parameters; a builder, gone when the query is made."""

    def __init__(self, before: tuple[Value, ...], range_header: str | None) -> None:
        self.slots = Slots(before)
        self.range_header = range_header
        self.bounds: dict[str, Bound] = {}
        self.literals: list[int] = []
        self.select: tuple[SelectItem, ...] = (SelectAll(),)
        self.filters: list[Filter] = []
        self.orderings: dict[Path, Ordering] = {}
        self.windows: dict[Path, Window] = {}
        self.columns: tuple[str, ...] | None = None
        self.on_conflict: tuple[str, ...] | None = None

    def result(self) -> ParsedQuery:
        """What was gathered."""
        window, reusable = self.read_window()
        if window is not None:
            self.windows[()] = window
        query = Query(
            self.select,
            tuple(self.filters),
            tuple(self.orderings.values()),
            tuple(self.windows.values()),
            self.columns,
            self.on_conflict,
        )
        return ParsedQuery(query, tuple(self.slots), tuple(self.literals), reusable)

    def read_window(self) -> tuple[Window | None, bool]:
        """Which rows of the table itself, and whether other plain values mean it likewise."""
        limit, offset = self.bounds.get("limit"), self.bounds.get("offset")
        given = [each for each in (limit, offset) if each is not None]
        if self.range_header is None and all(each.slot is not None for each in given):
            window = Window((), limit and limit.slot, offset and offset.slot)
            return window if given else None, True
        span = read_span(limit and limit.text, offset and offset.text, self.range_header)
        reusable = all(each.slot is None for each in given)
        if span == EVERYTHING:
            return None, reusable
        # The same skeleton must have the same slots, unless nothing else has it.
        start = self.slots.put(span.offset) if span.offset or not reusable else None
        most = None if span.limit is None else self.slots.put(span.limit)
        return Window((), most, start), reusable

    def read(self, part: str) -> None:
        """Read one ``name=text``."""
        raw_name, equals, raw_text = part.partition("=")
        name = decode_text(raw_name, "a parameter's name")
        text = decode_text(raw_text, f"the parameter '{name}'")
        plain = is_plain(raw_name, raw_text)
        if plain:
            self.literals.append(len(self.slots))
        last = name.rpartition(".")[2]
        if name in BOUNDS:
            if equals:
                self.bounds[name] = Bound(text, self.slots.put(int(text)) if plain else None)
        elif name in WHOLE:
            if equals:
                self.read_whole(name, text)
        elif last in AT_A_PATH:
            if equals:
                self.read_at_path(name, last, text)
        else:
            self.read_filter(name, text)

    def read_whole(self, name: str, text: str) -> None:
        """Read a parameter that concerns the whole request."""
        match name:
            case "select":
                self.select = parse_select(text)
            case "columns":
                self.columns = parse_names(text, name)
            case _:
                self.on_conflict = parse_names(text, name)

    def read_at_path(self, name: str, last: str, text: str) -> None:
        """Read an order, limit, offset, and, or, of the table or of an embed."""
        path = parse_embed_path(name[: -len(last)].removesuffix("."), last)
        match last:
            case "order":
                self.orderings[path] = Ordering(path, parse_order(text))
            case "limit" | "offset":
                count = embedded_count(last, text)
                slot = None if count is None else self.slots.put(count)
                old = self.windows.get(path, Window(path))
                changed = replace(old, limit=slot) if last == "limit" else replace(old, offset=slot)
                self.windows[path] = changed
            case _:
                negated = bool(path) and path[-1] == "not"
                where = path[:-1] if negated else path
                self.filters.append(Filter(where, parse_logic(last, negated, text, self.slots)))

    def read_filter(self, name: str, text: str) -> None:
        """Read a filter on a column."""
        path, field = parse_path(name, "filter")
        self.filters.append(Filter(path, parse_comparison(field, text, self.slots)))


def parse_embed_path(text: str, last: str) -> Path:
    """Read the names before ``.order`` and its like."""
    if not text:
        return ()
    path, field = parse_path(text, last)
    return (*path, field.name)


def decode_text(raw: str, where: str) -> str:
    """Undo percent encoding, ``+`` being a blank.

    Raises PGRST100 (400) for a truncated escape or bytes that are not UTF-8, 22021 (400)
    for U+0000.
    """
    text = raw.replace("+", " ") if "+" in raw else raw
    if "%" in text or not text.isascii():
        check_escapes(text, where)
        try:
            text = unquote_to_bytes(text.encode("latin-1", "replace")).decode("utf-8")
        except UnicodeDecodeError as error:
            raise bad_request_text(where, "it is not UTF-8") from error
    if "\x00" in text:
        raise nul_character(where)
    return text


def check_escapes(text: str, where: str) -> None:
    """Two hexadecimal digits must follow every percent sign."""
    position = text.find("%")
    while position != -1:
        digits = text[position + 1 : position + 3]
        if len(digits) != 2 or not HEX_DIGITS.issuperset(digits):
            raise bad_request_text(where, f"truncated percent escape at character {position}")
        position = text.find("%", position + 3)


def parse_item_key(text: str) -> tuple[str, ...]:
    """Read the values of a composite key in an address: ``7,2`` or ``"a,b",2``.

    >>> parse_item_key('7,"a,b"')
    ('7', 'a,b')
    """
    scan = Scanner(text, parameter="item key")
    values = [read_key_value(scan)]
    while scan.take(","):
        values.append(read_key_value(scan))
    scan.end()
    return tuple(values)


def read_key_value(scan: Scanner) -> str:
    """Read one value of a key, quoted or up to a comma."""
    return scan.quoted() if scan.peek('"') else scan.until(",")
