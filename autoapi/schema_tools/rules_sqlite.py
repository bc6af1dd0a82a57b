"""Rules on what only SQLite lets one do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autoapi.schema_tools.advice import Found, Subject

__all__ = ["table_not_strict", "untyped_column", "without_rowid_for_nothing"]

STRICT: Final = frozenset({"INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"})


def table_not_strict(subject: Subject) -> Iterator[Found]:
    """Tables that take any value in any column and would not need to."""
    for place in subject.places("table"):
        kinds = {str(column.get("type")).upper() for column in place.table.each("column")}
        if "STRICT" not in place.table.texts("options") and kinds and kinds <= STRICT:
            yield Found(
                place.name,
                f"{place.name} is not STRICT: a text goes into its numbers without a word",
                advice="All its types are those of STRICT tables: rebuild it as one.",
            )


def untyped_column(subject: Subject) -> Iterator[Found]:
    """Columns without a type: clients are told nothing, and no value is converted."""
    for place in subject.places("table"):
        for column in place.table.each("column"):
            if not column.get("type") and not column.get("generated"):
                yield Found(
                    place.of(column),
                    f"{place.of(column)} has no type",
                    advice="Rebuild the table with one; ANY in a STRICT table if it is meant.",
                )


def without_rowid_for_nothing(subject: Subject) -> Iterator[Found]:
    """Tables WITHOUT ROWID whose key would be the rowid."""
    for place in subject.places("table"):
        key = next(place.table.each("primary key"), None)
        columns = key.texts("columns") if key else ()
        kind = place.columns()[columns[0]].get("type") if len(columns) == 1 else ""
        if "WITHOUT ROWID" in place.table.texts("options") and str(kind).upper() == "INTEGER":
            yield Found(
                place.name,
                f"{place.name} is WITHOUT ROWID, and its key would be the rowid itself",
                advice="Rebuild it without: rows are found faster and numbered by themselves.",
            )
