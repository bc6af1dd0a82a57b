"""Every name in our SQL is quoted.

SQLAlchemy quotes the words that it knows to be reserved; each version of a database
reserves more (SQLite's ``nothing``, PostgreSQL's ``system_user``).
"""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Dialect

__all__ = ["quoted_name", "quoting"]

AnyDialect = TypeVar("AnyDialect", bound=Dialect)


class EveryWord(set[str]):
    """A set that any word is in."""

    def __contains__(self, _: object) -> bool:
        return True


def quoted_name(name: str) -> str:
    """One name as SQL writes it where no expression can, on both databases."""
    return '"' + name.replace('"', '""') + '"'


def quoting(dialect: AnyDialect) -> AnyDialect:
    """The dialect, made to take every word for a reserved one."""
    dialect.identifier_preparer.reserved_words = EveryWord()
    return dialect
