"""Rules' expressions, written over models, put over whatever the engine reads rows from.

Columns of the rule's own table become the source's, other tables are qualified with their
schema, and constants become texts that the database reads, as all values of ours do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import BindParameter, ColumnElement, FromClause
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.sql import coercions, roles, visitors
from sqlalchemy.sql.util import _deep_deannotate

from autoapi.catalogue import TableKey
from autoapi.dialects import CallerValue

__all__ = ["Template", "columns_used", "plain_expression", "tables_used"]

# What a constant is cast to, so that the server need not guess; the names of others
# (enums, domains) would be looked up by the search path.
NAMED_TYPES: Final = (
    sa.Integer,
    sa.Numeric,
    sa.Float,
    sa.Boolean,
    sa.Date,
    sa.DateTime,
    sa.Time,
    sa.Interval,
    sa.Uuid,
    sa.JSON,
)


def plain_expression(given: Any) -> ColumnElement[Any]:
    """What a rule gave as an expression without the ORM's marks, which tie columns to models.

    Raises ``sqlalchemy.exc.ArgumentError`` for what is no expression.
    """
    expression = coercions.expect(roles.ExpressionElementRole, given, apply_propagate_attrs=None)
    plain: ColumnElement[Any] = _deep_deannotate(expression)
    return plain


def columns_used(expression: ColumnElement[Any]) -> Iterator[sa.Column[Any]]:
    """The columns of tables in an expression, subqueries' among them."""
    for each in visitors.iterate(expression):
        if isinstance(each, sa.Column) and isinstance(each.table, sa.Table):
            yield each


def tables_used(expression: ColumnElement[Any]) -> Iterator[sa.Table]:
    """The tables in an expression that it reads from."""
    for each in visitors.iterate(expression):
        if isinstance(each, sa.Table):
            yield each


@dataclass(frozen=True, slots=True)
class Template:
    """An expression over the rows of ``table``, to be put over any source of them.

    ``shown``: by which names a source's columns are found, where not by the database's.
    """

    expression: ColumnElement[Any]
    table: TableKey
    schema: str  # of tables that name none
    dialect: str
    shown: Mapping[str, str] = field(default_factory=dict)

    def over(self, source: FromClause | None = None) -> ColumnElement[Any]:
        """The expression over the columns of ``source``."""
        others: dict[TableKey, FromClause] = {} if source is None else {self.table: source}

        def stand_in(element: Any, **_: Any) -> Any:
            if isinstance(element, BindParameter):
                return self.constant(element)
            if isinstance(element, sa.Column) and isinstance(element.table, sa.Table):
                found = self.qualified(element.table, others)
                return named(found, element.name, self.shown if found is source else {})
            return self.qualified(element, others) if isinstance(element, sa.Table) else None

        made: Any = visitors.replacement_traverse(self.expression, {}, stand_in)
        return made  # type: ignore[no-any-return]

    def qualified(self, table: sa.Table, others: dict[TableKey, FromClause]) -> FromClause:
        """A table by its full name, always the same object; the rule's own is the source."""
        key = (table.schema or self.schema, table.name)
        if key not in others:
            columns = (sa.column(each.name, each.type) for each in table.columns)
            schema = None if self.dialect == "sqlite" else key[0]
            others[key] = sa.table(table.name, *columns, schema=schema)
        return others[key]

    def constant(self, given: BindParameter[Any]) -> Any:
        """A value as our drivers bind it."""
        value, type_ = given.value, given.type
        if value is None:
            return sa.null()
        if given.expanding:
            each = (self.constant(sa.bindparam(None, item, type_, unique=True)) for item in value)
            return sa.sql.elements.ClauseList(*each).self_group() if value else nothing()
        if not isinstance(value, CallerValue):
            value = self.bound(value, type_)
        bound: ColumnElement[Any] = sa.bindparam(None, value, sa.Text(), unique=True)
        if self.dialect == "sqlite":
            numeric = isinstance(type_, sa.Integer | sa.Numeric | sa.Float)
            return sa.cast(bound, type_) if numeric else bound
        return sa.cast(bound, type_) if isinstance(type_, NAMED_TYPES) else bound

    def bound(self, value: Any, type_: Any) -> Any:
        """A Python value as the text that the database reads."""
        dialect: Any = SQLiteDialect() if self.dialect == "sqlite" else PGDialect()  # type: ignore[no-untyped-call]
        process = type_.dialect_impl(dialect).bind_processor(dialect)
        value = process(value) if process else value
        if isinstance(value, Enum):
            value = value.name
        if isinstance(value, bool):
            return int(value) if self.dialect == "sqlite" else str(value).lower()
        if isinstance(value, list | tuple):
            return [None if item is None else str(item) for item in value]
        return value if isinstance(value, bytes) else str(value)


def named(source: FromClause, name: str, shown: Mapping[str, str]) -> ColumnElement[Any]:
    """A column of a source, also one that the source does not list: it may be hidden."""
    key = shown.get(name, name)
    found: ColumnElement[Any] = (
        source.c[key] if key in source.c else sa.column(name, _selectable=source)
    )
    return found


def nothing() -> Any:
    """What stands for an empty list after IN."""
    return sa.select(sa.null()).where(sa.false()).scalar_subquery()
