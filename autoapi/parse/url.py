"""The query string, read: what its parameters are, and each by the module of its kind.

What PostgREST passes over in silence is read the same way here and noted as ignored, for
those who may not lose a condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from autoapi.errors import too_long
from autoapi.parse.encoding import decode_text, split_query
from autoapi.parse.fields import read_dotted, read_names, read_path
from autoapi.parse.filters import Slots, read_comparison, read_tree
from autoapi.parse.order import read_order
from autoapi.parse.ranges import Span, embedded_count, read_number, read_span
from autoapi.parse.refusals import END
from autoapi.parse.scanner import Scanner
from autoapi.parse.select import read_select
from autoapi.parse.skeleton import is_plain
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

__all__ = ["MAX_QUERY", "Ignored", "ParsedQuery", "parse_item_key", "parse_query"]

Read = TypeVar("Read")

# Characters; longer lists belong in a function's body. httptools refuses an address of
# 64 KiB itself, in plain text, so ours comes a little earlier.
MAX_QUERY = 61_440
MAX_PARAMETERS = 500
EVERYTHING = Span()
KEY_VALUE = re.compile(r"[^,]*")


class Ignored(NamedTuple):
    """A parameter that was passed over, or from ``rest`` on; whether it is a condition."""

    name: str
    rest: str | None
    condition: bool


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query string, read. ``literals`` are the slots of the values ``skeleton`` lifts out.

    Not ``reusable``: a value that is lifted out was needed to make sense of another.
    """

    query: Query
    values: tuple[Value, ...]
    literals: tuple[int, ...]
    reusable: bool = True  # by other query strings with the same skeleton
    ignored: tuple[Ignored, ...] = ()


class Kind(Enum):
    """What a parameter is, in the order in which PostgREST finds fault with them."""

    ORDER = "order"
    LOGIC = "logic"
    COLUMNS = "columns"
    SELECT = "select"
    FILTER = "filter"
    ON_CONFLICT = "on_conflict"
    WINDOW = "window"


WHOLE = {"select": Kind.SELECT, "columns": Kind.COLUMNS, "on_conflict": Kind.ON_CONFLICT}
AT_A_PATH = {
    "order": Kind.ORDER,
    "and": Kind.LOGIC,
    "or": Kind.LOGIC,
    "limit": Kind.WINDOW,
    "offset": Kind.WINDOW,
}


class Parameter(NamedTuple):
    """One parameter, decoded; ``text`` is None where no equals sign stands."""

    name: str
    text: str | None
    kind: Kind
    place: int
    plain: bool


class Bound(NamedTuple):
    """A limit or offset of the table itself; ``slot`` where it is plain."""

    text: str
    slot: int | None


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
    parts = split_query(raw)
    if len(parts) > MAX_PARAMETERS:
        raise too_long("The list of parameters", MAX_PARAMETERS)
    given = [read_parameter(part, place) for place, part in enumerate(parts) if part]
    reader = QueryReader(before, range_header)
    for kind in Kind:
        for each in given:
            if each.kind is kind:
                reader.read(each)
    return reader.result()


def read_parameter(part: str, place: int) -> Parameter:
    """Undo a parameter's encoding and tell what it is."""
    raw_name, equals, raw_text = part.partition("=")
    name = decode_text(raw_name, "a parameter's name")
    text = decode_text(raw_text, f"the parameter '{name}'") if equals else None
    kind = WHOLE.get(name) or AT_A_PATH.get(name.rpartition(".")[2], Kind.FILTER)
    return Parameter(name, text, kind, place, is_plain(raw_name, raw_text))


