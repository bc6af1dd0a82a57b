"""Filters: ``column=not.operator(any).value`` and the trees of ``and`` and ``or``.

Values leave for the slots as text; what they mean to a column is decided later.
"""

from __future__ import annotations

import re

from autoapi.errors import too_deep, too_long
from autoapi.operators import OPERATORS, STATES
from autoapi.parse.fields import read_field
from autoapi.parse.refusals import DELIMITER, Refused
from autoapi.parse.scanner import Scanner, unescaped
from autoapi.parse.types import AllOf, AnyOf, Compare, Condition, Field, Not, Quantifier, Value

__all__ = ["MAX_LOGIC_DEPTH", "Slots", "read_comparison", "read_tree"]

# A tree this deep is written by no person; SQLAlchemy takes five calls for each level.
MAX_LOGIC_DEPTH = 100
MAX_CONDITIONS = 1_000  # of one tree; 7,000 take more than a second to be written

QUANTIFIERS: dict[str, Quantifier] = {"any": "any", "all": "all"}
OPERATOR = ("operator (eq, gt, ...)",)
STATE = ("isVal: (null, not_null, true, false, unknown)",)
NEGATION = "negation operator (not)"
CONNECTIVE = "logic operator (and, or)"
QUOTE = '"\\""'
AFTER_ELEMENT = ('","', '")"')

OPERATOR_NAME = re.compile("|".join(sorted(OPERATORS, key=len, reverse=True)))
STATE_WORD = re.compile("|".join(STATES), re.IGNORECASE | re.ASCII)
GROUP = re.compile(r"(not\.)?(and|or)[ \t]*(?=\()")
# Quotes protect commas and brackets only where one of them, or the end, follows.
ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*+)"(?=[,)]|\Z)|([^,)]*)', re.DOTALL)
OPERAND = re.compile(r'"((?:[^"\\]|\\.)*+)"(?=[,)]|\Z)|(\{[^{}]*\}|[^,)]*)', re.DOTALL)


class Slots(list[Value]):
    """The values met so far; a shape holds their numbers."""

    def put(self, value: Value) -> int:
        """Keep ``value`` and tell its slot."""
        self.append(value)
        return len(self) - 1


def read_comparison(scan: Scanner, field: Field, slots: Slots) -> Condition:
    """Read the right side of ``column=``, whose value goes to the end of the text.

    >>> slots = Slots()
    >>> read_comparison(Scanner("gte.18", parameter="filter"), Field("age"), slots), slots
    (Compare(field=Field(name='age', steps=()), operator='gte', slot=0, quantifier=None,
    state=None, language=None), ['18'])
    """
    return read_operation(scan, field, slots, nested=False)


def read_tree(scan: Scanner, slots: Slots) -> Condition:
    """Read ``and(...)`` or ``or(...)``: a bracketed list of conditions, after ``not.`` or not.

    What follows the last bracket is left unread.
    """
    return read_node(scan, slots, depth=1)


def read_node(scan: Scanner, slots: Slots, depth: int) -> Condition:
    """Read a nested group or one comparison."""
    group = scan.match(GROUP)
    if group is not None:
        return read_group(scan, group, slots, depth)
    scan.conditions += 1
    if scan.conditions > MAX_CONDITIONS:
        raise too_long("The logic tree", MAX_CONDITIONS)
    start = scan.offset
    try:
        field, more = read_field(scan)
        if not scan.take("."):
            scan.fail((*more, DELIMITER))
        return read_operation(scan, field, slots, nested=True)
    except Refused as refused:
        raise no_group(scan, start, refused) from None


def no_group(scan: Scanner, start: int, refused: Refused) -> Refused:
    """Why a text is neither a comparison, which ``refused`` tells, nor a group."""
    text = scan.text
    negated = text.startswith("not.", start)
    at = start + len("not.") if negated else start
    word = next((each for each in ("and", "or") if text.startswith(each, at)), None)
    if word is not None:
        at += len(word)
        while text.startswith((" ", "\t"), at):
            at += 1
        return Refused(at, ('"("',))
    if text.startswith("o", at):
        return Refused(at, ('"or"',), scan.mismatch("or", at))
    if negated:
        return Refused(at, (CONNECTIVE,), scan.mismatch("and", at))
    unended = start + len("not") if text.startswith("not", start) else start
    if refused.offset > unended:
        return refused
    also = (NEGATION,) if unended > start else (NEGATION, CONNECTIVE)
    return Refused(refused.offset, (*refused.expected, *also), refused.found)


