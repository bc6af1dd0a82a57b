"""What the schema holds at this moment, as the soak itself made it.

What a request needs is written as facts, such as ``column t3.c7``. A fact that a statement is
about to take away is gone before it is run, and one that it adds is there once it is committed,
so a request whose facts held from its start to its end was right all the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Model", "Table", "View"]


@dataclass(slots=True, eq=False)
class Table:
    """A table: its columns besides ``id`` and ``name``, by type, and what refers to others."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    references: dict[str, Table] = field(default_factory=dict)  # column -> the table it refers to
    indexes: dict[str, str] = field(default_factory=dict)  # name -> column

    @property
    def all_columns(self) -> set[str]:
        """The names of all its columns."""
        return {"id", "name", *self.columns, *self.references}


@dataclass(slots=True, eq=False)
class View:
    """A view of a table's key and one column, as ``label``."""

    name: str
    table: Table
    column: str
    materialized: bool = False


@dataclass(slots=True)
class Model:
    """Everything, and since when what is gone is gone."""

    tables: list[Table] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    enums: dict[str, list[str]] = field(default_factory=dict)  # name -> labels
    functions: dict[str, str] = field(default_factory=dict)  # name -> its one parameter
    facts: set[str] = field(default_factory=set)
    gone_at: dict[str, float] = field(default_factory=dict)  # fact -> monotonic seconds
    last: int = 0

    def new_name(self, prefix: str) -> str:
        """A name that was never used."""
        self.last += 1
        return f"{prefix}{self.last}"

    def all_facts(self) -> Iterator[str]:
        """The facts of the schema as it stands here."""
        for table in self.tables:
            yield f"table {table.name}"
            for column in table.all_columns:
                yield f"column {table.name}.{column}"
            for column in table.columns:
                yield f"value {table.name}.{column}"  # which may be any
            for column, parent in table.references.items():
                yield f"key {table.name}.{column} {parent.name}"
        for view in self.views:
            yield f"view {view.name}"
        for name, parameter in self.functions.items():
            yield f"function {name} {parameter}"

    def about_to_change(self) -> None:
        """Take away what no longer holds, and what is made anew under the same name."""
        now = time.monotonic()
        kept = self.facts & set(self.all_facts())
        for fact in self.facts - kept:
            self.gone_at[fact] = now
        self.facts = kept

    def changed(self) -> None:
        """Let the schema as it stands here be the database's."""
        self.facts = set(self.all_facts())

    def held(self, needs: frozenset[str], since: float) -> bool:
        """Whether facts held all the time, from a moment (monotonic seconds) until now."""
        return needs <= self.facts and all(self.gone_at.get(need, 0.0) < since for need in needs)

    def children(self, table: Table) -> Iterator[tuple[Table, str]]:
        """The tables that refer to a table, with the column by which each does."""
        for child in self.tables:
            for column, parent in child.references.items():
                if parent is table:
                    yield child, column

    def in_use(self, table: Table, column: str) -> bool:
        """Whether a view shows a column or an index is over it."""
        shown = any(view.table is table and view.column == column for view in self.views)
        return shown or column in table.indexes.values()
