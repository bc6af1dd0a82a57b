"""What one compilation carries along: the dialect, fresh aliases, values to be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause

from autoapi.catalogue import DataType, Table
from autoapi.dialects import ArgumentForm, Converter, Expression, SqlDialect
from autoapi.parse.types import JsonStep
from autoapi.plan.types import Operand

__all__ = ["Scope"]


@dataclass
class Scope:
    """A builder, gone when the statement is made; nothing outside sees it change."""

    dialect: SqlDialect
    converters: dict[int, Converter] = field(default_factory=dict)
    numbers: Any = field(default_factory=count)

    def plain_table(self, table: Table) -> sa.TableClause:
        """The table under its own name."""
        columns: list[sa.ColumnClause[Any]] = [sa.column(each.name) for each in table.columns]
        return sa.table(table.name, *columns, schema=self.dialect.schema_name(table.schema))

    def aliased(self, table: Table) -> FromClause:
        """The table under a fresh alias, so that it may appear any number of times."""
        return self.plain_table(table).alias(f"t{next(self.numbers)}")

    def name(self) -> str:
        """A fresh name for a subquery."""
        return f"t{next(self.numbers)}"

    def bind(self, slot: int, type_: DataType, *, many: bool = False) -> Expression:
        """A slot's value as a value of the type; what must be read first is noted."""
        self.convert(slot, type_, many=many)
        return self.dialect.bind(slot, type_, many=many)

    def convert(self, slot: int, type_: DataType, *, many: bool = False) -> None:
        """Note that a slot's text is to be read as the type."""
        converter = self.dialect.converter(type_, many=many)
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
        base: Expression = source.c[operand.column.name]
        if not operand.steps:
            return base, operand.column.type
        return self.dialect.arrow(base, operand.column.type, arrows(operand.steps))

    def shown(self, operand: Operand, source: FromClause) -> tuple[Expression, DataType]:
        """A column as it is shown, for which its domain may have a function; or such a path."""
        value, type_ = self.value(operand, source)
        return (value, type_) if operand.steps else self.dialect.presented(value, type_)


def arrows(steps: tuple[JsonStep, ...]) -> list[tuple[str, bool, bool]]:
    """Steps as a dialect takes them."""
    return [(step.key, step.index, step.as_text) for step in steps]
