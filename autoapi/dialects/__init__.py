"""Everything one database does its own way: one file each, behind one interface."""

from autoapi.dialects.postgres import PostgresDialect
from autoapi.dialects.sqlite import SqliteDialect
from autoapi.dialects.types import Converter, Expression, Output, Query, Rendering, SqlDialect

__all__ = [
    "Converter",
    "Expression",
    "Output",
    "PostgresDialect",
    "Query",
    "Rendering",
    "SqlDialect",
    "SqliteDialect",
    "dialect_named",
]


def dialect_named(name: str) -> SqlDialect:
    """The dialect of a catalogue: ``postgresql`` or ``sqlite``."""
    return PostgresDialect() if name == "postgresql" else SqliteDialect()
