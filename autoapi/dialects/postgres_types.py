"""Types and functions of PostgreSQL in SQL, by the names that the database gave them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType

__all__ = ["DatabaseType", "RoutineCall", "function_named"]


class DatabaseType(UserDefinedType[Any]):
    """A type by the name the database gave it, or a plain name a caller cast to."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The name, as it is."""
        return self.name


class RoutineCall(FunctionElement[Any]):
    """A function of the database, called.

    SQLAlchemy's own writes a schema bare unless it holds odd characters, reads a percent
    sign in a name, and takes ``api.now`` for the standard's ``now``.
    """

    inherit_cache = False

    def __init__(self, key: tuple[str, str], *arguments: Any) -> None:
        self.key_of_routine = key
        self.name = key[1]
        super().__init__(*arguments)


@compiles(RoutineCall)
def write_routine_call(element: RoutineCall, compiler: SQLCompiler, **options: Any) -> str:
    """Write the call; both names are always quoted."""
    name = ".".join(map(compiler.preparer.quote_identifier, element.key_of_routine))
    return f"{name}{compiler.process(element.clause_expr, **options)}"


def function_named(key: tuple[str, str]) -> Callable[..., RoutineCall]:
    """A function by schema and name, to be called with its arguments."""
    return partial(RoutineCall, key)
