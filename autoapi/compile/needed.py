"""Which columns of a written table its rows must give back so that they can be shown."""

from __future__ import annotations

from collections.abc import Iterator

from autoapi.plan.types import (
    Condition,
    Embed,
    Every,
    Exists,
    Negation,
    OutputColumn,
    Read,
    Some,
    Test,
)

__all__ = ["needed_columns"]


def needed_columns(read: Read) -> tuple[str, ...]:
    """The names, in the table's order, without repeats.

    Nothing more is read back, so that a caller who may not read a column can still write.
    """
    wanted = set(output_columns(read))
    for sort in read.order:
        if sort.embed is None:
            wanted.add(sort.operand.column.name)
        else:
            wanted.update(tie_columns(sort.embed))
    for embed in read.inner:
        wanted.update(tie_columns(embed))
    if read.where is not None:
        wanted.update(condition_columns(read.where))
    return tuple(column.name for column in read.table.columns if column.name in wanted)


def output_columns(read: Read) -> Iterator[str]:
    """What the answer's keys are made of."""
    for item in read.outputs:
        if isinstance(item, OutputColumn):
            if item.operand is not None:
                yield item.operand.column.name
        else:
            yield from tie_columns(item.embed)


def tie_columns(embed: Embed) -> Iterator[str]:
    """The columns of the parent that lead to an embed."""
    relationship = embed.relationship
    pairs = relationship.junction.near if relationship.junction else relationship.columns
    yield from (ours for ours, _ in pairs)


def condition_columns(condition: Condition) -> Iterator[str]:
    """The columns that a condition looks at."""
    match condition:
        case Test(operand=operand):
            yield operand.column.name
        case Exists(embed):
            yield from tie_columns(embed)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from condition_columns(part)
        case Negation(part):
            yield from condition_columns(part)