class QueryReader:
    """Gathers one query string's parameters; a builder, gone when the query is made."""

    def __init__(self, before: tuple[Value, ...], range_header: str | None) -> None:
        self.slots = Slots(before)
        self.range_header = range_header
        self.bounds: dict[str, Bound] = {}
        self.literals: list[tuple[int, int]] = []  # (place, slot)
        self.whole: dict[Kind, Any] = {}
        self.filters: list[Filter] = []
        self.trees: list[Filter] = []
        self.orderings: dict[Path, Ordering] = {}
        self.windows: dict[Path, Window] = {}
        self.ignored: list[Ignored] = []

    def result(self) -> ParsedQuery:
        """What was gathered."""
        window, reusable = self.whole_window()
        if window is not None:
            self.windows[()] = window
        select: tuple[SelectItem, ...] | None = self.whole.get(Kind.SELECT)
        query = Query(
            select or (SelectAll(),),
            (*self.filters, *self.trees),
            tuple(self.orderings.values()),
            tuple(self.windows.values()),
            self.whole.get(Kind.COLUMNS),
            self.whole.get(Kind.ON_CONFLICT),
        )
        literals = tuple(slot for _, slot in sorted(self.literals))
        return ParsedQuery(query, tuple(self.slots), literals, reusable, tuple(self.ignored))

    def read(self, given: Parameter) -> None:
        """Read one parameter. Of two that exclude each other the first holds, but for limits."""
        if given.plain:
            self.literals.append((given.place, len(self.slots)))
        match given.kind:
            case Kind.SELECT | Kind.COLUMNS | Kind.ON_CONFLICT:
                if given.kind not in self.whole:
                    self.whole[given.kind] = self.read_whole(given)
            case Kind.ORDER | Kind.WINDOW if given.text is None:
                pass
            case Kind.FILTER | Kind.LOGIC if given.text is None:
                self.ignored.append(Ignored(given.name, None, condition=True))
            case Kind.ORDER:
                path, _ = self.read_name(given, "tree path", read_path)
                terms = self.read_text(given, "order", read_order)
                self.orderings.setdefault(path, Ordering(path, terms))
            case Kind.LOGIC:
                self.read_logic(given, given.text or "")
            case Kind.FILTER:
                path, field = self.read_name(given, "tree path", read_path)
                condition = self.read_text(given, "filter", read_comparison, field, self.slots)
                self.filters.append(Filter(path, condition))
            case Kind.WINDOW:
                self.read_window(given, given.text or "")

    def read_name(self, given: Parameter, what: str, read: Callable[[Scanner], Read]) -> Read:
        """Read a parameter's name."""
        scan = Scanner(given.name, parameter=what)
        found = scan.whole(read)
        self.note_rest(given, scan)
        return found

    def read_text(
        self, given: Parameter, what: str, read: Callable[..., Read], *arguments: Any
    ) -> Read:
        """Read a parameter's text."""
        scan = Scanner(given.text or "", parameter=what)
        found = scan.whole(read, *arguments)
        self.note_rest(given, scan)
        return found

    def note_rest(self, given: Parameter, scan: Scanner) -> None:
        """Note what was left unread, as PostgREST's parser leaves it."""
        if not scan.at_end():
            condition = given.kind in (Kind.FILTER, Kind.LOGIC)
            self.ignored.append(Ignored(given.name, scan.rest(), condition))

    def read_whole(self, given: Parameter) -> tuple[Any, ...] | None:
        """Read a parameter that concerns the whole request."""
        if given.text is None:
            return None
        read = read_select if given.kind is Kind.SELECT else read_names
        return self.read_text(given, f"{given.kind.value} parameter", read)

    def read_logic(self, given: Parameter, text: str) -> None:
        """Read a tree; ``not`` anywhere in the parameter's name negates it."""
        names = self.read_name(given, "logic path", read_dotted)
        connective = f"not.{names[-1]}" if "not" in names else names[-1]
        scan = Scanner(connective + text, parameter="logic tree", given=text)
        condition = scan.whole(read_tree, self.slots)
        self.note_rest(given, scan)
        path = tuple(name for name in names[:-1] if name != "not")
        self.trees.append(Filter(path, condition))

    def read_window(self, given: Parameter, text: str) -> None:
        """Read a limit or offset; one that is no number says nothing. The last of two holds."""
        path, _ = self.read_name(given, "tree path", read_path)
        name = given.name.rpartition(".")[2]
        if read_number(text) is None:
            self.ignored.append(Ignored(given.name, text, condition=False))
        if not path:
            slot = self.slots.put(int(text)) if given.plain else None
            self.bounds[name] = Bound(text, slot)
            return
        count = embedded_count(name, text)
        slot = None if count is None else self.slots.put(count)
        old = self.windows.get(path, Window(path))
        changed = replace(old, limit=slot) if name == "limit" else replace(old, offset=slot)
        self.windows[path] = changed

    def whole_window(self) -> tuple[Window | None, bool]:
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


def parse_item_key(text: str) -> tuple[str, ...]:
    """Read the values of a composite key in an address: ``7,2`` or ``"a,b",2``.

    >>> parse_item_key('7,"a,b"')
    ('7', 'a,b')
    """
    return Scanner(text, parameter="item key").whole(read_item_key)


def read_item_key(scan: Scanner) -> tuple[str, ...]:
    """Read values with commas between, quoted or not."""
    values: list[str] = []
    while True:
        found = None if scan.peek('"') else scan.match(KEY_VALUE)
        values.append(scan.quoted() if found is None else found[0])
        if scan.at_end():
            return tuple(values)
        if not scan.take(","):
            scan.fail(('","', END))
