"""Filters: ``column=not.operator(any).value`` and the trees of ``and`` and ``or``.

Values leave for the slots as text; what they mean to a column is decided later.
"""

from __future__ import annotations

from autoapi.errors import nearest, too_deep
from autoapi.operators import OPERATORS, STATES, Operator
from autoapi.parse.fields import parse_field
from autoapi.parse.scanner import Scanner
from autoapi.parse.types import AllOf, AnyOf, Compare, Condition, Field, Not, Quantifier, Value

__all__ = ["MAX_LOGIC_DEPTH", "Slots", "parse_comparison", "parse_logic"]

# A tree this deep is written by no person and by few programs.
MAX_LOGIC_DEPTH = 32

VALUE_STOP = frozenset(",)")
OPERATOR_STOP = frozenset(".(")
QUANTIFIERS: dict[str, Quantifier] = {"any": "any", "all": "all"}


class Slots(list[Value]):
    """The values met so far; a shape holds their numbers."""

    def put(self, value: Value) -> int:
        """Keep ``value`` and tell its slot."""
        self.append(value)
        return len(self) - 1


def parse_comparison(field: Field, text: str, slots: Slots) -> Condition:
    """Read the right side of ``column=``, whose value goes to the end of the text.

    >>> slots = Slots()
    >>> parse_comparison(Field("age"), "gte.18", slots), slots
    (Compare(field=Field(name='age', steps=()), operator='gte', slot=0, quantifier=None,
    state=None, language=None), ['18'])
    """
    scan = Scanner(text, parameter="filter")
    condition = parse_operation(field, scan, slots, nested=False)
    scan.end()
    return condition


def parse_logic(operator: str, negated: bool, text: str, slots: Slots) -> Condition:
    """Read the right side of ``and=`` or ``or=``: a bracketed list of conditions."""
    scan = Scanner(text, parameter="logic tree")
    found = parse_group(operator, scan, slots, depth=1)
    scan.end()
    return Not(found) if negated else found


def parse_group(operator: str, scan: Scanner, slots: Slots, depth: int) -> AllOf | AnyOf:
    """Read ``(condition,condition)`` after ``and`` or ``or``."""
    if depth > MAX_LOGIC_DEPTH:
        raise too_deep("The logic tree", MAX_LOGIC_DEPTH)
    scan.spaces()
    scan.need("(")
    parts = [parse_node(scan, slots, depth)]
    while scan.take(","):
        parts.append(parse_node(scan, slots, depth))
    scan.need(")")
    scan.spaces()
    return AllOf(tuple(parts)) if operator == "and" else AnyOf(tuple(parts))


def parse_node(scan: Scanner, slots: Slots, depth: int) -> Condition:
    """Read a nested group or one comparison."""
    scan.spaces()
    start = scan.offset
    negated = scan.take("not.")
    for operator in ("and", "or"):
        if scan.take(operator):
            scan.spaces()
            if scan.peek("("):
                group = parse_group(operator, scan, slots, depth + 1)
                return Not(group) if negated else group
            break
    scan.offset = start
    field = parse_field(scan)
    scan.need(".")
    condition = parse_operation(field, scan, slots, nested=True)
    scan.spaces()
    return condition


def parse_operation(field: Field, scan: Scanner, slots: Slots, *, nested: bool) -> Condition:
    """Read ``not.operator(quantifier).value``."""
    if scan.take("not."):
        return Not(parse_positive(field, scan, slots, nested=nested))
    return parse_positive(field, scan, slots, nested=nested)


def parse_positive(field: Field, scan: Scanner, slots: Slots, *, nested: bool) -> Compare:
    """Read ``operator(quantifier).value``."""
    row = parse_operator(scan)
    argument = None
    if scan.take("("):
        argument = scan.until(frozenset(")")).strip()
        scan.need(")")
    scan.need(".")
    if row.operand == "search":
        slot = slots.put(parse_value(scan, nested))
        return Compare(field, row.name, slot, language=argument)
    if argument is not None and not (row.quantifiable and argument in QUANTIFIERS):
        scan.fail("no bracket here" if not row.quantifiable else '"any" or "all"')
    if row.operand == "state":
        return Compare(field, row.name, state=parse_state(scan, nested))
    if row.operand == "list":
        return Compare(field, row.name, slots.put(parse_list(scan)))
    text = parse_value(scan, nested)
    if row.operand == "pattern":
        text = text.replace("*", "%")
    if argument is not None:
        slot = slots.put(parse_braces(text))
        return Compare(field, row.name, slot, quantifier=QUANTIFIERS[argument])
    return Compare(field, row.name, slots.put(text))


def parse_operator(scan: Scanner) -> Operator:
    """Read an operator's name; a misspelt one is refused with the nearest."""
    start = scan.offset
    name = scan.until(OPERATOR_STOP)
    row = OPERATORS.get(name)
    if row is None or scan.at_end():
        scan.offset = start
        near = nearest(name, OPERATORS)
        scan.fail(f"operator (eq, gt, ...){f', perhaps {near}' if near else ''}")
    return row


def parse_value(scan: Scanner, nested: bool) -> str:
    """Read a value: all that is left, or inside a tree up to a comma or bracket.

    Inside a tree quotes protect those two, and ``{...}`` is taken whole.
    """
    if not nested:
        return scan.rest()
    start = scan.offset
    if scan.peek('"'):
        text = scan.quoted()
        if scan.at_end() or scan.peek(",") or scan.peek(")"):
            return text
        scan.offset = start
    if scan.take("{"):
        inner = scan.until(frozenset("{}"))
        if scan.take("}"):
            return "{" + inner + "}"
        scan.offset = start
    return scan.until(VALUE_STOP)


def parse_state(scan: Scanner, nested: bool) -> str:
    """Read what follows ``is.``, in any case."""
    start = scan.offset
    word = parse_value(scan, nested).lower()
    if word not in STATES:
        scan.offset = start
        scan.fail(f"isVal: ({', '.join(STATES)})")
    return word


def parse_list(scan: Scanner) -> tuple[str, ...]:
    """Read ``(a,"b,c",d)``. Two brackets with nothing between them are an empty list."""
    scan.spaces()
    scan.need("(")
    if scan.take(")"):
        return ()
    items = [parse_list_item(scan)]
    while scan.take(","):
        items.append(parse_list_item(scan))
    scan.need(")")
    scan.spaces()
    return tuple(items)


def parse_list_item(scan: Scanner) -> str:
    """Read one item of a list, quoted or not."""
    start = scan.offset
    if scan.peek('"'):
        text = scan.quoted()
        if scan.at_end() or scan.peek(",") or scan.peek(")"):
            return text
        scan.offset = start
    return scan.until(VALUE_STOP)


def parse_braces(text: str) -> tuple[str, ...]:
    """Read ``{a,"b,c"}``, the list that ``any`` and ``all`` take."""
    scan = Scanner(text, parameter="filter")
    scan.need("{")
    if scan.take("}"):
        return ()
    stop = frozenset(",}")
    items: list[str] = []
    while True:
        items.append(scan.quoted() if scan.peek('"') else scan.until(stop))
        if not scan.take(","):
            break
    scan.need("}")
    scan.end()
    return tuple(items)
