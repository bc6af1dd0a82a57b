"""What one compilation carries along: the dialect, aliases, values to be read."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import FromClause

from autoapi.catalogue import Column, DataType, Guard, Table
from autoapi.dialects import (
    ArgumentForm,
    Converter,
    Expression,
    SqlDialect,
    WholeRow,
    function_named,
)
from autoapi.parse.types import JsonStep
from autoapi.plan.types import UNKNOWN, Operand

__all__ = ["Scope", "column_of", "stored_column"]

Source = TypeVar("Source", bound=FromClause)
LONGEST_NAME = 63  # bytes; PostgreSQL cuts off what is longer


@dataclass
class Scope:
    """A builder, gone when the statement is made; nothing outside sees it change.

    ``exact``: JSON is to be written to the byte as PostgREST writes it, where the database
    can.
    """

    dialect: SqlDialect
    exact: bool = False
    converters: dict[int, Converter] = field(default_factory=dict)
    guarded: dict[FromClause, Guard] = field(default_factory=dict)
    numbers: Any = field(default_factory=count)

    def plain_table(self, table: Table) -> sa.TableClause:
        """The table under its own name."""
        listed = (*table.columns, *table.hidden)
        columns: list[sa.ColumnClause[Any]] = [stored_column(each) for each in listed]
        indexes = {each.text_index.key for each in table.columns if each.text_index is not None}
        columns += [sa.column(key) for key in indexes - table.by_name.keys()]
        schema, name = table.stored_key
        target = sa.table(name, *columns, schema=self.dialect.schema_name(schema))
        return self.guard(table, target)

    def aliased(
        self, table: Table, name: str | None = None, taken: Container[str] = ()
    ) -> FromClause:
        """The table under an alias, which is ``name`` or the table's own name if it may be."""
        return self.guard(
            table, self.plain_table(table).alias(self.alias(name or table.name, taken))
        )

    def guard(self, table: Table, source: Source) -> Source:
        """Note that the rows of ``source`` are the table's, so that its rules hold for them."""
        if table.guard is not None:
            self.guarded[source] = table.guard
        return source

    def is_computed(self, name: str, table: Table) -> bool:
        """Whether a rule computes a column, so that the table itself has none of that name."""
        return table.guard is not None and table.guard.computes(name)

    def ties(self, source: FromClause) -> tuple[Expression, ...]:
        """What rules demand of the rows of a source."""
        guard = self.guarded.get(source)
        condition = None if guard is None else guard.condition(source)
        return () if condition is None else (condition,)

    def alias(self, wanted: str, taken: Container[str] = ()) -> str:
        """The alias wanted, or a fresh one where that is taken or too long.

        PostgreSQL names them when it does not find a column, and clients know PostgREST's.
        """
        fits = len(wanted.encode()) <= LONGEST_NAME
        return wanted if fits and wanted not in taken else self.name(taken)

    def name(self, taken: Container[str] = ()) -> str:
        """A fresh name for a subquery."""
        return next(name for name in map("t{}".format, self.numbers) if name not in taken)

    def bind(self, slot: int, type_: DataType, *, many: bool = False) -> Expression:
        """A slot's value as a value of the type; what must be read first is noted."""
        self.convert(slot, type_, many=many)
        return self.dialect.bind(slot, type_, many=many)

    def convert(self, slot: int, type_: DataType, *, many: bool = False) -> None:
        """Note that a slot's text is to be read as the type."""
        self.note(slot, self.dialect.converter(type_, many=many))

    def note(self, slot: int, converter: Converter | None) -> None:
        """Note that a slot's value is to be changed first, if it is."""
        if converter is not None:
            self.converters[slot] = converter

    def argument(self, slot: int, type_: DataType, form: ArgumentForm) -> Expression:
        """A slot's value as a function's argument."""
        converter = self.dialect.argument_converter(type_, form)
        if converter is not None:
            self.converters[slot] = converter
        return self.dialect.argument(slot, type_, form)

    def value(self, operand: Operand, source: FromClause) -> tuple[Expression, DataType]:
        """A column, or what its arrows lead to, and the type that has."""
        base, type_ = self.column(operand, source), operand.column.type
        if not operand.steps:
            return base, type_
        if operand.routine is not None:
            type_ = UNKNOWN  # PostgREST does not know it, so arrows lead into jsonb
        return self.dialect.arrow(base, type_, arrows(operand.steps))

    def presented(
        self, operand: Operand, value: Expression, type_: DataType
    ) -> tuple[Expression, DataType]:
        """A column's value as it is shown, for which its domain may have a function."""
        return (value, type_) if operand.steps else self.dialect.presented(value, type_)

    def column(self, operand: Operand, source: FromClause) -> Expression:
        """A column of ``source``, or what a function computes of its row.

        A name that is neither is left to the database.
        """
        name = operand.column.name
        guard = self.guarded.get(source)
        computed = None if guard is None else guard.computed(name, source)
        if computed is not None:
            return computed
        if name in source.c:
            return source.c[name]
        if operand.routine is not None:
            called: Expression = function_named(operand.routine)(WholeRow(source))
            return called
        return sa.column(name, _selectable=source)


def stored_column(column: Column) -> sa.ColumnClause[Any]:
    """A column under the database's name, to be found by the one that callers know."""
    made: sa.ColumnClause[Any] = sa.column(column.stored_name)
    made.key = column.name
    return made


def column_of(source: FromClause, name: str) -> Expression:
    """A column of ``source``; one that it does not have is the database's to miss."""
    return source.c[name] if name in source.c else sa.column(name, _selectable=source)


def arrows(steps: tuple[JsonStep, ...]) -> list[tuple[str, bool, bool]]:
    """Steps as a dialect takes them."""
    return [(step.key, step.index, step.as_text) for step in steps]
