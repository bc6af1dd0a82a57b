"""A SQLite database as a ``Catalogue``: everything in schema ``main``.

What is asked is in ``sqlite_rows``. What the pragmas leave out (names of constraints,
checks) is read from the statements by ``sqlite_statements``, and where a view's columns
come from by ``sqlite_views``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from autoapi.catalogue import Catalogue, Check, Column, ColumnSource, Table, TableKey, TextIndex
from autoapi.reflect.sqlite_keys import (
    SCHEMA,
    make_foreign_keys,
    make_indexes,
    make_unique_keys,
    primary_key,
    unused_name,
)
from autoapi.reflect.sqlite_rows import Answers, ColumnRow, TableRow, ask_everything
from autoapi.reflect.sqlite_scanner import scan
from autoapi.reflect.sqlite_statements import (
    Constraints,
    allowed_values,
    read_constraints,
    trigger_event,
)
from autoapi.reflect.sqlite_text_indexes import text_indexes
from autoapi.reflect.sqlite_types import make_type, max_length_of
from autoapi.reflect.sqlite_views import ViewText, read_view
from autoapi.reflect.view_keys import with_keys

__all__ = ["make_checks", "reflect_sqlite", "rowid_column"]

# Deeper than this, views on views keep no sources; SQLite itself refuses cycles.
MAX_VIEW_DEPTH: Final = 64


def reflect_sqlite(connection: sqlite3.Connection) -> Catalogue:
    """Read everything over an open connection, at one moment; its transaction, if any, stays.

    A view or virtual table that SQLite itself cannot read (what it needs is gone) is
    left out. Needs SQLite 3.37 or later.
    """
    return make_catalogue(ask_everything(connection))


def make_catalogue(answers: Answers) -> Catalogue:
    """Put the answers together."""
    readable = [row for row in answers.tables if row.name in answers.columns]
    constraints = {
        row.name: read_constraints(answers.texts.get(("table", row.name), ""))
        for row in readable
        if row.type == "table"
    }
    searches = find_text_indexes(readable, answers)
    tables = {
        (SCHEMA, row.name): with_text_indexes(
            make_table(row, answers, constraints.get(row.name, Constraints())), searches
        )
        for row in readable
        if row.type != "view"
    }
    views = make_views([row.name for row in readable if row.type == "view"], answers, tables)
    return Catalogue(
        dialect="sqlite",
        version=answers.version,
        schemas=(SCHEMA,),
        tables=tuple(table for _, table in sorted({**tables, **views}.items())),
        foreign_keys=make_foreign_keys(answers, constraints),
    )


def find_text_indexes(
    rows: Sequence[TableRow], answers: Answers
) -> Mapping[tuple[str, str], TextIndex]:
    """The full text indexes, by table and column."""
    virtual = [row.name for row in rows if row.type == "virtual"]
    if not virtual:
        return {}
    statements = ((name, answers.texts.get(("table", name), "")) for name in virtual)
    rowids = {row.name.lower(): rowid_column(row, answers) for row in rows if row.type == "table"}
    return text_indexes(statements, rowids)


def with_text_indexes(table: Table, searches: Mapping[tuple[str, str], TextIndex]) -> Table:
    """A table whose columns know the index over them."""
    if not searches:
        return table
    columns = (
        replace(each, text_index=searches.get((table.name.lower(), each.name.lower())))
        for each in table.columns
    )
    return replace(table, columns=tuple(columns))


def make_table(row: TableRow, answers: Answers, constraints: Constraints) -> Table:
    """One table, virtual or not."""
    columns = answers.columns[row.name]
    indexes = answers.indexes.get(row.name, ())
    rowid = rowid_column(row, answers)
    labels = enum_labels(constraints)
    return Table(
        schema=SCHEMA,
        name=row.name,
        kind="table",
        columns=tuple(
            make_column(column, labels.get(column.name.lower(), ()), rowid=column.name == rowid)
            for column in columns
        ),
        primary_key=primary_key(columns),
        unique_keys=make_unique_keys(row.name, indexes, constraints),
        checks=make_checks(row.name, constraints),
        indexes=make_indexes(indexes, answers.texts),
        versioned=True,
    )


def rowid_column(row: TableRow, answers: Answers) -> str | None:
    """The column that is the table's rowid: declared INTEGER PRIMARY KEY, in these words.

    A primary key that has an index of its own is none, which covers DESC.
    """
    key = [column for column in answers.columns[row.name] if column.key]
    if len(key) != 1 or key[0].type.upper() != "INTEGER" or row.without_rowid:
        return None
    indexed = any(index.origin == "pk" for index in answers.indexes.get(row.name, ()))
    return None if indexed else key[0].name


def make_column(row: ColumnRow, labels: Sequence[str], *, rowid: bool) -> Column:
    """One column.

    A key is never null here, though SQLite lets NULL into keys that are not the rowid:
    such a row could not be addressed.
    """
    made = make_type(row.type)
    if labels and made.kind == "text":
        made = replace(made, kind="enum", labels=tuple(labels))
    return Column(
        name=row.name,
        type=made,
        nullable=not (row.not_null or row.key),
        default=row.default,
        identity="by default" if rowid else None,
        generated=row.hidden > 1,
        max_length=max_length_of(row.type),
    )


def enum_labels(constraints: Constraints) -> Mapping[str, tuple[str, ...]]:
    """The values that a check allows for a column, by its name in small letters."""
    found = (allowed_values(check.expression) for check in constraints.checks)
    return {listed[0].lower(): listed[1] for listed in found if listed is not None}


def make_checks(table: str, constraints: Constraints) -> tuple[Check, ...]:
    """The checks by name; one without is called as PostgreSQL would call it."""
    used = {check.name for check in constraints.checks if check.name}
    checks = []
    for check in constraints.checks:
        parts = (table, check.column, "check") if check.column else (table, "check")
        name = check.name or unused_name("_".join(parts), used)
        checks.append(Check(name, check.expression))
    return tuple(sorted(checks, key=lambda check: check.name))


def make_views(
    names: Sequence[str], answers: Answers, tables: Mapping[TableKey, Table]
) -> dict[TableKey, Table]:
    """The views; INSTEAD OF triggers alone make one writable."""
    columns = {name: [row.name for row in rows] for name, rows in answers.columns.items()}
    texts = {name: read_view(answers.texts.get(("view", name), ""), columns) for name in names}
    views = {}
    for name in names:
        events = {trigger_event(sql) for _, sql in answers.triggers.get(name.lower(), ())}
        sources = view_sources(name, texts, columns)
        view = Table(
            schema=SCHEMA,
            name=name,
            kind="view",
            columns=tuple(view_column(row, sources, tables) for row in answers.columns[name]),
            insertable="INSERT" in events,
            updatable="UPDATE" in events,
            deletable="DELETE" in events,
            sources=sources,
            reads=tuple((SCHEMA, each) for each in sorted(view_reads(name, answers))),
        )
        views[view.key] = with_keys(view, tables, single=is_single(name, texts))
    return views


def view_reads(view: str, answers: Answers) -> frozenset[str]:
    """What a view may read, itself or through others: everything that its text names."""
    known = {name.lower(): name for name in answers.columns}
    found: set[str] = set()
    waiting = [view]
    while waiting:
        words = scan(answers.texts.get(("view", waiting.pop()), ""))
        named = {known[each.text.lower()] for each in words if each.text.lower() in known}
        waiting += named - found
        found |= named
    return frozenset(found - {view})


def view_column(
    row: ColumnRow, sources: Sequence[ColumnSource], tables: Mapping[TableKey, Table]
) -> Column:
    """A view's column, of the type of the table's column that it is, an enum's labels too."""
    made = make_column(row, (), rowid=False)
    for source in sources:
        if source.column == row.name:
            column = tables[source.table].by_name[source.table_column]
            return replace(made, type=column.type, max_length=column.max_length)
    return made


def view_sources(
    view: str,
    texts: Mapping[str, ViewText | None],
    columns: Mapping[str, Sequence[str]],
    depth: int = 0,
) -> tuple[ColumnSource, ...]:
    """The view's columns that are a table's, followed through the views it reads."""
    text = texts[view]
    if text is None or len(text.origins) != len(columns[view]) or depth > MAX_VIEW_DEPTH:
        return ()
    sources = []
    for name, origin in zip(columns[view], text.origins, strict=True):
        if origin is None:
            continue
        table, column = origin
        if table not in texts:
            sources.append(ColumnSource(name, (SCHEMA, table), column))
            continue
        below = view_sources(table, texts, columns, depth + 1)
        sources += [replace(found, column=name) for found in below if found.column == column]
    return tuple(sources)


def is_single(view: str, texts: Mapping[str, ViewText | None], depth: int = 0) -> bool:
    """Whether the view and the views below it each read one table or view only."""
    text = texts[view]
    if text is None or not text.single or depth > MAX_VIEW_DEPTH:
        return False
    below = {origin[0] for origin in text.origins if origin is not None}
    return all(is_single(name, texts, depth + 1) for name in below if name in texts)
