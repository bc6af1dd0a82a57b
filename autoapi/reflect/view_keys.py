"""The keys a view has through the columns it passes on.

PostgREST gives a view the primary keys of all tables whose key columns it shows.
Unique keys are given only where the view's rows are those of one table: in a join,
a value that is unique in its table may well come twice. A materialised view has those
of its own indexes besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from autoapi.catalogue import ColumnSource, Table, TableKey, UniqueKey

__all__ = ["with_keys"]


def with_keys(view: Table, tables: Mapping[TableKey, Table], *, single: bool) -> Table:
    """The view with the keys of the tables in ``sources``; ``single``: it reads one only."""
    names = first_names(view.sources)
    primary_key: list[str] = []
    unique_keys = list(view.unique_keys)
    for source in dict.fromkeys(source.table for source in view.sources):
        table = tables.get(source)
        if table is None:
            continue
        primary_key += translate(names, source, table.primary_key) or ()
        for key in table.unique_keys if single else ():
            columns = translate(names, source, key.columns)
            if columns:
                unique_keys.append(UniqueKey(key.name, columns, key.is_constraint))
    return replace(
        view,
        primary_key=tuple(dict.fromkeys(primary_key)),
        unique_keys=tuple(unique_keys),
    )


def first_names(sources: Iterable[ColumnSource]) -> Mapping[tuple[TableKey, str], str]:
    """What the view calls a table's column, by its first name there when it has several."""
    names: dict[tuple[TableKey, str], str] = {}
    for source in sources:
        names.setdefault((source.table, source.table_column), source.column)
    return names


def translate(
    names: Mapping[tuple[TableKey, str], str], table: TableKey, columns: Iterable[str]
) -> tuple[str, ...] | None:
    """The view's names for all of a key's columns, or nothing when it lacks one."""
    found = tuple(names.get((table, column)) for column in columns)
    return tuple(name for name in found if name) if all(found) else None
