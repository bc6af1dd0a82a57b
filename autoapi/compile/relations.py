"""Where the rows of a level come from: a table or a function's result, tied to its parent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CTE, FromClause, Select, and_, select

from autoapi.catalogue import Table, TableKey
from autoapi.compile.scope import Scope, column_of, stored_column
from autoapi.dialects import Expression, WholeRow, function_named, quoted_name
from autoapi.plan.types import Embed

__all__ = ["Level", "related_level", "root_level"]


@dataclass(frozen=True, slots=True)
class Level:
    """Where a level's rows come from: its table, what that is joined to, and the ties.

    ``names`` are the aliases that stand in its FROM.
    """

    table: FromClause
    joined: FromClause
    ties: tuple[Expression, ...] = ()
    parent: FromClause | None = None
    names: tuple[str, ...] = ()

    def select(self, *columns: Any) -> Select[Any]:
        """A select over the level; it refers to its parent, if any, from inside."""
        query = select(*columns).select_from(self.joined).where(*self.ties)
        return query if self.parent is None else query.correlate(self.parent)


def root_level(source: FromClause, scope: Scope) -> Level:
    """The outermost level."""
    return Level(source, source, scope.ties(source), names=(name_of(source),))


def related_level(embed: Embed, parent: FromClause, scope: Scope) -> Level:
    """The level that an embed leads to from its parent."""
    relationship = embed.relationship
    table = embed.read.table
    above = (name_of(parent),)
    if relationship.routine is not None:
        return computed_level(embed, relationship.routine, parent, scope)
    if relationship.junction is None or embed.junction is None:
        target = scope.aliased(table, f"{table.name}_{embed.depth}", above)
        ties = (
            target.c[theirs] == column_of(parent, ours) for ours, theirs in relationship.columns
        )
        tied = (*ties, *scope.ties(target))
        return Level(target, target, tied, parent, (*above, name_of(target)))
    target = scope.aliased(table, taken=above)
    middle = scope.aliased(embed.junction, taken=(*above, name_of(target)))
    through = (middle.c[ours] == target.c[theirs] for ours, theirs in relationship.junction.far)
    ties = (
        middle.c[theirs] == column_of(parent, ours) for ours, theirs in relationship.junction.near
    )
    names = (*above, name_of(target), name_of(middle))
    tied = (*ties, *scope.ties(middle), *scope.ties(target))
    return Level(target, target.join(middle, and_(*through)), tied, parent, names)


def computed_level(embed: Embed, routine: TableKey, parent: FromClause, scope: Scope) -> Level:
    """The rows that a function makes of the parent's row."""
    table, above = embed.read.table, (name_of(parent),)
    name = scope.alias(f"{table.name}_{embed.depth}", above)
    called = function_named(routine)(row_of(parent, embed.origin, scope))
    columns = [stored_column(each) for each in table.columns]
    target = scope.guard(table, called.table_valued(*columns, name=name))
    return Level(target, target, scope.ties(target), parent, (*above, name))


def row_of(source: FromClause, table: Table, scope: Scope) -> Expression:
    """A row of the table as one value, also where ``source`` only repeats its columns."""
    if not is_gathered(source):
        return WholeRow(source)
    own = (each.name for each in table.columns if not scope.is_computed(each.name, table))
    row = sa.func.row(*(source.c[name] for name in own))
    return sa.cast(row, RowType(table.stored_key))


def is_gathered(source: FromClause) -> bool:
    """Whether rows come from a WITH, and so are not of the table's type."""
    if isinstance(source, sa.TableValuedAlias):
        return False
    element = source.element if isinstance(source, sa.Alias) else source
    return isinstance(element, CTE) or getattr(element, "schema", None) is None


class RowType(sa.types.UserDefinedType[Any]):
    """The type of a table's rows."""

    cache_ok = True

    def __init__(self, table: TableKey) -> None:
        self.table = table

    def get_col_spec(self, **_: Any) -> str:
        """The table's name."""
        return ".".join(map(quoted_name, self.table))


def name_of(source: FromClause) -> str:
    """The name by which SQL refers to a source."""
    name: str = getattr(source, "name", "")
    return name
