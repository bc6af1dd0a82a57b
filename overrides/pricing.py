"""What a unit costs: prices worked out of the MRP, and the free units of a scheme.

Amounts are whole paise and rates basis points. The generator and the service share these.
"""

from __future__ import annotations

from typing import Literal

from overrides.money import WHOLE, half_up, without_tax

__all__ = ["Convention", "free_units", "prices_from_mrp", "with_tax", "without_tax"]

Convention = Literal["margin_on", "mark_up"]
# Retailer's and stockist's margins in basis points: of most goods, of price-controlled ones.
MARGINS = {False: (2_000, 1_000), True: (1_600, 800)}


def prices_from_mrp(
    mrp: int, rate: int, convention: Convention = "margin_on", *, controlled: bool = False
) -> tuple[int, int]:
    """The prices to retailer and stockist before tax, by one of two conventions (rule 11).

    Margin on: PTR = MRP/(1+g)·(1-20 %), PTS = PTR·(1-10 %); mark-up divides by 1.20 and 1.10.
    Price-controlled goods have 16 % and 8 % (domain S6).

    >>> prices_from_mrp(112_00, 1_200)
    (8000, 7200)
    >>> prices_from_mrp(112_00, 1_200, "mark_up")
    (8333, 7575)
    """
    retailer, stockist = MARGINS[controlled]
    if convention == "mark_up":
        ptr = half_up(mrp * WHOLE * WHOLE, (WHOLE + rate) * (WHOLE + retailer))
        return ptr, half_up(ptr * WHOLE, WHOLE + stockist)
    ptr = half_up(mrp * (WHOLE - retailer), WHOLE + rate)
    return ptr, half_up(ptr * (WHOLE - stockist), WHOLE)


def with_tax(price: int, rate: int) -> int:
    """A price with its tax, exact, in ten-thousandths of a paisa.

    >>> with_tax(100, 500)
    1050000
    """
    return price * (WHOLE + rate)


def free_units(qty: int, buy: int, free: int) -> int:
    """The free units of a scheme: floor(qty / buy) · free (domain rule 10).

    >>> free_units(25, 10, 1)
    2
    """
    return qty // buy * free
