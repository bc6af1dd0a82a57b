"""A type of PostgreSQL in SQL, by the name that the database gave it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, quoted_name
from sqlalchemy.types import UserDefinedType

__all__ = ["DatabaseType", "function_named"]


class DatabaseType(UserDefinedType[Any]):
    """A type by the name the database gave it, or a plain name a caller cast to."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The name, as it is."""
        return self.name


def function_named(key: tuple[str, str]) -> Any:
    """A function by schema and name, both quoted: their names are otherwise written bare."""
    schema, name = (quoted_name(part, quote=True) for part in key)
    return getattr(getattr(func, schema), name)
