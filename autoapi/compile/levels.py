"""One level of a read as a select, and the embeds inside it as correlated subqueries.

A level is a table under an alias with what ties it to its parent. To-one embeds become
an object, to-many a list, both in the select list; a to-one spread is joined, since its
columns become the parent's; a to-many spread is a list for each of its columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause, Select, and_, exists, func, select

from autoapi.compile.conditions import condition_expression
from autoapi.compile.scope import Scope
from autoapi.dialects import Expression, Output, Rendering
from autoapi.plan.types import (
    Embed,
    Exists,
    OutputColumn,
    OutputEmbed,
    OutputSpread,
    Read,
    Sort,
)

__all__ = ["Level", "filtered", "grouping", "level_outputs", "level_select", "root_level"]

AGGREGATES: dict[str, Any] = {
    "sum": func.sum,
    "avg": func.avg,
    "count": func.count,
    "max": func.max,
    "min": func.min,
}
ONE: Expression = sa.literal_column("1")


@dataclass(frozen=True, slots=True)
class Level:
    """Where a level's rows come from: its table, what that is joined to, and the ties."""

    table: FromClause
    joined: FromClause
    ties: tuple[Expression, ...] = ()
    parent: FromClause | None = None

    def select(self, *columns: Any) -> Select[Any]:
        """A select over the level; it refers to its parent, if any, from inside."""
        query = select(*columns).select_from(self.joined).where(*self.ties)
        return query if self.parent is None else query.correlate(self.parent)


def root_level(source: FromClause) -> Level:
    """The outermost level."""
    return Level(source, source)


def related_level(embed: Embed, parent: FromClause, scope: Scope) -> Level:
    """The level that an embed leads to from its parent."""
    target = scope.aliased(embed.read.table)
    relationship = embed.relationship
    if relationship.junction is None or embed.junction is None:
        ties = (target.c[theirs] == parent.c[ours] for ours, theirs in relationship.columns)
        return Level(target, target, tuple(ties), parent)
    middle = scope.aliased(embed.junction)
    through = (middle.c[ours] == target.c[theirs] for ours, theirs in relationship.junction.far)
    ties = (middle.c[theirs] == parent.c[ours] for ours, theirs in relationship.junction.near)
    return Level(target, target.join(middle, and_(*through)), tuple(ties), parent)


def level_select(
    read: Read, level: Level, scope: Scope, rendering: Rendering = "json"
) -> Select[Any]:
    """The rows of one level, as the dialect wants them for its JSON."""
    joined, outputs = level_outputs(read, level, scope)
    query = joined.select(*scope.dialect.row(outputs, rendering))
    return bounded(read, level, scope, filtered(read, level, scope, query))


def bounded(read: Read, level: Level, scope: Scope, query: Select[Any]) -> Select[Any]:
    """The level's grouping, order, limit and offset."""
    if read.grouped:
        query = query.group_by(*grouping(read, level, scope))
    query = query.order_by(*(sort_expression(sort, level, scope) for sort in read.order))
    limit = scope.dialect.at_most(read.limit, read.cap)
    if limit is not None:
        query = query.limit(limit)
    if read.offset is not None:
        query = query.offset(scope.dialect.count_bind(read.offset))
    return query


def filtered(read: Read, level: Level, scope: Scope, query: Select[Any]) -> Select[Any]:
    """The level's conditions, and the embeds that a row must have."""
    if read.where is not None:
        query = query.where(condition_expression(read.where, level.table, scope, embed_exists))
    for embed in read.inner:
        query = query.where(embed_exists(Exists(embed), level.table, scope))
    return query


def embed_exists(test: Exists, parent: FromClause, scope: Scope) -> Expression:
    """Whether an embed has any row that its own conditions let through."""
    level = related_level(test.embed, parent, scope)
    return exists(filtered(test.embed.read, level, scope, level.select(ONE)))


def level_outputs(read: Read, level: Level, scope: Scope) -> tuple[Level, list[Output]]:
    """The keys of one level's rows, in order, and the level with its spreads joined."""
    outputs: list[Output] = []
    joined = level.joined
    for item in read.outputs:
        match item:
            case OutputColumn():
                outputs.append(column_output(item, level.table, scope))
            case OutputEmbed(name, embed):
                value = embed_value(embed, level.table, scope)
                outputs.append(Output(name, value, is_json=True))
            case OutputSpread(embed) if embed.relationship.to_one:
                rows, on, lifted = spread_row(embed, level.table, scope)
                joined = joined.outerjoin(rows, on)
                outputs.extend(lifted)
            case OutputSpread(embed):
                outputs.extend(spread_lists(embed, level.table, scope))
    return Level(level.table, joined, level.ties, level.parent), outputs


