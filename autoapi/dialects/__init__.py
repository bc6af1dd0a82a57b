"""Everything one database does its own way: one file each, behind one interface."""

from autoapi.dialects.arguments import NamedArgument
from autoapi.dialects.postgres import PostgresDialect
from autoapi.dialects.postgres_expressions import postgres_expressions
from autoapi.dialects.postgres_types import DatabaseType, function_named
from autoapi.dialects.quoting import quoted_name
from autoapi.dialects.rows import WholeRow
from autoapi.dialects.sqlite import SqliteDialect
from autoapi.dialects.sqlite_expressions import sqlite_expressions
from autoapi.dialects.types import (
    BODY,
    ArgumentForm,
    CallerValue,
    Converter,
    Expression,
    Output,
    Query,
    Rendering,
    Searched,
    Slot,
    SqlDialect,
    slot_parameter,
)

__all__ = [
    "BODY",
    "ArgumentForm",
    "CallerValue",
    "Converter",
    "DatabaseType",
    "Expression",
    "NamedArgument",
    "Output",
    "PostgresDialect",
    "Query",
    "Rendering",
    "Searched",
    "Slot",
    "SqlDialect",
    "SqliteDialect",
    "WholeRow",
    "dialect_named",
    "function_named",
    "postgres_expressions",
    "quoted_name",
    "slot_parameter",
    "sqlite_expressions",
]


def dialect_named(name: str, *, answers: bool = False) -> SqlDialect:
    """The dialect of a catalogue: ``postgresql`` or ``sqlite``.

    With ``answers`` its statements also tell what the database wants the answer to be.
    """
    return PostgresDialect(answers=answers) if name == "postgresql" else SqliteDialect()
