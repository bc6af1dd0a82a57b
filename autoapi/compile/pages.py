"""One level of a read while it is written: what it selects, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy import FromClause, true

from autoapi.compile.relations import Level
from autoapi.compile.scope import Scope
from autoapi.compile.values import Value, finished, lifted, raw
from autoapi.dialects import Expression, Output
from autoapi.plan.types import Embed

__all__ = ["Join", "Page"]

ALWAYS: Expression = true()


@dataclass(frozen=True, slots=True)
class Join:
    """An embed's rows beside their parent's, and under which labels they have which values."""

    rows: FromClause
    values: tuple[Value, ...] = ()
    labels: tuple[str, ...] = ()

    def shown(self, name: str) -> Expression:
        """What the embed shows under a name; the database misses what it does not show."""
        named = zip(self.values, self.labels, strict=True)
        return self.column(next((label for value, label in named if value.name == name), name))

    def column(self, label: str) -> Expression:
        """A column of the rows."""
        found: Expression = sa.column(label, _selectable=self.rows)
        return found

    def lifted(self) -> Iterator[Value]:
        """The values as the parent finds them."""
        for value, label in zip(self.values, self.labels, strict=True):
            yield lifted(value, self.column(label))


@dataclass
class Page:
    """One level being written. A builder, gone when it is.

    ``settles``: whether JSON values must be in their one form, to be grouped by or shown
    as PostgREST shows them.
    """

    level: Level
    scope: Scope
    settles: bool
    values: list[Value] = field(default_factory=list)
    joins: dict[str, Join] = field(default_factory=dict)

    @property
    def table(self) -> FromClause:
        """The level's own table."""
        return self.level.table

    def outputs(self) -> list[Output]:
        """What the level's rows consist of, aggregates applied."""
        return [finished(value, self.scope) for value in self.values]

    def labels(self) -> tuple[str, ...]:
        """Labels for the values, of which no two are the same.

        PostgreSQL tells them in its errors, so they are the names where that can be.
        """
        names = [value.name for value in self.values]
        told = self.scope.dialect.joins_laterally
        return tuple(
            name if told and name not in names[:at] else f"v{at}" for at, name in enumerate(names)
        )

    def labelled(self) -> list[Expression]:
        """The values before any aggregate, under their labels."""
        pairs = zip(self.values, self.labels(), strict=True)
        return [raw(value).label(label) for value, label in pairs]

    def settled(self, value: Expression) -> Expression:
        """A JSON value as this level needs it."""
        return self.scope.dialect.settled(value) if self.settles else value

    def alias(self, embed: Embed) -> str:
        """An alias for an embed's rows."""
        return self.scope.alias(embed.joined_name, self.level.names)

    def join(self, embed: Embed, join: Join, on: Expression = ALWAYS) -> Join:
        """Put an embed's rows beside the level's."""
        self.joins[embed.name] = join
        joined = self.level.joined.outerjoin(join.rows, on)
        names = (*self.level.names, join.rows.name)  # type: ignore[attr-defined]
        self.level = replace(self.level, joined=joined, names=names)
        return join
