"""Keys, indexes and foreign keys of SQLite's tables.

The pragmas tell what there is, the statements what it is called. SQLite finds names
whatever their case, and checks neither that a foreign key's table exists nor that its
columns do; what leads nowhere is left out. A constraint without a name gets the one
PostgreSQL would give it, such as ``orders_customer_id_fkey``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from autoapi.catalogue import ForeignKey, Index, UniqueKey
from autoapi.reflect.sqlite_rows import Answers, ColumnRow, IndexRow
from autoapi.reflect.sqlite_statements import Constraints

__all__ = [
    "SCHEMA",
    "by_index",
    "make_foreign_keys",
    "make_indexes",
    "make_unique_keys",
    "primary_key",
    "real_names",
    "referred_columns",
    "unused_name",
]

SCHEMA = "main"


def primary_key(columns: Iterable[ColumnRow]) -> tuple[str, ...]:
    """The columns of the primary key in its order."""
    return tuple(row.name for row in sorted(columns, key=lambda row: row.key) if row.key)


def unused_name(name: str, used: set[str]) -> str:
    """The name, with a number if it is taken already; it is taken from now on."""
    number, free = 0, name
    while free in used:
        number += 1
        free = f"{name}{number}"
    used.add(free)
    return free


def make_indexes(
    rows: Iterable[IndexRow], texts: Mapping[tuple[str, str], str]
) -> tuple[Index, ...]:
    """A table's indexes by name, those that SQLite made for its keys too."""
    return tuple(
        Index(
            name,
            tuple(row.column for row in parts if row.column is not None),
            bool(parts[0].unique),
            texts.get(("index", name), ""),
        )
        for name, parts in by_index(rows)
    )


def make_unique_keys(
    table: str, rows: Iterable[IndexRow], constraints: Constraints
) -> tuple[UniqueKey, ...]:
    """A table's unique constraints and unique indexes, without the primary key."""
    given = {
        tuple(column.lower() for column in key.columns): key.name
        for key in reversed(constraints.keys)
        if not key.primary
    }
    used: set[str] = set()
    keys = []
    for name, parts in by_index(rows):
        columns = tuple(row.column for row in parts if row.column is not None)
        first = parts[0]
        whole = len(columns) == len(parts) and not first.partial
        if not first.unique or not whole or first.origin == "pk":
            continue
        called = given.get(tuple(column.lower() for column in columns))
        made_up = called or "_".join((table, *columns, "key"))
        keys.append(UniqueKey(unused_name(name if first.origin == "c" else made_up, used), columns))
    return tuple(sorted(keys, key=lambda key: key.name))


def by_index(rows: Iterable[IndexRow]) -> list[tuple[str, list[IndexRow]]]:
    """The rows of each index, by its name."""
    return [(name, list(parts)) for name, parts in groupby(rows, key=lambda row: row.name)]


def make_foreign_keys(
    answers: Answers, constraints: Mapping[str, Constraints]
) -> tuple[ForeignKey, ...]:
    """The foreign keys of all tables, by table and name."""
    tables = {row.name.lower(): row.name for row in answers.tables if row.name in answers.columns}
    found: list[ForeignKey] = []
    for table, rows in answers.references.items():
        names = reference_names(constraints[table])
        used: set[str] = set()
        for _, group in groupby(rows, key=lambda row: row.number):
            parts = list(group)
            referred = tables.get(parts[0].referred.lower(), "")
            columns = real_names(answers.columns[table], [part.column for part in parts])
            targets = referred_columns(
                answers.columns.get(referred, ()), [part.referred_column for part in parts]
            )
            if not columns or len(columns) != len(targets):
                continue
            given = names.get((tuple(map(str.lower, columns)), referred.lower()), [])
            name = given.pop(0) if given else None
            name = unused_name(name or "_".join((table, *columns, "fkey")), used)
            found.append(ForeignKey(name, (SCHEMA, table), columns, (SCHEMA, referred), targets))
    return tuple(sorted(found, key=lambda key: (key.table, key.name)))


def reference_names(
    constraints: Constraints,
) -> dict[tuple[tuple[str, ...], str], list[str | None]]:
    """The names given to foreign keys, by columns and referred table in small letters."""
    names: dict[tuple[tuple[str, ...], str], list[str | None]] = {}
    for reference in constraints.references:
        columns = tuple(map(str.lower, reference.columns))
        names.setdefault((columns, reference.referred.lower()), []).append(reference.name)
    return names


def referred_columns(columns: Sequence[ColumnRow], named: Sequence[str | None]) -> tuple[str, ...]:
    """The columns that are referred to: the primary key when none is named."""
    if any(name is None for name in named):
        return primary_key(columns)
    return real_names(columns, [name for name in named if name is not None])


def real_names(columns: Iterable[ColumnRow], named: Sequence[str]) -> tuple[str, ...]:
    """The columns as their table writes them; none when it lacks one."""
    written = {row.name.lower(): row.name for row in columns}
    found = [written.get(name.lower()) for name in named]
    return tuple(name for name in found if name is not None) if all(found) else ()
