"""Amounts as Indians write and say them: lakh and crore."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from overrides.amounts import to_paise

__all__ = ["grouped_amount", "in_words"]

SMALL: Final = (
    *("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"),
    *("Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen"),
    *("Eighteen", "Nineteen"),
)
TENS: Final = ("Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
UNITS: Final = ((10_000_000, "Crore"), (100_000, "Lakh"), (1_000, "Thousand"), (100, "Hundred"))


def in_words(amount: Decimal) -> str:
    """An amount of 0 or more, to the paisa.

    >>> in_words(Decimal("1234567.50"))
    'Rupees Twelve Lakh Thirty-Four Thousand Five Hundred Sixty-Seven and Fifty Paise Only'
    >>> in_words(Decimal(10_00_00_001)), in_words(Decimal("0.05"))
    ('Rupees Ten Crore One Only', 'Rupees Zero and Five Paise Only')

    Raises ValueError for less than 0.
    """
    exact = to_paise(amount)
    if exact < 0:
        raise ValueError(f"{amount} is less than 0")
    rupees, paise = divmod(int(exact * 100), 100)
    tail = f" and {number_in_words(paise)} Paise" if paise else ""
    return f"Rupees {number_in_words(rupees)}{tail} Only"


def number_in_words(number: int) -> str:
    """A whole number of 0 or more."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return TENS[tens - 2] + (f"-{SMALL[rest]}" if rest else "")
    for unit, name in UNITS:
        if number >= unit:
            count, rest = divmod(number, unit)
            tail = f" {number_in_words(rest)}" if rest else ""
            return f"{number_in_words(count)} {name}{tail}"
    raise AssertionError("a number of 100 or more has a unit")


def grouped_amount(amount: Decimal) -> str:
    """An amount in figures: the last three together, and two by two before them.

    >>> grouped_amount(Decimal("1234567.5")), grouped_amount(Decimal("-0.42"))
    ('12,34,567.50', '-0.42')
    """
    whole, _, paise = f"{abs(to_paise(amount)):.2f}".partition(".")
    groups = [whole[-3:]]
    rest = whole[:-3]
    while rest:
        groups.insert(0, rest[-2:])
        rest = rest[:-2]
    return f"{'-' if amount < 0 else ''}{','.join(groups)}.{paise}"
