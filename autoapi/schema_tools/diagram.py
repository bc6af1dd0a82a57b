"""What an entity relationship diagram shows: tables as boxes, foreign keys as lines.

Where they stand is for ``diagram_layout``, how they look for ``diagram_svg``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from autoapi.errors import no_such_table, too_many_to_draw
from autoapi.inspection import Thing
from autoapi.plan.access import BOOKKEEPING

__all__ = ["Box", "Columns", "Diagram", "Line", "Row", "make_diagram"]

Columns = Literal["all", "keys", "none"]

ALL_UP_TO: Final = 40  # tables; with more of them only keys are shown unless asked otherwise
MOST: Final = 400  # tables; a drawing of more can neither be read nor be made in a moment
TABLES: Final = frozenset({"table", "partitioned table", "foreign table"})
SHORT: Final = (
    ("character varying", "varchar"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
    ("double precision", "float8"),
    ("character(", "char("),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A column; ``mark`` is PK, FK, UQ or empty, the first that applies."""

    name: str
    type: str
    mark: str
    nullable: bool
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A table; ``hidden`` is how many of its columns are not shown."""

    name: str
    rows: tuple[Row, ...]
    hidden: int = 0
    kind: str = "table"
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A foreign key between two boxes by name, with the rows that it starts and ends at."""

    child: str
    parent: str
    columns: tuple[str, ...]
    referred: tuple[str, ...]
    child_end: Literal["many", "at most one"]
    parent_end: Literal["one", "at most one"]


@dataclass(frozen=True, slots=True)
class Diagram:
    """Boxes in the order of their names, and the lines between them."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def make_diagram(
    database: Thing, tables: Sequence[str] = (), depth: int = 1, columns: Columns | None = None
) -> Diagram:
    """Choose what to show.

    Args:
        database: the tree.
        tables: those to begin with, by name or ``schema.name``; none: all of them.
        depth: how many foreign keys away from those others may stand.
        columns: which to show; None: all, or only keys where there are many tables.

    Raises PGRST205 (404) for a table that is not there, with the nearest, and AUTO145 (409)
    where there are too many.
    """
    known = dict(sorted(named_tables(database)))
    lines = tuple(sorted(lines_between(known), key=lambda line: (line.child, line.columns)))
    shown = {name for name, table in known.items() if table.get("kind") in TABLES}
    if tables:
        start = {found(name, known) for name in tables}
        shown = neighbourhood(start, lines, depth)
    if len(shown) > MOST:
        raise too_many_to_draw(len(shown), MOST)
    wanted = columns or ("all" if len(shown) <= ALL_UP_TO else "keys")
    return Diagram(
        tuple(make_box(name, table, wanted) for name, table in known.items() if name in shown),
        tuple(line for line in lines if line.child in shown and line.parent in shown),
    )


def named_tables(database: Thing) -> Iterator[tuple[str, Thing]]:
    """All that is like a table, but no partitions; with the schema where there are several."""
    schemas = list(database.each("schema"))
    for schema in schemas:
        for table in schema.each("table"):
            if table.get("kind") != "partition" and table.name not in BOOKKEEPING:
                yield table.name if len(schemas) < 2 else f"{schema.name}.{table.name}", table


def found(name: str, known: dict[str, Thing]) -> str:
    """A table that a caller names, with or without its schema."""
    for each in (name, name.partition(".")[2]):
        if each in known:
            return each
    same = sorted(each for each in known if each.endswith(f".{name}"))
    if not same:
        raise no_such_table(name, known)
    return same[0]


def lines_between(known: dict[str, Thing]) -> Iterator[Line]:
    """Every foreign key between known tables."""
    for name, table in known.items():
        unique = [set(key.texts("columns")) for key in parts(table, "unique", "primary key")]
        nullable = {each.name for each in table.each("column") if each.get("nullable")}
        for key in table.each("foreign key"):
            referred = str(key.get("referred_table"))
            parent = referred if referred in known else referred.partition(".")[2]
            if parent not in known:
                continue
            columns = key.texts("columns")
            single = any(each <= set(columns) for each in unique)
            yield Line(
                name,
                parent,
                columns,
                key.texts("referred_columns"),
                "at most one" if single else "many",
                "at most one" if nullable & set(columns) else "one",
            )


def neighbourhood(start: Iterable[str], lines: Sequence[Line], depth: int) -> set[str]:
    """Those within so many lines of some, themselves included."""
    near = set(start)
    for _ in range(depth):
        ends = ((line.child, line.parent) for line in lines)
        near |= {name for pair in ends if near & set(pair) for name in pair}
    return near


def make_box(name: str, table: Thing, columns: Columns) -> Box:
    """A table with the columns that are to be shown."""
    rows = [make_row(table, column) for column in table.each("column")]
    shown = tuple(row for row in rows if columns == "all" or (columns == "keys" and row.mark))
    return Box(
        name,
        shown,
        len(rows) - len(shown) if columns != "none" else 0,
        str(table.get("kind")),
        str(table.get("comment") or ""),
    )


def make_row(table: Thing, column: Thing) -> Row:
    """A column with its mark."""
    marks = (("PK", "primary key"), ("FK", "foreign key"), ("UQ", "unique"))
    found_marks = (
        mark
        for mark, kind in marks
        if any(column.name in key.texts("columns") for key in table.each(kind))
    )
    return Row(
        column.name,
        short_type(str(column.get("type") or "")),
        next(found_marks, ""),
        bool(column.get("nullable")),
        str(column.get("comment") or ""),
    )


def short_type(kind: str) -> str:
    """A type as people write it.

    >>> short_type("character varying(40)[]")
    'varchar(40)[]'
    """
    for long, short in SHORT:
        kind = kind.replace(long, short)
    return kind


def parts(thing: Thing, *kinds: str) -> Iterator[Thing]:
    """The parts of several kinds."""
    return (part for kind in kinds for part in thing.each(kind))
