"""Names that OpenAPI and its code generators accept, for tables and columns of any name.

A table has one slug, such as ``order_items``, from which all its names follow:

=====================  ==========================================================
schemas                ``OrderItems``, ``OrderItemsInsert``, ``OrderItemsUpdate``
operations on lists    ``list_order_items``, ``create_``, ``update_``, ``delete_``
operations on items    ``read_order_items_item``, ``replace_``, ``update_``, ``delete_``
the strict mount's     ``list_order_items_rest`` and so on, ``count_`` for HEAD
parameters             ``order_items.quantity``
=====================  ==========================================================

Names are never made singular: that fails for half of all words. Tables whose slugs
would share any of these names are told apart by a number: ``a b`` beside ``a_b`` is
``a_b_2``. A table that is named as its slug keeps it, whatever others are called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from autoapi.catalogue import TableKey

__all__ = ["allot_slugs", "column_slugs", "operation_id", "schema_name"]

WORD: Final = re.compile(r"[A-Za-z0-9]+")
HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

SCHEMA_SUFFIXES: Final = ("", "insert", "update", "replace")

OPERATIONS: Final[Mapping[str, str]] = {
    "list": "list_{}",
    "create": "create_{}",
    "update": "update_{}",
    "delete": "delete_{}",
    "read item": "read_{}_item",
    "replace item": "replace_{}_item",
    "update item": "update_{}_item",
    "delete item": "delete_{}_item",
    "strict list": "list_{}_rest",
    "strict count": "count_{}_rest",
    "strict create": "create_{}_rest",
    "strict update": "update_{}_rest",
    "strict delete": "delete_{}_rest",
    "strict replace": "replace_{}_rest",
}


def slug(text: str, otherwise: str) -> str:
    """A name in lower case, words joined by underscores, ASCII only.

    >>> slug("Order Items", "table"), slug("naïveName", "table"), slug("名前", "table")
    ('order_items', 'naive_name', 'table')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = "_".join(WORD.findall(HUMP.sub("_", plain))).lower()
    if not words:
        return otherwise
    return f"{otherwise}_{words}" if words[0].isdigit() else words


def schema_name(slug_: str) -> str:
    """The name of a table's row, with which the names of its other schemas begin.

    >>> schema_name("order_items")
    'OrderItems'
    """
    return "".join([word.capitalize() for word in slug_.split("_")])


def operation_id(slug_: str, operation: str) -> str:
    """The name of one of a table's operations."""
    return OPERATIONS[operation].format(slug_)


def allot_slugs(
    keys: Sequence[TableKey], default_schema: str, reserved: Iterable[str]
) -> dict[TableKey, str]:
    """A slug for each table, such that no two tables share any name derived from it.

    ``reserved`` are schema names that are taken already. Tables of other schemas than
    the default one have their schema's name in front.
    """
    taken = {name.casefold() for name in reserved}
    wanted = {
        (schema, name): slug(name if schema == default_schema else f"{schema} {name}", "table")
        for schema, name in keys
    }
    allotted: dict[TableKey, str] = {}
    numbers: dict[str, int] = {}
    for key in sorted(keys, key=lambda each: each != (default_schema, wanted[each])):
        base = wanted[key]
        number = numbers.get(base, 1)
        while True:
            candidate = base if number == 1 else f"{base}_{number}"
            number += 1
            names = derived_names(candidate)
            if taken.isdisjoint(names):
                break
        numbers[base] = number
        taken |= names
        allotted[key] = candidate
    return allotted


def derived_names(candidate: str) -> set[str]:
    """Every name that follows from a slug. Without case, for generators that write files."""
    row = schema_name(candidate).casefold()
    schemas = {row + suffix for suffix in SCHEMA_SUFFIXES}
    return schemas | {pattern.format(candidate) for pattern in OPERATIONS.values()}


def column_slugs(names: Iterable[str]) -> dict[str, str]:
    """A slug for each column, unique among them; a column named as its slug keeps it."""
    wanted = {name: slug(name, "column") for name in names}
    allotted = {name: name for name, base in wanted.items() if name == base}
    taken = set(allotted)
    numbers: dict[str, int] = {}
    for name, base in wanted.items():
        if name in allotted:
            continue
        number = numbers.get(base, 1)
        while (candidate := base if number == 1 else f"{base}_{number}") in taken:
            number += 1
        numbers[base] = number + 1
        taken.add(candidate)
        allotted[name] = candidate
    return {name: allotted[name] for name in wanted}
