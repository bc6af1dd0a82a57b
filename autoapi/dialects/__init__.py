"""Everything one database does its own way: one file each, behind one interface."""

from autoapi.dialects.arguments import NamedArgument
from autoapi.dialects.postgres import PostgresDialect
from autoapi.dialects.sqlite import SqliteDialect
from autoapi.dialects.types import (
    Converter,
    Expression,
    Output,
    Query,
    Rendering,
    Slot,
    SqlDialect,
    slot_parameter,
)

__all__ = [
    "Converter",
    "Expression",
    "NamedArgument",
    "Output",
    "PostgresDialect",
    "Query",
    "Rendering",
    "Slot",
    "SqlDialect",
    "SqliteDialect",
    "dialect_named",
    "slot_parameter",
]


def dialect_named(name: str) -> SqlDialect:
    """The dialect of a catalogue: ``postgresql`` or ``sqlite``."""
    return PostgresDialect() if name == "postgresql" else SqliteDialect()
