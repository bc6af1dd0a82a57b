"""The guard of a table for one role: what the rules of it come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause, and_

from autoapi.rules.expressions import Template

__all__ = ["RowGuard"]

Moment = Literal["insert", "update"]


@dataclass(frozen=True, slots=True)
class RowGuard:
    """See :class:`autoapi.catalogue.Guard`."""

    rows: tuple[Template, ...] = ()
    columns: Mapping[str, Template] = field(default_factory=dict)
    values: Mapping[tuple[str, Moment], Template] = field(default_factory=dict)
    fills: tuple[tuple[str, Moment, bool], ...] = ()
    watched: bool = False
    inexact: frozenset[str] = frozenset()

    @property
    def fenced(self) -> bool:
        """Whether some rows may not exist for the caller."""
        return bool(self.rows)

    def shown_as(self, names: Mapping[str, str]) -> RowGuard:
        """The same over sources whose columns are found by other names than the database's."""
        return replace(
            self,
            rows=tuple(replace(each, shown=names) for each in self.rows),
            columns={name: replace(each, shown=names) for name, each in self.columns.items()},
            values={
                (names.get(name, name), when): each for (name, when), each in self.values.items()
            },
            fills=tuple((names.get(name, name), *rest) for name, *rest in self.fills),  # type: ignore[misc]
        )

    def condition(self, source: FromClause) -> ColumnElement[bool] | None:
        """Which rows exist for the caller; None for all of them."""
        return and_(*(each.over(source) for each in self.rows)) if self.rows else None

    def computes(self, name: str) -> bool:
        """Whether a rule computes a column of that name."""
        return name in self.columns

    def computed(self, name: str, source: FromClause) -> ColumnElement[Any] | None:
        """A column that a rule computes; None where none of that name is."""
        template = self.columns.get(name)
        return None if template is None else template.over(source)

    def fill(self, name: str, verb: Moment) -> ColumnElement[Any]:
        """The value that a rule gives a column."""
        return self.values[name, verb].over()
