"""A catalogue under the names that a role knows, where rules show it by others.

The last thing done to what a role sees: until here all is called as the database calls it,
and from here on only what is ``stored`` is. A table keeps its name where another has the new
one, and a table whose columns would share a name its columns'; both are closed then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from autoapi.catalogue import (
    Bar,
    Catalogue,
    Column,
    ColumnSource,
    DataType,
    ForeignKey,
    Routine,
    Table,
    TableKey,
    TextIndex,
    Verb,
)
from autoapi.rules.guards import RowGuard

__all__ = ["Names", "shown_catalogue"]

CLOSED: tuple[Verb, ...] = ("read", "insert", "update", "delete")


@dataclass
class Names:
    """By the database's names, those that a role knows; a builder."""

    tables: dict[TableKey, str] = field(default_factory=dict)
    columns: dict[TableKey, dict[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tables or self.columns)

    def table(self, key: TableKey) -> TableKey:
        """A table's schema and name."""
        return (key[0], self.tables.get(key, key[1]))

    def column(self, table: TableKey, name: str) -> str:
        """A column's name."""
        return self.columns.get(table, {}).get(name, name)

    def listed(self, table: TableKey, names: Iterable[str]) -> tuple[str, ...]:
        """The names of several columns of a table."""
        return tuple(self.column(table, name) for name in names)


def shown_catalogue(catalogue: Catalogue, names: Names) -> Catalogue:
    """The catalogue under its new names; functions that would take rows by the old ones are
    called no longer.
    """
    bars = settle(catalogue, names)
    renamed = {key for key, columns in names.columns.items() if columns}
    return replace(
        catalogue,
        tables=tuple(shown_table(each, names, bars.get(each.key, {})) for each in catalogue.tables),
        foreign_keys=tuple(shown_key(each, names) for each in catalogue.foreign_keys),
        routines=tuple(shown_routine(each, names, renamed) for each in catalogue.routines),
    )


def settle(catalogue: Catalogue, names: Names) -> Mapping[TableKey, Mapping[Verb, Bar]]:
    """Take back names that would be shared, and tell what is closed for it."""
    bars: dict[TableKey, Mapping[Verb, Bar]] = {}

    def close(key: TableKey, reason: str) -> None:
        bar = Bar(reason, "Give it another name in rename", broken=True)
        bars[key] = dict.fromkeys(CLOSED, bar)

    for key in list(names.tables):
        alike = [each.key for each in catalogue.tables if names.table(each.key) == names.table(key)]
        if len(alike) > 1:
            taken = names.tables.pop(key)
            close(key, f"'{key[1]}' cannot be shown as '{taken}': another table is called so")
    for table in catalogue.tables:
        shown = names.listed(table.key, (each.name for each in table.columns))
        twice = next((name for at, name in enumerate(shown) if name in shown[:at]), None)
        if twice is not None and names.columns.pop(table.key, {}):
            close(table.key, f"two columns of '{table.name}' would be called '{twice}'")
    return bars


def shown_table(table: Table, names: Names, bars: Mapping[Verb, Bar]) -> Table:
    """A table, its columns and what is said of them."""
    key = table.key
    renamed = names.columns.get(key) or {}
    columns = tuple(shown_column(each, renamed) for each in table.columns)
    taken = {each.name for each in columns}
    hidden = tuple(apart(each, taken) for each in table.hidden)
    found = {each.stored_name: each.name for each in (*columns, *hidden) if each.stored}
    guard = table.guard
    return replace(
        table,
        name=names.table(key)[1],
        stored=key[1] if key in names.tables else "",
        columns=columns,
        hidden=hidden,
        primary_key=names.listed(key, table.primary_key),
        searched=names.listed(key, table.searched),
        unique_keys=tuple(
            replace(each, columns=names.listed(key, each.columns)) for each in table.unique_keys
        ),
        indexes=tuple(
            replace(each, columns=names.listed(key, each.columns), definition="")
            if renamed
            else each
            for each in table.indexes
        ),
        checks=tuple(
            each for each in table.checks if not any(name in each.expression for name in renamed)
        ),
        sources=tuple(
            ColumnSource(
                names.column(key, each.column),
                names.table(each.table),
                names.column(each.table, each.table_column),
            )
            for each in table.sources
        ),
        reads=tuple(map(names.table, table.reads)),
        # The database would find a column by the name that is not to be known.
        calls_functions=table.calls_functions and not renamed,
        guard=guard.shown_as(found) if isinstance(guard, RowGuard) and found else guard,
        bars={**table.bars, **bars, **{v: each for v, each in table.bars.items() if each.broken}},
    )


def shown_column(column: Column, renamed: Mapping[str, str]) -> Column:
    """A column; one that is computed has the name that its rule gave it."""
    index = column.text_index
    if index is not None:
        index = TextIndex(index.table, renamed.get(index.key, index.key), index.tokenizer)
    name = renamed.get(column.name, column.name)
    stored = column.name if name != column.name else ""
    return replace(column, name=name, stored=stored, text_index=index)


def apart(column: Column, taken: set[str]) -> Column:
    """A hidden column under a name that no other has, since another may be shown by its own."""
    if column.name not in taken:
        return column
    free = (f"{column.name} {number}" for number in count(1))
    return replace(
        column, name=next(name for name in free if name not in taken), stored=column.name
    )


def shown_key(key: ForeignKey, names: Names) -> ForeignKey:
    """A foreign key; its own name is the constraint's."""
    return ForeignKey(
        key.name,
        names.table(key.table),
        names.listed(key.table, key.columns),
        names.table(key.referred),
        names.listed(key.referred, key.referred_columns),
    )


def shown_routine(routine: Routine, names: Names, renamed: set[TableKey]) -> Routine:
    """A function of rows, or that gives rows, of tables under other names."""
    return replace(
        routine,
        returns=shown_type(routine.returns, names),
        relation=names.table((routine.schema, routine.relation))[1],
        parameters=tuple(
            replace(each, type=shown_type(each.type, names)) for each in routine.parameters
        ),
        internal=any(each.type.row_of in renamed for each in routine.parameters),
    )


def shown_type(type_: DataType, names: Names) -> DataType:
    """The type of a table's rows."""
    if type_.row_of is None or type_.row_of not in names.tables:
        return type_
    return replace(type_, row_of=names.table(type_.row_of))
