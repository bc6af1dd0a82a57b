"""What PostgREST does not do with aggregates and names, though the grammar has it.

Where PostgREST leaves a name to PostgreSQL, which finds it twice, its words are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from autoapi.errors import (
    aggregates_disabled,
    ambiguous_name,
    not_implemented,
    repeated_embed,
)
from autoapi.parse.types import SelectField
from autoapi.plan.paths import Node
from autoapi.plan.types import Embed, Output, OutputColumn, OutputEmbed, OutputSpread, Read

__all__ = ["refuse_aggregates", "refuse_names", "refuse_repeated", "refuse_spread_aggregates"]

NO_AGGREGATES = "Aggregates are not implemented for one-to-many or many-to-many spreads."


def refuse_aggregates(node: Node) -> None:
    """Raise PGRST123 (400) for any aggregate."""
    if any(isinstance(item, SelectField) and item.aggregate for item in node.items):
        raise aggregates_disabled()
    for child in node.nodes:
        refuse_aggregates(child)


def refuse_spread_aggregates(read: Read) -> None:
    """Raise PGRST127 (400) for an aggregate in a to-many spread, which has no group of its own."""
    for item in embedding(read.outputs):
        embed = item.embed
        if isinstance(item, OutputSpread) and not embed.to_one and embed.read.grouped:
            raise not_implemented(NO_AGGREGATES)
        refuse_spread_aggregates(embed.read)


def refuse_repeated(embeds: Iterable[Embed]) -> None:
    """Raise 42712 or 42803 (400) for two embeds of one name beside each other.

    One key cannot show both.
    """
    seen: dict[str, Embed] = {}
    for embed in embeds:
        other = seen.setdefault(embed.name, embed)
        if other is not embed:
            lists = not (other.to_one or embed.to_one) and (other.spread or not embed.spread)
            raise repeated_embed(embed.joined_name, lists=lists)


def refuse_names(read: Read, *, apart: bool = False) -> None:
    """Raise 42702 (400) for a name that a spread has twice.

    PostgREST asks a spread's rows for each of its names, and for all of them at once where
    there is a star; it takes a star apart (``apart``) beneath aggregates and to-many spreads.
    """
    apart = apart or has_aggregates(read)
    for item in embedding(read.outputs):
        inner = apart or (isinstance(item, OutputSpread) and not item.embed.to_one)
        refuse_names(item.embed.read, apart=inner)
        if isinstance(item, OutputSpread):
            names = list(spread_names(item.embed.read, apart=inner))
            shown = [name for name, _ in names]
            for name, alone in names:
                if alone and shown.count(name) > 1:
                    raise ambiguous_name(name)


def spread_names(read: Read, *, apart: bool) -> Iterator[tuple[str, bool]]:
    """The names of a spread's rows, and whether each is asked for by itself."""
    apart = apart or has_aggregates(read)
    for item in read.outputs:
        match item:
            case OutputColumn():
                yield item.name, apart or not item.by_star
            case OutputEmbed(name):
                yield name, True
            case OutputSpread(embed):
                yield from spread_names(embed.read, apart=apart or not embed.to_one)
            case _:
                assert_never(item)


def has_aggregates(read: Read) -> bool:
    """Whether a level itself selects an aggregate."""
    return any(isinstance(item, OutputColumn) and item.aggregate for item in read.outputs)


def embedding(outputs: Iterable[Output]) -> Iterator[OutputEmbed | OutputSpread]:
    """The outputs that are not the level's own."""
    return (item for item in outputs if not isinstance(item, OutputColumn))
