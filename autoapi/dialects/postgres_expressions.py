"""How SQLAlchemy writes the expressions of rules for PostgreSQL: values cast to their type.

Values travel as texts of no known type. The engine's own SQL lets the server find each type;
in an expression of anybody's, ``CASE WHEN x THEN 1 ELSE 0 END`` would become a text so. What
SQLAlchemy's dialect of asyncpg writes, ``$1::INTEGER``, says the type where it is known.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Numeric
from sqlalchemy.dialects.postgresql import BIT, ENUM
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.dialects.postgresql.ranges import AbstractMultiRange, AbstractSingleRange

from autoapi.dialects.quoting import quoted_name, quoting

__all__ = ["postgres_expressions"]

OF_THE_DRIVER = frozenset({BIT, AbstractSingleRange, AbstractMultiRange})


class Compiler(PGCompiler_asyncpg):
    """Casts a number to ``numeric``, never to its column's precision, which would round it.

    An enumeration of no schema is in the schema that tables of none are in; SQLAlchemy would
    leave that open in lists, which it writes when their length is known.
    """

    def render_bind_cast(self, type_: Any, dbapi_type: Any, sqltext: str) -> str:
        """One value with its type."""
        schema = (self.schema_translate_map or {}).get(None)
        if isinstance(dbapi_type, ENUM) and dbapi_type.schema is None and schema is not None:
            return f"{sqltext}::{quoted_name(str(schema))}.{quoted_name(str(dbapi_type.name))}"
        if isinstance(dbapi_type, Numeric):
            dbapi_type = Numeric()
        written: str = super().render_bind_cast(  # type: ignore[no-untyped-call]
            type_, dbapi_type, sqltext
        )
        return written


class ExpressionDialect(PGDialect_asyncpg):
    """The dialect of asyncpg without asyncpg: types that need its objects go as plain texts."""

    statement_compiler = Compiler
    supports_statement_cache = True
    colspecs = {  # noqa: RUF012 - as SQLAlchemy declares it
        kind: own for kind, own in PGDialect_asyncpg.colspecs.items() if kind not in OF_THE_DRIVER
    }


def postgres_expressions() -> ExpressionDialect:
    """The dialect, with every name quoted."""
    dialect = ExpressionDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    return quoting(dialect)
