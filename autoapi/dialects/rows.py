"""A row as one value: SQLAlchemy knows no ``alias.*`` outside of a select list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

__all__ = ["WholeRow"]


class WholeRow(ColumnElement[Any]):
    """``alias.*`` as one value; the bare alias would mean a column of that name first."""

    inherit_cache = False

    def __init__(self, source: FromClause) -> None:
        self.source = source

    @property
    def _from_objects(self) -> Any:
        return [self.source]


@compiles(WholeRow)
def write_whole_row(element: WholeRow, compiler: SQLCompiler, **options: Any) -> str:
    """Write the row; the alias is always quoted."""
    name: Any = element.source
    return f"{compiler.preparer.quote_identifier(name.name)}.*"
