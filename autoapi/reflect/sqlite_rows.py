"""What is asked of a SQLite database, and the rows of the answers.

Pragmas are asked as tables and joined with the list of tables, so that the number of
questions does not grow with it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

__all__ = ["Answers", "ColumnRow", "IndexRow", "ReferenceRow", "TableRow", "ask_everything"]

TABLES: Final = r"""
SELECT name, type, wr, strict
FROM pragma_table_list
WHERE schema = 'main' AND type IN ('table', 'view', 'virtual')
  AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY name
"""

STATEMENTS: Final = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql NOT NULL"

COLUMNS: Final = """
SELECT listed.name, found.name, found.type, found."notnull", found.dflt_value, found.pk,
       found.hidden
FROM pragma_table_list AS listed
JOIN pragma_table_xinfo(listed.name, 'main') AS found
WHERE listed.schema = 'main' AND listed.type <> 'shadow' AND (?1 IS NULL OR listed.name = ?1)
ORDER BY listed.name, found.cid
"""

INDEXES: Final = """
SELECT listed.name, found.name, found."unique", found.origin, found.partial, part.name
FROM pragma_table_list AS listed
JOIN pragma_index_list(listed.name, 'main') AS found
JOIN pragma_index_xinfo(found.name, 'main') AS part
WHERE listed.schema = 'main' AND listed.type = 'table' AND part.key
ORDER BY listed.name, found.name, part.seqno
"""

REFERENCES: Final = """
SELECT listed.name, found.id, found."table", found."from", found."to",
       found.on_update, found.on_delete
FROM pragma_table_list AS listed
JOIN pragma_foreign_key_list(listed.name, 'main') AS found
WHERE listed.schema = 'main' AND listed.type = 'table'
ORDER BY listed.name, found.id DESC, found.seq
"""

ONLY_IN_VIRTUAL_TABLES: Final = 1  # as ``hidden``; 2 and 3 are generated columns


class TableRow(NamedTuple):
    """A table, virtual table or view."""

    name: str
    type: str
    without_rowid: int
    strict: int


class ColumnRow(NamedTuple):
    """A column; ``key`` is its place in the primary key from 1, or 0."""

    table: str
    name: str
    type: str
    not_null: int
    default: str | None
    key: int
    hidden: int


class IndexRow(NamedTuple):
    """One column of an index, or an expression.

    ``origin`` is pk, u (a UNIQUE constraint) or c (CREATE INDEX).
    """

    table: str
    name: str
    unique: int
    origin: str
    partial: int
    column: str | None


class ReferenceRow(NamedTuple):
    """One column of a foreign key; the newest written has the lowest ``number``."""

    table: str
    number: int
    referred: str
    column: str
    referred_column: str | None
    on_update: str
    on_delete: str


@dataclass(frozen=True, slots=True)
class Answers:
    """All that SQLite says, by table, and the texts it keeps, by name."""

    version: str
    tables: Sequence[TableRow]
    columns: Mapping[str, Sequence[ColumnRow]]
    indexes: Mapping[str, Sequence[IndexRow]]
    references: Mapping[str, Sequence[ReferenceRow]]
    texts: Mapping[tuple[str, str], str]  # by type and name: ("view", "orders")
    triggers: Mapping[str, Sequence[tuple[str, str]]]  # name and SQL, by what in small letters


Row = TypeVar("Row", ColumnRow, IndexRow, ReferenceRow)


def ask_everything(connection: sqlite3.Connection) -> Answers:
    """Ask each question once, all at one moment; the connection's transaction, if any, stays."""
    begun = not connection.in_transaction
    if begun:
        connection.execute("BEGIN")
    try:
        return ask_questions(connection)
    finally:
        if begun:
            connection.rollback()


def ask_questions(connection: sqlite3.Connection) -> Answers:
    """Ask each question once."""
    tables = [TableRow(*row) for row in connection.execute(TABLES)]
    texts: dict[tuple[str, str], str] = {}
    triggers: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, name, on, sql in connection.execute(STATEMENTS):
        texts[kind, name] = sql
        if kind == "trigger":
            triggers[on.lower()].append((name, sql))
    columns = [
        row for row in read_columns(connection, tables) if row.hidden != ONLY_IN_VIRTUAL_TABLES
    ]
    (version,) = connection.execute("SELECT sqlite_version()").fetchone()
    return Answers(
        version=version,
        tables=tables,
        columns=grouped(columns, lambda row: row.table),
        indexes=grouped(map(IndexRow._make, connection.execute(INDEXES)), lambda row: row.table),
        references=grouped(
            map(ReferenceRow._make, connection.execute(REFERENCES)), lambda row: row.table
        ),
        texts=texts,
        triggers=triggers,
    )


def read_columns(connection: sqlite3.Connection, tables: Iterable[TableRow]) -> list[ColumnRow]:
    """The columns of all tables; one by one when a single broken view fails the question.

    The columns of a view whose table is gone are an error, as are those of a virtual
    table whose module is not loaded.
    """
    try:
        return [ColumnRow(*row) for row in connection.execute(COLUMNS, (None,))]
    except sqlite3.OperationalError:
        found: list[ColumnRow] = []
    for table in tables:
        try:
            found += [ColumnRow(*row) for row in connection.execute(COLUMNS, (table.name,))]
        except sqlite3.OperationalError:
            continue  # it cannot be read by anybody else either
    return found


def grouped(rows: Iterable[Row], key: Callable[[Row], str]) -> Mapping[str, Sequence[Row]]:
    """Rows by a key, in their order."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)
