"""How a function is called, and what its result looks like as a table.

Which function a name means is ``routines``. A result that is rows of a table embeds what
the table does; one with columns of its own is a table without relations, and a value is
a table of one column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from autoapi.catalogue import Column, DataType, Routine, Table
from autoapi.errors import one_row_for_max_affected
from autoapi.parse.types import SelectAll, Shape
from autoapi.plan.access import check_barred
from autoapi.plan.read import Schema, plan_read
from autoapi.plan.types import (
    Argument,
    Arguments,
    BodyArguments,
    Call,
    TextArguments,
    WholeArgument,
)

__all__ = ["CALL", "SCALAR", "check_max_affected", "plan_arguments", "plan_call", "result_table"]

SCALAR = "pgrst_scalar"
"""What PostgREST calls a value that is no row; callers may select it and filter by it."""
CALL = "pgrst_call"
"""What it calls the function's result; a lone parameter without a name comes out under it."""


def plan_arguments(
    routine: Routine, names: Sequence[str], *, from_body: bool, single: bool
) -> Arguments:
    """Where a routine's arguments come from: the first slots of the request.

    ``names`` are the arguments given, in the order of their slots; with ``from_body`` they
    are the keys of a JSON body, which is the one slot, and ``single`` says that it is an
    object and not a list of them.
    """
    inputs = routine.inputs
    if len(inputs) == 1 and not inputs[0].name:
        return WholeArgument(inputs[0], 0)
    if from_body:
        given = frozenset(names)
        known = tuple(each for each in inputs if each.name in given)
        return BodyArguments(known, 0, single) if known else TextArguments(())
    slots = {name: slot for slot, name in enumerate(names)}
    return TextArguments(
        tuple(Argument(each, slots[each.name]) for each in inputs if each.name in slots)
    )


def plan_call(
    routine: Routine, arguments: Arguments, shape: Shape, schema: Schema, cap: int | None
) -> Call:
    """Plan a call; a GET, and a function that does not write, only read."""
    writes = shape.method == "POST" and routine.volatility == "volatile"
    table = result_table(routine, schema)
    check_barred(table, "read")
    whole = any(isinstance(item, SelectAll) for item in shape.query.select)
    return Call(routine, arguments, writes, plan_read(table, shape.query, schema, cap), whole)


def check_max_affected(routine: Routine, shape: Shape) -> None:
    """Refuse to bound the rows of a function that has just one result.

    Raises PGRST128 (400).
    """
    preferences = shape.preferences
    bounded = preferences.max_affected is not None and preferences.handling == "strict"
    if bounded and not routine.returns_set:
        raise one_row_for_max_affected()


def result_table(routine: Routine, schema: Schema) -> Table:
    """The table that a routine's result looks like.

    As in PostgREST, a row type's relations are those of the table of its name in the
    routine's own schema, wherever the type itself is.
    """
    name = routine.relation if routine.returns_rows else routine.name
    known = schema.catalogue.by_key.get((routine.schema, name))
    if not routine.returns_rows:
        return Table(routine.schema, name, "view", (Column(SCALAR, routine.returns),))
    row_of = routine.returns.row_of
    if known is not None and row_of == known.key:
        return known
    typed = schema.catalogue.by_key.get(row_of) if row_of is not None else None
    if typed is not None and is_ruled(typed):  # its rules hold, wherever the function is
        return replace(typed, schema=routine.schema, name=name, kind="view", primary_key=())
    columns = tuple(row_columns(routine))
    return Table(routine.schema, name, "view", columns, calls_functions=True)


def is_ruled(table: Table) -> bool:
    """Whether rules make anything of a table for the caller."""
    renamed = any(each.stored for each in table.columns)
    return bool(table.guard is not None or table.hidden or table.bars or renamed)


def row_columns(routine: Routine) -> Iterator[Column]:
    """The columns of a row type, as far as its fields tell them."""
    out = [each.name for each in routine.parameters if each.mode in ("inout", "out", "table")]
    for name, type_ in routine.returns.fields:
        yield Column(CALL if out == [""] else name, DataType(type_, type_, "other"))
