"""A function's argument given by name, which SQLAlchemy has no expression for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

__all__ = ["NamedArgument"]


class NamedArgument(ColumnElement[Any]):
    """``name => value``, or ``VARIADIC name => value`` for one that takes its list whole."""

    inherit_cache = False

    def __init__(self, name: str, value: ColumnElement[Any], *, variadic: bool) -> None:
        self.name = name
        self.value = value
        self.variadic = variadic

    @property
    def _from_objects(self) -> Any:
        return self.value._from_objects


@compiles(NamedArgument)
def write_named_argument(element: NamedArgument, compiler: SQLCompiler, **options: Any) -> str:
    """Write the argument; the name is always quoted."""
    word = "VARIADIC " if element.variadic else ""
    name = compiler.preparer.quote_identifier(element.name)
    return f"{word}{name} => {compiler.process(element.value, **options)}"
