"""Rupees: added up to the paisa on both databases, rounded half up, told as numbers."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Final

import sqlalchemy as sa
from pydantic import AfterValidator, PlainSerializer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

__all__ = ["Money", "Percent", "amount", "percent_of", "to_paise"]

PAISA: Final = Decimal("0.01")


def to_paise(value: Decimal) -> Decimal:
    """An amount with two places, rounded half up (domain rule 13).

    >>> to_paise(Decimal("2.675")), to_paise(Decimal(3))
    (Decimal('2.68'), Decimal('3.00'))
    """
    return value.quantize(PAISA, ROUND_HALF_UP)


def percent_of(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """What percentage of the whole a part is, with two places; None of nothing.

    >>> percent_of(Decimal(1), Decimal(3)), percent_of(1, 0)
    (Decimal('33.33'), None)
    """
    return to_paise(Decimal(100) * part / whole) if whole else None


Money = Annotated[
    Decimal,
    AfterValidator(to_paise),
    PlainSerializer(float, return_type=float, when_used="json"),
]
"""An amount of rupees; in JSON a number, as tables tell it."""

Percent = Money
"""A percentage with two places; told as amounts are."""


class amount(FunctionElement[Decimal]):  # noqa: N801 - reads as a function of SQL
    """The sum of amounts, 0 for none.

    SQLite keeps amounts as binary floats: there it adds up paise, which are whole, so that the
    sum is exact whatever the number of rows.
    """

    inherit_cache = True
    name = "amount"
    type = sa.Numeric(14, 2)


@compiles(amount, "postgresql")
def amount_on_postgres(element: amount, compiler: SQLCompiler, **words: Any) -> str:
    """See :class:`amount`."""
    return f"coalesce(sum({compiler.process(element.clauses, **words)}), 0)"


@compiles(amount, "sqlite")
def amount_on_sqlite(element: amount, compiler: SQLCompiler, **words: Any) -> str:
    """See :class:`amount`."""
    each = compiler.process(element.clauses, **words)
    return f"coalesce(sum(CAST(round(({each}) * 100) AS INTEGER)), 0) / 100.0"