def column_output(item: OutputColumn, source: FromClause, scope: Scope) -> Output:
    """One column, cast and aggregated as asked."""
    if item.operand is None:
        expression: Expression = func.count()
        type_ = None
    else:
        expression, type_ = scope.shown(item.operand, source)
    if item.cast is not None:
        expression, type_ = scope.dialect.cast(expression, type_, item.cast)
    if item.aggregate is not None and item.operand is not None:
        expression = AGGREGATES[item.aggregate](expression)
        type_ = type_ if item.aggregate in ("max", "min") else None
    if item.aggregate_cast is not None:
        expression, type_ = scope.dialect.cast(expression, type_, item.aggregate_cast)
    return Output(item.name, expression, type_)


def grouping(read: Read, level: Level, scope: Scope) -> list[Expression]:
    """What an aggregate's rows are grouped by: every output that is not one."""
    return [
        group_key(item, level, scope)
        for item in read.outputs
        if isinstance(item, OutputColumn) and item.aggregate is None
    ]


def group_key(item: OutputColumn, level: Level, scope: Scope) -> Expression:
    """An output as it is grouped by: a column by itself, since what shows it may not compare."""
    if item.operand is None or item.operand.steps or item.cast is not None:
        return column_output(item, level.table, scope).expression
    return scope.value(item.operand, level.table)[0]


def sort_expression(sort: Sort, level: Level, scope: Scope) -> Expression:
    """One term of ORDER BY; a to-one embed's column is looked up.

    PostgreSQL takes null as the greatest value and SQLite as the least; SQLite is told.
    """
    if sort.embed is None:
        value, _ = scope.value(sort.operand, level.table)
    else:
        related = related_level(sort.embed, level.table, scope)
        found, _ = scope.value(sort.operand, related.table)
        query = filtered(sort.embed.read, related, scope, related.select(found))
        value = query.limit(1).scalar_subquery()
    ordered = value.desc() if sort.descending else value.asc()
    if sort.nulls is not None:
        return ordered.nulls_first() if sort.nulls == "first" else ordered.nulls_last()
    if scope.dialect.null_is_greatest:
        return ordered
    return ordered.nulls_first() if sort.descending else ordered.nulls_last()


def embed_value(embed: Embed, parent: FromClause, scope: Scope) -> Expression:
    """An embed as one JSON value: an object or null, or a list."""
    query = level_select(embed.read, related_level(embed, parent, scope), scope)
    if embed.relationship.to_one:
        # A view may repeat what its table holds once.
        bounded_query = query.limit(1) if embed.read.table.is_view else query
        return scope.dialect.embedded_object(bounded_query.subquery(scope.name())).scalar_subquery()
    return scope.dialect.embedded_list(query.subquery(scope.name())).scalar_subquery()


def spread_row(
    embed: Embed, parent: FromClause, scope: Scope
) -> tuple[sa.Subquery, Expression, list[Output]]:
    """A to-one embed as rows to join: (rows, on, what is lifted out of them)."""
    target = scope.aliased(embed.read.table)
    level, outputs = level_outputs(embed.read, root_level(target), scope)
    values = [output.expression.label(f"v{at}") for at, output in enumerate(outputs)]
    keys = [
        target.c[theirs].label(f"k{at}")
        for at, (_, theirs) in enumerate(embed.relationship.columns)
    ]
    rows = filtered(embed.read, level, scope, level.select(*values, *keys)).subquery(scope.name())
    on = and_(
        *(
            rows.c[f"k{at}"] == parent.c[ours]
            for at, (ours, _) in enumerate(embed.relationship.columns)
        )
    )
    lifted = [
        Output(output.name, rows.c[f"v{at}"], output.type, output.is_json)
        for at, output in enumerate(outputs)
    ]
    return rows, on, lifted


def spread_lists(embed: Embed, parent: FromClause, scope: Scope) -> Iterator[Output]:
    """A to-many spread: for each of its outputs the list of its values, in one order."""
    names = level_outputs(embed.read, related_level(embed, parent, scope), scope)[1]
    for position in range(len(names)):
        level = related_level(embed, parent, scope)
        joined, outputs = level_outputs(embed.read, level, scope)
        chosen = outputs[position]
        query = joined.select(scope.dialect.list_item(chosen).label("item"))
        rows = bounded(embed.read, level, scope, filtered(embed.read, level, scope, query))
        listed = scope.dialect.embedded_values(rows.subquery(scope.name()))
        yield Output(chosen.name, listed.scalar_subquery(), is_json=True)
