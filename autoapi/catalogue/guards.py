"""What rules make of a table for one caller, as far as plan and compile must know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, FromClause

__all__ = ["Bar", "Guard", "Verb"]

Verb = Literal["read", "insert", "update", "delete"]


class Guard(Protocol):
    """What rules make of a table for one caller, as SQL over any source of its rows."""

    @property
    def fills(self) -> tuple[tuple[str, Literal["insert", "update"], bool], ...]:
        """Columns that rules give a value: name, when, and whether whatever the caller gives."""

    @property
    def watched(self) -> bool:
        """Whether rules in Python run when rows are written, and so must see them."""

    @property
    def inexact(self) -> frozenset[str]:
        """Columns whose numbers are floats to the models that rules in Python are written with."""

    @property
    def fenced(self) -> bool:
        """Whether some rows may not exist for the caller."""

    def computes(self, name: str) -> bool:
        """Whether a rule computes a column of that name."""

    def condition(self, source: FromClause) -> ColumnElement[bool] | None:
        """Which rows exist for the caller; None for all of them."""

    def computed(self, name: str, source: FromClause) -> ColumnElement[Any] | None:
        """A column that a rule computes; None where none of that name is."""

    def fill(self, name: str, verb: Literal["insert", "update"]) -> ColumnElement[Any]:
        """The value that a rule gives a column."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Why a caller may not do something with a table.

    ``broken``: a rule that guards it no longer fits the schema; otherwise the caller's role
    lacks the right.
    """

    reason: str
    hint: str | None = None
    broken: bool = False