def read_group(scan: Scanner, group: re.Match[str], slots: Slots, depth: int) -> Condition:
    """Read ``(condition,condition)`` after ``and`` or ``or``."""
    if depth > MAX_LOGIC_DEPTH:
        raise too_deep("The logic tree", MAX_LOGIC_DEPTH)
    scan.take("(")
    scan.spaces()
    parts = [read_node(scan, slots, depth + 1)]
    while True:
        blank = scan.spaces()
        if scan.take(","):
            scan.spaces()
            parts.append(read_node(scan, slots, depth + 1))
        elif blank:
            scan.fail(('","',))
        elif scan.take(")"):
            break
        else:
            lacking = len(parts) == 1 and slots and slots[-1] == "" and scan.text.endswith(".")
            scan.fail((QUOTE, '"{"', *AFTER_ELEMENT) if lacking else AFTER_ELEMENT)
    scan.spaces()
    found = AllOf(tuple(parts)) if group[2] == "and" else AnyOf(tuple(parts))
    return Not(found) if group[1] else found


def read_operation(scan: Scanner, field: Field, slots: Slots, *, nested: bool) -> Condition:
    """Read ``not.operator(quantifier).value``."""
    if scan.peek("not"):
        if not scan.take("not."):
            scan.fail((DELIMITER,), at=scan.offset + len("not"))
        return Not(read_positive(scan, field, slots, nested=nested, first="in"))
    return read_positive(scan, field, slots, nested=nested, first="not")


def read_positive(
    scan: Scanner, field: Field, slots: Slots, *, nested: bool, first: str
) -> Compare:
    """Read ``operator(quantifier).value``; ``first`` is the word that is looked for first."""
    name = scan.match(OPERATOR_NAME)
    if name is None:
        scan.fail(OPERATOR if first == "in" else ('"not"', *OPERATOR), word=first)
    row = OPERATORS[name[0]]
    quantifier = take_quantifier(scan) if row.quantifiable else None
    language = take_language(scan) if row.operand == "search" else None
    if not scan.take("."):
        scan.fail(OPERATOR)
    if row.operand == "state":
        return Compare(field, row.name, state=read_state(scan))
    if row.operand == "list":
        return Compare(field, row.name, slots.put(read_list(scan)))
    text = read_operand(scan) if nested else scan.rest()
    if row.operand == "pattern":
        text = text.replace("*", "%")
    return Compare(field, row.name, slots.put(text), quantifier, language=language)


def take_quantifier(scan: Scanner) -> Quantifier | None:
    """Read ``(any)`` or ``(all)``, if a bracket stands here."""
    if not scan.take("("):
        return None
    found = next((each for each in QUANTIFIERS if scan.take(each)), None)
    if found is None:
        scan.fail(OPERATOR, word="all")  # which is tried last, for good
    if not scan.take(")"):
        scan.fail(OPERATOR)
    return QUANTIFIERS[found]


def take_language(scan: Scanner) -> str | None:
    """Read ``(english)``, if a bracket stands here."""
    if not scan.take("("):
        return None
    start = scan.offset
    scan.offset = scan.plain_end(start)
    language = scan.text[start : scan.offset].strip()
    if scan.offset == start or not scan.take(")"):
        scan.fail(OPERATOR)
    return language


def read_operand(scan: Scanner) -> str:
    """Read a value inside a tree: up to a comma or bracket, which quotes protect.

    ``{...}`` is taken whole.
    """
    found = OPERAND.match(scan.text, scan.offset)
    if found is None:
        raise AssertionError("the pattern fits nothing at all, too")
    scan.offset = found.end()
    return unescaped(found[1]) if found[1] is not None else found[2]


def read_state(scan: Scanner) -> str:
    """Read what follows ``is.``, in any case; more letters after it are left unread."""
    found = scan.match(STATE_WORD)
    if found is not None:
        return found[0].lower()
    text = scan.text[scan.offset : scan.offset + max(map(len, STATES))].lower()
    alike = max(common_start(text, state) for state in STATES)
    return scan.fail(STATE, at=scan.offset + alike)


def common_start(text: str, word: str) -> int:
    """How many characters two texts have in common at their start."""
    pairs = enumerate(zip(text, word, strict=False))
    return next((at for at, (ours, theirs) in pairs if ours != theirs), min(len(text), len(word)))


def read_list(scan: Scanner) -> tuple[str, ...]:
    """Read ``(a,"b,c")``; a list of one empty text is empty. What follows is left unread."""
    scan.spaces()
    if not scan.take("("):
        scan.fail(('"("',))
    scan.spaces()
    text, at = scan.text, scan.offset
    items: list[str] = []
    while True:
        found = ELEMENT.match(text, at)
        if found is None:
            raise AssertionError("the pattern fits nothing at all, too")
        items.append(unescaped(found[1]) if found[1] is not None else found[2])
        at = found.end()
        if not text.startswith(",", at):
            break
        at += 1
    scan.offset = at
    if not scan.take(")"):
        lone = len(items) == 1 and not items[0]
        scan.fail((QUOTE, *AFTER_ELEMENT) if lone and text[at - 1] != '"' else AFTER_ELEMENT)
    scan.spaces()
    return () if items == [""] else tuple(items)
