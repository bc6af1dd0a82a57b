"""What must hold of a row for a change to be made, and what tells that an answer is the same."""

from __future__ import annotations

from autoapi.catalogue import Table
from autoapi.formats import ITEM, Format
from autoapi.parse.types import Shape
from autoapi.plan.types import EntityTag, OutputColumn, Precondition, Read

__all__ = ["plan_precondition", "plan_tag"]


def plan_precondition(shape: Shape, table: Table, body_slot: int) -> Precondition | None:
    """The condition of a change; the versions stand after the body, if there is one.

    A row that is not there is a 404 to PATCH and DELETE in any case.
    """
    kind = shape.precondition
    if kind is None or (kind == "exists" and shape.method != "PUT"):
        return None
    return Precondition(kind, body_slot + (shape.method != "DELETE"), table.versioned)


def plan_tag(shape: Shape, table: Table, shown: Read | None, format_: Format) -> EntityTag | None:
    """What an answer's ETag is made of: one row on the friendly mount has one.

    ``row``: the row alone; ``whole``: what was answered besides; ``weak``: only that.
    """
    one = bool(shape.item) or (shape.method == "POST" and shape.body_single)
    if shape.mount == "strict" or not one or shown is None or shown.grouped:
        return None
    if format_.explained is not None:
        return None
    if not table.versioned:
        return "weak"
    return "row" if format_ is ITEM and is_of_row(shown) else "whole"


def is_of_row(read: Read) -> bool:
    """Whether what is shown follows from the row alone."""
    guard = read.table.guard
    return all(
        isinstance(item, OutputColumn)
        and item.operand is not None
        and item.operand.routine is None
        and item.operand.column.name in read.table.by_name
        and not (guard is not None and guard.computes(item.operand.column.name))
        for item in read.outputs
    )
