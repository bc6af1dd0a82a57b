"""A SQLite database as a tree of everything in schema ``main``.

Unlike the catalogue it holds what leads nowhere too: a broken view, and a foreign key
to a table that is gone. What is asked is in ``sqlite_rows``; constraints without a name
get the one PostgreSQL would give.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from autoapi.inspection import Thing
from autoapi.reflect.sqlite import make_checks, rowid_column
from autoapi.reflect.sqlite_columns import ColumnText, read_columns_text
from autoapi.reflect.sqlite_keys import (
    SCHEMA,
    by_index,
    make_unique_keys,
    primary_key,
    real_names,
    referred_columns,
    unused_name,
)
from autoapi.reflect.sqlite_rows import Answers, ColumnRow, IndexRow, TableRow, ask_everything
from autoapi.reflect.sqlite_scanner import scan
from autoapi.reflect.sqlite_statements import Constraints, NamedReference, read_constraints

__all__ = ["inspect_sqlite"]

KINDS: Final = {"virtual": "virtual table"}


def inspect_sqlite(connection: sqlite3.Connection) -> Thing:
    """Read everything over an open connection, at one moment; its transaction, if any, stays."""
    answers = ask_everything(connection)
    tables = sorted(answers.tables, key=lambda row: row.name)
    main = Thing.of("schema", SCHEMA, tuple(inspect_table(row, answers) for row in tables))
    return Thing.of("database", "database", (main,), dialect="sqlite")


def inspect_table(row: TableRow, answers: Answers) -> Thing:
    """One table, view or virtual table with its parts."""
    is_table = row.type == "table"
    text = answers.texts.get(("view" if row.type == "view" else "table", row.name), "")
    constraints = read_constraints(text) if is_table else Constraints()
    options = (("STRICT", row.strict), ("WITHOUT ROWID", row.without_rowid))
    return Thing.of(
        "table",
        row.name,
        (
            *inspect_columns(row, answers, read_columns_text(text) if is_table else {}),
            *inspect_keys(row, answers, constraints),
            *inspect_foreign_keys(row.name, answers, constraints.references),
            *(
                Thing.of("check", check.name, expression=check.expression, validated=True)
                for check in make_checks(row.name, constraints)
            ),
            *inspect_indexes(answers.indexes.get(row.name, ()), answers.texts),
            *(
                Thing.of("trigger", name, definition=sql)
                for name, sql in sorted(answers.triggers.get(row.name.lower(), ()))
            ),
        ),
        kind=KINDS.get(row.type, row.type),
        definition=None if is_table else text,
        options=tuple(name for name, is_set in options if is_set and is_table) or None,
    )


def inspect_columns(
    row: TableRow, answers: Answers, texts: Mapping[str, ColumnText]
) -> Iterator[Thing]:
    """The columns as they stand; none of a view that SQLite itself cannot read."""
    columns = answers.columns.get(row.name, ())
    rowid = rowid_column(row, answers) if columns and row.type == "table" else None
    for column in columns:
        text = texts.get(column.name.lower(), ColumnText())
        identity = "autoincrement" if text.autoincrement else "rowid"
        storage = "STORED" if column.hidden > 2 else "VIRTUAL"
        yield Thing.of(
            "column",
            column.name,
            type=column.type,
            nullable=not (column.not_null or column.name == rowid),
            default=column.default,
            identity=identity if column.name == rowid else None,
            generated=f"{text.generated} {storage}" if text.generated else None,
            collation=text.collation,
        )


def inspect_keys(row: TableRow, answers: Answers, constraints: Constraints) -> Iterator[Thing]:
    """The primary key and the unique constraints."""
    columns = primary_key(answers.columns.get(row.name, ()))
    if columns:
        given = next((key.name for key in constraints.keys if key.primary), None)
        yield Thing.of("primary key", given or f"{row.name}_pkey", columns=columns)
    made = [index for index in answers.indexes.get(row.name, ()) if index.origin == "u"]
    for key in make_unique_keys(row.name, made, constraints):
        yield Thing.of("unique", key.name, columns=key.columns)


def inspect_foreign_keys(
    table: str, answers: Answers, references: Sequence[NamedReference]
) -> list[Thing]:
    """The foreign keys by name; SQLite tells them in the order they were written."""
    groups = [
        list(rows)
        for _, rows in groupby(answers.references.get(table, ()), key=lambda row: row.number)
    ]
    written: Sequence[NamedReference | None] = references
    if len(references) != len(groups):
        written = [None] * len(groups)
    tables = {name.lower(): name for name in answers.columns}
    used: set[str] = set()
    keys = []
    for rows, text in zip(groups, written, strict=True):
        referred = tables.get(rows[0].referred.lower(), rows[0].referred)
        named = [row.column for row in rows]
        columns = real_names(answers.columns[table], named) or tuple(named)
        keys.append(
            Thing.of(
                "foreign key",
                unused_name((text and text.name) or "_".join((table, *columns, "fkey")), used),
                columns=columns,
                referred_table=f"{SCHEMA}.{referred}",
                referred_columns=targets(
                    answers.columns.get(referred, ()), [row.referred_column for row in rows]
                ),
                on_update=rows[0].on_update,
                on_delete=rows[0].on_delete,
                deferrable="initially deferred" if text and text.deferred else None,
                validated=True,
            )
        )
    return sorted(keys, key=lambda key: key.name)


def targets(columns: Iterable[ColumnRow], named: Sequence[str | None]) -> tuple[str, ...]:
    """The columns referred to: as their table writes them if it has them."""
    return referred_columns(tuple(columns), named) or tuple(name for name in named if name)


def inspect_indexes(
    rows: Iterable[IndexRow], texts: Mapping[tuple[str, str], str]
) -> Iterator[Thing]:
    """The indexes that somebody made, by name; an expression among the columns is not told."""
    for name, parts in by_index(rows):
        if parts[0].origin != "c":
            continue
        definition = texts.get(("index", name), "")
        condition = condition_of(definition) if parts[0].partial else None
        yield Thing.of(
            "index",
            name,
            columns=tuple(part.column or "" for part in parts),
            unique=bool(parts[0].unique),
            where=condition,
            valid=True,
            definition=definition,
        )


def condition_of(sql: str) -> str | None:
    """What stands after the WHERE of a CREATE INDEX."""
    found = next((token for token in scan(sql) if token.is_word("WHERE")), None)
    return sql[found.end :].strip() if found else None
