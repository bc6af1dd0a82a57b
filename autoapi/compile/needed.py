"""Which columns of a written table its rows must give back so that they can be shown."""

from __future__ import annotations

from collections.abc import Iterator

from autoapi.catalogue import Column
from autoapi.plan.types import (
    UNKNOWN,
    Condition,
    Embed,
    Every,
    Exists,
    Negation,
    Operand,
    OutputColumn,
    Read,
    Some,
    Test,
)

__all__ = ["needed_operands"]


def needed_operands(read: Read) -> tuple[Operand, ...]:
    """The columns in the table's order, then what is computed of them, without repeats.

    Nothing more is read back, so that a caller who may not read a column can still write.
    """
    wanted = {operand.column.name: operand for operand in shown_operands(read)}
    own = (column.name for column in read.table.columns)
    names = dict.fromkeys((*(name for name in own if name in wanted), *wanted))
    return tuple(Operand(wanted[name].column, (), wanted[name].routine) for name in names)


def shown_operands(read: Read) -> Iterator[Operand]:
    """Everything that a read looks at in its own table."""
    yield from output_operands(read)
    for sort in read.order:
        if sort.embed is None:
            yield sort.operand
        else:
            yield from tie_operands(sort.embed)
    for embed in read.inner:
        yield from tie_operands(embed)
    if read.where is not None:
        yield from condition_operands(read.where)


def output_operands(read: Read) -> Iterator[Operand]:
    """What the answer's keys are made of."""
    for item in read.outputs:
        if isinstance(item, OutputColumn):
            if item.operand is not None:
                yield item.operand
        else:
            yield from tie_operands(item.embed)


def tie_operands(embed: Embed) -> Iterator[Operand]:
    """The columns of the parent that lead to an embed; a function takes them all."""
    relationship = embed.relationship
    columns = embed.origin.by_name
    if relationship.routine is not None:
        yield from map(Operand, embed.origin.columns)
        return
    pairs = relationship.junction.near if relationship.junction else relationship.columns
    yield from (Operand(columns.get(ours) or Column(ours, UNKNOWN)) for ours, _ in pairs)


def condition_operands(condition: Condition) -> Iterator[Operand]:
    """The columns that a condition looks at."""
    match condition:
        case Test(operand=operand):
            yield operand
        case Exists(embed):
            yield from tie_operands(embed)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from condition_operands(part)
        case Negation(part):
            yield from condition_operands(part)
