"""Who asks, as rules see it: the role as it is, claims as SQL that is filled in per request.

A rule is asked once for each role, not once a request, so that the SQL it leads to can be
remembered; a claim is therefore an expression, never a value to branch on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from autoapi.dialects import CallerValue

__all__ = ["Caller"]

Kind = TypeVar("Kind")

TYPES: dict[type[Any], sa.types.TypeEngine[Any]] = {
    str: sa.Text(),
    int: sa.BigInteger(),
    Decimal: sa.Numeric(),
    bool: sa.Boolean(),
    UUID: sa.Uuid(),
    date: sa.Date(),
    datetime: sa.DateTime(timezone=True),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The role that asks; empty for a stranger where no anonymous role is set."""

    role: str
    dialect: str = "postgresql"

    @property
    def id(self) -> ColumnElement[str]:
        """The claim ``sub``; null where there is none."""
        return self.claim("sub", str)

    def is_in(self, *roles: str) -> bool:
        """Whether the role is one of these."""
        return self.role in roles

    def claim(self, name: str, kind: type[Kind]) -> ColumnElement[Kind]:
        """One claim as a value of ``kind``: str, int, Decimal, bool, UUID, date or datetime.

        ``name`` is a key of the token, or a path of keys: ``app_metadata.location``. A token
        without it gives null, which no comparison holds for. One that is no ``kind`` is
        refused with AUTO124 (403).
        """
        return sa.bindparam(None, CallerValue(name, kind), type_=TYPES[kind], unique=True)

    def claims(self, name: str, kind: type[Kind]) -> Select[tuple[Kind]]:
        """A claim that is a list, to stand in ``column.in_(...)``; none gives no values."""
        given = sa.bindparam(None, CallerValue(name, kind, many=True), type_=sa.Text(), unique=True)
        if self.dialect == "sqlite":
            values = sa.func.json_each(given).table_valued("value")
        else:
            read = sa.func.json_array_elements_text(sa.cast(given, sa.JSON))
            values = read.table_valued("value")
        return cast("Select[tuple[Kind]]", sa.select(sa.cast(values.c.value, TYPES[kind])))
